// The signals object of POST /v1/identify, made by hand in the real format: 41 keys, each null or
// {value, duration}. All values are invented, but agree with each other as those of a real browser do:
// digests that the server can recompute from the values beside them are computed here, the others are
// digests of a name, so that "the same canvas" and "another canvas" are easy to write.

import { createHash } from "node:crypto";

export const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const made = (name) => sha256(`whorl tests: ${name}`);

const inLocaleOrder = (object) =>
    Object.keys(object).sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
const pairs = (object) => inLocaleOrder(object).map((key) => `${key}:${object[key]}`);
const versions = (list) => list.map(({ brand, version }) => `${brand}/${version}`).join(",");

// The MIME strings in the order of the matrix, and in the order of its digest.
const codecs = [
    'video/mp4; codecs="avc1.42E01E"',
    'video/mp4; codecs="hev1.1.6.L93.B0"',
    'video/webm; codecs="vp8"',
    'video/webm; codecs="vp9"',
    'video/webm; codecs="av01.0.05M.08"',
    "video/ogg",
    "audio/mpeg",
    "audio/ogg",
    "audio/webm",
    "audio/aac",
    "audio/flac",
    "audio/wav",
];
const codecsForDigest = [9, 10, 6, 7, 11, 8, 0, 1, 5, 4, 2, 3].map((index) => codecs[index]);

// What each recomputable digest is made of.
const digestText = {
    math: (v) => v.values.join(","),
    error: (v) => v.messages.join("|"),
    svg: (v) => v.textLengths.join(","),
    cssStyle: (v) => `${v.propertyCount}|${v.systemColorHash}|${v.systemFontHash}`,
    cssFeatures: (v) => pairs(v.features).join("|"),
    platformFeatures: (v) => pairs(v.features).join("|"),
    codec: (v) =>
        codecsForDigest
            .map((mime) => [
                mime,
                v.matrix[mime].canPlay,
                v.matrix[mime].mediaSource,
                v.matrix[mime].mediaRecorder,
            ])
            .map((parts) => parts.join(":"))
            .join("|"),
    windowFeatures: (v) =>
        `${v.propertyCount}|${v.webkitCount}|${v.mozCount}|${v.litterKeys.join(",")}`,
    frameDepth: (v) =>
        `isFramed:${v.isFramed}|depth:${v.depth}|topAccessible:${v.topAccessible}|` +
        `crossOriginBoundary:${v.crossOriginBoundary}`,
    uaClientHints: (v) =>
        [
            ...[
                "mobile",
                "platform",
                "architecture",
                "bitness",
                "model",
                "platformVersion",
                "wow64",
            ].map((name) => `${name}:${v[name] ?? ""}`),
            `brands:${versions(v.brands)}`,
            `fullVersionList:${versions(v.fullVersionList)}`,
            `formFactors:${v.formFactors.join(",")}`,
        ].join("|"),
    geometryVector: ({ screen: s, window: w, visualViewport: p, orientation: o, ...v }) =>
        [
            `screen:${s.width}x${s.height}:${s.availWidth}x${s.availHeight}`,
            `window:${w.innerWidth}x${w.innerHeight}:${w.outerWidth}x${w.outerHeight}@${w.devicePixelRatio}`,
            p
                ? `visualViewport:${p.width}x${p.height}@${p.scale}:${p.offsetLeft},${p.offsetTop}`
                : "visualViewport:none",
            `orientation:${o.type}:${o.angle}`,
            `chromeInsets:${v.chromeInsetX},${v.chromeInsetY}`,
            `flags:${v.suspiciousFlags.join(",")}`,
        ].join("|"),
    runtimeVector: (v) =>
        [
            ...[
                "hardwareConcurrency",
                "deviceMemory",
                "timingResolutionMs",
                "maxStackSize",
                "storageQuotaMB",
            ].map((name) => `${name}:${v[name] ?? ""}`),
            `heapLimitBucket:${v.jsHeapLimitMB === null ? "null" : Math.round(v.jsHeapLimitMB / 64) * 64}`,
            ...["networkRttMs", "downlinkMbps", "saveData"].map(
                (name) => `${name}:${v[name] ?? ""}`,
            ),
            `flags:${v.suspiciousFlags.join(",")}`,
        ].join("|"),
    sensorCapabilities: (v) =>
        [
            `apis:${pairs(v.apis).join(",")}`,
            `permissions:${inLocaleOrder(v.permissionStates)
                .map((k) => `${k}:${v.permissionStates[k] ?? "unknown"}`)
                .join(",")}`,
            `blocked:${v.policyBlocked.join(",")}`,
        ].join("|"),
    behavioralRisk: ({ reasons, hash, ...v }) =>
        [
            ...Object.entries(v).map(([name, value]) => `${name}:${value ?? ""}`),
            `reasons:${reasons.join(",")}`,
        ].join("|"),
};

const bools = (names, on) => Object.fromEntries(names.map((name) => [name, on.includes(name)]));

const cssNames = [
    "containerQueries",
    "colorMix",
    "hasSelector",
    "okLch",
    "dynamicViewport",
    "viewTransitions",
    "scrollbarGutter",
    "nesting",
    "accentColor",
    "textWrapBalance",
    "backdropFilter",
    "subgrid",
];
const platformNames = [
    "BarcodeDetector",
    "ContactsManager",
    "ContentIndex",
    "EyeDropper",
    "FileSystemWritableFileStream",
    "HID",
    "Serial",
    "USB",
    "SharedWorker",
    "PointerEvent",
    "TouchEvent",
    "showDirectoryPicker",
    "showOpenFilePicker",
    "Bluetooth",
    "WakeLock",
];
const sensorNames = [
    "accelerometer",
    "gyroscope",
    "magnetometer",
    "absoluteOrientation",
    "relativeOrientation",
    "ambientLight",
    "geolocation",
    "deviceMotion",
    "deviceOrientation",
];

// "probably" with media source and recorder, "maybe", or nothing, for each MIME string.
function codecMatrix(probably, maybe = []) {
    const entry = (mime) =>
        probably.some((part) => mime.includes(part))
            ? { canPlay: "probably", mediaSource: true, mediaRecorder: true }
            : maybe.some((part) => mime.includes(part))
              ? { canPlay: "maybe", mediaSource: false, mediaRecorder: false }
              : { canPlay: "", mediaSource: false, mediaRecorder: false };
    return Object.fromEntries(codecs.map((mime) => [mime, entry(mime)]));
}

// What is the same in the engines when nothing is wrong. `d` describes the device and the browser:
// see devices.mjs.
export function signals(d, seed = 1) {
    // Figures that differ from one reading to the next, as timings do; the same for the same seed.
    const noise = (name, span) =>
        (parseInt(sha256(`${seed} ${name}`).slice(0, 8), 16) / 2 ** 32) * span;
    const [width, height] = d.screen;
    const [innerWidth, innerHeight, outerWidth, outerHeight] = d.window;
    const has = bools(platformNames, d.platformFeatures);
    const stack = 9000 + Math.floor(noise("stack", 4000));
    const values = {
        canvas: { hash: made(`canvas ${d.canvas}`), isFarbled: d.engine !== "Chromium" },
        webgl: d.gpu && {
            renderer: d.gpu.renderer,
            vendor: d.gpu.vendor,
            extensions: d.gpu.extensions,
            params: {
                "0xd33": d.gpu.textureSize,
                "0x8869": 16,
                "0x8dfb": 4095,
                "0x8dfc": 31,
                "0x8dfd": 1024,
            },
            gpuTimingMs: noise("gpu", 0.4),
            isSoftwareRenderer: /swiftshader|llvmpipe|softpipe|mesa/i.test(d.gpu.renderer),
        },
        webgpu: {
            available: false,
            vendor: "",
            architecture: "",
            device: "",
            description: "",
            features: [],
        },
        audio: { hash: made("audio"), sampleRate: 44100, maxChannelCount: 1, isSuspended: false },
        fonts: { detected: d.fonts, count: d.fonts.length, isSpoofed: false },
        webrtc: {
            localIpHash: null,
            candidateCount: 2,
            candidateTypes: ["host"],
            multipleNics: false,
        },
        wasmTiming: { medianMs: noise("wasm", 0.2), stddevMs: noise("wasm deviation", 0.1) },
        navigator: {
            hardwareConcurrency: d.cores,
            deviceMemory: d.memory,
            maxTouchPoints: d.touchPoints,
            languages: d.languages,
            platform: d.platform,
            cookieEnabled: true,
            doNotTrack: d.engine === "Firefox" ? "unspecified" : null,
            keyboardLayout: null,
            connectionType: d.engine === "Chromium" ? "4g" : null,
            hasBluetooth: has.Bluetooth,
            hasUsb: has.USB,
            hasHid: has.HID,
            hasSerial: has.Serial,
            hasWakeLock: true,
            hasGpu: d.engine === "Chromium",
            bluetoothAvailable: null,
        },
        media: {
            colorScheme: d.colorScheme,
            contrast: "no-preference",
            forcedColors: false,
            pointer: d.pointer,
            hover: d.pointer === "fine" ? "hover" : "none",
            displayMode: "browser",
            reducedMotion: false,
            colorGamut: d.colorGamut,
        },
        screen: {
            width,
            height,
            availWidth: width,
            availHeight: d.availHeight,
            colorDepth: 24,
            pixelRatio: d.pixelRatio,
            isFirefoxRfp: false,
        },
        integrity: { tamperedApis: [], workerMismatch: false, lieScore: 0 },
        wallets: {
            detected: [],
            count: 0,
            evmProviders: [],
            solanaProviders: [],
            multipleWallets: false,
            versions: {},
        },
        storage: {
            localStorage: true,
            sessionStorage: true,
            indexedDb: true,
            cookie: true,
            survivingMechanisms: [],
        },
        math: {
            values: [
                Math.acos(0.3),
                Math.asin(0.3),
                Math.atan(0.3),
                Math.cosh(1.5),
                Math.expm1(0.7),
                Math.log1p(0.2),
                Math.sinh(0.9),
                Math.tan(-5e4),
                Math.tanh(0.4),
                Math.cbrt(7),
                Math.sin(1e6),
                Math.cos(1e6),
                Math.exp(0.25),
                Math.log(11),
                Math.sqrt(3),
                Math.pow(1.1, 33),
                Math.atan2(0.5, 0.2),
                Math.hypot(1, 2, 3),
                Math.log10(7),
                Math.log2(9),
                Math.fround(0.1),
            ],
        },
        domRect: {
            hash: made(`rects ${d.textLook}`),
            emojiHash: made(`emoji ${d.textLook}`),
            rectCount: 4,
        },
        headless: { isHeadless: false, markers: ["webdriver_configurable"] },
        speech: d.voices && {
            voiceCount: d.voices.length,
            localVoices: d.voices,
            remoteVoiceCount: 0,
            defaultVoice: d.voices[0],
            hash: made(`voices ${d.voices}`),
        },
        intl: {
            locales: d.languages.slice(0, 2),
            formattedNumber: "21 million",
            formattedRelativeTime: "last year",
            formattedList: "Alice, Bob, and Carol",
            localeSpoofed: false,
            hash: made(`intl ${d.languages[0]}`),
        },
        timezone: {
            reported: d.timezone.name,
            computed: d.timezone.long,
            offsetHistorical: d.timezone.july2005,
            isSpoofed: false,
            hash: sha256(`${d.timezone.name}|${d.timezone.july2005}|${d.timezone.now}`),
        },
        cssStyle: {
            propertyCount: d.build.cssProperties,
            systemColorHash: made(`system colours ${d.platform}`),
            systemFontHash: made(`system fonts ${d.textLook}`),
        },
        cssFeatures: { features: bools(cssNames, cssNames), supportedCount: cssNames.length },
        error: { messages: d.build.errors },
        workerScope: {
            workerNavigator: {
                hardwareConcurrency: d.cores,
                platform: d.platform,
                languages: d.languages,
                userAgent: d.userAgent,
            },
            workerWebGL: d.gpu && { renderer: d.gpu.renderer, vendor: d.gpu.vendor },
            mismatches: [],
        },
        resistance: { browser: null, extensions: [], timerPrecisionMs: 0 },
        svg: { hash: undefined, textLengths: d.svg },
        windowFeatures: {
            propertyCount: d.build.windowProperties,
            webkitCount: d.engine === "Firefox" ? 2 : 13,
            mozCount: d.engine === "Firefox" ? 2 : 0,
            litterKeys: d.build.globals,
        },
        htmlElement: {
            propertyCount: d.build.elementProperties,
            hash: made(`element ${d.engine} ${d.build.elementProperties}`),
        },
        codec: { matrix: codecMatrix(d.codecs, d.codecsMaybe) },
        status: {
            timingResolution: noise("timer", 0.1),
            maxStackSize: stack,
            storageQuotaMB: d.quotaMB,
            battery: d.battery,
            heapLimit: d.heapLimitMB && d.heapLimitMB * 2 ** 20,
        },
        platformFeatures: {
            features: has,
            estimatedPlatform: d.touchPoints ? "Mobile" : "Desktop",
        },
        uaClientHints: d.hints
            ? {
                  available: true,
                  mobile: false,
                  platform: "Linux",
                  architecture: "x86",
                  bitness: "64",
                  model: "",
                  platformVersion: "",
                  wow64: false,
                  formFactors: ["Desktop"],
                  brands: d.hints.brands,
                  fullVersionList: d.hints.full,
              }
            : {
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
              },
        capabilityVector: {
            pdfViewerEnabled: true,
            globalPrivacyControl: d.engine === "Firefox" ? false : null,
            hasPdfPlugin: true,
            pluginCount: 5,
            hasWebGPU: d.engine === "Chromium",
            hasVirtualKeyboard: d.engine === "Chromium",
            hasSpeechSynthesis: true,
            hasSpeechRecognition: d.engine === "Chromium",
            hasMediaCapabilities: true,
            hasKeyboardLayoutApi: d.engine === "Chromium",
            hasBluetooth: has.Bluetooth,
            hasUsb: has.USB,
            hasHid: has.HID,
            hasSerial: has.Serial,
            hasHighEntropyUaHints: d.engine === "Chromium",
            suspiciousFlags: [],
            hash: made(`capabilities ${d.engine} ${d.platform}`),
        },
        geometryVector: {
            screen: { width, height, availWidth: width, availHeight: d.availHeight },
            window: {
                innerWidth,
                innerHeight,
                outerWidth,
                outerHeight,
                devicePixelRatio: d.pixelRatio,
            },
            visualViewport: {
                width: innerWidth,
                height: innerHeight,
                scale: 1,
                offsetLeft: 0,
                offsetTop: 0,
            },
            orientation: {
                type: width > height ? "landscape-primary" : "portrait-primary",
                angle: 0,
            },
            chromeInsetX: outerWidth - innerWidth,
            chromeInsetY: outerHeight - innerHeight,
            suspiciousFlags: [],
        },
        runtimeVector: {
            hardwareConcurrency: d.cores,
            deviceMemory: d.memory,
            timingResolutionMs: null,
            maxStackSize: stack - 1,
            storageQuotaMB: d.quotaMB,
            jsHeapUsedMB: d.heapLimitMB && 2 + Math.round(noise("heap", 100)) / 100,
            jsHeapTotalMB: d.heapLimitMB && 4.5,
            jsHeapLimitMB: d.heapLimitMB,
            networkRttMs: d.heapLimitMB && 50 * Math.ceil(noise("rtt", 3)),
            downlinkMbps: d.heapLimitMB && 1.25 + Math.round(noise("downlink", 8) * 20) / 20,
            saveData: d.heapLimitMB && false,
            suspiciousFlags: [],
        },
        sensorCapabilities: {
            apis: bools(sensorNames, d.sensors),
            permissionStates: {
                geolocation: "prompt",
                camera: "prompt",
                microphone: "prompt",
                clipboardRead: null,
                accelerometer: null,
                gyroscope: null,
                magnetometer: null,
            },
            policyBlocked: [],
            availableCount: d.sensors.length,
        },
        behavioralRisk: {
            elapsedMs: 3000 + Math.floor(noise("elapsed", 4000)),
            totalEventCount: 14,
            pointerMoveCount: 9,
            pointerDistancePx: 412,
            pointerDirectionChanges: 3,
            pointerStraightness: 0.52,
            clickCount: 1,
            scrollEventCount: 1,
            scrollBurstCount: 0,
            keyEventCount: 3,
            inputEventCount: 0,
            focusTransitions: 0,
            blurTransitions: 0,
            visibilityTransitions: 0,
            meanPointerIntervalMs: 21.5,
            meanKeyIntervalMs: 143.25,
            classification: "human_like",
            riskScore: 0,
            reasons: [],
        },
        incognito: { isPrivate: false, method: null },
        devTools: { isOpen: false, indicators: [] },
        virtualization: {
            vmDetected: false,
            emulatorDetected: false,
            indicators: d.battery ? ["battery_always_plugged"] : [],
            confidence: "low",
        },
        rooted:
            d.engine === "Chromium"
                ? { detected: true, confidence: "low", indicators: ["nav_proto_non_standard:17"] }
                : { detected: false, confidence: "low", indicators: [] },
        frameDepth: { isFramed: false, depth: 0, topAccessible: true, crossOriginBoundary: false },
    };
    const out = {};
    for (const [name, value] of Object.entries(values)) {
        out[name] = value ? { value, duration: Math.round(noise(name, 4000)) / 10 } : null;
    }
    return out;
}

// Computes the digests from the values; called once, after the last change to them.
export function sealDigests(all) {
    for (const [name, text] of Object.entries(digestText)) {
        const value = all[name]?.value;
        if (value && value.hash === undefined) {
            value.hash = sha256(text(value));
        }
    }
    return all;
}
