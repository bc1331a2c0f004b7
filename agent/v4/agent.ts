/* The interface of Fingerprint's agent v4: start(options) gives {get, collect} at once. */

import { LIFETIME_MAX_S, openCache, type Cache, type CacheStorage } from "../cache.ts";
import { config, ownEndpoint } from "../config.ts";
import { ask, bodyOf, read, readAhead, type Settings } from "../core.ts";
import { keepToken } from "../token.ts";
import { endpointsFrom, type UrlHashing } from "../urls.ts";
import { base64 } from "../v3/agent.ts";
import { binaryOutput, type BinaryOutput } from "./binary.ts";
import { FingerprintError, v4Error } from "./errors.ts";

export interface CacheOptions {
    storage: "sessionStorage" | "localStorage" | "agent";
    duration: "optimize-cost" | "aggressive" | number;
    cachePrefix?: string;
}

export interface StartOptions {
    endpoints?: unknown;
    region?: string;
    storageKeyPrefix?: string;
    integrationInfo?: readonly string[];
    urlHashing?: UrlHashing;
    cache?: CacheOptions;
    [other: string]: unknown;
}

export interface GetOptions {
    tag?: unknown;
    /* Wins over `tag`. */
    tags?: unknown;
    linkedId?: string;
    timeout?: number;
    [other: string]: unknown;
}

export interface GetResult {
    event_id: string;
    visitor_id?: string;
    suspect_score?: number;
    sealed_result: BinaryOutput | null;
    cache_hit?: boolean;
}

export interface Agent {
    get(options?: GetOptions): Promise<GetResult>;
    collect(options?: GetOptions): Promise<BinaryOutput | string>;
}

/* As it comes from the server and lies in the cache: the sealed result is base64. */
type Plain = Omit<GetResult, "sealed_result" | "cache_hit"> & { sealed_result?: string | undefined };

const STORAGE_KEY_PREFIX = "_vid_";
const STORAGES: Record<string, CacheStorage> = {
    sessionStorage: "session", localStorage: "local", agent: "memory",
};
const DURATIONS_S: Record<string, number> = { "optimize-cost": 3600, aggressive: LIFETIME_MAX_S };

/* Where handleAgentData keeps the token. */
let tokenName = `${STORAGE_KEY_PREFIX}t`;

function cacheFrom(given: CacheOptions | undefined): Cache | undefined {
    if (given === undefined || given === null) return undefined;
    const { storage, duration, cachePrefix = "" } = given;
    const kind = typeof storage === "string" && Object.hasOwn(STORAGES, storage) && STORAGES[storage];
    const lifetime = typeof duration === "number" ? duration : DURATIONS_S[duration];
    const fits = lifetime !== undefined && lifetime > 0 && lifetime <= LIFETIME_MAX_S;
    if (!kind || !fits || typeof cachePrefix !== "string") {
        throw new FingerprintError("cache_misconfigured", "the cache option has a value it cannot have");
    }
    return openCache(kind, lifetime, `${cachePrefix}${config.key}:`);
}

function settingsFrom(options: StartOptions, scriptUrl: string): Settings {
    const { endpoints, region, integrationInfo, urlHashing } = options;
    if (endpoints !== undefined && !["string", "object"].includes(typeof endpoints)) {
        throw new FingerprintError("endpoints_misconfigured", "endpoints is a URL or a list of URLs");
    }
    return {
        dialect: "v4",
        endpoints: endpointsFrom(endpoints, ownEndpoint(scriptUrl)),
        tokenName,
        ...(region && { region }),
        ...(integrationInfo && { integrations: integrationInfo }),
        ...(urlHashing && { urlHashing }),
    };
}

export function starter(scriptUrl: string) {
    return function start(options: StartOptions = {}): Agent {
        tokenName = `${options.storageKeyPrefix ?? STORAGE_KEY_PREFIX}t`;
        const cache = cacheFrom(options.cache);
        const settings = attempt(() => settingsFrom(options, scriptUrl));
        /* With a cache, mostly nothing has to be read. */
        const take = cache ? () => read() : readAhead();
        const requestFrom = ({ tag, tags = tag, linkedId, timeout }: GetOptions) => ({
            tag: tags,
            ...(linkedId !== undefined && { linkedId }),
            ...(timeout !== undefined && { timeout }),
        });
        return {
            async get(given = {}) {
                const request = requestFrom(given);
                const name = JSON.stringify([request.tag, request.linkedId]);
                const kept = cache?.read(name) as Plain | undefined;
                if (kept) return { ...shown(kept), cache_hit: true };
                const answer = await ask(settings, request, take).catch((cause) => {
                    throw v4Error(cause);
                });
                const plain = { ...(answer["result"] as Plain), sealed_result: answer["sealedResult"] as string };
                cache?.write(name, plain);
                return { ...shown(plain), ...(cache && { cache_hit: false }) };
            },
            async collect(given = {}) {
                return base64(bodyOf(await take().all, settings, requestFrom(given)));
            },
        };
    };
}

function shown(plain: Plain): GetResult {
    return { ...plain, sealed_result: plain.sealed_result ? binaryOutput(plain.sealed_result) : null };
}

function attempt<T>(make: () => T): T {
    try {
        return make();
    } catch (cause) {
        throw v4Error(cause);
    }
}

/* The same form as the vendor's: both the value and a mark that survive JSON. */
export function withoutDefault(value: unknown): { __type__: "withoutDefault"; value: unknown } {
    return { __type__: "withoutDefault", value };
}

/* Data that a site's server got from ours for this browser: JSON with the token, plain or in base64.
 * What is not JSON at all is passed over. */
export function handleAgentData(data: string): void {
    const parsed = parse(data) ?? parse(decoded(data));
    if (parsed === undefined) return;
    const token = (parsed as { token?: unknown } | null)?.token;
    if (typeof token !== "string") {
        throw new FingerprintError("handle_agent_data", "the agent data holds nothing for this browser");
    }
    keepToken(() => localStorage, token, tokenName);
}

function decoded(data: string): string {
    try {
        return atob(data);
    } catch {
        return "";
    }
}

function parse(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
