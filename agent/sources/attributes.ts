/* attributes: what the documented signals have no member for and backends know from other products
 * as "raw device attributes". The server adds what it finds in the other signals and shows both.
 * A member that this browser has nothing for is left out. Hashes are the first 128 bits of
 * SHA-256.
 *
 * Privacy: medium; fonts, keyboard layout and plug-ins in hashes and lists. */

import type { Context } from "../collect.ts";
import { extraOf } from "../extra.ts";
import { span, withBox } from "../sandbox.ts";
import { sha256 } from "../sha256.ts";
import type { CanvasExtra } from "./canvas.ts";
import type { WebGLExtra } from "./webgl.ts";

interface Extras {
    oscpu?: string;
    keyboard?: { getLayoutMap(): Promise<Map<string, string>> };
}

const EMOJI = "\u{1f9e9}\u{1f41a}\u{1f469}\u{1f3fd}\u200d\u{1f52c}\u{1f1fa}\u{1f1f3}\u2603\ufe0f";

function emoji(box: HTMLElement) {
    const element = span(EMOJI, { position: "absolute", "white-space": "nowrap" });
    box.append(element);
    const { width, height, top, bottom, left, right, x, y } = element.getBoundingClientRect();
    const font = getComputedStyle(element).fontFamily;
    return { font, width, height, top, bottom, left, right, x, y };
}

const FONT_TEXT = "mmMwWLliI0fiflO&1 whorl";

/* Widths in CSS pixels that one text has in the browser's own families. */
const FONTS: [string, Partial<Record<string, string>>][] = [
    ["default", {}],
    ["serif", { "font-family": "serif" }],
    ["sans", { "font-family": "sans-serif" }],
    ["mono", { "font-family": "monospace" }],
    ["apple", { font: "-apple-system-body" }],
    ["min", { "font-size": "1px" }],
    ["system", { "font-family": "system-ui" }],
];

function fontPreferences(box: HTMLElement) {
    const elements = FONTS.map(([, styles]) =>
        span(FONT_TEXT, { position: "absolute", "white-space": "nowrap", ...styles }),
    );
    box.append(...elements);
    return Object.fromEntries(
        FONTS.map(([name], i) => [name, elements[i].getBoundingClientRect().width]),
    );
}

/* How the processor writes the sign of "not a number": 255 on x86, 127 on ARM. */
function architecture(): number {
    const number = new Float32Array([Infinity]);
    number[0] -= number[0];
    return new Uint8Array(number.buffer)[3];
}

function dateTimeLocale(): string {
    if (typeof Intl === "undefined") return "-1";
    if (!Intl.DateTimeFormat) return "-2";
    return new Intl.DateTimeFormat().resolvedOptions().locale || "-3";
}

/* "+02:00" east of Greenwich. */
export function offsetText(minutesWest: number): string {
    const minutes = Math.abs(minutesWest);
    const two = (n: number) => String(n).padStart(2, "0");
    const sign = minutesWest > 0 ? "-" : "+";
    return `${sign}${two(Math.floor(minutes / 60))}:${two(Math.floor(minutes % 60))}`;
}

function plugins() {
    return Array.from(navigator.plugins ?? [], (plugin) => ({
        name: plugin.name,
        description: plugin.description,
        mimeTypes: Array.from(plugin, ({ type, suffixes }) => ({ type, suffixes })),
    }));
}

function touchStarts(): boolean {
    try {
        document.createEvent("TouchEvent");
        return true;
    } catch {
        return false;
    }
}

/* Only the top frame of a secure page may ask, and only in Chromium. */
async function keyboardHash(): Promise<string | undefined> {
    try {
        const map = await (navigator as Extras).keyboard?.getLayoutMap();
        return map && map.size > 0
            ? sha256([...map].map(([code, key]) => `${code}:${key}`).sort().join()).slice(0, 32)
            : undefined;
    } catch {
        return undefined;
    }
}

export async function attributes({ pause, result }: Context) {
    const drawn = extraOf<CanvasExtra>(await result("canvas"));
    const graphics = extraOf<WebGLExtra>(await result("webgl"));
    const sound = extraOf<number>(await result("audio"));
    const keyboard_layout_hash = await keyboardHash();
    await pause("long step");
    const { emoji: face, fonts } = withBox((box) => ({
        emoji: emoji(box),
        fonts: fontPreferences(box),
    }));
    /* JSON leaves out what is undefined. */
    return {
        emoji: face,
        font_preferences: fonts,
        canvas: drawn ?? undefined,
        ...graphics,
        audio: sound ?? (typeof OfflineAudioContext === "undefined" ? -2 : undefined),
        touch_support: {
            touch_event: touchStarts(),
            touch_start: "ontouchstart" in window,
        },
        oscpu: (navigator as Extras).oscpu,
        architecture: architecture(),
        date_time_locale: dateTimeLocale(),
        vendor: navigator.vendor,
        plugins: plugins(),
        timezone_offset: offsetText(new Date().getTimezoneOffset()),
        keyboard_layout_hash,
    };
}
