// Once the 200 of a deletion is sent, no read knows the visitor or one of its events: every read of every dialect is
// asked, after each of many deletions in random order. DELETION_SEED repeats an order.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { sha256 } from "../bodies/signals.mjs";
import { assertIdentified } from "../lib/checks.mjs";
import { startWhorl } from "../lib/whorl.mjs";

const seed = Number(process.env.DELETION_SEED ?? Date.now() % 1_000_000);
const DEVICES = 12;
const wallet = "0x00000000000000000000000000000000000000aa";

let whorl;
before(async () => {
    whorl = await startWhorl({ flags: ["--trusted-proxy", "127.0.0.1"] });
});
after(() => whorl?.remove());

/* mulberry32 */
function random(state) {
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let t = Math.imul(state ^ (state >>> 15), 1 | state);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}

const bearer = (path) => whorl.get(path, { auth: "bearer" });
const header = (path) => whorl.get(path, { auth: "header" });
const xKey = (path) => whorl.send({ path, headers: [["X-API-Key", whorl.secretKey]] });
const v2 = (path) => whorl.send({ path, headers: [["Auth-Token", whorl.secretKey]] });

async function make(number) {
    const { body, headers } = bodies["headed-linux"]();
    const value = (name) => body.signals[name].value;
    for (const name of ["canvas", "domRect", "svg", "audio", "math"]) {
        value(name).hash = sha256(`device ${name} ${number}`);
    }
    value("fonts").detected = ["Arial", `Font ${number}`, "Impact"];
    value("fonts").count = 3;
    value("navigator").hardwareConcurrency = 2 + 2 * number;
    value("workerScope").workerNavigator.hardwareConcurrency = 2 + 2 * number;
    Object.assign(value("screen"), { width: 1000 + 8 * number, height: 700 + 8 * number });
    const linkedId = `account-${number % 3}`;
    const ip = `203.0.113.${10 + (number % 4)}`;
    Object.assign(body, { linkedId, walletAddresses: [wallet], tag: { device: number } });
    const send = async (cookie) => {
        const answer = await whorl.identify(body, { headers: [...headers, ["X-Forwarded-For", ip]], cookie });
        return { ...assertIdentified(answer), cookie: answer.headers["set-cookie"][0].split(";")[0] };
    };
    const first = await send();
    const second = await send(first.cookie);
    assert.equal(second.visitorId, first.visitorId);
    const events = [first.requestId, second.requestId];
    const four = (await bearer(`/v4/events/${events[0]}`)).json;
    return {
        number,
        linkedId,
        ip,
        events,
        iq: first.visitorId,
        base62: four.identification.visitor_id,
        eventsBase62: await Promise.all(events.map(async (id) => (await bearer(`/v4/events/${id}`)).json.event_id)),
    };
}

const searches = (one) => [
    "",
    `linked_id=${one.linkedId}`,
    `ip_address=${one.ip}/32`,
    "suspect=false",
    "bot=bad",
    "bot=none",
    "vpn=false",
    `high_recall_id=${one.base62}`,
    `start=${Date.now() - 3600_000}&reverse=true`,
];

/** All answers that could show it; [what, answer]. */
async function reads(one) {
    const all = [];
    const ask = async (get, path) => all.push([path, await get(path)]);
    for (const query of searches(one)) {
        await ask(bearer, `/v4/events?limit=100&total_hits=1000&${query}`);
        if (!query.startsWith("high")) await ask(header, `/events/search?limit=200&${query}`);
    }
    for (const id of [one.iq, one.base62]) {
        await ask(header, `/events/search?limit=200&visitor_id=${id}`);
    }
    return all;
}

async function assertGone(one, others) {
    for (const id of [...one.events, ...one.eventsBase62]) {
        for (const [get, path] of [[bearer, "/v1/events/"], [header, "/events/"], [bearer, "/v4/events/"]]) {
            assert.equal((await get(path + id)).status, 404, path + id);
        }
        for (const [method, path, key] of [
            ["PATCH", `/v4/events/${id}`, ["Authorization", `Bearer ${whorl.secretKey}`]],
            ["PUT", `/events/${id}`, ["Auth-API-Key", whorl.secretKey]],
        ]) {
            assert.equal((await whorl.send({ method, path, headers: [key], body: '{"suspect":true}' })).status, 404);
        }
    }
    for (const id of [one.iq, one.base62]) {
        assert.deepEqual((await header(`/visitors/${id}`)).json.visits, []);
        assert.deepEqual((await v2(`/visitors/${id}`)).json.visits, []);
        assert.equal((await xKey(`/v1/identify/${id}`)).status, 404);
        assert.equal((await xKey(`/v1/demo/visits/${id}`)).status, 404);
        assert.equal((await header(`/related-visitors?visitor_id=${id}`)).status, 404);
        assert.equal((await bearer(`/v4/events?visitor_id=${id}`)).status, 404);
        const linked = await whorl.send({
            method: "POST",
            path: "/v1/identify/wallet-link",
            headers: [["X-API-Key", whorl.publicKey]],
            body: JSON.stringify({ visitorId: id, walletAddresses: [wallet] }),
        });
        assert.equal(linked.status, 404);
    }
    const left = others.flatMap((other) => other.eventsBase62).sort();
    for (const [path, answer] of await reads(one)) {
        assert.equal(answer.status, 200, `${path}: ${answer.text}`);
        for (const id of [one.iq, one.base62, ...one.events, ...one.eventsBase62]) {
            assert.ok(!answer.text.includes(id), `${path} shows ${id}`);
        }
        if (path === "/v4/events?limit=100&total_hits=1000&") {
            assert.deepEqual(answer.json.events.map((event) => event.event_id).sort(), left);
            assert.equal(answer.json.total_hits ?? 0, left.length);
        }
    }
    for (const other of others) {
        for (const [get, path] of [
            [bearer, `/v1/events/${other.events[1]}`],
            [bearer, `/v4/events/${other.events[1]}`],
            [header, `/events/${other.events[1]}`],
            [xKey, `/v1/demo/visits/${other.iq}`],
            [header, `/visitors/${other.iq}`],
        ]) {
            const { status, text } = await get(path);
            assert.equal(status, 200, path);
            for (const id of [one.iq, one.base62]) assert.ok(!text.includes(id), `${path} names ${id}`);
        }
    }
}

test("no read knows a deleted visitor", async () => {
    console.log(`# DELETION_SEED=${seed}`);
    const next = random(seed);
    const devices = [];
    for (let i = 0; i < DEVICES; i++) devices.push(await make(i));
    while (devices.length > 2) {
        const [one] = devices.splice(Math.floor(next() * devices.length), 1);
        const v4 = next() < 0.5;
        const { status } = await whorl.send({
            method: "DELETE",
            path: v4 ? `/v4/visitors/${one.iq}` : `/visitors/${one.base62}`,
            headers: [v4 ? ["Authorization", `Bearer ${whorl.secretKey}`] : ["Auth-API-Key", whorl.secretKey]],
        });
        assert.equal(status, 200);
        await assertGone(one, devices);
    }
    /* what counts: a newcomer beside the two that are left */
    const late = await make(100); // of account-1, from 203.0.113.10
    const event = (await bearer(`/v4/events/${late.events[1]}`)).json;
    const near = devices.filter((one) => one.linkedId === late.linkedId).length;
    assert.equal(event.velocity.distinct_visitor_id_by_linked_id["1_hour"], near + 1);
    const sameIp = devices.filter((one) => one.ip === late.ip).length;
    assert.equal(event.velocity.ip_events["1_hour"], 2 * sameIp + 2);
    const linked = await whorl.send({
        method: "POST",
        path: "/v1/identify/wallet-link",
        headers: [["X-API-Key", whorl.publicKey]],
        body: JSON.stringify({ visitorId: late.iq, walletAddresses: [wallet] }),
    });
    assert.equal(linked.json.sybilRisk.score, 35, linked.text); // three visitors of one wallet: 0.35
});
