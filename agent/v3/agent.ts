/* The interface of Fingerprint's agent v3: load(options) gives {get, collect}. The server answers in
 * v3's result shape, which goes on to the caller as it is. */

import { currentScriptUrl, ownEndpoint } from "../config.ts";
import { ask, bodyOf, readAhead, type Settings } from "../core.ts";
import { endpointsFrom, type UrlHashing } from "../urls.ts";
import { v3Error } from "./errors.ts";

export interface LoadOptions {
    endpoint?: unknown;
    region?: string;
    storageKey?: string;
    integrationInfo?: readonly string[];
    urlHashing?: UrlHashing;
    [other: string]: unknown;
}

export interface GetOptions {
    tag?: unknown;
    linkedId?: string;
    timeout?: number;
    extendedResult?: boolean;
    [other: string]: unknown;
}

export interface GetResult {
    requestId: string;
    visitorId: string;
    visitorFound: boolean;
    confidence: { score: number };
    sealedResult?: string;
    [extended: string]: unknown;
}

export interface Agent {
    get(options?: GetOptions): Promise<GetResult>;
    collect(options?: GetOptions): Promise<string>;
}

const STORAGE_KEY = "_vid";

export function loader(scriptUrl: string | undefined = currentScriptUrl()) {
    return async function load(options: LoadOptions = {}): Promise<Agent> {
        const { endpoint, region, storageKey = STORAGE_KEY, integrationInfo, urlHashing } = options;
        const settings: Settings = {
            dialect: "v3",
            endpoints: attempt(() => endpointsFrom(endpoint, ownEndpoint(scriptUrl))),
            tokenName: `${storageKey}_t`,
            ...(region && { region }),
            ...(integrationInfo && { integrations: integrationInfo }),
            ...(urlHashing && { urlHashing }),
        };
        const take = readAhead();
        return {
            async get({ tag, linkedId, timeout, extendedResult } = {}) {
                const request = {
                    tag,
                    ...(linkedId !== undefined && { linkedId }),
                    ...(timeout !== undefined && { timeout }),
                    ...(extendedResult && { extended: true }),
                };
                const answer = await ask(settings, request, take).catch((cause) => {
                    throw v3Error(cause);
                });
                const sealed = answer["sealedResult"];
                return { ...(answer["result"] as GetResult), ...(sealed ? { sealedResult: sealed as string } : {}) };
            },
            async collect({ tag, linkedId } = {}) {
                const body = bodyOf(await take().all, settings, { tag, ...(linkedId && { linkedId }) });
                return base64(body);
            },
        };
    };
}

function attempt<T>(make: () => T): T {
    try {
        return make();
    } catch (cause) {
        throw v3Error(cause);
    }
}

export function base64(text: string): string {
    let binary = "";
    for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
    return btoa(binary);
}
