import assert from "node:assert/strict";
import { test } from "node:test";
import { post } from "../../agent/post.ts";

const urls = ["http://whorl.test/v1/identify?k=x"];
const good = '{"requestId":"req_1","visitorId":"iq_1","token":"t"}';
const never = new AbortController().signal;

const answering = (status, text) => async () => ({ status, text });
const ask = (...ways) => post(urls, "{}", never, ways);

async function rejection(promise) {
    try {
        await promise;
    } catch (error) {
        return error;
    }
    throw new Error("resolved");
}

test("sends the body and resolves with the answer", async () => {
    const seen = [];
    const answer = await ask(async (url, body) => {
        seen.push([url, body]);
        return { status: 200, text: good };
    });
    assert.deepEqual(answer, { requestId: "req_1", visitorId: "iq_1", token: "t" });
    assert.deepEqual(seen, [[urls[0], "{}"]]);
});

test("by itself it is a simple request with cookies", async () => {
    let seen;
    const before = globalThis.fetch;
    globalThis.fetch = async (url, init) => {
        seen = init;
        return new Response(good);
    };
    try {
        await post(urls, "{}", never);
        await post(urls, "x".repeat(70_000), never);
    } finally {
        globalThis.fetch = before;
    }
    assert.equal(seen.method, "POST");
    assert.equal(seen.credentials, "include");
    assert.deepEqual(seen.headers, { "Content-Type": "text/plain;charset=UTF-8" });
    assert.equal(seen.keepalive, false, "browsers refuse large bodies that outlive the page");
});

test("refusals by what to do about them, with the server's message, status and code", async () => {
    const body = (code, name) => JSON.stringify({ error: { code, message: "so", name } });
    const rows = [
        [401, body("public_api_key_not_found", "KEY_INVALID"), "key", "public_api_key_not_found"],
        [403, body("public_api_key_not_found", "ORIGIN_FORBIDDEN"), "origin", "origin"],
        [429, body("too_many_requests", "RATE_LIMITED"), "rate_limit", "too_many_requests"],
        [500, body("failed", "IO"), "api", "failed"],
        [400, '{"error":"so"}', "api", undefined],
    ];
    for (const [status, text, code, reason] of rows) {
        const error = await rejection(ask(answering(status, text)));
        assert.ok(error instanceof Error);
        assert.deepEqual([error.code, error.status, error.message, error.reason], [code, status, "so", reason]);
    }
});

test("a proxy integration's own refusal keeps its code and id", async () => {
    const error = { code: "IntegrationFailed", message: "m" };
    const text = JSON.stringify({ v: "2", error, requestId: "1700000000000.aBcDeF", products: {} });
    const { code, reason, requestId } = await rejection(ask(answering(500, text)));
    assert.deepEqual([code, reason, requestId], ["api", "IntegrationFailed", "1700000000000.aBcDeF"]);
});

test("a refusal without JSON still says something", async () => {
    const text = await rejection(ask(answering(502, "Bad gateway")));
    assert.deepEqual([text.code, text.status, text.message], ["api", 502, "Bad gateway"]);
    const empty = await rejection(ask(answering(500, "")));
    assert.deepEqual([empty.code, empty.message], ["api", "status 500"]);
});

test("a 200 that is no identification is an error", async () => {
    for (const body of ["<html>", "null", "{}", "[]", "7"]) {
        const error = await rejection(ask(answering(200, body)));
        assert.deepEqual([error.code, error.reason], ["api", "bad_response_format"], body);
    }
});

test("without a connection each endpoint is tried in turn, then all once more another way", async () => {
    const seen = [];
    const failing = (way) => async (url) => {
        seen.push(`${way} ${url}`);
        throw new TypeError("no connection");
    };
    const error = await rejection(post(["http://a/", "http://b/"], "{}", never, [failing("1"), failing("2")]));
    assert.deepEqual([error.code, error.message], ["network", "no connection"]);
    assert.deepEqual(seen, ["1 http://a/", "1 http://b/", "2 http://a/", "2 http://b/"]);
    const second = await ask(failing("1"), answering(200, good));
    assert.equal(second.requestId, "req_1");
});

test("a request that somebody stops is told from a network that fails", async () => {
    const stopped = () => Promise.reject(new DOMException("stopped", "AbortError"));
    const { code, reason } = await rejection(ask(stopped, stopped));
    assert.deepEqual([code, reason], ["network", "network_abort"]);
    assert.equal((await rejection(ask(stopped, () => Promise.reject(undefined)))).reason, undefined);
});

test("a refusal is not asked again", async () => {
    let asked = 0;
    const refusing = async () => (asked++, { status: 500, text: "no" });
    await rejection(ask(refusing, refusing));
    assert.equal(asked, 1);
});

test("no answer in time is a timeout, and no other way is tried", async () => {
    const silent = (url, body, signal) =>
        new Promise((resolve, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    const second = () => assert.fail("asked again");
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 5);
    const error = await rejection(post(urls, "{}", abort.signal, [silent, second]));
    assert.equal(error.code, "timeout");
});

test("a body that is made for each try is made anew for the next one", async () => {
    const sent = [];
    let made = 0;
    const lost = (_url, body) => (sent.push(body), Promise.reject(new Error("lost")));
    const arrives = (_url, body) => (sent.push(body), Promise.resolve({ status: 200, text: good }));
    await post(["http://a/"], () => `${(made += 1)}`, never, [lost, arrives]);
    assert.deepEqual(sent, ["1", "2"]);
});
