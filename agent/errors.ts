/* What identify() rejects with. `code` says what to do about it: "network" and "timeout" may be
 * tried again, "api" carries the server's own message and HTTP status. */

export type ErrorCode = "network" | "timeout" | "api";

export class WhorlError extends Error {
    readonly code: ErrorCode;
    readonly status: number | undefined;

    constructor(code: ErrorCode, message: string, status?: number) {
        super(message);
        this.name = "WhorlError";
        this.code = code;
        this.status = status;
    }
}
