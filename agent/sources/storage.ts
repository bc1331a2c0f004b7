/* storage: which stores work here, and which of them still hold the server's visitor mark.
 *
 * Privacy: low; which stores work. */

const MARK = "fiq_vid";
const PROBE = "whorl_probe";

function storeWorks(open: () => Storage): boolean {
    try {
        const store = open();
        store.setItem(PROBE, "1");
        const kept = store.getItem(PROBE) === "1";
        store.removeItem(PROBE);
        return kept;
    } catch {
        return false;
    }
}

function storeHolds(open: () => Storage): boolean {
    try {
        return open().getItem(MARK) !== null;
    } catch {
        return false;
    }
}

function cookies(): string[] {
    try {
        return document.cookie.split("; ").map((pair) => pair.split("=")[0]);
    } catch {
        return [];
    }
}

function cookieWorks(): boolean {
    try {
        document.cookie = `${PROBE}=1; SameSite=Strict; path=/`;
        const kept = cookies().includes(PROBE);
        document.cookie = `${PROBE}=; SameSite=Strict; path=/; max-age=0`;
        return kept;
    } catch {
        return false;
    }
}

function indexedDbWorks(): Promise<boolean> {
    return new Promise((resolve) => {
        const request = indexedDB.open(PROBE);
        request.onerror = () => resolve(false);
        request.onblocked = () => resolve(false);
        request.onsuccess = () => {
            request.result.close();
            indexedDB.deleteDatabase(PROBE);
            resolve(true);
        };
    });
}

export async function storage() {
    const marks: [string, boolean][] = [
        ["localStorage", storeHolds(() => localStorage)],
        ["sessionStorage", storeHolds(() => sessionStorage)],
        ["cookie", cookies().includes(MARK)],
    ];
    return {
        localStorage: storeWorks(() => localStorage),
        sessionStorage: storeWorks(() => sessionStorage),
        indexedDb: await indexedDbWorks().catch(() => false),
        cookie: cookieWorks(),
        survivingMechanisms: marks.filter(([, held]) => held).map(([name]) => name),
    };
}
