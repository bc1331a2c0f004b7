/* whorl's browser agent: `whorl.identify()` reads what this browser gives away, sends it to the
 * server the script came from and resolves with that server's answer.
 *
 * Served as a classic script; the server puts the public key in the place of __WHORL_KEY__. */

import { collect } from "./collect.ts";
import { post, type Answer } from "./post.ts";
import { sources } from "./sources.ts";
import { keepToken, readToken } from "./token.ts";
import { WhorlError } from "./errors.ts";
import { version } from "./package.json";

export interface IdentifyOptions {
    /* Any JSON value to keep with the event. */
    tag?: unknown;
    /* The site's own id for whoever this is. */
    linkedId?: string;
    /* For the whole call, in ms. */
    timeout?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const KEY = "__WHORL_KEY__";

/* Known only while the script runs for the first time. */
const script = document.currentScript as HTMLScriptElement | null;
const origin = script?.src ? new URL(script.src).origin : location.origin;

/* The sources draw and measure, for which the document must have a body. */
function documentReady(): Promise<void> {
    if (document.readyState !== "loading") return Promise.resolve();
    return new Promise((resolve) => {
        document.addEventListener("DOMContentLoaded", () => resolve(), { once: true });
    });
}

async function identify(options: IdentifyOptions = {}): Promise<Answer> {
    const timeoutMs = options.timeout ?? DEFAULT_TIMEOUT_MS;
    const start = performance.now();
    await documentReady();
    const signals = await collect(sources);
    const leftMs = timeoutMs - (performance.now() - start);
    if (leftMs <= 0) throw new WhorlError("timeout", "reading the browser took too long");
    const body = {
        signals,
        timestamp: Date.now(),
        url: location.href,
        referrer: document.referrer,
        tag: options.tag,
        linkedId: options.linkedId,
        token: readToken(() => localStorage),
        agent: { version },
    };
    const answer = await post({ url: `${origin}/v1/identify`, key: KEY }, body, leftMs);
    keepToken(() => localStorage, answer.token);
    return answer;
}

declare global {
    interface Window {
        whorl: { readonly identify: typeof identify; readonly version: string };
    }
}

window.whorl = Object.freeze({ identify, version });
