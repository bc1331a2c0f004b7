// Are the seven counters of velocity exact at 1,000 events per second, and what does a visitor with more than 20,000
// events in a day cost? Over a real server on loopback:
//
//     make all load && tools/node_modules/.bin/node bench/velocity.mjs [seconds]
//
// While the load generator keeps the rate, eight visitors come again and again with changing addresses and linked ids;
// what each event counts is compared with a list kept here. Then one visitor alone sends 22,000 events. Exit status 1
// when a counter was wrong.

import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { argv, exit } from "node:process";
import { promisify } from "node:util";

import { bodies } from "../tests/bodies/bodies.mjs";
import { sha256 } from "../tests/bodies/signals.mjs";
import { repository, startWhorl } from "../tests/lib/whorl.mjs";

const seconds = Number(argv[2] ?? 30);
const rate = 1000;
const manyEvents = 22_000;
const ticksPerS = Number((await promisify(execFile)("getconf", ["CLK_TCK"])).stdout);

const whorl = await startWhorl({
    flags: ["--trusted-proxy", "127.0.0.1", "--geo-city", join(repository, "tests/data/geo/flat4.mmdb")],
});

function usage() {
    const stat = readFileSync(`/proc/${whorl.pid}/stat`, "utf8").split(") ")[1].split(" ");
    const status = readFileSync(`/proc/${whorl.pid}/status`, "utf8");
    return {
        cpuUs: ((Number(stat[11]) + Number(stat[12])) / ticksPerS) * 1e6,
        rssMB: Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024,
    };
}

/* A device of its own, whose bodies differ as loads of a page do. */
function device(number) {
    const { body, headers } = bodies["headed-linux"]();
    for (const name of ["canvas", "audio", "domRect", "svg"]) body.signals[name].value.hash = sha256(`${name} ${number}`);
    body.signals.status.value.storageQuotaMB = 5000 + number;
    let nth = 0;
    let cookie;
    return async ({ ip, linkedId }) => {
        nth++;
        body.signals.canvas.duration = nth / 10;
        Object.assign(body, { linkedId, timestamp: Date.now() });
        const answer = await whorl.identify(body, { headers: [...headers, ["X-Forwarded-For", ip]], cookie });
        if (answer.status !== 200) throw new Error(answer.text);
        cookie ??= answer.headers["set-cookie"].find((text) => text.startsWith("_iidt=")).split(";")[0];
        return answer.json;
    };
}

async function velocityOf(requestId) {
    return (await whorl.get(`/v4/events/${requestId}`, { auth: "bearer" })).json.velocity;
}

// ---- exact, under load ----

const places = { "84.128": "DE", "73.10": "US", "10.1": undefined };
const seen = []; // of all watched visitors, in the order of their answers

function expected(now) {
    const count = (of, what, value) => {
        const fitting = seen.filter((one) => of(one) && value(one) !== undefined);
        return what === "events" ? fitting.length : new Set(fitting.map(value)).size;
    };
    const own = (one) => one.visitor === now.visitor;
    const user = (one) => one.linkedId === now.linkedId;
    const counters = {
        distinct_ip: count(own, "distinct", (one) => one.ip),
        distinct_linked_id: count(own, "distinct", (one) => one.linkedId),
        distinct_country: count(own, "distinct", (one) => one.country),
        events: count(own, "events", () => 1),
        ip_events: count((one) => one.ip === now.ip, "events", () => 1),
    };
    if (now.linkedId) {
        counters.distinct_ip_by_linked_id = count(user, "distinct", (one) => one.ip);
        counters.distinct_visitor_id_by_linked_id = count(user, "distinct", (one) => one.visitor);
    }
    return counters;
}

const program = join(repository, "build/bench/load");
const load = spawn(program, ["--url", `${whorl.url}/v1/identify`, "--key", whorl.publicKey, "--rate", `${rate}`,
    "--seconds", `${seconds}`, "--devices", "20000", "--json"], { stdio: ["ignore", "pipe", "inherit"] });
let report = "";
load.stdout.setEncoding("utf8").on("data", (text) => (report += text));
const ended = new Promise((resolve) => load.once("close", resolve));

const watched = Array.from({ length: 8 }, (_, number) => device(number));
const before = usage();
const until = Date.now() + (seconds - 2) * 1000;
let checked = 0, wrong = 0;
for (let turn = 0; Date.now() < until; turn++) {
    const visitor = turn % watched.length;
    const [prefix, country] = Object.entries(places)[(turn * 7) % 3];
    const ip = `${prefix}.${turn % 5}.${visitor % 3}`;
    const linkedId = turn % 4 ? `user-${(turn * 5) % 6}` : undefined;
    const { requestId } = await watched[visitor]({ ip, linkedId });
    const now = { visitor, ip, linkedId, country };
    seen.push(now);
    const velocity = await velocityOf(requestId);
    for (const [name, want] of Object.entries(expected(now))) {
        for (const window of ["5_minutes", "1_hour", "24_hours"]) {
            checked++;
            if ((velocity[name]?.[window] ?? 0) === want) continue; // left out: nothing to count
            wrong++;
            console.error(`${name} ${window}: ${velocity[name]?.[window]}, not ${want}`);
        }
    }
}
await ended;
const after = usage();
const { statuses, sent, latencyUs } = JSON.parse(report);
console.log(`${seen.length} watched visits beside ${sent} others (${JSON.stringify(statuses)}; ` +
    `p50 ${latencyUs.p50}, p99 ${latencyUs.p99} us): ${checked} counters compared, ${wrong} wrong; ` +
    `${Math.round((after.cpuUs - before.cpuUs) / (sent + 2 * seen.length))} us CPU per request`);

// ---- a visitor of many events ----

const busy = device(99);
const ipOf = (i) => `84.128.${i % 250}.9`;
let last = await busy({ ip: ipOf(0) });
for (let done = 1; done < manyEvents;) {
    const from = usage(), start = done, stop = Math.min(manyEvents, done + 2000);
    while (done < stop) {
        const wave = Array.from({ length: Math.min(8, stop - done) }, (_, i) => busy({ ip: ipOf(done + i) }));
        for (const answer of await Promise.all(wave)) if (answer.visitCount > last.visitCount) last = answer;
        done += wave.length;
    }
    const to = usage();
    console.log(`events ${start} to ${done}: ${Math.round((to.cpuUs - from.cpuUs) / (done - start))} us CPU each, ` +
        `${Math.round(to.rssMB)} MB`);
}
const { events, distinct_ip: addresses } = await velocityOf(last.requestId);
console.log(`at the end: ${JSON.stringify({ events, addresses, visitCount: last.visitCount })}`);
if (events["24_hours"] !== manyEvents || "24_hours" in addresses || addresses["1_hour"] !== 250) wrong++;
await whorl.remove();
exit(wrong ? 1 : 0);
