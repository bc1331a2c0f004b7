/* storageTraits: how the private file system of this page answers when it is opened: "works", or the error's
 * own words, which tell private windows of Firefox and Safari; and whether storage was made lasting. Nothing
 * is written. IndexedDB, caches and the quota are the same in both kinds of window (measured 2026-11-25 in
 * Firefox ESR 153 and Chromium 156), so they are not asked.
 *
 * Privacy: low; whether this is a private window. */

const TEXT_MAX = 120;

async function directory(): Promise<string> {
    try {
        await navigator.storage.getDirectory();
        return "works";
    } catch (error) {
        return String(error).slice(0, TEXT_MAX);
    }
}

export async function storageTraits() {
    const persisted = navigator.storage?.persisted?.().catch(() => null);
    return { directory: await directory(), persisted: (await persisted) ?? null };
}
