// examples/fastify-signup from end to end, without a browser: an identification goes to whorl as a
// browser sends it, its requestId to the example, which asks whorl about it with the real SDK.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { assertIdentified } from "../lib/checks.mjs";
import { startSignup } from "../lib/signup.mjs";
import { freePort, startWhorl } from "../lib/whorl.mjs";

const failed = { error: "Failed to create account." };
const password = "correct horse battery";
const frontEnd = "http://localhost:5173";

let whorl;
let folder;
let signup;
const started = [];
async function start(settings) {
    const example = await startSignup(whorl, join(folder, `${started.length}.db`), settings);
    started.push(example);
    return example;
}
before(async () => {
    folder = await mkdtemp(join(tmpdir(), "whorl-signup-"));
    whorl = await startWhorl({ flags: ["--test-clock", "--trusted-proxy", "127.0.0.0/8"] });
    const origins = (port) => `http://localhost:${port},${frontEnd}`;
    signup = await start((port) => ({ ALLOWED_ORIGINS: origins(port) }));
});
after(async () => {
    for (const example of started) {
        await example.stop();
    }
    await whorl?.remove();
    await rm(folder, { recursive: true, force: true });
});

// A device of which no other test knows: the visitor is made by its looks alone.
let deviceNumber = 0;
function newDevice(kind = "headed-linux") {
    const { body, headers } = bodies[kind]();
    const name = `device ${++deviceNumber}`;
    const { signals } = body;
    signals.fonts.value.detected.push(name);
    for (const signal of ["canvas", "domRect", "htmlElement"]) {
        signals[signal].value.hash =
            signals.canvas.value.hash.slice(0, -4) + `${1000 + deviceNumber}`;
    }
    signals.webgl.value.renderer = `ANGLE (Intel, Mesa Intel(R) Graphics ${name}, OpenGL 4.6)`;
    signals.workerScope.value.workerWebGL.renderer = signals.webgl.value.renderer;
    Object.assign(signals.screen.value, {
        width: 1400 + 16 * deviceNumber,
        height: 900 + 9 * deviceNumber,
    });
    signals.navigator.value.hardwareConcurrency = 2 + 2 * deviceNumber;
    signals.workerScope.value.workerNavigator.hardwareConcurrency = 2 + 2 * deviceNumber;
    return { body, headers };
}

/* The requestId of an identification on the example's page. */
async function identify({ body, headers }, { url, nowMs = Date.now(), forwarded } = {}) {
    const page = { ...body, url: url ?? `${signup.origin}/`, timestamp: nowMs };
    const all = forwarded ? [...headers, ["X-Forwarded-For", forwarded]] : headers;
    const answer = await whorl.identify(page, { headers: all, nowMs, origin: signup.origin });
    return assertIdentified(answer).requestId;
}

let users = 0;
const newUser = () => `user-${++users}`;
const create = (requestId, username = newUser(), example = signup) =>
    example.post({ requestId, username, password });

function assertAnswer(answer, status, json) {
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.headers["content-type"], /^application\/json/);
    assert.deepEqual(answer.json, json);
}

describe("an account", () => {
    test("is created for a person", async () => {
        const requestId = await identify(newDevice());
        assertAnswer(await create(requestId), 200, { status: "Account created!" });
    });

    test("is not created twice for one device", async () => {
        const device = newDevice();
        assertAnswer(await create(await identify(device)), 200, { status: "Account created!" });
        assertAnswer(await create(await identify(device)), 429, failed);
        assertAnswer(await create(await identify(device)), 429, failed);
    });

    test("nor when two requests of one device come at once", async () => {
        const device = newDevice();
        await identify(device);
        const ids = await Promise.all(Array.from({ length: 5 }, () => identify(device)));
        const answers = await Promise.all(ids.map((requestId) => create(requestId)));
        const statuses = answers.map((answer) => answer.status).sort();
        assert.deepEqual(statuses, [200, 429, 429, 429, 429]);
    });

    test("is created for another device", async () => {
        assertAnswer(await create(await identify(newDevice())), 200, {
            status: "Account created!",
        });
    });

    test("is not created for a bot", async () => {
        for (const kind of ["headless-linux", "playwright-linux"]) {
            assertAnswer(await create(await identify(newDevice(kind))), 403, failed);
        }
    });

    test("keeps no password in the clear", () => {
        const database = new DatabaseSync(join(folder, "0.db"), { readOnly: true });
        const rows = database.prepare("SELECT * FROM accounts").all();
        database.close();
        assert.ok(rows.length >= 3);
        assert.ok(
            rows.every((row) => /^scrypt\$\d+\$\d+\$\d+\$[^$]{24}\$[^$]{44}$/.test(row.password)),
        );
        assert.equal(
            new Set(rows.map((row) => row.password)).size,
            rows.length,
            "each has its salt",
        );
    });

    test("has a name of its own", async () => {
        const name = newUser();
        assertAnswer(await create(await identify(newDevice()), name), 200, {
            status: "Account created!",
        });
        const answer = await create(await identify(newDevice()), name.toUpperCase());
        assertAnswer(answer, 409, { error: "This username is taken." });
    });
});

describe("an event vouches for one request only", () => {
    test("not when it was used before", async () => {
        const requestId = await identify(newDevice());
        assertAnswer(await create(requestId), 200, { status: "Account created!" });
        assertAnswer(await create(requestId), 403, failed);
    });

    test("not under its other spelling either", async () => {
        const requestId = await identify(newDevice());
        const { json } = await whorl.get(`/v4/events/${requestId}`, { auth: "bearer" });
        assert.notEqual(json.event_id, requestId);
        assertAnswer(await create(requestId), 200, { status: "Account created!" });
        assertAnswer(await create(json.event_id), 403, failed);
    });

    test("not twice at once", async () => {
        const requestId = await identify(newDevice());
        const answers = await Promise.all(Array.from({ length: 5 }, () => create(requestId)));
        const statuses = answers.map((answer) => answer.status).sort();
        assert.deepEqual(statuses, [200, 403, 403, 403, 403]);
    });

    test("not when it is older than two minutes, or from the future", async () => {
        const minuteMs = 60_000;
        for (const awayMs of [-24 * 60 * minuteMs, -3 * minuteMs, 3 * minuteMs]) {
            const requestId = await identify(newDevice(), { nowMs: Date.now() + awayMs });
            assertAnswer(await create(requestId), 403, failed);
        }
        const requestId = await identify(newDevice(), { nowMs: Date.now() - minuteMs });
        assertAnswer(await create(requestId), 200, { status: "Account created!" });
    });

    test("not when it happened on another site", async () => {
        const port = signup.port;
        const elsewhere = [
            "https://evil.example/",
            `https://localhost:${port}/`,
            "http://localhost:1/",
            `http://localhost:${port}.evil.example/`,
            `https://evil.example/?http://localhost:${port}/`,
            `http://localhost:${port}@evil.example/`,
            "",
            "null",
            "about:blank",
        ];
        for (const url of elsewhere) {
            const requestId = await identify(newDevice(), { url });
            assertAnswer(await create(requestId), 403, failed);
        }
    });

    test("not when it came from another address, unless that check is off", async () => {
        const forwarded = "203.0.113.9";
        assertAnswer(await create(await identify(newDevice(), { forwarded })), 403, failed);

        const lenient = await start({ CHECK_ADDRESS: "off", ALLOWED_ORIGINS: signup.origin });
        const requestId = await identify(newDevice(), { forwarded });
        const answer = await create(requestId, newUser(), lenient);
        assertAnswer(answer, 200, { status: "Account created!" });
    });

    test("behind a trusted proxy the addresses agree again", async () => {
        const forwarded = "203.0.113.10";
        const behind = await start({ TRUST_PROXY: "127.0.0.1", ALLOWED_ORIGINS: signup.origin });
        const post = async (address) => {
            const requestId = await identify(newDevice(), { forwarded });
            const account = { requestId, username: newUser(), password };
            return behind.post(account, [["X-Forwarded-For", address]]);
        };
        assertAnswer(await post("203.0.113.11"), 403, failed);
        assertAnswer(await post(forwarded), 200, { status: "Account created!" });
    });
});

describe("input", () => {
    const good = () => ({ requestId: "1708102555327.NLOjmg", username: "alice", password });
    const without = (name) => ({ ...good(), [name]: undefined });
    const wrong = [
        ...["requestId", "username", "password"].map(without),
        { ...good(), requestId: 5 },
        { ...good(), requestId: "" },
        { ...good(), requestId: "../visitors/x" },
        { ...good(), requestId: "a".repeat(65) },
        { ...good(), username: "al" },
        { ...good(), username: "a".repeat(65) },
        { ...good(), username: "al ice" },
        { ...good(), username: ["alice"] },
        { ...good(), password: "short" },
        { ...good(), password: "x".repeat(201) },
        { ...good(), password: { length: 20 } },
        "",
        "{",
        "[]",
        "null",
        '"x"',
        "5",
    ];
    for (const body of wrong) {
        test(`${JSON.stringify(body).slice(0, 70)}: 400`, async () => {
            const answer = await signup.post(body);
            assert.equal(answer.status, 400, answer.text);
            assert.deepEqual(Object.keys(answer.json), ["error"]);
            assert.match(answer.json.error, /\w/);
        });
    }

    test("a requestId that whorl does not know: 400", async () => {
        assertAnswer(await signup.post(good()), 400, { error: "Unknown requestId." });
    });

    test("a body that is too large, a content type that is not JSON, a path that is not there", async () => {
        const large = await signup.post({ ...good(), extra: "x".repeat(20_000) });
        assert.deepEqual([large.status, Object.keys(large.json)], [413, ["error"]]);
        const form = await signup.send({
            method: "POST",
            path: "/api/create-account",
            headers: [["Content-Type", "application/x-www-form-urlencoded"]],
            body: "username=alice",
        });
        assert.deepEqual([form.status, Object.keys(form.json)], [415, ["error"]]);
        assertAnswer(await signup.send({ path: "/api" }), 404, { error: "Not found." });
    });
});

describe("when whorl cannot be asked", () => {
    const later = { error: "Sign-up is not possible at the moment, try again later." };

    test("because it is not there: 503 without a word about why", async () => {
        const lonely = await start({ WHORL_URL: `http://127.0.0.1:${await freePort()}` });
        assertAnswer(await create("1708102555327.NLOjmg", newUser(), lonely), 503, later);
    });

    test("because the secret key is wrong: the same", async () => {
        const wrongKey = await start({ WHORL_SECRET_KEY: "wrong", ALLOWED_ORIGINS: signup.origin });
        const requestId = await identify(newDevice());
        assertAnswer(await create(requestId, newUser(), wrongKey), 503, later);
    });
});

describe("the page", () => {
    test("loads whorl's agent with the public key, and no inline script", async () => {
        const page = await signup.send({ path: "/" });
        assert.equal(page.status, 200);
        assert.match(page.headers["content-type"], /^text\/html/);
        const scripts = [...page.text.matchAll(/<script\b([^>]*)>(.*?)<\/script>/gs)];
        const sources = scripts.map(([, attributes]) => /src="([^"]*)"/.exec(attributes)?.[1]);
        assert.deepEqual(sources, [`${whorl.url}/agent/${whorl.publicKey}.js`, "/page.js"]);
        assert.ok(scripts.every(([, , inline]) => inline === ""));
        assert.ok(!page.text.includes(whorl.secretKey));
        for (const id of ["username", "password", "submit", "result"]) {
            assert.ok(page.text.includes(`id="${id}"`), id);
        }
        const script = await signup.send({ path: "/page.js" });
        assert.match(script.headers["content-type"], /^text\/javascript/);

        const agent = await whorl.get(`/agent/${whorl.publicKey}.js`);
        assert.equal(agent.status, 200, agent.text.slice(0, 200));
        assert.match(agent.headers["content-type"], /^text\/javascript/);
    });
});

describe("a front end on another port", () => {
    const preflight = (origin) =>
        signup.send({
            method: "OPTIONS",
            path: "/api/create-account",
            headers: [
                ["Origin", origin],
                ["Access-Control-Request-Method", "POST"],
                ["Access-Control-Request-Headers", "content-type"],
            ],
        });

    test("is allowed when it is on the list", async () => {
        const { status, headers } = await preflight(frontEnd);
        assert.equal(status, 204);
        assert.equal(headers["access-control-allow-origin"], frontEnd);
        assert.match(headers["access-control-allow-methods"], /\bPOST\b/);
        assert.match(headers["access-control-allow-headers"], /content-type/i);
    });

    test("is not when it is not", async () => {
        const { headers } = await preflight("http://localhost:5174");
        assert.equal(headers["access-control-allow-origin"], undefined);
    });

    test("can sign up, and can read a refusal", async () => {
        const device = newDevice();
        const url = `${frontEnd}/join`;
        const account = async () => ({
            requestId: await identify(device, { url }),
            username: newUser(),
            password,
        });
        for (const status of [200, 429]) {
            const answer = await signup.post(await account(), [["Origin", frontEnd]]);
            assert.equal(answer.status, status, answer.text);
            assert.equal(answer.headers["access-control-allow-origin"], frontEnd);
        }
    });
});
