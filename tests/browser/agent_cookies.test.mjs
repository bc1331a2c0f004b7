// People who forbid cookies in their browser's own settings, in Chromium and Firefox with a window and without a
// driver: both forbid storage along with them. They are identified all the same, and recognised by their traits.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { startWhorl } from "../lib/whorl.mjs";
import { prepareChromium } from "./lib/chromium.mjs";
import { startDesktop } from "./lib/desktop.mjs";
import { prepareFirefox } from "./lib/firefox.mjs";
import { html, reportPage, startPages } from "./lib/pages.mjs";

const patienceMs = 60_000;

let whorl;
let pages;
let desktop;
let report;

const script = () => `
const problems = [];
addEventListener("error", ({ message }) => problems.push(message));
addEventListener("unhandledrejection", ({ reason }) => problems.push(String(reason)));
const attempt = async (act) => { try { return await act(); } catch (error) { return { error: String(error) }; } };
const facts = {
    storage: await attempt(() => typeof localStorage.length),
    first: await attempt(() => (whorl.configure({ cache: { storage: "local" } }), whorl.identify())),
    second: await attempt(() => (whorl.configure({ cache: false }), whorl.identify())),
    v4: await attempt(async () => {
        const { start } = await import("${whorl.url}/web/v4/${whorl.publicKey}");
        return start({ cache: { storage: "sessionStorage", duration: 60 } }).get();
    }),
    problems,
};
await fetch("/report", { method: "POST", body: JSON.stringify(facts) });`;

// A browser that has just been started learns within its first loads what it can decode (stability.test.mjs), and here
// nothing but traits says that it is the same: everything is read once before somebody asks.
const warmUp = () => `
import { start } from "${whorl.url}/web/v4/${whorl.publicKey}";
start();
setTimeout(() => location.replace("/asks"), 1500);`;

before(async () => {
    whorl = await startWhorl();
    pages = await startPages({
        "/": () => ({ html: html('<script type="module" src="/warm-up.js"></script>') }),
        "/warm-up.js": () => ({ script: warmUp() }),
        "/asks": () => ({ html: html(`<script src="${whorl.url}/agent/${whorl.publicKey}.js"></script>
            <script type="module" src="/page.js"></script>`) }),
        "/page.js": () => ({ script: script() }),
        "/report": reportPage((facts) => report(facts)),
    });
    desktop = await startDesktop();
});

after(async () => {
    await desktop?.stop();
    pages?.close();
    await whorl?.remove();
});

async function factsOf(browser) {
    const told = new Promise((resolve) => (report = resolve));
    try {
        const facts = await Promise.race([told, sleep(patienceMs, null, { ref: false })]);
        assert.ok(facts, `the page told nothing\n${browser.log.slice(-2000)}`);
        return facts;
    } finally {
        await browser.close();
    }
}

async function identifiedWithout({ storage, first, second, v4, problems }) {
    assert.match(storage.error ?? "", /SecurityError|insecure/, "storage is not forbidden");
    assert.match(first.visitorId ?? first.error, /^iq_/);
    assert.equal(first.cacheHit ?? second.cacheHit, undefined);
    assert.equal(second.visitorId, first.visitorId, "known by its traits");
    assert.match(v4.event_id ?? v4.error, /^\d{13}\./);
    assert.deepEqual(problems, []);
    const { json } = await whorl.get(`/v4/events/${first.requestId}`, { auth: "bearer" });
    const { cookies_enabled: cookies, local_storage: local } = json.raw_device_attributes;
    assert.deepEqual([cookies, local], [false, false]); // Chromium's navigator.cookieEnabled is true all the same
}

test("Chromium that blocks all cookies", async () => {
    const chromium = await prepareChromium();
    const blocking = { profile: { default_content_setting_values: { cookies: 2 } } };
    const profile = await chromium.newProfile(blocking);
    const browser = chromium.open({ url: pages.url, profile, display: desktop.display });
    await identifiedWithout(await factsOf(browser).finally(() => chromium.remove()));
});

test("Firefox that blocks all cookies", async () => {
    const firefox = await prepareFirefox();
    const profile = await firefox.newProfile();
    const preferences = { "network.cookie.cookieBehavior": 2 };
    const browser = await firefox.open({ url: pages.url, profile, display: desktop.display, preferences });
    await identifiedWithout(await factsOf(browser).finally(() => firefox.remove()));
});
