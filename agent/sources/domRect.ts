/* domRect: sizes to a fraction of a pixel that fonts, zoom and transforms give to four fixed
 * elements, and to a line of emoji.
 *
 * Privacy: medium; fonts and zoom. */

import { sha256 } from "../sha256.ts";
import { span, withBox } from "../sandbox.ts";

const EMOJI =
    "\u{1f9ed}\u{1f40c}\u{1fae0}\u{1f469}\u200d\u{1f680}\u{1f3f3}\ufe0f\u200d\u{1f308}\u263a\ufe0f";

const ELEMENTS: [string, Partial<Record<string, string>>][] = [
    ["Sphinx of black quartz", { "font-family": "sans-serif", "font-size": "17.3px" }],
    ["judge my vow \u00e9\u00fc\u0142",
        { "font-family": "serif", "font-size": "1.37em", "letter-spacing": "0.3px" }],
    ["0123456789",
        { "font-family": "monospace", "font-size": "13.7pt", transform: "rotate(7.3deg)" }],
    ["", { width: "33.33%", height: "7.77mm", transform: "skewX(11deg) scale(1.017)" }],
];

function describe(element: Element): string {
    const r = element.getBoundingClientRect();
    return [r.x, r.y, r.width, r.height].join();
}

export function domRect() {
    return withBox((box) => {
        /* Relative to the box, not to wherever the page is scrolled. */
        box.style.setProperty("position", "fixed");
        box.style.setProperty("left", "0");
        box.style.setProperty("top", "0");
        box.style.setProperty("width", "800px");
        const elements = ELEMENTS.map(([text, styles]) =>
            span(text, { display: "block", position: "absolute", ...styles }),
        );
        const emoji = span(EMOJI, { position: "absolute", "font-size": "31px" });
        box.append(...elements, emoji);
        const e = emoji.getBoundingClientRect();
        return {
            hash: sha256(elements.map(describe).join(";")),
            emojiHash: sha256(`${e.width},${e.height}`),
            rectCount: elements.length,
        };
    });
}
