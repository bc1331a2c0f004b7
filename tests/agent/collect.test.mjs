import assert from "node:assert/strict";
import { test } from "node:test";
import { collect } from "../../agent/collect.ts";

test("values with their durations, null for what failed or is not there", async () => {
    const signals = await collect([
        ["plain", () => ({ a: 1 })],
        ["later", async () => 0],
        ["throws", () => { throw new Error("no"); }],
        ["rejects", () => Promise.reject(new Error("no"))],
        ["nothing", () => null],
        ["undefined", () => undefined],
        ["unwritten", null],
    ]);
    assert.deepEqual(Object.keys(signals), [
        "plain", "later", "throws", "rejects", "nothing", "undefined", "unwritten", "collection",
    ]);
    assert.deepEqual(signals.plain.value, { a: 1 });
    assert.equal(typeof signals.plain.duration, "number");
    assert.equal(signals.later.value, 0);
    for (const name of ["throws", "rejects", "nothing", "undefined", "unwritten"]) {
        assert.equal(signals[name], null, name);
    }
    assert.deepEqual(signals.collection.value.failures, {
        throws: "Error: no", rejects: "Error: no", nothing: "absent", undefined: "absent",
        unwritten: "absent",
    });
});

test("a source that never answers costs only its own signal", async () => {
    const signals = await collect([["stuck", () => new Promise(() => {})], ["fine", () => 1]], {
        limitMs: 5,
    });
    assert.equal(signals.stuck, null);
    assert.equal(signals.fine.value, 1);
    assert.deepEqual(signals.collection.value.failures, { stuck: "timeout" });
});

test("a source that builds on another shares its one reading", async () => {
    let reads = 0;
    const signals = await collect([
        ["second", async (context) => `after ${await context.result("first")}`],
        ["first", () => `reading ${++reads}`],
        ["third", async (context) => await context.result("missing")],
    ]);
    assert.equal(signals.second.value, "after reading 1");
    assert.equal(signals.first.value, "reading 1");
    assert.equal(signals.third, null);
});

test("a probe runs only when it was asked for", async () => {
    let runs = 0;
    const rows = [["webrtc", () => ++runs, "webrtc"]];
    const without = await collect(rows);
    assert.equal(without.webrtc, null);
    assert.deepEqual(without.collection.value.failures, { webrtc: "off" });
    assert.equal(runs, 0);
    assert.equal((await collect(rows, { probes: ["webrtc"] })).webrtc.value, 1);
});

test("sources that mostly wait start first; the order on the wire stays", async () => {
    const started = [];
    const source = (name) => () => started.push(name);
    const signals = await collect([
        ["a", source("a")], ["b", source("b"), "early"], ["c", source("c")],
        ["d", source("d"), "early"],
    ]);
    assert.deepEqual(started, ["b", "d", "a", "c"]);
    assert.deepEqual(Object.keys(signals), ["a", "b", "c", "d", "collection"]);
});

/* Keeps the thread for so long. */
function work(ms) {
    const end = performance.now() + ms;
    while (performance.now() < end);
}

/* Node empties a port in one go; in a browser each message is a task of its own. */
class BrowserChannel {
    port1 = { close() {} };
    port2 = { postMessage: () => void setImmediate(() => this.port1.onmessage()) };
}

test("the page gets its turn between sources, and inside of one that pauses", async (t) => {
    const { MessageChannel } = globalThis;
    globalThis.MessageChannel = BrowserChannel;
    t.after(() => (globalThis.MessageChannel = MessageChannel));
    let turns = 0;
    let done = false;
    const page = () => {
        turns++;
        if (!done) setImmediate(page);
    };
    setImmediate(page);
    let inside;
    const seen = [];
    const busy = () => {
        seen.push(turns);
        work(10);
        return 1;
    };
    await collect([
        ["one", busy], ["two", busy], ["three", busy],
        ["long", async ({ pause }) => {
            const before = turns;
            for (let i = 0; i < 5; i++) {
                work(10);
                await pause();
            }
            inside = turns - before;
        }],
    ]);
    done = true;
    assert.ok(seen[1] > seen[0] && seen[2] > seen[1], `turns seen: ${seen}`);
    assert.ok(inside >= 4, `${inside} turns while a long source ran`);
});

test("an error that cannot be printed is a reason too, and a long one is cut", async () => {
    const odd = { toString() { throw new Error("no"); } };
    const signals = await collect([
        ["odd", () => { throw odd; }], ["long", () => { throw "x".repeat(1000); }],
    ]);
    assert.deepEqual(signals.collection.value.failures, { odd: "error", long: "x".repeat(100) });
});

test("waiting for others does not count against a source", async () => {
    const slow = () => new Promise((resolve) => setTimeout(resolve, 60, 1));
    const signals = await collect([
        ["patient", async ({ result }) => {
            await result("slow");
            await result("slower");
            return 1;
        }],
        ["slow", slow],
        ["slower", async ({ result }) => {
            await result("slow");
            await new Promise((resolve) => setTimeout(resolve, 40));
            return 1;
        }],
        ["stuck", async ({ result }) => {
            await result("slow");
            await new Promise(() => {});
        }],
    ], { limitMs: 90 });
    assert.deepEqual(signals.collection.value.failures, { stuck: "timeout" });
});

test("a source that another one kept from answering is not late", async () => {
    const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const signals = await collect([
        ["patient", async () => {
            await later(10);
            await later(40);
            return 1;
        }],
        ["holder", () => {
            work(250);
            return 1;
        }],
        ["never", () => new Promise(() => {})],
    ], { limitMs: 100 });
    assert.equal(signals.patient?.value, 1);
    assert.deepEqual(signals.collection.value.failures, { never: "timeout" });
});
