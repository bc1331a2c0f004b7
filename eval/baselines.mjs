// Runs the baselines on a workload and writes { i, visitorId } per event: res.<name>.ndjson.
//
//     node eval/baselines.mjs --in w.ndjson.gz --out res --names token,weighted+token
import { BASELINES, runBaselines } from "./lib/baselines/run.mjs";
import { options, writer } from "./lib/io.mjs";

const asked = options(process.argv.slice(2), {
    in: "workload.ndjson.gz",
    out: "res",
    names: BASELINES.join(","),
    t: 10, // of weighted: how far the best id must beat the number of ids ...
    margin: 3, // ... and the next id (natural logarithms)
});
const names = asked.names.split(",");
const files = new Map(names.map((name) => [name, writer(`${asked.out}.${name}.ndjson`)]));
const ms = await runBaselines(asked.in, names, {
    each: (name, i, visitorId) => files.get(name).write({ i, visitorId }),
    settings: { t: asked.t, margin: asked.margin },
});
for (const file of files.values()) await file.end();
for (const [name, mean] of Object.entries(ms)) {
    console.error(`${name}: ${mean.toFixed(4)} ms per search`);
}
