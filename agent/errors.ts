/* What goes wrong, in one form for all interfaces: `code` says what to do about it.
 *
 *   network     no connection; may be tried again          timeout  no answer in time; the same
 *   rate_limit  too many requests with this key            key      the server does not know the key
 *   origin      the key may not be used on this site       csp      the page's policy forbids the address
 *   endpoint    the address to post to is no URL           options  an option has a value it cannot have
 *   consent     withdrawn with stop()                       api      the server refuses for another reason
 *
 * `status` is the HTTP status; `reason` the server's own code (v4's), or network_abort where somebody
 * stopped the request; `requestId` what the server named the attempt, where it did. */

import type { WhorlError as Published } from "../packages/browser/index.d.ts";

export type ErrorCode = Published["code"];

export interface ErrorDetails {
    status?: number;
    reason?: string;
    requestId?: string;
}

export class WhorlError extends Error implements Published {
    readonly code: ErrorCode;
    readonly status: number | undefined;
    readonly reason: string | undefined;
    readonly requestId: string | undefined;

    constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
        super(message);
        this.name = "WhorlError";
        this.code = code;
        this.status = details.status;
        this.reason = details.reason;
        this.requestId = details.requestId;
    }
}
