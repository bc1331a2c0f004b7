// The signed token: by it a browser is known again, unless somebody made it up or moved it.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { bodies } from "../bodies/bodies.mjs";
import { sha256 } from "../bodies/signals.mjs";
import { assertIdentified } from "../lib/checks.mjs";
import { startWhorl } from "../lib/whorl.mjs";

let whorl;
before(async () => {
    whorl = await startWhorl();
});
after(() => whorl?.remove());

const identify = (kind, options) =>
    whorl.identify(kind.body, { headers: kind.headers, ...options });

function cookieOf(answer) {
    const cookies = answer.headers["set-cookie"] ?? [];
    const ours = cookies.filter((cookie) => cookie.startsWith("_iidt="));
    assert.equal(ours.length, 1, `${cookies}`);
    const [pair, ...attributes] = ours[0].split(/;\s*/);
    return { pair, token: pair.slice("_iidt=".length), attributes };
}

// The same kind of machine (system, GPU maker), but nothing that is compared is alike any more; or the same
// machine, and nothing else is.
function changed(number, { sameMachine = false } = {}) {
    const { body, headers } = bodies["headed-linux"]();
    const { signals } = body;
    const value = (name) => signals[name].value;
    for (const name of [
        "canvas",
        "domRect",
        "svg",
        "htmlElement",
        "windowFeatures",
        "audio",
        "math",
        "codec",
    ]) {
        value(name).hash = sha256(`changed ${name} ${number}`);
    }
    value("domRect").emojiHash = sha256(`changed emoji ${number}`);
    value("fonts").detected = ["Arial", `Font ${number}`, "Impact"];
    value("fonts").count = 3;
    value("navigator").languages = ["pt-BR", "pt"];
    value("intl").locales = ["pt-BR", "pt"];
    value("timezone").reported = "America/Recife";
    Object.assign(value("screen"), { width: 1000 + 8 * number, height: 700 + 8 * number });
    if (sameMachine) return { body, headers };
    value("navigator").hardwareConcurrency = 2 + 2 * number;
    value("workerScope").workerNavigator.hardwareConcurrency = 2 + 2 * number;
    value("navigator").deviceMemory = 4;
    signals.webgl.value.renderer = `ANGLE (Intel, Mesa Intel(R) UHD Graphics ${600 + number}, OpenGL 4.6)`;
    signals.workerScope.value.workerWebGL.renderer = signals.webgl.value.renderer;
    signals.webgl.value.params = { "0xd33": 4096 };
    return { body, headers };
}

describe("the cookie", () => {
    test("cannot be read by scripts, and fits a plain http server", async () => {
        const answer = await identify(bodies["headed-linux"]());
        assertIdentified(answer);
        const { token, attributes } = cookieOf(answer);
        const has = (pattern) => attributes.some((attribute) => pattern.test(attribute));
        assert.match(token, /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{32,}$/);
        assert.ok(has(/^HttpOnly$/i), `${attributes}`);
        assert.ok(has(/^SameSite=Lax$/i), `${attributes}`);
        assert.ok(has(/^Path=\/$/i), `${attributes}`);
        assert.ok(has(/^Max-Age=\d{6,}$/i) || has(/^Expires=/i), `${attributes}`);
        assert.ok(!has(/^Secure$/i), `${attributes}`);
    });

    test("names the visitor, however the rest has changed", async () => {
        const first = await identify(bodies["headed-linux"]());
        const { visitorId } = assertIdentified(first);
        const { pair } = cookieOf(first);

        const without = assertIdentified(await identify(changed(1, { sameMachine: true })));
        assert.notEqual(without.visitorId, visitorId, "else the cookie proves nothing");
        const withIt = assertIdentified(await identify(changed(2, { sameMachine: true }), { cookie: pair }));
        assert.equal(withIt.visitorId, visitorId);
        const among = `theme=dark; ${pair}; _iidt2=x`;
        assert.equal(
            assertIdentified(await identify(changed(3, { sameMachine: true }), { cookie: among })).visitorId,
            visitorId,
        );
    });

    test("still does after a restart", async () => {
        const first = await identify(bodies["headed-linux"]());
        await whorl.restart();
        const later = assertIdentified(
            await identify(changed(4, { sameMachine: true }), { cookie: cookieOf(first).pair }),
        );
        assert.equal(later.visitorId, first.json.visitorId);
    });
});

describe("the signing key", () => {
    const patienceMs = 60_000;
    const number = ({ token }) => Buffer.from(token, "base64url")[1];

    test("is replaced in a running server, and what it has signed stays good", async () => {
        const first = await identify(bodies["headed-linux"]());
        const before = cookieOf(first);
        const args = ["key", "rotate", "--kind", "token", "--data", whorl.data, "--json"];
        const made = JSON.parse(await whorl.run(...args));
        assert.equal(made.id, number(before) + 1);
        let after;
        for (const until = Date.now() + patienceMs; Date.now() < until; await sleep(200)) {
            const answer = await identify(changed(5, { sameMachine: true }), { cookie: before.pair });
            assert.equal(assertIdentified(answer).visitorId, first.json.visitorId);
            after = cookieOf(answer);
            if (number(after) !== number(before)) break;
        }
        assert.equal(number(after), made.id);
        for (const cookie of [before.pair, after.pair]) {
            const answer = await identify(changed(5, { sameMachine: true }), { cookie });
            assert.equal(assertIdentified(answer).visitorId, first.json.visitorId);
        }
    });
});

describe("whorl's own agent", () => {
    const agent = { version: "0.1.0" };

    test("gets the token in the answer as well, and may send it back in the body", async () => {
        const { body, headers } = bodies["headed-linux"]();
        const first = await whorl.identify({ ...body, agent }, { headers });
        const { token, visitorId } = assertIdentified(first, { token: true });
        assert.equal(token, cookieOf(first).token);

        const other = changed(5, { sameMachine: true });
        const again = await whorl.identify(
            { ...other.body, agent, token },
            { headers: other.headers },
        );
        assert.equal(assertIdentified(again, { token: true }).visitorId, visitorId);
    });

    test("may send any nonsense as a token", async () => {
        const { body, headers } = bodies["headed-linux"]();
        for (const token of ["", "x", "\u0000\ud800", "a".repeat(5000), "...."]) {
            const answer = await whorl.identify({ ...body, agent, token }, { headers });
            assertIdentified(answer, { token: true });
        }
    });
});

describe("a token that is not to be believed", () => {
    let secret;
    let key; // of a workspace without the visitors of the tests above
    let pair;
    let visitorId;
    const identifyHere = (kind, options) => identify(kind, { key, ...options });
    before(async () => {
        key = await whorl.key("public", { workspace: "tokens" });
        secret = await whorl.key("secret", { workspace: "tokens" });
        const first = await identifyHere(bodies["headed-linux"]());
        ({ pair } = cookieOf(first));
        ({ visitorId } = first.json);
    });

    test("with any of its characters changed", async () => {
        const { visitorId: stranger } = assertIdentified(await identifyHere(changed(6)));
        assert.notEqual(stranger, visitorId);
        // Not the last character, some of whose bits may be unused.
        for (let at = "_iidt=".length; at < pair.length - 1; at += 5) {
            const other = pair[at] === "A" ? "B" : "A";
            const forged = pair.slice(0, at) + other + pair.slice(at + 1);
            const answer = assertIdentified(await identifyHere(changed(6), { cookie: forged }));
            assert.equal(answer.visitorId, stranger, `character ${at} of ${pair.length}`);
        }
    });

    test("cut short or made longer", async () => {
        const { visitorId: stranger } = assertIdentified(await identifyHere(changed(7)));
        for (const forged of [
            pair.slice(0, -8),
            `${pair}AAAA`,
            "_iidt=",
            `_iidt=${"A".repeat(4000)}`,
        ]) {
            const answer = assertIdentified(await identifyHere(changed(7), { cookie: forged }));
            assert.equal(answer.visitorId, stranger, forged);
        }
    });

    test("on a machine of another kind", async () => {
        const phone = assertIdentified(await identifyHere(bodies["safari-iphone"](), { cookie: pair }));
        assert.notEqual(phone.visitorId, visitorId);
        const { json: why } = await whorl.get(`/v1/events/${phone.requestId}`, { auth: "bearer", key: secret });
        assert.deepEqual(why.identification.disbelievedToken, {
            visitorId,
            differs: [{ trait: "family", words: "browser or system" }],
        });
        // ... and it did not become that visitor's: a browser like the first is still the first.
        const again = assertIdentified(await identifyHere(bodies["headed-linux-again"]()));
        assert.equal(again.visitorId, visitorId);
    });

    test("in another workspace", async () => {
        const elsewhere = await whorl.key("public", { workspace: "elsewhere" });
        const answer = assertIdentified(
            await identifyHere(bodies["headed-linux"](), { cookie: pair, key: elsewhere }),
        );
        assert.notEqual(answer.visitorId, visitorId);
    });
});
