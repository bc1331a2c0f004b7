// Plays a workload against a server of our own, with data of its own, and asks it for the scores afterwards.
import { startWhorl } from "../../tests/lib/whorl.mjs";
import { ndjson, writer } from "./io.mjs";
import { progressBar } from "./progress.mjs";
import { client, replay } from "./replay.mjs";

const LOOKUPS_AT_ONCE = 8;
const FLAGS = ["--test-clock", "--trusted-proxy", "127.0.0.1", "--log-level", "warn"];

/* The workload's events in order; results go to `file`. */
async function play(whorl, workload, file) {
    const bar = progressBar(`replay ${workload.name}`);
    const out = writer(file);
    let done = 0;
    const settings = {
        url: `${whorl.url}/v1/identify`,
        apiKey: whorl.publicKey,
        timeHeader: "X-Test-Now-Ms",
    };
    const summary = await replay(workload.workload, settings, async (result) => {
        if (result.status === 0) {
            throw new Error(
                `event ${result.i} got no answer (${result.error}): is the server gone?`,
            );
        }
        done++;
        bar.update(done / workload.events, `${done} of ${workload.events} events`);
        await out.write(result);
    });
    await out.end();
    bar.end(`${summary.events} events, ${summary.perSecond} per second`);
    return summary;
}

/* The score of one event, undefined when the server has none. */
async function scoreOf(http, secretKey, requestId) {
    const headers = { authorization: `Bearer ${secretKey}` };
    const path = `/v4/events/${encodeURIComponent(requestId)}`;
    const { status, text, error } = await http.send("GET", path, headers);
    if (status !== 200) throw new Error(`GET ${path}: ${error ?? `${status} ${text}`}`);
    return JSON.parse(text).identification?.confidence?.score;
}

/* Copies results and adds `score` to those whose event came without a token. Holds no more than a few lines. */
async function addScores(whorl, workload, from, to, tokenless) {
    const bar = progressBar(`scores ${workload.name}`);
    const http = client(new URL(whorl.url), LOOKUPS_AT_ONCE);
    const out = writer(to);
    const waiting = [];
    let done = 0;
    const writeOldest = async () => {
        const { result, score } = waiting.shift();
        result.score = await score;
        await out.write(result);
    };
    for await (const result of ndjson(from)) {
        const wanted = tokenless.has(result.i) && result.requestId;
        const score = wanted ? scoreOf(http, whorl.secretKey, result.requestId) : undefined;
        score?.catch(() => {}); // it is awaited, and then thrown, in its turn
        waiting.push({ result, score });
        done++;
        bar.update(done / workload.events, `${done} of ${workload.events} events`);
        if (waiting.length >= LOOKUPS_AT_ONCE) await writeOldest();
    }
    while (waiting.length) await writeOldest();
    await out.end();
    http.close();
    bar.end(`${tokenless.size} looked up`);
}

/* Plays and scores; results, one line per event with id, milliseconds and score, go to `file`. */
export async function againstWhorl(workload, truth, file) {
    const whorl = await startWhorl({ flags: FLAGS });
    let removed; // Ctrl-C leaves no data behind
    const stop = () => {
        removed = whorl.remove().finally(() => process.exit(130));
    };
    process.once("SIGINT", stop);
    try {
        const unscored = `${workload.base}.unscored.ndjson.gz`;
        const summary = await play(whorl, workload, unscored);
        const tokenless = new Set(truth.filter((row) => !row.token).map((row) => row.i));
        await addScores(whorl, workload, unscored, file, tokenless);
        return summary;
    } finally {
        process.off("SIGINT", stop);
        await (removed ?? whorl.remove());
    }
}
