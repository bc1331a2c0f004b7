// When the agent reads and posts, in Chromium: before anybody asks, where load() or start() say that somebody will;
// not before a prepared page is looked at; and what it says when its request is stopped.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startWhorl } from "../lib/whorl.mjs";
import { prepareChromium } from "./lib/chromium.mjs";
import { startDesktop } from "./lib/desktop.mjs";
import { attempt, html, onPage, reportPage, startBrowser, startPages } from "./lib/pages.mjs";

let whorl;
let pages;
let browser;
let report;

/* Counts how often the cores are read: once by each source that wants them, in each reading. */
const counting = `<script>
    window.reads = 0;
    const { get } = Object.getOwnPropertyDescriptor(Navigator.prototype, "hardwareConcurrency");
    Object.defineProperty(Navigator.prototype, "hardwareConcurrency", {
        get() { window.reads++; return get.call(this); },
    });
    const read = async () => {
        for (let before = -1; window.reads !== before || before === 0;) {
            before = window.reads;
            await new Promise((resolve) => setTimeout(resolve, 400));
        }
        return window.reads;
    };
</script>`;

const tag = (path, attributes = "") => `<script src="${whorl.url}${path}" ${attributes}></script>`;

before(async () => {
    whorl = await startWhorl();
    const key = whorl.publicKey;
    const own = (attributes) => tag(`/agent/${key}.js`, attributes);
    pages = await startPages({
        "/": () => ({ html: html(counting + own() + tag(`/web/v3/${key}/iife.min.js`)) }),
        "/consent": () => ({ html: html(counting + own("data-consent=required")) }),
        "/v4": () => ({ html: html(`${counting}<script type="module">
            window.v4 = await import("${whorl.url}/web/v4/${key}");</script>`) }),
        "/prepares": () => ({ html: html(`<script type="speculationrules">
            {"prerender": [{"urls": ["/prepared"], "eagerness": "immediate"}]}</script>
            <script>setTimeout(() => (location.href = "/prepared"), 3000)</script>`) }),
        "/prepared": () => ({ html: html(`${own()}<script>
            const wasPrepared = document.prerendering;
            whorl.identify().then(({ visitorId }) => {
                const [{ activationStart: lookedAt }] = performance.getEntriesByType("navigation");
                const post = performance.getEntriesByType("resource").find(({ name }) => /ci=js/.test(name));
                const facts = { wasPrepared, lookedAt, postedAt: post.startTime, visitorId };
                return fetch("/report", { method: "POST", body: JSON.stringify(facts) });
            });</script>`) }),
        "/report": reportPage((facts) => report(facts)),
    });
    browser = await startBrowser();
});

after(async () => {
    await browser?.remove();
    pages?.close();
    await whorl?.remove();
});

const open = (path, use) => onPage(browser.context, pages.url + path, use);

/* The first get() takes what was read already; the second, and one that comes late, read again. */
async function readsOnce(page, posted, begin, get) {
    await page.evaluate(begin);
    const ahead = await page.evaluate(() => read());
    assert.ok(ahead > 0, "nothing was read ahead");
    assert.equal(posted.length, 0, "nothing is sent before somebody asks");
    await page.evaluate(get);
    assert.equal(await page.evaluate(() => read()), ahead);
    assert.ok(posted[0].postDataJSON().signals.canvas.value.hash);
    await page.evaluate(get);
    assert.equal(await page.evaluate(() => read()), 2 * ahead);
    await page.evaluate(begin);
    assert.equal(await page.evaluate(() => read()), 3 * ahead);
    await page.evaluate(() => { const { now } = performance; performance.now = () => now.call(performance) + 31_000; });
    await page.evaluate(get);
    assert.equal(await page.evaluate(() => read()), 4 * ahead);
}

test("v3: load() reads ahead, for one get() that follows soon", () => open("/", (page, { posted }) =>
    readsOnce(page, posted,
        async () => void (window.agent = await window.FingerprintJS.load()), () => window.agent.get())));

test("v4: start() does the same, but not with a cache", () => open("/v4", async (page, { posted }) => {
    await page.waitForFunction(() => window.v4);
    await readsOnce(page, posted, () => void (window.agent = window.v4.start()), () => window.agent.get());
    const before = await page.evaluate(() => window.reads);
    await page.evaluate(() => void window.v4.start({ cache: { storage: "agent", duration: 60 } }));
    await page.waitForTimeout(500);
    assert.equal(await page.evaluate(() => window.reads), before);
}));

test("own: start() does the same, once the person has agreed", () => open("/consent", async (page, { posted }) => {
    await page.waitForTimeout(500);
    assert.equal(await page.evaluate(() => window.reads), 0);
    await readsOnce(page, posted, () => window.whorl.start(), () => window.whorl.identify());
}));

test("own: what was read ahead ends with stop() and with other probes", () => open("/", async (page, { posted }) => {
    const readings = async (between) => {
        const before = await page.evaluate(() => window.reads);
        await page.evaluate(() => window.whorl.start());
        const ahead = await page.evaluate(() => read());
        await page.evaluate(between);
        await page.evaluate(() => window.whorl.identify());
        return ((await page.evaluate(() => read())) - before) / (ahead - before);
    };
    assert.equal(await readings(() => {}), 1);
    assert.equal(await readings(() => { window.whorl.stop(); window.whorl.configure({ consent: "given" }); }), 2);
    assert.equal(await readings(() => window.whorl.configure({ probes: ["wallets"] })), 2);
    assert.ok(posted[2].postDataJSON().signals.wallets);
}));

test("a reading that nobody asked for is not sent when the page is left", () => open("/", async (page, { posted }) => {
    await page.evaluate(() => window.whorl.start());
    await page.goto(`${pages.url}/v4`);
    await page.waitForTimeout(300);
    assert.equal(posted.length, 0);
}));

/* By a person's Chromium: one that is driven prepares no pages. */
test("a page that was prepared for nobody identifies when somebody looks at it", async () => {
    const told = new Promise((resolve) => (report = resolve));
    const desktop = await startDesktop();
    const chromium = await prepareChromium();
    const profile = await chromium.newProfile();
    const person = chromium.open({ url: `${pages.url}/prepares`, profile, display: desktop.display });
    try {
        const { wasPrepared, lookedAt, postedAt, visitorId } = await told;
        assert.equal(wasPrepared, true, "the browser did not prepare it");
        assert.match(visitorId, /^iq_/);
        assert.ok(lookedAt > 0 && postedAt > lookedAt, `looked at: ${lookedAt}, posted: ${postedAt}`);
    } finally {
        await person.close();
        await chromium.remove();
        await desktop.stop();
    }
});

test("a request that the page stops is told from a network that fails", () => open("/", async (page) => {
    await page.route((url) => url.searchParams.has("ci"), () => {}); // no answer, ever
    const stopped = (ask) => attempt(page, async (source) => {
        const timer = setInterval(() => window.stop(), 100);
        try {
            return await (0, eval)(`(${source})`)();
        } finally {
            clearInterval(timer);
        }
    }, ask.toString());
    const own = (await stopped(() => window.whorl.identify())).error;
    assert.deepEqual([own.code, own.reason], ["network", "network_abort"]);
    const v3 = (await stopped(async () => (await window.FingerprintJS.load()).get())).error;
    assert.equal(v3.message, "Network request aborted");
    await page.evaluate(async (url) => (window.v4 = await import(url)), `${whorl.url}/web/v4/${whorl.publicKey}`);
    const v4 = (await stopped(() => window.v4.start().get())).error;
    assert.deepEqual([v4.name, v4.code, v4.event_id], ["FingerprintError", "network_abort", null]);
}));
