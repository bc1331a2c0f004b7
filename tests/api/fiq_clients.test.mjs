// FingerprintIQ's endpoints as its SDKs call them (tests/lib/fiq_clients.mjs), from the first visit to the look-up.
// Where recorded requests of the real SDKs lie beside the repository, each of them is sent, too.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { assertIdentified, assertSchema, contracts, haveContracts, patterns } from "../lib/checks.mjs";
import { ApiError, JsClient, PythonClient, RateLimitError, SentinelClient } from "../lib/fiq_clients.mjs";
import { startWhorl } from "../lib/whorl.mjs";

const wallet = "0xabcdef0123456789abcdef0123456789abcdef02";

let whorl;
before(async () => {
    whorl = await startWhorl();
});
after(() => whorl?.remove());

const browser = (name = "headed-linux", options = {}) => {
    const { body, headers } = bodies[name]();
    const more = headers.filter(([header]) => header !== "Content-Type");
    return { client: new JsClient(whorl, { headers: more, ...options }), body };
};

describe("the browser's SDK", () => {
    test("bootstraps, identifies, links wallets, and is known again by its cookie", async () => {
        const { client, body } = browser();
        assert.equal((await client.bootstrap()).status, 204);
        const first = await client.identify({ ...body, tag: { a: 1 }, linkedId: "user-1" });
        assertSchema(first, "identify");
        assert.match(first.requestId, patterns.requestUlid);
        assert.deepEqual([first.visitCount, first.lastSeenAt], [1, null]);
        assert.ok(!("signals" in first) && !("token" in first));
        assert.equal((await client.linkWallets([wallet])).status, 200);
        const second = await client.identify({ ...body, walletAddresses: [wallet] });
        assert.deepEqual([second.visitorId, second.visitCount], [first.visitorId, 2]);
        assert.equal(second.lastSeenAt, first.timestamp);
        assert.deepEqual(second.web3.connectedWallets, [wallet]);
        assert.equal(second.sybilRisk.level, "low");
        assert.deepEqual(client.asked, [
            "GET /v1/bootstrap",
            "OPTIONS /v1/identify",
            "POST /v1/identify",
            "OPTIONS /v1/identify/wallet-link",
            "POST /v1/identify/wallet-link",
            "OPTIONS /v1/identify",
            "POST /v1/identify",
        ]);
    });

    test("rejects with status and body, which the page can read", async () => {
        const { client, body } = browser("headed-linux", { apiKey: "fiq_live_wrong" });
        await assert.rejects(client.identify(body), {
            message: 'FingerprintIQ API error (401): {"error":"Invalid or missing API key"}',
        });
        const { client: known } = browser();
        await assert.rejects(
            known.identify({ timestamp: 1 }),
            /^Error: FingerprintIQ API error \(400\): \{"error":/,
        );
        const apiKey = await whorl.key("public", { origins: ["https://other.example"] });
        await assert.rejects(
            browser("headed-linux", { apiKey }).client.identify(body),
            /^Error: FingerprintIQ API error \(403\): \{"error":/,
        );
    });

    for (const [name, text] of [
        ["a text", "autumn"],
        ["a number", 7],
        ["a list", [1, "x"]],
        ["false", false],
    ]) {
        test(`a tag that is ${name} comes back as it was, and in an object to the others`, async () => {
            const { client, body } = browser();
            const { requestId } = await client.identify({ ...body, tag: text });
            const get = async (path, auth) => (await whorl.get(path, { auth })).json;
            assert.deepEqual((await get(`/v1/events/${requestId}`, "bearer")).tag, text);
            assert.deepEqual((await get(`/v4/events/${requestId}`, "bearer")).tags, { tag: text });
            const { products } = await get(`/events/${requestId}`, "header");
            assert.deepEqual(products.identification.data.tag, { tag: text });
            assert.deepEqual(products.botd.data.meta, { tag: text });
        });
    }

    test("whatever the Content-Type says, the body is JSON", async () => {
        for (const type of [
            "text/plain;charset=UTF-8",
            "application/x-www-form-urlencoded",
            "application/xml",
            "",
        ]) {
            const { body, headers } = bodies["headed-linux"]();
            const other = headers.map(([name, value]) => [name, name === "Content-Type" ? type : value]);
            assertIdentified(await whorl.identify(body, { headers: other }));
        }
    });
});

describe("the SDK for servers", () => {
    const request = (userAgent, more) => ({
        method: "GET",
        path: "/data?page=2",
        headers: { accept: "*/*", ...(userAgent && { "user-agent": userAgent }), ...more },
    });

    test("gets what it reads, with every option", async () => {
        const client = new SentinelClient(whorl);
        const seen = await client.inspect(request("curl/8.0"));
        assert.match(seen.requestId, patterns.requestUlid);
        assert.deepEqual([seen.callerType, seen.classification.library], ["CLI_TOOL", "curl"]);
        assert.ok(seen.callerConfidence > 0);
        assert.match(seen.fingerprint.hash, /^[0-9a-f]{64}$/);
        const again = await client.inspect(request("curl/8.0"), { aggregateOnly: true, rawSampleRate: 0 });
        assert.equal(again.callerId, seen.callerId);
        assert.equal(
            (await client.inspect({ method: "POST", path: "/", headers: {} })).callerType,
            "UNKNOWN",
        );
    });

    test("has the status for an error", async () => {
        await assert.rejects(new SentinelClient(whorl, { apiKey: "wrong" }).inspect(request("x")), {
            message: "Sentinel API error: 401",
        });
        await whorl.run("workspace", "create", "off", "--disable", "sentinel", "--data", whorl.data);
        const apiKey = await whorl.key("secret", { workspace: "off" });
        await assert.rejects(new SentinelClient(whorl, { apiKey }).inspect(request("x")), {
            message: "Sentinel API error: 403",
        });
    });
});

describe("Python's SDK", () => {
    const python = (options) => new PythonClient(whorl, options);

    test("looks a visitor up, in the names that it reads", async () => {
        const { client, body } = browser("firefox-linux");
        const first = await client.identify(body);
        const last = await client.identify(body);
        for (const apiKey of [whorl.secretKey, whorl.publicKey]) {
            const found = await python({ apiKey }).lookup(first.visitorId);
            assert.deepEqual([found.visitor_id, found.visits_count], [first.visitorId, 2]);
            assert.deepEqual([found.first_seen, found.last_seen], [first.timestamp, last.timestamp]);
            assert.deepEqual(
                [found.confidence, found.bot_probability],
                [last.confidence, last.botProbability],
            );
            assert.deepEqual(found.ip_location, last.ipLocation);
            assert.deepEqual(found.raw.verdicts.bot, last.verdicts.bot);
        }
    });

    test("raises APIError with status and body, and RateLimitError with whole seconds", async () => {
        const fails = async (promise, status) =>
            assert.rejects(promise, (error) => {
                assert.ok(error instanceof ApiError, `${error}`);
                assert.deepEqual([error.status_code, typeof error.body.error], [status, "string"]);
                return true;
            });
        await fails(python().lookup("iq_01hns3k6tez83695a6t714s6n1"), 404);
        await fails(python().lookup("iq_a/b"), 404);
        await fails(python({ apiKey: "wrong" }).lookup("iq_01hns3k6tez83695a6t714s6n1"), 401);
        await fails(python().identifyMachine({}), 400);
        await fails(python().sendEvents("m", "none"), 400);
        const limited = python({ apiKey: await whorl.key("secret", { rate: 1 }) });
        await assert.rejects(
            async () => {
                for (let i = 0; i < 20; i++) {
                    await limited.identifyMachine({ fingerprint_hash: "a".repeat(64) });
                }
            },
            (error) => error instanceof RateLimitError && error.retry_after === 1,
        );
    });

    test("inspects, names a machine, sends events", async () => {
        const request = {
            method: "GET",
            path: "/data",
            headers: { "user-agent": "ClaudeBot", accept: "*/*" },
        };
        const seen = await python().inspect(request);
        assert.equal(seen.caller_type, "BOT_SCRAPER");
        assert.equal(seen.confidence, seen.raw.callerConfidence);
        assert.ok(
            seen.reasons.every((reason) => typeof reason === "string") && typeof seen.metadata === "object",
        );
        const facts = {
            fingerprint_hash: "0f".repeat(32),
            os: "linux",
            arch: "x64",
            cpu_model: null,
            core_count: 2,
            memory_gb: 23.5,
            runtime: "python",
            is_ci: false,
            ci_provider: null,
            python_version_major: 3,
            process_versions: { python: "3.11.2" },
        };
        const machine = await python().identifyMachine(facts);
        assert.match(machine, /^mach_[0-9a-f]{32}$/);
        assert.equal(await python().identifyMachine(facts), machine);
        const events = [
            {
                command: "deploy",
                timestamp: 1795190961669,
                durationMs: 1234,
                success: true,
                metadata: { duration_ms: 1234 },
            },
            { command: "init", timestamp: 1795190961669 },
        ];
        assert.deepEqual(await python().sendEvents(machine, events), { accepted: 2 });
        assert.deepEqual(await python().sendEvents(null, []), { accepted: 0 });
    });
});

/* In the order of the documentation's table: each can be asked with each key that it takes. */
test("who may ask what", async () => {
    const { client, body } = browser();
    const { requestId, visitorId } = await client.identify(body);
    const { publicKey, secretKey } = whorl;
    const key = (value) => [["X-API-Key", value]];
    const bearer = (value) => [["Authorization", `Bearer ${value}`]];
    const rows = [
        ["GET", `/v1/identify/${visitorId}`, key(publicKey), 200],
        ["GET", `/v1/identify/${visitorId}`, key(secretKey), 200],
        ["GET", `/v1/identify/${visitorId}`, bearer(secretKey), 401],
        ["GET", `/v1/events/${requestId}`, bearer(secretKey), 200],
        ["GET", `/v1/events/${requestId}`, bearer(publicKey), 401],
        ["GET", `/v1/events/${requestId}`, key(secretKey), 401],
        ["GET", `/v1/demo/visits/${visitorId}`, key(secretKey), 200],
        ["GET", `/v1/demo/visits/${visitorId}`, key(publicKey), 401],
        ["POST", "/v1/identify", key(secretKey), 401],
        ["POST", "/v1/identify", [], 401],
        ["GET", "/v1/bootstrap", [], 204],
    ];
    for (const [method, path, headers, status] of rows) {
        const answer = await whorl.send({
            method,
            path,
            headers,
            body: method === "POST" ? "{}" : undefined,
        });
        assert.equal(answer.status, status, `${method} ${path} ${JSON.stringify(headers)}: ${answer.text}`);
    }
});

describe("recorded requests", { skip: !haveContracts && "no contracts" }, () => {
    const examples = join(contracts, "fingerprintiq/examples");
    const files = haveContracts ? readdirSync(examples).filter((name) => name.endsWith(".json")) : [];
    const read = (name) => JSON.parse(readFileSync(join(examples, name), "utf8"));

    for (const file of files.filter((name) => files.includes(name.replace(/\.json$/, ".headers.json")))) {
        test(file, async () => {
            const skipped = ["host", "content-length", "x-api-key", "connection", "origin", "cookie"];
            const headers = read(file.replace(/\.json$/, ".headers.json")).filter(
                ([name]) => !skipped.includes(name.toLowerCase()),
            );
            const body = read(file);
            const made = assertIdentified(
                await whorl.identify(body, { headers, origin: "http://127.0.0.1:8911" }),
            );
            const event = (await whorl.get(`/v1/events/${made.requestId}`, { auth: "bearer" })).json;
            for (const [name, signal] of Object.entries(body.signals)) {
                assert.deepEqual(event.signals.client[name], signal && signal.value, name);
            }
            for (const [path, auth] of [
                ["/v4/events/", "bearer"],
                ["/events/", "header"],
            ]) {
                assert.equal((await whorl.get(path + made.requestId, { auth })).status, 200);
            }
        });
    }

    const paths = {
        "pulse-identify": "/v1/pulse/identify",
        "pulse-event": "/v1/pulse/event",
        "sentinel-inspect": "/v1/sentinel/inspect",
    };
    for (const file of files.filter((name) => /^(pulse|sentinel).*\.request\.json$/.test(name))) {
        test(file, async () => {
            const answer = await whorl.send({
                method: "POST",
                path: paths[file.split(".")[0]],
                headers: [
                    ["Content-Type", "application/json"],
                    ["X-API-Key", whorl.publicKey],
                ],
                body: readFileSync(join(examples, file)),
            });
            assert.equal(answer.status, 200, answer.text);
        });
    }

    test("the documented minimal body, and the documented answers' members", async () => {
        const made = assertIdentified(await whorl.identify(read("documented-minimal.json")));
        const absent = ["sealedResult", "sybilRisk", "web3"];
        const documented = Object.keys(read("identify.response.json")).filter(
            (name) => !absent.includes(name),
        );
        assert.deepEqual(
            documented.filter((name) => !(name in made)),
            [],
        );
        const event = (await whorl.get(`/v1/events/${made.requestId}`, { auth: "bearer" })).json;
        const optional = ["linkedId", "tag", "url", "referrer"];
        assert.deepEqual(
            Object.keys(read("event.response.json")).filter(
                (name) => !(name in event) && !optional.includes(name),
            ),
            [],
        );
    });
});
