// Truth and results as the scorer wants them.
import { ndjson } from "./io.mjs";

/* Reads a workload or its truth file; one small row per event, in time order. */
export async function readTruth(file) {
    const rows = [];
    for await (const { i, device_id, t_ms, cookie_state, truth } of ndjson(file)) {
        rows.push({
            i,
            d: device_id,
            t: t_ms,
            state: cookie_state.state,
            token: cookie_state.has_token,
            clone: Boolean(truth.clone),
            form: truth.form,
            bot: Boolean(truth.bot),
            kind: truth.bot,
            os: truth.os,
            browser: truth.browser,
            net: truth.net,
            privacy: Boolean(truth.privacy),
        });
    }
    return rows;
}

/* Reads lines of { i, visitorId, ms, score, verdicts } into arrays by i. failed: lines without an id. */
export async function readResults(file) {
    const results = { ids: [], scores: [], verdicts: [], ms: [], failed: 0 };
    for await (const { i, visitorId, ms, score, verdicts } of ndjson(file)) {
        if (visitorId) results.ids[i] = String(visitorId);
        else results.failed++;
        if (verdicts) results.verdicts[i] = verdicts;
        if (typeof score === "number") results.scores[i] = score;
        if (typeof ms === "number") results.ms.push(ms);
    }
    return results;
}

/* How many events of the truth have no id: an unfinished run would else just look like a bad linker. */
export const missingIds = (truth, ids) => truth.filter(({ i }) => ids[i] === undefined).length;
