// Writes a workload (NDJSON, one event per line, in time order) and a truth file without bodies.
//
//     node eval/gen.mjs --seed 1 --devices 2000 --days 60 --out w.ndjson.gz --truth t.ndjson.gz
import { readFileSync } from "node:fs";
import { generate } from "./generator/generate.mjs";
import { options } from "./lib/io.mjs";
import { parametersFrom } from "./generator/params.mjs";
import { progressBar } from "./lib/progress.mjs";

const asked = options(process.argv.slice(2), {
    seed: "1",
    devices: 2000,
    days: 60,
    out: "workload.ndjson.gz",
    truth: "",
    params: "", // a JSON file with other rates (generator/params.mjs)
    quiet: false,
});
const bar = asked.quiet ? undefined : progressBar("generate");
const made = await generate({
    P: parametersFrom(asked.params && JSON.parse(readFileSync(asked.params, "utf8"))),
    seed: asked.seed,
    devices: asked.devices,
    days: asked.days,
    out: asked.out,
    truth: asked.truth,
    progress: bar?.update,
});
bar?.end();
if (!asked.quiet) console.error(JSON.stringify(made));
