// The agent's size and speed, beside FingerprintJS 5 and BotD 2 in the same pages: Chromium with a window, on a
// display without a graphics card (Xvfb). Every load is a fresh page; ours and theirs take turns in who is first.
//
//     node bench/agent.mjs        part of `make bench`; BENCH_QUICK=1: 5 loads instead of 21
//     node bench/agent.mjs --sources      also how long each source keeps the main thread
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";

import { repository } from "../tests/lib/whorl.mjs";
import { prepareChromium } from "../tests/browser/lib/chromium.mjs";
import { startDesktop } from "../tests/browser/lib/desktop.mjs";

const { build } = createRequire(join(repository, "tools/package.json"))("esbuild");
const { chromium: playwright } = await import("../tests/node_modules/playwright-core/index.mjs");

const loads = process.env.BENCH_QUICK ? 5 : 21;
const slowdown = 4;

async function bundle(contents, folder) {
    const result = await build({
        stdin: { contents, resolveDir: join(repository, folder), loader: "ts" },
        bundle: true, minify: true, format: "iife", write: false, charset: "ascii", legalComments: "none",
        target: ["chrome90", "firefox90", "safari15"],
    });
    return result.outputFiles[0].text;
}

const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const sizes = (text) => `${kB(text.length)}, gzip ${kB(gzipSync(text, { level: 9 }).length)}`;

const sizesOf = [join(repository, "tools/embed.mjs"), "--sizes"];
const { stdout: served } = await promisify(execFile)(process.execPath, sizesOf);
const ours = await bundle(
    `import { collect } from "./collect.ts";
    import { sources } from "./sources.ts";
    Object.assign(window, {
        collectOurs: () => collect(sources),
        /* Each source by itself: how long until it gives the thread back for the first time. */
        async timeSources() {
            const times = [];
            const context = { result: async (name) => (await collect(sources))[name]?.value ?? null,
                pause: () => new Promise((resolve) => setTimeout(resolve)), probes: [] };
            for (const [name, source, when] of sources) {
                if (!source || (when && when !== "early")) continue;
                const start = performance.now();
                const pending = source(context);
                times.push([name, performance.now() - start]);
                await Promise.resolve(pending).catch(() => {});
            }
            return times;
        },
    });`,
    "agent",
);
const theirs = await bundle(
    `import FingerprintJS from "@fingerprintjs/fingerprintjs";
    import * as BotD from "@fingerprintjs/botd";
    window.collectTheirs = () => Promise.all([
        FingerprintJS.load({ monitoring: false, delayFallback: 0 }).then((agent) => agent.get()),
        BotD.load({ monitoring: false }).then((detector) => detector.detect()),
    ]);`,
    "bench/agent",
);

console.log(`sizes, ours as served, with the head that names the key:\n  ${served.trim().replaceAll("\n", "\n  ")}`);
console.log(`size, FingerprintJS and BotD: ${sizes(theirs)}`);

/* Runs in the page: how long it took, and its longest task; the browser tells of those from 50 ms on (Long Tasks
 * API), so that 0 means less. */
async function measure(name) {
    const tasks = [];
    const note = (list) => tasks.push(...list.getEntries());
    const observer = new PerformanceObserver(note);
    observer.observe({ type: "longtask" });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const start = performance.now();
    await window[name]();
    const end = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 100));
    observer.disconnect();
    const during = tasks.filter((task) => task.startTime + task.duration > start && task.startTime < end);
    return { took: end - start, longest: Math.max(0, ...during.map((task) => task.duration)) };
}

function median(values) {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
}

const ms = (value) => value.toFixed(0).padStart(5);
const task = (value) => (value === 0 ? "under 50" : value.toFixed(0).padStart(8));

const chromium = await prepareChromium();
const desktop = await startDesktop();

async function withBrowser(args, use) {
    const profile = await chromium.newProfile();
    const context = await playwright.launchPersistentContext(join(profile, "chromium"), {
        executablePath: chromium.launcher,
        chromiumSandbox: chromium.sandboxed,
        env: chromium.environment(profile, desktop.display),
        headless: false,
        args,
    });
    try {
        // An origin of its own, so that there are storage and a secure context, and no other machine.
        await context.route("http://localhost:9/", (route) =>
            route.fulfill({
                contentType: "text/html",
                body: "<!doctype html><title>page</title><p>text" +
                    `<script>${ours}</script><script>${theirs}</script>`,
            }),
        );
        return await use(context);
    } finally {
        await context.close();
    }
}

async function onPage(context, rate, use) {
    const page = await context.newPage();
    await page.goto("http://localhost:9/");
    if (rate > 1) {
        const session = await context.newCDPSession(page);
        await session.send("Emulation.setCPUThrottlingRate", { rate });
    }
    await page.waitForTimeout(100);
    try {
        return await use(page);
    } finally {
        await page.close();
    }
}

async function row(context, rate) {
    const found = { collectOurs: [], collectTheirs: [] };
    for (let i = 0; i < loads; i++) {
        const names = Object.keys(found);
        for (const name of i % 2 ? names.reverse() : names) {
            found[name].push(await onPage(context, rate, (page) => page.evaluate(measure, name)));
        }
    }
    for (const [name, runs] of Object.entries(found)) {
        const took = runs.map((run) => run.took);
        const longest = runs.map((run) => run.longest);
        console.log(
            `  ${name === "collectOurs" ? "ours  " : "theirs"} ${rate > 1 ? `${rate} times slower` : "as it is      "}` +
                `  median ${ms(median(took))} ms, slowest ${ms(Math.max(...took))} ms;` +
                `  longest task: median ${task(median(longest))} ms, worst ${task(Math.max(...longest))} ms`,
        );
    }
}

const graphics = [
    ["no WebGL", ["--disable-gpu"]],
    ["WebGL in software (SwiftShader)", ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]],
];
for (const [name, args] of graphics) {
    await withBrowser(args, async (context) => {
        console.log(`${name}, ${loads} loads each`);
        await onPage(context, 1, (page) => page.evaluate(measure, "collectOurs")); // the browser's own first time
        await row(context, 1);
        await row(context, slowdown);
        if (!process.argv.includes("--sources")) return;
        const times = await onPage(context, slowdown, (page) => page.evaluate(() => window.timeSources()));
        times.sort((a, b) => b[1] - a[1]);
        for (const [source, time] of times.slice(0, 15)) console.log(`    ${source.padEnd(20)} ${time.toFixed(1)} ms`);
    });
}
await desktop.stop();
await chromium.remove();
