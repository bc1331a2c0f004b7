// Clients that call as FingerprintIQ's SDKs were seen to: the browser's (js 0.5), the one for servers (server 0.4,
// Node) and Python's (0.2). None of the three can be installed from a registry that tests may use; what they send
// and what they make of the answers is written here anew.

import assert from "node:assert/strict";

/* The browser's. `page` is the origin of the page that runs it. Like a browser it asks first (preflight), keeps
 * cookies, and hides answers that do not name its origin. */
export class JsClient {
    cookies = new Map();
    asked = [];

    constructor(whorl, { apiKey = whorl.publicKey, page = "https://shop.example", headers = [] } = {}) {
        Object.assign(this, { whorl, apiKey, page, headers });
    }

    /* In the background, once per session: no key, no body, any status will do. */
    async bootstrap() {
        return this.#fetch("GET", "/v1/bootstrap", [["Accept", "*/*"]]);
    }

    async identify(body) {
        const answer = await this.#post("/v1/identify", body);
        if (answer.status < 200 || answer.status > 299) {
            throw new Error(`FingerprintIQ API error (${answer.status}): ${answer.text || answer.reason}`);
        }
        return (this.last = JSON.parse(answer.text));
    }

    /* 300 ms after the last address, once an identification was answered; the answer is ignored. */
    async linkWallets(walletAddresses) {
        return this.#post("/v1/identify/wallet-link", { visitorId: this.last.visitorId, walletAddresses });
    }

    async #post(path, body) {
        const preflight = await this.#fetch("OPTIONS", path, [
            ["Accept", "*/*"],
            ["Access-Control-Request-Method", "POST"],
            ["Access-Control-Request-Headers", "content-type,x-api-key"],
        ]);
        assert.ok(preflight.status >= 200 && preflight.status < 300, "a preflight must succeed");
        const list = (name) => (preflight.headers[name] ?? "").toLowerCase().split(/\s*,\s*/);
        assert.ok(list("access-control-allow-methods").includes("post"));
        for (const name of ["content-type", "x-api-key"]) {
            assert.ok(list("access-control-allow-headers").includes(name), name);
        }
        const headers = [["Content-Type", "application/json"], ["X-API-Key", this.apiKey], ...this.headers];
        return this.#fetch("POST", path, headers, JSON.stringify(body));
    }

    async #fetch(method, path, headers, body) {
        this.asked.push(`${method} ${path}`);
        const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
        const sent = [...headers, ["Origin", this.page], ["Referer", `${this.page}/`]];
        if (cookie && method !== "OPTIONS") {
            sent.push(["Cookie", cookie]);
        }
        const answer = await this.whorl.send({ method, path, headers: sent, body });
        if (
            answer.headers["access-control-allow-origin"] !== this.page ||
            answer.headers["access-control-allow-credentials"] !== "true"
        ) {
            throw new TypeError("Failed to fetch");
        }
        for (const line of answer.headers["set-cookie"] ?? []) {
            const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
            this.cookies.set(name, value);
        }
        return answer;
    }
}

/* For servers, in Node: one full URL, nothing retried. */
export class SentinelClient {
    constructor(whorl, { apiKey = whorl.secretKey } = {}) {
        Object.assign(this, { whorl, apiKey });
    }

    /* request: { method, path, headers } as a server has it. */
    async inspect({ method, path, headers }, { aggregateOnly = false, rawSampleRate = 1 } = {}) {
        const userAgent = headers["user-agent"] ?? "";
        const answer = await this.whorl.send({
            method: "POST",
            path: "/v1/sentinel/inspect",
            headers: [
                ["Content-Type", "application/json"],
                ["X-API-Key", this.apiKey],
                ["accept", "*/*"],
                ["accept-language", "*"],
                ["sec-fetch-mode", "cors"],
                ["user-agent", "node"],
            ],
            body: JSON.stringify({
                userAgent,
                headers,
                method,
                path: path.split("?")[0],
                aggregateOnly,
                rawSampleRate,
            }),
        });
        if (answer.status !== 200) {
            throw new Error(`Sentinel API error: ${answer.status}`);
        }
        const { requestId, callerId, callerType, callerConfidence, classification, fingerprint } =
            answer.json;
        return { requestId, callerId, callerType, callerConfidence, classification, fingerprint };
    }
}

export class ApiError extends Error {
    constructor(status, body) {
        super(`API error ${status}`);
        Object.assign(this, { status_code: status, body });
    }
}
export class RateLimitError extends Error {
    constructor(seconds) {
        super("rate limited");
        this.retry_after = seconds;
    }
}

/* Python's: look-ups, Sentinel and Pulse of one base URL. */
export class PythonClient {
    constructor(whorl, { apiKey = whorl.secretKey } = {}) {
        Object.assign(this, { whorl, apiKey });
    }

    async #ask(method, path, body) {
        const headers = [
            ["Accept", "*/*"],
            ["Accept-Encoding", "gzip, deflate"],
            ["Connection", "keep-alive"],
            ["User-Agent", "fingerprintiq-python/0.2.0"],
            ["X-API-Key", this.apiKey],
            ["Content-Type", "application/json"],
        ];
        const answer = await this.whorl.send({ method, path, headers, body: body && JSON.stringify(body) });
        if (answer.status === 429) {
            const seconds = answer.headers["retry-after"];
            throw new RateLimitError(/^\d+$/.test(seconds ?? "") ? Number(seconds) : null);
        }
        if (answer.status >= 400) {
            throw new ApiError(answer.status, answer.json ?? answer.text);
        }
        return answer.json;
    }

    /* The id goes into the path as it is. */
    async lookup(visitorId) {
        const raw = await this.#ask("GET", `/v1/identify/${visitorId}`);
        assert.ok("visitorId" in raw, "a KeyError in Python");
        return {
            visitor_id: raw.visitorId,
            confidence: raw.confidence,
            bot_probability: raw.botProbability,
            first_seen: raw.firstSeen,
            last_seen: raw.lastSeen,
            visits_count: raw.visitsCount,
            ip_location: raw.ipLocation,
            raw,
        };
    }

    async inspect({ method, path, headers }) {
        const raw = await this.#ask("POST", "/v1/sentinel/inspect", {
            userAgent: headers["user-agent"] ?? "",
            headers,
            method,
            path,
        });
        return {
            caller_type: raw.callerType ?? "unknown",
            confidence: raw.confidence,
            reasons: raw.reasons,
            metadata: raw.metadata,
            raw,
        };
    }

    async identifyMachine(facts) {
        const { machineId } = await this.#ask("POST", "/v1/pulse/identify", facts);
        return typeof machineId === "string" ? machineId : null;
    }

    async sendEvents(machineId, events) {
        return this.#ask("POST", "/v1/pulse/event", {
            machineId,
            tool: "my-cli",
            toolVersion: "1.2.3",
            events,
        });
    }
}
