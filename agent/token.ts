/* The opaque token by which the server knows this browser again. The server signs it and reads it;
 * here it is only kept. The same token lives in an HttpOnly cookie that scripts cannot see; this
 * copy serves pages on another site than the server, where browsers withhold that cookie.
 *
 * Storage may be missing or forbidden (private modes, sandboxed frames): then there is no token. */

export const TOKEN_NAME = "_iidt";

/* Far above what the server issues; anything longer did not come from it. */
export const TOKEN_MAX_CHARS = 4096;

export type KeyValueStore = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export function isToken(value: unknown): value is string {
    return typeof value === "string" && value.length > 0 && value.length <= TOKEN_MAX_CHARS;
}

/* Opening localStorage can itself throw, so the caller hands over the way to it. */
export function readToken(open: () => KeyValueStore, name = TOKEN_NAME): string | undefined {
    try {
        const value = open().getItem(name);
        return isToken(value) ? value : undefined;
    } catch {
        return undefined;
    }
}

/* Keeps `value` if the answer held a token; an answer without one changes nothing. */
export function keepToken(open: () => KeyValueStore, value: unknown, name = TOKEN_NAME): void {
    if (!isToken(value)) return;
    try {
        open().setItem(name, value);
    } catch {
        /* A full or forbidden storage: the cookie and the signals still know this browser. */
    }
}
