// The promise of the whole product, with a real browser: a person signs up once, not twice, not
// even after losing cookies and storage; automation does not sign up at all.
//
// The person is Debian's Chromium with a window, used by keyboard through X alone. Automation is
// the same Chromium without a window, or under Playwright.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { chromium as playwright } from "playwright-core";

import { startWhorl } from "../lib/whorl.mjs";
import { prepareChromium } from "./lib/chromium.mjs";
import { startDesktop } from "./lib/desktop.mjs";
import { startSignup } from "./lib/signup.mjs";

// Generous: a busy machine is slow, not wrong.
const patienceMs = 120_000;
// The agent itself gives up after 10 s.
const answerMs = 60_000;
const sentMs = 10_000;
const attempts = 4;

const password = "correct horse battery";
const refused = "Failed to create account.";

let whorl;
let signup;
let desktop;
let chromium;
let temporary;

before(async () => {
    temporary = await mkdtemp(join(tmpdir(), "whorl-signup-"));
    whorl = await startWhorl({ flags: ["--demo"] });
    signup = await startSignup({ whorl, database: join(temporary, "signup.db") });
    desktop = await startDesktop();
    chromium = await prepareChromium();
});

after(async () => {
    await chromium?.remove();
    await desktop?.stop();
    await signup?.stop();
    await whorl?.remove();
    if (temporary) {
        await rm(temporary, { recursive: true, force: true });
    }
});

/* The window's title once it matches; what stands there instead goes into the failure. */
async function titleOf(pattern, browser, timeoutMs = patienceMs) {
    const window = await desktop.window(pattern, timeoutMs);
    if (!window) {
        const seen = JSON.stringify(await desktop.windows());
        const logs = [browser, signup, whorl].map(({ log }) => log.slice(-2000)).join("\n");
        assert.fail(`no window with ${pattern} in ${timeoutMs} ms, but ${seen}\n${logs}`);
    }
    return window;
}

/* Fills in the form by keyboard, and reads the answer off the title. Keys pressed before the page
 * listens are lost or end up in the address bar; then there is no answer, and the page is called up
 * again. */
async function signUp(browser, username) {
    const form = /^Sign up - /;
    const answer = /^(account created|[1-5]\d\d .*) - /;
    await titleOf(form, browser);
    for (let attempt = 1; attempt <= attempts; attempt++) {
        const window = await desktop.window(form, answerMs);
        if (window) {
            await desktop.focus(window);
            await desktop.keys("Tab");
            await desktop.type(username);
            await desktop.keys("Tab");
            await desktop.type(password);
            await desktop.keys("Return");
            // Sent, the page says "one moment", then the answer.
            const sent = await desktop.window(/^(?!Sign up - ).+ - Chromium$/, sentMs);
            const answered = sent && (await desktop.window(answer, answerMs));
            if (answered) {
                return answer.exec(answered.title)[1];
            }
        }
        console.log(`attempt ${attempt}: ${JSON.stringify(await desktop.windows())}`);
        await desktop.keys("ctrl+l");
        await desktop.type(signup.url);
        await desktop.keys("Return");
    }
    return assert.fail(`the form gave no answer: ${JSON.stringify(await desktop.windows())}`);
}

/* Opens the page like a person, does `use`, and closes the browser whatever happened. */
async function withWindow(profile, url, use) {
    const browser = chromium.open({ url, profile, display: desktop.display });
    try {
        return await use(browser);
    } finally {
        await browser.close();
    }
}

async function withPlaywright(options, use) {
    const profile = await chromium.newProfile();
    const context = await playwright.launchPersistentContext(join(profile, "chromium"), {
        executablePath: chromium.launcher,
        chromiumSandbox: chromium.sandboxed,
        env: chromium.environment(profile, desktop.display),
        ...options,
    });
    try {
        return await use(context.pages()[0] ?? (await context.newPage()));
    } finally {
        await context.close();
    }
}

/* The sign-up under automation: what #result says in the end. */
async function automatedSignUp(page, username) {
    await page.goto(signup.url);
    await page.fill("#username", username);
    await page.fill("#password", password);
    await page.click("#submit");
    const settled = page.locator("#result", { hasText: /account created|failed: |^[1-5]\d\d / });
    await settled.waitFor({ timeout: patienceMs });
    return page.textContent("#result");
}

describe("a person with a window", () => {
    let profile;
    before(async () => {
        profile = await chromium.newProfile();
    });

    test("signs up once, and not twice", async () => {
        await withWindow(profile, signup.url, async (browser) => {
            assert.equal(await signUp(browser, "alice"), "account created");
        });
        await withWindow(profile, signup.url, async (browser) => {
            assert.equal(await signUp(browser, "alice.again"), `429 ${refused}`);
        });
    });

    test("is known without cookies and storage", async () => {
        const nothingKept = await chromium.newProfile();
        await withWindow(nothingKept, signup.url, async (browser) => {
            assert.equal(await signUp(browser, "alice.afresh"), `429 ${refused}`);
        });
    });
});

describe("automation", () => {
    test("without a window, under Playwright, is refused", async () => {
        const use = (page) => automatedSignUp(page, "robot");
        const result = await withPlaywright({ headless: true }, use);
        assert.equal(result, `403 ${refused}`);
    });

    test("with a window, under Playwright, is refused", async () => {
        const use = (page) => automatedSignUp(page, "robot2");
        const result = await withPlaywright({ headless: false }, use);
        assert.equal(result, `403 ${refused}`);
    });

    test("without a window and without a driver, is called a bot", async () => {
        const url = `${whorl.url}/demo`;
        const profile = await chromium.newProfile();
        const { stdout } = await chromium.dump(profile, url, "--virtual-time-budget=20000");
        assert.match(stdout, /<p id="status"[^>]*>done</, stdout);
        assert.match(stdout, /<li class="raised" data-verdict="bot">/, stdout);
    });
});

/* What the Server API says of this visitor's events. */
async function botVerdicts(visitorId) {
    const visitor = await whorl.get(`/visitors/${visitorId}`, { auth: "header" });
    assert.equal(visitor.status, 200, visitor.text);
    const ids = visitor.json.visits.map(({ requestId }) => requestId);
    const read = (id) => whorl.get(`/v4/events/${id}`, { auth: "bearer" });
    const events = await Promise.all(ids.map(read));
    return events.map(({ json }) => json.bot);
}

describe("the demo page", () => {
    test("shows the same id after forgetting, and no bot", async () => {
        const profile = await chromium.newProfile();
        await withWindow(profile, `${whorl.url}/demo`, async (browser) => {
            const shown = /^whorl: (\S+), visit (\d+) - /;
            const first = await titleOf(shown, browser);
            const [, id, visit] = shown.exec(first.title);
            await desktop.focus(first);
            await desktop.keys("Tab", "space");
            const later = new RegExp(`^whorl: \\S+, visit (?!${visit} )\\d+ - `);
            const again = await titleOf(later, browser);
            assert.deepEqual(shown.exec(again.title).slice(1), [id, `${Number(visit) + 1}`]);
            const verdicts = await botVerdicts(id);
            assert.ok(verdicts.length >= 2, "both visits are kept");
            assert.deepEqual([...new Set(verdicts)], ["not_detected"]);
        });
    });
});
