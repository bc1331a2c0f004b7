/* The errors of Fingerprint's agent v3: an Error whose text is the contract. */

import { WhorlError } from "../errors.ts";

export const ERROR_API_KEY_MISSING = "API key required";
export const ERROR_API_KEY_INVALID = "API key not found";
export const ERROR_API_KEY_EXPIRED = "API key expired";
export const ERROR_TOKEN_MISSING = ERROR_API_KEY_MISSING;
export const ERROR_TOKEN_INVALID = ERROR_API_KEY_INVALID;
export const ERROR_TOKEN_EXPIRED = ERROR_API_KEY_EXPIRED;
export const ERROR_BAD_REQUEST_FORMAT = "Request cannot be parsed";
export const ERROR_BAD_RESPONSE_FORMAT = "Response cannot be parsed";
export const ERROR_CLIENT_TIMEOUT = "Client timeout";
export const ERROR_CSP_BLOCK = "Blocked by CSP";
export const ERROR_FORBIDDEN_ENDPOINT = "Hostname restricted";
export const ERROR_FORBIDDEN_HEADER = "Not available with restricted header";
export const ERROR_FORBIDDEN_ORIGIN = "Not available for this origin";
export const ERROR_GENERAL_SERVER_FAILURE = "Request failed";
export const ERROR_HANDLE_AGENT_DATA = "Handle on demand agent data error";
export const ERROR_INSTALLATION_METHOD_RESTRICTED = "Installation method restricted";
export const ERROR_INTEGRATION_FAILURE = "Integration failed";
export const ERROR_INVALID_ENDPOINT = "The endpoint parameter is not a valid URL";
export const ERROR_INVALID_PROXY_INTEGRATION_HEADERS = "Invalid proxy integration headers";
export const ERROR_INVALID_PROXY_INTEGRATION_SECRET = "Invalid proxy integration secret";
export const ERROR_NETWORK_ABORT = "Network request aborted";
export const ERROR_NETWORK_CONNECTION = "Network connection error";
export const ERROR_NETWORK_RESTRICTED = "Network restricted";
export const ERROR_PROXY_INTEGRATION_SECRET_ENVIRONMENT_MISMATCH =
    "Proxy integration secret environment mismatch";
export const ERROR_RATE_LIMIT = "Too many requests, rate limit exceeded";
export const ERROR_SERVER_TIMEOUT = "Request failed to process";
export const ERROR_SUBSCRIPTION_NOT_ACTIVE = "Subscription not active";
export const ERROR_UNSUPPORTED_VERSION = "Unsupported version";
export const ERROR_WRONG_REGION = "Wrong region";
export const ERROR_SCRIPT_LOAD_FAIL = "Failed to load the JS script of the agent";

/* By the server's code, which is v4's, or a proxy integration's; goes before the agent's own. */
const BY_REASON: Partial<Record<string, string>> = {
    request_cannot_be_parsed: ERROR_BAD_REQUEST_FORMAT,
    payload_too_large: ERROR_BAD_REQUEST_FORMAT,
    request_read_timeout: ERROR_SERVER_TIMEOUT,
    bad_response_format: ERROR_BAD_RESPONSE_FORMAT,
    subscription_not_active: ERROR_SUBSCRIPTION_NOT_ACTIVE,
    wrong_region: ERROR_WRONG_REGION,
    IntegrationFailed: ERROR_INTEGRATION_FAILURE,
    network_abort: ERROR_NETWORK_ABORT,
};

const BY_CODE: Partial<Record<string, string>> = {
    network: ERROR_NETWORK_CONNECTION,
    timeout: ERROR_CLIENT_TIMEOUT,
    rate_limit: ERROR_RATE_LIMIT,
    key: ERROR_API_KEY_INVALID,
    origin: ERROR_FORBIDDEN_ORIGIN,
    csp: ERROR_CSP_BLOCK,
    endpoint: ERROR_INVALID_ENDPOINT,
};

/* A proxy integration's refusals come in the server's own words, which are these constants. */
const SAID: readonly string[] = [
    ERROR_INVALID_PROXY_INTEGRATION_HEADERS,
    ERROR_INVALID_PROXY_INTEGRATION_SECRET,
    ERROR_PROXY_INTEGRATION_SECRET_ENVIRONMENT_MISMATCH,
];

export function v3Error(cause: unknown): unknown {
    if (!(cause instanceof WhorlError)) return cause;
    const { code, reason = "", message, requestId } = cause;
    const text = SAID.includes(message) ? message
        : (BY_REASON[reason] ?? BY_CODE[code] ?? ERROR_GENERAL_SERVER_FAILURE);
    return Object.assign(new Error(text), requestId ? { requestId } : {});
}
