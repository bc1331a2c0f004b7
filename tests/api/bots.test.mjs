// Bots that say so, over the real server: reverse DNS against a small DNS server of this file, Web Bot
// Auth with keys made here, the published vectors when they are there, and Client Hints in the event.

import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, sign, constants } from "node:crypto";
import { createSocket } from "node:dgram";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { bodies } from "../bodies/bodies.mjs";
import { assertIdentified, assertSchema } from "../lib/checks.mjs";
import { repository, startWhorl } from "../lib/whorl.mjs";

const nowMs = Date.UTC(2026, 9, 5, 9, 30);
const nowS = nowMs / 1000;

// ---- DNS: 127.0.0.1 is one of Bing's, as far as this server is asked ----

const records = {
    "1.0.0.127.in-addr.arpa/12": "msnbot-127-0-0-1.search.msn.com",
    "msnbot-127-0-0-1.search.msn.com/1": "127.0.0.1",
};
const asked = [];

function encodeName(name) {
    const labels = name.split(".").map((l) => [Buffer.from([l.length]), Buffer.from(l)]);
    return Buffer.concat([...labels.flat(), Buffer.from([0])]);
}

function answer(query) {
    let at = 12;
    const labels = [];
    while (query[at]) {
        labels.push(query.subarray(at + 1, at + 1 + query[at]).toString());
        at += query[at] + 1;
    }
    const type = query.readUInt16BE(at + 1);
    const name = labels.join(".").toLowerCase();
    asked.push(`${name}/${type}`);
    const value = records[`${name}/${type}`];
    const data = type === 1 ? Buffer.from((value ?? "").split(".").map(Number))
        : encodeName(value ?? "x");
    const head = Buffer.from(query.subarray(0, at + 5));
    head.writeUInt16BE(value ? 0x8180 : 0x8183, 2);
    head.writeUInt16BE(value ? 1 : 0, 6);
    head.writeUInt32BE(0, 8);
    const record = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]);
    return Buffer.concat(value ? [head, record, data] : [head]);
}

// ---- keys ----

const origin = "https://chatgpt.com";
const ed25519 = generateKeyPairSync("ed25519");
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const jwkOf = ({ publicKey }) => publicKey.export({ format: "jwk" });

function thumbprint({ crv, e, kty, n, x }) {
    const text = JSON.stringify(kty === "OKP" ? { crv, kty, x } : { e, kty, n });
    return createHash("sha256").update(text).digest("base64url");
}

let nonces = 0;
// What a signing agent sends besides its body; `change` spoils what it is given.
function signed(pair, change = {}) {
    const jwk = jwkOf(pair);
    const o = { host: "shop.example", agent: `"${origin}"`, created: nowS - 5, expires: nowS + 60,
        nonce: `n${nonces++}`, keyid: thumbprint(jwk), ...change };
    const params = `("@authority" "signature-agent");created=${o.created};expires=${o.expires}` +
        `;keyid="${o.keyid}";nonce="${o.nonce}";tag="web-bot-auth"`;
    const base = `"@authority": ${o.signedHost ?? o.host}\n"signature-agent": ${o.agent}\n` +
        `"@signature-params": ${params}`;
    const signature = jwk.kty === "OKP" ? sign(null, base, pair.privateKey)
        : sign("sha512", base, { key: pair.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING,
            saltLength: 64 });
    return [["Host", o.host], ["Signature-Agent", o.agent], ["Signature-Input", `sig1=${params}`],
        ["Signature", `sig1=:${signature.toString("base64")}:`]];
}

// ---- the server ----

const vectorsFolder = join(repository, "../shared/data/bots/web-bot-auth");
const readJson = (name) => JSON.parse(readFileSync(join(vectorsFolder, name), "utf8"));
const vectors = !existsSync(vectorsFolder) ? []
    : [...readJson("web_bot_auth_architecture_v1.json"),
        ...readJson("web_bot_auth_architecture_v2.json")];

let whorl, dns, folder;
before(async () => {
    folder = mkdtempSync(join(tmpdir(), "whorl-bots-"));
    const keyFile = (name, keys) => {
        writeFileSync(join(folder, name), JSON.stringify({ keys }));
        return join(folder, name);
    };
    dns = createSocket("udp4");
    dns.on("message", (query, from) => dns.send(answer(query), from.port, from.address));
    await new Promise((resolve) => dns.bind(0, "127.0.0.1", resolve));
    writeFileSync(join(folder, "ranges.txt"), "66.249.64.0/19\n");
    const flags = ["--test-clock", "--verify-bots", "--trusted-proxy", "127.0.0.1",
        "--list", `goodbot:googlebot=${join(folder, "ranges.txt")}`,
        "--list", `goodbot:openai=${join(folder, "ranges.txt")}`,
        "--resolver", `127.0.0.1:${dns.address().port}`,
        "--bot-keys", `${origin}=${keyFile("a.json", [jwkOf(ed25519), jwkOf(rsa)])}`];
    if (vectors.length) {
        const all = vectors.map(({ key: { kty, crv, x, n, e } }) => ({ kty, crv, x, n, e }));
        flags.push("--bot-keys", `https://signature-agent.test=${keyFile("v.json", all)}`);
    }
    whorl = await startWhorl({ flags });
});
after(async () => {
    dns?.close();
    if (folder) rmSync(folder, { recursive: true });
    await whorl?.remove();
});

// The event in v4's form, and the server's own findings in FingerprintIQ's.
async function visit(userAgent, more = [], atMs = nowMs) {
    const { body, headers } = bodies["playwright-linux"]();
    const kept = headers.filter(([name]) => !/^(user-agent|host)$/i.test(name));
    const sent = [...kept, ["User-Agent", userAgent], ...more];
    const { requestId } = assertIdentified(await whorl.identify(body, { headers: sent, nowMs: atMs }));
    const four = await whorl.get(`/v4/events/${requestId}`, { auth: "bearer" });
    assertSchema(four.json, "v4_event", "v4 Event");
    return four.json;
}

const bingbot = "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)";
const googlebot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const chrome = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like " +
    "Gecko) Chrome/156.0.0.0 Safari/537.36";

// The first event may say unknown; one after DNS has answered does not.
async function visitUntilKnown(userAgent) {
    const first = await visit(userAgent);
    for (let i = 0; i < 200; i++) {
        const event = await visit(userAgent);
        if (event.bot_info.identity !== "unknown") return { first, event };
        await sleep(20);
    }
    throw new Error("DNS was asked and nothing came of it");
}

describe("reverse DNS", () => {
    test("a person's browser is no bot and asks nothing", async () => {
        const event = await visit(chrome);
        assert.equal(event.bot_info, undefined);
        assert.deepEqual(asked, []);
    });

    test("a bot that nobody can look up asks nothing", async () => {
        const { bot_info: info } = await visit("Mozilla/5.0 (compatible; ClaudeBot/1.0)");
        assert.deepEqual(info, { category: "ai_crawler", provider: "Anthropic",
            provider_url: "https://www.anthropic.com", name: "ClaudeBot", identity: "unknown",
            confidence: "medium" });
        assert.deepEqual(asked, []);
    });

    test("a true bot is unknown at first, then verified and good", async () => {
        const { first, event } = await visitUntilKnown(bingbot);
        assert.equal(first.bot_info.identity, "unknown");
        assert.equal(first.bot_info.confidence, "low");
        assert.deepEqual(event.bot_info, { category: "search_engine_crawler",
            provider: "Microsoft", provider_url: "https://www.microsoft.com", name: "Bingbot",
            identity: "verified", confidence: "high" });
        assert.equal(event.bot, "good");
        assert.equal(event.bot_type, "bingbot");
    });

    test("another bot's name from the same address is spoofed, without asking again", async () => {
        const before = asked.length;
        const event = await visit(googlebot);
        assert.equal(event.bot_info.identity, "spoofed");
        assert.equal(event.bot_info.confidence, "high");
        assert.equal(event.bot, "bad");
        assert.equal(asked.length, before);
        assert.deepEqual(asked, Object.keys(records));
    });
});

describe("published ranges", () => {
    const from = (address) => [["X-Forwarded-For", address]];
    const gptbot = "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)";

    test("an address in them is verified at once, and DNS is not asked", async () => {
        const before = asked.length;
        const event = await visit(googlebot, from("66.249.66.1"));
        assert.equal(event.bot_info.identity, "verified");
        assert.equal(event.bot_info.confidence, "high");
        assert.equal(asked.length, before);
    });

    test("another address is spoofed where there is no other way", async () => {
        const event = await visit(gptbot, from("203.0.113.7"));
        assert.equal(event.bot_info.identity, "spoofed");
        assert.equal(event.bot_info.confidence, "medium");
    });

    test("where DNS is asked, its answer is waited for", async () => {
        const event = await visit(googlebot, from("203.0.113.7"));
        assert.equal(event.bot_info.identity, "unknown");
        assert.equal(event.bot_info.confidence, "low");
    });

    test("a list of IPv4 networks says nothing of IPv6", async () => {
        const event = await visit(gptbot, from("2606:4700::1"));
        assert.equal(event.bot_info.identity, "unknown");
    });
});

describe("sentinel, which is told of an address in forwarded headers only", () => {
    const inspect = async (headers) => {
        const answer = await whorl.send({
            method: "POST", path: "/v1/sentinel/inspect",
            headers: [["X-API-Key", whorl.secretKey]],
            body: JSON.stringify({ userAgent: bingbot, headers: { "user-agent": bingbot, ...headers } }),
        });
        assert.equal(answer.status, 200, answer.text);
        return answer.json;
    };
    test("without one nothing is looked up, and nobody is called an impostor", async () => {
        const before = asked.length;
        for (let i = 0; i < 3; i++) {
            const json = await inspect({});
            assert.equal(json.callerType, "BOT_SCRAPER");
            assert.equal(json.classification.subcategory, "search_engine_crawler");
            assert.ok(!json.reasons.some((reason) => /and is not/.test(reason)), `${json.reasons}`);
            await sleep(50);
        }
        assert.equal(asked.length, before);
    });
    test("with one it is", async () => {
        const before = asked.length;
        await inspect({ "x-forwarded-for": "198.51.100.77" });
        for (let i = 0; i < 100 && asked.length === before; i++) await sleep(20);
        assert.ok(asked.length > before);
    });
});

describe("Web Bot Auth", () => {
    for (const [name, pair] of [["Ed25519", ed25519], ["RSA-PSS-SHA512", rsa]]) {
        test(`a signature by ${name} names the agent, whatever its User-Agent`, async () => {
            const event = await visit(chrome, signed(pair));
            assert.deepEqual(event.bot_info, { category: "ai_agent", provider: "OpenAI",
                provider_url: "https://openai.com", name: "ChatGPT Agent", identity: "signed",
                confidence: "high" });
            assert.equal(event.bot, "good");
            assert.equal(event.bot_type, "chatgpt_agent");
        });
    }

    test("a signature counts once", async () => {
        const headers = signed(ed25519);
        assert.equal((await visit(chrome, headers)).bot_info?.identity, "signed");
        assert.equal((await visit(chrome, headers)).bot_info, undefined);
    });

    test("a signature for another site is spoofed", async () => {
        const event = await visit(chrome, signed(ed25519, { signedHost: "evil.example" }));
        assert.equal(event.bot_info.identity, "spoofed");
        assert.equal(event.bot_info.name, "ChatGPT Agent");
        assert.equal(event.bot, "bad");
    });

    const stranger = generateKeyPairSync("ed25519");
    for (const [error, change, pair = ed25519] of [
        ["SIGNATURE_EXPIRED", { expires: nowS - 1 }],
        ["SIGNATURE_TOO_OLD", { created: nowS - 3700 }],
        ["SIGNATURE_TIMESTAMP_FUTURE", { created: nowS + 70, expires: nowS + 90 }],
        ["INVALID_SIGNATURE_AGENT", { agent: `"http://chatgpt.com"` }],
        ["KEY_DIRECTORY_FETCH_FAILED", { agent: `"https://nobody.example"` }],
        ["KEY_NOT_FOUND", {}, stranger],
        ["VALIDATION_FAILED", { expires: "soon" }],
    ]) {
        test(`says ${error}`, async () => {
            const { body, headers } = bodies["playwright-linux"]();
            const kept = headers.filter(([name]) => !/^(user-agent|host)$/i.test(name));
            const sent = [...kept, ["User-Agent", chrome], ...signed(pair, change)];
            const { requestId } = assertIdentified(
                await whorl.identify(body, { headers: sent, nowMs }));
            const event = await whorl.get(`/v1/events/${requestId}`, { auth: "bearer" });
            assert.match(event.text, new RegExp(`"bot":\\{"signatureError":"${error}"\\}`));
        });
    }

    test("the published vectors", { skip: !vectors.length && "not here" }, async () => {
        assert.equal(vectors.length, 8);
        for (const v of vectors) {
            const headers = [["Host", "example.com"], ["Signature", v.signature],
                ["Signature-Input", v.signature_input]];
            if (v.signature_agent) headers.push(["Signature-Agent", v.signature_agent]);
            const event = await visit(chrome, headers, v.created_ms + 1000);
            assert.deepEqual(event.bot_info, { category: "unknown",
                provider: "signature-agent.test", provider_url: "https://signature-agent.test",
                name: "signature-agent.test", identity: "signed", confidence: "high" });
        }
    });
});

test("Client Hints in headers refine the event", async () => {
    const windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like " +
        "Gecko) Chrome/156.0.0.0 Safari/537.36";
    const hints = [["Sec-CH-UA", `"Brave";v="156", "Not)A;Brand";v="8", "Chromium";v="156"`],
        ["Sec-CH-UA-Platform", `"Windows"`], ["Sec-CH-UA-Platform-Version", `"15.0.0"`]];
    const { body } = bodies["playwright-linux"]();
    const { requestId } = assertIdentified(await whorl.identify(body, {
        headers: [["User-Agent", windows], ...hints], nowMs }));
    const { json } = await whorl.get(`/v4/events/${requestId}`, { auth: "bearer" });
    assert.deepEqual(json.browser_details, { browser_name: "Brave", browser_major_version: "156",
        browser_full_version: "156.0.0", os: "Windows", os_version: "11", device: "Other" });
});
