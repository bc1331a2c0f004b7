// make accuracy on a small workload, end to end: what must hold however good the matching is.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";

import { ndjson } from "../../eval/lib/io.mjs";
import { readTruth } from "../../eval/lib/results.mjs";
import { repository } from "../lib/whorl.mjs";

const directory = mkdtempSync(join(tmpdir(), "whorl-eval-"));
after(() => rmSync(directory, { recursive: true }));

const run = (...more) => {
    const sized = ["--seeds", "11", "--devices", "150", "--days", "20", "--directory", directory];
    const script = join(repository, "eval/accuracy.mjs");
    return promisify(execFile)(process.execPath, [script, ...sized, ...more]);
};
const { stdout } = await run("--baselines");
const fileThatEnds = (end) =>
    join(
        directory,
        readdirSync(directory).find((name) => name.endsWith(end)),
    );
const measured = JSON.parse(readFileSync(join(directory, "seed11-150x20.json"), "utf8"));
const truth = await readTruth(fileThatEnds(".truth.ndjson.gz"));
const results = [];
for await (const result of ndjson(fileThatEnds(".results.ndjson.gz"))) results.push(result);

test("every event got an id", () => {
    assert.ok(truth.length > 500, `${truth.length} events`);
    assert.deepEqual(
        results.map((result) => result.i),
        truth.map((row) => row.i),
    );
    const bad = results.filter((result) => !result.visitorId || result.status !== 200);
    assert.deepEqual(bad, []);
    assert.equal(measured.linkers.whorl.missing, 0);
});

test("who brings a token keeps the id", () => {
    const kept = measured.linkers.whorl.splits["cookie kept"];
    assert.ok(kept.returning > 200, `${kept.returning} events with kept cookies`);
    assert.equal(kept.recall_any, 1);
});

test("exactly the events without a token were asked for their score, and scores are probabilities", () => {
    for (const { i, score } of results) {
        assert.equal(typeof score, truth[i].token ? "undefined" : "number", `event ${i}`);
        if (!truth[i].token)
            assert.ok(score >= 0 && score <= 1, `event ${i} has the score ${score}`);
    }
    const searches = truth.filter((row) => !row.token && !row.bot).length;
    assert.equal(measured.linkers.whorl.calibration.events, searches);
    assert.ok(new Set(results.map((result) => result.score)).size > 2, "scores tell cases apart");
});

test("devices are told apart, and found again without a token", () => {
    const { human, "cookie lost": lost } = measured.linkers.whorl.splits;
    assert.ok(human.ids > human.devices / 2, `${human.ids} ids for ${human.devices} devices`);
    assert.ok(lost.recall_any > 0, "nobody who lost the cookies was recognised");
});

// Wide of what the engine reaches here (docs/accuracy.md): 150 devices are few, and a change that breaks
// matching falls far below.
test("the engine is better than the best baseline, and its scores mean something", () => {
    const { human, "cookie lost": lost, incognito } = measured.linkers.whorl.splits;
    const weighted = measured.linkers["weighted+token"].splits.human;
    assert.ok(lost.recall_any >= 0.6, `lost: ${lost.recall_any}`);
    assert.ok(incognito.recall_any >= 0.75, `private: ${incognito.recall_any}`);
    assert.ok(human.newcomer_false_match <= 0.06, `misnamed newcomers: ${human.newcomer_false_match}`);
    assert.ok(human.newcomer_false_match < weighted.newcomer_false_match);
    assert.ok(human.b3_f1 >= 0.95 && human.b3_f1 > weighted.b3_f1, `B-cubed F1: ${human.b3_f1}`);
    const { ece } = measured.linkers.whorl.calibration;
    assert.ok(ece <= 0.08, `expected calibration error: ${ece}`);
});

test("the baseline that has nothing but the token never merges, and never finds again", () => {
    const { human, "cookie lost": lost } = measured.linkers.token.splits;
    assert.equal(human.b3_precision, 1);
    assert.equal(human.newcomer_false_match, 0);
    assert.equal(lost.recall_any, 0);
});

test("the table has a row per linker, and says what it leaves out", () => {
    const first = stdout.split("\n").map((line) => line.split(/\s/)[0]);
    for (const name of Object.keys(measured.linkers)) assert.ok(first.includes(name), name);
    assert.match(stdout, /Bots are left out/);
});

test("a second run takes the workload that is there", async () => {
    const { stderr } = await run("--only-baselines", "--baselines");
    assert.doesNotMatch(stderr, /generate seed11/);
});
