// /openapi.json: valid, closed, and complete. Every answer that any test gets is held against it besides
// (tests/lib/openapi.mjs).

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { Validator } from "@seriousme/openapi-schema-validator";

import { bodies } from "../bodies/bodies.mjs";
import { assertIdentified, contracts, haveContracts } from "../lib/checks.mjs";
import { repository, startWhorl } from "../lib/whorl.mjs";

let whorl;
let openApi;
let api;
before(async () => {
    whorl = await startWhorl();
    openApi = await whorl.openApi();
    api = openApi.document;
});
after(() => whorl?.remove());

test("is valid OpenAPI 3.1", async () => {
    const result = await new Validator().validate(structuredClone(api));
    assert.ok(result.valid, JSON.stringify(result.errors, null, 1));
    assert.match(api.openapi, /^3\.1\./);
});

test("every reference leads somewhere, and every schema is used", () => {
    const { schemas } = api.components;
    const used = new Set(
        [...JSON.stringify(api).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name),
    );
    assert.deepEqual([...used].sort(), Object.keys(schemas).sort());
});

describe("schemas", () => {
    /* An object of free form: what a customer or a client put there, or a part that grows with whorl. */
    const open = ["tags", "tag", "meta", "client", "metadata", "data", "result", "extended"];
    function* objects(schema, path) {
        if (schema === null || typeof schema !== "object") {
            return;
        }
        if (schema.type === "object") {
            yield [path, schema];
        }
        for (const [key, value] of Object.entries(schema)) {
            yield* objects(value, [...path, key]);
        }
    }

    test("of answers in v3 and v4 are closed", () => {
        const closed = Object.entries(api.components.schemas).filter(([name]) =>
            /V[34]$|^RuleAction$/.test(name),
        );
        assert.ok(closed.length > 20);
        for (const [name, schema] of closed) {
            for (const [path, one] of objects(schema, [name])) {
                const last = path.at(-1);
                if (open.includes(last) || last === "error" || name === "RawAttributesV3") {
                    continue;
                }
                assert.equal(one.additionalProperties, false, path.join("."));
            }
        }
    });

    test("are held against answers: what is not described is found", async () => {
        const { body, headers } = bodies["playwright-linux"]();
        const { requestId } = assertIdentified(await whorl.identify(body, { headers }));
        const path = `/v4/events/${requestId}`;
        const answer = await whorl.get(path, { auth: "bearer" });
        const asked = { method: "GET", path };
        openApi.assertAnswer(asked, answer);
        const changed = (change) => {
            const json = structuredClone(answer.json);
            change(json);
            return { ...answer, text: JSON.stringify(json) };
        };
        const wrong = [
            changed((json) => (json.more = 1)),
            changed((json) => (json.identification.more = 1)),
            changed((json) => (json.bot = "perhaps")),
            changed((json) => delete json.event_id),
            changed((json) => (json.timestamp = "now")),
            { ...answer, headers: {} },
            { ...answer, status: 403 },
        ];
        for (const one of wrong) {
            assert.throws(() => openApi.assertAnswer(asked, one), assert.AssertionError);
        }
        const error = {
            status: 403,
            headers: answer.headers,
            text: '{"error":{"code":"other","message":"m"}}',
        };
        assert.throws(() => openApi.assertAnswer(asked, error), assert.AssertionError);
    });

    /* Events with every field set, and with none (tests/unit/api/test_render.c). */
    const golden = join(repository, "tests/golden");
    const dialects = { v4: "EventV4", v3: "EventV3", visit: "VisitV3", v2: "VisitV3" };
    for (const [dialect, name] of Object.entries(dialects)) {
        test(`${name} fits the golden events of ${dialect}`, () => {
            const files = readdirSync(join(golden, dialect));
            assert.ok(files.length > 1, files.join());
            for (const file of files) {
                const event = JSON.parse(readFileSync(join(golden, dialect, file), "utf8"));
                openApi.assertSchema(event, `#/components/schemas/${name}`, file);
            }
        });
    }

    test("know what the published ones know", { skip: !haveContracts && "no contracts" }, () => {
        /* Not there: what whorl has no source for. */
        const absent = [
            "incremental_identification_status",
            "labels",
            "vpn_ml_score",
            "proxy_ml_score",
            "tampering_ml_score",
            "virtual_machine_ml_score",
        ];
        const read = (version) =>
            JSON.parse(readFileSync(join(contracts, `fingerprint/${version}.schemas.json`), "utf8")).$defs;
        const own = Object.keys(api.components.schemas.EventV4.properties);
        const theirs = Object.keys(read("v4").Event.properties);
        assert.deepEqual(
            own.filter((name) => !theirs.includes(name)),
            [],
        );
        assert.deepEqual(
            theirs.filter((name) => !own.includes(name) && !absent.includes(name)),
            [],
        );
        const products = Object.keys(api.components.schemas.EventV3.properties.products.properties);
        const theirProducts = Object.keys(read("v3").Products.properties);
        assert.deepEqual(
            products.filter((name) => !theirProducts.includes(name)),
            [],
        );
        assert.deepEqual(
            theirProducts.filter((name) => !products.includes(name) && name !== "labels"),
            [],
        );
    });
});

describe("operations", () => {
    const operations = () =>
        Object.entries(api.paths).flatMap(([path, methods]) =>
            Object.entries(methods).map(([method, operation]) => ({
                path,
                method: method.toUpperCase(),
                operation,
            })),
        );

    test("are all of the table of routes", () => {
        const rows = readFileSync(join(repository, "src/api/routes.c"), "utf8");
        const served = [...rows.matchAll(/\{ "([A-Z]+)", +"(\/[^"]*)"/g)].filter(
            ([, method, path]) =>
                method !== "OPTIONS" &&
                /^\/(v1|v4|events|visitors|related-visitors|healthz|readyz)\b.*[^/]$/.test(path),
        );
        assert.ok(served.length > 20, "the rows were found");
        for (const [, method, path] of served) {
            const asked = path.replace("*", "1708102555327.NLOjmg");
            const bare = ["/visitors", "/v4/visitors"].includes(path); // without an id: an error of its own
            assert.ok(bare || openApi.find(method, asked), `${method} ${path} is not in /openapi.json`);
        }
    });

    test("are all served", async () => {
        for (const { path, method, operation } of operations()) {
            const asked = path.replace(/\{[^}]*\}/g, "1708102555327.NLOjmg");
            const answer = await whorl.send({ method, path: asked });
            assert.notEqual(answer.status, 405, operation.operationId);
            assert.ok(!answer.text.includes("nothing at this path"), operation.operationId);
            for (const { name, in: place } of operation.parameters) {
                assert.equal(place === "path", path.includes(`{${name}}`), `${path} ${name}`);
            }
        }
        assert.ok(operations().length >= 22);
    });

    test("have examples that fit their own schemas", () => {
        let count = 0;
        for (const { operation } of operations()) {
            const content = operation.requestBody?.content["application/json"];
            if (content) {
                openApi.assertSchema(content.example, content.schema.$ref, operation.operationId);
                count++;
            }
        }
        assert.equal(count, 9);
    });

    for (const [path, count] of [
        ["/v4/events", 52],
        ["/events/search", 37],
    ]) {
        test(`${path} has ${count} parameters`, () => {
            const names = api.paths[path].get.parameters.map(({ name }) => name);
            assert.equal(new Set(names).size, names.length, "none twice");
            assert.equal(names.length, count);
        });
    }

    test("parameters say what they take", () => {
        const of = (path, name) => api.paths[path].get.parameters.find((one) => one.name === name);
        assert.deepEqual(of("/events/search", "limit").required, true);
        assert.deepEqual(of("/v4/events", "limit").schema, {
            type: "integer",
            minimum: 1,
            maximum: 100,
            default: 10,
        });
        assert.deepEqual(of("/v4/events", "vpn_confidence").schema.enum, ["low", "medium", "high"]);
        assert.equal(of("/v4/events", "bot_info_category").schema.items.enum.length, 16);
        assert.deepEqual(of("/v4/events", "tor_node").schema, { type: "boolean" });
    });
});

test("the page and its files are served, under a strict policy", async () => {
    const page = await whorl.get("/docs");
    assert.equal(page.status, 200);
    assert.match(page.headers["content-security-policy"], /default-src 'self'/);
    for (const [, file] of page.text.matchAll(/(?:src|href)="(docs[^"]+)"/g)) {
        assert.equal((await whorl.get(`/${file}`)).status, 200, file);
    }
    assert.equal((await whorl.get("/docs/other.js")).status, 404);
});
