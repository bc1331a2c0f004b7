// examples/pages against a real server: each way to put the agent on a site, as its visitors see it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { freePort, repository, startWhorl } from "../lib/whorl.mjs";
import { onPage, startBrowser } from "./lib/pages.mjs";

let whorl;
let site;
let browser;

async function startSite() {
    const port = await freePort();
    const env = { PATH: process.env.PATH, PORT: `${port}`, WHORL_URL: whorl.url, WHORL_PUBLIC_KEY: whorl.publicKey };
    const cwd = join(repository, "examples/pages");
    const child = spawn(process.execPath, ["server.js"], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let log = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (log += text));
    const exited = new Promise((resolve) => child.once("close", resolve));
    for (let tries = 0; tries < 300 && !log.includes("http://"); tries++) await sleep(100);
    if (!log.includes("http://")) throw new Error(`examples/pages did not start\n${log}`);
    return { url: `http://127.0.0.1:${port}`, stop: () => (child.kill("SIGTERM"), exited) };
}

before(async () => {
    whorl = await startWhorl();
    site = await startSite();
    browser = await startBrowser();
});

after(async () => {
    await browser?.remove();
    await site?.stop();
    await whorl?.remove();
});

/* The answer that the page shows, once it has one. */
async function shown(page) {
    await page.waitForFunction(() => ["done", "failed"].includes(document.title));
    const text = await page.textContent("#result");
    assert.equal(await page.title(), "done", text);
    return JSON.parse(text);
}

const open = (path, use) => onPage(browser.context, site.url + path, use);

test("the index leads to every page", async () => {
    await open("/", async (page) => {
        const paths = await page.$$eval("a", (links) => links.map((link) => link.getAttribute("href")));
        assert.deepEqual(paths, ["/script", "/module", "/v3", "/v4", "/react", "/vue"]);
    });
});

test("a script tag that waits for consent", async () => {
    await open("/script", async (page, { posted }) => {
        await page.waitForTimeout(300);
        assert.equal(posted.length, 0);
        await page.click("#agree");
        assert.match((await shown(page)).visitorId, /^iq_/);
    });
});

test("module, v3 and v4", async () => {
    await open("/module", async (page) => {
        assert.equal((await shown(page)).extended.ip, "127.0.0.1");
        await page.reload();
        assert.equal((await shown(page)).cacheHit, true);
    });
    await open("/v3", async (page) => assert.match((await shown(page)).requestId, /^\d{13}\./));
    await open("/v4", async (page) => assert.match((await shown(page)).event_id, /^\d{13}\./));
});

for (const path of ["/react", "/vue"]) {
    test(`${path}: asks when it appears, and again when told to`, async () => {
        await open(path, async (page, { posted, said }) => {
            const first = await shown(page);
            assert.equal(posted.length, 1);
            assert.equal(posted[0].postDataJSON().tag.page, path.slice(1));
            const second = page.waitForResponse((response) => response.request().method() === "POST");
            await page.click("#again");
            await second;
            const changed = (before) => !document.getElementById("result")?.textContent.includes(before)
                && document.getElementById("result") && document.title === "done";
            await page.waitForFunction(changed, first.requestId);
            const again = await shown(page);
            assert.equal(again.visitorId, first.visitorId);
            assert.equal(posted[1].postDataJSON().linkedId, "again");
            assert.equal(posted[1].postDataJSON().tag.page, path.slice(1), "options of the call go over the hook's");
            assert.deepEqual(said.filter((text) => !/Content Security Policy/.test(text)), []);
        });
    });

    test(`${path}: a server that refuses is an error of the component`, async () => {
        await onPage(browser.context, "about:blank", async (page) => {
            await page.route(/ci=js/, (route) => route.abort());
            await page.goto(site.url + path);
            await page.waitForFunction(() => document.title === "failed");
            assert.match(await page.textContent("#root"), /^network /);
        });
    });
}
