/* What all interfaces of the agent share: read the browser, post what was read, keep the token.
 *
 * A page that is left in the middle of it still tells what it had read so far (by beacon), since a
 * visitor who leaves at once is a visitor too. */

import { deadline, within } from "./clock.ts";
import { collect, type Probe, type Signals, type Source } from "./collect.ts";
import { config } from "./config.ts";
import { WhorlError } from "./errors.ts";
import { post, type Answer } from "./post.ts";
import { sources } from "./sources.ts";
import { keepToken, readToken, TOKEN_NAME } from "./token.ts";
import { hashedUrl, postUrl, type UrlHashing } from "./urls.ts";
import { version } from "./package.json";

export { version };

export const DEFAULT_TIMEOUT_MS = 10_000;

export interface Settings {
    endpoints: readonly string[];
    dialect?: "v3" | "v4";
    tokenName?: string;
    integrations?: readonly string[];
    region?: string;
    urlHashing?: UrlHashing;
    probes?: readonly Probe[];
}

export interface Request {
    tag?: unknown;
    linkedId?: string;
    extended?: boolean;
    timeout?: number;
}

function happened(type: string): Promise<void> {
    return new Promise((resolve) => document.addEventListener(type, () => resolve(), { once: true }));
}

/* The sources draw and measure, for which the document must have a body, and somebody must be there:
 * a browser may prepare a page that nobody will look at. */
async function documentReady(): Promise<void> {
    if ((document as { prerendering?: boolean }).prerendering) await happened("prerenderingchange");
    if (document.readyState === "loading") await happened("DOMContentLoaded");
}

export interface Reading {
    all: Promise<Signals>;
    /* What is there already. */
    sofar: Signals;
}

export function read(probes?: readonly Probe[]): Reading {
    const sofar: Signals = {};
    const noting = (name: string, source: Source): Source => async (context) => {
        const start = performance.now();
        const value = (await source(context)) ?? null;
        if (value !== null) sofar[name] = { value, duration: performance.now() - start };
        return value;
    };
    const rows = sources.map(([name, source, ...rest]) =>
        [name, source && noting(name, source), ...rest] as (typeof sources)[number]);
    const options = probes ? { probes } : {};
    return { all: documentReady().then(() => collect(rows, options)), sofar };
}

/* How old a reading may be: it also tells of the window and of this moment. */
const RECENT_MS = 30_000;

/* Begins to read before anybody asks. The first who asks in time gets that reading, all others one
 * of their own. */
export function readAhead(probes?: readonly Probe[]): () => Reading {
    const since = performance.now();
    let ahead: Reading | null = read(probes);
    ahead.all.catch(() => undefined); /* it may fail before it is waited for */
    return () => {
        const taken = ahead && performance.now() - since < RECENT_MS ? ahead : read(probes);
        ahead = null;
        return taken;
    };
}

export function bodyOf(signals: Signals, settings: Settings, request: Request): string {
    return JSON.stringify({
        signals,
        timestamp: Date.now(),
        url: hashedUrl(location.href, settings.urlHashing),
        referrer: hashedUrl(document.referrer, settings.urlHashing),
        tag: request.tag,
        linkedId: request.linkedId,
        token: readToken(() => localStorage, settings.tokenName ?? TOKEN_NAME),
        agent: { version, dialect: settings.dialect, extended: request.extended },
    });
}

export async function ask(
    settings: Settings,
    request: Request,
    take = () => read(settings.probes),
): Promise<Answer> {
    const { key } = config;
    const limit = deadline(request.timeout ?? DEFAULT_TIMEOUT_MS);
    const urls = settings.endpoints.map((endpoint) => postUrl(endpoint, { key, version, ...settings }));
    const late = (): Error => new WhorlError("timeout", "reading the browser took too long");
    const { all, sofar } = take();
    const leave = (): void => {
        navigator.sendBeacon?.(urls[0]!, bodyOf(sofar, settings, request));
    };
    addEventListener("pagehide", leave, { once: true });
    try {
        /* Outside of what may be tried again: a tag that cannot be JSON is the caller's error. */
        JSON.stringify(request.tag);
        const signals = await within(all, limit.signal, late);
        removeEventListener("pagehide", leave);
        const answer = await post(urls, () => bodyOf(signals, settings, request), limit.signal);
        keepToken(() => localStorage, answer.token, settings.tokenName ?? TOKEN_NAME);
        return answer;
    } finally {
        removeEventListener("pagehide", leave);
        limit.end();
    }
}
