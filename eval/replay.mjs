// Plays a workload against a server on this machine and writes { i, visitorId, ms, status, requestId } per event.
//
//     node eval/replay.mjs --in w.ndjson.gz --out server.ndjson --url http://127.0.0.1:8080/v1/identify \
//         --api-key KEY --time-header X-Test-Now-Ms
import { options, writer } from "./lib/io.mjs";
import { replay } from "./lib/replay.mjs";

const asked = options(process.argv.slice(2), {
    in: "workload.ndjson.gz",
    out: "results.ndjson",
    url: "http://127.0.0.1:8080/v1/identify",
    "api-key": "",
    "key-header": "X-API-Key",
    "ip-header": "X-Forwarded-For",
    "time-header": "", // the event's time, for a server with a test clock
    concurrency: 1, // 1 keeps the order of all events, more that of each instance's
    "id-field": "visitorId", // path of the id in the answer
    "token-field": "", // path of a token that the agent would store; without: cookies only
    "token-header": "", // where it goes at the next visit: a header ...
    "token-body": "", // ... or a path in the body
});
const out = writer(asked.out);
const settings = {
    url: asked.url,
    apiKey: asked["api-key"],
    keyHeader: asked["key-header"],
    ipHeader: asked["ip-header"],
    timeHeader: asked["time-header"],
    concurrency: asked.concurrency,
    idField: asked["id-field"],
    tokenField: asked["token-field"],
    tokenHeader: asked["token-header"],
    tokenBody: asked["token-body"],
};
const done = await replay(asked.in, settings, (result) => out.write(result));
await out.end();
console.error(JSON.stringify(done));
process.exitCode = done.withoutId ? 1 : 0;
