// The machine and what the browser tells of it: cores, memory, quota, network, permissions, APIs.
import { PLATFORM_NAME, architecture, brandsOf, platformVersion } from "../headers.mjs";
import { sha, unit } from "../../lib/prng.mjs";
import { saltPick } from "./salt.mjs";

const round2 = (x) => Math.round(x * 100) / 100;
const compare = (a, b) => a.localeCompare(b);

/* Cores and memory (GB, null where the browser tells none), as shown. */
export function hardwareOf(x) {
    const { d, os, browser, blink } = x;
    const hardware = { cores: d.cores, memory: blink ? Math.min(d.mem ?? 8, 32) : null };
    if (x.brave) {
        const upTo = Math.max(1, d.cores - 1);
        hardware.cores = Math.max(2, Math.min(d.cores, 2 + saltPick(x, "c", upTo)));
        const sizes = [0.5, 1, 2, 4, 8].filter((size) => size <= hardware.memory);
        hardware.memory = sizes[saltPick(x, "m", 3)] ?? 4;
    }
    if (x.rfp) hardware.cores = browser === "tor" ? 2 : 4;
    if (browser === "safari" && os !== "ios") hardware.cores = 8;
    if (x.antidetect) hardware.cores = [4, 8, 12, 16][saltPick(x, "k", 4)];
    return hardware;
}

/* Private windows of Chrome show a share of the memory, normal ones of the disk, or one size for all. */
function quotaMb({ d, incog, gecko, webkit }) {
    if (gecko || (!webkit && d.predictableQuota)) return 10240;
    if (!webkit && incog) return Math.round((d.mem ?? 4) * 1024 * 0.15);
    return Math.round(d.disk * 0.6);
}

function drawStack({ d, R, seed, engine, em, gecko }) {
    const base = { blink: 10470, gecko: 24300, webkit: 36200 }[engine];
    const shift = (unit(`${seed}|stack|${engine}|${em}|${architecture(d)}`) - 0.5) * 1800;
    const noise = gecko ? R.gauss() * 60 : R.int(-1, 1);
    return Math.round(base + shift + noise);
}

function heapLimitBytes({ blink, hardware: { memory } }) {
    if (!blink) return null;
    if (memory >= 8) return 4294705152;
    return memory >= 4 ? 2172649472 : 1130102784;
}

/* Numbers that are measured anew at each visit. */
export function drawRuntime(x) {
    const { visit, R, blink, rfp } = x;
    const cell = visit.net === "cell";
    const stack = drawStack(x);
    const rtt = blink ? (cell ? R.range(50, 200) : R.range(0, 100)) : null;
    const down = blink ? (cell ? R.range(1, 10) : R.range(4, 14)) : null;
    return {
        quotaMb: quotaMb(x),
        stack,
        timingMs: rfp ? 100 : blink ? 0.1 : 1,
        heapLimit: heapLimitBytes(x),
        rttMs: blink ? Math.round(rtt / 50) * 50 : null,
        downlinkMbps: blink ? Math.min(10, Math.round(down * 20) / 20) : null,
        stackAgain: stack + R.int(-2, 2),
        heapUsedMb: blink ? round2(R.range(9, 60)) : null,
        heapTotalMb: blink ? round2(R.range(61, 120)) : null,
    };
}

export function capabilitiesOf(x) {
    const { d, os, blink, brave, gecko } = x;
    const noPlugins = d.bot === "headless" && d.spec.farm % 3 === 0;
    const pluginCount = (blink && os === "android") || (noPlugins && os !== "ios") ? 0 : 5;
    const capabilities = {
        pdfViewerEnabled: pluginCount > 0,
        globalPrivacyControl: brave || gecko ? d.gpc : null,
        hasPdfPlugin: pluginCount > 0,
        pluginCount,
        hasWebGPU: x.graphics.webgpu,
        hasVirtualKeyboard: blink,
        hasSpeechSynthesis: true,
        hasSpeechRecognition: !gecko,
        hasMediaCapabilities: true,
        hasKeyboardLayoutApi: blink && !d.mobile,
        hasBluetooth: blink && !brave && os !== "linux",
        hasUsb: blink,
        hasHid: blink && !d.mobile,
        hasSerial: blink && !d.mobile && !brave,
        hasHighEntropyUaHints: blink,
        suspiciousFlags: [],
    };
    const pairs = Object.entries(capabilities).map(([name, value]) => `${name}:${value}`);
    capabilities.hash = sha(pairs.join("|"));
    return capabilities;
}

export const capabilityVector = (x) => x.capabilities;

/* Three of ten Windows machines have no Bluetooth adapter; a fleet has one kind of machine. */
function bluetoothAvailable({ d, seed, capabilities }) {
    if (!capabilities.hasBluetooth) return null;
    const machine = `${d.spec.fleet ?? ""}|${d.fleet ? "" : d.spec.hw}`;
    return !(d.os === "windows" && unit(`${seed}|bt|${machine}`) < 0.3);
}

export function navigator(x) {
    const { d, blink, gecko, hardware, capabilities } = x;
    return {
        hardwareConcurrency: hardware.cores,
        deviceMemory: hardware.memory,
        maxTouchPoints: d.model.touch,
        languages: x.languages,
        platform: x.platform,
        cookieEnabled: true,
        doNotTrack: d.dnt ?? (gecko ? "unspecified" : null),
        keyboardLayout: d.kb,
        connectionType: blink ? "4g" : null,
        hasBluetooth: capabilities.hasBluetooth,
        hasUsb: capabilities.hasUsb,
        hasHid: capabilities.hasHid,
        hasSerial: capabilities.hasSerial,
        hasWakeLock: true,
        hasGpu: x.graphics.webgpu,
        bluetoothAvailable: bluetoothAvailable(x),
    };
}

export function runtimeVector({ blink, hardware, runtime }) {
    const { cores, memory } = hardware;
    const { timingMs, stackAgain, quotaMb, heapLimit, rttMs, downlinkMbps } = runtime;
    const hashed = [cores, memory, timingMs, stackAgain, quotaMb, heapLimit, rttMs, downlinkMbps];
    return {
        hardwareConcurrency: cores,
        deviceMemory: memory,
        timingResolutionMs: timingMs,
        maxStackSize: stackAgain,
        storageQuotaMB: quotaMb,
        jsHeapUsedMB: runtime.heapUsedMb,
        jsHeapTotalMB: runtime.heapTotalMb,
        jsHeapLimitMB: blink ? round2(heapLimit / 1048576) : null,
        networkRttMs: rttMs,
        downlinkMbps,
        saveData: blink ? false : null,
        suspiciousFlags: [],
        hash: sha(JSON.stringify(hashed)),
    };
}

function battery({ d, R, blink, brave }) {
    if (!blink || brave) return null;
    const hasOne = d.mobile || d.spec.hw % 3;
    if (!hasOne) return { charging: true, level: 1 };
    return { charging: R.p(0.45), level: Math.round(R.u() * 100) / 100 };
}

export const status = (x) => ({
    timingResolution: x.runtime.timingMs,
    maxStackSize: x.runtime.stack,
    storageQuotaMB: x.runtime.quotaMb,
    battery: battery(x),
    heapLimit: x.runtime.heapLimit,
});

export const wasmTiming = ({ d, R }) => ({
    medianMs: round2((0.12 / d.speed) * (0.92 + 0.2 * R.u())),
    stddevMs: round2(0.02 + 0.06 * R.u()),
});

export function webrtc({ d, R, visit, browser, blink }) {
    if (browser === "tor") return null;
    const shown = d.localNet && (!blink || d.perm.microphone === "granted");
    return {
        localIpHash: shown ? sha(d.localNet) : null,
        candidateCount: visit.net === "vpn" ? R.int(1, 2) : R.int(2, 4),
        candidateTypes: R.p(0.93) ? ["host", "srflx"] : ["host"],
        multipleNics: false,
    };
}

export function workerScope(x) {
    const { d, browser, webkit, em, antidetect, graphics: g } = x;
    const noWebgl = browser === "tor" || (webkit && em < 170);
    const renderer = antidetect ? d.model.gpu[1] : g.renderer;
    return {
        workerNavigator: {
            hardwareConcurrency: antidetect ? d.cores : x.hardware.cores,
            platform: x.platform,
            languages: x.languages,
            userAgent: x.userAgent,
        },
        workerWebGL: noWebgl ? null : { renderer, vendor: g.vendor },
        mismatches: antidetect ? ["hardwareConcurrency", "webglRenderer"] : [],
    };
}

const NO_HINTS = {
    available: false,
    mobile: null,
    platform: null,
    architecture: null,
    bitness: null,
    model: null,
    platformVersion: null,
    wow64: null,
    formFactors: [],
    brands: [],
    fullVersionList: [],
    hash: null,
};

export function uaClientHints({ d, t, os, blink, versions }) {
    if (!blink) return NO_HINTS;
    const { low, full } = brandsOf(d, t);
    const sorted = (brands) =>
        [...brands].sort((a, b) => compare(a.brand, b.brand) || compare(a.version, b.version));
    const system = platformVersion(d, t);
    const key = ["uach", os, system, d.model.model, versions.v.full, architecture(d)];
    return {
        available: true,
        mobile: d.mobile,
        platform: PLATFORM_NAME[os],
        architecture: architecture(d),
        bitness: os === "android" ? "" : "64",
        model: d.model.model || "",
        platformVersion: system,
        wow64: false,
        formFactors: [d.mobile ? "Mobile" : "Desktop"],
        brands: sorted(low),
        fullVersionList: sorted(full),
        hash: sha(key.join("|")),
    };
}

export function sensors({ d, os, browser, em, incog, blink, gecko, webkit }) {
    const told = !webkit || em >= 160;
    const permission = (name) => (incog || d.bot ? "prompt" : d.perm[name]);
    const media = (name) => (told && !gecko ? permission(name) : null);
    const granted = blink ? "granted" : null;
    const apis = {
        accelerometer: blink && (d.mobile || os === "windows" || os === "macos"),
        gyroscope: blink,
        magnetometer: false,
        absoluteOrientation: blink,
        relativeOrientation: blink,
        ambientLight: false,
        geolocation: true,
        deviceMotion: browser !== "tor",
        deviceOrientation: browser !== "tor",
    };
    const permissionStates = {
        geolocation: told ? permission("geolocation") : null,
        camera: media("camera"),
        microphone: media("microphone"),
        clipboardRead: blink ? "prompt" : null,
        accelerometer: granted,
        gyroscope: granted,
        magnetometer: granted,
    };
    return {
        apis,
        permissionStates,
        policyBlocked: [],
        availableCount: Object.values(apis).filter(Boolean).length,
        hash: sha(JSON.stringify([apis, permissionStates])),
    };
}
