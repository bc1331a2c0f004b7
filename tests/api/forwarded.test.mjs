// Requests that proxies pass on: which address counts, which scheme the cookie follows, and whose
// fingerprints the event keeps.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { assertIdentified } from "../lib/checks.mjs";
import { freePort, startWhorl } from "../lib/whorl.mjs";

const { body, headers } = bodies["headed-linux"]();
const proxies = ["--trusted-proxy", "127.0.0.1", "--trusted-proxy", "10.0.0.0/8"];
const ja3 = "0123456789abcdef0123456789abcdef";
const http2 = "1:65536;2:0;4:6291456;6:262144|15663105|0|m,a,s,p";
const ja4 = "t13d1517h2_8daaf6152771_cb7bf5808d99";

/* The event of an identification with these headers beside the browser's, and its cookie. */
async function identified(whorl, more) {
    const answer = await whorl.identify(body, { headers: [...headers, ...more] });
    const { requestId, ip } = assertIdentified(answer);
    const event = await whorl.get(`/v1/events/${requestId}`, { auth: "bearer" });
    assert.equal(event.status, 200, event.text);
    const [cookie] = answer.headers["set-cookie"];
    return { ip, cookie, server: event.json.signals.server };
}

describe("behind a trusted proxy", () => {
    let whorl;
    before(async () => {
        whorl = await startWhorl({ flags: proxies });
    });
    after(() => whorl?.remove());

    test("X-Forwarded-For is walked through trusted proxies only", async () => {
        const chain = "9.9.9.9, 198.51.100.4, 10.1.2.3";
        const seen = await identified(whorl, [["X-Forwarded-For", chain]]);
        assert.equal(seen.ip, "198.51.100.4");
        assert.equal(seen.server.connection.addressFrom, "x-forwarded-for");
    });

    test("Forwarded is too, with quoted IPv6 and in several lines", async () => {
        const seen = await identified(whorl, [
            ["Forwarded", 'for="9.9.9.9'], // a client's, with a quotation mark left open
            ["forwarded", 'for="[2001:db8::5]:4711";proto=https, For=10.1.2.3'],
        ]);
        assert.equal(seen.ip, "2001:db8::5");
        assert.equal(seen.server.connection.addressFrom, "forwarded");
    });

    test("a hidden client leaves the proxy's address", async () => {
        const seen = await identified(whorl, [["Forwarded", "for=_hidden"]]);
        assert.equal(seen.ip, "127.0.0.1");
        assert.equal(seen.server.connection.addressFrom, "connection");
    });

    test("the cookie follows what the client speaks", async () => {
        const from = ["X-Forwarded-For", "198.51.100.4"];
        const https = await identified(whorl, [from, ["X-Forwarded-Proto", "https"]]);
        assert.match(https.cookie, /; SameSite=None; Secure$/);
        const http = await identified(whorl, [from, ["X-Forwarded-Proto", "http"]]);
        assert.match(http.cookie, /; SameSite=Lax$/);
        const forwarded = await identified(whorl, [["Forwarded", "for=1.2.3.4;proto=https"]]);
        assert.match(forwarded.cookie, /; SameSite=None; Secure$/);
    });

    test("the connection's own facts are the proxy's, unless it passes on the client's", async () => {
        const seen = await identified(whorl, [
            ["X-Forwarded-For", "198.51.100.4"],
            ["X-JA3-Fingerprint", ja3],
            ["Cf-Ja4", ja4],
            ["X-HTTP2-Fingerprint", http2],
        ]);
        assert.ok(JSON.stringify(seen.server).includes(JSON.stringify(http2)));
        assert.equal(seen.server.tls?.ja3, ja3);
        assert.equal(seen.server.tls?.ja4, ja4);
        assert.equal(seen.server.connection.headerOrder, undefined);
        const nothing = await identified(whorl, [["X-JA4-Fingerprint", "<script>"]]);
        assert.equal(nothing.server.tls, undefined);
    });

    test("no demo for what a proxy passes on", async () => {
        const demo = await startWhorl({ flags: ["--demo"] });
        try {
            assert.equal((await demo.get("/demo")).status, 200);
            const headers = [["X-Forwarded-For", "198.51.100.4"]];
            assert.equal((await demo.get("/demo", { headers })).status, 403);
        } finally {
            await demo.remove();
        }
    });
});

describe("without a trusted proxy", () => {
    let whorl;
    before(async () => {
        whorl = await startWhorl();
    });
    after(() => whorl?.remove());

    test("nothing that a client writes is believed", async () => {
        const seen = await identified(whorl, [
            ["X-Forwarded-For", "198.51.100.4"],
            ["Forwarded", "for=198.51.100.4;proto=https"],
            ["X-Forwarded-Proto", "https"],
            ["X-JA4-Fingerprint", ja4],
        ]);
        assert.equal(seen.ip, "127.0.0.1");
        assert.match(seen.cookie, /; SameSite=Lax$/);
        assert.equal(seen.server.tls, undefined);
    });

    test("order and spelling of the headers are the client's", async () => {
        const first = await identified(whorl, [["Cookie", "a=b"]]);
        const again = await identified(whorl, []);
        const other = await identified(whorl, [["DNT", "1"]]);
        const lower = await identified(whorl, [["dnt", "1"]]);
        assert.match(first.server.connection.headerOrder, /^11_\d+_[0-9a-f]{16}$/);
        assert.equal(again.server.connection.headerOrder, first.server.connection.headerOrder);
        assert.notEqual(other.server.connection.headerOrder, first.server.connection.headerOrder);
        assert.notEqual(lower.server.connection.headerOrder, other.server.connection.headerOrder);
    });
});

describe("the self-check of addresses", () => {
    const browsers = ["A/1", "B/2", "C/3"];
    async function check(flags, visits) {
        const admin = await freePort();
        const whorl = await startWhorl({ flags: ["--admin-listen", `127.0.0.1:${admin}`, ...flags] });
        try {
            for (const [agent, more] of visits) {
                assertIdentified(await whorl.identify(body, { headers: [["User-Agent", agent], ...more] }));
            }
            const seen = await whorl.send({ port: admin, path: "/clients" });
            assert.equal(seen.status, 200, seen.text);
            assert.equal((await whorl.get("/clients")).status, 404, "not for the public");
            return { seen: seen.json, log: whorl.log };
        } finally {
            await whorl.remove();
        }
    }
    const from = (address) => [["X-Forwarded-For", address]];

    test("a proxy that is not trusted is named, with what to do, once in the log", async () => {
        const visits = browsers.map((agent) => [agent, from("198.51.100.4")]);
        const { seen, log } = await check([], visits);
        const advice = /a proxy at 127\.0\.0\.1 sends .* Add --trusted-proxy 127\.0\.0\.1 if it is yours/;
        assert.equal(seen.finding, "proxy_untrusted");
        assert.match(seen.advice, advice);
        assert.equal(log.match(new RegExp(advice, "g"))?.length, 1);
        assert.deepEqual(seen.networks, [{ network: "127.0.0.0/24", count: 3 }]);
    });

    test("all visitors with one address", async () => {
        const visits = Array.from({ length: 40 }, (_, i) => [browsers[i % 3], from("198.51.100.4")]);
        const { seen, log } = await check(["--trusted-proxy", "127.0.0.1"], visits);
        assert.equal(seen.finding, "one_address");
        assert.match(seen.advice, /of the last 40 visitors have one address, in 198\.51\.100\.0\/24/);
        assert.match(log, /visitors have one address/);
        assert.ok(!JSON.stringify(seen).includes("198.51.100.4"), "no whole address of a client");
    });

    test("all is well", async () => {
        const visits = Array.from({ length: 40 }, (_, i) => [browsers[i % 3], from(`198.51.${i}.4`)]);
        const { seen, log } = await check(["--trusted-proxy", "127.0.0.0/8", "--trusted-proxy", "fd00::/8"], visits);
        assert.deepEqual([seen.finding, seen.advice, seen.addresses], ["fine", null, 40]);
        assert.deepEqual(seen.trustedProxies, ["127.0.0.0/8", "fd00::/8"]);
        assert.equal(seen.from["x-forwarded-for"], 40);
        assert.doesNotMatch(log, /warn *clients/);
    });
});

test("--forwarded-header says which list the proxies write", async () => {
    const both = [["X-Forwarded-For", "198.51.100.4"], ["Forwarded", "for=203.0.113.9"]];
    const whorl = await startWhorl({ flags: [...proxies, "--forwarded-header", "forwarded"] });
    try {
        assert.equal((await identified(whorl, both)).ip, "203.0.113.9");
    } finally {
        await whorl.remove();
    }
    await assert.rejects(startWhorl({ flags: ["--forwarded-header", "x-real-ip"] }), /not x-real-ip/);
});
