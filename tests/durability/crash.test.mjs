// kill -9 in the middle of load loses no acknowledged event. Again and again on the same data directory:
// load from many connections, kill at a random moment, start again, and read back every event that was
// answered with 200 since the last kill, and a sample of all before.
//
// CRASH_KILLS: how often (20). CRASH_SEED: repeats a run's moments and devices.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startWhorl } from "../lib/whorl.mjs";
import { findLost, readAcks, scratch, startLoad, visitorBase62 } from "./lib.mjs";

const kills = Number(process.env.CRASH_KILLS ?? 20);
const seed = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000);
const OLDER = 300;

// mulberry32: small, seeded.
let state = seed;
function random() {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

function pick(list, count) {
    const length = Math.min(count, list.length);
    return Array.from({ length }, () => list[Math.floor(random() * list.length)]);
}

/** Every acknowledged event of a visitor is in its history (of which one answer holds 500). */
async function checkHistory(whorl, acks, visitorId) {
    const path = `/visitors/${visitorBase62(visitorId)}?limit=500`;
    const { status, json, text } = await whorl.get(path, { auth: "header" });
    assert.equal(status, 200, `${path}: ${text}`);
    const acknowledged = acks.filter((ack) => ack.visitorId === visitorId).length;
    const found = json.visits.length;
    assert.ok(found >= Math.min(acknowledged, 500), `${visitorId}: ${found} of ${acknowledged}`);
}

/** Loads until the kill; returns what was acknowledged. */
async function loadAndKill(whorl, number, acksPath) {
    const load = startLoad(whorl, {
        connections: 32,
        seconds: 30,
        seed: seed * 1000 + number,
        returning: 0.7,
        acks: acksPath,
    });
    await sleep(100 + random() * 700);
    process.kill(whorl.pid, 0); // throws when the server has ended by itself
    await whorl.kill();
    const report = await load.report;
    assert.ok(report.answered > 0, "the kill came before the first answer: nothing was tested");
    assert.deepEqual(Object.keys(report.statuses), ["200"], "errors under load");
    const acks = readAcks(acksPath);
    assert.equal(acks.length, report.answered);
    return acks;
}

test(`${kills} kills under load lose no acknowledged event`, async (t) => {
    console.log(`# CRASH_SEED=${seed} CRASH_KILLS=${kills}`);
    const acksPath = join(scratch(t), "acks");
    const whorl = await startWhorl({ data: scratch(t) });
    t.after(() => whorl.kill());
    const all = [];
    for (let number = 0; number < kills; number++) {
        const acks = await loadAndKill(whorl, number, acksPath);
        await whorl.start();
        const lost = await findLost(whorl, [...acks, ...pick(all, OLDER)]);
        assert.deepEqual(lost, [], `kill ${number + 1}, seed ${seed}: lost or changed`);
        for (const { visitorId } of pick(acks, 3)) await checkHistory(whorl, acks, visitorId);
        all.push(...acks);
    }
    await whorl.stop();
    console.log(`# ${all.length} acknowledged events, none lost`);
});
