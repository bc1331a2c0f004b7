// POST /v4/edge: who is behind a request that somebody else received.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { assertSchema, patterns } from "../lib/checks.mjs";
import { sendRaw } from "../lib/http.mjs";
import { sdk7 } from "../lib/sdks.mjs";
import { startWhorl } from "../lib/whorl.mjs";

const googlebot =
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const request = {
    headers: [
        { name: "Host", value: "shop.example" },
        { name: "User-Agent", value: googlebot },
        { name: "Accept", value: "*/*" },
        { name: "Cookie", value: "" },
    ],
    method: "POST",
    url: "https://shop.example/login?foo=bar",
    ipv4_address: "192.0.2.7",
};

let whorl;
let list;
before(async () => {
    whorl = await startWhorl({ keys: false, flags: ["--test-clock"] });
    list = join(whorl.data, "google.txt");
    await writeFile(list, "66.249.64.0/19\n");
    whorl.flags.push("--list", `goodbot:Googlebot=${list}`);
    await whorl.restart();
    whorl.secretKey = await whorl.key("secret");
});
after(() => whorl?.remove());

const post = (body, { key = whorl.secretKey, headers = [] } = {}) =>
    whorl.send({
        method: "POST",
        path: "/v4/edge?ii=test%2F1",
        headers: [["Authorization", `Bearer ${key}`], ...headers],
        body: typeof body === "string" ? body : JSON.stringify(body),
    });
async function edge(body) {
    const answer = await post(body);
    assert.equal(answer.status, 200, answer.text);
    assertSchema(answer.json, "v4_edge", "v4 EdgeResponse");
    return answer.json;
}
function assertRefused(answer, status, code, message) {
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.headers["content-type"], /^application\/json/);
    assert.deepEqual(answer.json, { error: { code, message } });
}

describe("an answer", () => {
    test("says who the bot is and whether that is so", async () => {
        const real = await edge({ ...request, ipv4_address: "66.249.66.1" });
        assert.deepEqual([real.bot_info.name, real.bot_info.identity], ["Googlebot", "verified"]);
        const fake = await edge(request);
        assert.deepEqual([fake.bot_info.name, fake.bot_info.identity], ["Googlebot", "spoofed"]);
        const person = {
            name: "User-Agent",
            value: "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
        };
        assert.ok(!("bot_info" in (await edge({ ...request, headers: [person] }))));
    });

    test("is an event of v4, and of no other dialect", async () => {
        const tags = { user: 7, nested: { a: [1, null, "ü"] } };
        const made = await edge({ ...request, linked_id: "order-1", tags });
        assert.match(made.event_id, patterns.request);
        assert.equal(made.source, "edge");
        assert.deepEqual([made.linked_id, made.tags, made.url], ["order-1", tags, request.url]);
        assert.deepEqual(made.ip_info, { v4: { address: "192.0.2.7" } });
        const event = await whorl.get(`/v4/events/${made.event_id}`, { auth: "bearer" });
        assert.deepEqual(event.json, made);
        assertSchema(event.json, "v4_edge", "v4 Event");
        assert.equal((await sdk7(whorl).getEvent(made.event_id)).source, "edge");
        assert.equal((await whorl.get(`/events/${made.event_id}`, { auth: "header" })).status, 404);
        assert.equal((await whorl.get(`/v1/events/${made.event_id}`, { auth: "bearer" })).status, 404);
        await whorl.restart();
        const again = await whorl.get(`/v4/events/${made.event_id}`, { auth: "bearer" });
        assert.deepEqual(again.json, made);
    });

    test("tells of both addresses", async () => {
        const both = await edge({ ...request, ipv6_address: "2001:db8::1" });
        assert.deepEqual(both.ip_info, {
            v4: { address: "192.0.2.7" },
            v6: { address: "2001:db8::1" },
        });
        const { ipv4_address: _, ...rest } = request;
        const six = await edge({ ...rest, ipv6_address: "2001:DB8:0::1" });
        assert.deepEqual(six.ip_info, { v6: { address: "2001:db8::1" } });
        const mapped = await edge({ ...rest, ipv6_address: "::ffff:192.0.2.9" });
        assert.deepEqual(mapped.ip_info, { v4: { address: "192.0.2.9" } });
    });

    test("of a member given twice the last counts, and nothing else", async () => {
        const { headers, ...rest } = request;
        const many = Array.from({ length: 200 }, () => ({ name: "User-Agent", value: "curl/8.0" }));
        const twice = `{"headers":${JSON.stringify(many)},"headers":${JSON.stringify(headers)},`;
        const answer = await post(twice + JSON.stringify(rest).slice(1));
        assert.equal(answer.status, 200, answer.text);
        assert.equal(answer.json.bot_info.name, "Googlebot");
    });

    test("an environment's key makes events of that environment", async () => {
        const key = await whorl.key("secret", { environment: "edge" });
        const { event_id } = (await post(request, { key })).json;
        const read = (asking) => whorl.get(`/v4/events/${event_id}`, { auth: "bearer", key: asking });
        assert.equal((await read(key)).status, 200);
        assert.equal((await read(whorl.secretKey)).status, 200);
        assert.equal((await read(await whorl.key("secret", { environment: "x" }))).status, 404);
    });
});

describe("a request that is refused", () => {
    const invalid = "request body is not valid";
    const cases = {
        "no JSON": ["{", invalid],
        "no object": ["[]", invalid],
        "an empty body": ["", invalid],
        "an unknown field": [{ ...request, unknown: 1 }, 'request body contains an unknown field "unknown"'],
        "no address": [
            { ...request, ipv4_address: undefined },
            "at least one of ipv4_address or ipv6_address is required",
        ],
        "no headers": [{ ...request, headers: undefined }, invalid],
        "an empty list of headers": [{ ...request, headers: [] }, invalid],
        "headers as an object": [{ ...request, headers: { a: "b" } }, invalid],
        "a header with more": [{ ...request, headers: [{ name: "a", value: "b", x: 1 }] }, invalid],
        "a header without a value": [{ ...request, headers: [{ name: "a" }] }, invalid],
        "no method": [{ ...request, method: undefined }, invalid],
        "a method that is no text": [{ ...request, method: 1 }, invalid],
        "no url": [{ ...request, url: undefined }, invalid],
        "a relative url": [{ ...request, url: "/login" }, invalid],
        "another scheme": [{ ...request, url: "ftp://shop.example/" }, invalid],
        "a url with a fragment": [{ ...request, url: "https://shop.example/#x" }, invalid],
        "a url without a host": [{ ...request, url: "https:///x" }, invalid],
        "no IPv4 address": [{ ...request, ipv4_address: "300.1.1.1" }, invalid],
        "IPv6 as IPv4": [{ ...request, ipv4_address: "::1" }, invalid],
        "IPv4 as IPv6": [{ ...request, ipv6_address: "192.0.2.1" }, invalid],
        "a linked id of 257": [{ ...request, linked_id: "ü".repeat(257) }, invalid],
        "tags as an array": [{ ...request, tags: [1] }, invalid],
        "tags over 16 kB": [{ ...request, tags: { a: "x".repeat(17_000) } }, invalid],
    };
    for (const [what, [body, message]] of Object.entries(cases)) {
        test(what, async () => {
            assertRefused(await post(body), 400, "request_cannot_be_parsed", message);
        });
    }

    test("without a key, with a wrong one, or too large", async () => {
        const none = await whorl.send({ method: "POST", path: "/v4/edge", body: JSON.stringify(request) });
        assertRefused(none, 403, "secret_api_key_required", "secret API key in header is missing or empty");
        assertRefused(
            await post(request, { key: "x" }),
            403,
            "secret_api_key_not_found",
            "no fingerprint workspace found for specified secret API key",
        );
        const large = await post("x".repeat(300 * 1024)).catch((error) => error);
        assertRefused(large, 413, "payload_too_large", "payload too large");
    });

    test("a feature that is off", async () => {
        await whorl.run("workspace", "set", "default", "--disable", "edge", "--data", whorl.data);
        assertRefused(await post(request), 403, "feature_not_enabled", "feature not enabled");
        await whorl.run("workspace", "set", "default", "--enable", "edge", "--data", whorl.data);
        assert.equal((await post(request)).status, 200);
    });

    test("a body that does not arrive", { timeout: 15_000 }, async () => { // 5 s, where others have 20
        const head = `POST /v4/edge HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${whorl.secretKey}\r\n`;
        const answer = await sendRaw(whorl.port, [`${head}Content-Length: 100\r\n\r\n{`]);
        assertRefused(answer, 400, "request_read_timeout", "request read timeout");
    });
});
