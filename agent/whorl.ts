/* whorl's own interface: what window.whorl is, and what the module exports. Its types are published
 * with packages/browser. */

import type {
    Identification, IdentifyOptions, Options, SignalView, Whorl,
} from "../packages/browser/index.d.ts";
import { watchBehavior } from "./behavior.ts";
import { openCache, LIFETIME_MAX_S, type Cache } from "./cache.ts";
import { config, ownEndpoint } from "./config.ts";
import { ask, DEFAULT_TIMEOUT_MS, read, readAhead, version, type Settings } from "./core.ts";
import { WhorlError } from "./errors.ts";
import { endpointsFrom } from "./urls.ts";

const LIFETIME_S = 3600;

type Consent = { state: "given" | "waiting" | "withdrawn"; wake: (() => void)[] };

function cacheFrom(given: Options["cache"]): Cache | undefined {
    if (!given) return undefined;
    const { storage, lifetime = LIFETIME_S } = given;
    if (!["memory", "session", "local"].includes(storage) || !(lifetime > 0 && lifetime <= LIFETIME_MAX_S)) {
        throw new WhorlError("options", "cache is {storage: memory, session or local, lifetime: 1 to 43200}");
    }
    return openCache(storage, lifetime, `whorl:${config.key}:`);
}

function checked(options: IdentifyOptions): void {
    const { linkedId, timeout } = options;
    if (linkedId !== undefined && typeof linkedId !== "string") {
        throw new WhorlError("options", "linkedId is a text");
    }
    if (timeout !== undefined && !(timeout >= 0)) {
        throw new WhorlError("options", "timeout is a number of milliseconds");
    }
}

export function create(scriptUrl: string | undefined, consentRequired: boolean): Whorl {
    const own = ownEndpoint(scriptUrl);
    let settings: Settings = { endpoints: [own] };
    let cache: Cache | undefined;
    let ahead: ReturnType<typeof readAhead> | undefined;
    const consent: Consent = { state: consentRequired ? "waiting" : "given", wake: [] };

    /* Counters of behaviour are worth something only when they begin before the identification. */
    function countIfAsked(): void {
        if (consent.state === "given" && settings.probes?.includes("behavior")) watchBehavior();
    }

    function wake(state: Consent["state"]): void {
        consent.state = state;
        countIfAsked();
        for (const resume of consent.wake.splice(0)) resume();
    }

    function start(): void {
        /* What a person does is counted until somebody asks. */
        if (!settings.probes?.includes("behavior")) ahead = readAhead(settings.probes);
        wake("given");
    }

    function stop(): void {
        ahead = undefined;
        wake("withdrawn");
    }

    async function allowed(): Promise<void> {
        if (consent.state === "waiting") {
            await new Promise<void>((resolve) => void consent.wake.push(resolve));
        }
        if (consent.state === "withdrawn") {
            throw new WhorlError("consent", "the person does not agree");
        }
    }

    async function identify(options: IdentifyOptions = {}): Promise<Identification> {
        checked(options);
        await allowed();
        const { tag, linkedId, extended, timeout = DEFAULT_TIMEOUT_MS } = options;
        const name = JSON.stringify([tag, linkedId, Boolean(extended)]);
        const kept = cache?.read(name) as Identification | undefined;
        if (kept) return { ...kept, cacheHit: true };
        const request = { tag, timeout, ...(linkedId !== undefined && { linkedId }), ...(extended && { extended }) };
        const answer = (await ask(settings, request, ahead)) as Identification;
        cache?.write(name, answer);
        return answer;
    }

    function configure(options: Options): void {
        const { endpoint, urlHashing, probes } = options;
        if (endpoint !== undefined) settings = { ...settings, endpoints: endpointsFrom(endpoint, own) };
        if (urlHashing) settings = { ...settings, urlHashing };
        if (probes) {
            settings = { ...settings, probes };
            ahead = undefined;
        }
        if (options.cache !== undefined) cache = cacheFrom(options.cache);
        if (options.consent === "required" && consent.state === "given") consent.state = "waiting";
        if (options.consent === "given") wake("given");
        else countIfAsked();
    }

    async function debug(): Promise<SignalView[]> {
        await allowed();
        const signals = await read(settings.probes).all;
        const { failures } = signals["collection"]?.value as { failures: Record<string, string> };
        const rows = Object.entries(signals).map(([name, signal]) => ({
            name,
            value: signal?.value ?? null,
            ms: signal ? Math.round(signal.duration * 10) / 10 : null,
            bytes: JSON.stringify(signal).length,
            missing: failures[name] ?? null,
        }));
        console.table(Object.fromEntries(rows.map(({ name, value, ms, bytes, missing }) => {
            const text = missing ? `(${missing})` : JSON.stringify(value).slice(0, 120);
            return [name, { ms, bytes, value: text }];
        })));
        return rows;
    }

    return Object.freeze({
        identify, configure, start, stop, debug, version,
    });
}
