/* Keeps an answer for a while, so that a site that asks on every page is not billed with a request
 * for each. Off unless asked for: an answer from here is old, which is no good for anything that
 * must know who is there now. */

export type CacheStorage = "memory" | "session" | "local";

export interface Cache {
    read(name: string): unknown;
    write(name: string, value: unknown): void;
}

export const LIFETIME_MAX_S = 43_200;

const memory = new Map<string, string>();

/* Storage may throw at any touch; an answer that cannot be kept is asked for again. */
function touch<T>(use: () => T): T | undefined {
    try {
        return use();
    } catch {
        return undefined;
    }
}

function slot(kind: CacheStorage, key: string) {
    const storage = kind === "memory" ? undefined
        : touch(() => (kind === "session" ? sessionStorage : localStorage));
    return {
        get: () => (storage ? touch(() => storage.getItem(key)) : memory.get(key)),
        set: (text: string) => storage ? touch(() => storage.setItem(key, text)) : memory.set(key, text),
    };
}

export function openCache(kind: CacheStorage, lifetimeS: number, prefix: string): Cache {
    return {
        read(name) {
            const text = slot(kind, prefix + name).get();
            const entry = text ? touch(() => JSON.parse(text)) : undefined;
            const age = Date.now() - (entry?.at ?? NaN);
            return age >= 0 && age < lifetimeS * 1000 ? entry.value : undefined;
        },
        write(name, value) {
            slot(kind, prefix + name).set(JSON.stringify({ at: Date.now(), value }));
        },
    };
}
