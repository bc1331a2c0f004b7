/* The types of whorl's agent, however it was loaded: window.whorl, /agent/KEY.mjs, loadAgent(). */

export interface IdentifyOptions {
    /** Any JSON value to keep with the event, at most 16 kB. */
    tag?: unknown;
    /** The site's own id for whoever this is, at most 256 characters. */
    linkedId?: string;
    /** For the whole call, in ms (default 10000), not counting the time that the page is hidden. */
    timeout?: number;
    /** Also `extended`: browser, system, address, place and times. */
    extended?: boolean;
}

export interface Identification {
    requestId: string;
    visitorId: string;
    /** The answer came from the cache. */
    cacheHit?: boolean;
    token?: string;
    [field: string]: unknown;
}

export interface Options {
    /** Where to post instead of where the script came from: a URL or several, tried in turn. */
    endpoint?: string | readonly string[];
    /** lifetime in seconds: default 3600, at most 43200. Off by default. */
    cache?: { storage: "memory" | "session" | "local"; lifetime?: number } | false;
    /** "required": nothing is read or sent before start(). */
    consent?: "required" | "given";
    /** Parts of the page's address to send as a hash only. */
    urlHashing?: { path?: boolean; query?: boolean; fragment?: boolean };
    /** What is read only when asked for. */
    probes?: readonly ("webrtc" | "wallets" | "behavior")[];
}

export interface SignalView {
    name: string;
    value: unknown;
    ms: number | null;
    bytes: number;
    /** Why there is no value: "off", "absent", "timeout", or the error's text. */
    missing: string | null;
}

export interface Whorl {
    /** Rejects with a WhorlError. */
    identify(options?: IdentifyOptions): Promise<Identification>;
    configure(options: Options): void;
    /** The person agrees: what waits in identify() goes on. Also begins to read, so that an identify()
     * within half a minute has less to wait for. */
    start(): void;
    /** The person does not agree any more: identify() rejects with the code "consent". */
    stop(): void;
    /** Reads every signal, shows them on the console and resolves with them; sends nothing. */
    debug(): Promise<SignalView[]>;
    readonly version: string;
}

export interface WhorlError extends Error {
    readonly name: string;
    readonly code:
        | "network" | "timeout" | "rate_limit" | "key" | "origin" | "csp" | "endpoint" | "options"
        | "consent" | "api";
    /** HTTP status of a refusal. */
    readonly status: number | undefined;
    /** The server's own code for it. */
    readonly reason: string | undefined;
    readonly requestId: string | undefined;
}

export interface AgentSettings extends Options {
    /** URL of the module: https://HOST/agent/PUBLIC_KEY.mjs */
    src: string;
}

export function loadAgent(settings: AgentSettings): Promise<Whorl>;
