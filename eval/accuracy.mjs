// make accuracy: how well whorl tells devices apart over time, on workloads whose truth is known. For each seed
// it generates the workload (or takes the one in build/accuracy), plays it against build/whorl, and scores the
// answers. eval/README.md says how to read the table.
//
//     node eval/accuracy.mjs --seeds "1 2 3" --devices 2000 --days 60 --params rates.json --baselines
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { againstWhorl } from "./lib/against_whorl.mjs";
import { BASELINES, runBaselines } from "./lib/baselines/run.mjs";
import { options } from "./lib/io.mjs";
import { SPLITS, calibration, scoreSplits } from "./lib/metrics.mjs";
import { progressBar } from "./lib/progress.mjs";
import { missingIds, readResults, readTruth } from "./lib/results.mjs";
import { number, percent, table } from "./lib/table.mjs";
import { addVerdicts, scoreVerdicts } from "./lib/verdicts.mjs";
import { prepareWorkload } from "./lib/workload.mjs";

const asked = options(process.argv.slice(2), {
    seeds: "1",
    devices: 2000,
    days: 60,
    params: "", // a JSON file with other rates (generator/params.mjs)
    baselines: false,
    "only-baselines": false, // no server
    directory: join(import.meta.dirname, "../build/accuracy"),
});

// title, what it is, and where it stands in the scores
const COLUMNS = [
    ["any own", (s) => s.splits.human.recall_any],
    ["lost", (s) => s.splits["cookie lost"].recall_any],
    ["private", (s) => s.splits.incognito.recall_any],
    ["new f.m", (s) => s.splits.human.newcomer_false_match],
    ["clones f.m", (s) => s.splits.clones.newcomer_false_match],
    ["lost f.m", (s) => s.splits["cookie lost"].false_match],
    ["B3 F1", (s) => s.splits.human.b3_f1],
];
const LEGEND = `In percent, but ECE. Bots are left out. "any own": returning events that got an id of their device, of
all, after lost cookies ("lost") and in private windows ("private"). "f.m": events that got another device's id:
newcomers ("new"), newcomers who look like somebody else ("clones"), returning after lost cookies ("lost"). "B3 F1":
B-cubed F1. "ECE": expected calibration error of the score over events without a token. The workload is synthetic.`;

// For the first guess, measured on two cores on 2026-11-20; the progress lines know better. Baselines scan, so that
// each of their events costs more the more devices there are.
const EVENTS_PER_DEVICE_DAY = 0.22;
const MS_PER_EVENT = {
    generate: () => 0.4,
    replay: () => 1.2,
    baselines: (devices) => 0.3 + devices * 0.00015,
};

function announce(seeds) {
    const events = Math.round(asked.devices * asked.days * EVENTS_PER_DEVICE_DAY * seeds.length);
    const steps = ["generate"];
    if (!asked["only-baselines"]) steps.push("replay");
    if (asked.baselines) steps.push("baselines");
    const perEvent = steps.reduce((sum, step) => sum + MS_PER_EVENT[step](asked.devices), 0);
    const minutes = (events * perEvent) / 60_000;
    const files = `${seeds.length} ${seeds.length === 1 ? "seed" : "seeds"}`;
    console.error(`${files}, about ${events} events: ${minutes.toFixed(1)} min, more or less`);
}

const scoresOf = (truth, ids) => ({
    missing: missingIds(truth, ids),
    splits: scoreSplits(truth, ids, Object.keys(SPLITS)),
});

async function whorlOn(workload, truth) {
    const file = `${workload.base}.results.ndjson.gz`;
    const { perSecond } = await againstWhorl(workload, truth, file);
    const { ids, scores, verdicts } = await readResults(file);
    const found = calibration(truth, ids, scores);
    rmSync(`${workload.base}.unscored.ndjson.gz`);
    return {
        ...scoresOf(truth, ids),
        calibration: found,
        events_per_second: perSecond,
        verdicts: scoreVerdicts(truth, verdicts),
    };
}

async function baselinesOn(workload, truth) {
    const ids = new Map(BASELINES.map((name) => [name, []]));
    const bar = progressBar(`baselines ${workload.name}`);
    const ms = await runBaselines(workload.workload, BASELINES, {
        each: (name, i, id) => {
            ids.get(name)[i] = id;
        },
        progress: (i) => bar.update(i / workload.events, `${i} of ${workload.events} events`),
    });
    bar.end();
    const scored = BASELINES.map((name) => [
        name,
        { ...scoresOf(truth, ids.get(name)), ms_per_search: ms[name] },
    ]);
    return Object.fromEntries(scored);
}

/* One seed: { name, seed, ..., linkers: { whorl, token, ... } }, also written as a file. */
async function measure(seed) {
    const { devices, days, params, directory } = asked;
    const workload = await prepareWorkload({ seed, devices, days, params }, directory);
    const truth = await readTruth(workload.truth);
    const linkers = {};
    if (!asked["only-baselines"]) linkers.whorl = await whorlOn(workload, truth);
    if (asked.baselines) Object.assign(linkers, await baselinesOn(workload, truth));
    const { name, events, devices: seen } = workload;
    const measured = { name, seed, devices, days, params, events, devices_seen: seen, linkers };
    writeFileSync(join(directory, `${name}.json`), `${JSON.stringify(measured, null, 1)}\n`);
    return measured;
}

const eceOf = (scores) => scores.calibration?.ece;
const meanOf = (values) => values.reduce((a, b) => a + b, 0) / values.length;

function row(linker, which, all) {
    const mean = (read) => {
        const values = all.map(read).filter((value) => typeof value === "number");
        return values.length ? meanOf(values) : null;
    };
    const cells = COLUMNS.map(([, read]) => percent(mean(read)));
    return [linker, which, ...cells, number(mean(eceOf), 4)];
}

/* One row per seed of whorl and its mean; of the baselines the mean. */
function tableOf(measured) {
    const names = Object.keys(measured[0].linkers);
    const rows = [["linker", "seed", ...COLUMNS.map(([title]) => title), "ECE"]];
    for (const name of names) {
        const all = measured.map(({ linkers }) => linkers[name]);
        if (name === "whorl")
            measured.forEach(({ seed }, i) => rows.push(row(name, seed, [all[i]])));
        if (name !== "whorl" || all.length > 1) {
            rows.push(row(name, all.length > 1 ? "mean" : measured[0].seed, all));
        }
    }
    return table(rows);
}

/* All seeds together: a line per verdict, and whom the false alarms hit. */
function verdictTable(measured) {
    const all = addVerdicts(measured.map(({ linkers }) => linkers.whorl.verdicts));
    const head = ["verdict", "guilty", "found", "recall", "innocent", "accused", "%", "precision"];
    const rows = all.map((s) => [
        s.name,
        String(s.guilty),
        String(s.found),
        percent(s.recall),
        String(s.innocent),
        String(s.false_alarms),
        percent(s.false_alarm_rate, 3),
        s.guilty ? percent(s.precision) : "-",
    ]);
    const whom = all.flatMap(({ name, accused }) =>
        accused.slice(0, 3).map(([who, n]) => `${name}: ${n} of ${who}`),
    );
    return [table([head, ...rows]), ...whom].join("\n");
}

const VERDICT_LEGEND = `Verdicts of v4, by event. "guilty": the truth says that the verdict fits, and it is "found" in so many. "innocent":
the truth says that it does not, and so many are "accused". The aim is at most 0.1 % of them. Below: whom these hit.`;

const seeds = asked.seeds.split(/[\s,]+/).filter(Boolean);
if (!seeds.length) throw new Error("--seeds is empty: give at least one, such as --seeds 1");
announce(seeds);
const measured = [];
for (const seed of seeds) measured.push(await measure(seed));
const events = measured.map((one) => one.events).join(", ");
console.log(
    `\n${asked.devices} devices, ${asked.days} days, seeds ${seeds.join(", ")}: ${events} events`,
);
if (asked.params) console.log(`rates changed by ${asked.params}`);
console.log(`\n${tableOf(measured)}\n\n${LEGEND}`);
if (!asked["only-baselines"]) console.log(`\n${verdictTable(measured)}\n\n${VERDICT_LEGEND}`);
for (const { name, linkers } of measured) {
    for (const [linker, { missing }] of Object.entries(linkers)) {
        if (!missing) continue;
        console.error(`INCOMPLETE: ${linker} gave no id to ${missing} events of ${name}`);
        process.exitCode = 3;
    }
}
