// The scorer against cases worked out by hand.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { SPLITS, calibration, judge, scoreSet, scoreSplits } from "../../eval/lib/metrics.mjs";
import { matchRatio } from "../../eval/lib/strings.mjs";
import { networkOf } from "../../eval/lib/view.mjs";
import { repository } from "../lib/whorl.mjs";

const DAY = 86400e3;

/* Rows of truth, one a day, and the ids that they got, from "device id" pairs. */
function played(pairs, facts = {}) {
    const truth = pairs.map(([d], i) => ({ i, d, t: i * DAY, token: false, bot: false, ...facts }));
    return { truth, ids: pairs.map(([, id]) => id) };
}

function close(actual, expected, what) {
    assert.ok(Math.abs(actual - expected) < 1e-12, `${what}: ${actual}, not ${expected}`);
}

test("FP-Stalker's own example of average ownership, and everything else that follows from it", () => {
    // chain 1 = A A B A A, 2 = B B, 3 = C C C, 4 = C C
    const chains = "A1 A1 B1 A1 A1 B2 B2 C3 C3 C3 C4 C4".split(" ");
    const { truth, ids } = played(chains.map((pair) => [pair[0], pair[1]]));
    const scores = scoreSet(judge(truth, ids));
    close(scores.ownership, (0.8 + 1 + 1 + 1) / 4, "ownership");
    close(scores.merged_ids, 1 / 4, "merged ids");
    close(scores.ids_per_device, (1 + 2 + 2) / 3, "ids per device");
    // A: days 0 to 4. B: id 1 for 0 days, id 2 for 1. C: id 3 for 2 days, id 4 for 1.
    close(scores.track_avg_days, (4 + 0.5 + 1.5) / 3, "average duration");
    close(scores.track_max_days, (4 + 1 + 2) / 3, "longest duration");
    close(scores.track_ideal_days, (4 + 4 + 4) / 3, "ideal duration");
    // pairs with the same id and device: 6 + 0, 1, 3, 1; with the same id: 10, 1, 3, 1; device: 6, 3, 10
    close(scores.pair_precision, 11 / 15, "pair precision");
    close(scores.pair_recall, 11 / 19, "pair recall");
    // B-cubed: each event's share of its device among its id, and of its id among its device
    close(scores.b3_precision, (4 * 0.8 + 0.2 + 2 + 3 + 2) / 12, "B3 precision");
    close(scores.b3_recall, (4 + 1 / 3 + 2 * (2 / 3) + 3 * 0.6 + 2 * 0.4) / 12, "B3 recall");
    assert.equal(scores.returning, 9);
    close(scores.recall_prev, 7 / 9, "same id");
    close(scores.recall_any, 7 / 9, "any own");
    close(scores.newcomer_false_match, 1 / 3, "new f.m");
});

test("an id counts as own, taken or split", () => {
    // B returns with A's id, then with its own; A returns with a new one; B once more with A's: no longer taken
    const pairs = ["A1", "B2", "B1", "B2", "A3", "B1"].map((pair) => [pair[0], pair[1]]);
    const { truth, ids } = played(pairs);
    const judged = judge(truth, ids);
    const flags = judged.map(
        (e) => `${e.first ? "first" : ""}${e.own ? "own" : ""}${e.taken ? "taken" : ""}`,
    );
    assert.deepEqual(flags, ["first", "first", "taken", "own", "", "own"]);
    const scores = scoreSet(judged);
    close(scores.false_match, 1 / 4, "f.match");
    close(scores.false_split, 1 / 4, "f.split");
    close(scores.link_precision, 2 / 3, "link P");
});

test("an event without an answer counts as a new id", () => {
    const { truth } = played([["A"], ["A"]]);
    assert.equal(scoreSet(judge(truth, ["1"])).recall_any, 0);
});

test("bots count in two splits only", () => {
    const { truth, ids } = played(
        [
            ["A", "1"],
            ["A", "1"],
        ],
        { bot: true, state: "kept", form: "desktop" },
    );
    const splits = scoreSplits(truth, ids);
    const filled = Object.keys(SPLITS).filter((name) => splits[name].events);
    assert.deepEqual(filled, ["all", "bots"]);
});

test("calibration: what is right, and the error over equal bins", () => {
    // right: A new; B new; A returns; wrong: C gets A's id; A, known, gets a new one
    const { truth, ids } = played([
        ["A", "1"],
        ["B", "2"],
        ["A", "1"],
        ["C", "1"],
        ["A", "4"],
    ]);
    const scores = [0.9, 0.9, 0.8, 0.7, 0.2];
    const found = calibration(truth, ids, scores, { bins: 5 });
    assert.deepEqual(
        found.rows.map((row) => row.right),
        [0, 0, 1, 1, 1],
    );
    close(found.ece, (0.2 + 0.7 + 0.2 + 0.1 + 0.1) / 5, "ece");
    truth[3].token = true;
    truth[4].bot = true;
    assert.equal(calibration(truth, ids, scores).events, 3, "tokens and bots are left out");
    assert.equal(calibration(truth, ids, scores, { withToken: true }).events, 4);
});

test("similarity of texts is Python's", () => {
    assert.equal(matchRatio("abcd", "bcde").toFixed(2), "0.75");
    const [a, b] = ["private Thread currentThread;", "private volatile Thread currentThread;"];
    assert.equal(matchRatio(a, b).toFixed(3), "0.866");
});

test("networks are the /24 and the /48", () => {
    assert.equal(networkOf("192.0.2.77"), "192.0.2");
    assert.equal(networkOf("2001:db8:12:3:4:5:6:7"), "2001:db8:12");
});

test("score.mjs refuses an unfinished file of results", () => {
    const directory = mkdtempSync(join(tmpdir(), "whorl-eval-"));
    try {
        const line = (i) => ({
            i,
            device_id: "A",
            t_ms: i,
            cookie_state: { state: i ? "kept" : "first", has_token: i > 0 },
            truth: { form: "desktop" },
        });
        const write = (name, rows) =>
            writeFileSync(
                join(directory, name),
                rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
            );
        write("t.ndjson", [line(0), line(1)]);
        write("r.ndjson", [{ i: 0, visitorId: "x" }]);
        const args = ["--truth", "t.ndjson", "--results", "r.ndjson"];
        const run = (...more) =>
            spawnSync(process.execPath, [join(repository, "eval/score.mjs"), ...args, ...more], {
                cwd: directory,
                encoding: "utf8",
            });
        const refused = run();
        assert.equal(refused.status, 3, refused.stderr);
        assert.match(refused.stderr, /INCOMPLETE.*1 of 2/);
        assert.equal(run("--allow-missing").status, 0);
    } finally {
        rmSync(directory, { recursive: true });
    }
});
