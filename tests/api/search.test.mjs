// Searching and updating events: v3 and v4, on the wire and through both published SDKs.

import assert from "node:assert/strict";
import { STATUS_CODES } from "node:http";
import { after, before, describe, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { assertIdentified, assertSchema } from "../lib/checks.mjs";
import { sdk6, sdk7 } from "../lib/sdks.mjs";
import { startWhorl } from "../lib/whorl.mjs";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const nowMs = Date.UTC(2026, 9, 5, 9, 30);

let whorl;
let otherKey; // of another workspace
const events = []; // newest first: { id, ms, linkedId, ip, bot, visitorId }

before(async () => {
    whorl = await startWhorl({ flags: ["--test-clock", "--trusted-proxy", "127.0.0.1"] });
    otherKey = await whorl.key("secret", { workspace: "other" });
    for (let number = 0; number < 30; number++) {
        const person = number % 3;
        const { body, headers } = bodies[person ? "headed-linux" : "playwright-linux"]();
        const ip = number % 2 ? `203.0.113.${number}` : `2001:db8:${number}::5`;
        const ms = nowMs - 30 * minuteMs + Math.floor(number / 2) * minuteMs; // two of each time
        const linkedId = person === 1 ? "order 7&x=é" : person === 2 ? `user-${number}` : undefined;
        const answer = await whorl.identify(
            { ...body, linkedId },
            { headers: [...headers, ["X-Forwarded-For", ip]], nowMs: ms },
        );
        const { requestId } = assertIdentified(answer);
        const event = (await v4(`/v4/events/${requestId}`)).json;
        events.push({
            id: event.event_id,
            ms,
            linkedId,
            ip,
            bot: event.bot,
            visitorId: event.identification.visitor_id,
            url: event.url,
        });
    }
    events.sort((a, b) => b.ms - a.ms || order(b.id, a.id));
    await whorl.get("/healthz", { headers: [["X-Test-Now-Ms", `${nowMs}`]] });
});
after(() => whorl?.remove());

// Ids of one millisecond are in the order of their base62 part, whose digits are in ASCII order.
const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

const atNow = [["X-Test-Now-Ms", `${nowMs}`]];
const v3 = (path, options) => whorl.get(path, { auth: "header", headers: atNow, ...options });
const v4 = (path, options) => whorl.get(path, { auth: "bearer", headers: atNow, ...options });

function assertJson(answer, status) {
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.reason, STATUS_CODES[status]);
    assert.match(answer.headers["content-type"], /^application\/json/);
}

/* A page of either version, checked against the schemas. */
async function search3(query, options) {
    const answer = await v3(`/events/search?${query}`, options);
    assertJson(answer, 200);
    answer.json.events.forEach((event) => assertSchema(event, "v3_event", "v3 EventsGetResponse"));
    assertSchema(answer.json, "v3_search", "v3 SearchEventsResponse");
    const ids = answer.json.events.map((e) => e.products.identification.data.requestId);
    return { ...answer.json, ids };
}

async function search4(query, options) {
    const answer = await v4(`/v4/events?${query}`, options);
    assertJson(answer, 200);
    for (const event of answer.json.events) {
        assertSchema(event, event.source === "edge" ? "v4_edge" : "v4_event", "v4 Event");
    }
    assertSchema(answer.json, "v4_search", "v4 EventSearch");
    return { ...answer.json, ids: answer.json.events.map((event) => event.event_id) };
}

const idsOf = (list) => list.map((event) => event.id);
const all = () => idsOf(events);

describe("pages", () => {
    test("newest first, 10 unless told otherwise (v4)", async () => {
        const { ids, pagination_key, total_hits } = await search4("");
        assert.deepEqual(ids, all().slice(0, 10));
        assert.equal(typeof pagination_key, "string");
        assert.equal(total_hits, undefined);
    });

    for (const [name, search, key] of [
        ["v3", search3, "paginationKey"],
        ["v4", search4, "pagination_key"],
    ]) {
        for (const reverse of [false, true]) {
            for (const limit of [1, 7, 30, 50]) {
                test(`${name}: page by page, limit ${limit}, reverse ${reverse}`, async () => {
                    const found = [];
                    const query = `limit=${limit}&reverse=${reverse}`;
                    let page = await search(query);
                    for (let pages = 0; pages < 40; pages++) {
                        found.push(...page.ids);
                        if (!page[key]) {
                            break;
                        }
                        assert.equal(page.ids.length, limit);
                        const next = encodeURIComponent(page[key]);
                        page = await search(`${query}&pagination_key=${next}`);
                    }
                    assert.deepEqual(found, reverse ? all().reverse() : all());
                });
            }
        }
    }

    test("v3's key is the time, unless the next event has the same", async () => {
        assert.equal((await search3("limit=2")).paginationKey, `${events[1].ms}`);
        assert.equal((await search3("limit=1")).paginationKey, events[0].id);
        assert.equal((await search3("limit=30")).paginationKey, undefined);
    });

    test("v4's key is signed, and another's is refused", async () => {
        const { pagination_key: key } = await search4("limit=3");
        assert.doesNotMatch(key, /[^A-Za-z0-9_-]/);
        const broken = key.slice(0, 20) + (key[20] === "A" ? "B" : "A") + key.slice(21);
        for (const [bad, options] of [
            [broken, {}],
            [`${events[0].ms}`, {}],
            [key, { key: otherKey }],
        ]) {
            const answer = await v4(`/v4/events?pagination_key=${bad}`, options);
            assertJson(answer, 400);
            assert.equal(answer.json.error.message, "invalid pagination key");
        }
        assertJson(await v4(`/v4/events?reverse=true&pagination_key=${key}`), 400);
    });

    test("what arrives while somebody pages neither shifts nor doubles a page", async () => {
        const newcomer = await startWhorl({ flags: ["--test-clock"] });
        try {
            const { body, headers } = bodies["headed-linux"]();
            const arrive = async (ms) =>
                assertIdentified(await newcomer.identify(body, { headers, nowMs: ms }));
            for (let i = 0; i < 6; i++) {
                await arrive(nowMs + i);
            }
            const page = async (query) => {
                const path = `/v4/events?limit=2${query}`;
                const answer = await newcomer.get(path, { auth: "bearer" });
                assertJson(answer, 200);
                return answer.json;
            };
            const times = [];
            let next = "";
            for (let pages = 0; pages < 10; pages++) {
                const { events: found, pagination_key } = await page(next);
                times.push(...found.map((event) => event.timestamp - nowMs));
                await arrive(nowMs + 100 + pages);
                if (!pagination_key) {
                    break;
                }
                next = `&pagination_key=${pagination_key}`;
            }
            assert.deepEqual(times, [5, 4, 3, 2, 1, 0]);
        } finally {
            await newcomer.remove();
        }
    });

    test("total_hits counts all pages, up to what was asked", async () => {
        assert.equal((await search4("limit=3&total_hits=1000")).total_hits, 30);
        assert.equal((await search4("limit=3&total_hits=5")).total_hits, 5);
        const first = await search4("limit=3&total_hits=1000&bot=bad");
        assert.equal(first.total_hits, 10);
        const key = first.pagination_key;
        const second = await search4(`limit=3&total_hits=1000&bot=bad&pagination_key=${key}`);
        assert.equal(second.total_hits, 10);
        assert.equal((await search4("total_hits=9&linked_id=nobody")).total_hits, 0);
    });
});

describe("what is asked for", () => {
    const both = async (query, expected) => {
        assert.deepEqual((await search3(`limit=100&${query}`)).ids, expected, "v3");
        assert.deepEqual((await search4(`limit=100&${query}`)).ids, expected, "v4");
    };
    const filtered = (keep) => idsOf(events.filter(keep));

    test("a linked id, a visitor, a kind of bot", async () => {
        const linkedId = encodeURIComponent("order 7&x=é");
        await both(`linked_id=${linkedId}`, filtered((e) => e.linkedId === "order 7&x=é"));
        await both("linked_id=user-2", filtered((e) => e.linkedId === "user-2"));
        await both("linked_id=user", []);
        const { visitorId } = events[0];
        await both(`visitor_id=${visitorId}`, filtered((e) => e.visitorId === visitorId));
        await both("bot=bad", filtered((e) => e.bot === "bad"));
        await both("bot=all", filtered((e) => e.bot !== "not_detected"));
        await both("bot=none", filtered((e) => e.bot === "not_detected"));
        await both("bot=good", filtered((e) => e.bot === "good"));
    });

    test("an address or a network", async () => {
        await both("ip_address=203.0.113.0/24", filtered((e) => !e.ip.includes(":")));
        await both("ip_address=203.0.113.17/32", filtered((e) => e.ip === "203.0.113.17"));
        await both("ip_address=203.0.113.16%2F31", filtered((e) => e.ip === "203.0.113.17"));
        await both("ip_address=2001:db8::/32", filtered((e) => e.ip.includes(":")));
        await both("ip_address=2001:db8:4::/48", filtered((e) => e.ip === "2001:db8:4::5"));
        await both("ip_address=10.0.0.0/8", []);
        assert.equal((await search4("ip_address=203.0.113.17")).ids.length, 1);
        assert.equal((await search4("ip_address=2001:db8:4::5")).ids.length, 1);
        const answer = await v3("/events/search?limit=1&ip_address=203.0.113.17");
        assertJson(answer, 400); // v3 wants a network
    });

    test("a time: v3 leaves the ends out, v4 takes them in", async () => {
        const [from, to] = [nowMs - 25 * minuteMs, nowMs - 20 * minuteMs];
        const within = filtered((e) => e.ms > from && e.ms < to);
        const including = filtered((e) => e.ms >= from && e.ms <= to);
        assert.deepEqual((await search3(`limit=50&start=${from}&end=${to}`)).ids, within);
        assert.deepEqual((await search4(`limit=50&start=${from}&end=${to}`)).ids, including);
        const iso = (ms) => encodeURIComponent(new Date(ms).toISOString());
        assert.deepEqual(
            (await search4(`limit=50&start=${iso(from)}&end=${iso(to)}`)).ids,
            including,
        );
        const zoned = encodeURIComponent("2026-10-05T11:05:00+02:00"); // 09:05 UTC
        assert.deepEqual((await search4(`limit=50&start=${zoned}&end=${to}`)).ids, including);
        assert.deepEqual((await search4(`start=${to}&end=${from}`)).ids, []);
    });

    test("the last 7 days unless told otherwise", async () => {
        const later = [["X-Test-Now-Ms", `${nowMs + 7 * dayMs - 20 * minuteMs}`]];
        const expected = filtered((e) => e.ms >= nowMs - 20 * minuteMs);
        assert.deepEqual((await search4("limit=50", { headers: later })).ids, expected);
        assert.deepEqual((await search3("limit=50", { headers: later })).ids, expected);
    });

    test("several at once", async () => {
        const expected = filtered((e) => e.bot === "bad" && !e.ip.includes(":"));
        await both("bot=bad&ip_address=203.0.113.0/24&ii=x", expected);
    });

    test("events that lack the signal fit neither true nor false", async () => {
        for (const name of ["jailbroken", "frida", "root_apps", "emulator", "cloned_app"]) {
            await both(`${name}=true`, []);
            await both(`${name}=false`, []);
        }
        for (const name of ["simulator", "active_call"]) {
            assert.deepEqual((await search4(`${name}=false`)).ids, []);
        }
        await both("proximity_id=C9rJYBlOFsAfBwQ", []);
        assert.deepEqual((await search4("incremental_identification_status=completed")).ids, []);
        assert.deepEqual((await search4("source=edge")).ids, []);
    });

    test("edge events only when asked for, and the origin of a page", async () => {
        const { body, headers } = bodies["headed-linux"]();
        const publicKey = await whorl.key("public", { workspace: "edge" });
        const key = await whorl.key("secret", { workspace: "edge" });
        const origin = "https://shop.example";
        const identified = assertIdentified(
            await whorl.identify(body, { headers, key: publicKey, origin, nowMs }),
        );
        const edge = await whorl.send({
            method: "POST",
            path: "/v4/edge",
            headers: [["Authorization", `Bearer ${key}`], ...atNow],
            body: JSON.stringify({
                headers: [{ name: "User-Agent", value: "curl/8.5.0" }],
                method: "GET",
                url: "https://shop.example/prices",
                ipv4_address: "203.0.113.99",
            }),
        });
        assert.equal(edge.status, 200, edge.text);
        const page = (await v4(`/v4/events/${identified.requestId}`, { key })).json.event_id;
        const find = async (query) => (await search4(query, { key })).ids;
        assert.deepEqual(await find(""), [page]);
        assert.deepEqual(await find("source=edge"), [edge.json.event_id]);
        assert.deepEqual(await find("source=edge&ip_address=203.0.113.99"), [edge.json.event_id]);
        assert.deepEqual(await find("ip_address=203.0.113.99"), []);
        assert.deepEqual((await search3("limit=9", { key })).ids, [page]);
        assert.deepEqual(await find(`origin=${encodeURIComponent(origin)}`), [page]);
        assert.deepEqual(await find("origin=https://other.example"), []);
    });

    test("another workspace's events are not found", async () => {
        assert.deepEqual((await search4("", { key: otherKey })).ids, []);
        assert.deepEqual((await search3("limit=5", { key: otherKey })).ids, []);
    });

    test("environments: by id, and what the key may see", async () => {
        const production = await whorl.key("public", { environment: "staging" });
        const secret = await whorl.key("secret", { environment: "staging" });
        const { body, headers } = bodies["headed-linux"]();
        const answer = await whorl.identify(body, { headers, key: production, nowMs });
        const { requestId } = assertIdentified(answer);
        const event = (await v4(`/v4/events/${requestId}`)).json;
        const { environment_id: id, event_id } = event;
        assert.deepEqual((await search4("", { key: secret })).ids, [event_id]);
        assert.deepEqual((await search4(`environment=${id}`)).ids, [event_id]);
        assert.deepEqual((await search3(`limit=9&environment=${id}`)).ids, [event_id]);
        assert.deepEqual((await search3(`limit=9&environment%5B%5D=${id}`)).ids, [event_id]);
        const two = `environment=${id}&environment=ae_0000000000000zzz`;
        assert.deepEqual((await search4(two)).ids, [event_id]);
        assert.deepEqual((await search4("environment=ae_0000000000000zzz")).ids, []);
        assert.deepEqual((await search4("environment=ae_47abaca3db2c7c43")).ids, []);
        assertJson(await v4(`/v4/events?environment[]=${id}`), 400);
        const foreign = (await search4("")).json?.events?.[0]?.environment_id ?? "ae_x";
        assert.deepEqual((await search4(`environment=${foreign}`, { key: secret })).ids, []);
    });

    test("a visitor that nobody knows: 404 in v4, nothing in v3", async () => {
        const unknown = "0jnGMkPYXX37DqVa4ZIO";
        const answer = await v4(`/v4/events?visitor_id=${unknown}`);
        assertJson(answer, 404);
        assert.deepEqual(answer.json.error, {
            code: "visitor_not_found",
            message: "visitor not found",
        });
        assert.deepEqual((await search3(`limit=5&visitor_id=${unknown}`)).ids, []);
    });
});

// The clock has gone on by a week, and the SDKs send no header for it.
describe("through the SDKs", () => {
    const start = nowMs - dayMs;

    test("SDK 6: searchEvents, updateEvent, getRelatedVisitors", async () => {
        const client = sdk6(whorl);
        const page = await client.searchEvents({ limit: 4, bot: "bad", reverse: true, start });
        assert.equal(page.events.length, 4);
        assert.ok(page.events.every((e) => e.products.botd.data.bot.result === "bad"));
        const next = await client.searchEvents({
            limit: 4,
            bot: "bad",
            reverse: true,
            start,
            pagination_key: page.paginationKey,
        });
        assert.equal(next.events.length, 4);
        const { id, visitorId } = events[20];
        await client.updateEvent({ linkedId: "sdk6", tag: { by: "sdk6" } }, id);
        const found = await client.searchEvents({ limit: 9, linked_id: "sdk6", start });
        assert.deepEqual(found.events[0].products.identification.data.tag, { by: "sdk6" });
        assert.deepEqual(await client.getRelatedVisitors({ visitor_id: visitorId }), {
            relatedVisitors: [],
        });
        const environment = [found.events[0].products.identification.data.environmentId];
        assert.ok((await client.searchEvents({ limit: 2, environment, start })).events.length > 0);
    });

    test("SDK 7: searchEvents, updateEvent", async () => {
        const client = sdk7(whorl);
        const page = await client.searchEvents({ limit: 4, total_hits: 100, bot: "bad", start });
        assert.equal(page.events.length, 4);
        assert.equal(page.total_hits, 10);
        const { pagination_key } = page;
        const next = await client.searchEvents({ limit: 4, bot: "bad", pagination_key, start });
        assert.equal(next.events.length, 4);
        await client.updateEvent(events[22].id, { linked_id: "sdk7", tags: { by: "sdk7" } });
        const found = await client.searchEvents({ linked_id: "sdk7", start });
        assert.deepEqual(found.events[0].tags, { by: "sdk7" });
        const iso = new Date(start).toISOString();
        assert.equal((await client.searchEvents({ start: iso })).events.length, 10);
    });

});

describe("updates", () => {
    const put = (id, body, options = {}) => change("PUT", `/events/${id}`, body, options);
    const patch = (id, body, options = {}) => change("PATCH", `/v4/events/${id}`, body, options);
    const change = (method, path, body, { key = whorl.secretKey, at = nowMs, type }) => {
        const secret =
            method === "PUT" ? ["Auth-API-Key", key] : ["Authorization", `Bearer ${key}`];
        const headers = [secret, ["X-Test-Now-Ms", `${at}`]];
        if (type) {
            headers.push(["Content-Type", type]);
        }
        const text = typeof body === "string" ? body : JSON.stringify(body);
        return whorl.send({ method, path, headers, body: text });
    };

    test("are seen by reads and searches of both versions", async () => {
        const { id } = events[4];
        const tag = { note: "chargeback", cents: 1999, deep: { list: [1, null, "ü"] } };
        const answer = await put(id, { linkedId: "Bjørn", tag, suspect: true });
        assert.deepEqual([answer.status, answer.text], [200, ""]);
        const event = (await v4(`/v4/events/${id}`)).json;
        assert.deepEqual([event.linked_id, event.tags, event.suspect], ["Bjørn", tag, true]);
        const { data } = (await v3(`/events/${id}`)).json.products.identification;
        assert.deepEqual([data.linkedId, data.tag, data.suspect], ["Bjørn", tag, true]);
        assert.deepEqual((await search4("suspect=true")).ids, [id]);
        assert.deepEqual((await search3("limit=9&suspect=true")).ids, [id]);
        assert.deepEqual((await search4("linked_id=Bj%C3%B8rn")).ids, [id]);

        assert.equal((await patch(id, { suspect: false })).status, 200);
        assert.deepEqual((await search4("suspect=true")).ids, []);
        assert.deepEqual((await search4("suspect=false")).ids, [id]);
        assert.deepEqual((await v4(`/v4/events/${id}`)).json.tags, tag, "the rest stays");
    });

    test("stay after a restart", async () => {
        const { id } = events[6];
        assert.equal((await patch(id, { linked_id: "kept", tags: { a: 1 } })).status, 200);
        await whorl.restart();
        assert.deepEqual((await search4("linked_id=kept")).ids, [id]);
        assert.deepEqual((await search4("limit=100")).ids.length, 31);
        await patch(id, { suspect: false });
        assert.deepEqual((await v4(`/v4/events/${id}`)).json.tags, { a: 1 });
    });

    test("the body is JSON whatever its type says, and may say nothing", async () => {
        const { id } = events[8];
        for (const type of [undefined, "text/plain;charset=UTF-8", "application/xml"]) {
            assert.equal((await put(id, { suspect: false }, { type })).status, 200);
            assert.equal((await patch(id, { suspect: false }, { type })).status, 200);
        }
        assert.equal((await put(id, {})).status, 200);
    });

    test("a body that is not valid is refused whole", async () => {
        const { id } = events[10];
        const before = (await v4(`/v4/events/${id}`)).json;
        const bad = [
            "",
            "{",
            "[]",
            "null",
            '"x"',
            { invalid: "payload" },
            { suspect: "true" },
            { suspect: null },
            { suspect: true, extra: 1 },
        ];
        const badV3 = [{ linkedId: 5 }, { linkedId: "x".repeat(257) }, { tag: [1] }, { tag: "x" },
            { tag: { x: "y".repeat(17_000) } }, { linked_id: "v4's" }, { tags: {} }];
        const badV4 = [{ linked_id: 5 }, { linked_id: "x".repeat(257) }, { tags: [1] },
            { tags: "x" }, { linkedId: "v3's" }, { tag: {} }];
        for (const body of [...bad, ...badV3]) {
            const answer = await put(id, body);
            assertJson(answer, 400);
            assertSchema(answer.json, "v3_error", "v3 ErrorResponse");
            assert.deepEqual(answer.json.error, {
                code: "RequestCannotBeParsed",
                message: "request body is not valid",
            });
        }
        for (const body of [...bad, ...badV4]) {
            const answer = await patch(id, body);
            assertJson(answer, 400);
            assertSchema(answer.json, "v4_error", "v4 ErrorResponse");
            assert.deepEqual(answer.json.error, {
                code: "request_cannot_be_parsed",
                message: "request body is not valid",
            });
        }
        assert.deepEqual((await v4(`/v4/events/${id}`)).json, before);
    });

    test("an event that is not there, or another workspace's", async () => {
        const cases = [
            ["1708102555327.NLOjmg", whorl.secretKey],
            ["non-existent-request-id", whorl.secretKey],
            [events[0].id, otherKey],
        ];
        for (const [id, key] of cases) {
            const three = await put(id, { suspect: true }, { key });
            assertJson(three, 404);
            assert.equal(three.json.error.code, "RequestNotFound");
            const four = await patch(id, { suspect: true }, { key });
            assertJson(four, 404);
            assert.equal(four.json.error.code, "event_not_found");
        }
        assertJson(await put(events[0].id, {}, { key: "wrong" }), 403);
    });

    test("an event that is too old", async () => {
        const { id, ms } = events[12];
        for (const [send, days] of [
            [put, 10],
            [patch, 31],
        ]) {
            const at = ms + days * dayMs;
            assert.equal((await send(id, { suspect: false }, { at })).status, 200);
            const answer = await send(id, { suspect: true }, { at: at + 1 });
            assertJson(answer, 400);
            assert.match(answer.json.error.message, /^events older than .* cannot be updated$/);
        }
        assert.equal((await v4(`/v4/events/${id}`)).json.suspect, false);
    });

    test("many at once: each is done, or told to try again", async () => {
        const { id } = events[14];
        const answers = await Promise.all(
            Array.from({ length: 40 }, (_, i) => patch(id, { linked_id: `race-${i}` })),
        );
        const done = answers.filter((answer) => answer.status === 200);
        assert.ok(done.length >= 1);
        for (const answer of answers.filter((each) => each.status !== 200)) {
            assertJson(answer, 409);
            assert.equal(answer.json.error.code, "state_not_ready");
            assertSchema(answer.json, "v4_error", "v4 ErrorResponse");
        }
        const { linked_id } = (await v4(`/v4/events/${id}`)).json;
        assert.match(linked_id, /^race-/);
        assert.deepEqual((await search4(`linked_id=${linked_id}`)).ids, [id]);
    });
});

describe("deletion", () => {
    test("what a deleted visitor left is found by no search", async () => {
        const { visitorId } = events[0];
        const mine = events.filter((event) => event.visitorId === visitorId);
        const count = (await search4("total_hits=1000")).total_hits;
        const headers = [["Auth-API-Key", whorl.secretKey]];
        const path = `/visitors/${visitorId}`;
        assert.equal((await whorl.send({ method: "DELETE", path, headers })).status, 200);
        const left = (await search3("limit=200")).ids;
        assert.ok(mine.length > 0 && mine.every((event) => !left.includes(event.id)));
        const after = (await search4("total_hits=1000")).total_hits;
        assert.ok(after <= count - mine.length);
        assertJson(await v4(`/v4/events?visitor_id=${visitorId}`), 404);
        const body = JSON.stringify({ suspect: true });
        const put = { method: "PUT", path: `/events/${mine[0].id}`, headers, body };
        assert.equal((await whorl.send(put)).status, 404);
    });
});
