// Starts and stops the three servers that run.mjs measures, and reads what the kernel counted for them.
import { spawn, execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, readdirSync, rmSync, lstatSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const START_MS_MAX = 20_000;
const STOP_MS_MAX = 30_000;
const CLOCK_TICKS = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

async function freePort() {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address();
    server.close();
    await once(server, "close");
    return port;
}

// `kinds` of server: how to start each; `key` is what load sends as X-API-Key.
function commandOf(kind, build, data, port, adminPort) {
    if (kind === "floor")
        return { file: join(build, "bench/epoll_floor"), args: [String(port)], key: "" };
    if (kind === "fastify") {
        const args = [
            "--disable-warning=ExperimentalWarning",
            "bench/fastify_sqlite/server.mjs",
            String(port),
            join(data, "events.db"),
        ];
        return { file: process.execPath, args, key: "" };
    }
    const whorl = join(build, "whorl");
    const made = execFileSync(
        whorl,
        ["key", "create", "--data", data, "--kind", "public", "--json"],
        {
            encoding: "utf8",
            stdio: ["ignore", "pipe", "ignore"],
        },
    );
    return {
        file: whorl,
        args: [
            ...["serve", "--data", data, "--listen", `127.0.0.1:${port}`],
            ...["--admin-listen", `127.0.0.1:${adminPort}`],
        ],
        key: JSON.parse(made).key,
    };
}

async function answers(kind, port) {
    try {
        const response = await fetch(`http://127.0.0.1:${port}/readyz`, {
            headers: { connection: "close" },
        });
        await response.arrayBuffer();
        return response.ok;
    } catch {
        return false;
    }
}

/** Starts a server of this kind on an empty data directory, or one that is kept, and waits until it is ready. */
export async function start(kind, build, data, { keep = false } = {}) {
    if (!keep) rmSync(data, { recursive: true, force: true });
    mkdirSync(data, { recursive: true });
    const port = await freePort();
    const adminPort = await freePort();
    const { file, args, key } = commandOf(kind, build, data, port, adminPort);
    const child = spawn(file, args, { stdio: ["ignore", "ignore", "pipe"] });
    let log = "";
    child.stderr.on("data", (text) => {
        log = (log + text).slice(-4000);
    });
    const exited = once(child, "exit");
    const deadline = Date.now() + START_MS_MAX;
    while (!(await answers(kind, port))) {
        if (child.exitCode !== null || Date.now() > deadline) {
            child.kill("SIGKILL");
            throw new Error(`${kind} did not start:\n${log}`);
        }
        await sleep(20);
    }
    return {
        kind,
        data,
        key,
        child,
        exited,
        log: () => log,
        url: `http://127.0.0.1:${port}/v1/identify`,
        metrics: `http://127.0.0.1:${adminPort}/metrics`,
    };
}

/** Asks the server to stop, and fails when it does not stop cleanly. */
export async function stop(server) {
    server.child.kill("SIGTERM");
    const timer = setTimeout(() => server.child.kill("SIGKILL"), STOP_MS_MAX);
    const [code, signal] = await server.exited;
    clearTimeout(timer);
    const clean = server.kind === "floor" ? signal === "SIGTERM" : code === 0;
    if (!clean) throw new Error(`${server.kind} stopped with ${signal ?? code}:\n${server.log()}`);
}

/** User and system time of all threads so far, in microseconds. */
export function cpuUs(server) {
    const stat = readFileSync(`/proc/${server.child.pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * (1e6 / CLOCK_TICKS);
}

/** What whorl's own clocks have summed up, in microseconds: { step_judge: { sum, count }, ... }. */
export async function timesUs(server) {
    const response = await fetch(server.metrics, { headers: { connection: "close" } });
    const times = {};
    for (const [, name, part, value] of (await response.text()).matchAll(
        /^whorl_(\w+)_us_(sum|count) (\d+)$/gm,
    ))
        (times[name] ??= {})[part] = Number(value);
    return times;
}

/** How many identifications whorl's histogram has counted up to each bound: [[us, count], ...]. */
export async function identifyBuckets(server) {
    const response = await fetch(server.metrics, { headers: { connection: "close" } });
    const lines = (await response.text()).matchAll(/^whorl_identify_us_bucket\{le="([^"]+)"\} (\d+)$/gm);
    return [...lines].map(([, bound, count]) => [Number(bound.replace("+Inf", "Infinity")), Number(count)]);
}

/** The quantile of what was counted between two readings of the buckets, straight between bounds. */
export function quantileUs(before, after, q) {
    const counts = after.map(([, count], i) => count - before[i][1]);
    const want = q * counts.at(-1);
    const at = counts.findIndex((count) => count >= want);
    const [low, below] = at > 0 ? [after[at - 1][0], counts[at - 1]] : [0, 0];
    const high = Number.isFinite(after[at][0]) ? after[at][0] : low;
    return counts[at] > below ? low + ((high - low) * (want - below)) / (counts[at] - below) : high;
}

/** How long the threads that live now were ready to run and had to wait for a core, in milliseconds. */
export function waitedMs(server) {
    const tasks = `/proc/${server.child.pid}/task`;
    let waited = 0;
    for (const task of readdirSync(tasks))
        waited += Number(readFileSync(join(tasks, task, "schedstat"), "utf8").split(" ")[1]) / 1e6;
    return waited;
}

export function residentBytes(server) {
    const status = readFileSync(`/proc/${server.child.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)[1]) * 1024;
}

/** What a directory takes: the files' lengths, and the blocks behind them. */
export function diskBytes(directory) {
    const sum = { apparent: 0, blocks: 0 };
    for (const name of readdirSync(directory)) {
        const path = join(directory, name);
        const stat = lstatSync(path);
        if (stat.isDirectory()) {
            const inner = diskBytes(path);
            sum.apparent += inner.apparent;
            sum.blocks += inner.blocks;
        } else if (stat.isFile()) {
            sum.apparent += stat.size;
            sum.blocks += stat.blocks * 512;
        }
    }
    return sum;
}

/** Runs the load generator; resolves to its report. */
export async function load(server, build, options) {
    const args = ["--url", server.url, "--key", server.key, "--json"];
    for (const [name, value] of Object.entries(options)) args.push(`--${name}`, String(value));
    const child = spawn(join(build, "bench/load"), args, { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (part) => {
        text += part;
    });
    const [code] = await once(child, "close");
    if (code !== 0)
        throw new Error(`load on ${server.kind} ended with ${code}:\n${text}\n${server.log()}`);
    const report = JSON.parse(text);
    const good = report.statuses[200] ?? 0;
    if (good !== report.answered || report.broken > 0)
        throw new Error(
            `load on ${server.kind} met errors: ${JSON.stringify(report.statuses)}, broken ${report.broken}`,
        );
    return report;
}
