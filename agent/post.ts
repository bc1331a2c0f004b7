/* One identification on its way: a POST that needs no preflight, with cookies, to the first of the
 * endpoints that can be reached, and once more over another way (XMLHttpRequest, which a page that
 * replaces fetch has not replaced) when none could. Everything within the time given. */

import { WhorlError, type ErrorCode } from "./errors.ts";

export interface Answer {
    token?: string;
    [field: string]: unknown;
}

export interface Reply {
    status: number;
    text: string;
}

export type Send = (url: string, body: string, signal: AbortSignal) => Promise<Reply>;

/* text/plain is what a page may send to another site without asking first. keepalive lets the
 * request outlive the page; browsers refuse it for bodies of 64 kB and more. */
const KEEPALIVE_CHARS = 60_000;

const byFetch: Send = async (url, body, signal) => {
    const response = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "text/plain;charset=UTF-8" },
        credentials: "include",
        keepalive: body.length < KEEPALIVE_CHARS,
        body,
        signal,
    });
    return { status: response.status, text: await response.text() };
};

const byXhr: Send = (url, body, signal) =>
    new Promise((resolve, reject) => {
        const xhr = new XMLHttpRequest();
        xhr.open("POST", url);
        xhr.withCredentials = true;
        xhr.setRequestHeader("Content-Type", "text/plain;charset=UTF-8");
        xhr.onload = () => resolve({ status: xhr.status, text: xhr.responseText });
        xhr.onerror = () => reject(new Error("no connection"));
        xhr.onabort = () => reject(new DOMException("the request was stopped", "AbortError"));
        signal.addEventListener("abort", () => xhr.abort());
        xhr.send(body);
    });

/* The policy's report is the only way to tell a forbidden address from one that does not answer. */
function watchPolicy(urls: readonly string[]): { blocked: boolean; end(): void } {
    const origins = urls.map((url) => new URL(url).origin);
    const watch = {
        blocked: false,
        end: () => globalThis.document?.removeEventListener("securitypolicyviolation", note),
    };
    function note(event: SecurityPolicyViolationEvent): void {
        if (!event.effectiveDirective.startsWith("connect")) return;
        if (origins.some((origin) => event.blockedURI.startsWith(origin))) watch.blocked = true;
    }
    globalThis.document?.addEventListener("securitypolicyviolation", note);
    return watch;
}

/* A body that is made anew for each try carries the time of that try: the server takes the same body twice for a
 * replay, when the first did arrive and only its answer was lost. */
export async function post(
    urls: readonly string[],
    body: string | (() => string),
    signal: AbortSignal,
    ways: readonly Send[] = [byFetch, byXhr],
): Promise<Answer> {
    const policy = watchPolicy(urls);
    let problem: unknown;
    try {
        for (const send of ways) {
            for (const url of urls) {
                try {
                    return readAnswer(await send(url, typeof body === "string" ? body : body(), signal));
                } catch (error) {
                    if (error instanceof WhorlError) throw error;
                    problem = error;
                }
                if (signal.aborted) throw new WhorlError("timeout", "no answer in time");
            }
            /* The report arrives in a task of its own. */
            await new Promise((resolve) => setTimeout(resolve));
            if (policy.blocked) {
                throw new WhorlError("csp", `the page's policy forbids ${urls.join(", ")}`);
            }
        }
    } finally {
        policy.end();
    }
    /* Not by our own signal: a page that is left, or somebody's stop(). */
    const { name, message = String(problem) } = (problem ?? {}) as Partial<Error>;
    throw new WhorlError("network", message, name === "AbortError" ? { reason: "network_abort" } : {});
}

/* The server's error: {"error": {code, message, name}}, or FingerprintIQ's {"error": text}. */
interface Refusal {
    error?: string | { code?: string; message?: string; name?: string };
    requestId?: string;
}

function readAnswer({ status, text }: Reply): Answer {
    let json: unknown;
    try {
        json = JSON.parse(text);
    } catch {
        json = undefined;
    }
    if (status < 200 || status > 299) throw refusal(status, text, json as Refusal | undefined);
    if (!json || typeof json !== "object" || !("result" in json || "requestId" in json)) {
        throw new WhorlError("api", "the answer is not an identification", {
            status,
            reason: "bad_response_format",
        });
    }
    return json as Answer;
}

const CODES: Partial<Record<string, ErrorCode>> = {
    KEY_INVALID: "key",
    public_api_key_not_found: "key",
    public_api_key_required: "key",
    ORIGIN_FORBIDDEN: "origin",
};

function refusal(status: number, text: string, json: Refusal | undefined): WhorlError {
    const error = json?.error;
    const said = typeof error === "object" ? error : { message: error };
    const known = CODES[said.name ?? ""] ?? CODES[said.code ?? ""];
    const code = status === 429 ? "rate_limit" : (known ?? "api");
    const message = said.message ?? text.trim().slice(0, 200);
    return new WhorlError(code, message || `status ${status}`, {
        status,
        ...(code === "origin" ? { reason: code } : said.code && { reason: said.code }),
        ...(json?.requestId && { requestId: json.requestId }),
    });
}
