/* intl: the language in which the browser formats, which may differ from the one it declares.
 *
 * Privacy: low; the language. */

import type { Context } from "../collect.ts";
import { sha256 } from "../sha256.ts";

export async function intl({ result }: Context) {
    /* Whoever formats first in a process waits 11 ms (Chromium 156): that is the worker, then. */
    await result("workerScope");
    const locale = new Intl.DateTimeFormat().resolvedOptions().locale;
    const formattedNumber = new Intl.NumberFormat(undefined, {
        notation: "compact",
        compactDisplay: "long",
    }).format(21e6);
    const formattedRelativeTime = new Intl.RelativeTimeFormat(undefined, {
        numeric: "auto",
    }).format(-1, "year");
    const formattedList = new Intl.ListFormat(undefined, { type: "conjunction" }).format(
        ["Alice", "Bob", "Carol"],
    );
    const locales = [...navigator.languages];
    return {
        locales,
        formattedNumber,
        formattedRelativeTime,
        formattedList,
        localeSpoofed: locale.split("-")[0] !== navigator.language.split("-")[0],
        hash: sha256([locale, formattedNumber, formattedRelativeTime, formattedList].join("|")),
    };
}
