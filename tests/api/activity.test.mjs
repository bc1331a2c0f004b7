// What has been seen before: velocity, high activity, replay, and the suspect score with its weights.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";

import { bodies } from "../bodies/bodies.mjs";
import { assertIdentified, assertSchema } from "../lib/checks.mjs";
import { binary, freePort, startWhorl } from "../lib/whorl.mjs";

const run = promisify(execFile);
const start = Date.UTC(2026, 9, 5, 9, 30);
const minute = 60_000;

let whorl;
before(async () => {
    whorl = await startWhorl({ flags: ["--test-clock", "--trusted-proxy", "127.0.0.1", "--high-activity", "4,0,9"] });
});
after(() => whorl?.remove());

let nth = 0;
/* A visit of the laptop: the same device, other durations, so that it is no replay. */
async function visit(nowMs, { linkedId, ip = "203.0.113.7", token } = {}) {
    const { body, headers } = bodies["playwright-linux"]();
    nth += 1;
    for (const signal of Object.values(body.signals)) if (signal) signal.duration = (signal.duration ?? 1) + nth / 10;
    Object.assign(body, { timestamp: nowMs - 40, linkedId });
    const from = [...headers, ["X-Forwarded-For", ip]];
    const answer = await whorl.identify(body, { headers: from, nowMs, cookie: token && `_iidt=${token}` });
    const [, cookie] = /_iidt=([^;]+)/.exec(`${answer.headers["set-cookie"]}`);
    return { ...assertIdentified(answer), token: cookie };
}
const v4 = async (id) => (await whorl.get(`/v4/events/${id}`, { auth: "bearer" })).json;
const v3 = async (id) => (await whorl.get(`/events/${id}`, { auth: "header" })).json.products;
const why = async (id) => (await whorl.get(`/v1/events/${id}`, { auth: "bearer" })).json;

describe("velocity", () => {
    let last, token;
    test("counts what the five minutes, the hour and the day before an event saw", async () => {
        const first = await visit(start, { linkedId: "ann" });
        token = first.token;
        await visit(start + 20 * minute, { linkedId: "ann", token, ip: "203.0.113.8" });
        await visit(start + 61 * minute, { linkedId: "bob", token, ip: "203.0.113.8" });
        last = await visit(start + 62 * minute, { linkedId: "ann", token });
        assert.equal(last.visitorId, first.visitorId);
        const event = await v4(last.requestId);
        assert.deepEqual(event.velocity, {
            distinct_ip: { "5_minutes": 2, "1_hour": 2, "24_hours": 2 },
            distinct_linked_id: { "5_minutes": 2, "1_hour": 2, "24_hours": 2 },
            events: { "5_minutes": 2, "1_hour": 3, "24_hours": 4 },
            ip_events: { "5_minutes": 1, "1_hour": 1, "24_hours": 2 },
            distinct_ip_by_linked_id: { "5_minutes": 1, "1_hour": 2, "24_hours": 2 },
            distinct_visitor_id_by_linked_id: { "5_minutes": 1, "1_hour": 1, "24_hours": 1 },
        });
        const { velocity } = await v3(last.requestId);
        assert.deepEqual(velocity.data.events, { intervals: { "5m": 2, "1h": 3, "24h": 4 } });
        assert.deepEqual(velocity.data.distinctCountry, {});
        assert.deepEqual(last.verdicts.velocity, {
            distinctIp: { "5m": 2, "1h": 2, "24h": 2 },
            distinctCountry: { "5m": 0, "1h": 0, "24h": 0 },
            events: { "5m": 2, "1h": 3, "24h": 4 },
        });
    });

    test("goes on after a restart, and with an event that comes late", async () => {
        await whorl.restart();
        const next = await visit(start + 63 * minute, { token });
        assert.deepEqual((await v4(next.requestId)).velocity.events, { "5_minutes": 3, "1_hour": 4, "24_hours": 5 });
        const late = await visit(start + 21 * minute, { token });
        assert.deepEqual((await v4(late.requestId)).velocity.events, { "5_minutes": 2, "1_hour": 3, "24_hours": 3 });
    });

    test("forgets a deleted visitor, also at the addresses and linked ids of others", async () => {
        const gone = last.visitorId;
        const headers = [["Authorization", `Bearer ${whorl.secretKey}`]];
        assert.equal((await whorl.send({ method: "DELETE", path: `/v4/visitors/${gone}`, headers })).status, 200);
        const again = await visit(start + 64 * minute, { linkedId: "ann" });
        assert.notEqual(again.visitorId, gone);
        const { velocity } = await v4(again.requestId);
        assert.deepEqual(velocity.events, { "5_minutes": 1, "1_hour": 1, "24_hours": 1 });
        assert.deepEqual(velocity.ip_events, { "5_minutes": 1, "1_hour": 1, "24_hours": 1 });
        assert.equal(velocity.distinct_visitor_id_by_linked_id["24_hours"], 1);
    });
});

test("--velocity-visits bounds the memory: then a day is not counted, and nothing false is said", async () => {
    const shared = whorl;
    const adminPort = await freePort();
    const flags = ["--test-clock", "--trusted-proxy", "127.0.0.1", "--velocity-visits", "3"];
    flags.push("--high-activity", "0,0,9", "--admin-listen", `127.0.0.1:${adminPort}`);
    whorl = await startWhorl({ flags });
    try {
        let token, answer;
        for (let hour = 0; hour < 4; hour++) {
            ({ token, ...answer } = await visit(start + hour * 60 * minute, { token }));
        }
        const { velocity: whole, high_activity_device: high } = await v4(answer.requestId);
        assert.deepEqual([whole.events["24_hours"], high], [4, false]); // counted before the first is let go
        await whorl.restart();
        ({ token, ...answer } = await visit(start + 4 * 60 * minute + 1, { token, linkedId: "ann" }));
        const event = await v4(answer.requestId);
        for (const [name, counter] of Object.entries(event.velocity)) {
            assert.deepEqual(counter, { "5_minutes": 1, "1_hour": 1 }, name);
        }
        assert.deepEqual(Object.keys(event.velocity).length, 6); // no geo data
        assert.ok(!("high_activity_device" in event));
        assertSchema(event, "v4_event", "v4 Event");
        const products = await v3(answer.requestId);
        assert.deepEqual(products.velocity.data.ipEvents, { intervals: { "5m": 1, "1h": 1 } });
        assert.ok(!products.highActivity);
        assertSchema({ products }, "v3_event", "v3 EventsGetResponse");
        const { text } = await whorl.send({ port: adminPort, path: "/metrics" });
        assert.match(text, /^whorl_velocity_visits 3$/m);
        assert.match(text, /^whorl_velocity_bytes [1-9]\d+$/m);
        assert.match(text, /^whorl_velocity_dropped_total 2$/m);
        assert.match(whorl.log, /more than the 3 visits of --velocity-visits/);
    } finally {
        await whorl.remove();
        whorl = shared;
    }
});

test("high activity starts above its limit, and counts the day's requests", async () => {
    const at = start + 30 * 24 * 60 * minute;
    let token, answer;
    for (let i = 0; i < 4; i++) ({ token } = answer = await visit(at + i * 1000, { token }));
    assert.equal(answer.verdicts.highActivity.result, false);
    answer = await visit(at + 5000, { token });
    assert.equal(answer.verdicts.highActivity.result, true);
    assert.equal((await v4(answer.requestId)).high_activity_device, true);
    assert.deepEqual((await v3(answer.requestId)).highActivity.data, { result: true, dailyRequests: 5 });
    const later = await visit(at + 10 * minute, { token });
    assert.equal((await v4(later.requestId)).high_activity_device, false);
});

describe("replay", () => {
    const at = start + 60 * 24 * 60 * minute;
    const post = async (body, headers, nowMs) =>
        v4(assertIdentified(await whorl.identify(body, { headers, nowMs })).requestId);

    test("the same body twice is one, also after a restart", async () => {
        const { body, headers } = bodies["playwright-linux"]();
        Object.assign(body, { timestamp: at });
        assert.equal((await post(body, headers, at)).replayed, false);
        const second = await post(body, headers, at + 1000);
        assert.equal(second.replayed, true);
        assert.equal((await v3(second.event_id)).identification.data.replayed, true);
        await whorl.restart();
        assert.equal((await post(body, headers, at + 60 * minute)).replayed, true);
    });

    test("the same body is one after days, too: its own time says which stored event to compare", async () => {
        const day = 24 * 60 * minute;
        const { body, headers } = bodies["headed-linux"]();
        const { body: other } = bodies["headed-linux-again"]();
        body.timestamp = at - 3000;
        assert.equal((await post(body, headers, at)).replayed, false);
        other.timestamp = at + minute;
        assert.equal((await post(other, headers, at + minute)).replayed, false);
        const late = await post(body, headers, at + 6 * day);
        assert.equal(late.replayed, true);
        assert.deepEqual((await why(late.event_id)).reasons.replay, ["REPLAY_PAYLOAD"]);
        const wrongClock = { ...bodies["headed-linux-later"]().body, timestamp: at - 3000 };
        assert.equal((await post(wrongClock, headers, at + 8 * day)).replayed, false);
    });

    test("a body with another time is one when it comes later or from elsewhere", async () => {
        const { body, headers } = bodies["playwright-linux"]();
        Object.assign(body, { timestamp: at + 2 * 60 * minute, token: undefined });
        const from = (ip) => [...headers, ["X-Forwarded-For", ip]];
        const day = 25 * 60 * minute; // what was sent above is forgotten
        await post(body, from("203.0.113.1"), at + day + 61 * minute);
        const stamped = { ...body, timestamp: body.timestamp + 700 };
        assert.equal((await post(stamped, from("203.0.113.1"), at + day + 61 * minute + 700)).replayed, false);
        const elsewhere = { ...body, timestamp: body.timestamp + 900 };
        assert.equal((await post(elsewhere, from("198.51.100.2"), at + day + 61 * minute + 900)).replayed, true);
    });
});

describe("suspect score", () => {
    const at = start + 90 * 24 * 60 * minute;
    const weights = (...args) => run(binary, ["weights", ...args, "--data", whorl.data, "--json"]);

    test("is the sum of its parts, in v3 and v4", async () => {
        const { requestId } = await visit(at);
        const { suspect_score: score } = await v4(requestId);
        const { sum, parts } = (await why(requestId)).signals.server.suspectScore;
        assert.equal(sum, score);
        assert.equal(parts.reduce((all, { weight }) => all + weight, 0), score);
        assert.deepEqual(parts.find(({ signal }) => signal === "bot"), { signal: "bot", weight: 7 });
        assert.equal((await v3(requestId)).suspectScore.data.result, score);
    });

    test("changes by exactly what a weight is changed, at once and after a restart", async () => {
        const before = (await v4((await visit(at + 10 * minute)).requestId)).suspect_score;
        await weights("set", "--weight", "bot=31", "--weight", "tor=2");
        const changed = (await v4((await visit(at + 20 * minute)).requestId)).suspect_score;
        assert.equal(changed, before + 24);
        await whorl.restart();
        assert.equal((await v4((await visit(at + 30 * minute)).requestId)).suspect_score, changed);
        const shown = JSON.parse((await weights("show")).stdout).weights;
        assert.deepEqual(shown.bot, { web: 31, android: 31, ios: 31, changed: true });
        assert.equal(shown.incognito.web, 4);
        const other = JSON.parse((await weights("show", "--environment", "staging")).stdout).weights;
        assert.equal(other.bot.web, 7);
        await weights("set", "--weight", "bot=default");
        assert.equal((await v4((await visit(at + 40 * minute)).requestId)).suspect_score, before);
    });

    test("changes over HTTP, for one environment, by exactly what was changed", async () => {
        const key = await whorl.key("management");
        await run(binary, ["environment", "create", "till", "--data", whorl.data]);
        const ask = async (method, body, query = "", auth = key) => {
            const headers = [["Authorization", `Bearer ${auth}`]];
            return whorl.send({ method, path: `/v1/weights${query}`, headers, body });
        };
        const score = async (nth) => (await v4((await visit(at + (50 + nth) * minute)).requestId)).suspect_score;
        const before = await score(0);
        const { json } = await ask("GET");
        assert.deepEqual(json.weights, JSON.parse((await weights("show")).stdout).weights);
        assert.deepEqual([json.environment, json.weights.bot.web], ["default", 7]);

        const changed = await ask("PATCH", JSON.stringify({ bot: 40, incognito: 9 }));
        assert.deepEqual(changed.json.weights.bot, { web: 40, android: 40, ios: 40, changed: true });
        assert.deepEqual((await ask("GET")).json, changed.json);
        assert.equal(await score(1), before + 33);
        assert.equal((await ask("GET", undefined, "?environment=till")).json.weights.bot.web, 7);
        await ask("PATCH", `{"bot":90}`, "?environment=till");
        assert.equal(await score(2), before + 33, "another environment");

        const values = ["-1", "1001", "1.5", `"1"`, "true", `1,"nothing":3`];
        for (const wrong of [...values.map((value) => `{"bot":${value}}`), "[]", "{", ""]) {
            const answer = await ask("PATCH", wrong);
            assert.equal(answer.status, 400, wrong);
            assert.ok(answer.json.error, wrong);
        }
        assert.deepEqual((await ask("GET")).json, changed.json, "nothing of a wrong change is made");
        for (const name of ["nowhere", "a%2Fb", "%00", ""]) {
            assert.equal((await ask("PATCH", `{"bot":1}`, `?environment=${name}`)).status, 404, name);
        }
        for (const other of [whorl.secretKey, whorl.publicKey, "x"]) {
            assert.equal((await ask("PATCH", `{"bot":1}`, "", other)).status, 401);
        }
        const elsewhere = await whorl.key("management", { workspace: "elsewhere" });
        assert.equal((await ask("PATCH", `{"bot":1}`, "?environment=till", elsewhere)).status, 404);

        await ask("PATCH", `{"bot":null,"incognito":null}`);
        assert.equal(await score(3), before);
    });

    test("refuses what is no weight, and says what would be one", async () => {
        for (const wrong of ["bot", "bot=-1", "bot=1001", "bot=x", "nothing=3"])
            await assert.rejects(weights("set", "--weight", wrong), /weight/);
    });
});
