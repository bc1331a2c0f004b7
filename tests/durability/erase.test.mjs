// kill -9 around deletions: what was deleted with a 200 stays deleted, whatever load was on and however
// far the work behind it had come; and in the end its bytes are in none of the files.
//
// ERASE_KILLS: how often (6). ERASE_SEED: repeats a run's moments and devices.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startWhorl } from "../lib/whorl.mjs";
import { readAcks, scratch, startLoad, visitorBase62, visitorKeyEnd } from "./lib.mjs";

const kills = Number(process.env.ERASE_KILLS ?? 6);
const seed = Number(process.env.ERASE_SEED ?? Date.now() % 1_000_000);
const DELETIONS = 25; // before each kill
const PATIENCE_MS = 60_000; // "minutes" is the promise; nothing is measured here

const erase = (whorl, id) =>
    whorl.send({
        method: "DELETE",
        path: `/v4/visitors/${id}`,
        headers: [["Authorization", `Bearer ${whorl.secretKey}`]],
    });

/** Of which of these visitors a snapshot is in a log or table, and one of those files. The table of snapshots
 * is the one without compression: what is in it is found as it is, and the key goes with the record. */
function keptOnDisk(directory, ids) {
    const left = new Map();
    for (const name of readdirSync(directory).filter((name) => /\.(sst|log)$/.test(name))) {
        let bytes;
        try {
            bytes = readFileSync(join(directory, name));
        } catch (error) {
            if (error.code === "ENOENT") continue; // replaced by another since the listing
            throw error;
        }
        const snapshots = name.endsWith(".log") || bytes.includes("namesnapshots"); // its properties
        for (const id of snapshots ? ids : []) {
            if (bytes.includes(visitorKeyEnd(id))) left.set(id, name);
        }
    }
    return left;
}

/** Deletes visitors of the load while it runs and kills in the middle; returns those answered 200. */
async function deleteAndKill(whorl, number, acksPath) {
    const load = startLoad(whorl, {
        connections: 16,
        seconds: 30,
        seed: seed * 1000 + number,
        returning: 0.7,
        acks: acksPath,
    });
    await sleep(300);
    const known = new Set(readAcks(acksPath).slice(0, -1).map((ack) => ack.visitorId));
    const victims = [...known].slice(0, DELETIONS);
    assert.ok(victims.length > 0, "the load has made no visitors yet");
    const deleted = [];
    const asked = victims.map((id) =>
        erase(whorl, id).then(
            ({ status, text }) => {
                assert.equal(status, 200, text);
                deleted.push(id);
            },
            () => {}, // the kill came first: either is allowed
        ),
    );
    await Promise.race(asked); // one at least
    await sleep((number % 3) * 40);
    await whorl.kill();
    await Promise.all(asked);
    const report = await load.report;
    const strange = Object.keys(report.statuses).filter((status) => !["200", "503"].includes(status));
    assert.deepEqual(strange, [], "503 is for a visitor deleted under way; nothing else may come");
    assert.ok(deleted.length > 0);
    return deleted;
}

async function assertGone(whorl, ids, acks) {
    for (const id of ids) {
        const { json } = await whorl.get(`/visitors/${visitorBase62(id)}`, { auth: "header" });
        assert.deepEqual(json.visits, [], `${id} has visits`);
        assert.equal((await erase(whorl, id)).status, 404, `${id} is there`);
        for (const { requestId } of acks.filter((ack) => ack.visitorId === id).slice(0, 5)) {
            const event = await whorl.get(`/v4/events/${requestId}`, { auth: "bearer" });
            assert.equal(event.status, 404, `${requestId} of ${id} is there`);
        }
    }
}

test(`${kills} kills around deletions bring nothing back`, async (t) => {
    console.log(`# ERASE_SEED=${seed} ERASE_KILLS=${kills}`);
    const acksPath = join(scratch(t), "acks");
    const whorl = await startWhorl({ data: scratch(t) });
    t.after(() => whorl.kill());
    const gone = [];
    for (let number = 0; number < kills; number++) {
        const deleted = await deleteAndKill(whorl, number, acksPath);
        assert.equal(keptOnDisk(whorl.data, deleted).size, deleted.length); // it finds them
        await whorl.start();
        const acks = readAcks(acksPath);
        await assertGone(whorl, deleted, acks);
        gone.push(...deleted);
        if (number % 2) await whorl.restart(); // stopped in the middle of the work, too
    }
    await assertGone(whorl, gone, []);
    for (let waited = 0; waited < PATIENCE_MS; waited += 1000) {
        if (keptOnDisk(whorl.data, gone).size === 0) break;
        await sleep(1000);
    }
    assert.deepEqual([...keptOnDisk(whorl.data, gone)], []);
    await whorl.stop();
    assert.deepEqual([...keptOnDisk(whorl.data, gone)], []);
    console.log(`# ${gone.length} deleted visitors, none came back, none is in the files`);
});
