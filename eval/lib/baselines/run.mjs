// Runs linkers over a workload without a server. "+token" uses the stored token when there is one, and searches
// only otherwise, as a product would; "token" has nothing else.
import { ndjson } from "../io.mjs";
import { eckersley } from "./eckersley.mjs";
import { exact } from "./exact.mjs";
import { weighted } from "./weighted.mjs";

const LINKERS = {
    "exact-fpjs": () => exact("fpjs"),
    "exact-thumb": () => exact("thumb"),
    eckersley,
    weighted,
};
const searching = Object.keys(LINKERS);
export const BASELINES = ["token", ...searching, ...searching.map((name) => `${name}+token`)];

/* With a token there is nothing to decide; the linker only learns the fingerprint. */
const tokenOnly = () => ({ link: ({ i }, held) => held ?? `t${i}` });

class Run {
    #jars = new Map(); // jar -> id that the token in it names

    constructor(name, settings) {
        const [linker, token] = name.split("+");
        if (!BASELINES.includes(name)) {
            throw new Error(`no baseline is called "${name}": ${BASELINES.join(", ")}`);
        }
        this.name = name;
        this.usesToken = linker === "token" || token !== undefined;
        this.linker = linker === "token" ? tokenOnly() : LINKERS[linker](settings);
        this.searches = 0;
        this.ms = 0;
    }

    answer(line) {
        const { has_token, jar } = line.cookie_state;
        const held = this.usesToken && has_token ? this.#jars.get(jar) : undefined;
        const before = performance.now();
        const id = this.linker.link(line, held);
        if (held === undefined) {
            this.ms += performance.now() - before;
            this.searches++;
        }
        if (this.usesToken) this.#jars.set(jar, id);
        return id;
    }
}

/* Calls each(name, i, id) for every event and baseline, and progress(i) now and then; resolves with the mean
 * milliseconds per search. `settings` go to the weighted scorer: t, margin, keep. */
export async function runBaselines(file, names, { each, progress = () => {}, settings }) {
    const runs = names.map((name) => new Run(name, settings));
    for await (const line of ndjson(file)) {
        for (const run of runs) await each(run.name, line.i, run.answer(line));
        if (line.i % 100 === 0) progress(line.i);
    }
    return Object.fromEntries(runs.map((run) => [run.name, run.ms / Math.max(1, run.searches)]));
}
