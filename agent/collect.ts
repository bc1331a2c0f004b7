/* Runs the sources and gives each a time box: {value, duration in ms}, or null for a source that
 * failed, had nothing to say or was late. One broken source never costs another.
 *
 * They start one after the other, and the page gets its turn whenever they have used the main
 * thread for SLICE_MS; what they then wait for, they wait for side by side. So a duration is from
 * start to answer and may contain the turns of others, which the time box leaves out.
 *
 * Beside the sources' own signals stands `collection`: why each null is one, and how long all of it
 * took. A reason is "off" (an opt-in that nobody asked for), "absent" (the source had nothing to
 * say here), "timeout", or the error's text. */

import { shareCleanWindow } from "./sandbox.ts";

export const SOURCE_LIMIT_MS = 1500;

/* A part of what a page may be kept waiting for (50 ms counts as a long task), for there is no
 * way to stop a source in the middle: the next one may take as long again. */
const SLICE_MS = 5;

const REASON_CHARS = 100;

/* What costs privacy or touches what a page may not expect is read only when asked for. */
export type Probe = "webrtc" | "wallets" | "behavior";

export interface CollectOptions {
    limitMs?: number;
    probes?: readonly Probe[];
}

export interface Context {
    /* The value of another source, read once for all: null when that one failed. */
    result<T>(name: string): Promise<T | null>;
    /* For a source with much to do: lets the page have its turn when it is due, or in any case before
     * a step that is long by itself and cannot be divided. */
    pause(before?: "long step"): Promise<void>;
    readonly probes: readonly Probe[];
}

export type Source = (context: Context) => unknown;

/* Name, source, and the word "early" for one that mostly waits: it starts before the others. A
 * source that belongs to a probe carries its name and does not run without. */
export type Row = readonly [string, Source | null, ("early" | Probe)?];

export interface Signal {
    value: unknown;
    duration: number;
}

export type Signals = Record<string, Signal | null>;

/* The language's own Promise, also where the page has put another in its place. */
const NativePromise = (async () => {})().constructor as PromiseConstructor;

/* Each who waits goes on in a task of its own. Timers would not do: browsers delay them in hidden
 * pages. */
class Turns {
    private readonly channel = new MessageChannel();
    private readonly waiting: (() => void)[] = [];
    private since = performance.now();

    constructor() {
        this.channel.port1.onmessage = () => {
            this.since = performance.now();
            this.waiting.shift()?.();
        };
    }

    async next(always: boolean): Promise<void> {
        if (!always && performance.now() - this.since < SLICE_MS) return;
        await new NativePromise<void>((resolve) => {
            this.waiting.push(resolve);
            this.channel.port2.postMessage(0);
        });
    }

    end(): void {
        this.channel.port1.close();
    }
}

type Outcome = { value: unknown; duration: number } | { reason: string };

function reasonOf(error: unknown): string {
    try {
        return String(error).slice(0, REASON_CHARS) || "error";
    } catch {
        return "error";
    }
}

async function measure(source: Source, context: Context): Promise<Outcome> {
    const start = performance.now();
    const value = (await source(context)) ?? null;
    if (value === null) return { reason: "absent" };
    return { value, duration: performance.now() - start };
}

/* How long a source has waited for others; its time box is as much longer. */
class Waits {
    private waited = 0;
    private readonly open = new Set<number>();

    async during<T>(other: Promise<T>): Promise<T> {
        const since = performance.now();
        this.open.add(since);
        try {
            return await other;
        } finally {
            this.open.delete(since);
            this.waited += performance.now() - since;
        }
    }

    total(): number {
        const now = performance.now();
        return [...this.open].reduce((sum, since) => sum + now - since, this.waited);
    }
}

/* A timer that is later than this was kept waiting by somebody who held the thread. */
const HELD_MS = 50;

function within(outcome: Promise<Outcome>, limitMs: number, waits: Waits): Promise<Outcome> {
    return new NativePromise((resolve) => {
        const start = performance.now();
        let due = start + limitMs;
        const check = () => {
            const now = performance.now();
            const left = start + limitMs + waits.total() - now;
            /* The answer was kept waiting as well (a first graphics context takes 2 s in WebKitGTK):
             * it gets as long once more. */
            const more = now - due > HELD_MS ? Math.max(left, now - due) : left;
            due = now + more;
            if (more > 0) timer = setTimeout(check, more);
            else resolve({ reason: "timeout" });
        };
        let timer = setTimeout(check, limitMs);
        const settle = (how: Outcome) => {
            clearTimeout(timer);
            resolve(how);
        };
        outcome.then(settle, (error: unknown) => settle({ reason: reasonOf(error) }));
    });
}

export async function collect(
    sources: ReadonlyArray<Row>,
    { limitMs = SOURCE_LIMIT_MS, probes = [] }: CollectOptions = {},
): Promise<Signals> {
    const begin = performance.now();
    const release = shareCleanWindow();
    const turns = new Turns();
    const rows = new Map(sources.map((row) => [row[0], row]));
    const running = new Map<string, Promise<Outcome>>();
    const run = (name: string): Promise<Outcome> => {
        const [, source, when] = rows.get(name) ?? [];
        if (!source) return NativePromise.resolve({ reason: "absent" });
        if (when && when !== "early" && !probes.includes(when)) {
            return NativePromise.resolve({ reason: "off" });
        }
        const waits = new Waits();
        return within(measure(source, contextFor(waits)), limitMs, waits);
    };
    const start = (name: string): Promise<Outcome> => {
        const known = running.get(name) ?? run(name);
        running.set(name, known);
        return known;
    };
    const resultOf = async (name: string) => {
        const outcome = await start(name);
        return "value" in outcome ? outcome.value : null;
    };
    const contextFor = (waits: Waits): Context => ({
        result: <T>(name: string) => waits.during(resultOf(name) as Promise<T | null>),
        pause: (before) => waits.during(turns.next(!!before)),
        probes,
    });
    for (const early of [true, false]) {
        for (const [name, , when] of sources) {
            if ((when === "early") !== early) continue;
            await turns.next(false);
            void start(name);
        }
    }
    const signals: Signals = {};
    const failures: Record<string, string> = {};
    for (const [name] of sources) {
        const outcome = await start(name);
        signals[name] = "value" in outcome ? outcome : null;
        if ("reason" in outcome) failures[name] = outcome.reason;
    }
    turns.end();
    release();
    const duration = performance.now() - begin;
    signals["collection"] = { value: { failures }, duration };
    return signals;
}
