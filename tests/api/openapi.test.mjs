// /openapi.json describes what is served, and what is served fits it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

import { bodies } from "../bodies/bodies.mjs";
import { assertIdentified } from "../lib/checks.mjs";
import { startWhorl } from "../lib/whorl.mjs";

let whorl;
let api;
let ajv;
before(async () => {
    whorl = await startWhorl();
    const answer = await whorl.get("/openapi.json");
    assert.equal(answer.status, 200);
    api = answer.json;
    ajv = addFormats(new Ajv2020({ strict: false }));
    ajv.addSchema({ ...api, $id: "openapi" });
});
after(() => whorl?.remove());

function assertFits(value, name) {
    const validate = ajv.getSchema(`openapi#/components/schemas/${name}`);
    assert.ok(validate, name);
    assert.ok(validate(value), `${name}: ${ajv.errorsText(validate.errors)}`);
    const { properties } = api.components.schemas[name];
    for (const key of Object.keys(value)) {
        assert.ok(key in properties, `${name} has ${key}`);
    }
}

test("answers fit their schemas, and show nothing that is not in them", async () => {
    const { body, headers } = bodies["playwright-linux"]();
    const made = assertIdentified(await whorl.identify(body, { headers }));
    assertFits(made, "EventFiq");
    const get = async (path, auth) => (await whorl.get(path, { auth })).json;
    assertFits(await get(`/v4/events/${made.requestId}`, "bearer"), "EventV4");
    const v3 = await get(`/events/${made.requestId}`, "header");
    assertFits(v3, "EventV3");
    const { products } = api.components.schemas.EventV3.properties;
    for (const name of Object.keys(v3.products)) {
        assert.ok(name in products.properties, name);
    }
    const { visits } = await get(`/visitors/${made.visitorId}`, "header");
    assertFits(visits[0], "VisitV3");
    assertFits(await get("/v4/events/1.a", "bearer"), "ErrorV4");
    assertFits(await get("/events/1.a", "header"), "ErrorV3");
    assertFits(await get("/visitors/x"), "ErrorPlain");
});

test("every operation is served", async () => {
    let count = 0;
    for (const [path, methods] of Object.entries(api.paths)) {
        for (const [method, operation] of Object.entries(methods)) {
            const asked = path.replace(/\{[^}]*\}/g, "1708102555327.NLOjmg");
            const answer = await whorl.send({ method: method.toUpperCase(), path: asked });
            assert.notEqual(answer.status, 405, operation.operationId);
            assert.ok(!answer.text.includes("nothing at this path"), operation.operationId);
            for (const { name, in: place } of operation.parameters) {
                assert.equal(place === "path", path.includes(`{${name}}`), `${path} ${name}`);
            }
            count++;
        }
    }
    assert.ok(count >= 20, `${count}`);
    const names = api.paths["/v4/events"].get.parameters.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length, "no parameter twice");
    for (const name of ["limit", "ip_address", "asn", "source", "bot_info_name", "tor_node"]) {
        assert.ok(names.includes(name), name);
    }
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
