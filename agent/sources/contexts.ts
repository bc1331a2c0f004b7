/* contexts: what an empty frame of this page and a worker say where they contradict the page. Whoever
 * changes what a page sees has to change it in every context, and mostly forgets one. Values are sent
 * as texts, and only those that differ: {} is a context that agrees, null one that could not be read.
 *
 * Privacy: none beyond what the page itself sees. */

import type { Context } from "../collect.ts";
import { extraOf } from "../extra.ts";
import { withCleanWindow } from "../sandbox.ts";

export type Facts = Record<string, string>;

/* Also sent to the worker of workerScope.ts as text: it may use nothing from around it. */
export function read(scope: any): Facts {
    const nav = scope.navigator;
    const hints = nav.userAgentData;
    const facts: Record<string, unknown> = {
        userAgent: nav.userAgent,
        platform: nav.platform,
        language: nav.language,
        languages: nav.languages && Array.from(nav.languages).join(),
        hardwareConcurrency: nav.hardwareConcurrency,
        deviceMemory: nav.deviceMemory,
        webdriver: nav.webdriver,
        timezone: new scope.Intl.DateTimeFormat().resolvedOptions().timeZone,
        offset: new scope.Date().getTimezoneOffset(),
        brands: hints && hints.brands.map((b: any) => `${b.brand}/${b.version}`).join(),
        hintPlatform: hints && hints.platform,
    };
    const texts: Facts = {};
    for (const name of Object.keys(facts)) {
        if (facts[name] !== undefined) texts[name] = String(facts[name]);
    }
    return texts;
}

function readFrame(): Facts | null {
    try {
        return withCleanWindow(read);
    } catch {
        return null;
    }
}

/* A name that one side lacks is no contradiction: workers have less than pages. */
function differences(page: Facts, other: Facts | null): Facts | null {
    if (!other) return null;
    const names = Object.keys(other).filter((name) => name in page && page[name] !== other[name]);
    return Object.fromEntries(names.map((name) => [name, other[name] as string]));
}

export async function contexts(context: Context) {
    const worker = extraOf<Facts>(await context.result("workerScope"));
    await context.pause("long step");
    const frame = readFrame();
    const page = read(window);
    return { frame: differences(page, frame), worker: differences(page, worker) };
}
