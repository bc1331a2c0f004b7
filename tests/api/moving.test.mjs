// whorl export and whorl import: what leaves one server arrives in another, whole, once, and says so when it does not.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { assertIdentified, assertSchema, contracts, haveContracts } from "../lib/checks.mjs";
import { sdk6, sdk7 } from "../lib/sdks.mjs";
import { binary, startWhorl } from "../lib/whorl.mjs";

const minuteMs = 60_000;
const nowMs = Date.UTC(2026, 9, 5, 9, 30);
const flags = ["--test-clock", "--trusted-proxy", "127.0.0.1"];
const atNow = [["X-Test-Now-Ms", `${nowMs}`]];

let folder; // of files that are moved
let from; // the server that is left
const ids = []; // of its events, oldest first

const v3 = (whorl, path) => whorl.get(path, { auth: "header", headers: atNow });
const v4 = (whorl, path) => whorl.get(path, { auth: "bearer", headers: atNow });

/* Runs the binary; resolves with { code, stdout, stderr }, whatever the code is. */
function run(args, input) {
    return new Promise((resolve) => {
        const child = execFile(binary, args, { maxBuffer: 1 << 28 }, (error, stdout, stderr) =>
            resolve({ code: error ? error.code : 0, stdout, stderr }),
        );
        child.stdin.on("error", () => {}); // it may end before it has read all
        child.stdin.end(input ?? "");
    });
}

const exported = (whorl, ...more) => run(["export", "--data", whorl.data, "--quiet", ...more]);
const imported = (whorl, input, ...more) =>
    run(["import", "--data", whorl.data, "--json", ...more], input);

const lines = (text) => text.split("\n").filter(Boolean).map((line) => JSON.parse(line));

before(async () => {
    folder = await mkdtemp(join(tmpdir(), "whorl-moving-"));
    from = await startWhorl({ flags });
    const kinds = Object.keys(bodies);
    for (let number = 0; number < 24; number++) {
        const { body, headers } = bodies[kinds[number % kinds.length]]();
        const ip = number % 3 ? `203.0.113.${number % 5}` : `2001:db8:${number}::5`;
        const extra = number % 2 ? { linkedId: `user ${number % 4}`, tag: { n: number, deep: [1, null] } } : {};
        const answer = await from.identify(
            { ...body, ...extra },
            { headers: [...headers, ["X-Forwarded-For", ip]], nowMs: nowMs - (30 - number) * minuteMs },
        );
        const { requestId } = assertIdentified(answer);
        ids.push((await v4(from, `/v4/events/${requestId}`)).json.event_id);
    }
});
after(async () => {
    await from?.remove();
    await rm(folder, { recursive: true, force: true });
});

describe("export", () => {
    test("writes each event as GET /v4/events/{id} answers it, oldest first", async () => {
        const { code, stdout } = await exported(from);
        assert.equal(code, 0);
        const events = lines(stdout);
        assert.deepEqual(events.map((event) => event.event_id), ids);
        for (const event of events) {
            assert.deepEqual(event, (await v4(from, `/v4/events/${event.event_id}`)).json);
        }
    });

    test("as v3's webhook payload it fits the published schema", async () => {
        const { code, stdout } = await exported(from, "--form", "v3-webhook");
        assert.equal(code, 0);
        const events = lines(stdout);
        assert.deepEqual(events.map((event) => event.requestId), ids);
        const { default: Ajv } = await import("ajv/dist/2020.js");
        const { default: addFormats } = await import("ajv-formats");
        for (const event of events) {
            const { identification } = (await v3(from, `/events/${event.requestId}`)).json.products;
            assert.equal(event.visitorId, identification.data.visitorId);
            assert.deepEqual(event.confidence, identification.data.confidence);
            assert.deepEqual(event.browserDetails, identification.data.browserDetails);
            assert.equal(event.supplementaryIds.standard.visitorId, event.visitorId);
            assert.match(event.supplementaryIds.highRecall.visitorId, /^[0-9A-Za-z]{20}$/);
        }
        assert.ok(events.some((event) => event.rawDeviceAttributes?.timezone?.value));
        if (!haveContracts) return;
        const ajv = addFormats(new Ajv({ strict: false }));
        const schema = JSON.parse(readFileSync(join(contracts, "fingerprint/v3.webhook.schema.json")));
        const validate = ajv.compile(schema);
        for (const event of events) {
            assert.ok(validate(event), JSON.stringify(validate.errors));
            const known = Object.keys((schema.$defs?.Webhook ?? schema).properties);
            assert.deepEqual(Object.keys(event).filter((name) => !known.includes(name)), []);
        }
    });

    test("--since, --until and --environment choose", async () => {
        const cut = Number(ids[10].split(".")[0]);
        const early = await exported(from, "--until", new Date(cut).toISOString());
        const late = await exported(from, "--since", `${cut}`);
        assert.deepEqual(lines(early.stdout).map((event) => event.event_id), ids.slice(0, 10));
        assert.deepEqual(lines(late.stdout).map((event) => event.event_id), ids.slice(10));
        assert.equal((await exported(from, "--since", "2026-10-06")).stdout, "");
        await from.run("environment", "create", "empty", "--data", from.data);
        assert.equal((await exported(from, "--environment", "empty")).stdout, "");
        assert.equal(lines((await exported(from, "--environment", "default")).stdout).length, ids.length);
    });

    test("a mistake is said, and nothing is written", async () => {
        for (const [args, text] of [
            [["--form", "v5"], /--form is v4/],
            [["--since", "yesterday"], /--since and --until are dates/],
            [["--since", "2026-10-02", "--until", "2026-10-01"], /--until is not behind/],
            [["--workspace", "nobody"], /no workspace of that name/],
            [["--environment", "nothing"], /no environment of that name/],
        ]) {
            const { code, stdout, stderr } = await exported(from, ...args);
            assert.equal(code, 1, stderr);
            assert.equal(stdout, "");
            assert.match(stderr, text);
        }
        assert.equal((await exported(from, "--strict")).code, 2);
        const nowhere = await run(["export", "--data", join(folder, "nowhere")]);
        assert.equal(nowhere.code, 2);
        assert.ok(!existsSync(join(folder, "nowhere")));
    });

    test("--out never leaves a part that looks whole, nor replaces a file unasked", async () => {
        const out = join(folder, "events.ndjson");
        assert.equal((await exported(from, "--out", out)).code, 0);
        assert.equal(lines(await readFile(out, "utf8")).length, ids.length);
        await writeFile(out, "mine");
        const refused = await exported(from, "--out", out);
        assert.equal(refused.code, 2);
        assert.equal(await readFile(out, "utf8"), "mine");
        assert.equal((await exported(from, "--out", out, "--form", "v5", "--force")).code, 1);
        assert.equal(await readFile(out, "utf8"), "mine");
        assert.deepEqual(readdirSync(folder), ["events.ndjson"]);
        assert.equal((await exported(from, "--out", out, "--force")).code, 0);
        assert.equal(lines(await readFile(out, "utf8")).length, ids.length);
    });
});

describe("a round trip", () => {
    let to;
    let file;
    const v4Only = ["colorGamut", "forcedColors", "reducedMotion"]; // v3 alone has these attributes

    before(async () => {
        file = (await exported(from)).stdout;
        to = await startWhorl({ flags });
    });
    after(() => to?.remove());

    test("everything is stored once, and a second import adds nothing", async () => {
        const first = await imported(to, file);
        assert.equal(first.code, 0, first.stderr);
        const sum = JSON.parse(first.stdout);
        assert.deepEqual(sum, { events: ids.length, stored: ids.length, there: 0, skipped: 0, idsMade: 0,
            dryRun: false, unmapped: {}, environments: { ae_0000000000000001: ids.length } });
        const second = JSON.parse((await imported(to, file)).stdout);
        assert.deepEqual([second.stored, second.there], [0, ids.length]);
        assert.equal(await (await exported(to)).stdout, file);
    });

    test("by id, all v4 and v3 answers are equal", async () => {
        for (const id of ids) {
            const left = await v4(from, `/v4/events/${id}`);
            const right = await v4(to, `/v4/events/${id}`);
            assert.equal(right.text, left.text);
            assertSchema(right.json, "v4_event");
            const leftV3 = (await v3(from, `/events/${id}`)).json;
            const rightV3 = (await v3(to, `/events/${id}`)).json;
            for (const name of v4Only) {
                delete leftV3.products.rawDeviceAttributes.data[name];
            }
            assert.deepEqual(rightV3, leftV3);
        }
    });

    test("a visitor's history, in v3 and v2, and FingerprintIQ's event", async () => {
        const visitors = new Set(lines(file).map((event) => event.identification.visitor_id));
        assert.ok(visitors.size > 1);
        for (const id of visitors) {
            const path = `/visitors/${id}?limit=3`;
            assert.deepEqual((await v3(to, path)).json, (await v3(from, path)).json);
            const old = (whorl) => whorl.get(`/visitors/${id}`, { headers: [...atNow, ["Auth-Token", whorl.secretKey]] });
            const [left, right] = [await old(from), await old(to)];
            for (const visit of left.json.visits) delete visit.browserDetails.botProbability; // v4 has none
            for (const visit of right.json.visits) delete visit.browserDetails.botProbability;
            assert.deepEqual(right.json, left.json);
        }
        const fiq = await to.get(`/v1/events/${ids[3]}`, { auth: "bearer" });
        assert.equal(fiq.status, 200);
        assert.equal(fiq.json.visitorId.slice(0, 3), "iq_");
    });

    test("search finds the same in the same pages", async () => {
        const linked = encodeURIComponent("user 1");
        const visitor = lines(file)[5].identification.visitor_id;
        const queries = ["", `linked_id=${linked}&`, `visitor_id=${visitor}&`, "bot=bad&", "bot=none&",
            "vpn=false&", "ip_address=203.0.113.0/24&", "ip_address=2001:db8::/32&", "suspect=true&",
            "incognito=false&reverse=true&"];
        const versions = [[v4, "/v4/events", "pagination_key"], [v3, "/events/search", "paginationKey"]];
        for (const query of queries) {
            for (const [ask, path, key] of versions) {
                const pages = async (whorl) => {
                    const found = [];
                    for (let page = ""; page !== undefined; ) {
                        const { status, json } = await ask(whorl, `${path}?${query}limit=7${page}`);
                        assert.equal(status, 200);
                        found.push(json.events.map((event) =>
                            event.event_id ?? event.products.identification.data.requestId));
                        page = json[key] && `&pagination_key=${encodeURIComponent(json[key])}`;
                    }
                    return found;
                };
                assert.deepEqual(await pages(to), await pages(from), query);
            }
        }
    });

    test("a restart keeps it, new devices are identified beside it, and deletion takes a visitor away", async () => {
        await to.restart();
        assert.equal((await exported(to)).stdout, file);
        const { body, headers } = bodies["headed-linux"]();
        const { visitorId } = assertIdentified(await to.identify(body, { headers, nowMs }));
        assert.ok(visitorId.startsWith("iq_"));
        const gone = lines(file)[0].identification.visitor_id;
        assert.equal((await to.send({ method: "DELETE", path: `/v4/visitors/${gone}`,
            headers: [["Authorization", `Bearer ${to.secretKey}`]] })).status, 200);
        assert.equal((await v4(to, `/v4/events/${ids[0]}`)).status, 404);
        assert.equal((await v3(to, `/visitors/${gone}`)).json.visits.length, 0);
        const left = lines((await exported(to)).stdout);
        assert.ok(left.length > 0 && left.every((event) => event.identification.visitor_id !== gone));
    });
});

describe("with the server stopped", () => {
    test("both commands open the directory themselves", async () => {
        const data = join(folder, "stopped");
        const file = (await exported(from)).stdout;
        const made = await run(["import", "--data", data, "--quiet"], file);
        assert.equal(made.code, 0, made.stderr);
        const back = await run(["export", "--data", data, "--quiet"]);
        assert.equal(back.stdout, file);
        const served = await startWhorl({ data, flags });
        assert.equal((await v4(served, `/v4/events/${ids[0]}`)).status, 200);
        await served.remove();
    });
});

describe("broken off", () => {
    let to;
    let file;
    before(async () => {
        file = (await exported(from)).stdout;
        to = await startWhorl({ flags });
    });
    after(() => to?.remove());

    /* An import that has read its first events and waits for more; resolves with what became of it. */
    async function halfAnImport(text) {
        const child = spawn(binary, ["import", "--data", to.data, "--json"]);
        const ended = new Promise((resolve) => child.once("close", (code) => resolve(code)));
        let stderr = "";
        child.stderr.on("data", (bytes) => (stderr += bytes));
        child.stdin.on("error", () => {});
        child.stdin.write(text);
        const first = JSON.parse(text.slice(0, text.indexOf("\n"))).event_id;
        while ((await v4(to, `/v4/events/${first}`)).status !== 200) {
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        return { child, end: async () => ({ code: await ended, stderr }) };
    }

    test("Ctrl-C ends an import; the same input again completes it", async () => {
        const { child, end } = await halfAnImport(`${file.split("\n").slice(0, 5).join("\n")}\n`);
        child.kill("SIGINT");
        assert.equal((await end()).code, 130);
        const sum = JSON.parse((await imported(to, file)).stdout);
        assert.equal(sum.stored + sum.there, ids.length);
        assert.ok(sum.there >= 1);
        assert.equal((await exported(to)).stdout, file);
    });

    test("a server that stops does not wait for an import, and the command says so", async () => {
        await to.remove();
        to = await startWhorl({ flags });
        const { end } = await halfAnImport(file);
        await to.stop();
        const { code, stderr } = await end();
        assert.equal(code, 1);
        assert.match(stderr, /the server ended before this was done/);
        await to.start();
        assert.equal((await exported(to)).stdout, file);
    });

    test("a reader that leaves ends an export with an error", async () => {
        const child = spawn(binary, ["export", "--data", to.data, "--quiet"], { stdio: ["ignore", "pipe", "pipe"] });
        child.stdout.destroy();
        const code = await new Promise((resolve) => child.once("close", resolve));
        assert.equal(code, 1);
    });
});

// What the vendor's documentation shows, in each form that its users can have stored.
const vendorV4 = {
    event_id: "1708102555327.zLOjmg", timestamp: 1708102555335, linked_id: "somelinkedId",
    environment_id: "ae_47abaca3db2c7c43", suspect: false,
    sdk: { platform: "js", version: "3.11.10", integrations: [{ name: "react", version: "3.11.10" }] },
    replayed: false,
    identification: { visitor_id: "zbeiIiJdsOBASKnwlfKx", confidence: { score: 0.97, version: "1.1" },
        visitor_found: true, first_seen_at: 1708102555327, last_seen_at: 1708102555330 },
    supplementary_id_high_recall: { visitor_id: "0jnGMkPYXX37DqVa4ZIO3f_hr", visitor_found: true,
        confidence: { score: 0.9 }, first_seen_at: 1708102555327, last_seen_at: 1708102555330 },
    tags: { requestType: "signup" }, url: "https://www.example.com/login", ip_address: "61.127.217.15",
    ip_info: { v4: { address: "61.127.217.15",
        geolocation: { accuracy_radius: 20, latitude: 50.05, longitude: 14.4, postal_code: "150 00",
            timezone: "Europe/Prague", city_name: "Prague", country_code: "CZ", country_name: "Czechia",
            continent_code: "EU", continent_name: "Europe",
            subdivisions: [{ iso_code: "10", name: "Hlavni mesto Praha" }] },
        asn: "7922", asn_name: "COMCAST-7922", asn_network: "61.127.208.0/20", asn_type: "isp",
        datacenter_result: true, datacenter_name: "DediPath" } },
    user_agent: "Mozilla/5.0", client_referrer: "https://example.com/", bot: "not_detected",
    rule_action: [1],
    vpn: false, vpn_confidence: "high", vpn_methods: { timezone_mismatch: false, ml_prediction: false },
    raw_device_attributes: { timezone: "Europe/Prague", screen_resolution: [1920, 1080],
        canvas: { winding: true, geometry: "4dce9d6017c3e0c052a77252f29f2b1c",
            text: "dd2474a56ff78c1de3e7a07070ba3b7d" },
        device_manufacturer: "Apple" },
};

describe("another service's events", () => {
    let to;
    before(async () => {
        to = await startWhorl({ flags });
    });
    after(() => to?.remove());

    test("v4: ids stay, and what has no place is named", async () => {
        const page = JSON.stringify({ events: [vendorV4], pagination_key: "x" }, null, 2);
        const { code, stdout } = await imported(to, page);
        assert.equal(code, 0);
        const sum = JSON.parse(stdout);
        assert.equal(sum.stored, 1);
        assert.deepEqual(sum.unmapped, { rule_action: 1, "vpn_methods.ml_prediction": 1 });
        assert.deepEqual(sum.environments, { ae_47abaca3db2c7c43: 1 });
        const expected = structuredClone(vendorV4);
        delete expected.rule_action;
        delete expected.vpn_methods.ml_prediction;
        expected.identification.confidence.version = "1.0";
        expected.supplementary_id_high_recall.confidence.version = "1.0";
        expected.environment_id = "ae_0000000000000001";
        expected.source = "device";
        const event = (await v4(to, "/v4/events/1708102555327.zLOjmg")).json;
        for (const name of Object.keys(expected)) assert.deepEqual(event[name], expected[name], name);
        const { supplementary_id_high_recall: high, ...rest } = event; // its id is longer than ours
        assertSchema({ ...rest, supplementary_id_high_recall: { ...high, visitor_id: rest.identification.visitor_id } },
            "v4_event");
        assertSchema(rest, "v4_event", "v4 Event");
        const { products } = (await v3(to, "/events/1708102555327.zLOjmg")).json;
        assert.equal(products.identification.data.visitorId, "zbeiIiJdsOBASKnwlfKx");
        assert.equal(products.identification.data.timestamp, vendorV4.timestamp);
        assert.deepEqual(products.rawDeviceAttributes.data.canvas.value,
            { Winding: true, Geometry: "4dce9d6017c3e0c052a77252f29f2b1c", Text: "dd2474a56ff78c1de3e7a07070ba3b7d" });
        const fiq = (await to.get("/v1/events/1708102555327.zLOjmg", { auth: "bearer" })).json;
        assert.match(JSON.stringify(fiq), /IMPORTED/);
        const byFiqSpelling = await v4(to, `/v4/events/${fiq.requestId}`);
        assert.equal(byFiqSpelling.json.event_id, vendorV4.event_id);
    });

    test("both SDKs find them", async () => {
        const [six, seven] = [sdk6(to), sdk7(to)];
        assert.equal((await seven.getEvent("1708102555327.zLOjmg")).identification.visitor_id, "zbeiIiJdsOBASKnwlfKx");
        const found = await seven.searchEvents({ limit: 10, visitor_id: "zbeiIiJdsOBASKnwlfKx",
            start: 1708102555000, end: 1708102556000 });
        assert.deepEqual(found.events.map((event) => event.event_id), ["1708102555327.zLOjmg"]);
        const high = await seven.searchEvents({ limit: 10, high_recall_id: "0jnGMkPYXX37DqVa4ZIO3f_hr",
            start: 1708102555000, end: 1708102556000 });
        assert.equal(high.events.length, 1);
        const visits = await six.getVisits("zbeiIiJdsOBASKnwlfKx");
        assert.deepEqual(visits.visits.map((visit) => visit.requestId), ["1708102555327.zLOjmg"]);
        await seven.deleteVisitorData("zbeiIiJdsOBASKnwlfKx");
        await assert.rejects(seven.getEvent("1708102555327.zLOjmg"), /not found/);
    });

    test("lines that are wrong are named, the others are stored", async () => {
        const fresh = (n) => ({ ...vendorV4, event_id: `170810255${n}327.AAAAAA`,
            identification: { ...vendorV4.identification, visitor_id: "aaaaaaaaaaaaaaaaaaaa" } });
        const input = [JSON.stringify(fresh(1)), '{"event_id": "17', JSON.stringify(fresh(2)), "hello",
            JSON.stringify({ ...fresh(3), vpn: "perhaps" }), JSON.stringify({ a: 1 }),
            JSON.stringify(fresh(1)), JSON.stringify(fresh(4))].join("\n");
        const dry = await imported(to, input, "--dry-run");
        assert.equal(JSON.parse(dry.stdout).stored, 4);
        assert.equal((await v4(to, "/v4/events/1708102551327.AAAAAA")).status, 404);
        const strict = await imported(to, input, "--strict");
        assert.equal(strict.code, 1);
        assert.match(strict.stderr, /line 2: .*\n.*stopped at the first/);
        const { code, stdout, stderr } = await imported(to, input);
        assert.equal(code, 3);
        const sum = JSON.parse(stdout);
        assert.deepEqual([sum.events, sum.stored, sum.there, sum.skipped], [8, 2, 2, 4]);
        assert.match(stderr, /line 2: the line ends/);
        assert.match(stderr, /line 4: no event begins here/);
        assert.match(stderr, /line 5: vpn is not/);
        assert.match(stderr, /line 6: this is no event/);
        assert.equal((await v3(to, "/visitors/aaaaaaaaaaaaaaaaaaaa")).json.visits.length, 3);
    });

    test("an id belongs to one workspace", async () => {
        const taken = { ...vendorV4, event_id: "1708102551327.AAAAAA" };
        const { code, stderr } = await imported(to, JSON.stringify(taken), "--workspace", "second");
        assert.equal(code, 3);
        assert.match(stderr, /another workspace of this server has an event with this id/);
        const { identification } = (await v4(to, "/v4/events/1708102551327.AAAAAA")).json;
        assert.equal(identification.visitor_id, "aaaaaaaaaaaaaaaaaaaa");
    });

    test("the published examples are read in every form", async () => {
        if (!haveContracts) return;
        const read = (name) => readFileSync(join(contracts, "fingerprint/examples", name), "utf8");
        let webhook;
        const names = ["v3/webhook.json", "v3/get_event_200.json", "v3/get_event_search_200.json",
            "v4/events/get_event_200.json"];
        for (const name of names) {
            const data = join(folder, name.replaceAll("/", "-")); // they share ids, so each gets a store
            const { code, stdout, stderr } = await run(["import", "--data", data, "--json"], read(name));
            assert.equal(code, 0, name + stderr);
            assert.equal(JSON.parse(stdout).stored, 1, name);
            const back = await run(["export", "--data", data, "--quiet", "--form", "v3-webhook"]);
            if (name === "v3/webhook.json") webhook = JSON.parse(back.stdout);
        }
        const example = JSON.parse(read("v3/webhook.json"));
        assert.equal(webhook.visitorId, example.visitorId);
        assert.equal(webhook.timestamp, example.timestamp);
        assert.equal(webhook.linkedId, example.linkedId);
        assert.deepEqual(webhook.tag, example.tag);
        assert.deepEqual(webhook.velocity, example.velocity);
        assert.deepEqual(webhook.bot, example.bot);
    });
});
