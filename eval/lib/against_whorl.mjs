// Plays a workload against a server of our own, with data of its own, and asks it for scores and verdicts afterwards.
import { startWhorl } from "../../tests/lib/whorl.mjs";
import { ndjson, writer } from "./io.mjs";
import { progressBar } from "./progress.mjs";
import { client, replay } from "./replay.mjs";
import { repair } from "./repairs.mjs";
import { falseAlarms, readVerdicts } from "./verdicts.mjs";

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
        prepare: repair,
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

async function lookUp(http, secretKey, path) {
    const headers = { authorization: `Bearer ${secretKey}` };
    const { status, text, error } = await http.send("GET", path, headers);
    if (status !== 200) throw new Error(`GET ${path}: ${error ?? `${status} ${text}`}`);
    return JSON.parse(text);
}

/* What the server says of one event: score and verdicts, and the reasons of verdicts that accuse an innocent. */
async function askAbout(http, secretKey, requestId, row) {
    const id = encodeURIComponent(requestId);
    const event = await lookUp(http, secretKey, `/v4/events/${id}`);
    const verdicts = readVerdicts(event);
    const found = { verdicts };
    if (!row.token) found.score = event.identification?.confidence?.score;
    if (falseAlarms(row, verdicts).length) {
        const { reasons } = await lookUp(http, secretKey, `/v1/events/${id}`);
        found.reasons = reasons;
    }
    return found;
}

/* Of small workloads every event is asked about, of large ones those without a token, whose scores are needed. */
const ALL_BELOW = 60_000;

/* Copies results and adds what the server says of those events. Holds no more than a few lines. */
async function addAnswers(whorl, workload, from, to, truth) {
    const bar = progressBar(`answers ${workload.name}`);
    const http = client(new URL(whorl.url), LOOKUPS_AT_ONCE);
    const out = writer(to);
    const waiting = [];
    let done = 0;
    const writeOldest = async () => {
        const { result, answer } = waiting.shift();
        Object.assign(result, await answer);
        await out.write(result);
    };
    for await (const result of ndjson(from)) {
        const row = truth[result.i];
        const wanted = (!row.token || truth.length < ALL_BELOW) && result.requestId;
        const answer = wanted && askAbout(http, whorl.secretKey, result.requestId, row);
        answer?.catch?.(() => {}); // it is awaited, and then thrown, in its turn
        waiting.push({ result, answer });
        done++;
        bar.update(done / workload.events, `${done} of ${workload.events} events`);
        if (waiting.length >= LOOKUPS_AT_ONCE) await writeOldest();
    }
    while (waiting.length) await writeOldest();
    await out.end();
    http.close();
    bar.end();
}

/* Plays and scores; results, one line per event with id, milliseconds, score and verdicts, go to `file`. */
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
        await addAnswers(whorl, workload, unscored, file, truth);
        return summary;
    } finally {
        process.off("SIGINT", stop);
        await (removed ?? whorl.remove());
    }
}
