// POST /v1/identify: every kind of body gets its answer, devices are told apart, robots are noticed.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { assertIdentified, contracts } from "../lib/checks.mjs";
import { startWhorl } from "../lib/whorl.mjs";

const dayMs = 24 * 60 * 60 * 1000;
const nowMs = Date.UTC(2026, 9, 5, 9, 30);

let whorl;
before(async () => {
    whorl = await startWhorl({ flags: ["--test-clock"] });
});
after(() => whorl?.remove());

// Visitors belong to a workspace, so a test that counts them gets one of its own.
async function visitorsOf(workspace) {
    const key = await whorl.key("public", { workspace });
    return async (name, options = {}) => {
        const { body, headers } = bodies[name]();
        const { origin } = new URL(body.url ?? "https://shop.example/");
        return assertIdentified(await whorl.identify(body, { headers, key, origin, nowMs, ...options }));
    };
}

const verdictsOf = (answer) =>
    Object.entries(answer.verdicts)
        .filter(([, verdict]) => verdict.result === true)
        .map(([name]) => name);

describe("bodies of our own", () => {
    for (const [name, make] of Object.entries(bodies)) {
        test(`${name} gets a 200 of the documented shape`, async () => {
            const { body, headers } = make();
            const answer = assertIdentified(await whorl.identify(body, { headers, nowMs }));
            assert.equal(answer.timestamp, nowMs);
            assert.equal(answer.ip, "127.0.0.1");
        });
    }

    test("a path that begins with two slashes is the same path", async () => {
        const { body, headers } = bodies["headed-linux"]();
        assertIdentified(await whorl.identify(body, { headers, path: "//v1/identify" }));
    });

    test("more signals make more confidence", async () => {
        const identify = await visitorsOf("confidence");
        const whole = await identify("headed-linux");
        const insecure = await identify("insecure-origin");
        const minimal = await identify("minimal");
        assert.ok(whole.confidence > 0.9, `${whole.confidence}`);
        assert.ok(insecure.confidence < 0.7, `${insecure.confidence}`);
        assert.ok(minimal.confidence < insecure.confidence, `${minimal.confidence}`);
    });
});

describe("visitors", () => {
    test("the first visit, and the second of the same browser", async () => {
        const identify = await visitorsOf("twice");
        const first = await identify("headed-linux");
        const again = await identify("headed-linux-again", { nowMs: nowMs + 60_000 });
        assert.deepEqual([first.visitCount, first.firstSeenAt, first.lastSeenAt], [1, nowMs, null]);
        assert.equal(again.visitorId, first.visitorId);
        assert.deepEqual(
            [again.visitCount, again.firstSeenAt, again.lastSeenAt],
            [2, nowMs, nowMs],
        );
        assert.notEqual(again.requestId, first.requestId);
    });

    test("the same browser after an update, 22 days later", async () => {
        const identify = await visitorsOf("later");
        const first = await identify("headed-linux");
        const later = await identify("headed-linux-later", { nowMs: nowMs + 22 * dayMs });
        assert.equal(later.visitorId, first.visitorId);
        assert.equal(later.visitCount, 2);
    });

    test("another machine with the same browser, and other browsers, are other visitors", async () => {
        const identify = await visitorsOf("others");
        const ids = [];
        const names = ["headed-linux", "headed-linux-twin", "firefox-linux", "safari-iphone"];
        for (const name of [...names, "headless-linux"]) {
            ids.push((await identify(name)).visitorId);
        }
        assert.equal(new Set(ids).size, ids.length, ids.join(" "));
    });

    test("ten requests of a new device at once are one visitor", async () => {
        const identify = await visitorsOf("at-once");
        const answers = await Promise.all(
            Array.from({ length: 10 }, () => identify("headed-linux")),
        );
        assert.equal(new Set(answers.map((answer) => answer.visitorId)).size, 1);
        assert.equal(new Set(answers.map((answer) => answer.requestId)).size, 10);
        const counts = answers.map((answer) => answer.visitCount).sort((a, b) => a - b);
        assert.deepEqual(counts, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });

    test("workspaces do not share visitors", async () => {
        const one = await (await visitorsOf("one"))("headed-linux");
        const two = await (await visitorsOf("two"))("headed-linux");
        assert.notEqual(one.visitorId, two.visitorId);
        assert.equal(two.visitCount, 1);
    });
});

describe("bot verdict", () => {
    for (const name of ["headless-linux", "playwright-linux"]) {
        test(`${name} is a bot`, async () => {
            const answer = await (await visitorsOf(`bot-${name}`))(name);
            assert.equal(answer.verdicts.bot.result, true);
            assert.ok(answer.botProbability >= 0.7, `${answer.botProbability}`);
            assert.equal(answer.verdicts.bot.probability, answer.botProbability);
            assert.ok(answer.riskFactors.includes("HEADLESS_BROWSER"), `${answer.riskFactors}`);
            assert.ok(answer.suspectScore > 0);
        });
    }

    test("HeadlessChrome in the worker alone, the header being clean, is a bot", async () => {
        const key = await whorl.key("public", { workspace: "worker" });
        const { body } = bodies["headless-linux"]();
        body.signals.headless.value.markers = ["webdriver_configurable"];
        const { headers } = bodies["headed-linux"]();
        const answer = assertIdentified(await whorl.identify(body, { headers, key, nowMs }));
        assert.equal(answer.verdicts.bot.result, true);
        assert.equal(answer.verdicts.headless.result, true);
    });

    const people = [
        "headed-linux",
        "headed-linux-later",
        "headed-linux-twin",
        "firefox-linux",
        "safari-iphone",
        "insecure-origin",
        "strict-csp",
        "wallets",
    ];
    for (const name of people) {
        test(`${name} is a person: no verdict is true`, async () => {
            const answer = await (await visitorsOf(`person-${name}`))(name, { nowMs: bodies[name]().body.timestamp });
            assert.deepEqual(verdictsOf(answer), []);
            assert.ok(answer.botProbability < 0.5, `${answer.botProbability}`);
        });
    }
});

describe("a restart", () => {
    test("forgets nobody", async () => {
        const identify = await visitorsOf("restart");
        const first = await identify("headed-linux");
        await whorl.restart();
        const again = await identify("headed-linux-again", { nowMs: nowMs + 60_000 });
        assert.equal(again.visitorId, first.visitorId);
        assert.equal(again.visitCount, 2);
    });
});

// Bodies that real browsers sent, where they lie beside the repository.
const recordings = join(contracts, "fingerprintiq/examples");
if (existsSync(recordings)) {
    const names = readdirSync(recordings)
        .filter(
            (name) => name.endsWith(".json") && !/\.(headers|request|response)\.json$/.test(name),
        )
        .map((name) => name.replace(/\.json$/, ""))
        .filter((name) =>
            readFileSync(join(recordings, `${name}.json`), "utf8").includes('"signals"'),
        );

    describe("recorded bodies", () => {
        const dropped = ["host", "content-length", "x-api-key", "connection"];
        const answers = {};
        let key;
        let reader;

        async function replay(name) {
            const body = readFileSync(join(recordings, `${name}.json`));
            const path = join(recordings, `${name}.headers.json`);
            const recorded = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : [];
            const headers = recorded.filter(([header]) => !dropped.includes(header.toLowerCase()));
            const { timestamp } = JSON.parse(body);
            const options = { headers, key, nowMs: Math.max(timestamp, nowMs) };
            answers[name] = assertIdentified(await whorl.identify(body, options));
        }

        before(async () => {
            key = await whorl.key("public", { workspace: "recordings" });
            reader = await whorl.key("secret", { workspace: "recordings" });
        });
        test("they are there", () => assert.ok(names.length >= 20, `${names}`));
        // In the order of their times, as they would have arrived.
        const timeOf = (name) =>
            JSON.parse(readFileSync(join(recordings, `${name}.json`))).timestamp;
        for (const name of names.sort((a, b) => timeOf(a) - timeOf(b))) {
            test(`${name} gets a 200 of the documented shape`, () => replay(name));
        }

        test("every hash in them is the one that the server makes again", async () => {
            const reasons = async ({ requestId }) =>
                (await whorl.get(`/v1/events/${requestId}`, { auth: "bearer", key: reader })).json.reasons;
            for (const name of names) {
                assert.ok(!(await reasons(answers[name])).tampering?.includes("TAMPERED_HASH"), name);
            }
            const forged = JSON.parse(readFileSync(join(recordings, "firefox-esr-linux.json")));
            forged.signals.math.value.values[3] += 1;
            const answer = assertIdentified(await whorl.identify(forged, { key }));
            assert.ok((await reasons(answer)).tampering.includes("TAMPERED_HASH"));
        });

        for (const family of ["headless-chromium", "headed-chromium-linux"]) {
            test(`three profiles of ${family} are one visitor`, () => {
                const ids = ["", "-run2", "-incognito"].map(
                    (end) => answers[family + end].visitorId,
                );
                assert.equal(new Set(ids).size, 1, ids.join(" "));
            });
        }
        test("a Windows machine after a browser update is the same visitor, its twin is not", () => {
            const { visitorId } = answers["desktop-chrome-windows"];
            assert.equal(answers["desktop-chrome-windows-upgraded"].visitorId, visitorId);
            assert.notEqual(answers["desktop-chrome-windows-twin"].visitorId, visitorId);
        });
        test("different browsers are different visitors", () => {
            const browsers = [
                "headless-chromium",
                "firefox-esr-linux",
                "webkitgtk-linux",
                "safari-iphone",
                "desktop-chrome-windows",
                "documented-minimal",
            ];
            const ids = browsers.map((name) => answers[name].visitorId);
            assert.equal(new Set(ids).size, ids.length, ids.join(" "));
        });
        const people = [
            "headed-chromium-linux",
            "headed-chromium-linux-run2",
            "safari-iphone",
            "headed-chromium-linux-incognito",
            "desktop-chrome-windows",
            "desktop-chrome-windows-twin",
            "desktop-chrome-windows-upgraded",
        ];
        for (const name of people) {
            test(`${name}: no verdict is true`, () =>
                assert.deepEqual(verdictsOf(answers[name]), []));
        }
        for (const name of ["headless-chromium", "headless-chromium-playwright"]) {
            test(`${name}: a bot without a screen that draws in software`, () => {
                assert.equal(answers[name].verdicts.bot.result, true);
                assert.equal(answers[name].verdicts.headless.result, true);
                const risks = answers[name].riskFactors;
                assert.ok(risks.includes("HEADLESS_BROWSER"), `${risks}`);
                assert.ok(risks.includes("SOFTWARE_RENDERER"), `${risks}`);
            });
        }
        test("fewer signals, less confidence", () => {
            const whole = answers["headed-chromium-linux-swiftshader"].confidence;
            const csp = answers["strict-csp-playwright"].confidence;
            const insecure = answers["insecure-http-origin-playwright"].confidence;
            assert.ok(whole > csp && csp > insecure, `${whole} ${csp} ${insecure}`);
        });
    });
}
