// Everything at once: visits, updates, searches, histories, deletions and commands, from many connections. Nothing
// may fail, and afterwards every event is there or deleted, as its last change says. The sanitizers run this too
// (tests/sanitize.sh).

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { assertIdentified } from "../lib/checks.mjs";
import { sdk6, sdk7 } from "../lib/sdks.mjs";
import { startWhorl } from "../lib/whorl.mjs";

const visitors = 8; // each with an address and a cookie of its own
const rounds = 12;

let whorl;
before(async () => {
    whorl = await startWhorl({ flags: ["--trusted-proxy", "127.0.0.1"] });
});
after(() => whorl?.remove());

/* Asked again as long as its visitor was deleted while the visit was on its way. */
async function identify(...args) {
    for (let attempt = 0; attempt < 20; attempt++) {
        const answer = await whorl.identify(...args);
        if (answer.status !== 503) {
            return assertIdentified(answer) && answer;
        }
    }
    return assert.fail("503 again and again");
}

/* A device that comes again and again; some are deleted halfway. */
async function visit(number, events, deleted) {
    const { body, headers } = bodies[number % 2 ? "headed-linux" : "playwright-linux"]();
    const from = [...headers, ["X-Forwarded-For", `198.51.100.${number}`]];
    const linkedId = `visitor-${number}`;
    let cookie;
    for (let round = 0; round < rounds; round++) {
        const answer = await identify({ ...body, linkedId }, { headers: from, cookie });
        const { requestId, visitorId } = answer.json;
        cookie = answer.headers["set-cookie"]?.[0].split(";")[0] ?? cookie;
        events.set(requestId, { visitorId, linked: linkedId });
        if (number % 4 === 3 && round === rounds / 2) {
            await sdk7(whorl)
                .deleteVisitorData(visitorId)
                .then(() => deleted.add(visitorId), isGone);
        }
    }
}

const isGone = (error) => assert.ok([404, 409].includes(error.statusCode), `${error}`);

async function update(events, done) {
    for (let turn = 0; !done.yes; turn++) {
        const list = [...events];
        if (list.length === 0) {
            await new Promise(setImmediate);
            continue;
        }
        const [id, event] = list[turn % list.length];
        const linked = `updated-${turn}`;
        const change =
            turn % 2
                ? sdk6(whorl).updateEvent({ linkedId: linked }, id)
                : sdk7(whorl).updateEvent(id, { linked_id: linked });
        await change.then(() => (event.linked = linked), isGone);
    }
}

async function search(events, done) {
    while (!done.yes) {
        const seen = new Set();
        let pagination_key;
        do {
            const page = await sdk7(whorl).searchEvents({ limit: 7, reverse: true, pagination_key });
            for (const { event_id } of page.events) {
                assert.ok(!seen.has(event_id), "no event twice");
                seen.add(event_id);
            }
            ({ pagination_key } = page);
        } while (pagination_key);
        await sdk6(whorl).searchEvents({ limit: 50, ip_address: "198.51.100.0/24", bot: "bad" });
        for (const [id, { visitorId }] of [...events].slice(0, 3)) {
            await sdk6(whorl).getVisits(visitorId);
            await whorl.get(`/v1/events/${id}`, { auth: "bearer" });
        }
    }
}

async function command(done) {
    const headers = [["Authorization", `Bearer ${await whorl.key("management")}`]];
    const changeWeight = (body) => whorl.send({ method: "PATCH", path: "/v1/weights", headers, body });
    for (let turn = 0; !done.yes; turn++) {
        const data = ["--data", whorl.data];
        await whorl.run("key", "create", "--kind", "secret", "--workspace", `w${turn % 3}`, ...data);
        await Promise.all([
            whorl.run("weights", "set", "--weight", `bot=${turn % 9}`, ...data),
            changeWeight(JSON.stringify({ tor: turn % 9 })),
        ]);
        const { weights } = (await changeWeight("{}")).json;
        assert.deepEqual([weights.bot.web, weights.tor.web], [turn % 9, turn % 9]);
        await whorl.get("/readyz");
    }
}

test("nothing fails, and what is left is what it should be", { timeout: 240_000 }, async () => {
    const events = new Map();
    const done = { yes: false };
    const others = [update(events, done), search(events, done), search(events, done), command(done)];
    const deletedVisitors = new Set();
    const visits = Array.from({ length: visitors }, (_, number) => visit(number, events, deletedVisitors));
    await Promise.all(visits).finally(() => (done.yes = true));
    await Promise.all(others);
    assert.equal(events.size, visitors * rounds);
    const deleted = ({ visitorId }) => deletedVisitors.has(visitorId);
    const gone = [...events.values()].filter(deleted).length;
    assert.ok(gone > 0 && gone < events.size, `${gone} of ${events.size}`);

    for (const restarted of [false, true]) {
        if (restarted) {
            await whorl.restart();
        }
        const found = new Map();
        let pagination_key;
        do {
            const page = await sdk7(whorl).searchEvents({ limit: 100, pagination_key });
            page.events.forEach((event) => found.set(event.event_id, event));
            ({ pagination_key } = page);
        } while (pagination_key);
        for (const [id, event] of events) {
            const { status, json } = await whorl.get(`/v4/events/${id}`, { auth: "bearer" });
            assert.equal(status, deleted(event) ? 404 : 200, id);
            if (!deleted(event)) {
                assert.deepEqual(found.get(json.event_id), json, "search shows it as it is");
                assert.equal(json.linked_id, event.linked);
            }
        }
        assert.equal(found.size, events.size - gone);
    }
});
