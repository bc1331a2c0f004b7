// What stays the same of a device between two visits, as far as a server sees it, and the network it came from.
//
// Left out: what changes by itself (window, battery, timings, behaviour), what users switch to and fro (dark mode
// and the colours that follow it, permissions, orientation), and what is falsified anew.
import { valueOf } from "./features.mjs";
import { shaRaw } from "./prng.mjs";

/* The /24 of an IPv4 address, the /48 of an IPv6 one. */
export const networkOf = (ip) =>
    ip.includes(":") ? ip.split(":").slice(0, 3).join(":") : ip.split(".").slice(0, 3).join(".");

const sorted = (...sides) => sides.sort((a, b) => a - b);

/* Holds in private windows too. */
function steady({ headers, body: { signals } }) {
    const value = (name) => valueOf(signals, name) ?? {};
    const { width, height, availWidth, availHeight, colorDepth, pixelRatio } = value("screen");
    const { maxTouchPoints, platform, doNotTrack, keyboardLayout, bluetoothAvailable } =
        value("navigator");
    const { renderer, vendor, extensions, params } = value("webgl");
    const hints = value("uaClientHints");
    const media = value("media");
    return [
        [headers["user-agent"], headers["sec-gpc"], headers["accept-encoding"]],
        [hints.fullVersionList, hints.platformVersion, hints.architecture, hints.model],
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
        value("speech").hash,
        value("timezone").hash,
        value("cssStyle").systemFontHash,
        [value("domRect").hash, value("svg").hash, value("math").hash, value("codec").hash],
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

/* Two views of an event, as hashes: { normal, secret }. An event of a private window has only the second, which
 * leaves out what private windows hide. */
export function viewsOf(line) {
    const noisy = line.truth.browser === "brave" || line.truth.privacy === true;
    const common = steady(line);
    const hash = (list) => shaRaw(JSON.stringify(list)).slice(0, 24);
    const secret = hash(common);
    const isPrivate = line.cookie_state.state === "incognito";
    const normal = isPrivate ? null : hash([...common, ...steadyInNormalWindows(line, noisy)]);
    return { normal, secret };
}
