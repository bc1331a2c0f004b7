// The hash of the components that hold still, without any memory of change: what client-side libraries call a
// visitor id. "fpjs" takes the components of the open-source FingerprintJS: no user agent, and no canvas where it
// is noisy. "thumb" is like ThumbmarkJS: with name and version of the browser and the states of permissions.
import { parseUa, valueOf } from "../features.mjs";
import { sha } from "../prng.mjs";

function components(signals, family) {
    const value = (name) => valueOf(signals, name);
    const navigator = value("navigator") ?? {};
    const screen = value("screen") ?? {};
    const gl = value("webgl");
    const capabilities = value("capabilityVector") ?? {};
    const media = value("media") ?? {};
    const storage = value("storage") ?? {};
    const canvas = value("canvas");
    const steadyCanvas = canvas && !(canvas.isFarbled && family === "Safari");
    return [
        value("fonts")?.detected,
        value("audio")?.hash,
        steadyCanvas ? canvas.hash : "skipped",
        navigator.languages,
        screen.colorDepth,
        navigator.deviceMemory,
        [screen.width, screen.height].sort((a, b) => b - a),
        navigator.hardwareConcurrency,
        value("timezone")?.reported,
        storage.sessionStorage,
        storage.localStorage,
        storage.indexedDb,
        navigator.platform,
        [capabilities.pluginCount, capabilities.hasPdfPlugin],
        navigator.maxTouchPoints,
        navigator.cookieEnabled,
        media.colorGamut,
        media.forcedColors,
        media.contrast,
        media.reducedMotion,
        value("math")?.hash,
        capabilities.pdfViewerEnabled,
        value("uaClientHints")?.architecture,
        value("intl")?.locales?.[0],
        gl && [gl.vendor, gl.renderer, gl.extensions, gl.params],
        [screen.height - screen.availHeight, screen.width - screen.availWidth],
    ];
}

function versionComponents(signals, { family, major }) {
    const permissions = valueOf(signals, "sensorCapabilities")?.permissionStates;
    const domRect = valueOf(signals, "domRect")?.hash;
    return [family, major, permissions, domRect, valueOf(signals, "canvas")?.hash];
}

export function exact(kind) {
    const idOf = new Map(); // hash -> id
    return {
        link({ headers, body: { signals } }, held) {
            const browser = parseUa(headers["user-agent"] ?? "");
            const parts = components(signals, browser.family);
            if (kind === "thumb") parts.push(...versionComponents(signals, browser));
            const hash = sha(JSON.stringify(parts)).slice(0, 20);
            if (held || !idOf.has(hash)) idOf.set(hash, held ?? hash);
            return idOf.get(hash);
        },
    };
}
