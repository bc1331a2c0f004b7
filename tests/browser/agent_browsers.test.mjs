// Every interface of the agent in browsers with a window that nobody drives, Firefox ESR, Chromium and
// WebKitGTK: the page asks by itself and tells its own server what it got.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startWhorl } from "../lib/whorl.mjs";
import { prepareChromium } from "./lib/chromium.mjs";
import { startDesktop } from "./lib/desktop.mjs";
import { prepareFirefox } from "./lib/firefox.mjs";
import { html, reportPage, startPages } from "./lib/pages.mjs";
import { prepareWebKit } from "./lib/webkit.mjs";

const answerTimeoutMs = 60_000;

let whorl;
let pages;
let desktop;
let report;

const script = () => `
const plain = (error) => ({ name: error.name, code: error.code, message: error.message });
const tried = async (ask) => { try { return await ask(); } catch (error) { return plain(error); } };
const base = ${JSON.stringify(whorl.url)}, key = ${JSON.stringify(whorl.publicKey)};
const facts = {
    own: await tried(() => whorl.identify({ extended: true })),
    v3: await tried(async () => (await (await import(base + "/web/v3/" + key)).load()).get({ extendedResult: true })),
    v4: await tried(async () => (await import(base + "/web/v4/" + key)).start().get()),
    module: await tried(async () => (await import(base + "/agent/" + key + ".mjs")).identify()),
    late: await tried(() => whorl.identify({ timeout: 1 })),
    nobody: await tried(async () => (await import(base + "/web/v4/nobody")).start().get()),
    network: await tried(async () => {
        const { load } = await import(base + "/web/v3/" + key);
        return (await load({ endpoint: "http://127.0.0.1:9/" })).get();
    }),
};
document.title = "asked";
await fetch("/report", { method: "POST", body: JSON.stringify(facts) });`;

before(async () => {
    whorl = await startWhorl();
    pages = await startPages({
        "/": () => ({
            html: html(`<script src="${whorl.url}/agent/${whorl.publicKey}.js"></script>
                <script type="module" src="/page.js"></script>`),
            headers: { "Content-Security-Policy": `default-src 'none'; img-src data:;
                script-src 'self' ${whorl.url}; connect-src 'self' http://127.0.0.1:*`.replace(/\s+/g, " ") },
        }),
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

async function reportOf(prepare) {
    const program = await prepare();
    const profile = await program.newProfile();
    const told = new Promise((resolve, reject) => {
        report = resolve;
        setTimeout(() => reject(new Error("the page told nothing")), answerTimeoutMs).unref();
    });
    const browser = await program.open({ url: `${pages.url}/`, profile, display: desktop.display });
    try {
        return await told;
    } finally {
        await browser.close();
        await program.remove();
    }
}

for (const [name, prepare, expected] of [
    ["Firefox", prepareFirefox, /Firefox/],
    ["Chromium", prepareChromium, /Chrom/],
    ["WebKitGTK", prepareWebKit, /Safari/],
]) {
    test(`${name} with a window: every interface, and errors`, async () => {
        const { own, v3, v4, module, late, nobody, network } = await reportOf(prepare);
        assert.match(own.visitorId ?? JSON.stringify(own), /^iq_/);
        assert.match(own.extended.browserName, expected);
        assert.match(v3.browserName ?? JSON.stringify(v3), expected);
        assert.match(v4.event_id ?? JSON.stringify(v4), /^\d{13}\./);
        assert.equal(module.visitorId, own.visitorId);
        assert.equal(v4.visitor_id, v3.visitorId);
        assert.equal(late.code, "timeout");
        assert.equal(nobody.code, "public_api_key_not_found");
        assert.equal(network.message, "Network connection error");
    });
}
