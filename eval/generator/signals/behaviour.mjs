// What the visitor does on the page, what state the site finds, and what looks automated or tampered with.
import { sha, shaRaw } from "../../lib/prng.mjs";

const round2 = (x) => Math.round(x * 100) / 100;

function classify(events) {
    if (events < 2) return "insufficient_data";
    return events < 4 ? "low_interaction" : "human_like";
}

export function drawBehaviour({ d, R }) {
    const human = !d.bot;
    const events = human ? R.int(0, 90) : 0;
    const moved = events > 3 && !d.mobile;
    const behaviour = {
        elapsedMs: R.int(human ? 400 : 20, human ? 9000 : 400),
        totalEventCount: events,
        pointerMoveCount: d.mobile ? 0 : Math.floor(events * 0.8),
        pointerDistancePx: round2(d.mobile ? 0 : events * R.range(4, 30)),
        pointerDirectionChanges: Math.floor(events * 0.1),
        pointerStraightness: moved ? round2(R.range(0.3, 0.97)) : null,
        clickCount: human ? R.int(0, 3) : 0,
        scrollEventCount: human ? Math.floor(events * 0.15) : 0,
        scrollBurstCount: human ? R.int(0, 2) : 0,
        keyEventCount: 0,
        inputEventCount: 0,
        focusTransitions: R.int(0, 1),
        blurTransitions: 0,
        visibilityTransitions: 0,
        meanPointerIntervalMs: moved ? round2(R.range(8, 40)) : null,
        meanKeyIntervalMs: null,
        classification: classify(events),
        riskScore: 0,
        reasons: [],
    };
    behaviour.hash = shaRaw(JSON.stringify(behaviour));
    return behaviour;
}

export const behavioralRisk = (x) => x.behaviour;

/* What a probe for virtual machines takes for one. */
export function drawVirtualization({ d, R, blink }) {
    const indicators = d.model.soft ? ["vm_renderer:swiftshader"] : [];
    if (d.bot === "headless") indicators.push("timing_jitter");
    if (blink && !d.mobile && R.p(0.25)) indicators.push("battery_always_plugged");
    return indicators;
}

export function virtualization({ vm }) {
    const confidence = vm.length === 2 ? "medium" : "low";
    return {
        vmDetected: vm.length >= 2,
        emulatorDetected: false,
        indicators: vm,
        confidence: vm.length >= 3 ? "high" : confidence,
    };
}

function automationMarkers(d) {
    if (d.bot === "crawler") return ["webdriver", "missing_chrome_object"];
    if (d.bot !== "headless") return [];
    const markers = ["webdriver"];
    if (d.spec.farm % 2) markers.push("headless_ua");
    if (d.spec.farm % 3 === 0) markers.push("no_plugins");
    return markers;
}

export function headless({ d }) {
    const markers = automationMarkers(d);
    return { isHeadless: markers.length >= 2, markers };
}

const BLOCKER_LIES = ["HTMLCanvasElement.toDataURL", "CanvasRenderingContext2D.getImageData"];
const ANTIDETECT_LIES = [
    "HTMLCanvasElement.toDataURL",
    "WebGLRenderingContext.getParameter",
    "navigator.hardwareConcurrency.get",
];

export function integrity({ d, antidetect }) {
    const lies = antidetect ? ANTIDETECT_LIES : [];
    const tamperedApis = d.blocker ? BLOCKER_LIES : lies;
    return { tamperedApis, workerMismatch: antidetect, lieScore: tamperedApis.length };
}

export function wallets({ d, incog }) {
    const found = !incog && d.ext.includes("ethereum") ? ["MetaMask"] : [];
    return {
        detected: found,
        count: found.length,
        evmProviders: found,
        solanaProviders: [],
        multipleWallets: false,
        versions: {},
    };
}

export const storage = ({ visit, browser }) => ({
    localStorage: true,
    sessionStorage: true,
    indexedDb: browser !== "tor",
    cookie: true,
    survivingMechanisms: visit.cookie === "kept" ? ["localStorage", "cookie"] : [],
});

export const resistance = ({ d, browser, brave, rfp, runtime }) => ({
    browser: brave || rfp ? browser : null,
    extensions: d.blocker ? ["canvas-blocker"] : [],
    timerPrecisionMs: runtime.timingMs,
});

const PRIVATE_METHODS = {
    blink: "storage_quota",
    gecko: "indexeddb_databases",
    webkit: "webkit_filesystem",
};

export function incognito({ visit, incog, engine }) {
    const isPrivate = incog && visit.incogDetected;
    return { isPrivate, method: isPrivate ? PRIVATE_METHODS[engine] : null };
}

export const devTools = ({ visit }) => ({
    isOpen: !!visit.devtools,
    indicators: visit.devtools ? ["window_size_diff"] : [],
});

export const rooted = () => ({ detected: false, confidence: "low", indicators: [] });
