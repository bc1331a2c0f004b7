// Requests that are refused before they reach an endpoint, seen from a real client's socket: each gets
// a clear answer in the form of the dialect whose path it named, and the server serves on.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { assertCors, assertSchema, assertServes } from "../lib/checks.mjs";
import { sendRaw } from "../lib/http.mjs";
import { startWhorl } from "../lib/whorl.mjs";

const page = "https://shop.example";
// RFC 9110 and 6585.
const reasons = {
    400: "Bad Request",
    408: "Request Timeout",
    413: "Content Too Large",
    414: "URI Too Long",
    431: "Request Header Fields Too Large",
};

let whorl;
before(async () => {
    whorl = await startWhorl();
});
after(async () => {
    if (!whorl) {
        return;
    }
    await assertServes(whorl, bodies["headed-linux"]());
    await whorl?.remove();
});

// One line per dialect: a path of it, and the form of its errors.
const dialects = {
    "/v1/identify": {
        method: "POST",
        check: (answer) => {
            assertSchema(answer.json, "plain_error");
            // A request line that never ends is refused before the Origin behind it arrives.
            if (answer.status !== 414) {
                assertCors(answer, page);
            }
        },
    },
    "/v4/events/1708102555327.NLOjmg": {
        method: "GET",
        check: ({ json }) => assertSchema(json, "v4_error", "v4 ErrorResponse"),
    },
    "/events/1708102555327.NLOjmg": {
        method: "GET",
        check: ({ json }) => assertSchema(json, "v3_error", "v3 ErrorResponse"),
    },
    "/visitors/3HNey93AkBW6CRbxV6xP": {
        method: "GET",
        check: ({ json }) => assertSchema(json, "plain_error", "v3 ErrorPlainResponse"),
    },
};

const common = `Host: whorl.test\r\nOrigin: ${page}\r\n`;
const head = (method, path, more = "") => `${method} ${path} HTTP/1.1\r\n${common}${more}\r\n`;
const long = "x".repeat(20_000);

// What is sent, and the status it must get.
const refusals = {
    "two different lengths": [
        400,
        (m, p) => [head("POST", p, "Content-Length: 5\r\nContent-Length: 6\r\n")],
    ],
    "a length and chunks": [
        400,
        (m, p) => [
            head("POST", p, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
            "0\r\n\r\n",
        ],
    ],
    "a length that is no number": [400, (m, p) => [head("POST", p, "Content-Length: +5\r\n")]],
    "a folded header": [400, (m, p) => [head(m, p, "X-A: b\r\n c\r\n")]],
    "a blank before the colon": [400, (m, p) => [head(m, p, "X-A : b\r\n")]],
    "a bare line feed": [400, (m, p) => [head(m, p, "X-A: b\nX-B: c\r\n")]],
    "a NUL in a header": [400, (m, p) => [head(m, p, "X-A: \0\r\n")]],
    "a chunk size that is no number": [
        400,
        (m, p) => [head("POST", p, "Transfer-Encoding: chunked\r\n"), "zz\r\n"],
    ],
    "10 MB announced": [413, (m, p) => [head("POST", p, "Content-Length: 10485760\r\n")]],
    "10 MB sent": [
        413,
        (m, p) => [head("POST", p, "Content-Length: 10485760\r\n"), Buffer.alloc(10 * 2 ** 20, 32)],
    ],
    "10 MB in chunks": [
        413,
        (m, p) => [
            head("POST", p, "Transfer-Encoding: chunked\r\n"),
            ...Array.from({ length: 160 }, () => `10000\r\n${" ".repeat(65536)}\r\n`),
        ],
    ],
    "a target of 20,000 characters": [414, (m, p) => [head(m, `${p}?${long}`)]],
    "a header of 20,000 characters": [431, (m, p) => [head(m, p, `X-A: ${long}\r\n`)]],
    "500 headers": [431, (m, p) => [head(m, p, "X-A: b\r\n".repeat(500))]],
};

describe("refused", { concurrency: true }, () => {
    for (const [path, { method, check }] of Object.entries(dialects)) {
        describe(path, { concurrency: true }, () => {
            for (const [name, [status, pieces]] of Object.entries(refusals)) {
                test(`${name}: ${status}`, async () => {
                    assertRefused(await sendRaw(whorl.port, pieces(method, path)), status, check);
                });
            }
            // The server's own time-outs: 10 s for a head, 20 s for a body.
            test("a head that never ends: 408", async () => {
                const pieces = [`${method} ${path} HTTP/1.1\r\n${common}`];
                for (let second = 0; second < 30; second++) {
                    pieces.push(1000, `X-${second}: slow\r\n`);
                }
                assertRefused(await sendRaw(whorl.port, pieces), 408, check);
            });
            test("a body that never ends: 408", async () => {
                const pieces = [head("POST", path, "Content-Length: 1000\r\n")];
                for (let second = 0; second < 60; second++) {
                    pieces.push(1000, " ");
                }
                assertRefused(await sendRaw(whorl.port, pieces), 408, check);
            });
        });
    }
});

function assertRefused(answer, status, check) {
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.reason, reasons[status]);
    assert.match(answer.headers["content-type"], /^application\/json/);
    assert.match(answer.headers.connection ?? "", /^close$/i);
    check(answer);
}
