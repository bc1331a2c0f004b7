// kill -9 while old events are being erased: what is kept is there in full, what is too old is in no answer, and in the
// end in no file.
//
// RETENTION_KILLS: how often (4). RETENTION_SEED: repeats a run's moments.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { bodies } from "../bodies/bodies.mjs";
import { sha256 } from "../bodies/signals.mjs";
import { assertIdentified } from "../lib/checks.mjs";
import { startWhorl } from "../lib/whorl.mjs";
import { scratch, visitorKeyEnd } from "./lib.mjs";

const kills = Number(process.env.RETENTION_KILLS ?? 4);
const seed = Number(process.env.RETENTION_SEED ?? Date.now() % 1_000_000);
const dayMs = 24 * 3600 * 1000;
const startMs = 1_790_000_000_000;
const DEVICES = 60;
const PATIENCE_MS = 60_000;

const at = (day) => [["X-Test-Now-Ms", `${startMs + day * dayMs}`]];

async function visit(whorl, number, day, cookie) {
    const { body, headers } = bodies["headed-linux"]();
    const value = (name) => body.signals[name].value;
    for (const name of ["canvas", "domRect", "svg", "audio", "math"]) {
        value(name).hash = sha256(`aged ${name} ${number}`);
    }
    value("fonts").detected = ["Arial", `Font ${number}`, "Impact"];
    value("fonts").count = 3;
    value("navigator").hardwareConcurrency = 2 + 2 * number;
    Object.assign(value("screen"), { width: 1000 + 8 * number, height: 700 + 8 * number });
    const answer = await whorl.identify(body, { headers, cookie, nowMs: startMs + day * dayMs + number });
    return { ...assertIdentified(answer), cookie: answer.headers["set-cookie"][0].split(";")[0] };
}

/** Visitors of which a payload is in a table (the one without compression; its key has the visitor's id). */
function payloadsOnDisk(directory, visitors) {
    const left = new Set();
    for (const name of readdirSync(directory).filter((name) => /\.sst$/.test(name))) {
        try {
            const bytes = readFileSync(join(directory, name));
            if (!bytes.includes("namesnapshots")) continue;
            for (const id of visitors) if (bytes.includes(visitorKeyEnd(id))) left.add(id);
        } catch (error) {
            if (error.code !== "ENOENT") throw error;
        }
    }
    return left;
}

async function assertKept(whorl, old, young, day) {
    const headers = at(day);
    for (const one of old) {
        const { status } = await whorl.get(`/v4/events/${one.requestId}`, { auth: "bearer", headers });
        assert.equal(status, 404, `${one.requestId} is too old`);
    }
    for (const one of young) {
        const { status, json } = await whorl.get(`/v1/events/${one.requestId}`, { auth: "bearer", headers });
        assert.equal(status, 200, `${one.requestId} is kept`);
        assert.ok(json.signals.client.canvas.hash, "with its payload");
    }
    const everything = `/v4/events?limit=100&total_hits=1000&start=${startMs}`;
    const search = await whorl.get(everything, { auth: "bearer", headers });
    assert.equal(search.json.total_hits, young.length);
}

test(`${kills} kills while old events are erased`, async (t) => {
    console.log(`# RETENTION_SEED=${seed} RETENTION_KILLS=${kills}`);
    const whorl = await startWhorl({ data: scratch(t), flags: ["--test-clock"] });
    t.after(() => whorl.kill());
    const gone = []; // visitors that only came long ago
    let day = 0;
    for (let number = 0; number < kills; number++, day += 100) {
        const old = [];
        const young = [];
        for (let i = 0; i < DEVICES; i++) {
            const device = number * DEVICES + i;
            const first = await visit(whorl, device, day);
            old.push(first);
            if (i % 3 === 0) young.push(await visit(whorl, device, day + 50, first.cookie));
            else gone.push(first.visitorId);
        }
        await whorl.get("/healthz", { headers: at(day + 55) });
        const set = ["environment", "set", "default", "--data", whorl.data, "--retention-days"];
        await whorl.run(...set, "30");
        await sleep((seed * (number + 1)) % 60); // into the work
        await whorl.kill();
        await whorl.start();
        await assertKept(whorl, old, young, day + 55);
    }
    await whorl.get("/healthz", { headers: at(day) });
    for (let waited = 0; waited < PATIENCE_MS && payloadsOnDisk(whorl.data, gone).size; waited += 500) await sleep(500);
    if (payloadsOnDisk(whorl.data, gone).size) await whorl.restart(); // purges what the last process did not
    for (let waited = 0; waited < PATIENCE_MS && payloadsOnDisk(whorl.data, gone).size; waited += 500) await sleep(500);
    assert.deepEqual([...payloadsOnDisk(whorl.data, gone)], []);
});
