// POST /v1/identify: who may ask, from which page (CORS), and from which address.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { assertCors, assertError, assertIdentified } from "../lib/checks.mjs";
import { startWhorl } from "../lib/whorl.mjs";

const page = "https://shop.example";
const { body, headers } = bodies["headed-linux"]();

let whorl;
before(async () => {
    whorl = await startWhorl();
});
after(() => whorl?.remove());

describe("the key", () => {
    const refused = { error: "Invalid or missing API key" };

    test("is required", async () => {
        const answer = await whorl.identify(body, { headers, key: null, origin: page });
        assertError(answer, 401);
        assert.deepEqual(answer.json, refused);
        assertCors(answer, page);
    });

    test("must be known", async () => {
        for (const key of [
            "",
            "x",
            "fiq_live_0000000000",
            `${whorl.publicKey}x`,
            "\u00ff",
            "a".repeat(900),
        ]) {
            const answer = await whorl.identify(body, { headers, key, origin: page });
            assertError(answer, 401);
            assert.deepEqual(answer.json, refused);
        }
    });

    test("must be a public one", async () => {
        const answer = await whorl.identify(body, { headers, key: whorl.secretKey });
        assertError(answer, 401);
        assert.deepEqual(answer.json, refused);
    });

    test("is asked for before the body is read for faults", async () => {
        assertError(await whorl.identify("{", { headers, key: null }), 401);
    });

    test("may be named in any spelling of the header", async () => {
        const more = [...headers, ["x-aPi-kEY", whorl.publicKey]];
        assertIdentified(await whorl.identify(body, { headers: more, key: null }));
    });
});

describe("CORS", () => {
    test("a preflight is answered for the page that asks", async () => {
        const answer = await whorl.send({
            method: "OPTIONS",
            path: "/v1/identify",
            headers: [
                ["Origin", page],
                ["Access-Control-Request-Method", "POST"],
                ["Access-Control-Request-Headers", "content-type,x-api-key"],
            ],
        });
        assert.ok([200, 204].includes(answer.status), `${answer.status}`);
        assertCors(answer, page);
        const list = (name) => answer.headers[name].toLowerCase().split(/\s*,\s*/);
        assert.ok(list("access-control-allow-methods").includes("post"));
        assert.ok(list("access-control-allow-headers").includes("content-type"));
        assert.ok(list("access-control-allow-headers").includes("x-api-key"));
    });

    test("the answer names the page's own origin, cookies allowed", async () => {
        for (const origin of [page, "http://localhost:5173", "null"]) {
            const answer = await whorl.identify(body, { headers, origin });
            assertIdentified(answer);
            assertCors(answer, origin);
        }
    });

    test("without an Origin there is nothing to allow", async () => {
        const answer = await whorl.identify(body, { headers });
        assertIdentified(answer);
        assert.equal(answer.headers["access-control-allow-origin"], undefined);
    });

    test("errors can be read by the page as well", async () => {
        for (const wrong of ["{", "{}", '{"signals":5}']) {
            const answer = await whorl.identify(wrong, { headers, origin: page });
            assertError(answer, 400);
            assertCors(answer, page);
        }
        const large = JSON.stringify({ ...body, tag: "x".repeat(300 * 1024) });
        const answer = await whorl.identify(large, { headers, origin: page });
        assertError(answer, 413);
        assertCors(answer, page);
    });
});

describe("a key with a list of origins", () => {
    let key;
    before(async () => {
        const origins = [page, "https://*.shop.example", "http://localhost:5173"];
        key = await whorl.key("public", { origins });
    });
    const from = (origin) => whorl.identify(body, { headers, key, origin });

    for (const origin of [page, "https://www.shop.example", "http://localhost:5173"]) {
        test(`admits ${origin}`, async () => {
            const answer = await from(origin);
            assertIdentified(answer);
            assertCors(answer, origin);
        });
    }
    const strangers = [
        "https://shop.example.evil.example",
        "https://evilshop.example",
        "http://shop.example",
        "https://shop.example:8443",
        "http://localhost:5174",
        "null",
        "https://evil.example/https://shop.example",
    ];
    for (const origin of strangers) {
        test(`refuses ${origin}`, async () => {
            const answer = await from(origin);
            assertError(answer, 403);
            assertCors(answer, origin);
            assert.equal(answer.headers["set-cookie"], undefined);
        });
    }
});

describe("the visitor's address", () => {
    const forwarded = (...lines) => [...headers, ...lines.map((line) => ["X-Forwarded-For", line])];
    const addressOf = async (server, ...lines) =>
        assertIdentified(await server.identify(body, { headers: forwarded(...lines) })).ip;

    test("is the connection's; X-Forwarded-For counts for nothing", async () => {
        assert.equal(await addressOf(whorl, "203.0.113.7"), "127.0.0.1");
    });

    describe("behind trusted proxies", () => {
        let behind;
        before(async () => {
            const flags = ["--trusted-proxy", "127.0.0.0/8", "--trusted-proxy", "10.1.0.0/16"];
            behind = await startWhorl({ flags });
        });
        after(() => behind?.remove());

        const cases = [
            [["203.0.113.7"], "203.0.113.7"],
            [["198.51.100.1, 203.0.113.7"], "203.0.113.7"], // what the client made up is on the left
            [["203.0.113.7, 10.1.2.3"], "203.0.113.7"],
            [["198.51.100.1", "203.0.113.7, 10.1.2.3"], "203.0.113.7"], // two header lines are one list
            [["2001:db8::1"], "2001:db8::1"],
            [["::ffff:203.0.113.7"], "203.0.113.7"],
            [["10.1.2.3"], "10.1.2.3"], // proxies only: the farthest of them
        ];
        for (const [lines, address] of cases) {
            test(`X-Forwarded-For: ${lines.join(" / ")} is ${address}`, async () => {
                assert.equal(await addressOf(behind, ...lines), address);
            });
        }
        test("nonsense is no address", async () => {
            for (const line of ["unknown", "203.0.113.256", "<script>", ",,,"]) {
                assert.equal(await addressOf(behind, line), "127.0.0.1", line);
            }
        });
    });
});
