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
        "plain", "later", "throws", "rejects", "nothing", "undefined", "unwritten",
    ]);
    assert.deepEqual(signals.plain.value, { a: 1 });
    assert.equal(typeof signals.plain.duration, "number");
    assert.equal(signals.later.value, 0);
    for (const name of ["throws", "rejects", "nothing", "undefined", "unwritten"]) {
        assert.equal(signals[name], null, name);
    }
});

test("a source that never answers costs only its own signal", async () => {
    const signals = await collect([["stuck", () => new Promise(() => {})], ["fine", () => 1]], 5);
    assert.equal(signals.stuck, null);
    assert.equal(signals.fine.value, 1);
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
