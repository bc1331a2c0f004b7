/* The errors of Fingerprint's agent v4: {name: "FingerprintError", code, event_id}. */

import { WhorlError } from "../errors.ts";

export class FingerprintError extends Error {
    readonly code: string;
    readonly event_id: string | null;

    constructor(code: string, message = code, eventId: string | null = null) {
        super(message);
        this.name = "FingerprintError";
        this.code = code;
        this.event_id = eventId;
    }
}

export function isFingerprintError(error: unknown): error is FingerprintError {
    return error instanceof Error && error.name === "FingerprintError";
}

const CODES: Partial<Record<string, string>> = {
    network: "network_connection",
    timeout: "client_timeout",
    rate_limit: "too_many_requests",
    key: "public_api_key_not_found",
    origin: "public_api_key_not_found",
    csp: "csp_block",
    endpoint: "invalid_endpoint",
};

export function v4Error(cause: unknown): unknown {
    if (!(cause instanceof WhorlError)) return cause;
    const { code, reason, message, requestId } = cause;
    const known = reason && reason !== "origin" && reason !== "IntegrationFailed" ? reason : undefined;
    return new FingerprintError(known ?? CODES[code] ?? "server_error", message, requestId);
}
