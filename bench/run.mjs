// make bench: measures whorl beside the smallest epoll server (a) and a Fastify + SQLite server (b), on
// this machine, in one run. docs/performance.md says how to read what it prints.
//
//     node bench/run.mjs [BUILD]        BENCH_QUICK=1: under a minute, for a first impression
import {
    closeSync,
    fdatasyncSync,
    mkdirSync,
    openSync,
    rmSync,
    writeFileSync,
    writeSync,
} from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuUs, diskBytes, load, residentBytes, start, stop, timesUs, waitedMs } from "./servers.mjs";

const build = process.argv[2] ?? "build";
const quick = Boolean(process.env.BENCH_QUICK);
const scratch = process.env.BENCH_DIR ?? join(build, "bench/data");
const plan = quick
    ? {
          rounds: 1,
          seconds: { floor: 2, whorl: 4, fastify: 4 },
          warmUp: 1,
          openRuns: 1,
          stepRuns: 3,
          openSeconds: 4,
          events: 20_000,
      }
    : {
          rounds: 3,
          seconds: { floor: 5, whorl: 10, fastify: 8 },
          warmUp: 1,
          openRuns: 3,
          stepRuns: 9,
          openSeconds: 10,
          events: 100_000,
      };
const CONNECTIONS = 64;
/** Nine in ten requests from returning devices, nine in ten of those with a token; or nearly all with one. */
const crowds = { mixed: {}, token: { returning: 0.99, "token-share": 1 } };
const aims = {
    cpuRatio: 8,
    cpuRatioMost: 20,
    cpuRatioToken: 12,
    verdictsUs: 15,
    throughputRatio: 10,
    p99Us: 10_000,
    bytesPerEvent: 1000,
    idleBytes: 60e6,
};

const say = (text) => process.stderr.write(`${text}\n`);

function spread(values) {
    const sorted = [...values].sort((a, b) => a - b);
    return { min: sorted[0], median: sorted[sorted.length >> 1], max: sorted[sorted.length - 1] };
}

/** Microseconds that one small durable append takes here. */
function syncLatencyUs(directory) {
    const path = join(directory, "sync-probe");
    const file = openSync(path, "w");
    const block = Buffer.alloc(4096, 1);
    const times = [];
    for (let i = 0; i < 200; i++) {
        writeSync(file, block);
        const before = process.hrtime.bigint();
        fdatasyncSync(file);
        times.push(Number(process.hrtime.bigint() - before) / 1000);
    }
    closeSync(file);
    rmSync(path);
    times.sort((a, b) => a - b);
    return { p50: times[100], p99: times[197] };
}

/** One server, as many requests as it takes: CPU per request and requests per second. */
async function closedLoop(kind, round, crowd = "mixed") {
    const server = await start(kind, build, join(scratch, kind));
    await load(server, build, {
        connections: CONNECTIONS,
        seconds: plan.warmUp,
        seed: 1000 + round,
        ...crowds[crowd],
    });
    const before = cpuUs(server);
    const report = await load(server, build, {
        connections: CONNECTIONS,
        seconds: plan.seconds[kind],
        seed: 2000 + round,
        ...crowds[crowd],
    });
    const cpu = (cpuUs(server) - before) / report.answered;
    await stop(server);
    say(
        `  round ${round + 1} ${(crowd === "token" ? "token" : kind).padEnd(8)} ${report.perSecond.toFixed(0)} per second, ${cpu.toFixed(1)} us CPU each`,
    );
    return { ...report, cpu };
}

/**
 * What each step takes by the server's own clock, in runs of one connection, so that its loops wait for no core that
 * another of them has. Verdicts are the steps that make hashes again, recall what was seen before, judge, and sum up.
 */
async function steps() {
    const verdicts = ["step_hashes", "step_recall", "step_judge", "step_score"];
    const server = await start("whorl", build, join(scratch, "whorl"));
    await load(server, build, { connections: CONNECTIONS, seconds: plan.warmUp, seed: 5000 });
    const runs = [];
    for (let i = 0; i < plan.stepRuns; i++) {
        const before = await timesUs(server);
        await load(server, build, { connections: 1, seconds: 60, events: 1000, seed: 5001 + i });
        const after = await timesUs(server);
        const run = {};
        for (const [name, { sum, count }] of Object.entries(after))
            run[name] = (sum - before[name].sum) / (count - before[name].count);
        run.verdicts = verdicts.reduce((all, name) => all + run[name], 0);
        runs.push(run);
    }
    await stop(server);
    return runs;
}

async function openLoop(rate) {
    const server = await start("whorl", build, join(scratch, "whorl"));
    await load(server, build, { connections: CONNECTIONS, seconds: plan.warmUp, rate, seed: 3000 });
    const runs = [];
    for (let i = 0; i < plan.openRuns; i++) {
        const before = waitedMs(server);
        const report = await load(server, build, {
            connections: CONNECTIONS,
            seconds: plan.openSeconds,
            rate,
            seed: 3001 + i,
        });
        const waited = (waitedMs(server) - before) / report.seconds;
        const { p50, p99, max } = report.latencyUs;
        say(`  open loop at ${rate} per second: p50 ${p50} us, p99 ${p99} us, max ${max} us`);
        runs.push({ ...report, waited });
    }
    await stop(server);
    return runs;
}

async function idle() {
    const server = await start("whorl", build, join(scratch, "whorl"));
    await sleep(1000);
    const bytes = residentBytes(server);
    await stop(server);
    return bytes;
}

async function disk() {
    const server = await start("whorl", build, join(scratch, "whorl"));
    const report = await load(server, build, {
        connections: CONNECTIONS,
        seconds: 300,
        events: plan.events,
        seed: 4000,
    });
    const loaded = residentBytes(server);
    await stop(server);
    return { report, loaded, bytes: diskBytes(server.data) };
}

// ---- the table ----

const rows = [];
function row(name, values, digits, aim, met) {
    const numbers = typeof values === "number" ? [values] : [values.min, values.median, values.max];
    rows.push([
        name,
        ...(numbers.length === 1
            ? ["", numbers[0].toFixed(digits), ""]
            : numbers.map((n) => n.toFixed(digits))),
        aim ?? "",
        aim ? (met ? "met" : "MISSED") : "",
    ]);
}

function print() {
    const table = [["", "min", "median", "max", "aim", ""], ...rows];
    const widths = table[0].map((_, i) => Math.max(...table.map((cells) => cells[i].length)));
    for (const cells of table)
        console.log(
            cells
                .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
                .join("  ")
                .trimEnd(),
        );
}

async function main() {
    mkdirSync(scratch, { recursive: true });
    const sync = syncLatencyUs(scratch);
    const kinds = ["floor", "whorl", "fastify"];
    const runs = { floor: [], whorl: [], token: [], fastify: [] };
    say(
        `${plan.rounds} rounds, ${CONNECTIONS} connections, nine in ten requests from returning devices`,
    );
    for (let round = 0; round < plan.rounds; round++)
        for (const kind of kinds) {
            runs[kind].push(await closedLoop(kind, round));
            if (kind === "whorl") runs.token.push(await closedLoop(kind, round, "token"));
        }
    const idleBytes = await idle();
    const stepRuns = await steps();
    const peak = spread(runs.whorl.map((r) => r.perSecond)).median;
    const open = await openLoop(Math.floor(peak / 2));
    say(`  storing ${plan.events} events`);
    const stored = await disk();

    const each = (f) => spread(runs.whorl.map((_, i) => f(i)));
    const cpuRatio = each((i) => runs.whorl[i].cpu / runs.floor[i].cpu);
    const tokenRatio = each((i) => runs.token[i].cpu / runs.floor[i].cpu);
    const speedRatio = each((i) => runs.whorl[i].perSecond / runs.fastify[i].perSecond);
    for (const kind of kinds)
        row(`${kind}: CPU us per identify`, spread(runs[kind].map((r) => r.cpu)), 1);
    row("whorl, known by their token: CPU us", spread(runs.token.map((r) => r.cpu)), 1);
    for (const kind of kinds)
        row(`${kind}: requests per second`, spread(runs[kind].map((r) => r.perSecond)), 0);
    row(
        "whorl / floor (a), CPU",
        cpuRatio,
        2,
        `<= ${aims.cpuRatio}`,
        cpuRatio.median <= aims.cpuRatio,
    );
    row(
        "  the same, at the very most",
        cpuRatio,
        2,
        `<= ${aims.cpuRatioMost}`,
        cpuRatio.median <= aims.cpuRatioMost,
    );
    row(
        "  known by their token",
        tokenRatio,
        2,
        `<= ${aims.cpuRatioToken}`,
        tokenRatio.median <= aims.cpuRatioToken,
    );
    const verdicts = spread(stepRuns.map((run) => run.verdicts));
    row("all verdicts, us", verdicts, 1, `< ${aims.verdictsUs}`, verdicts.median < aims.verdictsUs);
    for (const name of Object.keys(stepRuns[0]).filter((name) => name.startsWith("step_")))
        row(`  ${name.slice(5)}`, spread(stepRuns.map((run) => run[name])), 1);
    row(
        "whorl / fastify (b), throughput",
        speedRatio,
        2,
        `>= ${aims.throughputRatio}`,
        speedRatio.median >= aims.throughputRatio,
    );
    const p99 = spread(open.map((r) => r.latencyUs.p99 / 1000));
    row(
        `p50 ms at ${Math.floor(peak / 2)} per second`,
        spread(open.map((r) => r.latencyUs.p50 / 1000)),
        2,
    );
    row("p99 ms, open loop", p99, 2, `< ${aims.p99Us / 1000}`, p99.median * 1000 < aims.p99Us);
    row("p99.9 ms", spread(open.map((r) => r.latencyUs.p999 / 1000)), 2);
    row("slowest ms", spread(open.map((r) => r.latencyUs.max / 1000)), 2);
    row("  its threads waited for a core, ms per s", spread(open.map((r) => r.waited)), 0);
    const perEvent = stored.bytes.blocks / stored.report.answered;
    row(
        `disk bytes per event, ${stored.report.answered} events`,
        perEvent,
        0,
        `<= ${aims.bytesPerEvent}`,
        perEvent <= aims.bytesPerEvent,
    );
    row("  the same as file lengths", stored.bytes.apparent / stored.report.answered, 0);
    row(
        "resident MB, idle after start",
        idleBytes / 1e6,
        1,
        `< ${aims.idleBytes / 1e6}`,
        idleBytes < aims.idleBytes,
    );
    row(`resident MB after ${stored.report.answered} events`, stored.loaded / 1e6, 1);
    print();
    const r = stored.report;
    console.log(
        `recognised: ${r.recognisedWithToken} of ${r.returnedWithToken} with their cookie, ` +
            `${r.recognisedWithoutToken} of ${r.returnedWithoutToken} without; ${r.newcomers} new devices, ${r.shared} share an id with another`,
    );
    console.log(`bodies of ${r.bodyBytes} bytes on average`);
    console.log(
        `machine: ${cpus().length} x ${cpus()[0].model}, ${(totalmem() / 2 ** 30).toFixed(1)} GiB, Linux ${release()}; ` +
            `fdatasync of 4 kB: p50 ${sync.p50.toFixed(0)} us, p99 ${sync.p99.toFixed(0)} us; load and servers share the cores`,
    );
    writeFileSync(
        join(build, "bench/result.json"),
        JSON.stringify({ plan, sync, runs, stepRuns, open, stored, idleBytes }, null, 1),
    );
    rmSync(scratch, { recursive: true, force: true });
}

await main();
