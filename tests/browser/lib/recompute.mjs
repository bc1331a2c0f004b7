// The hashes that follow from a signal's other values, made again as a server would make them.

import { createHash } from "node:crypto";

export const sha256 = (text) => createHash("sha256").update(text).digest("hex");

const orEmpty = (value) => (value === null ? "" : `${value}`);
const brands = (list) => list.map(({ brand, version }) => `${brand}/${version}`).join(",");
const flags = (features) =>
    Object.keys(features)
        .sort((a, b) => a.toLowerCase().localeCompare(b.toLowerCase(), "en"))
        .map((name) => `${name}:${features[name]}`)
        .join("|");

const codecOrder = [
    "audio/aac", "audio/flac", "audio/mpeg", "audio/ogg", "audio/wav", "audio/webm",
    'video/mp4; codecs="avc1.42E01E"', 'video/mp4; codecs="hev1.1.6.L93.B0"', "video/ogg",
    'video/webm; codecs="av01.0.05M.08"', 'video/webm; codecs="vp8"', 'video/webm; codecs="vp9"',
];

const hints = [
    "mobile", "platform", "architecture", "bitness", "model", "platformVersion", "wow64",
];

export const texts = {
    math: (v) => v.values.join(","),
    error: (v) => v.messages.join("|"),
    svg: (v) => v.textLengths.join(","),
    cssStyle: (v) => `${v.propertyCount}|${v.systemColorHash}|${v.systemFontHash}`,
    cssFeatures: (v) => flags(v.features),
    platformFeatures: (v) => flags(v.features),
    codec: (v) =>
        codecOrder
            .map((type) => [type, ...Object.values(v.matrix[type])].join(":"))
            .join("|"),
    windowFeatures: (v) =>
        `${v.propertyCount}|${v.webkitCount}|${v.mozCount}|${v.litterKeys.join(",")}`,
    frameDepth: (v) =>
        ["isFramed", "depth", "topAccessible", "crossOriginBoundary"]
            .map((name) => `${name}:${v[name]}`)
            .join("|"),
    uaClientHints: (v) =>
        [
            ...hints.map((name) => `${name}:${orEmpty(v[name])}`),
            `brands:${brands(v.brands)}`,
            `fullVersionList:${brands(v.fullVersionList)}`,
            `formFactors:${v.formFactors.join(",")}`,
        ].join("|"),
    geometryVector: ({ screen: s, window: w, visualViewport: v, orientation: o, ...rest }) =>
        [
            `screen:${s.width}x${s.height}:${s.availWidth}x${s.availHeight}`,
            `window:${w.innerWidth}x${w.innerHeight}:${w.outerWidth}x${w.outerHeight}` +
                `@${w.devicePixelRatio}`,
            `visualViewport:${v.width}x${v.height}@${v.scale}:${v.offsetLeft},${v.offsetTop}`,
            `orientation:${orEmpty(o.type)}:${orEmpty(o.angle)}`,
            `chromeInsets:${orEmpty(rest.chromeInsetX)},${orEmpty(rest.chromeInsetY)}`,
            `flags:${rest.suspiciousFlags.join(",")}`,
        ].join("|"),
    timezone: (v) => `${v.reported}|${v.offsetHistorical}|${offsetNow(v.reported)}`,
    runtimeVector: (v) =>
        [
            ...["hardwareConcurrency", "deviceMemory", "timingResolutionMs", "maxStackSize"]
                .map((name) => `${name}:${orEmpty(v[name])}`),
            `storageQuotaMB:${orEmpty(v.storageQuotaMB)}`,
            `heapLimitBucket:${v.jsHeapLimitMB && Math.round(v.jsHeapLimitMB / 64) * 64}`,
            ...["networkRttMs", "downlinkMbps", "saveData"]
                .map((name) => `${name}:${orEmpty(v[name])}`),
            `flags:${v.suspiciousFlags.join(",")}`,
        ].join("|"),
    sensorCapabilities: (v) => {
        const states = Object.entries(v.permissionStates).map(([k, s]) => [k, s ?? "unknown"]);
        return [
            `apis:${flags(v.apis).replaceAll("|", ",")}`,
            `permissions:${flags(Object.fromEntries(states)).replaceAll("|", ",")}`,
            `blocked:${v.policyBlocked.join(",")}`,
        ].join("|");
    },
    behavioralRisk: ({ hash, reasons, ...rest }) =>
        [
            ...Object.entries(rest).map(([name, value]) => `${name}:${orEmpty(value)}`),
            `reasons:${reasons.join(",")}`,
        ].join("|"),
};

/* Minutes that the zone is west of Greenwich now. */
function offsetNow(timeZone) {
    const now = new Date();
    const clock = (zone) => Date.parse(`${now.toLocaleString("en-US", { timeZone: zone })} UTC`);
    return Math.round((clock("UTC") - clock(timeZone)) / 60_000);
}

/* Names of the signals whose hash is not that of the values beside it. */
export function wrongHashes(signals) {
    return Object.keys(texts).filter((name) => {
        const value = signals[name]?.value;
        return value && value.hash !== null && value.hash !== sha256(texts[name](value));
    });
}
