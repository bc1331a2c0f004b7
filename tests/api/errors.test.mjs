// Every row of the published tables of errors, forced for real, per version: status, code, message, reason phrase and
// content type. Rows that cannot be forced, and why:
//
//   v3  in a 200, products.identification.error "429 Too Many Requests": whorl never throttles a product of an event,
//       which is stored whole or refused; partial errors that can happen are in partial.test.mjs
//   v4  public_api_key_required, public_api_key_not_found, missing_module: codes of the list without a row in the
//       table; no path of the Server API takes a public key, and there are no modules
//
// 503 service_unavailable has no row either: visits of a visitor that is deleted meanwhile get it (crash tests).

import assert from "node:assert/strict";
import { STATUS_CODES } from "node:http";
import { after, before, describe, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { assertIdentified, assertSchema } from "../lib/checks.mjs";
import { sendRaw } from "../lib/http.mjs";
import { startWhorl } from "../lib/whorl.mjs";

const unknownEvent = "1708102555327.NLOjmg";
const unknownVisitor = "Ibk1527CUFmcnjLwIs4A";

let whorl; // in good order
let failing; // reads fail, searches have no time
let slow; // searches and writes take longer
let ids; // of an event of whorl
const keys = {};
before(async () => {
    whorl = await startWhorl();
    const faulty = (...names) => startWhorl({ flags: names.flatMap((name) => ["--test-fault", name]) });
    failing = await faulty("event-read", "search-timeout");
    slow = await faulty("slow-searches", "slow-writes");
    ids = await identify(whorl);
    keys.environment = await whorl.key("secret", { environment: "default" });
    const workspace = async (name, ...settings) => {
        await whorl.run("workspace", "create", name, ...settings, "--data", whorl.data);
        keys[name] = await whorl.key("secret", { workspace: name });
        keys[`${name}-public`] = await whorl.key("public", { workspace: name });
    };
    await workspace("inactive", "--inactive");
    await workspace("elsewhere", "--host", "eu.id.shop.example");
    await workspace("small", "--disable", "delete", "--disable", "related");
    await workspace("limited", "--delete-limits", "on");
    await workspace("full", "--quota", "1");
    keys.strict = await whorl.key("public", { origins: ["https://shop.example"] });
});
after(() => Promise.all([whorl, failing, slow].map((server) => server?.remove())));

async function identify(server) {
    const { body, headers } = bodies["headed-linux"]();
    return assertIdentified(await server.identify(body, { headers }));
}

/* A request in a version's way: its key, and what else is said. */
const credentials = {
    v2: (key) => [["Auth-Token", key]],
    v3: (key) => [["Auth-API-Key", key]],
    v4: (key) => [["Authorization", `Bearer ${key}`]],
    fiq: (key) => [["X-API-Key", key]],
};
function ask(version, method, path, { server = whorl, key = server.secretKey, body, headers = [] } = {}) {
    const all = [...(key === null ? [] : credentials[version](key)), ...headers];
    return server.send({ method, path, headers: all, body });
}

function assertForm(answer, status, version) {
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.reason, status === 413 ? "Content Too Large" : STATUS_CODES[status]); // RFC 9110
    assert.equal(answer.headers["content-type"], "application/json; charset=utf-8");
    assert.notEqual(answer.json, undefined, "JSON always");
    if (version !== "fiq") assert.notEqual(answer.status, 401, "never 401 in v2 to v4");
    if (version === "v4") assert.equal(answer.headers["retry-after"], undefined, "v4 has no Retry-After");
    else if (status === 429) assert.match(answer.headers["retry-after"] ?? "", /^\d+$/);
}

/** Asks until it is told to wait: a bucket holds three seconds' worth. */
async function exhaust(version, method, path, kind = "secret", more = {}) {
    const key = await whorl.key(kind, { rate: 1 });
    for (let i = 0; i < 10; i++) {
        const answer = await ask(version, method, path, { key, ...more });
        if (answer.status === 429) return answer;
    }
    throw new Error("never refused");
}

/** Two updates of one event: the second comes while the first is being written. */
async function updateTwice(version, method, path) {
    const { requestId } = await identify(slow);
    const update = () => ask(version, method, path + requestId, { server: slow, body: '{"suspect":true}' });
    const answers = await Promise.all([update(), update(), update()]);
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    return answers.find(({ status }) => status !== 200);
}

/** More searches than wait. */
async function searchTooMuch(version, path) {
    const all = await Promise.all(Array.from({ length: 80 }, () => ask(version, "GET", path, { server: slow })));
    assert.ok(all.some(({ status }) => status === 200), "some are answered");
    return all.find(({ status }) => status === 429);
}

async function deleteTooMuch(version, path) {
    for (let i = 0; i < 31; i++) {
        const answer = await ask(version, "DELETE", path + unknownVisitor, { key: keys.limited });
        if (answer.status !== 404) return answer;
    }
    throw new Error("never refused");
}

const edgeHead = (length) =>
    `POST /v4/edge HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${whorl.secretKey}\r\n` +
    `Content-Length: ${length}\r\n\r\n`;
const long = "x".repeat(257);
const parse = "RequestCannotBeParsed";
const parseV4 = "request_cannot_be_parsed";

/* [status, code, message, how] */
const tables = {
    v3: [
        [400, parse, "request body is not valid", () => ask("v3", "PUT", `/events/${ids.requestId}`, { body: "{" })],
        [400, parse, "request body is not valid",
            () => ask("v3", "PUT", `/events/${ids.requestId}`, { body: '{"invalid":"payload"}' })],
        [400, parse, "request body is not valid",
            () => ask("v3", "PUT", `/events/${ids.requestId}`, { body: '{"suspect":1}' })],
        ...[
            ["", "invalid limit"],
            ["limit=x", "invalid limit"],
            ["limit=1&ip_address=x", "invalid ip address"],
            ["limit=1&ip_address=192.0.2.1", "invalid ip address"],
            ["limit=1&bot=x", "invalid bot type"],
            ["limit=1&reverse=x", "invalid reverse param"],
            ["limit=1&start=x", "invalid start time"],
            ["limit=1&end=x", "invalid end time"],
            ["limit=1&visitor_id=x", "invalid visitor id"],
            [`limit=1&linked_id=${long}`, "linked_id can't be greater than 256 characters long"],
            ["limit=1&pagination_key=false", "invalid pagination key"],
            ["limit=1&vpn=x", "invalid vpn param"],
        ].map(([query, message]) => [400, parse, message, () => ask("v3", "GET", `/events/search?${query}`)]),
        [400, parse, "invalid visitor id", () => ask("v3", "DELETE", "/visitors/x")],
        [400, parse, "visitor id is required", () => ask("v3", "DELETE", "/visitors/")],
        [400, parse, "invalid visitor id", () => ask("v3", "GET", "/related-visitors?visitor_id=badVisitorId")],
        [400, parse, "visitor id is required", () => ask("v3", "GET", "/related-visitors")],
        ...[
            ["GET", `/events/${unknownEvent}`],
            ["PUT", `/events/${unknownEvent}`],
            ["GET", "/events/search?limit=1"],
            ["DELETE", `/visitors/${unknownVisitor}`],
            ["GET", `/related-visitors?visitor_id=${unknownVisitor}`],
        ].flatMap(([method, path]) => [
            [403, "TokenRequired", "secret key is required", () => ask("v3", method, path, { key: null })],
            [403, "TokenRequired", "secret key is required", () => ask("v3", method, path, { key: "" })],
            [403, "TokenNotFound", "secret key is not found", () => ask("v3", method, path, { key: "x" })],
            [403, "TokenNotFound", "secret key is not found",
                () => ask("v3", method, path, { key: whorl.publicKey })],
            [403, "WrongRegion", "wrong region", () => ask("v3", method, path, { key: keys.elsewhere })],
            [403, "SubscriptionNotActive", "forbidden", () => ask("v3", method, path, { key: keys.inactive })],
            [429, "TooManyRequests", "too many requests", () => exhaust("v3", method, path)],
        ]),
        [403, "FeatureNotEnabled", "feature not enabled",
            () => ask("v3", "DELETE", `/visitors/${unknownVisitor}`, { key: keys.small })],
        [403, "FeatureNotEnabled", "feature not enabled",
            () => ask("v3", "GET", `/related-visitors?visitor_id=${unknownVisitor}`, { key: keys.small })],
        [403, "WorkspaceScopedSecretKeyRequired", "workspace-scoped secret key is required",
            () => ask("v3", "DELETE", `/visitors/${unknownVisitor}`, { key: keys.environment })],
        [404, "RequestNotFound", "request id is not found", () => ask("v3", "GET", `/events/${unknownEvent}`)],
        [404, "RequestNotFound", "request id is not found", () => ask("v3", "GET", "/events/non-existent-request-id")],
        [404, "RequestNotFound", "request id is not found",
            () => ask("v3", "PUT", `/events/${unknownEvent}`, { body: "{}" })],
        [404, "VisitorNotFound", "visitor not found", () => ask("v3", "DELETE", `/visitors/${unknownVisitor}`)],
        [404, "VisitorNotFound", "visitor not found",
            () => ask("v3", "GET", `/related-visitors?visitor_id=${unknownVisitor}`)],
        [409, "StateNotReady", "resource is not mutable yet, try again", () => updateTwice("v3", "PUT", "/events/")],
        [429, "TooManyRequests", "too many requests", () => deleteTooMuch("v3", "/visitors/")],
        /* ours: what the table does not have, in the form that it has */
        [429, "TooManyRequests", "too many search requests",
            () => searchTooMuch("v3", "/events/search?limit=1")],
        [500, "Failed", "internal server error",
            () => ask("v3", "GET", `/events/${unknownEvent}`, { server: failing })],
        [504, "Failed", "gateway timeout", async () => {
            await identify(failing);
            return ask("v3", "GET", "/events/search?limit=1", { server: failing });
        }],
    ],
    v4: [
        [400, parseV4, "invalid event_id", () => ask("v4", "GET", "/v4/events/x")],
        [400, "ruleset_not_found", "ruleset not found",
            () => ask("v4", "GET", `/v4/events/${ids.requestId}?ruleset_id=x`)],
        [400, parseV4, "request body is not valid",
            () => ask("v4", "PATCH", `/v4/events/${ids.requestId}`, { body: '{"linkedId":"x"}' })],
        ...[
            ["limit=0", "invalid limit"],
            ["limit=101", "invalid limit"],
            ["ip_address=x", "invalid ip address"],
            ["bot=x", "invalid bot type"],
            ["reverse=x", "invalid reverse param"],
            ["start=x", "invalid start time"],
            ["end=x", "invalid end time"],
            ["visitor_id=x", "invalid visitor id"],
            [`linked_id=${long}`, "linked_id can't be greater than 256 characters long"],
            ["pagination_key=x", "invalid pagination key"],
        ].map(([query, message]) => [400, parseV4, message, () => ask("v4", "GET", `/v4/events?${query}`)]),
        [400, parseV4, "visitor id is required", () => ask("v4", "DELETE", "/v4/visitors/")],
        [400, parseV4, "invalid visitor id", () => ask("v4", "DELETE", "/v4/visitors/x")],
        [400, parseV4, 'request body contains an unknown field "unknown"',
            () => ask("v4", "POST", "/v4/edge", { body: '{"unknown":1}' })],
        [400, parseV4, "at least one of ipv4_address or ipv6_address is required",
            () => ask("v4", "POST", "/v4/edge", {
                body: '{"headers":[{"name":"a","value":"b"}],"method":"GET","url":"https://shop.example/"}',
            })],
        [400, "request_read_timeout", "request read timeout",
            () => sendRaw(whorl.port, [edgeHead(9), "{"])],
        ...[
            ["GET", `/v4/events/${unknownEvent}`],
            ["PATCH", `/v4/events/${unknownEvent}`],
            ["GET", "/v4/events"],
            ["DELETE", `/v4/visitors/${unknownVisitor}`],
            ["POST", "/v4/edge"],
        ].flatMap(([method, path]) => [
            [403, "secret_api_key_required", "secret API key in header is missing or empty",
                () => ask("v4", method, path, { key: null })],
            [403, "secret_api_key_required", "secret API key in header is missing or empty",
                () => ask("v4", method, path, { key: "" })],
            [403, "secret_api_key_not_found", "no fingerprint workspace found for specified secret API key",
                () => ask("v4", method, path, { key: "x" })],
            [403, "secret_api_key_not_found", "no fingerprint workspace found for specified secret API key",
                () => ask("v4", method, path, { key: whorl.publicKey })],
            [403, "wrong_region", "wrong region", () => ask("v4", method, path, { key: keys.elsewhere })],
            [403, "subscription_not_active", "forbidden", () => ask("v4", method, path, { key: keys.inactive })],
            [429, "too_many_requests", "too many requests", () => exhaust("v4", method, path)],
        ]),
        [403, "feature_not_enabled", "feature not enabled",
            () => ask("v4", "DELETE", `/v4/visitors/${unknownVisitor}`, { key: keys.small })],
        [404, "event_not_found", "event id not found", () => ask("v4", "GET", `/v4/events/${unknownEvent}`)],
        [404, "event_not_found", "event id not found",
            () => ask("v4", "PATCH", `/v4/events/${unknownEvent}`, { body: "{}" })],
        [404, "visitor_not_found", "visitor not found",
            () => ask("v4", "GET", `/v4/events?visitor_id=${unknownVisitor}`)],
        [404, "visitor_not_found", "visitor not found", () => ask("v4", "DELETE", `/v4/visitors/${unknownVisitor}`)],
        [409, "state_not_ready", "resource is not mutable yet, try again",
            () => updateTwice("v4", "PATCH", "/v4/events/")],
        [413, "payload_too_large", "payload too large",
            () => sendRaw(whorl.port, [edgeHead(300_000)])],
        [429, "too_many_requests", "too many requests", async () => {
            await whorl.restart(); // v3 has used the hour up
            return deleteTooMuch("v4", "/v4/visitors/");
        }],
        [429, "too_many_requests", "too many search requests", () => searchTooMuch("v4", "/v4/events")],
        [500, "failed", "internal server error",
            () => ask("v4", "GET", `/v4/events/${unknownEvent}`, { server: failing })],
        [504, "failed", "gateway timeout", async () => {
            await identify(failing);
            return ask("v4", "GET", "/v4/events", { server: failing });
        }],
    ],
};

for (const [version, rows] of Object.entries(tables)) {
    describe(`errors of ${version}`, () => {
        for (const [index, [status, code, message, how]] of rows.entries()) {
            test(`${index}: ${status} ${code} ${message}`, { timeout: 60_000 }, async () => {
                const answer = await how();
                assert.ok(answer, "it did not come");
                assertForm(answer, status, version);
                assert.deepEqual(answer.json, { error: { code, message } });
                assertSchema(answer.json, `${version}_error`, `${version} ErrorResponse`);
            });
        }
    });
}

describe("errors of v2 and of v3's visits are plain", () => {
    const visits = `/visitors/${unknownVisitor}`;
    for (const version of ["v2", "v3"]) {
        const rows = [
            [400, "bad request", () => ask(version, "GET", `${visits}?request_id=Wrong%20Request%20ID`)],
            [400, "bad request", () => ask(version, "GET", `${visits}?limit=-1`)],
            [403, "Forbidden (HTTP 403)", () => ask(version, "GET", visits, { key: "" })],
            [403, "Forbidden (HTTP 403)", () => ask(version, "GET", visits, { key: "x" })],
            [403, "Forbidden (HTTP 403)", () => ask(version, "GET", visits, { key: keys.elsewhere })],
            [403, "Forbidden (HTTP 403)", () => ask(version, "GET", visits, { key: keys.inactive })],
            [429, "too many requests", () => exhaust(version, "GET", visits)],
        ];
        for (const [status, error, how] of rows) {
            test(`${version}: ${status} ${error}`, async () => {
                const answer = await how();
                assertForm(answer, status, version);
                assert.deepEqual(answer.json, { error });
                assertSchema(answer.json, "plain_error", "v3 ErrorPlainResponse");
            });
        }
    }
    test("without any key", async () => {
        const answer = await whorl.send({ path: visits });
        assertForm(answer, 403, "v3");
        assert.deepEqual(answer.json, { error: "Forbidden (HTTP 403)" });
    });
});

describe("errors of FingerprintIQ", () => {
    const post = (body, more = {}) =>
        ask("fiq", "POST", "/v1/identify", { key: whorl.publicKey, body, ...more });
    const good = () => {
        const { body, headers } = bodies["headed-linux"]();
        return [JSON.stringify(body), headers];
    };
    const rows = [
        [400, /./, () => post("{")],
        [400, /signals/, () => post('{"timestamp":0}')],
        [401, /^Invalid or missing API key$/, () => post("{}", { key: null })],
        [401, /^Invalid or missing API key$/, () => post("{}", { key: "x" })],
        [401, /^Invalid or missing API key$/, () => post("{}", { key: whorl.secretKey })],
        [401, /./, () => ask("v4", "GET", `/v1/usage`, { key: "x" })],
        [403, /origin/, () => post("{}", { key: keys.strict, headers: [["Origin", "https://thief.example"]] })],
        [403, /not active/, () => post("{}", { key: keys["inactive-public"] })],
        [403, /region/, () => post("{}", { key: keys["elsewhere-public"] })],
        [404, /./, () => ask("fiq", "GET", `/v1/identify/${unknownVisitor}`)],
        [404, /./, () => ask("v4", "GET", `/v1/events/${unknownEvent}`)],
        [413, /./, () => sendRaw(whorl.port, [
            `POST /v1/identify HTTP/1.1\r\nHost: x\r\nX-API-Key: ${whorl.publicKey}\r\nContent-Length: 300000\r\n\r\n`,
        ])],
        [429, /^Rate limit exceeded$/, () => exhaust("fiq", "POST", "/v1/identify", "public", { body: "{}" })],
        [429, /^Monthly API call limit exceeded$/, async () => {
            const [body, headers] = good();
            for (let i = 0; i < 2; i++) {
                const answer = await post(body, { key: keys["full-public"], headers });
                if (answer.status !== 200) return answer;
            }
            return undefined;
        }],
        [500, /^internal server error$/,
            () => ask("v4", "GET", `/v1/events/${unknownEvent}`, { server: failing })],
    ];
    for (const [index, [status, pattern, how]] of rows.entries()) {
        test(`${index}: ${status} ${pattern}`, async () => {
            const answer = await how();
            assert.ok(answer, "it did not come");
            assertForm(answer, status, "fiq");
            assert.match(answer.json.error, pattern);
            const members = pattern.test("Monthly API call limit exceeded") && status === 429
                ? { error: answer.json.error, usage: 2, limit: 1 } : { error: answer.json.error };
            assert.deepEqual(answer.json, members);
        });
    }
});
