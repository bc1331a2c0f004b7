// The forms of FingerprintIQ's 41 signals as its contract lists them: members in their order, each
// with its type and, where only some values can be, those. A form is a function from a value to
// what is wrong with it ("" when nothing is).

import { isDeepStrictEqual } from "node:util";

const is = (name, test) => (value) =>
    test(value) ? "" : `${JSON.stringify(value)?.slice(0, 80)} is not ${name}`;
const bool = is("a boolean", (v) => typeof v === "boolean");
const number = is("a number", (v) => typeof v === "number" && Number.isFinite(v));
const count = is("a whole number from 0", (v) => Number.isSafeInteger(v) && v >= 0);
const share = is("a number from 0 to 1", (v) => typeof v === "number" && v >= 0 && v <= 1);
const text = is("text", (v) => typeof v === "string");
const hex = is("64 hexadecimal digits", (v) => /^[0-9a-f]{64}$/.test(v));
const oneOf = (...values) => is(`one of ${values}`, (v) => values.includes(v));
const matching = (pattern) => is(`like ${pattern}`, (v) => pattern.test(v));
const orNull = (form) => (value) => (value === null ? "" : form(value));

const list = (form, { from = 0, to = Infinity } = {}) => (value) => {
    if (!Array.isArray(value)) return "not a list";
    if (value.length < from || value.length > to) return `a list of ${value.length}`;
    return value.map(form).find(Boolean) ?? "";
};

/* Exactly these members, in this order. */
const members = (forms) => (value) => {
    if (value === null || typeof value !== "object") return "not an object";
    const [names, given] = [Object.keys(forms), Object.keys(value)];
    if (!isDeepStrictEqual(names, given)) return `has ${given}, not ${names}`;
    const wrong = names.map((name) => [name, forms[name](value[name])]).find(([, what]) => what);
    return wrong ? `${wrong[0]}: ${wrong[1]}` : "";
};

const mapOf = (keys, form) => members(Object.fromEntries(keys.map((key) => [key, form])));
const brands = list(members({ brand: text, version: text }));
const flags = (...known) => list(oneOf(...known));

const codecs = [
    'video/mp4; codecs="avc1.42E01E"', 'video/mp4; codecs="hev1.1.6.L93.B0"',
    'video/webm; codecs="vp8"', 'video/webm; codecs="vp9"', 'video/webm; codecs="av01.0.05M.08"',
    "video/ogg", "audio/mpeg", "audio/ogg", "audio/webm", "audio/aac", "audio/flac", "audio/wav",
];
const styles = [
    "containerQueries", "colorMix", "hasSelector", "okLch", "dynamicViewport", "viewTransitions",
    "scrollbarGutter", "nesting", "accentColor", "textWrapBalance", "backdropFilter", "subgrid",
];
const platforms = [
    "BarcodeDetector", "ContactsManager", "ContentIndex", "EyeDropper",
    "FileSystemWritableFileStream", "HID", "Serial", "USB", "SharedWorker", "PointerEvent",
    "TouchEvent", "showDirectoryPicker", "showOpenFilePicker", "Bluetooth", "WakeLock",
];
const sensors = [
    "accelerometer", "gyroscope", "magnetometer", "absoluteOrientation", "relativeOrientation",
    "ambientLight", "geolocation", "deviceMotion", "deviceOrientation",
];
const permissions = [
    "geolocation", "camera", "microphone", "clipboardRead", "accelerometer", "gyroscope",
    "magnetometer",
];
const mismatches = [
    "hardwareConcurrency", "platform", "userAgent", "languages", "webglRenderer", "webglVendor",
];
const markers = [
    "webdriver", "webdriver_configurable", "selenium", "selenium_unwrapped", "chromedriver_cdc",
    "webdriver_evaluate", "driver_evaluate", "playwright", "playwright_manual", "puppeteer",
    "nightmare", "phantom", "missing_chrome_object", "headless_ua", "no_plugins", "no_languages",
    "impossible_device_memory", "dom_automation",
];
const capabilities = [
    "hasWebGPU", "hasVirtualKeyboard", "hasSpeechSynthesis", "hasSpeechRecognition",
    "hasMediaCapabilities", "hasKeyboardLayoutApi", "hasBluetooth", "hasUsb", "hasHid", "hasSerial",
    "hasHighEntropyUaHints",
];

const all = (names, form) => Object.fromEntries(names.map((name) => [name, form]));

export const shapes = {
    canvas: members({ hash: hex, isFarbled: bool }),
    webgl: members({
        renderer: text, vendor: text, extensions: list(text),
        params: mapOf(["0xd33", "0x8869", "0x8dfb", "0x8dfc", "0x8dfd"], count),
        gpuTimingMs: orNull(number), isSoftwareRenderer: bool,
    }),
    webgpu: members({
        available: bool, vendor: text, architecture: text, device: text, description: text,
        features: list(text),
    }),
    audio: members({ hash: hex, sampleRate: count, maxChannelCount: count, isSuspended: bool }),
    fonts: members({ detected: list(text, { to: 59 }), count, isSpoofed: bool }),
    webrtc: members({
        localIpHash: orNull(hex), candidateCount: count, candidateTypes: list(text),
        multipleNics: bool,
    }),
    wasmTiming: members({ medianMs: number, stddevMs: number }),
    navigator: members({
        hardwareConcurrency: count, deviceMemory: orNull(number), maxTouchPoints: count,
        languages: list(text), platform: text, cookieEnabled: bool, doNotTrack: orNull(text),
        keyboardLayout: orNull(text), connectionType: orNull(text),
        ...all(["hasBluetooth", "hasUsb", "hasHid", "hasSerial", "hasWakeLock", "hasGpu"], bool),
        bluetoothAvailable: orNull(bool),
    }),
    media: members({
        colorScheme: oneOf("dark", "light", "no-preference"),
        contrast: oneOf("more", "less", "no-preference"), forcedColors: bool,
        pointer: oneOf("fine", "coarse", "none"), hover: oneOf("hover", "none"),
        displayMode: oneOf("fullscreen", "standalone", "minimal-ui", "browser"),
        reducedMotion: bool, colorGamut: oneOf("rec2020", "p3", "srgb"),
    }),
    screen: members({
        ...all(["width", "height", "availWidth", "availHeight", "colorDepth"], count),
        pixelRatio: number, isFirefoxRfp: bool,
    }),
    integrity: members({ tamperedApis: list(text), workerMismatch: bool, lieScore: number }),
    wallets: members({
        detected: list(text), count, evmProviders: list(text), solanaProviders: list(text),
        multipleWallets: bool, versions: members({}),
    }),
    storage: members({
        localStorage: bool, sessionStorage: bool, indexedDb: bool, cookie: bool,
        survivingMechanisms: flags("localStorage", "sessionStorage", "cookie"),
    }),
    math: members({ values: list(number, { from: 21, to: 21 }), hash: hex }),
    domRect: members({ hash: hex, emojiHash: hex, rectCount: oneOf(4) }),
    headless: members({ isHeadless: bool, markers: flags(...markers) }),
    speech: members({
        voiceCount: count, localVoices: list(text), remoteVoiceCount: count,
        defaultVoice: orNull(text), hash: hex,
    }),
    intl: members({
        locales: list(text), formattedNumber: text, formattedRelativeTime: text,
        formattedList: text, localeSpoofed: bool, hash: hex,
    }),
    timezone: members({
        reported: text, computed: orNull(text), offsetHistorical: number, isSpoofed: bool,
        hash: hex,
    }),
    cssStyle: members({
        propertyCount: count, systemColorHash: hex, systemFontHash: hex, hash: hex,
    }),
    cssFeatures: members({ features: mapOf(styles, bool), supportedCount: count, hash: hex }),
    error: members({ messages: list(text, { from: 9, to: 9 }), hash: hex }),
    workerScope: members({
        workerNavigator: orNull(members({
            hardwareConcurrency: count, platform: text, languages: list(text), userAgent: text,
        })),
        workerWebGL: orNull(members({ renderer: text, vendor: text })),
        mismatches: flags(...mismatches),
    }),
    resistance: members({ browser: orNull(text), extensions: list(text), timerPrecisionMs: number }),
    svg: members({ hash: hex, textLengths: list(number, { from: 5, to: 5 }) }),
    windowFeatures: members({
        propertyCount: count, webkitCount: count, mozCount: count,
        litterKeys: list(text, { to: 50 }), hash: hex,
    }),
    htmlElement: members({ propertyCount: count, hash: hex }),
    codec: members({
        matrix: mapOf(codecs, members({
            canPlay: oneOf("", "maybe", "probably"), mediaSource: bool, mediaRecorder: bool,
        })),
        hash: hex,
    }),
    status: members({
        timingResolution: number, maxStackSize: count, storageQuotaMB: orNull(number),
        battery: orNull(members({ charging: bool, level: share })), heapLimit: orNull(count),
    }),
    platformFeatures: members({
        features: mapOf(platforms, bool),
        estimatedPlatform: oneOf("Android", "Mobile", "Desktop", "Unknown"), hash: hex,
    }),
    uaClientHints: members({
        available: bool, mobile: orNull(bool),
        ...all(["platform", "architecture", "bitness", "model", "platformVersion"], orNull(text)),
        wow64: orNull(bool), formFactors: list(text), brands, fullVersionList: brands,
        hash: orNull(hex),
    }),
    capabilityVector: members({
        pdfViewerEnabled: orNull(bool), globalPrivacyControl: orNull(bool), hasPdfPlugin: bool,
        pluginCount: orNull(count), ...all(capabilities, bool),
        suspiciousFlags: flags("pdf_viewer_mismatch"), hash: hex,
    }),
    geometryVector: members({
        screen: mapOf(["width", "height", "availWidth", "availHeight"], number),
        window: mapOf(
            ["innerWidth", "innerHeight", "outerWidth", "outerHeight", "devicePixelRatio"], number,
        ),
        visualViewport: orNull(
            mapOf(["width", "height", "scale", "offsetLeft", "offsetTop"], number),
        ),
        orientation: members({ type: orNull(text), angle: orNull(number) }),
        chromeInsetX: orNull(number), chromeInsetY: orNull(number),
        suspiciousFlags: flags(
            "avail_exceeds_screen", "outer_width_smaller_than_inner",
            "outer_height_smaller_than_inner", "visual_viewport_exceeds_inner",
            "orientation_screen_mismatch",
        ),
        hash: hex,
    }),
    runtimeVector: members({
        hardwareConcurrency: count,
        ...all(
            [
                "deviceMemory", "timingResolutionMs", "maxStackSize", "storageQuotaMB",
                "jsHeapUsedMB", "jsHeapTotalMB", "jsHeapLimitMB", "networkRttMs", "downlinkMbps",
            ],
            orNull(number),
        ),
        saveData: orNull(bool),
        suspiciousFlags: flags(
            "invalid_hardware_concurrency", "unexpected_device_memory_bucket",
            "heap_used_exceeds_total", "heap_total_exceeds_limit", "negative_network_rtt",
        ),
        hash: hex,
    }),
    sensorCapabilities: members({
        apis: mapOf(sensors, bool),
        permissionStates: mapOf(permissions, orNull(oneOf("granted", "prompt", "denied"))),
        policyBlocked: list(text), availableCount: count, hash: hex,
    }),
    behavioralRisk: members({
        ...all(
            [
                "elapsedMs", "totalEventCount", "pointerMoveCount", "pointerDistancePx",
                "pointerDirectionChanges",
            ],
            count,
        ),
        pointerStraightness: orNull(share),
        ...all(
            [
                "clickCount", "scrollEventCount", "scrollBurstCount", "keyEventCount",
                "inputEventCount", "focusTransitions", "blurTransitions", "visibilityTransitions",
            ],
            count,
        ),
        meanPointerIntervalMs: orNull(number), meanKeyIntervalMs: orNull(number),
        classification: oneOf("insufficient_data", "low_interaction", "human_like", "synthetic_like"),
        riskScore: share,
        reasons: flags(
            "low_pointer_curvature", "scroll_burst", "unusually_fast_typing", "rapid_focus_switches",
        ),
        hash: hex,
    }),
    incognito: members({
        isPrivate: bool,
        method: orNull(oneOf("storage_quota", "indexeddb_databases", "webkit_filesystem")),
    }),
    devTools: members({
        isOpen: bool,
        indicators: flags(
            "debugger_timing", "window_size_diff", "console_getter", "element_id_getter",
        ),
    }),
    virtualization: members({
        vmDetected: bool, emulatorDetected: bool,
        indicators: list(matching(
            /^(vm_renderer|vm_screen_resolution|emulator_screen_resolution):|^[a-z_]+$/,
        )),
        confidence: oneOf("low", "medium", "high"),
    }),
    rooted: members({
        detected: bool, confidence: oneOf("low", "medium"),
        indicators: list(matching(/^(root_global|nav_proto_non_standard|build_anomaly):.+$/)),
    }),
    frameDepth: members({
        isFramed: bool, depth: count, topAccessible: bool, crossOriginBoundary: bool, hash: hex,
    }),
};

/* { canvas: "hash: ..." }: what is wrong with these signals; the names in `required` may not be
 * null. Signals beyond the 41 are somebody else's. */
export function faults(signals, required = []) {
    const entries = Object.entries(shapes).map(([name, form]) => {
        const signal = signals[name];
        if (signal === undefined) return [name, "is missing"];
        if (signal === null) return [name, required.includes(name) ? "is null" : ""];
        return [name, members({ value: form, duration: number })(signal)];
    });
    return Object.fromEntries(entries.filter(([, what]) => what));
}
