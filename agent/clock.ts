/* A time limit that stands still while the page is hidden: browsers slow hidden pages down, and
 * nobody waits for them. */

export interface Deadline {
    readonly signal: AbortSignal;
    end(): void;
}

export function deadline(limitMs: number): Deadline {
    const abort = new AbortController();
    let leftMs = Math.max(0, limitMs);
    let since = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = (): void => {
        if (timer !== undefined || document.visibilityState === "hidden") return;
        since = performance.now();
        timer = setTimeout(() => abort.abort(), leftMs);
    };
    const pause = (): void => {
        if (timer === undefined) return;
        clearTimeout(timer);
        timer = undefined;
        leftMs = Math.max(0, leftMs - (performance.now() - since));
    };
    const turn = (): void => (document.visibilityState === "hidden" ? pause() : run());
    document.addEventListener("visibilitychange", turn);
    run();
    return {
        signal: abort.signal,
        end() {
            document.removeEventListener("visibilitychange", turn);
            pause();
        },
    };
}

/* Rejects with `late()` when the time is over first. */
export function within<T>(promise: Promise<T>, signal: AbortSignal, late: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
        const give_up = (): void => reject(late());
        if (signal.aborted) give_up();
        signal.addEventListener("abort", give_up, { once: true });
        promise.then(resolve, reject);
    });
}
