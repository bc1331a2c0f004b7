// What stays the same of a device between two visits, as far as a server sees it, and the network it came from.
//
// Left out: what changes by itself (window, battery, timings, behaviour), what users switch to and fro (dark mode
// and the colours that follow it, permissions, orientation), and what is falsified anew.
import { parseUa, valueOf } from "./features.mjs";
import { shaRaw } from "./prng.mjs";

/* The /24 of an IPv4 address, the /48 of an IPv6 one. */
export const networkOf = (ip) =>
    ip.includes(":") ? ip.split(":").slice(0, 3).join(":") : ip.split(".").slice(0, 3).join(".");

const sorted = (...sides) => sides.sort((a, b) => a - b);

/* What updates move. */
function versions({ headers, body: { signals } }) {
    const value = (name) => valueOf(signals, name) ?? {};
    const hints = value("uaClientHints");
    return [
        [headers["user-agent"], hints.fullVersionList, hints.platformVersion],
        [value("domRect").hash, value("svg").hash, value("speech").hash],
    ];
}

/* Holds in private windows too, and over updates. */
function steady({ headers, body: { signals } }) {
    const value = (name) => valueOf(signals, name) ?? {};
    const { width, height, availWidth, availHeight, colorDepth, pixelRatio } = value("screen");
    const { maxTouchPoints, platform, doNotTrack, keyboardLayout, bluetoothAvailable } =
        value("navigator");
    const { renderer, vendor, extensions, params } = value("webgl");
    const { family, os } = parseUa(headers["user-agent"]);
    const hints = value("uaClientHints");
    const media = value("media");
    return [
        [family, os, headers["sec-gpc"], headers["accept-encoding"]],
        [hints.architecture, hints.model],
        [sorted(width, height), sorted(availWidth, availHeight), colorDepth, pixelRatio],
        [maxTouchPoints, platform, doNotTrack, keyboardLayout, bluetoothAvailable],
        [
            renderer,
            vendor,
            extensions,
            params,
            value("webgpu").vendor,
            value("webgpu").architecture,
        ],
        [media.contrast, media.reducedMotion, media.colorGamut],
        value("fonts").detected,
        value("speech").localVoices,
        value("timezone").hash,
        value("cssStyle").systemFontHash,
        [value("math").hash, value("codec").hash],
        value("status").heapLimit,
        value("resistance").browser,
    ];
}

/* Holds in normal windows only. noisy: what is drawn is falsified, and cores and memory with it. */
function steadyInNormalWindows({ headers, body: { signals } }, noisy) {
    const value = (name) => valueOf(signals, name) ?? {};
    const { hardwareConcurrency, deviceMemory, languages } = value("navigator");
    return [
        [languages, headers["accept-language"]],
        noisy ? [] : [value("canvas").hash, value("audio").hash, hardwareConcurrency, deviceMemory],
        value("status").storageQuotaMB,
        value("windowFeatures").litterKeys,
        value("wallets").detected,
    ];
}

/* What an event shows, as hashes: `exact` with all versions, `undated` without. `normal` is null for an event of a
 * private window; `secret` leaves out what private windows hide. */
export function viewsOf(line) {
    const hash = (list) => shaRaw(JSON.stringify(list)).slice(0, 24);
    const dated = versions(line);
    const hashes = (list) => ({ exact: hash([...list, ...dated]), undated: hash(list) });
    const common = steady(line);
    const secret = hashes(common);
    if (line.cookie_state.state === "incognito") return { normal: null, secret };
    const noisy = line.truth.privacy === true;
    return { normal: hashes([...common, ...steadyInNormalWindows(line, noisy)]), secret };
}
