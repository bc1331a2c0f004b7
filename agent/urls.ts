/* The address of the page and where it is sent from, with those parts hashed that the site does not
 * want to tell, and the addresses to post to. */

import { WhorlError } from "./errors.ts";
import { sha256 } from "./sha256.ts";

export interface UrlHashing {
    path?: boolean;
    query?: boolean;
    fragment?: boolean;
}

/* SHA-256 as base64url without padding. */
export function hashPart(part: string): string {
    const bytes = sha256(part).match(/../g)!.map((byte) => parseInt(byte, 16));
    return btoa(String.fromCharCode(...bytes))
        .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/* Each part without the character that it begins with: "/", "?", "#". An empty one stays empty. */
export function hashedUrl(text: string, hashing: UrlHashing = {}): string {
    let url: URL;
    try {
        url = new URL(text);
    } catch {
        return text;
    }
    const part = (given: string, hash: boolean | undefined): string =>
        given.length > 1 && hash ? given[0] + hashPart(given.slice(1)) : given;
    return url.origin === "null" ? text : url.origin + part(url.pathname, hashing.path)
        + part(url.search, hashing.query) + part(url.hash, hashing.fragment);
}

/* What sites give as endpoint: a URL, a list, null or {default} (the script's own, which is
 * `fallback`), or {value} around any of these. Rejects with the code "endpoint". */
export function endpointsFrom(given: unknown, fallback: string): string[] {
    const value = unwrapped(given);
    const list = Array.isArray(value) ? value : [value];
    const own = list.filter((entry) => typeof entry === "string" || entry instanceof URL);
    if (own.length === 0) return [fallback];
    return own.map((entry) => {
        try {
            const url = new URL(entry, location.href);
            if (/^https?:$/.test(url.protocol) && (entry instanceof URL || /[/:.]/.test(entry))) return url.href;
        } catch { /* said below */ }
        throw new WhorlError("endpoint", `${String(entry)} is no address to post to`);
    });
}

function unwrapped(given: unknown): unknown {
    return given && typeof given === "object" && !Array.isArray(given) && "value" in given
        ? given.value : given;
}

/* The key goes along in the query: as a header it would cost a preflight. */
export function postUrl(
    endpoint: string,
    values: { key: string; version: string; integrations?: readonly string[]; region?: string },
): string {
    const url = new URL(endpoint);
    url.hash = "";
    url.searchParams.append("ci", `js/${values.version}`);
    url.searchParams.append("k", values.key);
    for (const name of values.integrations ?? []) url.searchParams.append("ii", name);
    if (values.region) url.searchParams.append("region", values.region);
    return url.href;
}
