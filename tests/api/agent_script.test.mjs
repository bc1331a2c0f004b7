// The agent's scripts as the server hands them out: whose they are, in which coding, for how long, below
// which paths; and what an agent is answered in each of its dialects.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import vm from "node:vm";
import zlib from "node:zlib";

import { bodies } from "../bodies/bodies.mjs";
import { startWhorl } from "../lib/whorl.mjs";

const key = "pk_Some-key_1";
const scripts = [
    `/agent/${key}.js`, `/agent/${key}.mjs`, `/web/v3/${key}/loader_v3.12.15.js`, `/web/v3/${key}`,
    `/v3/${key}/loader_v3.9.8_e1_noworker.js`, `/web/v3/${key}/iife.min.js`, `/web/v4/${key}?ci=jsl/4.1.5`,
];

let whorl;
before(async () => {
    whorl = await startWhorl({ flags: ["--ingress-path", "/k3/x/"] });
});
after(() => whorl?.remove());

const get = (path, headers = []) => whorl.send({ path, headers });
const config = (text) => JSON.parse(/whorlConfig=(\{[^}]*\})/.exec(text)[1]);
const bytesOf = (answer) => answer.bytes;

test("every script holds the key that was asked for, known or not, with the headers browsers need", async () => {
    for (const path of scripts) {
        const answer = await get(path);
        assert.equal(answer.status, 200, path);
        const text = bytesOf(answer).toString();
        assert.equal(config(text).key, key, path);
        assert.equal(answer.headers["content-type"], "text/javascript; charset=utf-8");
        assert.equal(answer.headers["access-control-allow-origin"], "*");
        assert.equal(answer.headers["cross-origin-resource-policy"], "cross-origin");
        assert.equal(answer.headers["x-content-type-options"], "nosniff");
        assert.equal(answer.headers["cache-control"], "public, max-age=3600, s-maxage=60", path);
        const syntax = /mjs|v4|v3\/[^/]*$/.test(path) ? `async()=>{${text.replace(/import\.meta\.url/g, "0").replace(/export\s*\{[^}]*\};?/g, "")}}` : text;
        assert.doesNotThrow(() => new vm.Script(syntax), path);
    }
});

test("gzip and Brotli give the same bytes as no coding, whatever the key", async () => {
    for (const path of scripts) {
        for (const owner of [key, "x", "y".repeat(64)]) {
            const target = path.replace(key, owner);
            const plain = bytesOf(await get(target));
            for (const [coding, open] of [["gzip", zlib.gunzipSync], ["br", zlib.brotliDecompressSync]]) {
                const answer = await get(target, [["Accept-Encoding", `${coding};q=0.8, identity`]]);
                assert.equal(answer.headers["content-encoding"], coding);
                assert.ok(open(bytesOf(answer)).equals(plain), `${coding} ${target}`);
            }
        }
    }
    const refused = await get(scripts[0], [["Accept-Encoding", "br;q=0, gzip;q=0.0"]]);
    assert.equal(refused.headers["content-encoding"], undefined);
    assert.equal(refused.headers.vary, "Accept-Encoding");
});

test("no script weighs more than 26 kB gzipped", async () => {
    for (const path of scripts) {
        const { bytes } = await get(path, [["Accept-Encoding", "gzip"]]);
        assert.ok(bytes.length <= 26_000, `${path}: ${bytes.length}`);
    }
});

test("who has a script is told so; another key is another script", async () => {
    const { headers } = await get(scripts[0]);
    const again = await get(scripts[0], [["If-None-Match", `"other", ${headers.etag}`]]);
    assert.equal(again.status, 304);
    assert.equal(bytesOf(again).length, 0);
    const other = await get(scripts[0].replace(key, "another"), [["If-None-Match", headers.etag]]);
    assert.equal(other.status, 200);
});

test("a URL that names the version may be kept for ever, any other version may not", async () => {
    const text = bytesOf(await get(scripts[0])).toString();
    const [, version] = /"(\d+\.\d+\.\d+)"/.exec(text);
    const kept = await get(`/agent/${key}.js?v=${version}`);
    assert.equal(kept.headers["cache-control"], "public, max-age=31536000, immutable");
    const wrong = await get(`/agent/${key}.js?v=99.0.0`);
    assert.match(wrong.headers["cache-control"], /max-age=3600/);
});

test("hostile keys and files that are none: 404", async () => {
    const hostile = ["</script>", "a%22b", "..%2f..", "%2e%2e", "a'b", "x".repeat(65), "", "a%00b", "a b"];
    for (const one of hostile) {
        const encoded = encodeURI(decodeURI(one));
        for (const path of [`/agent/${encoded}.js`, `/web/v4/${encoded}`, `/web/v3/${encoded}/loader_v3.js`]) {
            const { status } = await get(path.replaceAll(" ", "%20"));
            assert.equal(status, 404, path);
        }
    }
    for (const path of [`/web/v3/${key}/other.js`, `/web/v3/${key}/loader_v3/x.js`, `/agent/${key}`, `/web/v4/${key}/x`]) {
        assert.equal((await get(path)).status, 404, path);
    }
});

test("all of it works below any path", async () => {
    for (const path of scripts) {
        const plain = bytesOf(await get(path));
        assert.ok(bytesOf(await get(`/shop/deep${path}`)).equals(plain), path);
    }
    const headers = [["Content-Type", "text/plain"]];
    const body = JSON.stringify({ ...bodies["headed-linux"]().body, agent: { version: "0.1.0", dialect: "v4" } });
    for (const path of ["/", "/shop", "/shop/v1/identify", "/k3/x", "/k3/x/"]) {
        const answer = await whorl.send({ method: "POST", path: `${path}?ci=js/0.1.0&k=${whorl.publicKey}`, headers, body });
        assert.equal(answer.status, 200, path);
        assert.match(answer.json.result.event_id, /^\d{13}\.[A-Za-z0-9]{6}$/);
    }
    assert.equal((await whorl.send({ method: "POST", path: "/shop", headers, body })).status, 404);
    assert.equal((await get("/shop/v4/events/x")).status, 404);
});

test("the operator's path holds the script, and scripts post there", async () => {
    const own = bytesOf(await get(`/k3/x/${key}.js`)).toString();
    assert.equal(new URL(config(own).endpoint, `https://h/shop/k3/x/${key}.js`).href, "https://h/shop/k3/x");
    for (const path of scripts) {
        const { endpoint } = config(bytesOf(await get(path)).toString());
        assert.equal(new URL(endpoint, `https://h/shop${path}`).href, "https://h/shop/k3/x", path);
    }
});

const post = (agent, query = `k=${whorl.publicKey}`, headers = []) =>
    whorl.send({
        method: "POST",
        path: `/?ci=js/0.1.0&${query}`,
        headers: [["Content-Type", "text/plain"], ["Origin", "https://shop.example"], ...headers],
        body: JSON.stringify({ ...bodies["headed-linux"]().body, agent: { version: "0.1.0", ...agent } }),
    });

test("v3: the plain and the extended result", async () => {
    const { json } = await post({ dialect: "v3" });
    assert.deepEqual(Object.keys(json).sort(), ["result", "token"]);
    assert.deepEqual(Object.keys(json.result).sort(), ["confidence", "requestId", "visitorFound", "visitorId"]);
    assert.match(json.result.visitorId, /^[A-Za-z0-9]{20}$/);
    const extended = (await post({ dialect: "v3", extended: true }, undefined, [["Cookie", `_iidt=${json.token}`]])).json.result;
    assert.equal(extended.visitorId, json.result.visitorId);
    assert.equal(extended.visitorFound, true);
    assert.equal(extended.ip, "127.0.0.1");
    for (const name of ["browserName", "browserVersion", "device", "os", "osVersion"]) {
        assert.equal(typeof extended[name], "string", name);
    }
    assert.equal(typeof extended.incognito, "boolean");
    assert.match(extended.firstSeenAt.subscription, /^\d{4}-\d\d-\d\dT/);
    assert.match(extended.lastSeenAt.global, /^\d{4}-\d\d-\d\dT/);
});

test("an event of the agent is found by the Server API", async () => {
    const { json } = await post({ dialect: "v4" });
    const event = await whorl.get(`/v4/events/${json.result.event_id}`, { auth: "bearer" });
    assert.equal(event.json.identification.visitor_id, json.result.visitor_id);
});

test("our own form, extended", async () => {
    const { json } = await post({ extended: true });
    assert.match(json.requestId, /^req_/);
    assert.equal(json.extended.ip, "127.0.0.1");
    assert.equal((await post({})).json.extended, undefined);
});

test("refusals: code, text and name, readable by the page", async () => {
    const restricted = await whorl.key("public", { origins: ["https://other.example"] });
    const rows = [
        ["k=nobody", 401, "public_api_key_not_found", "KEY_INVALID"],
        ["", 401, "public_api_key_not_found", "KEY_INVALID"],
        [`k=${restricted}`, 403, "public_api_key_not_found", "ORIGIN_FORBIDDEN"],
    ];
    for (const [query, status, code, name] of rows) {
        const answer = await post({ dialect: "v3" }, query);
        assert.equal(answer.status, status);
        assert.equal(answer.json.error.code, code);
        assert.equal(answer.json.error.name, name);
        assert.equal(typeof answer.json.error.message, "string");
        assert.match(answer.json.requestId, /^\d{13}\.[A-Za-z0-9]{6}$/);
        assert.equal(answer.headers["access-control-allow-origin"], "https://shop.example");
    }
    const bad = await whorl.send({ method: "POST", path: `/?ci=js/1&k=${whorl.publicKey}`, body: "no json" });
    assert.deepEqual([bad.status, bad.json.error.code], [400, "request_cannot_be_parsed"]);
});
