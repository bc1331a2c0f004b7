// Workspaces, environments, keys and what limits them, through the commands and a running server.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { assertError, assertIdentified, assertSchema } from "../lib/checks.mjs";
import { startWhorl } from "../lib/whorl.mjs";

const nowMs = Date.UTC(2026, 9, 31, 23, 59, 0);
const unknown = "1708102555327.NLOjmg";

let whorl;
before(async () => {
    whorl = await startWhorl({ flags: ["--test-clock"] });
});
after(() => whorl?.remove());

const command = async (...args) =>
    JSON.parse(await whorl.run(...args, "--data", whorl.data, "--json"));
const identify = (key, options) => {
    const { body, headers } = bodies["playwright-linux"]();
    return whorl.identify(body, { headers, key, nowMs, ...options });
};

function assertErrorV3(answer, status, code, message) {
    assert.equal(answer.status, status, answer.text);
    assert.deepEqual(answer.json, { error: { code, message } });
    assertSchema(answer.json, "v3_error", "v3 ErrorResponse");
}

describe("environments", () => {
    test("a secret key of one sees its own events only", async () => {
        const first = await command("environment", "create", "first");
        const second = await command("environment", "create", "second");
        assert.notEqual(first.id, second.id);
        const publicKey = await whorl.key("public", { environment: "first" });
        const { requestId } = assertIdentified(await identify(publicKey));
        const read = async (environment, auth, path) => {
            const key = await whorl.key("secret", { environment });
            return (await whorl.get(path + requestId, { auth, key })).status;
        };
        for (const [auth, path] of [
            ["header", "/events/"],
            ["bearer", "/v4/events/"],
            ["bearer", "/v1/events/"],
        ]) {
            assert.equal(await read("first", auth, path), 200, path);
            assert.equal(await read("second", auth, path), 404, path);
        }
        const names = (await command("environment", "list")).environments.map(({ name }) => name);
        assert.deepEqual(names.sort(), ["default", "first", "second"]);
    });

    test("lists and settings are printed for people, too", async () => {
        const say = (...args) => whorl.run(...args, "--data", whorl.data);
        await say("workspace", "create", "printed", "--quota", "7", "--host", "a.example", "--disable", "edge");
        const line = /^id: ws_\d+  name: printed  active: yes  .*  quota: 7  hosts: a.example  disable: edge /m;
        assert.match(await say("workspace", "list"), line);
        assert.match(await say("environment", "list", "--workspace", "printed"), /^id: env_\d+  name: default /m);
        const set = await say("workspace", "set", "printed", "--active");
        assert.match(set, /^active: yes  .* quota: 7 .*\nretentionDays: forever$/m);
        assert.equal(await say("ruleset", "list", "--workspace", "printed"), "rulesets: none\n");
    });

    test("names that are taken or wrong are refused", async () => {
        await assert.rejects(command("environment", "create", "first"), /of that name/);
        await assert.rejects(command("environment", "create", "a b"), /letters, digits/);
        await assert.rejects(command("environment", "create", "x", "--workspace", "none"), /no workspace/);
        await assert.rejects(command("workspace", "create", "default"), /of that name/);
        await assert.rejects(command("workspace", "set", "none", "--inactive"), /no workspace/);
        await assert.rejects(command("workspace", "set", "default", "--disable", "tea"), /a feature is/);
        await assert.rejects(command("workspace", "set", "default", "--quota", "-1"), /--quota/);
    });
});

describe("kinds of keys", () => {
    test("have their prefixes, and a key of one kind opens nothing of another", async () => {
        const prefixes = {
            public: "fiq_live_",
            secret: "fiq_secret_",
            management: "whorl_management_",
            proxy: "whorl_proxy_",
        };
        for (const [kind, prefix] of Object.entries(prefixes)) {
            const key = await whorl.key(kind);
            assert.ok(key.startsWith(prefix), key);
            const status = (await whorl.get(`/v4/events/${unknown}`, { auth: "bearer", key })).status;
            assert.equal(status, kind === "secret" ? 404 : 403, kind);
            assert.equal((await identify(key)).status, kind === "public" ? 200 : 401, kind);
        }
        await assert.rejects(whorl.key("master"), /--kind is/);
        await assert.rejects(whorl.key("public", { rate: 0 }), /--rate/);
    });

    test("a revoked key opens nothing any more", async () => {
        const { id, key } = await command("key", "create", "--kind", "public", "--test");
        assert.match(key, /^fiq_test_/);
        assertIdentified(await identify(key));
        assert.deepEqual(await command("key", "revoke", id), { id, revoked: true });
        assertError(await identify(key), 401);
        const listed = (await command("key", "list")).keys.find((one) => one.id === id);
        assert.deepEqual([listed.revoked, listed.test, listed.kind], [true, true, "public"]);
        await assert.rejects(command("key", "revoke", "key_9999"), /no key/);
    });

    test("secrets are not in the list, and survive a restart as hashes", async () => {
        assert.ok(!JSON.stringify(await command("key", "list")).includes(whorl.secretKey));
        await whorl.restart();
        const answer = await whorl.get(`/v4/events/${unknown}`, { auth: "bearer" });
        assert.equal(answer.status, 404);
    });
});

describe("a workspace that", () => {
    let secret;
    let publicKey;
    before(async () => {
        await command("workspace", "create", "shop");
        secret = await whorl.key("secret", { workspace: "shop" });
        publicKey = await whorl.key("public", { workspace: "shop" });
    });
    const ask = (method, path, extra = []) =>
        whorl.send({
            method,
            path,
            headers: [["Auth-API-Key", secret], ["Authorization", `Bearer ${secret}`], ...extra],
        });
    const visitor = "/visitors/0123456789ABCDEFGHIJ";

    test("is inactive says so in every dialect", async () => {
        await command("workspace", "set", "shop", "--inactive");
        assertErrorV3(await ask("GET", `/events/${unknown}`), 403, "SubscriptionNotActive", "forbidden");
        assertErrorV3(await ask("DELETE", visitor), 403, "SubscriptionNotActive", "forbidden");
        const plain = await ask("GET", visitor);
        assert.equal(plain.status, 403);
        assert.deepEqual(plain.json, { error: "Forbidden (HTTP 403)" });
        for (const [method, path] of [["GET", `/v4/events/${unknown}`], ["DELETE", `/v4${visitor}`]]) {
            const answer = await ask(method, path);
            assert.equal(answer.status, 403);
            const error = { code: "subscription_not_active", message: "forbidden" };
            assert.deepEqual(answer.json, { error });
            assertSchema(answer.json, "v4_error", "v4 ErrorResponse");
        }
        assertError(await ask("GET", `/v1/events/${unknown}`), 403);
        assertError(await identify(publicKey), 403);
        await command("workspace", "set", "shop", "--active");
        assertIdentified(await identify(publicKey));
    });

    test("lacks a feature says so", async () => {
        await command("workspace", "set", "shop", "--disable", "delete");
        assertErrorV3(await ask("DELETE", visitor), 403, "FeatureNotEnabled", "feature not enabled");
        const v4 = (await ask("DELETE", `/v4${visitor}`)).json;
        assert.deepEqual(v4.error, { code: "feature_not_enabled", message: "feature not enabled" });
        const { settings } = await command("workspace", "set", "shop", "--enable", "delete");
        assert.deepEqual(settings.disable, []);
        assert.equal((await ask("DELETE", `/v4${visitor}`)).status, 404);
    });

    test("lives at other host names is in the wrong region", async () => {
        await command("workspace", "set", "shop", "--host", "eu.id.example", "--host", "LOCALHOST");
        assertErrorV3(await ask("GET", `/events/${unknown}`), 403, "WrongRegion", "wrong region");
        const v4 = await ask("DELETE", `/v4${visitor}`);
        assert.deepEqual(v4.json, { error: { code: "wrong_region", message: "wrong region" } });
        for (const host of ["eu.id.example", "EU.ID.example:8443", "localhost:80"]) {
            assert.equal((await ask("GET", `/v4/events/${unknown}`, [["Host", host]])).status, 404, host);
        }
        assert.equal((await ask("GET", `/v4/events/${unknown}`, [["Host", "id.example"]])).status, 403);
        await command("workspace", "set", "shop", "--host", "");
        assert.equal((await ask("GET", `/v4/events/${unknown}`)).status, 404);
    });

    test("has limits of deletions stops the 31st within the hour", async () => {
        await command("workspace", "set", "shop", "--delete-limits", "on");
        for (let i = 0; i < 30; i++) {
            assert.equal((await ask("DELETE", `/v4${visitor}`)).status, 404, `${i}`);
        }
        const answer = await ask("DELETE", visitor);
        assertErrorV3(answer, 429, "TooManyRequests", "too many requests");
        assert.match(answer.headers["retry-after"], /^\d+$/);
        assert.ok(Number(answer.headers["retry-after"]) <= 3600);
        await command("workspace", "set", "shop", "--delete-limits", "off");
        assert.equal((await ask("DELETE", visitor)).status, 404);
    });
});

describe("a rate of a key", () => {
    test("lets three seconds' worth through at once, and then says when to come back", async () => {
        const key = await whorl.key("secret", { rate: 5 });
        const ask = () => whorl.get(`/events/${unknown}`, { auth: "header", key });
        const answers = await Promise.all(Array.from({ length: 40 }, ask));
        const passed = answers.filter(({ status }) => status === 404).length;
        const limited = answers.filter(({ status }) => status === 429);
        assert.equal(passed + limited.length, 40);
        assert.ok(passed >= 15 && passed <= 30, `${passed} passed`);
        assertErrorV3(limited[0], 429, "TooManyRequests", "too many requests");
        assert.equal(limited[0].headers["retry-after"], "1");
    });

    test("has FingerprintIQ's form for browsers, which can read it", async () => {
        const key = await whorl.key("public", { rate: 1 });
        const origin = "https://shop.example";
        const ask = () => identify(key, { origin });
        const answers = await Promise.all(Array.from({ length: 12 }, ask));
        const limited = answers.find(({ status }) => status === 429);
        assert.deepEqual(limited.json, { error: "Rate limit exceeded" });
        assert.equal(limited.headers["access-control-allow-origin"], origin);
        assert.equal(limited.headers["retry-after"], "1");
    });
});

describe("a quota of the month", () => {
    test("counts identifications of live keys, and nothing else", async () => {
        await command("workspace", "create", "small", "--quota", "3");
        const live = await whorl.key("public", { workspace: "small" });
        const secret = await whorl.key("secret", { workspace: "small" });
        const test = (
            await command("key", "create", "--kind", "public", "--workspace", "small", "--test")
        ).key;
        assert.equal((await identify(live)).status, 200);
        const { requestId } = assertIdentified(await identify(live));
        assert.equal((await whorl.identify("{", { key: live, nowMs })).status, 400); /* not counted */
        for (let i = 0; i < 5; i++) {
            await whorl.get(`/v4/events/${requestId}`, { auth: "bearer", key: secret });
            assert.equal((await identify(test)).status, 200);
        }
        assert.equal((await identify(live)).status, 200);
        for (let i = 0; i < 2; i++) {
            const refused = await identify(live);
            assert.equal(refused.status, 429);
            const error = "Monthly API call limit exceeded";
            assert.deepEqual(refused.json, { error, usage: 4, limit: 3 });
            assert.equal(refused.headers["retry-after"], "60"); /* a minute to November */
        }
        assert.equal((await identify(test)).status, 200);
        const management = await whorl.key("management", { workspace: "small" });
        const usage = async (key, ms) =>
            (await whorl.get("/v1/usage", { auth: "bearer", key, headers: [["X-Test-Now-Ms", `${ms}`]] })).json;
        const used = { month: "2026-10", usage: 3, limit: 3, secondsLeft: 60 };
        assert.deepEqual(await usage(management, nowMs), used);
        assert.equal((await usage(await whorl.key("management", { workspace: "none" }), nowMs)).limit, null);
        await whorl.restart();
        assert.equal((await identify(live)).status, 429, "the count is kept");
        assert.deepEqual(await usage(management, nowMs), used);
        assert.equal((await identify(live, { nowMs: nowMs + 60_000 })).status, 200, "a new month");
        assert.equal((await identify(live, { nowMs })).status, 429, "times may come out of order");
    });
});
