// DELETE of a visitor, as the two published Node SDKs send it, as the wire shows it, and as a command:
// nothing of the visitor can be read afterwards, and its device is somebody new.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { bodies } from "../bodies/bodies.mjs";
import { sha256 } from "../bodies/signals.mjs";
import { assertIdentified, assertSchema } from "../lib/checks.mjs";
import { sdk6, sdk7 } from "../lib/sdks.mjs";
import { startWhorl } from "../lib/whorl.mjs";

let whorl;
let environmentKey;
let otherWorkspaceKey;
before(async () => {
    whorl = await startWhorl();
    environmentKey = await whorl.key("secret", { environment: "default" });
    otherWorkspaceKey = await whorl.key("secret", { workspace: "other" });
});
after(() => whorl?.remove());

const v3 = (path, more) => whorl.get(path, { auth: "header", ...more });
const v4 = (path, more) => whorl.get(path, { auth: "bearer", ...more });
const erase = (path, headers) => whorl.send({ method: "DELETE", path, headers });
const eraseV3 = (id, key = whorl.secretKey) => erase(`/visitors/${id}`, [["Auth-API-Key", key]]);
const eraseV4 = (id, key = whorl.secretKey) =>
    erase(`/v4/visitors/${id}`, [["Authorization", `Bearer ${key}`]]);

/* A laptop that nobody takes for one of the others. */
let made = 0;
function unlike() {
    const number = ++made;
    const { body, headers } = bodies["headed-linux"]();
    const value = (name) => body.signals[name].value;
    for (const name of ["canvas", "domRect", "svg", "audio", "math"]) {
        value(name).hash = sha256(`unlike ${name} ${number}`);
    }
    value("fonts").detected = ["Arial", `Font ${number}`, "Impact"];
    value("fonts").count = 3;
    value("navigator").hardwareConcurrency = 2 + 2 * number;
    value("workerScope").workerNavigator.hardwareConcurrency = 2 + 2 * number;
    value("timezone").reported = number % 2 ? "America/Recife" : "Asia/Tokyo";
    Object.assign(value("screen"), { width: 1000 + 8 * number, height: 700 + 8 * number });
    const renderer = `ANGLE (Intel, Mesa Intel(R) UHD Graphics ${600 + number}, OpenGL 4.6)`;
    value("webgl").renderer = value("workerScope").workerWebGL.renderer = renderer;
    return { body, headers };
}

/* Two events of one device: its ids in both spellings, and the cookie that it keeps. */
async function device(more = {}) {
    const { body, headers } = unlike();
    Object.assign(body, more);
    const first = await whorl.identify(body, { headers });
    const cookie = first.headers["set-cookie"].find((text) => text.startsWith("_iidt=")).split(";")[0];
    const { visitorId, requestId } = assertIdentified(first);
    const second = assertIdentified(await whorl.identify(body, { headers, cookie }));
    assert.equal(second.visitorId, visitorId);
    const { identification } = (await v4(`/v4/events/${requestId}`)).json;
    const again = () => whorl.identify(body, { headers, cookie }).then(assertIdentified);
    const events = [requestId, second.requestId];
    return { iq: visitorId, base62: identification.visitor_id, events, again };
}

async function assertThere(one) {
    for (const id of one.events) {
        assert.equal((await v4(`/v1/events/${id}`)).status, 200);
        assert.equal((await v3(`/events/${id}`)).status, 200);
        assert.equal((await v4(`/v4/events/${id}`)).status, 200);
    }
    assert.equal((await v3(`/visitors/${one.base62}`)).json.visits.length, one.events.length);
}

async function assertGone(one) {
    for (const id of one.events) {
        assert.equal((await v4(`/v1/events/${id}`)).status, 404);
        const three = await v3(`/events/${id}`);
        assert.equal(three.status, 404);
        assert.equal(three.json.error.code, "RequestNotFound");
        const four = await v4(`/v4/events/${id}`);
        assert.equal(four.status, 404);
        assert.equal(four.json.error.code, "event_not_found");
    }
    for (const id of [one.iq, one.base62]) {
        assert.deepEqual((await v3(`/visitors/${id}`)).json.visits, []);
        assert.equal((await eraseV3(id)).json.error.code, "VisitorNotFound");
        assert.equal((await eraseV4(id)).json.error.code, "visitor_not_found");
    }
}

describe("a deleted visitor is gone, and its device comes back as somebody new", () => {
    const ways = {
        "SDK 6": (one) => sdk6(whorl).deleteVisitorData(one.base62),
        "SDK 7": (one) => sdk7(whorl).deleteVisitorData(one.base62),
        "v3, the other spelling": (one) => eraseV3(one.iq),
        "v4, the other spelling": (one) => eraseV4(one.iq),
        "v3, the key in the query": (one) =>
            erase(`/visitors/${one.base62}?ii=x&api_key=${whorl.secretKey}`, []),
        "the command": (one) => whorl.run("delete-visitor", "--data", whorl.data, one.iq),
    };
    for (const [name, way] of Object.entries(ways)) {
        test(name, async () => {
            const other = await device();
            const one = await device();
            assert.notEqual(one.iq, other.iq);
            await assertThere(one);
            const answer = await way(one);
            if (name.startsWith("v")) {
                assert.equal(answer.status, 200);
                assert.equal(answer.text, "");
            }
            await assertGone(one);
            const back = await one.again(); // with the cookie of the deleted one
            assert.notEqual(back.visitorId, one.iq);
            await assertGone(one);
            assert.equal((await v4(`/v4/events/${other.events[0]}`)).status, 200);
            assert.equal((await other.again()).visitorId, other.iq);
        });
    }

    test("also after a restart", async () => {
        const one = await device();
        assert.equal((await eraseV4(one.base62)).status, 200);
        await whorl.restart();
        await assertGone(one);
        assert.notEqual((await one.again()).visitorId, one.iq);
    });
});

describe("what is refused", () => {
    let one;
    before(async () => {
        one = await device();
    });
    after(() => assertThere(one)); // nothing of all that deleted it

    const codes = (status, three, four, message, messageV4 = message) => [status, three, four, message, messageV4];
    async function assertRefused(id, [status, codeV3, codeV4, message, messageV4], keys = {}) {
        const three = await eraseV3(id, keys.key);
        assert.equal(three.status, status, three.text);
        assert.deepEqual(three.json, { error: { code: codeV3, message } });
        assertSchema(three.json, "v3_error", "v3 ErrorResponse");
        const four = await eraseV4(id, keys.key);
        assert.equal(four.status, status, four.text);
        assert.deepEqual(four.json, { error: { code: codeV4, message: messageV4 } });
        assertSchema(four.json, "v4_error", "v4 ErrorResponse");
    }
    const parse = "RequestCannotBeParsed";
    const parseV4 = "request_cannot_be_parsed";

    test("an id that cannot be one", async () => {
        const refused = codes(400, parse, parseV4, "invalid visitor id");
        for (const id of ["badVisitorId", "x", "iq_", "%00", `${one.iq}x`, "a".repeat(500), one.events[0]]) {
            await assertRefused(id, refused);
        }
    });
    test("no id", () => assertRefused("", codes(400, parse, parseV4, "visitor id is required")));
    test("a visitor that is not there, or another workspace's", async () => {
        const missing = codes(404, "VisitorNotFound", "visitor_not_found", "visitor not found");
        const unknown = one.base62.slice(0, -1) + (one.base62.endsWith("0") ? "1" : "0");
        await assertRefused(unknown, missing);
        await assertRefused(one.base62, missing, { key: otherWorkspaceKey });
    });
    test("a key that may not", async () => {
        const required = codes(
            403,
            "TokenRequired",
            "secret_api_key_required",
            "secret key is required",
            "secret API key in header is missing or empty",
        );
        await assertRefused(one.base62, required, { key: "" });
        const notFound = codes(
            403,
            "TokenNotFound",
            "secret_api_key_not_found",
            "secret key is not found",
            "no fingerprint workspace found for specified secret API key",
        );
        await assertRefused(one.base62, notFound, { key: whorl.publicKey });
        const text = "workspace-scoped secret key is required";
        await assertRefused(one.base62, codes(403, "WorkspaceScopedSecretKeyRequired", "feature_not_enabled", text), {
            key: environmentKey,
        });
    });
    test("other methods", async () => {
        const answer = await whorl.send({ method: "PUT", path: `/v4/visitors/${one.iq}` });
        assert.equal(answer.status, 405);
        assert.equal(answer.headers.allow, "DELETE");
    });
});

describe("the receipt of a deletion", () => {
    const listed = async (query = "", key) => {
        const { status, json, text } = await whorl.get(`/v1/deletions${query}`, { auth: "bearer", key });
        assert.equal(status, 200, text);
        return json.deletions;
    };
    test("says that it was, and nothing of whom", async () => {
        const management = await whorl.key("management");
        const one = await device({ linkedId: "person-4711@shop.example" });
        const other = await device();
        const before = Date.now();
        assert.deepEqual(await listed(`?visitor_id=${one.iq}`, management), []);
        assert.equal((await eraseV4(one.iq)).status, 200);
        const [receipt, ...more] = await listed("?limit=1", management);
        assert.deepEqual(more, []);
        const at = Date.parse(receipt.deletedAt);
        assert.ok(at >= before && at <= Date.now());
        assert.match(receipt.key, /^key_\d+$/);
        for (const id of [one.iq, one.base62]) {
            const [mine] = await listed(`?visitor_id=${id}`, management);
            assert.equal(mine.visitorHash, receipt.visitorHash);
        }
        assert.deepEqual(await listed(`?visitor_id=${other.iq}`, management), []);
        await whorl.restart();
        let [mine] = await listed(`?visitor_id=${one.iq}`, management);
        for (let i = 0; i < 300 && !mine.erasedAt; i++) {
            await sleep(100); // deletions of ten seconds are gathered
            [mine] = await listed(`?visitor_id=${one.iq}`, management);
        }
        assert.equal(mine.events, 2);
        assert.ok(Date.parse(mine.erasedAt) >= at);
        const all = JSON.stringify(await listed("?limit=1000", management));
        const secrets = [one.iq, one.base62, ...one.events, "person-4711", "127.0.0.1", "shop.example"];
        for (const text of secrets) assert.ok(!all.includes(text), text);
        const printed = await whorl.run("deletion", "list", "--data", whorl.data, "--visitor", one.base62, "--json");
        assert.deepEqual(JSON.parse(printed).deletions, [mine]);
        const lines = await whorl.run("deletion", "list", "--data", whorl.data);
        assert.match(lines, new RegExp(`^deletedAt: \\S+  erasedAt: \\S+  events: 2  key: .*${mine.visitorHash}$`, "m"));
    });
    test("is for management keys of the workspace", async () => {
        const elsewhere = await whorl.key("management", { workspace: "other" });
        assert.deepEqual(await listed("", elsewhere), []);
        for (const key of [whorl.secretKey, whorl.publicKey, "x", ""]) {
            for (const path of ["/v1/deletions", "/v1/usage"]) {
                assert.equal((await whorl.get(path, { auth: "bearer", key })).status, 401);
            }
        }
        const management = await whorl.key("management");
        for (const query of ["?limit=0", "?limit=1001", "?limit=x", "?visitor_id=x"]) {
            assert.equal((await whorl.get(`/v1/deletions${query}`, { auth: "bearer", key: management })).status, 400);
        }
        await assert.rejects(whorl.key("management", { environment: "default" }), /for a workspace/);
    });
});

describe("the command delete-visitor", () => {
    const run = (...args) => whorl.run("delete-visitor", "--data", whorl.data, ...args);
    const refused = (args, pattern) =>
        assert.rejects(run(...args), (error) => {
            assert.equal(error.stdout, "");
            assert.match(error.stderr, pattern);
            return true;
        });

    test("says what it did, or what to do", async () => {
        const one = await device();
        await refused(["nobody"], /no visitor id; it has 20 characters/);
        await refused([], /visitor id/);
        await refused([one.iq, "--workspace", "other"], /no such visitor/);
        await refused([one.iq, "--workspace", "nowhere"], /no workspace of that name/);
        await refused([one.iq, one.iq], /no flag/);
        const answer = JSON.parse(await run(one.iq, "--workspace", "default", "--json"));
        assert.deepEqual(answer, { deleted: one.base62, workspace: "default" });
        await assertGone(one);
        await refused([one.iq], /no such visitor/);
    });
    test("works without a server, too", async () => {
        const one = await device();
        await whorl.stop();
        try {
            assert.equal(await run(one.base62), `deleted: ${one.base62}\nworkspace: default\n`);
            await refused([one.base62], /no such visitor/);
        } finally {
            await whorl.start();
        }
        await assertGone(one);
    });
});
