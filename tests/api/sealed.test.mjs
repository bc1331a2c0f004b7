// Sealed results, opened by the published SDKs and by a reading of our own.

import assert from "node:assert/strict";
import { createCipheriv, createDecipheriv } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { deflateRawSync, deflateSync, inflateRawSync } from "node:zlib";

import { DecryptionAlgorithm as AlgorithmV4, unsealEventsResponse as unsealV4 } from "@fingerprint/node-sdk";
import {
    DecryptionAlgorithm as AlgorithmV3,
    unsealEventsResponse as unsealV3,
} from "@fingerprintjs/fingerprintjs-pro-server-api";

import { bodies } from "../bodies/bodies.mjs";
import { assertSchema, contracts, haveContracts } from "../lib/checks.mjs";
import { startWhorl } from "../lib/whorl.mjs";

let whorl;
before(async () => {
    whorl = await startWhorl();
});
after(() => whorl?.remove());

const command = async (...args) => JSON.parse(await whorl.run(...args, "--data", whorl.data, "--json"));
const sealingKey = () => command("key", "create", "--kind", "sealing");

async function identified(agent) {
    const { body, headers } = bodies["headed-linux"]();
    const answer = await whorl.identify(agent ? { ...body, agent } : body, { headers });
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
}

function open(sealed, key) {
    const bytes = Buffer.from(sealed, "base64");
    assert.equal(bytes.subarray(0, 4).toString("hex"), "9e85dced");
    const decipher = createDecipheriv("aes-256-gcm", Buffer.from(key, "base64"), bytes.subarray(4, 16));
    decipher.setAuthTag(bytes.subarray(-16));
    const plain = Buffer.concat([decipher.update(bytes.subarray(16, -16)), decipher.final()]);
    return JSON.parse(inflateRawSync(plain).toString());
}

const v3Keys = (...keys) =>
    keys.map((key) => ({ key: Buffer.from(key, "base64"), algorithm: AlgorithmV3.Aes256Gcm }));
const v4Keys = (...keys) =>
    keys.map((key) => ({ key: Buffer.from(key, "base64"), algorithm: AlgorithmV4.Aes256Gcm }));

test("nothing is sealed until there is a key; then all three dialects are", async () => {
    assert.ok(!("sealedResult" in (await identified())));
    const made = await sealingKey();
    assert.equal(made.state, "current");
    assert.equal(Buffer.from(made.key, "base64").length, 32);

    const own = await identified();
    const event = open(own.sealedResult, made.key);
    const served = await whorl.get(`/v1/events/${own.requestId}`, { auth: "bearer" });
    assert.deepEqual(event, served.json);
    assert.equal(event.visitorId, own.visitorId);
    assert.equal(typeof event.signals.client.navigator, "object");

    const other = "A".repeat(43) + "=";
    const three = await identified({ version: "3.9.0", dialect: "v3" });
    const v3 = await unsealV3(Buffer.from(three.sealedResult, "base64"), v3Keys(other, made.key));
    const id = v3.products.identification.data.requestId;
    assert.deepEqual(v3, (await whorl.get(`/events/${id}`, { auth: "header" })).json);
    assertSchema(v3, "v3_event", "v3 EventsGetResponse");

    const four = await identified({ version: "4.0.0", dialect: "v4" });
    const v4 = await unsealV4(Buffer.from(four.sealedResult, "base64"), v4Keys(other, made.key));
    assert.deepEqual(v4, (await whorl.get(`/v4/events/${v4.event_id}`, { auth: "bearer" })).json);
    assertSchema(v4, "v4_event", "v4 Event");
});

test("keys rotate: the next one can be handed out before it seals", async () => {
    const first = await sealingKey(); /* of the test above there is a current one */
    assert.equal(first.state, "next");
    const before = (await identified()).sealedResult;
    assert.throws(() => open(before, first.key));
    const rotated = await command("key", "rotate", "--kind", "sealing");
    assert.deepEqual([rotated.id, rotated.state], [first.id, "current"]);
    const { sealedResult, requestId } = await identified();
    assert.equal(open(sealedResult, first.key).requestId, requestId);
    await whorl.restart();
    assert.ok(open((await identified()).sealedResult, first.key));
    await assert.rejects(command("key", "rotate", "--kind", "sealing"), /no next key/);
    await assert.rejects(command("key", "rotate", "--kind", "public"), /only two kinds rotate/);
});

describe("sealed data is opened by the SDKs", () => {
    /* Sealed here as the server does it, but with a nonce and a compression of our choice. */
    function seal(json, key, { compress = deflateRawSync, header = "9e85dced" } = {}) {
        const nonce = Buffer.from("000102030405060708090a0b", "hex");
        const cipher = createCipheriv("aes-256-gcm", Buffer.from(key, "base64"), nonce);
        const text = cipher.update(compress(Buffer.from(JSON.stringify(json))));
        return Buffer.concat([Buffer.from(header, "hex"), nonce, text, cipher.final(), cipher.getAuthTag()]);
    }
    const key = Buffer.alloc(32, 7).toString("base64");
    const other = Buffer.alloc(32, 8).toString("base64");
    const v3 = { products: { identification: { data: { requestId: "1708102555327.NLOjmg" } } } };
    const v4 = { event_id: "1708102555327.NLOjmg", timestamp: 1708102555327 };
    const sdks = [
        ["SDK 6", unsealV3, v3Keys, v3, v4],
        ["SDK 7", unsealV4, v4Keys, v4, v3],
    ];

    for (const [name, unseal, keys, own, foreign] of sdks) {
        test(`${name}: a vector, and what it refuses`, async () => {
            const sealed = seal(own, key);
            assert.deepEqual(await unseal(sealed, keys(key)), own);
            assert.deepEqual(await unseal(sealed, keys(other, key)), own, "previous, current, next");
            assert.deepEqual(open(sealed.toString("base64"), key), own, "and our own reading agrees");
            await assert.rejects(unseal(sealed, keys(other)));
            await assert.rejects(
                unseal(seal(own, key, { header: "9e85dcee" }), keys(key)),
                /[Ii]nvalid sealed data header/,
            );
            await assert.rejects(unseal(seal(own, key, { compress: deflateSync }), keys(key)));
            await assert.rejects(unseal(seal(foreign, key), keys(key)), /not valid events response/);
        });

        test(`${name}: what the server sealed, and no byte of it changed`, async () => {
            const current = await rotatedKey();
            const dialect = name === "SDK 6" ? "v3" : "v4";
            const { sealedResult } = await identified({ version: "1.0.0", dialect });
            const bytes = Buffer.from(sealedResult, "base64");
            await unseal(bytes, keys(other, current));
            for (const at of [4, 16, Math.floor(bytes.length / 2), bytes.length - 1]) {
                const changed = Buffer.from(bytes);
                changed[at] ^= 1;
                await assert.rejects(unseal(changed, keys(current)), `byte ${at}`);
                assert.throws(() => open(changed.toString("base64"), current), `byte ${at}`);
            }
            await assert.rejects(unseal(bytes.subarray(0, -1), keys(current)));
        });
    }

    /* A fresh key that seals now. */
    async function rotatedKey() {
        const made = await sealingKey();
        if (made.state === "next") {
            await command("key", "rotate", "--kind", "sealing");
        }
        return made.key;
    }

    test("a backend with the previous, the current and the next key opens all, through two rotations", async () => {
        const first = await rotatedKey();
        const second = (await sealingKey()).key;
        const old = (await identified({ version: "4.0.0", dialect: "v4" })).sealedResult;
        await command("key", "rotate", "--kind", "sealing");
        const third = (await sealingKey()).key;
        const now = (await identified({ version: "4.0.0", dialect: "v4" })).sealedResult;
        for (const sealed of [old, now]) {
            const event = await unsealV4(Buffer.from(sealed, "base64"), v4Keys(first, second, third));
            const served = await whorl.get(`/v4/events/${event.event_id}`, { auth: "bearer" });
            assert.deepEqual(event, served.json);
        }
        assert.throws(() => open(now, first));
        assert.throws(() => open(old, second));
        await command("key", "rotate", "--kind", "sealing");
        const next = (await identified({ version: "4.0.0", dialect: "v4" })).sealedResult;
        assert.equal(typeof open(next, third).event_id, "string");
    });

    const vectors = join(contracts, "fingerprint/vectors/sealed.json");
    test("the published vectors", { skip: !haveContracts && "no contracts" }, () => {
        let opened = 0;
        for (const one of JSON.parse(readFileSync(vectors, "utf8")).vectors) {
            const expected = one.unsealed ?? (one.plaintext && JSON.parse(one.plaintext));
            if (!expected) {
                continue; // its plaintext is a file of its own
            }
            assert.deepEqual(open(one.sealed_base64, one.key_base64), expected, one.name);
            opened++;
        }
        assert.ok(opened >= 3);
    });
});

test("each environment has its own keys", async () => {
    const publicKey = await whorl.key("public", { environment: "elsewhere" });
    const { body, headers } = bodies["headed-linux"]();
    const answer = await whorl.identify(body, { headers, key: publicKey });
    assert.ok(!("sealedResult" in answer.json));
});
