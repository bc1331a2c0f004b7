// What of the signals changes when nothing of the device does: over 20 loads, another profile, a restart, and steps
// of zoom, in Chromium and Firefox with windows and without a driver. What differs between loads must be declared
// as VOLATILE in src/identify/signals.def, what follows the zoom in agent/stability.json.
//
// UPDATE_STABILITY=1 writes that file, from which tools/signals_doc.mjs makes a part of docs/signals.md.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { repository, startWhorl } from "../lib/whorl.mjs";
import { prepareChromium } from "./lib/chromium.mjs";
import { startDesktop } from "./lib/desktop.mjs";
import { prepareFirefox } from "./lib/firefox.mjs";
import { wrongHashes } from "./lib/recompute.mjs";
import { startSignalsPages } from "./lib/signals_page.mjs";
import { differences, isVolatile } from "./lib/volatile.mjs";

const loads = 20;
const warmUp = 4; // loads before the zoom is tried: what a browser learns in its first second is no zoom's work
const patienceMs = 120_000;
const allProbes = "&probes=webrtc,wallets,behavior";
const graphics = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"];
const file = join(repository, "agent/stability.json");
const declared = JSON.parse(readFileSync(file, "utf8"));
const update = !!process.env.UPDATE_STABILITY;

/* Measured, and nothing the agent could change. */
const known = {
    Chromium: { loads: [], session: [] },
    Firefox: {
        // Whether it plays audio/aac it knows only once its decoder has started.
        loads: ["codec.matrix", "codec.hash"],
        session: ["codec.matrix", "codec.hash"],
    },
};

let whorl;
let pages;
let desktop;
const browsers = {};
const measured = { date: new Date().toISOString().slice(0, 10), loads, browsers: {}, shapes: {} };

before(async () => {
    whorl = await startWhorl();
    pages = await startSignalsPages();
    desktop = await startDesktop();
    browsers.Chromium = await prepareChromium();
    browsers.Firefox = await prepareFirefox();
});

after(async () => {
    await browsers.Chromium?.remove();
    await browsers.Firefox?.remove();
    await desktop?.stop();
    pages?.close();
    await whorl?.remove();
    if (update) writeFileSync(file, `${JSON.stringify(measured, null, 4)}\n`);
});

/* The signals of the next load; what a browser says when none comes. */
async function nextLoad(browser) {
    const load = await Promise.race([pages.next(), sleep(patienceMs, null, { ref: false })]);
    assert.ok(load, `no signals in ${patienceMs} ms\n${browser.log.slice(-2000)}`);
    return load.signals;
}

/* The kinds of values in a signal: {"a": 1} is {"a": ["number"]}. Lists are described by what is in them. */
function kindsOf(value, into = {}) {
    for (const [member, inner] of Object.entries(value)) {
        const kind = inner === null ? "null"
            : Array.isArray(inner) ? `${typeof (inner[0] ?? "")}[]`.replace("object", "{}")
            : /^[0-9a-f]{64}$/.test(inner) ? "hash"
            : typeof inner === "object" ? "{}" : typeof inner;
        into[member] = [...new Set([...(into[member] ?? []), kind])];
    }
    return into;
}

/* Opens the page in a window, waits for `count` loads, and lets `use` do something with the window. */
async function visit(name, profile, count, use = async () => {}, probes = "") {
    const url = pages.url(`/auto?loads=${count}${probes}`);
    const flags = name === "Chromium" ? graphics : []; // Firefox takes them for addresses
    const place = { url, profile, display: desktop.display, flags };
    const browser = await browsers[name].open(place);
    try {
        const found = [];
        while (found.length < count) found.push(await nextLoad(browser));
        await use(browser, found);
        return found;
    } finally {
        await browser.close();
    }
}

/* Zooms the page by keys, reloads it, and waits for its signals. */
async function zoomed(browser, found) {
    const window = await desktop.window(/done/, patienceMs);
    assert.ok(window, "the window does not say that it is done");
    await desktop.focus(window);
    for (const key of ["ctrl+plus", "ctrl+plus", "ctrl+minus", "ctrl+minus", "ctrl+minus"]) {
        await desktop.keys(key);
        await sleep(700); // the zoom itself
        await desktop.keys("F5");
        found.push(await nextLoad(browser));
    }
}

/* Does the server find that a hash is not that of the values beside it? */
async function findsWrongHash(signals) {
    const name = signals.workerScope?.value.workerNavigator?.userAgent ?? "unknown";
    const headers = [["User-Agent", name]];
    const answer = await whorl.identify({ signals, timestamp: Date.now() }, { headers });
    assert.equal(answer.status, 200, answer.text);
    const { json } = await whorl.get(`/v1/events/${answer.json.requestId}`, { auth: "bearer" });
    return json.reasons.tampering?.includes("TAMPERED_HASH") ?? false;
}

const changes = (reference, others) =>
    [...new Set(others.flatMap((other) => differences(reference, other)))].sort();

for (const name of ["Chromium", "Firefox"]) {
    test(`${name}: nothing undeclared changes`, { timeout: 8 * patienceMs }, async () => {
        const profile = await browsers[name].newProfile();
        const first = await visit(name, profile, loads);
        const [reference, ...others] = first;
        for (const signals of first) assert.deepEqual(wrongHashes(signals), []);
        assert.equal(await findsWrongHash(reference), false, "the server makes other hashes");
        const forged = structuredClone(reference);
        forged.math.value.values[3] += 1;
        assert.equal(await findsWrongHash(forged), true, "the server does not look");

        const restarted = await visit(name, profile, 1);
        const steps = await visit(name, await browsers[name].newProfile(), warmUp, zoomed);
        const [fresh, zooms] = [steps[0], steps.slice(warmUp)];
        for (const signals of zooms) assert.equal(await findsWrongHash(signals), false, "zoomed");
        const ratios = zooms.map((signals) => signals.screen.value.pixelRatio);
        assert.ok(new Set(ratios).size >= 3, `the zoom did not change: ${ratios}`);

        const found = {
            loads: changes(reference, others),
            restart: changes(reference, restarted),
            profile: changes(reference, [fresh]),
            zoom: changes(steps[warmUp - 1], zooms),
        };
        const [asked] = update ? await visit(name, profile, 1, undefined, allProbes) : [{}];
        for (const [signal, found] of Object.entries(asked)) {
            if (found) measured.shapes[signal] = kindsOf(found.value, measured.shapes[signal]);
        }
        measured.browsers[name] = { version: await browsers[name].major(), ratios, ...found };
        const undeclared = (paths, also) =>
            paths.filter((path) => !isVolatile(path) && !also.includes(path));
        assert.deepEqual(undeclared(found.loads, known[name].loads), [], "from load to load");
        for (const what of ["restart", "profile"]) {
            assert.deepEqual(undeclared(found[what], known[name].session), [], `another ${what}`);
        }
        if (update) return;
        assert.deepEqual(undeclared(found.zoom, declared.browsers[name].zoom), [], "zoom");
    });
}
