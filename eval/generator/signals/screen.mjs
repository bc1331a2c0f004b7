// Screen, window, and the media queries that follow from them.
import { h32, sha } from "../../lib/prng.mjs";

const round2 = (x) => Math.round(x * 100) / 100;
const TOOLBARS = { chrome: 87, edge: 79, brave: 90, firefox: 85, safari: 74, tor: 90, samsung: 0 };

/* The bars of a phone's browser come and go with scrolling. */
function mobileWindow({ d, t, visit, os }, s) {
    const sideways = visit.landscape && os === "ios"; // iOS keeps screen.width and turns the window
    let bar = [56, 112][h32(`${t}`) % 2];
    if (os === "ios") bar = visit.landscape ? 50 : [113, 157][h32(`${t}`) % 2];
    s.outW = s.w;
    s.outH = s.h;
    s.inW = sideways ? s.h : s.w;
    s.inH = Math.max(200, (sideways ? s.w : s.h) - bar);
}

function desktopWindow({ d, visit, os, browser }, s) {
    const [wide, high] = visit.maximised ? [1, 1] : visit.win;
    s.outW = Math.round(s.availW * wide);
    s.outH = Math.round(s.availH * high);
    const frame = os === "windows" && !visit.maximised ? 16 : 0;
    const above = (TOOLBARS[browser] ?? 85) + d.bookmarks + (visit.devtools ? 240 : 0);
    s.inW = Math.max(400, Math.round((s.outW - frame) / d.zoom));
    s.inH = Math.max(300, Math.round((s.outH - above) / d.zoom));
}

/* Letterboxing: Tor and resistFirefox's RFP round the window and call it the screen. */
function letterbox(s) {
    s.inW = Math.floor(s.inW / 200) * 200;
    s.inH = Math.floor(s.inH / 100) * 100;
    s.w = s.outW = s.availW = s.inW;
    s.h = s.outH = s.availH = s.inH;
    s.dpr = 1;
}

export function screenOf(x) {
    const { d, visit, os, browser } = x;
    const docked = d.dock && visit.docked;
    let own = d.screen;
    if (docked) {
        const [w, h, dpr] = d.dock;
        own = { w, h, dpr, top: own.top, bottom: own.bottom, depth: own.depth };
    }
    const [w, h] = visit.landscape && os === "android" ? [own.h, own.w] : [own.w, own.h];
    const zoom = os === "ios" || browser === "safari" ? 1 : d.zoom;
    const s = { w, h, availW: w, availH: h - own.top - own.bottom, depth: own.depth, docked };
    s.dpr = round2(own.dpr * zoom * 1000) / 1000;
    if (d.mobile) mobileWindow(x, s);
    else desktopWindow(x, s);
    if (x.rfp) letterbox(s);
    if (d.bot === "headless") {
        s.outW = s.inW = s.w;
        s.outH = s.inH = s.h;
    }
    return s;
}

export const screen = ({ screen: s }) => ({
    width: s.w,
    height: s.h,
    availWidth: s.availW,
    availHeight: s.availH,
    colorDepth: s.depth,
    pixelRatio: s.dpr,
    isFirefoxRfp: false,
});

function gamut({ d, screen: s, rfp }) {
    return rfp || (s.docked && d.os === "windows") ? "srgb" : d.model.gamut;
}

export const media = (x) => ({
    colorScheme: x.scheme,
    contrast: x.rfp ? "no-preference" : x.d.contrast,
    forcedColors: false,
    pointer: x.d.mobile ? "coarse" : "fine",
    hover: x.d.mobile ? "none" : "hover",
    displayMode: "browser",
    reducedMotion: x.rfp ? false : x.d.reduced,
    colorGamut: gamut(x),
});

function orientation({ d, visit, screen: s, webkit }) {
    const wide = (webkit && !d.mobile) || s.w > s.h || visit.landscape;
    return {
        type: wide ? "landscape-primary" : "portrait-primary",
        angle: visit.landscape && d.mobile ? 90 : 0,
    };
}

export function geometryVector(x) {
    const s = x.screen;
    const geometry = {
        screen: { width: s.w, height: s.h, availWidth: s.availW, availHeight: s.availH },
        window: {
            innerWidth: s.inW,
            innerHeight: s.inH,
            outerWidth: s.outW,
            outerHeight: s.outH,
            devicePixelRatio: round2(s.dpr),
        },
        visualViewport: { width: s.inW, height: s.inH, scale: 1, offsetLeft: 0, offsetTop: 0 },
        orientation: orientation(x),
        chromeInsetX: s.outW - s.inW,
        chromeInsetY: s.outH - s.inH,
        suspiciousFlags: [],
    };
    geometry.hash = sha(JSON.stringify(geometry));
    return geometry;
}
