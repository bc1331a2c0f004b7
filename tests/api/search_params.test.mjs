// Every documented parameter of both searches, with values that are right and values that are wrong.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { assertSchema, contracts, haveContracts } from "../lib/checks.mjs";
import { startWhorl } from "../lib/whorl.mjs";

let whorl;
before(async () => (whorl = await startWhorl()));
after(() => whorl?.remove());

const flag = { good: ["true", "false"], bad: ["not a boolean", "", "1", "TRUE"] };
const words = (...good) => ({ good, bad: ["something", "", good[0].toUpperCase(), `${good[0]} `] });
const text = (...good) => ({ good, bad: [] });
const buckets = ["<p95", "p95-p99", "p99-p99.5", "p99.5-p99.9", "p99.9+", "not_seen"];
const unknownVisitor = "0jnGMkPYXX37DqVa4ZIO";
const badVisitor = { bad: ["not a visitor id", "", "badVisitorId"], error: "invalid visitor id" };

const flags = `vpn virtual_machine tampering anti_detect_browser incognito privacy_settings jailbroken
    frida factory_reset cloned_app emulator root_apps developer_tools location_spoofing mitm_attack
    rare_device proxy suspect`.split(/\s+/);

const shared = {
    ...Object.fromEntries(flags.map((name) => [name, flag])),
    reverse: flag,
    bot: { ...words("all", "good", "bad", "none"), error: "invalid bot type" },
    linked_id: {
        good: ["order-1", "é".repeat(256)],
        bad: ["x".repeat(257), "é".repeat(257)],
        error: "linked_id can't be greater than 256 characters long",
    },
    vpn_confidence: words("high", "medium", "low"),
    min_suspect_score: {
        good: ["0", "7.5", "-1", "1e2"],
        bad: ["not a number", "", "NaN", "Infinity", "0x10", "1 "],
    },
    rare_device_percentile_bucket: words(...buckets),
    sdk_version: text("3.11.14"),
    sdk_platform: words("js", "android", "ios"),
    environment: text("ae_47abaca3db2c7c43"),
    proximity_id: text("C9rJYBlOFsAfBwQ"),
};

const v3 = {
    ...shared,
    limit: {
        good: ["1", "10", "200", "2147483647"],
        bad: ["invalid limit", "0", "-1", "1.5", "", "2147483648"],
        error: "invalid limit",
    },
    pagination_key: {
        good: ["1655373953086", "1683900801733.Ogvu1j"],
        bad: ["false", "", "-1", "1683900801733.Ogvu1"],
        error: "invalid pagination key",
    },
    visitor_id: { good: [unknownVisitor], ...badVisitor },
    ip_address: {
        good: ["10.0.0.0/24", "192.168.0.1/32", "2001:db8::/32", "::1/128", "0.0.0.0/0"],
        bad: ["not an ip address", "10.0.0.1", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/", ""],
        error: "invalid ip address",
    },
    start: {
        good: ["1655373953086", "0"],
        bad: ["not a timestamp", "2026-01-01T00:00:00Z", "", "-1", "1.5"],
        error: "invalid start time",
    },
    end: {
        good: ["1655373953086"],
        bad: ["not a timestamp", "2026-01-01T00:00:00Z", "", "-1"],
        error: "invalid end time",
    },
    ip_blocklist: flag,
    datacenter: flag,
    proximity_precision_radius: {
        good: ["10", "25", "65", "175", "450", "1200", "3300", "8500", "22500"],
        bad: ["11", "ten", ""],
    },
};

const time = (error) => ({
    good: ["1655373953086", "2026-01-01T00:00:00Z", "2026-01-01t00:00:00.5z",
        "2024-02-29T23:59:60+14:00"],
    bad: ["not a timestamp", "2026-01-01", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00+0200", "", "-1"],
    error,
});

const categories = `advertising_and_marketing aggregator ai_agent ai_assistant ai_browser ai_crawler
    ai_search browser_automation ecommerce monitoring_and_analytics other scraping security
    search_engine_crawler search_engine_optimization unknown`.split(/\s+/);

const v4 = {
    ...shared,
    limit: {
        good: ["1", "100"],
        bad: ["invalid limit", "0", "-1", "101", ""],
        error: "invalid limit",
    },
    pagination_key: { good: [], bad: ["false", "", "AAAA"], error: "invalid pagination key" },
    visitor_id: { good: [], ...badVisitor },
    high_recall_id: { good: ["0jnGMkPYXX37DqVa4ZIO3f_hr", unknownVisitor], bad: ["", "x".repeat(65)] },
    bot_info: words("all", "none"),
    bot_info_category: words(...categories),
    bot_info_identity: words("verified", "signed", "spoofed", "unknown"),
    bot_info_confidence: words("low", "medium", "high"),
    bot_info_provider: text("OpenAI"),
    bot_info_name: text("ChatGPT Agent"),
    ip_address: {
        good: ["61.127.217.15", "10.0.0.0/24", "2001:db8::1", "::/0"],
        bad: ["not an ip address", "10.0.0.0/33", "10.0.0", "", "::1/"],
        error: "invalid ip address",
    },
    asn: { good: ["12876", "0"], bad: ["AS12876", "", "-1"] },
    url: text("https://example.com/login"),
    bundle_id: text("com.example.app"),
    package_name: text("com.example.app"),
    origin: text("https://example.com"),
    start: time("invalid start time"),
    end: time("invalid end time"),
    total_hits: { good: ["1", "1000"], bad: ["0", "1001", "x", ""] },
    tor_node: flag,
    incremental_identification_status: words("partially_completed", "completed"),
    simulator: flag,
    active_call: flag,
    source: words("edge"),
};

const kinds = [
    ["v3", v3, "/events/search", "header", 37, "RequestCannotBeParsed"],
    ["v4", v4, "/v4/events", "bearer", 52, "request_cannot_be_parsed"],
];
for (const [version, parameters, path, auth, count, code] of kinds) {
    const ask = (name, value) => {
        const limit = version === "v3" && name !== "limit" ? "limit=1&" : "";
        return whorl.get(`${path}?${limit}${name}=${encodeURIComponent(value)}`, { auth });
    };

    describe(`${version}: the parameters`, () => {
        test(`are the ${count} documented ones`, { skip: !haveContracts && "no contracts" }, () => {
            const yaml = readFileSync(join(contracts, `fingerprint/${version}.openapi.yaml`), "utf8");
            const from = yaml.indexOf(version === "v3" ? "\n  /events/search:" : "\n  /events:");
            const section = yaml.slice(from, yaml.indexOf("\n      responses:", from));
            const names = [...section.matchAll(/^ {8}- name: (\S+)/gm)].map(([, name]) => name);
            assert.deepEqual(Object.keys(parameters).sort(), names.sort());
        });

        test(`${count} of them`, () => assert.equal(Object.keys(parameters).length, count));

        for (const [name, { good, bad, error }] of Object.entries(parameters)) {
            test(name, async () => {
                for (const value of good) {
                    const answer = await ask(name, value);
                    assert.equal(answer.status, 200, `${name}=${value}: ${answer.text}`);
                    assert.deepEqual(answer.json.events, []);
                }
                for (const value of bad) {
                    const answer = await ask(name, value);
                    assert.equal(answer.status, 400, `${name}=${value}: ${answer.text}`);
                    assert.equal(answer.reason, "Bad Request");
                    assert.match(answer.headers["content-type"], /^application\/json/);
                    const message = error ?? `invalid ${name} param`;
                    assert.deepEqual(answer.json.error, { code, message });
                    const schema = [`${version}_error`, `${version} ErrorResponse`];
                    assertSchema(answer.json, ...schema);
                }
            });
        }
    });
}

describe("the rest of the query", () => {
    test("v3 without a limit", async () => {
        const answer = await whorl.get("/events/search", { auth: "header" });
        assert.equal(answer.status, 400);
        assert.equal(answer.json.error.message, "invalid limit");
    });

    test("all at once", async () => {
        const all = (table) =>
            Object.entries(table)
                .filter(([, { good }]) => good.length > 0)
                .map(([name, { good }]) => `${name}=${encodeURIComponent(good[0])}`)
                .join("&");
        const three = await whorl.get(`/events/search?${all(v3)}`, { auth: "header" });
        assert.deepEqual([three.status, three.text], [200, '{"events":[]}']);
        const four = await whorl.get(`/v4/events?${all(v4)}`, { auth: "bearer" });
        assert.deepEqual([four.status, four.text], [200, '{"events":[],"total_hits":0}']);
    });

    test("lists: repeated keys in v4, brackets in v3 only", async () => {
        const get4 = (query) => whorl.get(`/v4/events?${query}`, { auth: "bearer" });
        assert.equal((await get4("bot_info_category=ai_agent&bot_info_category=other")).status, 200);
        assert.equal((await get4("bot_info_category=ai_agent&bot_info_category=none")).status, 400);
        assert.equal((await get4("bot_info_category[]=ai_agent")).status, 400);
        assert.equal((await get4("bot_info_category%5B%5D=ai_agent")).status, 400);
        assert.equal((await get4("bot_info_category=ai_agent,other")).status, 400);
        assert.equal((await get4("source=edge&source=edge")).status, 400);
        const get3 = (query) => whorl.get(`/events/search?limit=1&${query}`, { auth: "header" });
        assert.equal((await get3("environment[]=a&environment%5B%5D=b&environment=c")).status, 200);
        assert.equal((await get3("bot_info_category=whatever")).status, 200, "v4's, so ignored");
    });

    test("what is unknown is ignored, and the key may be in the query (v3)", async () => {
        const query = "limit=1&ii=fingerprint-pro-server-node-sdk%2F6.13.1&x[]=y&=&&z";
        assert.equal((await whorl.get(`/events/search?${query}`, { auth: "query" })).status, 200);
    });

    test("without a key, or with a wrong one", async () => {
        const three = await whorl.get("/events/search?limit=1");
        assert.deepEqual([three.status, three.json.error.code], [403, "TokenRequired"]);
        const four = await whorl.get("/v4/events", { auth: "bearer", key: "wrong" });
        assert.deepEqual([four.status, four.json.error.code], [403, "secret_api_key_not_found"]);
    });
});

describe("GET /related-visitors", () => {
    const related = (query) => whorl.get(`/related-visitors${query}`, { auth: "header" });
    const cases = [
        ["", 400, "RequestCannotBeParsed", "visitor id is required"],
        ["?visitor_id=", 400, "RequestCannotBeParsed", "visitor id is required"],
        ["?visitor_id=badVisitorId", 400, "RequestCannotBeParsed", "invalid visitor id"],
        [`?visitor_id=${unknownVisitor}`, 404, "VisitorNotFound", "visitor not found"],
    ];
    for (const [query, status, code, message] of cases) {
        test(`${query || "nothing"}: ${status}`, async () => {
            const answer = await related(query);
            assert.equal(answer.status, status, answer.text);
            assert.deepEqual(answer.json.error, { code, message });
            assertSchema(answer.json, "v3_error", "v3 ErrorResponse");
        });
    }
    test("without a key", async () => {
        const answer = await whorl.get(`/related-visitors?visitor_id=${unknownVisitor}`);
        assert.deepEqual([answer.status, answer.json.error.code], [403, "TokenRequired"]);
    });
});
