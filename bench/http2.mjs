// HTTP/2 beside HTTP/1.1: the same identify body, again and again, by h2load over plain TCP. One body
// means one visitor, so this measures the protocol and the pipeline behind it, not the store at work.
//
//     node bench/http2.mjs        part of `make bench`; BENCH_QUICK=1: 2 seconds for each row
import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { bodies } from "../tests/bodies/bodies.mjs";
import { startWhorl } from "../tests/lib/whorl.mjs";

const seconds = process.env.BENCH_QUICK ? 2 : 8;
const run = promisify(execFile);
const ticksPerSecond = 100; // USER_HZ, proc(5)

const whorl = await startWhorl();
const body = join(whorl.data, "body.json");
writeFileSync(body, JSON.stringify(bodies["headed-linux"]().body));

function cpuUs() {
    const fields = readFileSync(`/proc/${whorl.pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
    return ((Number(fields[11]) + Number(fields[12])) * 1e6) / ticksPerSecond;
}

async function measure(name, path, args) {
    const before = cpuUs();
    const { stdout } = await run("h2load", ["-D", `${seconds}`, "--warm-up-time", "0", ...args, `${whorl.url}${path}`]);
    const cpu = cpuUs() - before;
    const rate = Number(/([\d.]+) req\/s/.exec(stdout)[1]);
    const done = Number(/(\d+) succeeded/.exec(stdout)[1]);
    const failed = Number(/(\d+) failed/.exec(stdout)[1]);
    console.log(`${name.padEnd(52)} ${rate.toFixed(0).padStart(8)} a second, ${(cpu / done).toFixed(1)} us of processor` +
        (failed ? `, ${failed} FAILED` : ""));
}

const identify = ["-d", body, "-H", `x-api-key: ${whorl.publicKey}`, "-H", "content-type: application/json"];
await measure("identify, HTTP/1.1, 64 connections", "/v1/identify", ["--h1", "-c", "64", ...identify]);
await measure("identify, HTTP/2, 64 connections of one stream", "/v1/identify", ["-c", "64", "-m", "1", ...identify]);
await measure("identify, HTTP/2, 4 connections of 16 streams", "/v1/identify", ["-c", "4", "-m", "16", ...identify]);
await measure("healthz, HTTP/1.1, 64 connections", "/healthz", ["--h1", "-c", "64"]);
await measure("healthz, HTTP/2, 4 connections of 16 streams", "/healthz", ["-c", "4", "-m", "16"]);
rmSync(body);
await whorl.remove();
