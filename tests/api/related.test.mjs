// GET /related-visitors: the visitors of one mobile device, to which pages in its app's web view are linked
// (deviceLink).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { assertIdentified, assertSchema } from "../lib/checks.mjs";
import { sdk6 } from "../lib/sdks.mjs";
import { repository, startWhorl } from "../lib/whorl.mjs";

const dayMs = 24 * 60 * 60 * 1000;
const nowMs = Date.UTC(2026, 9, 5, 9, 30);
const android = JSON.parse(readFileSync(join(repository, "fuzz/corpus/identify/android"), "utf8"));

let whorl;
let staging; // keys of another environment
let device; // visitor ids, 20 characters
let token; // of the app
const pages = [];

const ask = (id, key) =>
    whorl.get(`/related-visitors?visitor_id=${id}`, { auth: "header", key, headers: [["X-Test-Now-Ms", `${nowMs}`]] });
const related = async (id, key) => {
    const answer = await ask(id, key);
    assert.equal(answer.status, 200, answer.text);
    assertSchema(answer.json, "related", "v3 RelatedVisitorsResponse");
    return answer.json.relatedVisitors.map(({ visitorId }) => visitorId).toSorted();
};

/* A page's event; returns its visitor. */
async function visit(name, change, options = {}) {
    const { body, headers } = bodies[name]();
    const answer = await whorl.identify({ ...body, ...change }, { nowMs, ...options, headers });
    const { requestId } = assertIdentified(answer);
    const event = await whorl.get(`/v4/events/${requestId}`, { auth: "bearer", key: options.secret });
    return event.json.identification.visitor_id;
}

before(async () => {
    whorl = await startWhorl({ flags: ["--test-clock"] });
    staging = {
        key: await whorl.key("public", { environment: "staging" }),
        secret: await whorl.key("secret", { environment: "staging" }),
    };
    const app = await whorl.identify(android, { headers: [["User-Agent", "okhttp/4.12.0"]], nowMs });
    const { requestId } = assertIdentified(app, { token: true });
    token = app.json.token;
    device = (await whorl.get(`/v4/events/${requestId}`, { auth: "bearer" })).json.identification.visitor_id;
    pages.push(await visit("headed-linux", { deviceLink: token }));
    pages.push(await visit("firefox-linux", { deviceLink: token }));
    assert.equal(new Set([device, ...pages]).size, 3);
});
after(() => whorl?.remove());

test("each of a device's visitors names the others", async () => {
    assert.deepEqual(await related(device), pages.toSorted());
    assert.deepEqual(await related(pages[0]), [device, pages[1]].toSorted());
    assert.deepEqual(await related(pages[1]), [device, pages[0]].toSorted());
});

test("also after a restart, through the SDK", async () => {
    await whorl.restart();
    const fetch = (url, init) =>
        whorl.fetch(url, { ...init, headers: { ...init.headers, "X-Test-Now-Ms": `${nowMs}` } });
    const { relatedVisitors } = await sdk6(whorl, { fetch }).getRelatedVisitors({ visitor_id: device });
    assert.deepEqual(relatedVisitors.map(({ visitorId }) => visitorId).toSorted(), pages.toSorted());
});

test("a page that nobody linked has none, nor one whose link is a year old, nor one with a wrong token", async () => {
    const alone = await visit("safari-iphone", { deviceLink: `${token.slice(0, -2)}xx` });
    assert.deepEqual(await related(alone), []);
    const old = await visit("headless-linux", { deviceLink: token }, { nowMs: nowMs - 200 * dayMs });
    assert.ok(!(await related(device)).includes(old) && !pages.includes(old));
});

test("a key of another environment sees its own events only", async () => {
    assert.deepEqual(await related(device, staging.secret), []);
    const other = await visit("playwright-linux", { deviceLink: token }, staging);
    assert.deepEqual(await related(device, staging.secret), [other]);
});

test("another workspace knows nobody", async () => {
    const key = await whorl.key("secret", { workspace: "other" });
    assert.equal((await ask(device, key)).status, 404);
});

test("who is deleted is named no more", async () => {
    const remove = (id) => whorl.send({ method: "DELETE", path: `/visitors/${id}`, headers: [["Auth-API-Key", whorl.secretKey]] });
    assert.equal((await remove(pages[1])).status, 200);
    assert.ok(!(await related(device)).includes(pages[1]));
    assert.equal((await ask(pages[1])).status, 404);
    assert.equal((await remove(device)).status, 200);
    assert.ok(!(await related(pages[0])).includes(device));
    assert.equal((await ask(device)).status, 404);
});
