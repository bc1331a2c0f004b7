/* Forgetting everything this site has kept in the browser: what a person does who clears site data.
 * The server expires its HttpOnly cookie, which scripts cannot reach. */

async function ignoreFailure(step: () => unknown): Promise<void> {
    try {
        await step();
    } catch {
        /* A store that cannot be opened holds nothing to forget. */
    }
}

function expireCookies(): void {
    for (const pair of document.cookie.split("; ")) {
        const name = pair.split("=")[0];
        if (name) document.cookie = `${name}=; path=/; max-age=0`;
    }
}

async function deleteDatabases(): Promise<void> {
    for (const { name } of await indexedDB.databases()) {
        if (name) indexedDB.deleteDatabase(name);
    }
}

async function deleteCaches(): Promise<void> {
    for (const name of await caches.keys()) await caches.delete(name);
}

export async function forgetEverything(): Promise<void> {
    const response = await fetch("/demo/forget", { method: "POST", credentials: "include" });
    if (!response.ok) throw new Error(`the server would not forget: status ${response.status}`);
    await ignoreFailure(() => localStorage.clear());
    await ignoreFailure(() => sessionStorage.clear());
    await ignoreFailure(expireCookies);
    await ignoreFailure(deleteDatabases);
    await ignoreFailure(deleteCaches);
}
