// Is the score of an answer the probability that it is right? Prints one line per bin (events, mean score, share
// that was right) and the expected calibration error.
//
//     node eval/calibration.mjs --truth t.ndjson.gz --results server.ndjson
//
// The results need `score`, as accuracy.mjs adds it.
import { options } from "./lib/io.mjs";
import { calibration } from "./lib/metrics.mjs";
import { readResults, readTruth } from "./lib/results.mjs";
import { number } from "./lib/table.mjs";

const asked = options(process.argv.slice(2), {
    truth: "truth.ndjson.gz",
    results: "",
    bins: 15,
    json: false,
    "with-token": false,
});
const truth = await readTruth(asked.truth);
const { ids, scores } = await readResults(asked.results);
const how = { bins: asked.bins, withToken: asked["with-token"] };
const found = calibration(truth, ids, scores, how);
if (asked.json) {
    console.log(JSON.stringify(found));
} else {
    for (const { n, score, right } of found.rows) {
        console.log(String(n).padStart(7), score.toFixed(4), right.toFixed(4));
    }
    console.log(`ece ${number(found.ece, 4)} over ${found.events} events`);
}
