// The Server API, v3 and v4, as the two published Node SDKs read it and as the wire shows it.

import assert from "node:assert/strict";
import { STATUS_CODES } from "node:http";
import { after, before, describe, test } from "node:test";

import { AuthenticationMode } from "@fingerprintjs/fingerprintjs-pro-server-api";

import { bodies } from "../bodies/bodies.mjs";
import { assertIdentified, assertSchema, patterns } from "../lib/checks.mjs";
import { sdk6, sdk7 } from "../lib/sdks.mjs";
import { startWhorl } from "../lib/whorl.mjs";

const nowMs = Date.UTC(2026, 9, 5, 9, 30);

let whorl;
let identified; // the answer of POST /v1/identify whose event everybody reads
let otherWorkspaceKey;
before(async () => {
    whorl = await startWhorl({ flags: ["--test-clock"] });
    otherWorkspaceKey = await whorl.key("secret", { workspace: "other" });
    const { body, headers } = bodies["playwright-linux"]();
    identified = assertIdentified(await whorl.identify(body, { headers, nowMs }));
});
after(() => whorl?.remove());

const v3 = (path, options) => whorl.get(path, { auth: "header", ...options });
const v4 = (path, options) => whorl.get(path, { auth: "bearer", ...options });

function assertJson(answer, status) {
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.reason, STATUS_CODES[status]);
    assert.match(answer.headers["content-type"], /^application\/json/);
}

describe("one event, read by both SDKs", () => {
    test("says the same in v3 and v4", async () => {
        const { products } = await sdk6(whorl).getEvent(identified.requestId);
        const event = await sdk7(whorl).getEvent(identified.requestId);
        const { data } = products.identification;

        assert.equal(data.requestId, event.event_id);
        assert.match(event.event_id, patterns.request);
        assert.equal(event.event_id.split(".")[0], `${nowMs}`);
        assert.equal(data.visitorId, event.identification.visitor_id);
        assert.match(data.visitorId, patterns.visitor);
        assert.deepEqual([data.timestamp, event.timestamp], [nowMs, nowMs]);
        assert.equal(Date.parse(data.time), nowMs);
        assert.deepEqual([data.visitorFound, event.identification.visitor_found], [false, false]);
        assert.equal(data.confidence.score, event.identification.confidence.score);
        assert.deepEqual([data.ip, event.ip_address], ["127.0.0.1", "127.0.0.1"]);
        assert.equal(data.url, bodies["playwright-linux"]().body.url);
        assert.equal(event.url, data.url);
        assert.deepEqual([data.linkedId, event.linked_id], ["customer-4711", "customer-4711"]);
        const tag = { campaign: "autumn", attempt: 2 };
        assert.deepEqual([data.tag, event.tags], [tag, tag]);
        assert.equal(Date.parse(data.firstSeenAt.subscription), event.identification.first_seen_at);
        assert.deepEqual([products.botd.data.bot.result, event.bot], ["bad", "bad"]);

        const { browserDetails } = data;
        assert.equal(browserDetails.browserName, "Chrome");
        assert.equal(browserDetails.browserMajorVersion, "153");
        assert.equal(browserDetails.os, "Linux");
        assert.equal(browserDetails.userAgent, event.user_agent);
        assert.equal(event.browser_details.browser_name, browserDetails.browserName);
        assert.equal(event.browser_details.os, browserDetails.os);
    });

    test("SDK 6 may send its key in the query", async () => {
        const client = sdk6(whorl, { authenticationMode: AuthenticationMode.QueryParameter });
        const { products } = await client.getEvent(identified.requestId);
        assert.equal(products.identification.data.timestamp, nowMs);
    });

    test("a person's event is notDetected", async () => {
        const { body, headers } = bodies["headed-linux-twin"]();
        const { requestId } = assertIdentified(await whorl.identify(body, { headers, nowMs }));
        const { products } = await sdk6(whorl).getEvent(requestId);
        assert.equal(products.botd.data.bot.result, "notDetected");
        assert.equal((await sdk7(whorl).getEvent(requestId)).bot, "not_detected");
    });

});

describe("events on the wire", () => {
    for (const name of Object.keys(bodies)) {
        test(`${name}: the event fits the schemas`, async () => {
            const { body, headers } = bodies[name]();
            const { requestId, visitorId } = assertIdentified(
                await whorl.identify(body, { headers, nowMs }),
            );
            const answers = [
                [await v3(`/events/${requestId}`), "v3_event", "v3 EventsGetResponse"],
                [await v4(`/v4/events/${requestId}`), "v4_event", "v4 Event"],
                [await v3(`/visitors/${visitorId}`), "v3_visitors", "v3 VisitorsGetResponse"],
            ];
            for (const [answer, own, official] of answers) {
                assertJson(answer, 200);
                assertSchema(answer.json, own, official);
            }
        });
    }

    test("either spelling of an id opens the event, in any dialect", async () => {
        const whole = (await v4(`/v4/events/${identified.requestId}`)).json;
        for (const id of [identified.requestId, whole.event_id]) {
            assert.deepEqual((await v4(`/v4/events/${id}`)).json, whole);
            const { products } = (await v3(`/events/${id}`)).json;
            assert.equal(products.identification.data.requestId, whole.event_id);
        }
        for (const id of [identified.visitorId, whole.identification.visitor_id]) {
            const { visitorId, visits } = (await v3(`/visitors/${id}`)).json;
            assert.equal(visitorId, whole.identification.visitor_id);
            assert.ok(visits.some((visit) => visit.requestId === whole.event_id));
        }
    });

    test("a header or id that is not UTF-8 does not spoil the JSON", async () => {
        const { body } = bodies["headed-linux"]();
        const headers = [["User-Agent", "Mozilla/5.0 \u00ff\u00c3\u0028 Chrome/153.0.0.0"]];
        const { requestId } = assertIdentified(await whorl.identify(body, { headers, nowMs }));
        for (const path of [`/events/${requestId}`, "/visitors/%ff%c3"]) {
            const answer = await v3(path);
            assertJson(answer, 200);
            assert.ok(answer.json, answer.text);
        }
    });

    test("unknown query parameters are ignored, and percent-encoded ids understood", async () => {
        const encoded = identified.requestId.replace("r", "%72");
        assertJson(await v4(`/v4/events/${encoded}?ii=a%2F1&ii=b&x`), 200);
        assertJson(await v3(`/events/${encoded}?ii=fingerprint-pro-server-node-sdk%2F6.13.1`), 200);
    });

    test("a header beats the query", async () => {
        const path = `/events/${identified.requestId}?api_key=wrong`;
        assertJson(await v3(path), 200);
        assertJson(
            await whorl.get(`/events/${identified.requestId}?api_key=${whorl.secretKey}`),
            200,
        );
    });
});

describe("refusals", () => {
    const forbiddenV3 = (code, message) => ({ error: { code, message } });
    const noKeyV3 = forbiddenV3("TokenRequired", "secret key is required");
    const badKeyV3 = forbiddenV3("TokenNotFound", "secret key is not found");
    const noKeyV4 = forbiddenV3(
        "secret_api_key_required",
        "secret API key in header is missing or empty",
    );
    const badKeyV4 = forbiddenV3(
        "secret_api_key_not_found",
        "no fingerprint workspace found for specified secret API key",
    );
    const plain = { error: "Forbidden (HTTP 403)" };

    const kinds = [
        [
            "v3 event",
            () => `/events/${identified.requestId}`,
            "header",
            noKeyV3,
            badKeyV3,
            "v3 ErrorResponse",
        ],
        [
            "v4 event",
            () => `/v4/events/${identified.requestId}`,
            "bearer",
            noKeyV4,
            badKeyV4,
            "v4 ErrorResponse",
        ],
        [
            "v3 visitors",
            () => `/visitors/${identified.visitorId}`,
            "header",
            plain,
            plain,
            "v3 ErrorPlainResponse",
        ],
    ];
    for (const [name, path, auth, noKey, badKey, official] of kinds) {
        const own = official.includes("Plain") ? "plain_error" : `${official.slice(0, 2)}_error`;
        const assertForbidden = (answer, expected) => {
            assertJson(answer, 403);
            assert.deepEqual(answer.json, expected);
            assertSchema(answer.json, own, official);
        };
        test(`${name}: without a key`, async () => {
            assertForbidden(await whorl.get(path()), noKey);
            assertForbidden(await whorl.get(path(), { auth, key: "" }), noKey);
            assertForbidden(await whorl.get(`${path()}x`), noKey);
        });
        test(`${name}: with a key that is not a secret one of this server`, async () => {
            const almost =
                whorl.secretKey.slice(0, -1) + (whorl.secretKey.endsWith("A") ? "B" : "A");
            for (const key of ["wrong", whorl.publicKey, almost, `${whorl.secretKey}x`]) {
                assertForbidden(await whorl.get(path(), { auth, key }), badKey);
            }
        });
    }

    test("the key of v4 belongs into the Authorization header, as Bearer", async () => {
        const path = `/v4/events/${identified.requestId}`;
        for (const scheme of ["Basic", "Bearer:", ""]) {
            const headers = [["Authorization", `${scheme} ${whorl.secretKey}`.trim()]];
            assertJson(await whorl.get(path, { headers }), 403);
        }
        assertJson(await whorl.get(`${path}?api_key=${whorl.secretKey}`), 403);
        const lower = [["authorization", `bearer ${whorl.secretKey}`]];
        assertJson(await whorl.get(path, { headers: lower }), 200);
    });

    test("an event that is not there", async () => {
        const notFoundV3 = forbiddenV3("RequestNotFound", "request id is not found");
        const notFoundV4 = forbiddenV3("event_not_found", "event id not found");
        const event = (await v4(`/v4/events/${identified.requestId}`)).json.event_id;
        const unknown = event.slice(0, -1) + (event.endsWith("0") ? "1" : "0");
        for (const id of [unknown, "1708102555327.NLOjmg"]) {
            const three = await v3(`/events/${id}`);
            assertJson(three, 404);
            assert.deepEqual(three.json, notFoundV3);
            assertSchema(three.json, "v3_error", "v3 ErrorResponse");
            const four = await v4(`/v4/events/${id}`);
            assertJson(four, 404);
            assert.deepEqual(four.json, notFoundV4);
            assertSchema(four.json, "v4_error", "v4 ErrorResponse");
        }
    });

    test("an id that cannot be one", async () => {
        for (const id of [
            "non-existent-request-id",
            "x",
            "1.2.3",
            "%00",
            "%ff",
            "a".repeat(500),
            "%2e%2e%2fx",
        ]) {
            const three = await v3(`/events/${id}`);
            assertJson(three, 404);
            assert.equal(three.json.error.code, "RequestNotFound");
            const four = await v4(`/v4/events/${id}`);
            assertJson(four, 400);
            assert.deepEqual(
                four.json,
                forbiddenV3("request_cannot_be_parsed", "invalid event_id"),
            );
        }
    });

    test("the event of another workspace is not there", async () => {
        const key = otherWorkspaceKey;
        const { requestId, visitorId } = identified;
        assertJson(await v3(`/events/${requestId}`, { key }), 404);
        assertJson(await v4(`/v4/events/${requestId}`, { key }), 404);
        const visitors = await v3(`/visitors/${visitorId}`, { key });
        assertJson(visitors, 200);
        assert.deepEqual(visitors.json.visits, []);
    });
});

describe("GET /visitors/{id}", () => {
    // Nine visits of one visitor, a minute apart; every third belongs to customer-a.
    let visitor;
    let requests = []; // newest first
    let key;
    const stepMs = 60_000;
    const timeOf = (index) => nowMs + (8 - index) * stepMs; // of requests[index]
    before(async () => {
        const publicKey = await whorl.key("public", { workspace: "history" });
        key = await whorl.key("secret", { workspace: "history" });
        const { body, headers } = bodies["headed-linux"]();
        for (let number = 0; number < 9; number++) {
            const linkedId = number % 3 === 0 ? "customer-a" : "customer-b";
            const options = { headers, key: publicKey, nowMs: nowMs + number * stepMs };
            const answer = assertIdentified(await whorl.identify({ ...body, linkedId }, options));
            visitor = answer.visitorId;
            requests.unshift(answer.requestId);
        }
        // From here on as v3 spells them.
        const { json } = await v3(`/visitors/${visitor}`, { key });
        visitor = json.visitorId;
        requests = json.visits.map((visit) => visit.requestId);
    });

    async function history(query = "") {
        const answer = await v3(`/visitors/${visitor}${query}`, { key });
        assertJson(answer, 200);
        assertSchema(answer.json, "v3_visitors", "v3 VisitorsGetResponse");
        return { ...answer.json, ids: answer.json.visits.map((visit) => visit.requestId) };
    }

    test("all visits, newest first, without paging fields", async () => {
        const { visits, lastTimestamp, paginationKey } = await history();
        assert.deepEqual(
            visits.map((visit) => visit.timestamp),
            visits.map((_, index) => timeOf(index)),
        );
        assert.equal(visits.length, 9);
        assert.deepEqual([lastTimestamp, paginationKey], [undefined, undefined]);
        assert.deepEqual(
            visits.map((visit) => visit.visitorFound),
            [...Array(8).fill(true), false],
        );
        assert.ok(visits.every((visit) => Date.parse(visit.firstSeenAt.subscription) === nowMs));
    });

    test("page by page with paginationKey", async () => {
        const first = await history("?limit=4");
        assert.deepEqual(first.ids, requests.slice(0, 4));
        assert.equal(first.paginationKey, requests[3]);
        assert.equal(first.lastTimestamp, timeOf(3));
        const second = await history(`?limit=4&paginationKey=${first.paginationKey}`);
        assert.deepEqual(second.ids, requests.slice(4, 8));
        const third = await history(`?limit=4&paginationKey=${second.paginationKey}`);
        assert.deepEqual(third.ids, requests.slice(8));
        assert.deepEqual([third.paginationKey, third.lastTimestamp], [undefined, undefined]);
    });

    test("a page that ends with the last visit names no next one", async () => {
        const { ids, paginationKey } = await history("?limit=9");
        assert.deepEqual([ids.length, paginationKey], [9, undefined]);
    });

    test("before is a time, and leaves itself out", async () => {
        assert.deepEqual((await history(`?before=${timeOf(3)}`)).ids, requests.slice(4));
        assert.deepEqual((await history(`?before=${timeOf(3) + 1}`)).ids, requests.slice(3));
        const { lastTimestamp } = await history("?limit=2");
        assert.deepEqual(
            (await history(`?limit=2&before=${lastTimestamp}`)).ids,
            requests.slice(2, 4),
        );
        assert.deepEqual((await history("?before=1")).ids, []);
    });

    test("request_id picks one visit", async () => {
        assert.deepEqual((await history(`?request_id=${requests[5]}`)).ids, [requests[5]]);
        assert.deepEqual((await history("?request_id=1708102555327.NLOjmg")).ids, []);
    });

    test("linked_id filters what limit has scanned", async () => {
        const ofA = requests.filter((_, index) => index % 3 === 2);
        assert.deepEqual((await history("?linked_id=customer-a")).ids, ofA);
        assert.deepEqual((await history("?linked_id=nobody")).ids, []);
        const first = await history("?linked_id=customer-a&limit=4");
        assert.deepEqual(first.ids, [requests[2]]);
        assert.ok(first.paginationKey, "there is more to scan");

        const collected = [];
        let next = "";
        for (let pages = 0; pages < 10; pages++) {
            const { ids, paginationKey } = await history(`?linked_id=customer-a&limit=2${next}`);
            collected.push(...ids);
            if (!paginationKey) {
                break;
            }
            next = `&paginationKey=${paginationKey}`;
        }
        assert.deepEqual(collected, ofA);
    });

    test("SDK 6 reads it", async () => {
        const client = sdk6(whorl, { apiKey: key });
        const { visits, paginationKey } = await client.getVisits(visitor, {
            limit: 3,
            linked_id: "customer-a",
        });
        assert.deepEqual(
            visits.map((visit) => visit.requestId),
            [requests[2]],
        );
        const rest = await client.getVisits(visitor, { limit: 9, paginationKey });
        assert.deepEqual(
            rest.visits.map((visit) => visit.requestId),
            requests.slice(3),
        );
    });

    test("an unknown visitor has no visits", async () => {
        const { json } = await v3("/visitors/3HNey93AkBW6CRbxV6xP", { key });
        assert.deepEqual(json, { visitorId: "3HNey93AkBW6CRbxV6xP", visits: [] });
    });

    test("a query that makes no sense: 400", async () => {
        const wrong = [
            "request_id=Wrong%20Request%20ID",
            "limit=x",
            "limit=-1",
            "before=x",
            "paginationKey=x",
            "limit=99999999999999999999",
        ];
        for (const query of wrong) {
            const answer = await v3(`/visitors/${visitor}?${query}`, { key });
            assertJson(answer, 400);
            assert.deepEqual(answer.json, { error: "bad request" }, query);
            assertSchema(answer.json, "plain_error", "v3 ErrorPlainResponse");
        }
    });
});
