// What the agent reads, in a real Chromium: the forms of FingerprintIQ's contract, twice the same in one page,
// hashes that a server can make again, pages that make it difficult, and what the Server API shows of it. How
// stable it is over loads, zoom, profiles and restarts, also in Firefox: stability.test.mjs.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { chromium as playwright } from "playwright-core";

import { sources } from "../../agent/sources.ts";
import { assertIdentified, assertSchema } from "../lib/checks.mjs";
import { faults } from "../lib/signal_shapes.mjs";
import { startWhorl } from "../lib/whorl.mjs";
import { prepareChromium } from "./lib/chromium.mjs";
import { wrongHashes } from "./lib/recompute.mjs";
import { startSignalsPages } from "./lib/signals_page.mjs";
import { differences, isVolatile } from "./lib/volatile.mjs";

// Null without being asked for; "speech" where the machine has no voices.
const probes = ["webrtc", "wallets", "behavioralRisk"];
const mayBeMissing = ["speech", ...probes];

let pages;
let chromium;
let context;

before(async () => {
    pages = await startSignalsPages();
    chromium = await prepareChromium();
    const profile = await chromium.newProfile();
    context = await playwright.launchPersistentContext(join(profile, "chromium"), {
        executablePath: chromium.launcher,
        chromiumSandbox: chromium.sandboxed,
        env: chromium.environment(profile),
        headless: true,
        args: ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
    });
});

after(async () => {
    await context?.close();
    await chromium?.remove();
    pages?.close();
});

/* The end of a group is handed to a debugger, and shown nowhere. */
const shown = (message) => message.type() !== "endGroup";

async function onPage(path, use) {
    const page = await context.newPage();
    const said = [];
    page.on("console", (message) => shown(message) && said.push(message.text()));
    page.on("pageerror", (error) => said.push(String(error)));
    try {
        await page.goto(pages.url(path));
        return await use(page, said);
    } finally {
        await page.close();
    }
}

// A busy machine is slow, not wrong: time boxes are tested in tests/agent.
const collect = (frame, options) =>
    frame.evaluate((given) => window.collectSignals({ limitMs: 20_000, ...given }), options);
const collectOn = (path, options) => onPage(path, (page) => collect(page, options));
const failed = (signals) => Object.keys(signals).filter((name) => signals[name] === null);
const surplus = (signals, expected) =>
    failed(signals).filter((name) => ![...mayBeMissing, ...expected].includes(name));

test("every signal in its documented form, and a reason for every null", async () => {
    const signals = await collectOn("/");
    assert.deepEqual(faults(signals), {});
    assert.deepEqual(surplus(signals, []), []);
    assert.deepEqual(Object.keys(signals), [...sources.map(([name]) => name), "collection"]);
    const { failures } = signals.collection.value;
    assert.deepEqual(Object.keys(failures).sort(), failed(signals).sort());
    for (const name of probes) assert.equal(failures[name], "off");
});

test("two runs in one page differ only in what is declared volatile", async () => {
    const [one, two] = await onPage("/", async (page) => [await collect(page), await collect(page)]);
    assert.deepEqual(differences(one, two).filter((path) => !isVolatile(path)), []);
    assert.ok(differences(one, two).length > 0, "nothing differs at all: is this the same run?");
});

test("probes, when asked for, have their documented forms", async () => {
    await onPage("/", async (page) => {
        await page.evaluate(() => window.watchBehavior());
        await page.mouse.move(20, 20);
        await page.mouse.move(300, 200, { steps: 12 });
        await page.mouse.click(300, 200);
        await page.keyboard.type("abc", { delay: 40 });
        const signals = await collect(page, { probes: ["webrtc", "wallets", "behavior"] });
        assert.deepEqual(faults(signals, probes), {});
        assert.deepEqual(wrongHashes(signals), []);
        const behavior = signals.behavioralRisk.value;
        assert.ok(behavior.pointerMoveCount >= 12, JSON.stringify(behavior));
        assert.equal(behavior.clickCount, 1);
        assert.equal(behavior.keyEventCount, 3);
        assert.ok(behavior.meanKeyIntervalMs > 20 && behavior.meanKeyIntervalMs < 1000);
        assert.ok(behavior.pointerStraightness > 0.9);
        assert.ok(signals.webrtc.value.candidateCount > 0);
        assert.deepEqual(signals.wallets.value.detected, []);
    });
});

test("wallets: those that announce themselves, and those that only set a flag", async () => {
    await onPage("/", async (page) => {
        await page.evaluate(() => {
            window.ethereum = { isMetaMask: true, isRabby: true };
            window.phantom = { solana: {} };
        });
        const flagged = (await collect(page, { probes: ["wallets"] })).wallets.value;
        assert.deepEqual(flagged.evmProviders, ["Rabby Wallet"]);
        assert.deepEqual(flagged.solanaProviders, ["Phantom"]);
        await page.evaluate(() => {
            window.addEventListener("eip6963:requestProvider", () => {
                const detail = { info: { name: "Frame" } };
                window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
            });
        });
        const announced = (await collect(page, { probes: ["wallets"] })).wallets.value;
        assert.deepEqual(announced.detected, ["Frame", "Phantom"]);
        assert.equal(announced.multipleWallets, true);
    });
});

test("hashes are those of the values beside them", async () => {
    assert.deepEqual(wrongHashes(await collectOn("/")), []);
});

test("a page that freezes Object.prototype costs nothing", async () => {
    const signals = await collectOn("/frozen");
    assert.deepEqual(faults(signals), {});
    assert.deepEqual(surplus(signals, []), []);
});

test("a page that breaks fetch, JSON, Promise and the DOM gets what can still be read", async () => {
    await onPage("/patched", async (page, said) => {
        // Playwright waits with the page's own Promise, which is broken here: ask for the result instead.
        await page.evaluate(() => {
            window.collectSignals().then((signals) => (window.result = signals));
        });
        const deadline = Date.now() + 15_000;
        let signals;
        while (!signals && Date.now() < deadline) {
            await new Promise((resolve) => setTimeout(resolve, 100));
            signals = await page.evaluate(() => window.result);
        }
        assert.ok(signals, "nothing was collected");
        assert.deepEqual(faults(signals), {});
        const { failures } = signals.collection.value;
        assert.match(failures.canvas, /patched/);
        for (const name of ["screen", "webgl", "fonts", "math", "intl", "timezone", "codec"]) {
            assert.ok(signals[name], `${name}: ${failures[name]}`);
        }
        assert.deepEqual(said, []);
    });
});

test("Trusted Types and a policy without eval and workers: what fails is data", async () => {
    await onPage("/trusted", async (page) => {
        const signals = await collect(page);
        assert.deepEqual(faults(signals), {});
        assert.deepEqual(surplus(signals, ["wasmTiming"]), []);
        assert.equal(signals.workerScope.value.workerNavigator, null);
    });
});

test("a sandboxed frame: what fails is data", async () => {
    await onPage("/framed", async (page) => {
        const frame = page.frames()[1];
        await frame.waitForFunction(() => window.collectSignals);
        const signals = await collect(frame);
        assert.deepEqual(faults(signals), {});
        assert.equal(signals.frameDepth.value.isFramed, true);
        assert.deepEqual(Object.values(signals.storage.value), [false, false, false, false, []]);
        // A frame of its own, in which to read unchanged functions, has another origin there.
        const framed = ["windowFeatures", "htmlElement", "integrity", "natives", "contexts"];
        assert.deepEqual(surplus(signals, framed), []);
    });
});

test("the page's layout stays, and nothing is said on its console", async () => {
    await onPage("/", async (page, said) => {
        const seen = await page.evaluate(async () => {
            const shifts = [];
            const observer = new PerformanceObserver((list) => shifts.push(...list.getEntries()));
            observer.observe({ type: "layout-shift", buffered: true });
            const sizes = () => [
                document.documentElement.scrollWidth, document.documentElement.scrollHeight,
                document.documentElement.outerHTML, Object.keys(window).length,
            ];
            const before = sizes();
            let during = 0;
            const timer = setInterval(() => {
                for (const element of document.querySelectorAll("body *, body ~ *")) {
                    const style = getComputedStyle(element);
                    const visible = style.visibility === "visible" && style.display !== "none";
                    if (visible && !["P", "SCRIPT"].includes(element.tagName)) during++;
                }
            }, 0);
            await window.collectSignals();
            clearInterval(timer);
            return { before, after: sizes(), during, shifts: shifts.length };
        });
        assert.deepEqual(seen.after, seen.before);
        assert.deepEqual([seen.during, seen.shifts], [0, 0]);
        assert.deepEqual(said, []);
    });
});

test("the Server API shows raw device attributes of a real browser", async () => {
    const whorl = await startWhorl();
    try {
        const body = { signals: await collectOn("/"), timestamp: Date.now() };
        const { requestId } = assertIdentified(await whorl.identify(body, {}));
        const { json } = await whorl.get(`/v4/events/${requestId}`, { auth: "bearer" });
        assertSchema(json, "v4_event", "v4 Event");
        const found = json.raw_device_attributes;
        for (const name of [
            "font_preferences", "emoji", "fonts", "device_memory", "timezone", "canvas", "languages",
            "webgl_extensions", "webgl_basics", "screen_resolution", "touch_support",
            "architecture", "cookies_enabled", "hardware_concurrency", "date_time_locale", "vendor",
            "color_depth", "platform", "session_storage", "local_storage", "audio", "plugins",
            "indexed_db", "math", "font_hash", "timezone_offset", "battery_level",
            "battery_charging",
        ]) {
            assert.ok(name in found, `${name} is missing`);
        }
        assert.equal(found.font_preferences.min > 0, true);
        assert.deepEqual(found.screen_resolution, [
            body.signals.screen.value.width, body.signals.screen.value.height,
        ]);
        const old = await whorl.get(`/events/${requestId}`, { auth: "header" });
        assertSchema(old.json, "v3_event", "v3 EventsGetResponse");
        assert.equal(old.json.products.rawDeviceAttributes.data.math.value, found.math);
    } finally {
        await whorl.remove();
    }
});
