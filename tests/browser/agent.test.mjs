// The agent in a real browser, on a page of another origin than the server: what it sends, that it
// sends the same from pages with a strict policy or without a secure origin, and what it leaves behind
// (nothing). How it is asked and how it fails: agent_interface.test.mjs.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { chromium as playwright } from "playwright-core";

import { sources } from "../../agent/sources.ts";
import { faults } from "../lib/signal_shapes.mjs";
import { startWhorl } from "../lib/whorl.mjs";
import { prepareChromium } from "./lib/chromium.mjs";
import { wrongHashes } from "./lib/recompute.mjs";

// A host name that is no secure origin; the browser is told where it lies.
const plainHost = "site.test";

// Null without being asked for, and where the machine has none: no voices.
const probes = ["webrtc", "wallets", "behavioralRisk"];
const mayBeMissing = ["speech"];

let whorl;
let site;
let chromium;
let context;

/* The page, or the same with a strict policy at /strict. The odd styles must not reach the
 * agent. */
function servePage(request, response) {
    const script = `${whorl.url}/agent/${whorl.publicKey}.js`;
    const headers = { "Content-Type": "text/html; charset=utf-8" };
    if (request.url === "/strict") {
        headers["Content-Security-Policy"] =
            `default-src 'none'; script-src ${whorl.url}; connect-src ${whorl.url}`;
    }
    response.writeHead(200, headers);
    const style = "* { font: 40px serif !important; letter-spacing: 3px !important }";
    const odd = request.url === "/odd" ? `<style>${style}</style>` : "";
    const language = request.url === "/odd" ? "ja" : "en";
    response.end(`<!doctype html><html lang="${language}"><title>page</title>
        <link rel="icon" href="data:,">${odd}<p>text</p><script src="${script}"></script></html>`);
}

before(async () => {
    whorl = await startWhorl();
    site = createServer(servePage).listen(0, "127.0.0.1");
    await new Promise((resolve) => site.once("listening", resolve));
    chromium = await prepareChromium();
    const profile = await chromium.newProfile();
    context = await playwright.launchPersistentContext(join(profile, "chromium"), {
        executablePath: chromium.launcher,
        chromiumSandbox: chromium.sandboxed,
        env: chromium.environment(profile),
        headless: true,
        args: [`--host-resolver-rules=MAP ${plainHost} 127.0.0.1`],
    });
});

after(async () => {
    await context?.close();
    await chromium?.remove();
    site?.close();
    await whorl?.remove();
});

/* Opens the page and gives it to `use` with what it said on the console and what it posted. */
async function onPage(path, use, host = "127.0.0.1") {
    const page = await context.newPage();
    const said = [];
    const posted = [];
    // The end of a group, which automation.ts writes, is no line of the console.
    const shown = (message) => message.type() !== "endGroup";
    page.on("console", (message) => shown(message) && said.push(message.text()));
    page.on("pageerror", (error) => said.push(String(error)));
    page.on("request", (request) => {
        if (request.method() === "POST") posted.push(request);
    });
    try {
        await page.goto(`http://${host}:${site.address().port}${path}`);
        return await use(page, { said, posted });
    } finally {
        await page.close();
    }
}

const identify = (page, options) => page.evaluate((given) => window.whorl.identify(given), options);

async function signalsFrom(path, host) {
    return onPage(path, async (page, { posted }) => {
        await identify(page);
        return posted[0].postDataJSON().signals;
    }, host);
}

function assertWhole(signals, alsoMissing = []) {
    const empty = Object.keys(signals).filter((name) => signals[name] === null);
    const expected = [...probes, ...mayBeMissing, ...alsoMissing];
    const surplus = empty.filter((name) => !expected.includes(name));
    assert.deepEqual(surplus, [], "signals that failed");
    assert.deepEqual(faults(signals), {});
}

test("identifies, with every signal in its form and the caller's tag and id", async () => {
    await onPage("/", async (page, { posted }) => {
        const answer = await identify(page, { tag: { order: 7 }, linkedId: "customer 12" });
        assert.match(answer.requestId, /^req_/);
        assert.match(answer.visitorId, /^iq_/);
        assert.equal(posted.length, 1);
        const url = new URL(posted[0].url());
        assert.equal(url.origin + url.pathname, `${whorl.url}/v1/identify`);
        assert.equal(url.searchParams.get("k"), whorl.publicKey);
        const body = posted[0].postDataJSON();
        assert.deepEqual(body.tag, { order: 7 });
        assert.equal(body.linkedId, "customer 12");
        assert.equal(body.url, page.url());
        assert.equal(body.referrer, "");
        assert.match(body.agent.version, /^\d+\.\d+\.\d+$/);
        assert.equal(Object.keys(body.signals).length, sources.length + 1);
        assertWhole(body.signals);
        for (const [name, signal] of Object.entries(body.signals)) {
            if (signal) assert.deepEqual(Object.keys(signal), ["value", "duration"], name);
        }
    });
});

test("hashes are those of the values beside them", async () => {
    assert.deepEqual(wrongHashes(await signalsFrom("/")), []);
});

test("the token of one answer goes along with the next", async () => {
    await onPage("/", async (page, { posted }) => {
        const first = await identify(page);
        assert.equal(typeof first.token, "string");
        const second = await identify(page);
        assert.equal(posted[1].postDataJSON().token, first.token);
        assert.equal(second.visitorId, first.visitorId);
    });
});

test("leaves nothing behind: no node, no global but its own, no word on the console", async () => {
    await onPage("/", async (page, { said }) => {
        const look = () =>
            page.evaluate(() => [document.documentElement.outerHTML, Object.keys(window)]);
        const [html, names] = await look();
        await identify(page);
        assert.deepEqual(await look(), [html, names]);
        assert.ok(names.includes("whorl"));
        assert.deepEqual(said, []);
    });
});

// What tells one device from another must not depend on the page it is read from.
const samePlaces = [
    "canvas", "audio", "fonts", "math", "domRect", "svg", "error", "intl", "timezone", "cssStyle",
    "windowFeatures", "htmlElement", "codec", "capabilityVector", "webgl",
];

function assertSame(signals, reference, except = []) {
    for (const name of samePlaces.filter((each) => !except.includes(each))) {
        const [value, expected] = [signals[name].value, reference[name].value];
        if (name === "webgl") value.gpuTimingMs = expected.gpuTimingMs;
        assert.deepEqual(value, expected, name);
    }
}

test("a page with odd styles and another language gives the same", async () => {
    assertSame(await signalsFrom("/odd"), await signalsFrom("/"));
});

test("a strict policy costs only the worker and WebAssembly", async () => {
    const signals = await signalsFrom("/strict");
    assertWhole(signals, ["wasmTiming"]);
    assert.match(signals.collection.value.failures.wasmTiming, /CompileError/);
    assertSame(signals, await signalsFrom("/"));
    assert.deepEqual(signals.workerScope.value, {
        workerNavigator: null,
        workerWebGL: null,
        mismatches: [],
    });
});

test("a page on plain http is not blind", async () => {
    const signals = await signalsFrom("/", plainHost);
    assertWhole(signals);
    // The browser itself offers fewer interfaces there.
    const fewer = ["windowFeatures", "htmlElement", "capabilityVector"];
    assertSame(signals, await signalsFrom("/"), fewer);
    assert.equal(signals.uaClientHints.value.available, false);
});
