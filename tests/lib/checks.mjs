// Checks that several tests share: schemas, ids, CORS.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

import { repository } from "./whorl.mjs";

// Published schemas and recorded bodies of the services whose dialects whorl speaks. They are not
// part of this repository; where they lie beside it, or where WHORL_CONTRACTS says, the answers are
// held against them too.
export const contracts = process.env.WHORL_CONTRACTS || join(repository, "../shared/contracts");

const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));
const ajv = addFormats(new Ajv2020({ allErrors: true, strict: false, validateFormats: true }));
ajv.addFormat("float", true)
    .addFormat("int64", true)
    .addFormat("int32", true)
    .addFormat("double", true);

const own = join(repository, "tests/schemas");
for (const name of readdirSync(own)) {
    ajv.addSchema(readJson(join(own, name)), name.replace(/\.json$/, ""));
}
const published = new Map();
for (const version of ["v3", "v4"]) {
    const path = join(contracts, `fingerprint/${version}.schemas.json`);
    if (existsSync(path)) {
        const schema = readJson(path);
        ajv.addSchema(schema);
        published.set(version, schema.$id);
    }
}

function assertValid(validate, value, what) {
    assert.ok(validate, `${what} is not there`);
    if (!validate(value)) {
        const text = JSON.stringify(value, null, 1).slice(0, 3000);
        assert.fail(`not a valid ${what}: ${ajv.errorsText(validate.errors)}\n${text}`);
    }
}

/* `name` is that of our own schema (a file in tests/schemas); `official`, as "v3 ErrorResponse", a
 * definition of a published one. */
export function assertSchema(value, name, official) {
    assertValid(ajv.getSchema(name), value, name);
    const [version, definition] = official?.split(" ") ?? [];
    if (published.has(version)) {
        const validate = ajv.getSchema(`${published.get(version)}#/$defs/${definition}`);
        assertValid(validate, value, `${official} (published)`);
    }
}

export const haveContracts = existsSync(contracts);

export const patterns = {
    requestUlid: /^req_[0-7][0-9a-hjkmnp-tv-z]{25}$/,
    visitorUlid: /^iq_[0-7][0-9a-hjkmnp-tv-z]{25}$/,
    request: /^[0-9]{13}\.[0-9A-Za-z]{6}$/,
    visitor: /^[0-9A-Za-z]{20}$/,
};

/* The answer of POST /v1/identify; returns it. */
export function assertIdentified(answer, { token = false } = {}) {
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.headers["content-type"], /^application\/json/);
    assertSchema(answer.json, "identify");
    assert.equal("token" in answer.json, token, "a token is for whorl's own agent only");
    return answer.json;
}

/* The form of an error on /v1 paths. */
export function assertError(answer, status) {
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.headers["content-type"] ?? "", /^application\/json/);
    assertSchema(answer.json, "plain_error");
    assert.ok(answer.json.error.length > 0, "an error has a text");
}

/* What a page of `origin` needs to be allowed to read the answer, cookies included. */
export function assertCors(answer, origin) {
    assert.equal(answer.headers["access-control-allow-origin"], origin);
    assert.equal(answer.headers["access-control-allow-credentials"], "true");
    assert.match(answer.headers.vary ?? "", /(^|,\s*)origin(\s*,|$)/i);
}

/* The server still works. */
export async function assertServes(whorl, { body, headers }) {
    assertIdentified(await whorl.identify(body, { headers }));
}
