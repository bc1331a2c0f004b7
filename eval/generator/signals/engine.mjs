// What the engine and its version decide alone: supported features, error messages, codecs, arithmetic.
import { sha, unit } from "../../lib/prng.mjs";
import { grown } from "../versions.mjs";

const compare = (a, b) => a.localeCompare(b);

const CODEC_MIMES = [
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
const MESSAGES = {
    blink: [
        "Cannot read properties of null (reading 'x')",
        "Cannot read properties of undefined (reading 'x')",
        "Spread syntax requires ...iterable[Symbol.iterator] to be a function",
        "Unexpected token ')'",
        "Invalid array length",
        "Invalid count value: -1",
        "Cyclic __proto__ value",
        "Invalid regular expression: /(/: Unterminated group",
        "Invalid count value: Infinity",
    ],
    gecko: [
        'can\'t access property "x", null is null',
        'can\'t access property "x", undefined is undefined',
        "undefined is not iterable",
        "expected expression, got ')'",
        "invalid array length",
        "repeat count must be non-negative",
        "can't set prototype: it would cause a prototype chain cycle",
        "unterminated parenthetical",
        "repeat count must be less than infinity",
    ],
    webkit: [
        "null is not an object (evaluating 'null.x')",
        "undefined is not an object (evaluating '(void 0).x')",
        "Spread syntax requires ...iterable not be null or undefined",
        "Unexpected token ')'",
        "Array length must be a positive integer of safe magnitude.",
        "String.prototype.repeat argument must be greater than or equal to 0 and not be Infinity",
        "cyclic __proto__ value",
        "Invalid regular expression: missing )",
        "String.prototype.repeat argument must be greater than or equal to 0 and not be Infinity",
    ],
};
// the Blink major that brought it
const CSS_FEATURES = {
    containerQueries: 105,
    colorMix: 111,
    hasSelector: 105,
    okLch: 111,
    dynamicViewport: 108,
    viewTransitions: 111,
    scrollbarGutter: 94,
    nesting: 120,
    accentColor: 93,
    textWrapBalance: 114,
    backdropFilter: 76,
    subgrid: 117,
};
const BLINK_GLOBALS = [
    "chrome",
    "cookieStore2",
    "credentialless",
    "documentPictureInPicture",
    "fence",
    "getDigitalGoodsService",
    "getScreenDetails",
    "isSecureContext2",
    "originAgentCluster",
    "queryLocalFonts",
    "scheduler2",
    "sharedStorage",
    "showDirectoryPicker",
    "showOpenFilePicker",
    "showSaveFilePicker",
    "styleMedia",
    "viewport",
    "when",
];
const MATH_VALUES = [
    1.4470237543681796, 0.12377271479219596, 0.12283523096142396, 0.12436120353397957,
    0.9923882216203535, 0.12314340449886985, 0.12408793476036655, 1.1314009009218494,
    -2.0919305543803164, 0.35136306009596396, 0.12377032447203446, 1.0076305556010998,
    0.12283300490480577, 0.13140090092184937, 0.11642962416880213, 0.4979338592181711,
    0.9953504230195945, 0.12345679104328156, 32, -3.018011155270757, -0.9085146104970069,
];
const GECKO_GLOBALS = [
    "fullScreen",
    "mozInnerScreenX2",
    "updateCommands",
    "scrollMaxX",
    "scrollMaxY",
    "dump",
    "sidebar",
    "external2",
];
const WEBKIT_GLOBALS = [
    "GestureEvent",
    "ApplePaySession",
    "safari",
    "onwebkitmouseforce2",
    "showModalDialog2",
];

export const errorMessages = ({ engine }) => ({
    messages: MESSAGES[engine],
    hash: sha(MESSAGES[engine].join("|")),
});

export function cssFeatures({ em, blink, webkit }) {
    const supported = (name) => {
        if (blink) return em >= CSS_FEATURES[name];
        return name === "scrollbarGutter" && webkit ? em >= 182 : true;
    };
    const names = Object.keys(CSS_FEATURES);
    const features = Object.fromEntries(names.map((name) => [name, supported(name)]));
    return {
        features,
        supportedCount: Object.values(features).filter(Boolean).length,
        hash: sha(JSON.stringify(features)),
    };
}

/* Colours and fonts of the system, which the settings of the desktop move as well. */
export function cssStyle({ d, seed, os, engine, em, scheme, versions, language2 }) {
    const propertyCount = grown(seed, "css", engine, em, 330, 3);
    const system = os === "macos" ? Math.floor(parseFloat(versions.osFull)) : "";
    const script = language2 === "ja" || language2 === "zh" ? language2 : "";
    const colors = sha(["color", os, engine, scheme, d.accent, system].join("|"));
    const fonts = sha(["sysfont", os, engine, d.skin, script].join("|"));
    return {
        propertyCount,
        systemColorHash: colors,
        systemFontHash: fonts,
        hash: sha(`${propertyCount}|${colors}|${fonts}`),
    };
}

function globalsOf({ os, em, blink, gecko }) {
    if (blink) return BLINK_GLOBALS.filter((_, i) => em > 100 + i * 2 || os !== "android");
    if (gecko) return GECKO_GLOBALS;
    return WEBKIT_GLOBALS.filter((name) => !(os === "ios" && name === "safari"));
}

/* Globals of window, and those that an extension leaves there. */
export function windowFeatures(x) {
    const { d, seed, os, engine, em, incog, blink, gecko, webkit } = x;
    const extensions = incog ? [] : d.ext;
    const base = { blink: 960, gecko: 830, webkit: 900 }[engine];
    const android = os === "android" ? -14 : 0;
    const own = grown(seed, "win", engine, em, base, 5);
    const propertyCount = own + extensions.length + android;
    const litterKeys = [...globalsOf(x), ...extensions].sort().slice(0, 50);
    const webkitCount = webkit ? 21 : 2;
    return {
        propertyCount,
        webkitCount: blink ? 13 : webkitCount,
        mozCount: gecko ? 6 : 0,
        litterKeys,
        hash: sha(`${propertyCount}|${litterKeys.join(",")}`),
    };
}

export const htmlElement = ({ seed, engine, em }) => ({
    propertyCount: grown(seed, "html", engine, em, 290, 3),
    hash: sha(`html|${engine}|${em}`),
});

const mathMemo = new Map();

function mathLibrary(engine, os) {
    if (engine === "blink") return "v8";
    if (engine === "webkit" || os === "macos") return "apple";
    return os === "windows" ? "gecko-w" : "gecko-l";
}

/* Libraries of mathematics differ in the last bit of some results. */
function mathValues(library) {
    let values = mathMemo.get(library);
    if (!values) {
        const exact = (i) => library === "v8" || unit(`math|${library}|${i}`) > 0.2;
        values = MATH_VALUES.map((x, i) => (exact(i) ? x : x * (1 + Number.EPSILON)));
        mathMemo.set(library, values);
    }
    return values;
}

export function math({ engine, os }) {
    const values = mathValues(mathLibrary(engine, os));
    return { values, hash: sha(values.join(",")) };
}

const codecMemo = new Map();

function unplayable(mime, engine, os) {
    if (/hev1/.test(mime)) return engine === "gecko" || os === "linux";
    if (/ogg/.test(mime)) return engine === "webkit";
    return /webm.*av01/.test(mime) && os === "ios";
}

function codecRow(mime, engine, os) {
    const no = unplayable(mime, engine, os);
    const sure = /codecs/.test(mime) || /mpeg|aac|flac/.test(mime);
    const recordable = /webm/.test(mime) ? engine !== "webkit" : /avc1/.test(mime);
    const yes = sure ? "probably" : "maybe";
    return {
        canPlay: no ? "" : yes,
        mediaSource: !no && !/ogg|wav/.test(mime) && os !== "ios",
        mediaRecorder: recordable && !(/avc1/.test(mime) && engine === "gecko"),
    };
}

export function codec({ engine, os }) {
    const key = engine + os;
    let value = codecMemo.get(key);
    if (!value) {
        const rows = CODEC_MIMES.map((mime) => [mime, codecRow(mime, engine, os)]);
        const matrix = Object.fromEntries(rows);
        value = { matrix, hash: sha(JSON.stringify(matrix)) };
        codecMemo.set(key, value);
    }
    return value;
}

function platformOf(features) {
    if (features.BarcodeDetector && features.ContactsManager) return "Android";
    if (features.TouchEvent && !features.SharedWorker) return "Mobile";
    const desktop = features.HID || features.Serial || features.showDirectoryPicker;
    return desktop ? "Desktop" : "Unknown";
}

export function platformFeatures({ d, os, browser, em, blink, gecko, brave, capabilities }) {
    const barcodes = os === "android" || os === "macos" || os === "chromeos";
    const features = {
        BarcodeDetector: blink && barcodes,
        ContactsManager: blink && os === "android",
        ContentIndex: blink && os === "android",
        EyeDropper: blink && !d.mobile,
        FileSystemWritableFileStream: true,
        HID: capabilities.hasHid,
        Serial: capabilities.hasSerial,
        USB: blink,
        SharedWorker: !(os === "android" && browser === "chrome" && em < 148),
        PointerEvent: true,
        TouchEvent: d.mobile || blink,
        showDirectoryPicker: blink && !brave && em > 85,
        showOpenFilePicker: blink && !brave && !d.mobile,
        Bluetooth: capabilities.hasBluetooth,
        WakeLock: true,
    };
    const pairs = Object.entries(features).sort(([a], [b]) => compare(a, b));
    return {
        features,
        estimatedPlatform: platformOf(features),
        hash: sha(pairs.map(([name, value]) => `${name}:${value}`).join("|")),
    };
}

export const frameDepth = () => ({
    isFramed: false,
    depth: 0,
    topAccessible: true,
    crossOriginBoundary: false,
    hash: sha("isFramed:false|depth:0|topAccessible:true|crossOriginBoundary:false"),
});
