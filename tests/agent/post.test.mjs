import assert from "node:assert/strict";
import { test } from "node:test";
import { post } from "../../agent/post.ts";

const to = { url: "http://whorl.test/v1/identify", key: "fiq_live_x" };

function answering(status, body) {
    return async () => new Response(body, { status });
}

async function rejection(promise) {
    try {
        await promise;
    } catch (error) {
        return error;
    }
    throw new Error("resolved");
}

test("sends JSON with the key and cookies, and resolves with the answer", async () => {
    let seen;
    const send = async (url, init) => {
        seen = { url, init };
        return new Response('{"requestId":"req_1","visitorId":"iq_1","token":"t"}');
    };
    const answer = await post(to, { signals: {} }, 1000, send);
    assert.deepEqual(answer, { requestId: "req_1", visitorId: "iq_1", token: "t" });
    assert.equal(seen.url, to.url);
    assert.equal(seen.init.method, "POST");
    assert.equal(seen.init.credentials, "include");
    assert.deepEqual(seen.init.headers, {
        "Content-Type": "application/json",
        "X-API-Key": "fiq_live_x",
    });
    assert.equal(seen.init.body, '{"signals":{}}');
});

test("a refusal carries the server's message and status", async () => {
    const message = "Invalid or missing API key";
    const refusal = answering(401, JSON.stringify({ error: message }));
    const error = await rejection(post(to, {}, 1000, refusal));
    assert.ok(error instanceof Error);
    assert.deepEqual([error.code, error.status, error.message], ["api", 401, message]);
});

test("a refusal without JSON still says something", async () => {
    const text = await rejection(post(to, {}, 1000, answering(502, "Bad gateway")));
    assert.deepEqual([text.code, text.status, text.message], ["api", 502, "Bad gateway"]);
    const empty = await rejection(post(to, {}, 1000, answering(500, "")));
    assert.deepEqual([empty.code, empty.message], ["api", "status 500"]);
});

test("a 200 that is no identification is an error", async () => {
    for (const body of ["<html>", "null", "{}", '{"requestId":"req_1"}']) {
        const error = await rejection(post(to, {}, 1000, answering(200, body)));
        assert.equal(error.code, "api", body);
    }
});

test("no connection is a network error", async () => {
    const refused = async () => {
        throw new TypeError("Failed to fetch");
    };
    const error = await rejection(post(to, {}, 1000, refused));
    assert.deepEqual([error.code, error.message], ["network", "Failed to fetch"]);
});

test("no answer in time is a timeout", async () => {
    const silent = (url, { signal }) =>
        new Promise((resolve, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason));
        });
    const error = await rejection(post(to, {}, 1, silent));
    assert.equal(error.code, "timeout");
});

test("a body that cannot be JSON is the caller's error", async () => {
    const circle = {};
    circle.self = circle;
    const error = await rejection(post(to, circle, 1000, answering(200, "{}")));
    assert.ok(error instanceof TypeError);
    assert.equal(error.code, undefined);
});
