// The sources in browsers with a window that nobody drives, Firefox ESR, Chromium and WebKitGTK: the forms of the
// contract, and hashes that the server makes again to the same.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { faults, shapes } from "../lib/signal_shapes.mjs";
import { startWhorl } from "../lib/whorl.mjs";
import { prepareChromium } from "./lib/chromium.mjs";
import { startDesktop } from "./lib/desktop.mjs";
import { prepareFirefox } from "./lib/firefox.mjs";
import { wrongHashes } from "./lib/recompute.mjs";
import { startSignalsPages } from "./lib/signals_page.mjs";
import { prepareWebKit } from "./lib/webkit.mjs";

const patienceMs = 60_000;

let whorl;
let pages;
let desktop;

before(async () => {
    whorl = await startWhorl();
    pages = await startSignalsPages();
    desktop = await startDesktop();
});

after(async () => {
    await desktop?.stop();
    pages?.close();
    await whorl?.remove();
});

async function signalsOf(prepare) {
    const program = await prepare();
    const profile = await program.newProfile();
    const url = pages.url("/auto?probes=webrtc,wallets,behavior");
    const browser = await program.open({ url, profile, display: desktop.display });
    try {
        const load = await Promise.race([pages.next(), sleep(patienceMs, null, { ref: false })]);
        assert.ok(load, `no signals in ${patienceMs} ms\n${browser.log.slice(-2000)}`);
        return load.signals;
    } finally {
        await browser.close();
        await program.remove();
    }
}

async function tampering(signals) {
    const headers = [["User-Agent", signals.workerScope.value.workerNavigator.userAgent]];
    const answer = await whorl.identify({ signals, timestamp: Date.now() }, { headers });
    const { json } = await whorl.get(`/v1/events/${answer.json.requestId}`, { auth: "bearer" });
    return json.reasons.tampering ?? [];
}

/* What this machine has nothing for: voices, a graphics card; WebKitGTK is built without WebRTC. What is late on a
 * busy one is not missing. */
for (const [name, prepare, absent] of [
    ["Firefox", prepareFirefox, ["speech"]],
    ["Chromium", prepareChromium, ["speech", "webgl"]],
    ["WebKitGTK", prepareWebKit, ["webrtc"]],
]) {
    test(`${name}: every signal in its documented form, and hashes that the server finds right`, async () => {
        const signals = await signalsOf(prepare);
        const { failures } = signals.collection.value;
        const given = (signal) => !absent.includes(signal) && failures[signal] !== "timeout";
        assert.deepEqual(faults(signals, Object.keys(shapes).filter(given)), {}, JSON.stringify(failures));
        assert.deepEqual(wrongHashes(signals), []);
        assert.deepEqual(await tampering(signals), []);
        signals.error.value.messages[0] += "!";
        assert.deepEqual(await tampering(signals), ["TAMPERED_HASH"]);
    });
}
