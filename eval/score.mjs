// Scores results against the truth of their workload: one table per file.
//
//     node eval/score.mjs --truth t.ndjson.gz --results server.ndjson,res.weighted+token.ndjson
//
// Ends with status 3 when events are missing in the results, unless --allow-missing.
import { options } from "./lib/io.mjs";
import { SPLITS, scoreSplits } from "./lib/metrics.mjs";
import { missingIds, readResults, readTruth } from "./lib/results.mjs";
import { number, percent, table } from "./lib/table.mjs";

const asked = options(process.argv.slice(2), {
    truth: "truth.ndjson.gz",
    results: "",
    json: false,
    "allow-missing": false,
    splits: Object.keys(SPLITS).join(","),
});
const two = (x) => percent(x, 2);
const COLUMNS = [
    ["events", "events", String],
    ["ret.", "returning", String],
    ["same id", "recall_prev", two],
    ["any own", "recall_any", two],
    ["f.split", "false_split", two],
    ["f.match", "false_match", two],
    ["new f.m", "newcomer_false_match", two],
    ["link P", "link_precision", two],
    ["ids>1dev", "merged_ids", two],
    ["pair P", "pair_precision", two],
    ["pair R", "pair_recall", two],
    ["pair F1", "pair_f1", two],
    ["B3 P", "b3_precision", two],
    ["B3 R", "b3_recall", two],
    ["B3 F1", "b3_f1", two],
    ["avg d", "track_avg_days", number],
    ["max d", "track_max_days", number],
    ["ideal", "track_ideal_days", number],
    ["owner", "ownership", two],
    ["ids/dev", "ids_per_device", number],
];

function timesOf(ms) {
    if (!ms.length) return null;
    const sorted = [...ms].sort((a, b) => a - b);
    const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    const mean = ms.reduce((a, b) => a + b, 0) / ms.length;
    return { mean, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) };
}

function print(file, { events, missing, ms, splits }) {
    const times = ms && Object.entries(ms).map(([name, value]) => `${name} ${value.toFixed(3)}`);
    const took = times ? `, ms: ${times.join(", ")}` : "";
    console.log(`\n== ${file}: ${events} events, ${missing} without an id${took}`);
    const head = ["split", ...COLUMNS.map(([title]) => title)];
    const rows = Object.entries(splits).map(([name, scores]) => [
        name,
        ...COLUMNS.map(([, column, show]) => show(scores[column])),
    ]);
    console.log(table([head, ...rows]));
}

const truth = await readTruth(asked.truth);
const names = asked.splits.split(",");
const unknown = names.find((name) => !SPLITS[name]);
if (unknown) throw new Error(`no split is called "${unknown}": ${Object.keys(SPLITS).join(", ")}`);
const all = {};
for (const file of asked.results.split(",").filter(Boolean)) {
    const { ids, ms, failed } = await readResults(file);
    all[file] = {
        events: truth.length,
        missing: missingIds(truth, ids),
        errors: failed,
        ms: timesOf(ms),
        splits: scoreSplits(truth, ids, names),
    };
    if (!asked.json) print(file, all[file]);
}
if (asked.json) console.log(JSON.stringify(all, null, 1));
for (const [file, { events, missing }] of Object.entries(all)) {
    if (!missing) continue;
    console.error(
        `INCOMPLETE: ${file}: ${missing} of ${events} events have no id (counted as new)`,
    );
    if (!asked["allow-missing"]) process.exitCode = 3;
}
