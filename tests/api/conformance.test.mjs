// What the documents say of requests, tried: every parameter and every member of a body takes what its schema allows
// and refuses what it does not. The documents are our own /openapi.json, always, and the published ones where they
// lie beside the repository. (search_params.test.mjs has the texts of the errors.)

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { parse } from "yaml";

import { bodies } from "../bodies/bodies.mjs";
import { assertIdentified, contracts, haveContracts } from "../lib/checks.mjs";
import { startWhorl } from "../lib/whorl.mjs";

let whorl;
let visitor; // { event_id, visitor_id } of an event that is there
before(async () => {
    whorl = await startWhorl();
    const { body, headers } = bodies["headed-linux"]();
    const { requestId } = assertIdentified(await whorl.identify(body, { headers }));
    const { json } = await whorl.get(`/v4/events/${requestId}`, { auth: "bearer" });
    visitor = { event_id: json.event_id, visitor_id: json.identification.visitor_id };
});
after(() => whorl?.remove());

const published = (version) =>
    parse(readFileSync(join(contracts, `fingerprint/${version}.openapi.yaml`), "utf8"));
const documents = [
    ["our own", "v3", async () => (await whorl.openApi()).document],
    ["our own", "v4", async () => (await whorl.openApi()).document],
    ["the published", "v3", async () => published("v3")],
    ["the published", "v4", async () => published("v4")],
];

/* Values that the schema of a parameter allows, and some that it does not; none where it allows any text. */
function values(schema, document) {
    const {
        type,
        enum: words,
        examples = [],
        example,
        minimum,
        maximum,
        maxLength,
    } = resolved(schema, document);
    if (schema.oneOf) {
        const parts = schema.oneOf.map((one) => values(one, document));
        return { good: parts.flatMap(({ good }) => good), bad: ["not that", "", "2026-13-01T00:00:00Z"] };
    }
    const good = [...examples, ...(example === undefined ? [] : [example])];
    if (type === "array") {
        const items = values(schema.items, document);
        return { ...items, good: [...good.flat(), ...items.good] };
    }
    if (words) {
        return { good: words, bad: [`${words[0]}x`, "", " ", `${words[0]},${words.at(-1)}`] };
    }
    switch (type) {
        case "boolean":
            return { good: [true, false], bad: ["not a boolean", "", "1", "True", "null"] };
        case "integer": {
            const [low, high] = [minimum ?? 1, maximum ?? 2_000_000_000];
            const beyond = [
                ...(minimum === undefined ? [] : [minimum - 1]),
                ...(maximum === undefined ? [] : [maximum + 1]),
            ];
            return {
                good: [low, high, ...good],
                bad: ["x", "", "1.5", "1e", "0x10", "99999999999999999999999", ...beyond],
            };
        }
        case "number":
            return { good: [0, 7.5, ...good], bad: ["not a number", "", "NaN", "1,5", "--1"] };
        default:
            return { good, bad: maxLength ? ["x".repeat(maxLength + 1)] : [] };
    }
}
const resolved = (schema, document) =>
    schema.$ref
        ? schema.$ref
              .slice(2)
              .split("/")
              .reduce((at, name) => at[name], document)
        : schema;

const paths = {
    "our own": { v3: "/events/search", v4: "/v4/events" },
    "the published": { v3: "/events/search", v4: "/events" },
};
const places = { v3: ["/events/search", "header"], v4: ["/v4/events", "bearer"] };
/* Signed by the server that made them, and never another's. */
const isOpaque = (version, name) => version === "v4" && name === "pagination_key";

for (const [whose, version, read] of documents) {
    const skip = whose !== "our own" && !haveContracts && "no contracts";
    const [path, auth] = places[version];

    test(
        `${version}, ${whose} document: search takes what a parameter allows, and nothing else`,
        { skip },
        async () => {
            const document = await read();
            const { parameters } = document.paths[paths[whose][version]].get;
            assert.equal(parameters.length, version === "v3" ? 37 : 52);
            let tried = 0;
            for (const { name, schema, required } of parameters) {
                const ask = (value) => {
                    const query = new URLSearchParams([[name, `${value}`]]);
                    if (version === "v3" && name !== "limit") {
                        query.set("limit", "1");
                    }
                    return whorl.get(`${path}?${query}`, { auth });
                };
                const { good, bad } = values(schema, document);
                for (const value of good) {
                    const answer = await ask(value);
                    const unknown = version === "v4" && name === "visitor_id" ? 404 : 200;
                    assert.equal(
                        answer.status,
                        isOpaque(version, name) ? 400 : unknown,
                        `${name}=${value}: ${answer.text}`,
                    );
                    tried++;
                }
                for (const value of bad) {
                    const answer = await ask(value);
                    assert.equal(answer.status, 400, `${name}=${value}: ${answer.text}`);
                    tried++;
                }
                if (required) {
                    assert.equal((await whorl.get(path, { auth })).status, 400, `without ${name}`);
                }
            }
            assert.ok(tried > 200, `${tried} values`);
        },
    );
}

describe("the documents agree", { skip: !haveContracts && "no contracts" }, () => {
    for (const version of ["v3", "v4"]) {
        test(`on the parameters of ${version}'s search`, async () => {
            const own = (await whorl.openApi()).document.paths[paths["our own"][version]].get.parameters;
            const document = published(version);
            const theirs = document.paths[paths["the published"][version]].get.parameters;
            for (const parameter of theirs) {
                const ours = own.find(({ name }) => name === parameter.name);
                const [mine, schema] = [ours.schema, resolved(parameter.schema, document)];
                assert.equal(ours.required ?? false, parameter.required ?? false, parameter.name);
                if (schema.type) {
                    const type = mine.type ?? (mine.enum ? typeof mine.enum[0] : "");
                    assert.equal(
                        type.replace("number", schema.type === "integer" ? "integer" : "number"),
                        schema.type,
                        parameter.name,
                    );
                }
                const words = (one) => [...(one.enum ?? one.items?.enum ?? [])].sort();
                const items = schema.items && resolved(schema.items, document);
                assert.deepEqual(words(mine), words(items ? { items } : schema), parameter.name);
                for (const bound of ["minimum", "maximum"]) {
                    if (schema[bound] !== undefined) {
                        assert.equal(mine[bound], schema[bound], `${parameter.name} ${bound}`);
                    }
                }
            }
        });

        test(`on the operations of ${version}`, async () => {
            const own = (await whorl.openApi()).document.paths;
            for (const [path, methods] of Object.entries(published(version).paths)) {
                const ours = own[version === "v4" ? `/v4${path}` : path];
                for (const method of Object.keys(methods).filter((name) => name !== "trace")) {
                    assert.ok(ours?.[method], `${method} ${path}`);
                }
            }
        });
    }
});

/* Every way that one member can be of a wrong type, for a body that is right. */
const wrongTypes = {
    string: [1, true, null, [], {}],
    boolean: ["true", 1, null, []],
    object: ["x", 1, [], null],
    array: ["x", {}, null],
};
const updates = [
    [
        "PUT",
        () => `/events/${visitor.event_id}`,
        "UpdateV3",
        { suspect: true, linkedId: "a", tag: { a: 1 } },
        "Auth-API-Key",
        "",
    ],
    [
        "PATCH",
        () => `/v4/events/${visitor.event_id}`,
        "UpdateV4",
        { suspect: true, linked_id: "a", tags: { a: 1 } },
        "Authorization",
        "Bearer ",
    ],
];
for (const [method, path, schema, good, header, prefix] of updates) {
    test(`${schema}: each member, alone and wrong`, async () => {
        const send = (body) =>
            whorl.send({
                method,
                path: path(),
                headers: [[header, prefix + whorl.secretKey]],
                body: JSON.stringify(body),
            });
        const { properties } = (await whorl.openApi()).document.components.schemas[schema];
        assert.deepEqual(Object.keys(properties).sort(), Object.keys(good).sort());
        for (const [name, { type }] of Object.entries(properties)) {
            assert.equal((await send({ [name]: good[name] })).status, 200, name);
            for (const value of wrongTypes[type]) {
                const { status, json } = await send({ ...good, [name]: value });
                assert.deepEqual(
                    [status, json.error.message],
                    [400, "request body is not valid"],
                    `${name}: ${JSON.stringify(value)}`,
                );
            }
        }
        const [id, tag] = Object.keys(good).slice(1);
        assert.equal((await send({ [id]: "é".repeat(256) })).status, 200);
        assert.equal((await send({ [id]: "é".repeat(257) })).status, 400);
        const filled = (bytes) => ({ [tag]: { x: "y".repeat(bytes - '{"x":""}'.length) } });
        assert.equal((await send(filled(16 * 1024))).status, 200);
        assert.equal((await send(filled(16 * 1024 + 1))).status, 400);
        assert.equal((await send({})).status, 200);
    });
}

test("EdgeRequestV4: each member, missing, wrong, or unknown", async () => {
    const good = {
        headers: [{ name: "User-Agent", value: "curl/8" }],
        method: "GET",
        url: "https://shop.example/",
        ipv4_address: "192.0.2.1",
        ipv6_address: "2001:db8::1",
        linked_id: "a",
        tags: { a: 1 },
    };
    const send = (body) =>
        whorl.send({
            method: "POST",
            path: "/v4/edge",
            headers: [["Authorization", `Bearer ${whorl.secretKey}`]],
            body: JSON.stringify(body),
        });
    const { properties, required } = (await whorl.openApi()).document.components.schemas.EdgeRequestV4;
    assert.deepEqual(Object.keys(properties).sort(), Object.keys(good).sort());
    for (const [name, { type }] of Object.entries(properties)) {
        const { [name]: _, ...rest } = good;
        assert.equal((await send(rest)).status, required.includes(name) ? 400 : 200, `without ${name}`);
        for (const value of wrongTypes[type]) {
            assert.equal(
                (await send({ ...good, [name]: value })).status,
                400,
                `${name}: ${JSON.stringify(value)}`,
            );
        }
    }
    const answer = await send({ ...good, unknown: 1 });
    assert.equal(answer.json.error.message, 'request body contains an unknown field "unknown"');
});

/* limit of GET /visitors/{id}, and what else its query takes. */
test("v3 visits: every parameter", async () => {
    const ask = (query) => whorl.get(`/visitors/${visitor.visitor_id}?${query}`, { auth: "header" });
    const good = [
        "limit=0",
        "limit=1",
        "limit=500",
        "limit=501",
        "limit=2147483647",
        "before=0",
        "before=1655373953086",
        `request_id=${visitor.event_id}`,
        "linked_id=a",
        `linked_id=${"x".repeat(300)}`,
        `paginationKey=${visitor.event_id}`,
        "ii=fingerprint-pro-server-node-sdk%2F6.13.1&ii=x",
        "unknown=1",
    ];
    const bad = [
        "limit=-1",
        "limit=x",
        "limit=",
        "limit=1.5",
        "limit=99999999999999999999",
        "before=x",
        "before=-1",
        "before=2026-01-01T00:00:00Z",
        "request_id=Wrong%20Request%20ID",
        "request_id=",
        "paginationKey=x",
        "paginationKey=",
    ];
    for (const query of good) {
        assert.equal((await ask(query)).status, 200, query);
    }
    for (const query of bad) {
        const { status, json } = await ask(query);
        assert.deepEqual([status, json], [400, { error: "bad request" }], query);
    }
});

test("ids of every form, in every place that takes one", async () => {
    const example = "Ibk1527CUFmcnjLwIs4A9"; // the visitor id of v4's published examples, 21 characters
    const rows = [
        ["GET", "/events/", { "1708102555327.NLOjmg": 404, "non-existent-request-id": 404, "%00": 404 }],
        ["PUT", "/events/", { "1708102555327.NLOjmg": 404, "non-existent-request-id": 404 }],
        ["GET", "/v4/events/", { "1708102555327.NLOjmg": 404, "non-existent-request-id": 400, "%00": 400 }],
        ["PATCH", "/v4/events/", { "1708102555327.NLOjmg": 404, "non-existent-request-id": 404 }],
        ["GET", "/visitors/", { "0jnGMkPYXX37DqVa4ZIO": 200, [example]: 200, badVisitorId: 200 }],
        ["DELETE", "/visitors/", { "0jnGMkPYXX37DqVa4ZIO": 404, [example]: 404, badVisitorId: 400, "": 400 }],
        [
            "DELETE",
            "/v4/visitors/",
            { "0jnGMkPYXX37DqVa4ZIO": 404, [example]: 404, badVisitorId: 400, "": 400 },
        ],
        [
            "GET",
            "/related-visitors?visitor_id=",
            { "0jnGMkPYXX37DqVa4ZIO": 404, [example]: 404, badVisitorId: 400, "": 400 },
        ],
        [
            "GET",
            "/v4/events?visitor_id=",
            { "0jnGMkPYXX37DqVa4ZIO": 404, [example]: 404, badVisitorId: 400, "": 400 },
        ],
        [
            "GET",
            "/events/search?limit=1&visitor_id=",
            { "0jnGMkPYXX37DqVa4ZIO": 200, [example]: 200, badVisitorId: 400, "": 400 },
        ],
    ];
    for (const [method, path, ids] of rows) {
        const [name, prefix] = path.startsWith("/v4") ? ["Authorization", "Bearer "] : ["Auth-API-Key", ""];
        for (const [id, status] of Object.entries(ids)) {
            const body = /P/.test(method) ? '{"suspect":true}' : undefined;
            const answer = await whorl.send({
                method,
                path: path + id,
                headers: [[name, prefix + whorl.secretKey]],
                body,
            });
            assert.equal(answer.status, status, `${method} ${path}${id}: ${answer.text}`);
        }
    }
});
