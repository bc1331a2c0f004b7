// Every method of SDK 6.13 (v3) and SDK 7.7 (v4): what it resolves with, and each class of error that it throws.

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, describe, test } from "node:test";

import * as four from "@fingerprint/node-sdk";
import * as three from "@fingerprintjs/fingerprintjs-pro-server-api";

import { bodies } from "../bodies/bodies.mjs";
import { assertIdentified, assertSchema, patterns } from "../lib/checks.mjs";
import { sdk6, sdk7 } from "../lib/sdks.mjs";
import { startWhorl } from "../lib/whorl.mjs";

const unknownEvent = "1708102555327.NLOjmg";
const unknownVisitor = "0jnGMkPYXX37DqVa4ZIO";

let whorl;
before(async () => {
    whorl = await startWhorl();
});
after(() => whorl?.remove());

const workspace = (...args) => whorl.run("workspace", ...args, "--data", whorl.data);

/* One event of a visitor of its own. */
async function identified(name = "headed-linux", { key, linkedId } = {}) {
    const { body, headers } = bodies[name]();
    return assertIdentified(await whorl.identify({ ...body, linkedId }, { headers, key }));
}

/* In a workspace of its own: { client, publicKey, requestId, visitorId }, ids as v3 and v4 spell them. */
let workspaces = 0;
async function alone(sdk) {
    const name = `alone-${++workspaces}`;
    const publicKey = await whorl.key("public", { workspace: name });
    const apiKey = await whorl.key("secret", { workspace: name });
    const made = await identified("headed-linux", { key: publicKey, linkedId: "order-1" });
    const { json } = await whorl.get(`/v4/events/${made.requestId}`, { auth: "bearer", key: apiKey });
    const { event_id: requestId, identification } = json;
    return {
        name,
        client: sdk(whorl, { apiKey }),
        publicKey,
        requestId,
        visitorId: identification.visitor_id,
    };
}

/* What a client can be asked for, besides its own private parts. */
const calls = ({ prototype }) =>
    Object.getOwnPropertyNames(prototype)
        .filter(
            (name) =>
                /^(get|list|search|update|delete|create)/.test(name) &&
                !["getHeaders", "getQueryApiKey"].includes(name),
        )
        .sort();

describe("SDK 6", () => {
    /* A method that an update of the package brings fails here until it has a test below. */
    test("has the methods that are tested here", () => {
        assert.deepEqual(calls(three.FingerprintJsServerApiClient), [
            "deleteVisitorData",
            "getEvent",
            "getRelatedVisitors",
            "getVisitorHistory",
            "getVisits",
            "searchEvents",
            "updateEvent",
        ]);
    });

    for (const authenticationMode of Object.values(three.AuthenticationMode)) {
        test(`every method, key by ${authenticationMode}`, async () => {
            const sdk = (server, options) => sdk6(server, { ...options, authenticationMode });
            const { client, requestId, visitorId } = await alone(sdk);
            const event = await client.getEvent(requestId);
            assertSchema(event, "v3_event", "v3 EventsGetResponse");
            assert.equal(event.products.identification.data.requestId, requestId);

            assert.equal(
                await client.updateEvent({ linkedId: "order-2", suspect: true, tag: { a: [1] } }, requestId),
                undefined,
            );
            const { data } = (await client.getEvent(requestId)).products.identification;
            assert.deepEqual([data.linkedId, data.suspect, data.tag], ["order-2", true, { a: [1] }]);

            const filter = {
                limit: 5,
                linked_id: "order-2",
                suspect: true,
                visitor_id: visitorId,
                environment: [data.environmentId, "ae_0000000000000000"],
            };
            const found = await client.searchEvents(filter);
            assertSchema(found, "v3_search", "v3 SearchEventsResponse");
            assert.deepEqual(
                found.events.map((one) => one.products.identification.data.requestId),
                [requestId],
            );
            assert.equal(found.paginationKey, undefined);

            const visits = await client.getVisits(visitorId, { limit: 10, request_id: requestId });
            assertSchema(visits, "v3_visitors", "v3 VisitorsGetResponse");
            assert.equal(visits.visits.length, 1);
            assert.deepEqual(await client.getVisitorHistory(visitorId, { linked_id: "order-2" }), visits);
            assert.deepEqual(await client.getRelatedVisitors({ visitor_id: visitorId }), {
                relatedVisitors: [],
            });

            assert.equal(await client.deleteVisitorData(visitorId), undefined);
            await assert.rejects(client.getEvent(requestId), {
                statusCode: 404,
                errorCode: "RequestNotFound",
            });
            assert.deepEqual((await client.getVisits(visitorId)).visits, []);
        });
    }

    const refused = {
        getEvent: (client) => client.getEvent(unknownEvent),
        updateEvent: (client) => client.updateEvent({ suspect: true }, unknownEvent),
        searchEvents: (client) => client.searchEvents({ limit: 1 }),
        deleteVisitorData: (client) => client.deleteVisitorData(unknownVisitor),
        getRelatedVisitors: (client) => client.getRelatedVisitors({ visitor_id: unknownVisitor }),
    };
    for (const [name, call] of Object.entries(refused)) {
        test(`${name}: who may not ask`, async () => {
            const fails = async (client, statusCode, errorCode, message) =>
                assert.rejects(call(client), (error) => {
                    assert.ok(error instanceof three.RequestError, `${error}`);
                    assert.deepEqual(
                        [error.statusCode, error.errorCode, error.message],
                        [statusCode, errorCode, message],
                    );
                    assert.deepEqual(error.responseBody, { error: { code: errorCode, message } });
                    return true;
                });
            await fails(sdk6(whorl, { apiKey: "wrong" }), 403, "TokenNotFound", "secret key is not found");
            await fails(
                sdk6(whorl, { apiKey: whorl.publicKey }),
                403,
                "TokenNotFound",
                "secret key is not found",
            );
            await fails(
                sdk6(whorl, { fetch: (url) => whorl.fetch(url, { method: methodOf(name) }) }),
                403,
                "TokenRequired",
                "secret key is required",
            );
            const { name: place, client } = await alone(sdk6);
            await workspace("set", place, "--inactive");
            await fails(client, 403, "SubscriptionNotActive", "forbidden");
            await workspace("set", place, "--active", "--host", "eu.id.example");
            await fails(client, 403, "WrongRegion", "wrong region");
        });
    }
    const methodOf = (name) => ({ updateEvent: "PUT", deleteVisitorData: "DELETE" })[name] ?? "GET";

    test("what cannot be, and what is not there", async () => {
        const { client, requestId, name } = await alone(sdk6);
        const cases = [
            [() => client.getEvent(unknownEvent), 404, "RequestNotFound", "request id is not found"],
            [
                () => client.getEvent("non-existent-request-id"),
                404,
                "RequestNotFound",
                "request id is not found",
            ],
            [
                () => client.updateEvent({ suspect: true }, unknownEvent),
                404,
                "RequestNotFound",
                "request id is not found",
            ],
            [
                () => client.updateEvent({ invalid: "payload" }, requestId),
                400,
                "RequestCannotBeParsed",
                "request body is not valid",
            ],
            [
                () => client.updateEvent({ suspect: "yes" }, requestId),
                400,
                "RequestCannotBeParsed",
                "request body is not valid",
            ],
            [() => client.searchEvents({ limit: 0 }), 400, "RequestCannotBeParsed", "invalid limit"],
            [
                () => client.searchEvents({ limit: 1, ip_address: "10.0.0.1" }),
                400,
                "RequestCannotBeParsed",
                "invalid ip address",
            ],
            [
                () => client.deleteVisitorData("badVisitorId"),
                400,
                "RequestCannotBeParsed",
                "invalid visitor id",
            ],
            [() => client.deleteVisitorData(unknownVisitor), 404, "VisitorNotFound", "visitor not found"],
            [
                () => client.getRelatedVisitors({ visitor_id: "badVisitorId" }),
                400,
                "RequestCannotBeParsed",
                "invalid visitor id",
            ],
            [
                () => client.getRelatedVisitors({ visitor_id: unknownVisitor }),
                404,
                "VisitorNotFound",
                "visitor not found",
            ],
        ];
        for (const [call, statusCode, errorCode, message] of cases) {
            await assert.rejects(call(), { name: "RequestError", statusCode, errorCode, message }, `${call}`);
        }
        await workspace("set", name, "--disable", "delete", "--disable", "related");
        const errorCode = "FeatureNotEnabled";
        await assert.rejects(client.deleteVisitorData(unknownVisitor), { statusCode: 403, errorCode });
        await assert.rejects(client.getRelatedVisitors({ visitor_id: unknownVisitor }), {
            statusCode: 403,
            errorCode,
        });
        const apiKey = await whorl.key("secret", { workspace: name, environment: "one" });
        await workspace("set", name, "--enable", "delete");
        await assert.rejects(sdk6(whorl, { apiKey }).deleteVisitorData(unknownVisitor), {
            statusCode: 403,
            errorCode: "WorkspaceScopedSecretKeyRequired",
            message: "workspace-scoped secret key is required",
        });
    });

    test("visits have plain errors, whose code is the reason phrase", async () => {
        const plain = {
            name: "RequestError",
            statusCode: 403,
            errorCode: "Forbidden",
            message: "Forbidden (HTTP 403)",
        };
        await assert.rejects(sdk6(whorl, { apiKey: "wrong" }).getVisits(unknownVisitor), plain);
        await assert.rejects(sdk6(whorl).getVisits(unknownVisitor, { request_id: "Wrong Request ID" }), {
            name: "RequestError",
            statusCode: 400,
            errorCode: "Bad Request",
            message: "bad request",
        });
    });

    test("429 is TooManyRequestsError with retryAfter, from every method", async () => {
        for (const call of [...Object.values(refused), (client) => client.getVisits(unknownVisitor)]) {
            const client = sdk6(whorl, { apiKey: await whorl.key("secret", { rate: 1 }) });
            const error = await exhaust(() => call(client));
            assert.ok(error instanceof three.TooManyRequestsError, `${call}: ${error}`);
            assert.deepEqual(
                [error.statusCode, error.errorCode, error.retryAfter, error.message],
                [429, "TooManyRequests", 1, "too many requests"],
            );
        }
    });

    test("a server that is not there is fetch's own error, one that speaks another language an SdkError", async () => {
        await assert.rejects(sdk6(whorl, { fetch: nobody }).getEvent(unknownEvent), {
            name: "TypeError",
            message: "fetch failed",
        });
        await assert.rejects(sdk6(whorl, { fetch: htmlError }).getEvent(unknownEvent), three.SdkError);
    });
});

describe("SDK 7", () => {
    test("has the methods that are tested here", () => {
        assert.deepEqual(calls(four.FingerprintServerApiClient), [
            "deleteVisitorData",
            "getEvent",
            "searchEvents",
            "updateEvent",
        ]);
    });

    test("every method", async () => {
        const { client, requestId, visitorId } = await alone(sdk7);
        const event = await client.getEvent(requestId);
        assertSchema(event, "v4_event", "v4 Event");
        assert.equal(event.event_id, requestId);

        assert.equal(
            await client.updateEvent(requestId, { linked_id: "order-2", suspect: true, tags: { a: [1] } }),
            undefined,
        );
        const changed = await client.getEvent(requestId);
        assert.deepEqual([changed.linked_id, changed.suspect, changed.tags], ["order-2", true, { a: [1] }]);

        const filter = {
            linked_id: "order-2",
            suspect: true,
            visitor_id: visitorId,
            total_hits: 10,
            environment: [event.environment_id, "ae_0000000000000000"],
            start: new Date(event.timestamp).toISOString(),
        };
        const found = await client.searchEvents(filter);
        assertSchema(found, "v4_search", "v4 EventSearch");
        assert.deepEqual(
            found.events.map((one) => one.event_id),
            [requestId],
        );
        assert.deepEqual([found.total_hits, found.pagination_key], [1, undefined]);

        assert.equal(await client.deleteVisitorData(visitorId), undefined);
        await assert.rejects(client.getEvent(requestId), { statusCode: 404, errorCode: "event_not_found" });
    });

    test("rulesets", async () => {
        const { client, requestId } = await alone(sdk7);
        await assert.rejects(client.getEvent(requestId, { ruleset_id: "rs_none" }), {
            name: "ServerApiError",
            statusCode: 400,
            errorCode: "ruleset_not_found",
            message: "ruleset not found",
        });
    });

    const refused = {
        getEvent: (client) => client.getEvent(unknownEvent),
        updateEvent: (client) => client.updateEvent(unknownEvent, { suspect: true }),
        searchEvents: (client) => client.searchEvents({ limit: 1 }),
        deleteVisitorData: (client) => client.deleteVisitorData(unknownVisitor),
    };
    for (const [name, call] of Object.entries(refused)) {
        test(`${name}: who may not ask`, async () => {
            const fails = async (client, errorCode, message) =>
                assert.rejects(call(client), (error) => {
                    assert.ok(error instanceof four.ServerApiError, `${error}`);
                    assert.deepEqual(
                        [error.statusCode, error.errorCode, error.message],
                        [403, errorCode, message],
                    );
                    return true;
                });
            const unknown = "no fingerprint workspace found for specified secret API key";
            await fails(sdk7(whorl, { apiKey: "wrong" }), "secret_api_key_not_found", unknown);
            await fails(
                sdk7(whorl, { defaultHeaders: { Authorization: "Bearer " } }),
                "secret_api_key_required",
                "secret API key in header is missing or empty",
            );
            const { name: place, client } = await alone(sdk7);
            await workspace("set", place, "--inactive");
            await fails(client, "subscription_not_active", "forbidden");
            await workspace("set", place, "--active", "--host", "eu.id.example");
            await fails(client, "wrong_region", "wrong region");
        });
    }

    test("what cannot be, and what is not there", async () => {
        const { client, requestId, name } = await alone(sdk7);
        const bad = "request_cannot_be_parsed";
        const cases = [
            [() => client.getEvent(unknownEvent), 404, "event_not_found", "event id not found"],
            [() => client.getEvent("non-existent-request-id"), 400, bad, "invalid event_id"],
            [
                () => client.updateEvent(unknownEvent, { suspect: true }),
                404,
                "event_not_found",
                "event id not found",
            ],
            [
                () => client.updateEvent(requestId, { invalid: "payload" }),
                400,
                bad,
                "request body is not valid",
            ],
            [() => client.searchEvents({ limit: 101 }), 400, bad, "invalid limit"],
            [
                () => client.searchEvents({ visitor_id: unknownVisitor }),
                404,
                "visitor_not_found",
                "visitor not found",
            ],
            [() => client.deleteVisitorData("badVisitorId"), 400, bad, "invalid visitor id"],
            [() => client.deleteVisitorData(unknownVisitor), 404, "visitor_not_found", "visitor not found"],
        ];
        for (const [call, statusCode, errorCode, message] of cases) {
            await assert.rejects(
                call(),
                { name: "ServerApiError", statusCode, errorCode, message },
                `${call}`,
            );
        }
        await workspace("set", name, "--disable", "delete");
        await assert.rejects(client.deleteVisitorData(unknownVisitor), {
            statusCode: 403,
            errorCode: "feature_not_enabled",
        });
    });

    test("429 is TooManyRequestsError, from every method", async () => {
        for (const call of Object.values(refused)) {
            const client = sdk7(whorl, { apiKey: await whorl.key("secret", { rate: 1 }) });
            const error = await exhaust(() => call(client));
            assert.ok(error instanceof four.TooManyRequestsError, `${call}: ${error}`);
            assert.deepEqual(
                [error.statusCode, error.errorCode, error.message],
                [429, "too_many_requests", "too many requests"],
            );
            assert.equal(error.response.headers.get("retry-after"), null, "v4 has no such header");
        }
    });

    test("a server that is not there is an SdkError, one that speaks another language a RequestError", async () => {
        await assert.rejects(sdk7(whorl, { fetch: nobody }).getEvent(unknownEvent), four.SdkError);
        await assert.rejects(sdk7(whorl, { fetch: htmlError }).getEvent(unknownEvent), {
            name: "RequestError",
            statusCode: 502,
        });
    });
});

describe("one event", () => {
    test("opens under every spelling of its id in every dialect", async () => {
        const { requestId, visitorId } = await identified("playwright-linux");
        const base62 = (await sdk7(whorl).getEvent(requestId)).event_id;
        assert.match(base62, patterns.request);
        for (const id of [requestId, base62]) {
            assert.equal((await sdk6(whorl).getEvent(id)).products.identification.data.requestId, base62);
            assert.equal((await sdk7(whorl).getEvent(id)).event_id, base62);
            const fiq = await whorl.get(`/v1/events/${id}`, { auth: "bearer" });
            assert.deepEqual([fiq.json.requestId, fiq.json.visitorId], [requestId, visitorId]);
            await sdk6(whorl).updateEvent({ linkedId: id }, id);
            assert.equal((await sdk7(whorl).getEvent(id)).linked_id, id);
            await sdk7(whorl).updateEvent(id, { tags: { id } });
            assert.deepEqual((await sdk6(whorl).getEvent(id)).products.identification.data.tag, { id });
        }
        const short = (await sdk7(whorl).getEvent(base62)).identification.visitor_id;
        for (const id of [visitorId, short]) {
            assert.equal((await sdk6(whorl).getVisits(id)).visitorId, short);
            assert.equal((await sdk6(whorl).searchEvents({ limit: 1, visitor_id: id })).events.length, 1);
            assert.equal((await sdk7(whorl).searchEvents({ visitor_id: id })).events.length, 1);
            assert.deepEqual(await sdk6(whorl).getRelatedVisitors({ visitor_id: id }), {
                relatedVisitors: [],
            });
            const looked = await whorl.get(`/v1/identify/${id}`, {
                headers: [["X-API-Key", whorl.secretKey]],
            });
            assert.equal(looked.json.visitorId, visitorId);
        }
    });

    test("and under none in another workspace", async () => {
        const { requestId, visitorId } = await identified("playwright-linux");
        const { event_id, identification } = await sdk7(whorl).getEvent(requestId);
        const apiKey = await whorl.key("secret", { workspace: "elsewhere" });
        for (const id of [requestId, event_id]) {
            await assert.rejects(sdk6(whorl, { apiKey }).getEvent(id), { statusCode: 404 });
            await assert.rejects(sdk6(whorl, { apiKey }).updateEvent({}, id), { statusCode: 404 });
            await assert.rejects(sdk7(whorl, { apiKey }).getEvent(id), { statusCode: 404 });
            await assert.rejects(sdk7(whorl, { apiKey }).updateEvent(id, {}), { statusCode: 404 });
            assert.equal((await whorl.get(`/v1/events/${id}`, { auth: "bearer", key: apiKey })).status, 404);
        }
        for (const id of [visitorId, identification.visitor_id]) {
            assert.deepEqual((await sdk6(whorl, { apiKey }).getVisits(id)).visits, []);
            assert.deepEqual(
                (await sdk6(whorl, { apiKey }).searchEvents({ limit: 1, visitor_id: id })).events,
                [],
            );
            await assert.rejects(sdk7(whorl, { apiKey }).searchEvents({ visitor_id: id }), {
                statusCode: 404,
            });
            await assert.rejects(sdk6(whorl, { apiKey }).deleteVisitorData(id), { statusCode: 404 });
            await assert.rejects(sdk7(whorl, { apiKey }).deleteVisitorData(id), { statusCode: 404 });
        }
        assert.equal((await sdk7(whorl).getEvent(event_id)).event_id, event_id, "and it is still there");
    });
});

/* Calls until the rate of the key is used up; resolves with that error. */
async function exhaust(call) {
    for (let i = 0; i < 20; i++) {
        const error = await call().catch((e) => e);
        if (error?.statusCode === 429) {
            return error;
        }
    }
    return undefined;
}

/* A port that nobody listens on. */
async function nobody() {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address();
    await new Promise((resolve) => server.close(resolve));
    return fetch(`http://127.0.0.1:${port}/`);
}

const htmlError = async () =>
    new Response("<h1>Bad Gateway</h1>", { status: 502, headers: { "content-type": "text/html" } });
