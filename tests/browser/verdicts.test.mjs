// The verdicts about browser and machine, from Debian's Chromium and Firefox with a window on a display without
// a graphics card, as people use them: usual windows, private ones, Firefox that resists fingerprinting,
// developer tools open. Nobody drives them. What is not knowable must be absent.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { startWhorl } from "../lib/whorl.mjs";
import { prepareBrowsers } from "./lib/browsers.mjs";
import { startSite } from "./lib/site.mjs";

// Generous: a busy machine is slow, not wrong.
const patienceMs = 120_000;
// Until developer tools have opened beside a page, and taken their room.
const toolsMs = 8000;

let whorl;
let site;
let browsers;
let desktop;
let chromium;
let firefox;

before(async () => {
    whorl = await startWhorl({ flags: ["--test-clock", "--trusted-proxy", "127.0.0.1", "--log-level", "warn"] });
    site = await startSite(whorl);
    browsers = await prepareBrowsers();
    ({ desktop, chromium, firefox } = browsers);
});

after(async () => {
    await browsers?.remove();
    site?.close();
    await whorl?.remove();
});

/* One visit of a fresh profile; everything that the answers say of it. */
async function visit(program, { waitMs = 0, ...options } = {}) {
    const coming = site.expect({ address: "192.0.2.77", nowMs: Date.now() });
    const profile = await program.newProfile();
    const url = waitMs ? `${site.url}?wait=${waitMs}` : site.url;
    const browser = await program.open({ url, profile, display: desktop.display, ...options });
    try {
        const answer = await Promise.race([coming.answered, sleep(patienceMs, null, { ref: false })]);
        assert.ok(answer, `no visit in ${patienceMs} ms\n${browser.log.slice(-2000)}`);
        assert.equal(answer.status, 200, `${answer.body}`);
        const { requestId, verdicts } = JSON.parse(answer.body);
        const headers = { Authorization: `Bearer ${whorl.secretKey}` };
        const get = async (path) => (await fetch(`${whorl.url}${path}`, { headers })).json();
        const { reasons, signals } = await get(`/v1/events/${requestId}`);
        return { verdicts, reasons, signals: signals.client, v4: await get(`/v4/events/${requestId}`) };
    } finally {
        await browser.close();
    }
}

/* What holds for every person: no tampering, no bot, and no virtual machine for want of a graphics card. */
function assertPerson({ verdicts, reasons, v4 }) {
    assert.deepEqual(verdicts.tampering, { result: false, anomalyScore: 0 }, `${reasons.tampering}`);
    assert.equal(v4.tampering, false);
    assert.equal(v4.tampering_confidence, "high");
    assert.deepEqual(v4.tampering_details, { anomaly_score: 0, anti_detect_browser: false });
    assert.equal(verdicts.bot.result, false, `${reasons.bot}`);
    assert.equal(verdicts.virtualMachine.result, false);
}

const unchanged = { pixels: 0, samples: 0, rects: 0 };

test("a usual window of Chromium", async () => {
    const seen = await visit(chromium);
    assertPerson(seen);
    assert.equal(seen.v4.incognito, undefined); // nothing shows it, so nothing may deny it
    assert.equal(seen.v4.developer_tools, false);
    assert.equal(seen.v4.privacy_settings, false);
    assert.deepEqual(seen.signals.farbling, unchanged);
});

test("a private window of Chromium: not known, and not denied", async () => {
    const seen = await visit(chromium, { flags: ["--incognito"] });
    assertPerson(seen);
    assert.equal(seen.v4.incognito, undefined);
    assert.equal(seen.verdicts.incognito.result, false);
});

test("Chromium with developer tools beside the page", async () => {
    const seen = await visit(chromium, { flags: ["--auto-open-devtools-for-tabs"], waitMs: toolsMs });
    assertPerson(seen);
    assert.equal(seen.v4.developer_tools, true);
    assert.equal(seen.verdicts.devtools.result, true);
    assert.ok(seen.reasons.developer_tools.includes("TOOLS_BESIDE"), `${seen.reasons.developer_tools}`);
});

test("a usual window of Firefox", async () => {
    const seen = await visit(firefox);
    assertPerson(seen);
    assert.equal(seen.v4.incognito, false);
    assert.equal(seen.v4.developer_tools, false);
    assert.equal(seen.v4.privacy_settings, false);
    assert.deepEqual(seen.signals.farbling, unchanged);
    assert.equal(seen.signals.storageTraits.directory, "works");
});

test("a private window of Firefox", async () => {
    const seen = await visit(firefox, { privately: true });
    assertPerson(seen);
    assert.equal(seen.v4.incognito, true);
    assert.equal(seen.verdicts.incognito.result, true);
    assert.deepEqual(seen.reasons.incognito, ["PRIVATE_STORAGE"]);
});

test("Firefox without cookies refuses the same as a private window, so neither is said", async () => {
    const seen = await visit(firefox, { preferences: { "network.cookie.cookieBehavior": 2 } });
    assertPerson(seen);
    assert.match(seen.signals.storageTraits.directory, /Security error/);
    assert.equal(seen.v4.incognito, undefined);
});

test("Firefox that resists fingerprinting is private, and no tamperer", async () => {
    const seen = await visit(firefox, { preferences: { "privacy.resistFingerprinting": true } });
    assertPerson(seen);
    assert.equal(seen.v4.privacy_settings, true);
    assert.deepEqual(seen.verdicts.privacyBrowser, { result: true, name: "firefox-rfp" });
    assert.deepEqual(seen.reasons.privacy, ["PRIVACY_RFP", "PRIVACY_NOISE"]);
    assert.ok(seen.signals.farbling.pixels > 200);
});

test("Firefox with developer tools below the page", async () => {
    const seen = await visit(firefox, { tools: true, waitMs: toolsMs });
    assertPerson(seen);
    assert.equal(seen.v4.developer_tools, true);
    assert.deepEqual(seen.reasons.developer_tools, ["TOOLS_BELOW"]);
});

test("a browser that says it is an old one can do what came later", async () => {
    const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) " +
        "Chrome/100.0.0.0 Safari/537.36";
    const old = "Mozilla/5.0 (X11; Linux x86_64; rv:102.0) Gecko/20100101 Firefox/102.0";
    const seen = [
        await visit(chromium, { flags: [`--user-agent=${chrome}`] }),
        await visit(firefox, { preferences: { "general.useragent.override": old } }),
    ];
    for (const { v4, reasons } of seen) {
        assert.ok(reasons.tampering.includes("TAMPERED_FEATURES_AHEAD"), `${reasons.tampering}`);
        assert.equal(v4.tampering, true);
        assert.equal(v4.tampering_details.anti_detect_browser, false); // one such tell is not enough
    }
});

test("a browser that says it is of another engine has what only its own has", async () => {
    const ua = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";
    const { v4, reasons } = await visit(chromium, { flags: [`--user-agent=${ua}`] });
    assert.ok(reasons.tampering.includes("TAMPERED_ENGINE"), `${reasons.tampering}`);
    assert.ok(!reasons.tampering.includes("TAMPERED_FEATURES_ENGINE")); // the same fact is counted once
    assert.equal(v4.tampering, true);
});
