// FingerprintIQ's endpoints for servers and tools: looking visitors up, sentinel, pulse. The requests are those
// that its js, server and Python SDKs were seen to send, in clients of our own; pulse is the package itself.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";

import { Pulse } from "@fingerprintiq/pulse";

import { bodies } from "../bodies/bodies.mjs";
import { assertError, assertIdentified, patterns } from "../lib/checks.mjs";
import { startWhorl } from "../lib/whorl.mjs";

const nowMs = Date.UTC(2026, 10, 20, 12, 0, 0);
const nobody = "iq_01hns3k6tez83695a6t714s6n1";

let whorl;
before(async () => {
    whorl = await startWhorl({ flags: ["--test-clock"] });
});
after(() => whorl?.remove());

const identify = (name, ms, options) => {
    const { body, headers } = bodies[name]();
    return whorl.identify(body, { headers, nowMs: ms, ...options });
};
/* As the Python SDK asks: a Content-Type without a body. */
const lookup = (path, key = whorl.secretKey) =>
    whorl.get(path, {
        headers: [
            ["X-API-Key", key],
            ["User-Agent", "fingerprintiq-python/0.2.0"],
            ["Accept", "*/*"],
            ["Content-Type", "application/json"],
        ],
    });
const post = (path, body, key = whorl.publicKey) =>
    whorl.send({
        method: "POST",
        path,
        headers: [["Content-Type", "application/json"], ["X-API-Key", key]],
        body: typeof body === "string" ? body : JSON.stringify(body),
    });

describe("a visitor", () => {
    let first;
    let last;
    before(async () => {
        first = assertIdentified(await identify("headed-linux", nowMs));
        const cookie = `_iidt=${(await identify("headed-linux", nowMs + 1000)).headers["set-cookie"][0].match(/_iidt=([^;]*)/)[1]}`;
        last = assertIdentified(await identify("headed-linux", nowMs + 5000, { cookie }));
        assert.equal(last.visitorId, first.visitorId);
    });

    test("is looked up under both sets of names", async () => {
        const answer = await lookup(`/v1/identify/${first.visitorId}`);
        assert.equal(answer.status, 200, answer.text);
        const v = answer.json;
        assert.equal(v.visitorId, first.visitorId);
        assert.equal(v.requestId, last.requestId);
        assert.deepEqual([v.firstSeen, v.firstSeenAt], [nowMs, nowMs]);
        assert.deepEqual([v.lastSeen, v.lastSeenAt], [nowMs + 5000, nowMs + 5000]);
        assert.deepEqual([v.visitsCount, v.visitCount], [3, 3]);
        assert.deepEqual([v.confidence, v.botProbability], [last.confidence, last.botProbability]);
        assert.deepEqual(v.ipLocation, last.ipLocation);
    });

    test("is looked up with a public key, unless the operator says no", async () => {
        const path = `/v1/identify/${first.visitorId}`;
        assert.equal((await lookup(path, whorl.publicKey)).status, 200);
        const data = ["--data", whorl.data];
        await whorl.run("workspace", "set", "default", "--disable", "public-lookup", ...data);
        assertError(await lookup(path, whorl.publicKey), 401);
        assert.equal((await lookup(path)).status, 200);
        await whorl.run("workspace", "set", "default", "--enable", "public-lookup", ...data);
    });

    test("shows its visits, newest first", async () => {
        const answer = await lookup(`/v1/demo/visits/${first.visitorId}`);
        assert.equal(answer.status, 200, answer.text);
        const { visits, totalVisits, firstSeenAt } = answer.json;
        assert.deepEqual([totalVisits, firstSeenAt, visits.length], [3, nowMs, 3]);
        const times = visits.map(({ timestamp }) => timestamp);
        assert.deepEqual(times, [nowMs + 5000, nowMs + 1000, nowMs]);
        const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
        for (const visit of visits) {
            assert.match(visit.id, uuid);
            assert.equal(visit.botProbability, last.botProbability);
            assert.deepEqual(visit.riskFactors, last.riskFactors);
            const { client, server } = visit.signals;
            assert.deepEqual(client.navigator, bodies["headed-linux"]().body.signals.navigator.value);
            assert.equal(typeof server, "object");
            assert.deepEqual([visit.country, visit.asn], [null, null]);
        }
        assert.equal(new Set(visits.map(({ id }) => id)).size, 3);
        for (let i = 0; i < 20; i++) {
            await identify("playwright-linux", nowMs + 10_000 + i);
        }
        const many = assertIdentified(await identify("playwright-linux", nowMs + 20_000));
        const page = (await lookup(`/v1/demo/visits/${many.visitorId}`)).json;
        assert.ok(page.visits.length <= 20 && page.totalVisits >= page.visits.length);
    });

    test("errors are FingerprintIQ's", async () => {
        for (const path of ["/v1/identify/", "/v1/demo/visits/"]) {
            assertError(await lookup(path + nobody), 404);
            assertError(await lookup(`${path}no-id`), 404);
            assertError(await lookup(`${path}iq_a/b`), 404);
            assertError(await lookup(path + first.visitorId, "wrong"), 401);
            assertError(await whorl.get(path + first.visitorId), 401);
        }
        assertError(await lookup(`/v1/demo/visits/${first.visitorId}`, whorl.publicKey), 401);
        const other = await whorl.key("secret", { workspace: "other" });
        assertError(await lookup(`/v1/identify/${first.visitorId}`, other), 404);
        const elsewhere = await whorl.key("secret", { environment: "elsewhere" });
        assertError(await lookup(`/v1/identify/${first.visitorId}`, elsewhere), 404);
    });
});

describe("sentinel", () => {
    const inspect = (userAgent, headers = {}, more = {}) =>
        post("/v1/sentinel/inspect", {
            userAgent,
            headers: { accept: "*/*", ...(userAgent ? { "user-agent": userAgent } : {}), ...headers },
            method: "GET",
            path: "/data",
            ...more,
        });
    const chrome =
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
    const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";
    const spoken = { "accept-language": "en-US,en;q=0.5" };
    const cases = [
        ["curl/8.0", {}, "CLI_TOOL", { library: "curl" }],
        ["Wget/1.21.3", {}, "CLI_TOOL", { library: "wget" }],
        ["ClaudeBot", {}, "BOT_SCRAPER", { subcategory: "ai_crawler" }],
        ["Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", {}, "BOT_SCRAPER", {}],
        ["node", { "accept-language": "*", "sec-fetch-mode": "cors" }, "SDK_CLIENT", { runtime: "node" }],
        ["python-requests/2.32.3", {}, "SDK_CLIENT", { runtime: "python", library: "requests" }],
        ["Go-http-client/2.0", {}, "SDK_CLIENT", { runtime: "go" }],
        ["Scrapy/2.11", {}, "BOT_SCRAPER", { framework: "scrapy" }],
        ["Mozilla/5.0 AppleWebKit/537.36; compatible; ChatGPT-User/1.0", {}, "AI_AGENT", {}],
        ["langchain/0.3 python-httpx/0.27", {}, "AI_AGENT", { framework: "langchain" }],
        ["thing/1", { "mcp-protocol-version": "2025-06-18" }, "AI_AGENT", { framework: "mcp" }],
        [chrome.replace("Chrome", "HeadlessChrome"), spoken, "BROWSER_AUTOMATED", { subcategory: "headless" }],
        [chrome, spoken, "BROWSER_HUMAN", { category: "browser" }],
        [firefox, spoken, "BROWSER_HUMAN", { category: "browser" }],
        [chrome, {}, "BROWSER_AUTOMATED", {}],
        [firefox, { ...spoken, "sec-ch-ua": '"Chromium";v="156"' }, "BROWSER_AUTOMATED", {}],
        ["somebot/3", {}, "BOT_SCRAPER", {}],
        ["unheard-of", {}, "UNKNOWN", {}],
        ["", {}, "UNKNOWN", {}],
    ];
    for (const [userAgent, headers, type, classification] of cases) {
        test(`${type}: ${userAgent} ${JSON.stringify(headers)}`, async () => {
            const { status, json } = await inspect(userAgent, headers);
            assert.equal(status, 200);
            assert.equal(json.callerType, type);
            for (const [name, value] of Object.entries(classification)) {
                assert.equal(json.classification[name], value, name);
            }
            /* what the Node SDK reads */
            assert.match(json.requestId, patterns.requestUlid);
            assert.match(json.callerId, /^caller_[0-9a-f]{24}$/);
            assert.ok(json.callerConfidence > 0 && json.callerConfidence <= 1);
            const names = ["category", "subcategory", "framework", "runtime", "library"];
            assert.deepEqual(Object.keys(json.classification), names);
            assert.equal(typeof json.classification.category, "string");
            const { fingerprint } = json;
            assert.match(fingerprint.hash, /^[0-9a-f]{64}$/);
            assert.equal(fingerprint.ja4, null);
            for (const name of ["uaMismatch", "likelyBrowser", "isDatacenter"]) {
                assert.equal(typeof fingerprint[name], "boolean", name);
            }
            /* what the Python SDK reads */
            assert.equal(json.confidence, json.callerConfidence);
            assert.ok(Array.isArray(json.reasons) && json.reasons.length > 0);
            assert.equal(typeof json.metadata, "object");
        });
    }

    test("the same caller has the same id", async () => {
        const id = async (ip) =>
            (await inspect("curl/8.0", { "x-forwarded-for": ip })).json.callerId;
        assert.equal(await id("192.0.2.1"), await id("192.0.2.1"));
        assert.notEqual(await id("192.0.2.1"), await id("192.0.2.2"));
    });

    test("takes what both SDKs send besides, and empty heads", async () => {
        assert.equal((await inspect("x", {}, { aggregateOnly: true, rawSampleRate: 0.5 })).status, 200);
        const body = { userAgent: "", headers: {}, method: "POST", path: "/health", aggregateOnly: true };
        assert.equal((await post("/v1/sentinel/inspect", body)).json.callerType, "UNKNOWN");
    });

    test("refuses what it cannot read", async () => {
        for (const body of ["{", "[]", {}, { headers: [] }, { headers: { a: 1 } }, { headers: {}, userAgent: 1 }]) {
            assertError(await post("/v1/sentinel/inspect", body), 400);
        }
        assertError(await post("/v1/sentinel/inspect", { headers: {} }, "wrong"), 401);
    });
});

describe("pulse", () => {
    const machine = {
        fingerprintHash: "3d4f1133c3c21436d07b1a1ffdbe81ba7080d380ddff21183a375a237215755e",
        os: "linux",
        arch: "x64",
        runtime: "node",
        runtimeVersion: "v20.20.2",
        isCi: false,
    };
    const event = (events) =>
        post("/v1/pulse/event", { machineId: "m_123", tool: "my-cli", toolVersion: "2.4.1", events });

    test("names a machine the same in both spellings, and otherwise in another workspace", async () => {
        const camel = (await post("/v1/pulse/identify", machine)).json.machineId;
        assert.match(camel, /^mach_[0-9a-f]{32}$/);
        const { fingerprintHash, ...rest } = machine;
        const snake = { ...rest, fingerprint_hash: fingerprintHash, python_version_major: 3 };
        assert.equal((await post("/v1/pulse/identify", snake)).json.machineId, camel);
        const key = await whorl.key("public", { workspace: "other" });
        assert.notEqual((await post("/v1/pulse/identify", machine, key)).json.machineId, camel);
    });

    test("counts events", async () => {
        const good = { command: "deploy", timestamp: nowMs, durationMs: 3400, success: true, metadata: {} };
        assert.deepEqual((await event([good, good])).json, { accepted: 2 });
        assert.deepEqual((await event([])).json, { accepted: 0 });
        assert.deepEqual((await event([good, {}, 1])).json, { accepted: 1, refused: 2 });
    });

    test("refuses what it cannot read", async () => {
        for (const body of ["{", "[]", {}, { fingerprintHash: "abc" }, { fingerprintHash: "x".repeat(64) }]) {
            assertError(await post("/v1/pulse/identify", body), 400);
        }
        for (const body of ["{", {}, { events: {} }, { events: Array(1001).fill({}) }]) {
            assertError(await post("/v1/pulse/event", body), 400);
        }
        assertError(await post("/v1/pulse/identify", machine, "wrong"), 401);
    });

    test("the published package is content, whatever its base URL ends in", async () => {
        const seen = [];
        const relay = createServer(async (req, res) => {
            const chunks = [];
            for await (const chunk of req) {
                chunks.push(chunk);
            }
            const body = Buffer.concat(chunks).toString();
            const answer = await post(req.url, body, req.headers["x-api-key"]);
            seen.push([req.url, answer.status, answer.json, JSON.parse(body)]);
            res.writeHead(answer.status, { "Content-Type": "application/json" }).end(answer.text);
        }).listen(0, "127.0.0.1");
        await once(relay, "listening");
        try {
            const endpoint = `http://127.0.0.1:${relay.address().port}/`;
            const pulse = new Pulse({ apiKey: whorl.publicKey, tool: "t", version: "1.0.0", endpoint });
            await pulse.track("deploy", { durationMs: 3 });
            await pulse.track("init");
            await pulse.shutdown();
        } finally {
            relay.close();
        }
        assert.equal(seen.length, 2, JSON.stringify(seen));
        const [[path, status, { machineId }], [eventPath, eventStatus, counted, sent]] = seen;
        assert.deepEqual([path, status], ["//v1/pulse/identify", 200]);
        assert.match(machineId, /^mach_/);
        assert.deepEqual([eventPath, eventStatus], ["//v1/pulse/event", 200]);
        assert.deepEqual([counted, sent.machineId], [{ accepted: 2 }, machineId]);
    });
});
