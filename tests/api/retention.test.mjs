// Retention of an environment, on a running server: what is too old is in no answer from the moment on that the
// command has returned, and from the moment on at which it has grown too old; and after a while in no file.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { bodies } from "../bodies/bodies.mjs";
import { sha256 } from "../bodies/signals.mjs";
import { assertIdentified } from "../lib/checks.mjs";
import { visitorKeyEnd } from "../durability/lib.mjs";
import { startWhorl } from "../lib/whorl.mjs";

const dayMs = 24 * 3600 * 1000;
const startMs = 1_790_000_000_000;

let whorl;
let shortKey; // of an environment whose events are kept for 7 days
before(async () => {
    whorl = await startWhorl({ flags: ["--test-clock"] });
    shortKey = await whorl.key("public", { environment: "short" });
});
after(() => whorl?.remove());

const command = async (...args) => JSON.parse(await whorl.run(...args, "--data", whorl.data, "--json"));
const refused = (args, pattern) =>
    assert.rejects(whorl.run(...args, "--data", whorl.data), (error) => {
        assert.match(error.stderr, pattern);
        return true;
    });
const at = (nowMs) => [["X-Test-Now-Ms", `${nowMs}`]];

let made = 0;
/** An event of a device of its own, at a day after the start. */
async function visit(day, key) {
    const number = ++made;
    const { body, headers } = bodies["headed-linux"]();
    const value = (name) => body.signals[name].value;
    for (const name of ["canvas", "domRect", "svg", "audio", "math"]) {
        value(name).hash = sha256(`retained ${name} ${number}`);
    }
    value("fonts").detected = ["Arial", `Retained Font ${number}`, "Impact"];
    value("fonts").count = 3;
    value("navigator").hardwareConcurrency = 2 + 2 * number;
    value("workerScope").workerNavigator.hardwareConcurrency = 2 + 2 * number;
    Object.assign(value("screen"), { width: 1000 + 8 * number, height: 700 + 8 * number });
    const renderer = `ANGLE (Intel, Mesa Intel(R) UHD Graphics ${600 + number}, OpenGL 4.6)`;
    value("webgl").renderer = value("workerScope").workerWebGL.renderer = renderer;
    body.linkedId = `linked-${number}`;
    const url = `https://shop.example/retained-${number}`;
    Object.assign(body, { url });
    const { visitorId, requestId } = assertIdentified(
        await whorl.identify(body, { headers, key, nowMs: startMs + day * dayMs }),
    );
    return { visitorId, requestId, linkedId: body.linkedId, url };
}

const ids = (events) => events.map((event) => event.event_id ?? event.requestId);

/** In which answers the event is, at a day: all of them or none. */
async function isSeen(event, day) {
    const headers = at(startMs + day * dayMs);
    const get = (path, auth) => whorl.get(path, { auth, headers });
    const window = `start=${startMs}&end=${startMs + 800 * dayMs}`;
    const four = await get(`/v4/events/${event.requestId}`, "bearer");
    const id = four.json.event_id;
    const visitor = event.visitorId;
    const seen = {
        v4: four.status === 200,
        v3: (await get(`/events/${event.requestId}`, "header")).status === 200,
        fiq: (await get(`/v1/events/${event.requestId}`, "bearer")).status === 200,
        visits: (await get(`/visitors/${visitor}`, "header")).json.visits.length > 0,
        v2: (await whorl.send({ path: `/visitors/${visitor}`, headers: [...headers, ["Auth-Token", whorl.secretKey]] }))
            .json.visits.length > 0,
    };
    const history = await whorl.send({
        path: `/v1/demo/visits/${visitor}`,
        headers: [...headers, ["X-API-Key", whorl.secretKey]],
    });
    seen.history = history.status === 200;
    const looked = await whorl.send({
        path: `/v1/identify/${visitor}`,
        headers: [...headers, ["X-API-Key", whorl.secretKey]],
    });
    seen.visitor = looked.status === 200;
    for (const query of [`linked_id=${event.linkedId}`, `visitor_id=${visitor}`, ""]) {
        const { json } = await get(`/v4/events?limit=100&total_hits=100&${window}&${query}`, "bearer");
        seen[`search ${query}`] = id ? ids(json.events).includes(id) : json.events.some((e) => e.url === event.url);
        assert.equal(json.total_hits, json.events.length);
    }
    const updated = await whorl.send({
        method: "PATCH",
        path: `/v4/events/${event.requestId}`,
        headers: [...headers, ["Authorization", `Bearer ${whorl.secretKey}`]],
        body: "{}",
    });
    seen.update = updated.status !== 404;
    return seen;
}

async function assertSeen(event, day, want, besides = []) {
    const seen = await isSeen(event, day);
    for (const [name, value] of Object.entries(seen)) {
        if (!besides.includes(name)) assert.equal(value, want, `${name}: ${JSON.stringify(seen)}`);
    }
}

/** Files with these bytes: the log, which holds events as they are, and the tables of payloads, the only ones without
 * compression (a payload's key has the visitor's id). */
function onDisk(url, visitorId) {
    const end = visitorKeyEnd(visitorId);
    return readdirSync(whorl.data).filter((name) => {
        if (!/\.(sst|log)$/.test(name)) return false;
        try {
            const bytes = readFileSync(join(whorl.data, name));
            return bytes.includes(url) || (bytes.includes("namesnapshots") && bytes.includes(end));
        } catch {
            return false; // replaced since the listing
        }
    });
}

describe("retention", () => {
    test("says what it is, and refuses what is none", async () => {
        const { retentionDays } = await command("environment", "create", "other");
        assert.equal(retentionDays, "default");
        for (const days of [30, "forever", "default"]) {
            const set = await command("environment", "set", "other", "--retention-days", `${days}`);
            assert.equal(set.retentionDays, days);
        }
        const { environments } = await command("environment", "list");
        assert.deepEqual(environments.map(({ name, retentionDays: days }) => [name, days]).sort(), [
            ["default", "default"],
            ["other", "default"],
            ["short", "default"],
        ]);
        for (const days of ["0", "-1", "36501", "x", "1.5", ""]) {
            await refused(["environment", "set", "other", "--retention-days", days], /1 to 36500/);
            await refused(["workspace", "set", "default", "--visitor-retention-days", days], /1 to 36500/);
        }
        await refused(["environment", "set", "nowhere", "--retention-days", "3"], /no environment of that name/);
        await refused(["environment", "set", "other", "--visitor-retention-days", "3"], /belong to a workspace/);
    });

    test("hides at once what is too old, in its environment only", async () => {
        const old = await visit(0, shortKey);
        const elsewhere = await visit(0);
        const young = await visit(5, shortKey);
        await assertSeen(old, 9, true, ["v2"]);
        await command("environment", "set", "short", "--retention-days", "7");
        await assertSeen(old, 9, false);
        await assertSeen(young, 9, true, ["v2"]);
        await assertSeen(elsewhere, 9, true, ["v2"]);
        await assertSeen(young, 12, true, ["v2"]); // 7 days to the millisecond
        const { status } = await whorl.get(`/v4/events/${young.requestId}`, {
            auth: "bearer",
            headers: at(startMs + 12 * dayMs + 1),
        });
        assert.equal(status, 404);
        await whorl.restart();
        await assertSeen(old, 12, false);
        await assertSeen(elsewhere, 12, true, ["v2"]);
    });

    test("follows the workspace where the environment says nothing, and may say otherwise", async () => {
        const one = await visit(20);
        const short = await visit(20, shortKey);
        await command("workspace", "set", "default", "--retention-days", "90");
        await command("environment", "set", "short", "--retention-days", "forever");
        await assertSeen(one, 111, false);
        await assertSeen(short, 111, true, ["v2"]);
    });

    test("a device whose events are gone is known when it comes back, until its own limit", async () => {
        const { body, headers } = bodies["headed-linux"]();
        body.signals.canvas.value.hash = "c".repeat(64);
        const come = async (day, cookie) => {
            const answer = await whorl.identify(body, { headers, cookie, nowMs: startMs + day * dayMs });
            const set = answer.headers["set-cookie"].find((text) => text.startsWith("_iidt="));
            return { ...assertIdentified(answer), cookie: set.split(";")[0] };
        };
        const first = await come(120);
        const second = await come(300, first.cookie);
        assert.equal(second.visitorId, first.visitorId);
        assert.equal((await whorl.get(`/v4/events/${first.requestId}`, { auth: "bearer" })).status, 404);
        const { json } = await whorl.get(`/v4/events/${second.requestId}`, { auth: "bearer" });
        assert.equal(json.identification.first_seen_at, startMs + 120 * dayMs);
        await command("workspace", "set", "default", "--visitor-retention-days", "180");
        await whorl.get("/healthz", { headers: at(startMs + 600 * dayMs) }); // time goes on
        for (let i = 0; i < 200 && !/erased .* [1-9]\d* visitors/.test(whorl.log); i++) await sleep(50);
        assert.match(whorl.log, /erased .* [1-9]\d* visitors/);
        const third = await come(601, second.cookie);
        assert.notEqual(third.visitorId, first.visitorId);
    });

    test("erases it from the files, payload and all, and what is kept stays", async () => {
        await command("workspace", "set", "default", "--retention-days", "forever",
            "--visitor-retention-days", "forever");
        const old = await visit(700);
        const kept = await visit(705);
        assert.notEqual(old.visitorId, kept.visitorId);
        assert.notDeepEqual(onDisk(old.url, old.visitorId), []); // in the log
        await whorl.restart();
        assert.notDeepEqual(onDisk(old.url, old.visitorId), []); // in a table
        await whorl.get("/healthz", { headers: at(startMs + 709 * dayMs) });
        await command("workspace", "set", "default", "--retention-days", "7");
        for (let i = 0; i < 400 && onDisk(old.url, old.visitorId).length > 0; i++) await sleep(50);
        assert.deepEqual(onDisk(old.url, old.visitorId), []);
        await assertSeen(old, 709, false);
        await assertSeen(kept, 709, true, ["v2"]);
        for (let i = 0; i < 200 && !/is off the disk/.test(whorl.log); i++) await sleep(50);
        assert.match(whorl.log, /erased \d+ events/);
    });
});
