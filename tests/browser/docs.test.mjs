// The page at /docs in a real browser: it lists what is served, calls it, and shows the same call elsewhere. The
// samples that can be run here are run.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";

import { chromium as playwright } from "playwright-core";

import { bodies } from "../bodies/bodies.mjs";
import { assertIdentified, patterns } from "../lib/checks.mjs";
import { repository, startWhorl } from "../lib/whorl.mjs";
import { prepareChromium } from "./lib/chromium.mjs";

let whorl;
let chromium;
let context;
let page;
let requestId;
const problems = [];

before(async () => {
    whorl = await startWhorl();
    const { body, headers } = bodies["headed-linux"]();
    ({ requestId } = assertIdentified(await whorl.identify(body, { headers })));
    chromium = await prepareChromium();
    const profile = await chromium.newProfile();
    context = await playwright.launchPersistentContext(join(profile, "chromium"), {
        executablePath: chromium.launcher,
        chromiumSandbox: chromium.sandboxed,
        env: chromium.environment(profile),
        headless: true,
    });
    page = await context.newPage();
    page.on("pageerror", (error) => problems.push(`${error}`));
    page.on("console", (line) => line.type() === "error" && problems.push(line.text()));
    await page.goto(`${whorl.url}/docs`);
    await page.waitForSelector("#v4GetEvent");
});
after(async () => {
    await context?.close();
    await chromium?.remove();
    await whorl?.remove();
});

const sample = (name) => page.textContent(`pre[data-sample="${name}"]`);

/* A call as the form would make it: its fields filled in, and nothing sent yet. */
async function choose(operation, values, { body, key = whorl.secretKey } = {}) {
    await page.click(`#${operation}`);
    await page.fill("#key", key);
    for (const [name, value] of Object.entries(values)) {
        const field = page.locator(`#parameters [name="${name}"]`);
        const isChoice = (await field.evaluate((element) => element.tagName)) === "SELECT";
        await (isChoice ? field.selectOption(value) : field.fill(value));
    }
    if (body !== undefined) {
        await page.fill("#body", JSON.stringify(body));
    }
}
async function send(status = 200) {
    await page.click("#send");
    await page.waitForFunction(() => document.getElementById("status").textContent !== "");
    assert.match(
        await page.textContent("#status"),
        new RegExp(`^${status} `),
        await page.textContent("#answer"),
    );
    return page.textContent("#answer");
}

/* How each sample is run, so that it prints what it got as JSON; nothing when there was no body. */
const run = async (file, args, input) => {
    const env = { ...process.env, KEY: key };
    const running = promisify(execFile)(file, args, { env, cwd: join(repository, "tests") });
    running.child.stdin.end(input);
    return (await running).stdout.trim();
};
let key;
const runNode = (text) =>
    run(
        process.execPath,
        ["--input-type=module", "-"],
        text.replace(/console\.log\((.*)\);$/s, "console.log(JSON.stringify($1) ?? '');"),
    );
const runners = {
    curl: (text) => run("sh", ["-s"], `${text} -sS --fail-with-body`),
    "SDK 6 (Node)": runNode,
    "SDK 7 (Node)": runNode,
    Python: async (text) => {
        const printed = await run(
            "python3",
            ["-"],
            text.replace(/print\((json\.loads\(.*\))\)$/s, "print(json.dumps($1))"),
        );
        return printed === "null" ? "" : printed;
    },
};
/* Runs what is shown: { name of the sample: what it printed }. */
async function runSamples() {
    key = await page.inputValue("#key");
    const shown = await page
        .locator("#samples pre")
        .evaluateAll((all) => all.map((one) => one.dataset.sample));
    assert.ok(!(await page.textContent("#samples")).includes(key), "samples hold no key");
    const printed = {};
    for (const name of shown) {
        printed[name] = await runners[name](await sample(name));
    }
    return printed;
}
const parsed = (text) => (text === "" ? undefined : JSON.parse(text));
/* What differs from call to call. */
const lasting = (json) =>
    json &&
    JSON.parse(JSON.stringify(json), (name, value) =>
        ["event_id", "requestId", "timestamp"].includes(name) && json.visitorId === undefined
            ? undefined
            : value,
    );

const SDK6 = "SDK 6 (Node)";
const SDK7 = "SDK 7 (Node)";
const anyone = ["curl", "Python"];

describe("each call, by the form and by every sample that is shown for it", () => {
    let visitorId;
    let short;
    before(async () => {
        const event = await whorl.get(`/v4/events/${requestId}`, { auth: "bearer" });
        const fiq = await whorl.get(`/v1/events/${requestId}`, { auth: "bearer" });
        ({ visitorId } = fiq.json);
        short = event.json.identification.visitor_id;
    });
    const calls = {
        v4GetEvent: [() => ({ event_id: requestId }), {}, [SDK7]],
        v4SearchEvents: [
            () => ({
                limit: "2",
                reverse: "true",
                visitor_id: visitorId,
                bot: "none",
                environment: "ae_0000000000000001,ae_x",
                ip_address: "127.0.0.1",
                min_suspect_score: "-1",
                start: "2026-01-01T00:00:00Z",
                total_hits: "7",
            }),
            {},
            [SDK7],
        ],
        v4UpdateEvent: [
            () => ({ event_id: requestId }),
            { body: { linked_id: 'it\'s "mine" $HOME \\ `x`', suspect: true } },
            [SDK7],
        ],
        v4Edge: [() => ({}), {}, []],
        v3GetEvent: [() => ({ request_id: requestId }), {}, [SDK6]],
        v3UpdateEvent: [() => ({ request_id: requestId }), { body: { tag: { shop: "Björn's" } } }, [SDK6]],
        v3SearchEvents: [
            () => ({
                limit: "2",
                visitor_id: visitorId,
                suspect: "true",
                environment: "ae_0000000000000001",
                ip_address: "127.0.0.0/8",
            }),
            {},
            [SDK6],
        ],
        v3GetVisits: [() => ({ visitor_id: visitorId, request_id: requestId, limit: "3" }), {}, [SDK6]],
        v3GetRelatedVisitors: [() => ({ visitor_id: short }), {}, [SDK6]],
        fiqGetEvent: [() => ({ request_id: requestId }), {}, []],
        fiqGetVisitor: [() => ({ visitor_id: visitorId }), {}, []],
        fiqGetVisits: [() => ({ visitor_id: visitorId }), {}, []],
        fiqInspect: [() => ({}), {}, []],
        fiqPulseIdentify: [() => ({}), {}, []],
        fiqPulseEvent: [() => ({}), {}, []],
        healthz: [() => ({}), {}, []],
        readyz: [() => ({}), {}, []],
    };
    for (const [operation, [values, options, sdks]] of Object.entries(calls)) {
        test(operation, async () => {
            await choose(operation, values(), options);
            const answer = parsed(await send());
            const printed = await runSamples();
            assert.deepEqual(Object.keys(printed).sort(), [...anyone, ...sdks].sort());
            for (const [name, text] of Object.entries(printed)) {
                assert.deepEqual(lasting(parsed(text)), lasting(answer), name);
            }
            if (operation.includes("Search")) {
                assert.equal(answer.events.length, 1, "and it found something");
            }
        });
    }

    test("updates have reached the event", async () => {
        const { json } = await whorl.get(`/v4/events/${requestId}`, { auth: "bearer" });
        assert.deepEqual(
            [json.linked_id, json.suspect, json.tags],
            ['it\'s "mine" $HOME \\ `x`', true, { shop: "Björn's" }],
        );
    });

    test("with a public key: wallets, and an identification", async () => {
        const walletAddresses = ["0x00000000000000000000000000000000000000aa"];
        await choose("fiqLinkWallets", {}, { key: whorl.publicKey, body: { visitorId, walletAddresses } });
        const answer = parsed(await send());
        for (const text of Object.values(await runSamples())) {
            assert.deepEqual(parsed(text), answer);
        }
        await choose("fiqIdentify", {}, { key: whorl.publicKey, body: bodies["headed-linux"]().body });
        assert.match(parsed(await send()).visitorId, patterns.visitorUlid);
        for (const text of Object.values(await runSamples())) {
            assert.match(parsed(text).visitorId, patterns.visitorUlid);
        }
    });

    for (const [operation, sdk] of [
        ["v4DeleteVisitor", SDK7],
        ["v3DeleteVisitor", SDK6],
    ]) {
        test(operation, async () => {
            const { body, headers } = bodies["safari-iphone"]();
            for (const name of ["form", ...anyone, sdk]) {
                const made = assertIdentified(await whorl.identify(body, { headers }));
                await choose(operation, { visitor_id: made.visitorId });
                key = whorl.secretKey;
                const text = name === "form" ? await send() : await runners[name](await sample(name));
                assert.equal(text, "", name);
                assert.equal(
                    (await whorl.get(`/v4/events/${made.requestId}`, { auth: "bearer" })).status,
                    404,
                    name,
                );
            }
        });
    }
});

test("what a parameter takes is shown: words to choose from, examples, what must be given", async () => {
    await page.click("#v3SearchEvents");
    const of = (name) => page.locator(`#parameters [name="${name}"]`);
    assert.deepEqual(await of("vpn_confidence").locator("option").allTextContents(), [
        "",
        "low",
        "medium",
        "high",
    ]);
    assert.deepEqual(await of("suspect").locator("option").allTextContents(), ["", "true", "false"]);
    assert.equal(await of("ip_address").getAttribute("placeholder"), "10.0.0.0/24");
    assert.equal(await of("limit").evaluate((field) => field.required), true);
    assert.equal(await of("linked_id").evaluate((field) => field.required), false);
});

test("v3 by its own key and SDK, and refusals as they come", async () => {
    await page.click("#v3GetEvent");
    await page.fill("#key", whorl.secretKey);
    await page.fill('input[name="request_id"]', requestId);
    await page.click("#send");
    await page.waitForFunction(() => document.getElementById("status").textContent.startsWith("200"));
    const { products } = JSON.parse(await page.textContent("#answer"));
    assert.equal(products.botd.data.bot.result, "notDetected");
    assert.match(await sample("SDK 6 (Node)"), /getEvent\("req_/);
    await page.fill("#key", "wrong");
    assert.deepEqual(problems, []);
    await page.click("#send");
    await page.waitForFunction(() => document.getElementById("status").textContent.startsWith("403"));
    const { error } = JSON.parse(await page.textContent("#answer"));
    assert.equal(error.code, "TokenNotFound");
});

test("a body can be written, from an example", async () => {
    await page.fill("#key", whorl.secretKey);
    await page.click("#v4Edge");
    assert.equal(JSON.parse(await page.inputValue("#body")).method, "GET");
    await page.click("#send");
    await page.waitForFunction(() => document.getElementById("status").textContent.startsWith("200"));
    assert.equal(JSON.parse(await page.textContent("#answer")).source, "edge");
});
