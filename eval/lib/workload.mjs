// Workloads are kept compressed and named by everything that decides their bytes, so that the next run with the
// same parameters starts at once and a changed generator never meets an old file.
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { parametersFrom } from "../generator/params.mjs";
import { progressBar } from "./progress.mjs";

const home = join(import.meta.dirname, "..");

function digest(parts) {
    const hash = createHash("sha256");
    for (const part of parts) hash.update(`${part}\0`);
    return hash.digest("hex").slice(0, 12);
}

/* The generator itself: its sources, its packages, and Node's major, whose tables name time zones. */
function generatorDigest() {
    const sources = globSync("generator/**/*.mjs", { cwd: home }).sort();
    const files = [...sources, "lib/prng.mjs", "package-lock.json"];
    const texts = files.map((file) => readFileSync(join(home, file), "utf8"));
    return digest([process.versions.node.split(".")[0], ...texts]);
}

/* asked: { seed, devices, days, params (a file, or "") }. Makes the workload in `directory` when it is not there.
 * Resolves with { name, workload, truth, events, devices }: two files and two counts. */
export async function prepareWorkload(asked, directory) {
    const changed = asked.params ? readFileSync(asked.params, "utf8") : "";
    const rates = changed ? `-${basename(asked.params, ".json")}` : "";
    const name = `seed${asked.seed}-${asked.devices}x${asked.days}${rates}`;
    const key = digest([asked.seed, asked.devices, asked.days, changed, generatorDigest()]);
    const base = join(directory, `${name}.${key}`);
    const files = { workload: `${base}.ndjson.gz`, truth: `${base}.truth.ndjson.gz` };
    if (!existsSync(`${base}.made.json`)) {
        mkdirSync(directory, { recursive: true });
        const { generate } = await import("../generator/generate.mjs"); // needs the packages; nothing else here does
        const bar = progressBar(`generate ${name}`);
        const made = await generate({
            P: parametersFrom(changed && JSON.parse(changed)),
            seed: asked.seed,
            devices: asked.devices,
            days: asked.days,
            out: `${base}.part.gz`,
            truth: `${base}.truth.part.gz`,
            progress: bar.update,
        });
        renameSync(`${base}.part.gz`, files.workload);
        renameSync(`${base}.truth.part.gz`, files.truth);
        writeFileSync(`${base}.made.json`, JSON.stringify(made));
        bar.end(`${made.events} events`);
    }
    const made = JSON.parse(readFileSync(`${base}.made.json`, "utf8"));
    return { name, base, ...files, events: made.events, devices: made.devices_seen };
}
