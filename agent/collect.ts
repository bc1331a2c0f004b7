/* Runs the sources side by side and gives each a time box: {value, duration in ms}, or null for a
 * source that failed, had nothing to say or was late. One broken source never costs another. */

export const SOURCE_LIMIT_MS = 1500;

/* Some sources build on another's result: they await it here and share one reading. */
export interface Context {
    result<T>(name: string): Promise<T | null>;
}

export type Source = (context: Context) => unknown;

export interface Signal {
    value: unknown;
    duration: number;
}

export type Signals = Record<string, Signal | null>;

function orLate<T>(promise: Promise<T>, limitMs: number): Promise<T | null> {
    return new Promise((resolve) => {
        const timer = setTimeout(() => resolve(null), limitMs);
        const settle = (value: T | null) => {
            clearTimeout(timer);
            resolve(value);
        };
        promise.then(settle, () => settle(null));
    });
}

async function measure(source: Source, context: Context): Promise<Signal | null> {
    const start = performance.now();
    const value = (await source(context)) ?? null;
    return value === null ? null : { value, duration: performance.now() - start };
}

export async function collect(
    sources: ReadonlyArray<readonly [string, Source | null]>,
    limitMs = SOURCE_LIMIT_MS,
): Promise<Signals> {
    const table = new Map(sources);
    const running = new Map<string, Promise<Signal | null>>();
    const start = (name: string): Promise<Signal | null> => {
        let run = running.get(name);
        if (!run) {
            const source = table.get(name);
            run = source ? orLate(measure(source, context), limitMs) : Promise.resolve(null);
            running.set(name, run);
        }
        return run;
    };
    const context: Context = {
        result: async <T>(name: string) => ((await start(name))?.value ?? null) as T | null,
    };
    const pairs = await Promise.all(
        sources.map(async ([name]) => [name, await start(name)] as const),
    );
    return Object.fromEntries(pairs);
}
