// GET /visitors/{id} as version 2 has it: another credential, the last 10 days, botProbability.

import assert from "node:assert/strict";
import { STATUS_CODES } from "node:http";
import { after, before, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { assertIdentified, assertSchema } from "../lib/checks.mjs";
import { startWhorl } from "../lib/whorl.mjs";

const dayMs = 24 * 3600 * 1000;
const nowMs = Date.UTC(2026, 9, 5, 9, 30);
const ages = [25, 11, 9, 3, 0]; // days
let whorl;
let visitor;

before(async () => {
    whorl = await startWhorl({ flags: ["--test-clock"] });
    const { body, headers } = bodies["headed-linux"]();
    for (const [number, days] of ages.entries()) {
        const linkedId = number % 2 ? "odd" : "even";
        const options = { headers, nowMs: nowMs - days * dayMs };
        visitor = assertIdentified(await whorl.identify({ ...body, linkedId }, options)).visitorId;
    }
});
after(() => whorl?.remove());

const at = (ms) => [["X-Test-Now-Ms", `${ms}`]];
async function visits(query = "", { headers = [["Auth-Token", whorl.secretKey]], ms = nowMs } = {}) {
    const path = `/visitors/${visitor}${query}`;
    const answer = await whorl.get(path, { headers: [...headers, ...at(ms)] });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.reason, STATUS_CODES[200]);
    return answer.json;
}
const agesOf = (answer) => answer.visits.map((visit) => (nowMs - visit.timestamp) / dayMs);

test("the visits of the last 10 days, newest first", async () => {
    const answer = await visits();
    assert.match(answer.visitorId, /^[0-9A-Za-z]{20}$/);
    assert.deepEqual(agesOf(answer), [0, 3, 9]);
    const [{ browserDetails, incognito, linkedId, time, url, ip }] = answer.visits;
    assert.equal(typeof browserDetails.botProbability, "number");
    assert.ok(browserDetails.botProbability >= 0 && browserDetails.botProbability <= 1);
    assert.equal(browserDetails.browserName, "Chrome");
    assert.deepEqual([incognito, linkedId, Date.parse(time), ip], [false, "even", nowMs, "127.0.0.1"]);
    assert.ok(url.startsWith("http"));
    assert.equal(answer.lastTimestamp, undefined, "what is older is not shown on later pages");
});

test("the token may be in the query; v3 shows all and no botProbability", async () => {
    assert.deepEqual(agesOf(await visits(`?token=${whorl.secretKey}`, { headers: [] })), [0, 3, 9]);
    const three = await visits("", { headers: [["Auth-API-Key", whorl.secretKey]] });
    assert.deepEqual(agesOf(three), [0, 3, 9, 11, 25]);
    assert.ok(three.visits.every(({ browserDetails }) => !("botProbability" in browserDetails)));
    assertSchema(three, "v3_visitors", "v3 VisitorsGetResponse");
    const both = [
        ["Auth-Token", "wrong"],
        ["Auth-API-Key", whorl.secretKey],
    ];
    assert.equal((await visits("", { headers: both })).visits.length, 5, "v3's key comes first");
});

test("limit and linked_id", async () => {
    const first = await visits("?limit=2");
    assert.deepEqual(agesOf(first), [0, 3]);
    const rest = await visits(`?limit=2&paginationKey=${first.paginationKey}`);
    assert.deepEqual([agesOf(rest), rest.paginationKey], [[9], undefined]);
    assert.deepEqual(agesOf(await visits("?linked_id=odd")), [3]);
    assert.deepEqual(agesOf(await visits("?linked_id=nobody")), []);
});

test("a visitor without recent visits, and one that nobody knows", async () => {
    const later = await visits("", { ms: nowMs + 10 * dayMs + 1 });
    assert.deepEqual(later.visits, []);
    visitor = "0jnGMkPYXX37DqVa4ZIO";
    assert.deepEqual(await visits(), { visitorId: visitor, visits: [] });
});

test("refusals are plain", async () => {
    for (const headers of [[["Auth-Token", "wrong"]], [["Auth-Token", ""]], []]) {
        const answer = await whorl.get(`/visitors/${visitor}`, { headers });
        assert.equal(answer.status, 403);
        assert.deepEqual(answer.json, { error: "Forbidden (HTTP 403)" });
        assertSchema(answer.json, "plain_error", "v3 ErrorPlainResponse");
    }
    const headers = [["Auth-Token", whorl.secretKey]];
    for (const query of ["?limit=x", "?limit=-1", "?request_id=Wrong%20Request%20ID"]) {
        const answer = await whorl.get(`/visitors/${visitor}${query}`, { headers });
        assert.equal(answer.status, 400);
        assert.deepEqual(answer.json, { error: "bad request" });
    }
});
