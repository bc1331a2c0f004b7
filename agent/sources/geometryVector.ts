/* geometryVector: screen, window, visible part and orientation together, and where they contradict
 * each other. Changes whenever the window does.
 *
 * Privacy: low; the window of this moment. */

import { sha256 } from "../sha256.ts";
import { orEmpty } from "../text.ts";

/* Rounding of zoomed sizes may make an inner size one or two pixels larger than it can be. */
const SLACK_PX = 2;

function orientationFacts() {
    const found = screen.orientation as ScreenOrientation | undefined;
    return { type: found?.type ?? null, angle: found?.angle ?? null };
}

function visibleFacts() {
    const v = window.visualViewport;
    if (!v) return null;
    return {
        width: v.width,
        height: v.height,
        scale: v.scale,
        offsetLeft: v.offsetLeft,
        offsetTop: v.offsetTop,
    };
}

function readings() {
    const { width, height, availWidth, availHeight } = screen;
    return {
        screen: { width, height, availWidth, availHeight },
        window: { innerWidth, innerHeight, outerWidth, outerHeight, devicePixelRatio },
        visualViewport: visibleFacts(),
        orientation: orientationFacts(),
        chromeInsetX: outerWidth > 0 ? outerWidth - innerWidth : null,
        chromeInsetY: outerHeight > 0 ? outerHeight - innerHeight : null,
    };
}

type Readings = ReturnType<typeof readings>;

function contradictions(r: Readings): string[] {
    const { screen: s, window: w, visualViewport: v, orientation: o } = r;
    const portrait = s.height > s.width;
    const found: [string, boolean][] = [
        ["avail_exceeds_screen", s.availWidth > s.width || s.availHeight > s.height],
        ["outer_width_smaller_than_inner",
            w.outerWidth > 0 && w.outerWidth + SLACK_PX < w.innerWidth],
        ["outer_height_smaller_than_inner",
            w.outerHeight > 0 && w.outerHeight + SLACK_PX < w.innerHeight],
        ["visual_viewport_exceeds_inner",
            !!v && (v.width > w.innerWidth + SLACK_PX || v.height > w.innerHeight + SLACK_PX)],
        ["orientation_screen_mismatch",
            !!o.type && s.width !== s.height && o.type.startsWith("portrait") !== portrait],
    ];
    return found.filter(([, present]) => present).map(([name]) => name);
}

function hashText(r: Readings, flags: string[]): string {
    const { screen: s, window: w, visualViewport: v, orientation: o } = r;
    const visible = v ? `${v.width}x${v.height}@${v.scale}:${v.offsetLeft},${v.offsetTop}` : "none";
    return [
        `screen:${s.width}x${s.height}:${s.availWidth}x${s.availHeight}`,
        `window:${w.innerWidth}x${w.innerHeight}:${w.outerWidth}x${w.outerHeight}` +
            `@${w.devicePixelRatio}`,
        `visualViewport:${visible}`,
        `orientation:${orEmpty(o.type)}:${orEmpty(o.angle)}`,
        `chromeInsets:${orEmpty(r.chromeInsetX)},${orEmpty(r.chromeInsetY)}`,
        `flags:${flags.join(",")}`,
    ].join("|");
}

export function geometryVector() {
    const read = readings();
    const suspiciousFlags = contradictions(read);
    return { ...read, suspiciousFlags, hash: sha256(hashText(read, suspiciousFlags)) };
}
