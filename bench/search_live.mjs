// What searches do to identifications, measured in the server: its own histogram of how long each took, without
// searches and while one client searches without a pause. The searches find nobody, which is the worst case: nothing
// ends them before the oldest block.
//
//     node bench/search_live.mjs BUILD DIR        part of `make bench-search`; DIR is what build/bench/search made
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { identifyBuckets, load, quantileUs, start, stop } from "./servers.mjs";

const [build, data] = process.argv.slice(2);
const RATE = 400;
const SECONDS = process.env.BENCH_QUICK ? 4 : 15;
const end = 1764000000000; // of the events that bench/search.c makes
const week = 7 * 24 * 3600 * 1000;
const queries = ["linked_id=nobody", "url=https://nowhere.example/", "asn=4200000000", "ip_address=9.9.0.0/16"];

const made = execFileSync(join(build, "whorl"), ["key", "create", "--data", data, "--kind", "secret", "--json"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
});
const secret = JSON.parse(made).key;
const server = await start("whorl", build, data, { keep: true });
const api = server.url.replace("/v1/identify", "/v4/events");

/** One search after the other until told to stop; resolves to how long each took, in ms. */
async function searching(signal) {
    const times = [];
    for (let i = 0; !signal.aborted; i++) {
        const query = `${queries[i % queries.length]}&start=${end - week}&end=${end}&limit=10`;
        const began = performance.now();
        const response = await fetch(`${api}?${query}`, { headers: { authorization: `Bearer ${secret}` } });
        const body = await response.json();
        if (response.status !== 200 || body.events.length > 0)
            throw new Error(`a search for nobody: ${response.status} ${JSON.stringify(body).slice(0, 200)}`);
        times.push(performance.now() - began);
    }
    return times.sort((a, b) => a - b);
}

async function measure(name, withSearches) {
    const controller = new AbortController();
    const searches = withSearches ? searching(controller.signal) : Promise.resolve([]);
    const before = await identifyBuckets(server);
    const report = await load(server, build, { connections: 32, seconds: SECONDS, rate: RATE, seed: 1 });
    const after = await identifyBuckets(server);
    controller.abort();
    const times = await searches;
    const cells = [0.5, 0.99].map((q) => (quantileUs(before, after, q) / 1000).toFixed(2).padStart(8));
    const client = [report.latencyUs.p50, report.latencyUs.p99].map((us) => (us / 1000).toFixed(2).padStart(8));
    const searched = times.length
        ? `  ${times.length} searches, p50 ${times[times.length >> 1].toFixed(1)} ms, slowest ${times.at(-1).toFixed(1)} ms`
        : "";
    console.log(`${name.padEnd(22)}${cells.join("")}${client.join("")}${searched}`);
}

await load(server, build, { connections: 32, seconds: 2, rate: RATE, seed: 2 });
console.log(`\nidentify, ms, ${RATE} a second            in the server      at the client`);
console.log(`${"".padEnd(22)}${["p50", "p99", "p50", "p99"].map((name) => name.padStart(8)).join("")}`);
await measure("without searches", false);
await measure("with searches", true);
await measure("without them again", false);
await stop(server);
