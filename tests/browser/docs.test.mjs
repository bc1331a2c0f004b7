// The page at /docs in a real browser: it lists what is served, calls it, and shows the same call elsewhere. The
// samples that can be run here are run.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { chromium as playwright } from "playwright-core";

import { bodies } from "../bodies/bodies.mjs";
import { assertIdentified } from "../lib/checks.mjs";
import { startWhorl } from "../lib/whorl.mjs";
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
const shell = async (text) => {
    const env = { ...process.env, KEY: whorl.secretKey };
    return JSON.parse((await promisify(execFile)("sh", ["-c", text], { env })).stdout);
};

test("calls what it describes, and shows the call elsewhere", async () => {
    const expected = (await whorl.get(`/v4/events/${requestId}`, { auth: "bearer" })).json;
    await page.click("#v4GetEvent");
    await page.fill("#key", whorl.secretKey);
    await page.fill('input[name="event_id"]', requestId);
    await page.click("#send");
    await page.waitForFunction(() => document.getElementById("status").textContent.startsWith("200"));
    assert.deepEqual(JSON.parse(await page.textContent("#answer")), expected);

    assert.ok(!(await page.textContent("#samples")).includes(whorl.secretKey), "samples hold no key");
    assert.match(await sample("SDK 7 (Node)"), /getEvent\("req_/);
    assert.equal(await page.locator('pre[data-sample="SDK 6 (Node)"]').count(), 0);
    assert.deepEqual(await shell(`${await sample("curl")} -s`), expected);
    const python = (await sample("Python"))
        .replace("print(json.loads(", "print(json.dumps(json.loads(")
        .replace(/\)$/, "))");
    assert.deepEqual(await shell(`python3 - <<'END'\n${python}\nEND`), expected);
});

test("v3 by its own key and SDK, and refusals as they come", async () => {
    await page.click("#v3GetEvent");
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
