// Identifications that a site's own proxy passes on, as Fingerprint's proxy integrations write them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { assertSchema } from "../lib/checks.mjs";
import { startWhorl } from "../lib/whorl.mjs";

let whorl;
let proxyKey;
before(async () => {
    whorl = await startWhorl();
    proxyKey = await whorl.key("proxy");
});
after(() => whorl?.remove());

const address = "198.51.100.7";

/* As the proxies send it: one cookie at most, and an ii value of their own. */
function passOn(headers, { cookie, key = whorl.publicKey, dialect = "v3" } = {}) {
    const body = { ...bodies["headed-linux"]().body, agent: { version: "0.1.0", dialect, extended: true } };
    const all = [["Content-Type", "text/plain"], ["Origin", "https://shop.example"], ...headers];
    if (cookie) all.push(["Cookie", cookie]);
    const path = `/?ci=js/0.1.0&k=${key}&ii=fingerprintjs-pro-cloudflare/1.0/ingress`;
    return whorl.send({ method: "POST", path, headers: all, body: JSON.stringify(body) });
}

const withSecret = (secret, ip = address) => [
    ["FPJS-Proxy-Secret", secret],
    ["FPJS-Proxy-Client-IP", ip],
    ["FPJS-Proxy-Forwarded-Host", "shop.example"],
];

test("with the secret the visitor has the address that the proxy names", async () => {
    for (const ip of [address, "2001:db8::7"]) {
        const answer = await passOn(withSecret(proxyKey, ip));
        assert.equal(answer.status, 200);
        assert.equal(answer.json.result.ip, ip);
        assert.match(answer.headers["set-cookie"][0], /^_iidt=.*SameSite=None; Secure$/, "the page is on https");
    }
});

test("the one cookie that proxies pass on is enough to be known again", async () => {
    const first = await passOn(withSecret(proxyKey));
    const [cookie] = first.headers["set-cookie"][0].split(";");
    const second = await passOn(withSecret(proxyKey), { cookie });
    assert.equal(second.json.result.visitorId, first.json.result.visitorId);
    assert.equal(second.json.result.visitorFound, true);
});

test("without a secret the headers say nothing", async () => {
    const answer = await passOn([["FPJS-Proxy-Client-IP", address]]);
    assert.equal(answer.json.result.ip, "127.0.0.1");
});

test("a wrong secret, a missing or bad address, a proxy key of others: the documented texts", async () => {
    const other = await whorl.key("secret");
    const rows = [
        [withSecret("wrong"), 403, "Invalid proxy integration secret"],
        [withSecret(other), 403, "Invalid proxy integration secret"],
        [withSecret(""), 403, "Invalid proxy integration secret"],
        [[["FPJS-Proxy-Secret", proxyKey]], 400, "Invalid proxy integration headers"],
        [withSecret(proxyKey, "1.2.3"), 400, "Invalid proxy integration headers"],
    ];
    for (const [headers, status, message] of rows) {
        const answer = await passOn(headers);
        assert.deepEqual([answer.status, answer.json.error.message], [status, message]);
    }
});

test("what stands between page and agent is kept, and shown in both versions", async () => {
    const integrations = async (query) => {
        const body = { ...bodies["headed-linux"]().body, agent: { version: "0.1.0", dialect: "v4" } };
        const headers = [["Content-Type", "text/plain"], ["Origin", "https://shop.example"]];
        const path = `/?ci=js/0.1.0&k=${whorl.publicKey}${query}`;
        const { json } = await whorl.send({ method: "POST", path, headers, body: JSON.stringify(body) });
        const id = json.result.event_id;
        const four = await whorl.get(`/v4/events/${id}`, { auth: "bearer" });
        assertSchema(four.json, "v4_event", "v4 Event");
        const three = await whorl.get(`/events/${id}`, { auth: "header" });
        assertSchema(three.json, "v3_event", "v3 EventsGetResponse");
        assert.deepEqual(three.json.products.identification.data.sdk, four.json.sdk);
        return four.json.sdk.integrations;
    };
    const next = { name: "next", version: "15.1" };
    const react = { name: "fingerprintjs-pro-react", version: "2.6.3", subintegration: next };
    const proxy = { name: "fingerprintjs-pro-cloudflare", version: "1.0", subintegration: { name: "ingress" } };
    const query = "&ii=fingerprintjs-pro-react%2F2.6.3/next/15.1&ii=fingerprintjs-pro-cloudflare/1.0/ingress";
    assert.deepEqual(await integrations(query), [react, proxy]);
    assert.deepEqual(await integrations("&ii=%22%C3%A4%22"), [{ name: '"ä"' }]);
    assert.deepEqual(await integrations("&ii=a//b&ii=c///"), [
        { name: "a", subintegration: { name: "b" } },
        { name: "c" },
    ]);
    assert.equal(await integrations(""), undefined);
    assert.equal(await integrations(`&ii=&ii=/x&ii=${"x".repeat(201)}`), undefined);
    assert.equal((await integrations("&ii=a/1".repeat(20))).length, 8);
});

test("the secret is not kept with the event", async () => {
    const { json } = await passOn(withSecret(proxyKey));
    const event = await whorl.get(`/v4/events/${json.result.requestId}`, { auth: "bearer" });
    assert.ok(!event.text.includes(proxyKey));
    const signals = await whorl.get(`/v1/events/${json.result.requestId}`, { auth: "bearer" });
    assert.equal(signals.status, 200);
    assert.ok(!/fpjs-proxy|FPJS-Proxy/.test(signals.text.replace("fpjs-proxy-client-ip", "")), "no such header");
});
