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
};
