/* What the server writes into the script's head: src/api/agent.c. */

export interface Config {
    readonly key: string;
    /* Where to post, relative to the script's own URL. */
    readonly endpoint: string;
}

declare const whorlConfig: Config;

export const config: Config = whorlConfig;

/* Known only while a classic script runs for the first time. */
export function currentScriptUrl(): string | undefined {
    return (document.currentScript as HTMLScriptElement | null)?.src || undefined;
}

/* The endpoint of this script, or of this page when nobody knows where the script came from (it was
 * made part of another one). */
export function ownEndpoint(scriptUrl: string | undefined): string {
    return new URL(config.endpoint, scriptUrl ?? new URL("/agent/", location.href)).href;
}
