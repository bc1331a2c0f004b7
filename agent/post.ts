/* One POST to the server, with the answer checked. Cookies go along (`credentials: include`), also
 * from another origin, so the server must name that origin in its CORS answer. */

import { WhorlError } from "./errors.ts";

export interface Answer {
    requestId: string;
    visitorId: string;
    token?: string;
    [field: string]: unknown;
}

export interface Destination {
    url: string;
    key: string;
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export async function post(
    to: Destination,
    body: unknown,
    timeoutMs: number,
    send: Fetch = (url, init) => fetch(url, init),
): Promise<Answer> {
    /* Outside of the try: a tag that cannot be JSON is the caller's error, not the network's. */
    const text = JSON.stringify(body);
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), Math.max(0, timeoutMs));
    try {
        const response = await send(to.url, {
            method: "POST",
            headers: { "Content-Type": "application/json", "X-API-Key": to.key },
            credentials: "include",
            body: text,
            signal: abort.signal,
        });
        return readAnswer(response, await response.text());
    } catch (cause) {
        if (cause instanceof WhorlError) throw cause;
        if (abort.signal.aborted) throw new WhorlError("timeout", "no answer in time");
        throw new WhorlError("network", cause instanceof Error ? cause.message : String(cause));
    } finally {
        clearTimeout(timer);
    }
}

type Head = Pick<Response, "ok" | "status" | "statusText">;

function readAnswer(response: Head, text: string): Answer {
    let json: unknown;
    try {
        json = JSON.parse(text);
    } catch {
        json = undefined;
    }
    if (!response.ok) {
        const message = errorText(json) ?? (text.trim().slice(0, 200) || response.statusText);
        throw new WhorlError("api", message || `status ${response.status}`, response.status);
    }
    if (!isAnswer(json)) {
        throw new WhorlError("api", "the answer is not an identification", response.status);
    }
    return json;
}

function errorText(json: unknown): string | undefined {
    const error = (json as { error?: unknown } | null | undefined)?.error;
    return typeof error === "string" ? error : undefined;
}

function isAnswer(json: unknown): json is Answer {
    const answer = json as Partial<Answer> | null | undefined;
    return typeof answer?.requestId === "string" && typeof answer.visitorId === "string";
}
