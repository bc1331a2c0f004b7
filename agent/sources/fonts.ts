/* fonts: which of these families are installed. A name that is missing falls back to the generic
 * family behind it and so has that family's exact width. One that is there has one width in front of
 * two generic families of different widths, so it differs from one of them.
 *
 * Privacy: medium; installed fonts, 59 well-known names at most. */

import type { Context } from "../collect.ts";
import { span, withBox } from "../sandbox.ts";

const BASES = ["monospace", "sans-serif"];

const TEXT = "WQmw@|iljt10&fg\u00e4\u00df";

/* In this order: Windows, macOS and iOS, Linux and Android, what designers install. */
const NAMES = [
    "Arial", "Arial Black", "Bahnschrift", "Calibri", "Cambria", "Candara", "Comic Sans MS",
    "Consolas", "Constantia", "Corbel", "Courier New", "Ebrima", "Franklin Gothic Medium",
    "Gabriola", "Georgia", "Helvetica", "Impact", "Ink Free", "Leelawadee UI", "Lucida Console",
    "Malgun Gothic", "Microsoft YaHei", "MS Gothic", "Nirmala UI", "Segoe UI", "Segoe UI Emoji",
    "SimSun", "Sitka Text", "Tahoma", "Times New Roman", "Trebuchet MS", "Verdana", "Yu Gothic",
    "American Typewriter", "Avenir Next", "Futura", "Geneva", "Gill Sans", "Helvetica Neue",
    "Hoefler Text", "Menlo", "Monaco", "Optima", "PingFang SC", "SF Pro Text", "Cantarell",
    "DejaVu Sans", "Droid Sans Mono", "FreeSans", "Liberation Sans", "Noto Color Emoji",
    "Noto Sans CJK SC", "Roboto", "Ubuntu", "Century Gothic", "EB Garamond", "Fira Code",
    "Source Code Pro", "Univers",
];

function probe(family: string): HTMLSpanElement {
    return span(TEXT, {
        "font-family": family,
        "font-size": "48px",
        position: "absolute",
        "white-space": "nowrap",
    });
}

function detectedAmong(names: string[]): string[] {
    return withBox((box) => {
        /* All of them first, then all widths: one layout instead of one per font. */
        const plain = BASES.map(probe);
        const tried = names.map((name) => BASES.map((base) => probe(`"${name}", ${base}`)));
        box.append(...plain, ...tried.flat());
        const widths = plain.map((element) => element.offsetWidth);
        return names.filter((_, n) =>
            tried[n].some((element, base) => element.offsetWidth !== widths[base]),
        );
    });
}

/* Few enough that a slow machine lays them out in a frame's time or two. */
const AT_ONCE = 15;

export async function fonts({ pause }: Context) {
    const detected: string[] = [];
    for (let from = 0; from < NAMES.length; from += AT_ONCE) {
        await pause();
        detected.push(...detectedAmong(NAMES.slice(from, from + AT_ONCE)));
    }
    return {
        detected,
        count: detected.length,
        isSpoofed: detected.length === 0 || detected.length === NAMES.length,
    };
}
