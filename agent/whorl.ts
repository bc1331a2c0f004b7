/* whorl's own interface: what window.whorl is, and what the module exports. */

import { watchBehavior } from "./behavior.ts";
import { openCache, LIFETIME_MAX_S, type Cache, type CacheStorage } from "./cache.ts";
import type { Probe } from "./collect.ts";
import { config, ownEndpoint } from "./config.ts";
import { ask, DEFAULT_TIMEOUT_MS, read, version, type Settings } from "./core.ts";
import { WhorlError } from "./errors.ts";
import { endpointsFrom, type UrlHashing } from "./urls.ts";

export interface IdentifyOptions {
    /* Any JSON value to keep with the event. */
    tag?: unknown;
    /* The site's own id for whoever this is. */
    linkedId?: string;
    /* For the whole call, in ms, not counting the time that the page is hidden. */
    timeout?: number;
    /* Also `extended`: browser, system, address, place and times as in Fingerprint's v3. */
    extended?: boolean;
}

export interface Identification {
    requestId: string;
    visitorId: string;
    cacheHit?: boolean;
    token?: string;
    [field: string]: unknown;
}

export interface Options {
    /* Where to post instead of where the script came from: a URL or several, tried in turn. */
    endpoint?: string | readonly string[];
    cache?: { storage: CacheStorage; /* seconds, at most 43200 */ lifetime?: number } | false;
    /* "required": nothing is read or sent before start(). */
    consent?: "required" | "given";
    urlHashing?: UrlHashing;
    /* What is read only when asked for: "webrtc", "wallets", "behavior". */
    probes?: readonly Probe[];
}

export interface SignalView {
    name: string;
    value: unknown;
    ms: number | null;
    bytes: number;
}

export interface Whorl {
    identify(options?: IdentifyOptions): Promise<Identification>;
    configure(options: Options): void;
    /* The person agrees: what waits in identify() goes on. */
    start(): void;
    /* The person does not agree any more: identify() rejects with the code "consent". */
    stop(): void;
    /* Reads every signal, shows them on the console and resolves with them; sends nothing. */
    debug(): Promise<SignalView[]>;
    readonly version: string;
}

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
        const answer = (await ask(settings, request)) as Identification;
        cache?.write(name, answer);
        return answer;
    }

    function configure(options: Options): void {
        const { endpoint, urlHashing, probes } = options;
        if (endpoint !== undefined) settings = { ...settings, endpoints: endpointsFrom(endpoint, own) };
        if (urlHashing) settings = { ...settings, urlHashing };
        if (probes) settings = { ...settings, probes };
        if (options.cache !== undefined) cache = cacheFrom(options.cache);
        if (options.consent === "required" && consent.state === "given") consent.state = "waiting";
        if (options.consent === "given") wake("given");
        else countIfAsked();
    }

    async function debug(): Promise<SignalView[]> {
        await allowed();
        const signals = await read(settings.probes).all;
        const rows = Object.entries(signals).map(([name, signal]) => ({
            name,
            value: signal?.value ?? null,
            ms: signal ? Math.round(signal.duration * 10) / 10 : null,
            bytes: JSON.stringify(signal).length,
        }));
        console.table(rows.map((row) => ({ ...row, value: JSON.stringify(row.value).slice(0, 100) })));
        return rows;
    }

    return Object.freeze({
        identify, configure, start: () => wake("given"), stop: () => wake("withdrawn"), debug, version,
    });
}
