// A trace of the system calls shows that no answer leaves before the sync that covers its event has
// returned: with requests one by one, and with many at once that share a sync. And the check is a real
// one: it finds the fault in traces that have been tampered with.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startWhorl } from "../lib/whorl.mjs";
import { scratch, startLoad } from "./lib.mjs";
import { checkOrder, parseTrace } from "./trace.mjs";

const CALLS = "fdatasync,fsync,write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,sendmmsg";

/** Runs the server under strace while load sends `events` from `connections`; gives the trace. */
async function record(t, connections, events) {
    const trace = join(scratch(t), "trace");
    const which = ["-e", `trace=${CALLS}`, "-e", "signal=none"];
    const wrapper = ["strace", "-D", "-f", "-y", "-s", "4000000", ...which, "-o", trace];
    const whorl = await startWhorl({ data: scratch(t), wrapper });
    t.after(() => whorl.kill());
    const report = await startLoad(whorl, { connections, events, seconds: 60 }).report;
    assert.deepEqual(report.statuses, { 200: events });
    await whorl.stop();
    let text = readFileSync(trace, "latin1");
    while (!/\+\+\+ exited with 0 \+\+\+\n$/.test(text)) {
        await sleep(20); // strace writes its last lines after the server is gone
        text = readFileSync(trace, "latin1");
    }
    return text;
}

test("one by one: each answer comes after its own sync", async (t) => {
    const { answers, problems } = checkOrder(parseTrace(await record(t, 1, 40)));
    assert.deepEqual(problems, []);
    assert.equal(answers.length, 40);
});

test("at once: each answer comes after a sync that covers its event", async (t) => {
    const text = await record(t, 16, 400);
    const calls = parseTrace(text);
    const { answers, problems } = checkOrder(calls);
    assert.deepEqual(problems, []);
    assert.equal(answers.length, 400);

    await t.test("the check finds syncs that are left out", () => {
        const without = checkOrder(calls.filter((call) => !call.name.includes("sync")));
        assert.equal(without.problems.length, 400);
    });
    await t.test("the check finds syncs that fail", () => {
        const failing = text.replace(
            /^(\d+ +(?:<\.\.\. )?f(?:data)?sync.*) = 0$/gm,
            "$1 = -1 EIO (Input/output error)",
        );
        assert.notEqual(failing, text);
        assert.equal(checkOrder(parseTrace(failing)).problems.length, 400);
    });
    await t.test("the check finds a sync that began before the write", () => {
        const early = calls.map((call) =>
            call.name.includes("sync") ? { ...call, start: -1 } : call,
        );
        assert.equal(checkOrder(early).problems.length, 400);
    });
    await t.test("the check finds one answer that left while its sync was under way", () => {
        const { call, sync, requestId } = answers[200];
        const early = { ...call, start: sync.end - 0.5 };
        const { problems: found } = checkOrder(
            calls.map((other) => (other === call ? early : other)),
        );
        assert.equal(found.length, 1);
        assert.ok(found[0].startsWith(requestId));
    });
    await t.test("the check finds an answer whose event was never written", () => {
        const unwritten = calls.filter(
            (call) => !call.file.endsWith(".log") || call.name.includes("sync"),
        );
        assert.equal(checkOrder(unwritten).problems.length, 400);
    });
});
