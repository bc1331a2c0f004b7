/* automation: what tools that drive browsers leave behind, and what a browser without a person in front
 * of it has otherwise than others. Facts only; the server weighs them.
 *
 * Privacy: none; traces of tools, not of people. */

const TRACES = new RegExp(
    "^(\\$?cdc_[a-zA-Z0-9]{22}|\\$chrome_asyncScriptInfo|__\\$webdriver|call(Selenium|Phantom)$" +
        "|_{1,2}(selenium|Selenium|webdriver|driver_|fxdriver|lastWatir|nightmare|phantom)" +
        "|__(playwright|pw_|pwInit|puppeteer)|domAutomation|_WEBDRIVER_)",
);
const ATTRIBUTES = ["webdriver", "selenium", "driver"];

function traces(): string[] {
    const names = [...Object.getOwnPropertyNames(window), ...Object.getOwnPropertyNames(document)];
    const root = document.documentElement;
    return [
        ...names.filter((name) => TRACES.test(name)).slice(0, 10),
        ...ATTRIBUTES.filter((name) => root.hasAttribute(name)),
    ];
}

/* Does somebody listen to the console by the debugging protocol (Runtime.enable)? Then V8 writes out the
 * stack of an error for it at once, and asks the page's Error.prepareStackTrace how. groupEnd shows nothing.
 * Measured in Chromium 156 (2026-11-25): asked with Runtime enabled, else not. Other engines never ask. */
function isConsoleRead(): boolean {
    const errors = Error as unknown as { prepareStackTrace?: unknown };
    const before = Object.getOwnPropertyDescriptor(errors, "prepareStackTrace");
    let asked = false;
    try {
        errors.prepareStackTrace = () => {
            asked = true;
            return "";
        };
        (console as { groupEnd(what: unknown): void }).groupEnd(new Error());
    } finally {
        if (before) Object.defineProperty(errors, "prepareStackTrace", before);
        else delete errors.prepareStackTrace;
    }
    return asked;
}

/* Developer tools have V8 note where every promise was made (Debugger.setAsyncCallStackDepth); tools that
 * drive browsers do not. Deep in a stack that takes long. The shortest of three times for 300 promises, in
 * ms: 0.0 without and 10 to 13 with developer tools open, in the same measurement. */
function asyncTraceMs(): number {
    const done = Promise.resolve();
    const nothing = () => undefined;
    const measure = (depth: number): number => {
        if (depth > 0) return measure(depth - 1) + 0;
        const start = performance.now();
        for (let i = 0; i < 300; i++) void done.then(nothing);
        return performance.now() - start;
    };
    return Math.min(measure(150), measure(150), measure(150));
}

/* A desktop's scroll bar takes room, except where it lies over the page. In a shadow, where no style sheet of
 * the page or of an extension reaches it. */
function scrollbarWidth(): number {
    const host = document.createElement("div");
    const box = document.createElement("div");
    host.style.cssText = "position:absolute;top:-99px";
    box.style.cssText = "width:50px;height:50px;overflow:scroll";
    host.attachShadow({ mode: "closed" }).append(box);
    (document.body ?? document.documentElement).append(host);
    const width = box.offsetWidth - box.clientWidth;
    host.remove();
    return width;
}

/* null: the browser keeps no such record. */
async function contradictsItself(): Promise<boolean | null> {
    try {
        const { state } = await navigator.permissions.query({ name: "notifications" });
        return Notification.permission === "denied" && state === "prompt";
    } catch {
        return null;
    }
}

export async function automation() {
    const { webdriver } = navigator as { webdriver?: boolean };
    const consoleRead = isConsoleRead();
    return {
        traces: traces(),
        webdriver: `${webdriver}`,
        consoleRead,
        asyncTraceMs: consoleRead ? asyncTraceMs() : null,
        evalLength: eval.toString().length,
        productSub: navigator.productSub,
        permissionContradiction: await contradictsItself(),
        scrollbar: scrollbarWidth(),
    };
}
