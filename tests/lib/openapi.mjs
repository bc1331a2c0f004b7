// Holds every answer that the tests get against the server's own /openapi.json: the status, the content type, and
// the body. Whorl.send and Whorl.fetch (whorl.mjs) do so for each request whose path is described there.

import assert from "node:assert/strict";

import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

export class OpenApi {
    #operations = [];
    #ajv = addFormats(new Ajv2020({ strict: false, validateFormats: true }));

    constructor(document) {
        this.document = document;
        this.#ajv.addSchema({ ...document, $id: "openapi" });
        for (const [path, methods] of Object.entries(document.paths)) {
            const pattern = path.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{[^}]*\}/g, "[^/]+");
            for (const [method, operation] of Object.entries(methods)) {
                const fixed = !path.includes("{");
                this.#operations.push({
                    method: method.toUpperCase(),
                    pattern: new RegExp(`^${pattern}$`),
                    operation,
                    fixed,
                });
            }
        }
        this.#operations.sort((a, b) => b.fixed - a.fixed); // /events/search before /events/{request_id}
    }

    /* The operation that a request is for; undefined when its path or method is not described. */
    find(method, target) {
        const path = target.replace(/[?#].*$/s, "").replace(/^\/\/+/, "/");
        return this.#operations.find((one) => one.method === method && one.pattern.test(path))?.operation;
    }

    /* Throws when the answer is not what the document says. headers are an object with lower-case names. */
    assertAnswer({ method = "GET", path }, { status, headers, text }) {
        const operation = this.find(method, path);
        if (!operation) {
            return;
        }
        const what = `${method} ${path}: ${status} ${text.slice(0, 600)}`;
        const described = operation.responses[`${status}`] ?? operation.responses.default;
        assert.ok(described, `/openapi.json does not know this status. ${what}`);
        const schema = described.content?.["application/json"].schema;
        if (!schema) {
            assert.equal(text, "", `/openapi.json knows no body. ${what}`);
            return;
        }
        assert.match(headers["content-type"] ?? "", /^application\/json/, what);
        this.assertSchema(JSON.parse(text), schema.$ref, what);
    }

    assertSchema(value, ref, what) {
        const validate = this.#ajv.getSchema(`openapi${ref}`);
        assert.ok(validate, `${ref} is not there`);
        if (!validate(value)) {
            const problem = this.#ajv.errorsText(validate.errors);
            assert.fail(`not what /openapi.json says (${ref}): ${problem}\n${what}`);
        }
    }
}
