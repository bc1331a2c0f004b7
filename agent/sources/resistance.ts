/* resistance: browsers and extensions that resist being recognised. The server weighs them; what
 * they blur is then no evidence of anything.
 *
 * Privacy: medium; which protection somebody uses. */

const CLOCK_READS = 400;

/* The smallest step that the clock takes, in ms; 0 when none was seen. */
export function clockStepMs(): number {
    let step = Infinity;
    let last = performance.now();
    for (let i = 0; i < CLOCK_READS; i++) {
        const now = performance.now();
        if (now > last) step = Math.min(step, now - last);
        last = now;
    }
    return step === Infinity ? 0 : step;
}

function hasGlobal(...names: string[]): boolean {
    return names.some((name) => name in window || name in navigator);
}

function browserName(stepMs: number): string | null {
    if ("brave" in navigator) return "brave";
    const whole = innerWidth % 200 === 0 && innerHeight % 100 === 0;
    const letterboxed = whole && innerWidth === screen.width;
    if (letterboxed && stepMs >= 50) return "tor";
    return stepMs >= 80 ? "firefox-rfp" : null;
}

const EXTENSIONS: [string, () => boolean][] = [
    ["duckduckgo", () => hasGlobal("duckduckgo", "ddg", "navigatorDuckDuckGo")],
    ["canvas-blocker", () => !/native code/.test(String(HTMLCanvasElement.prototype.toDataURL))],
    ["jshelter", () => hasGlobal("wrappingfunctions", "jshelter")],
    ["trace", () => hasGlobal("__trace_extension", "tracePage")],
];

export function resistance() {
    const timerPrecisionMs = clockStepMs();
    return {
        browser: browserName(timerPrecisionMs),
        extensions: EXTENSIONS.filter(([, test]) => test()).map(([name]) => name),
        timerPrecisionMs,
    };
}
