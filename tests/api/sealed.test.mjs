// Sealed results, opened by the published SDKs and by a reading of our own.

import assert from "node:assert/strict";
import { createDecipheriv } from "node:crypto";
import { after, before, test } from "node:test";
import { inflateRawSync } from "node:zlib";

import {
    DecryptionAlgorithm as AlgorithmV4,
    unsealEventsResponse as unsealV4,
} from "@fingerprint/node-sdk";
import {
    DecryptionAlgorithm as AlgorithmV3,
    unsealEventsResponse as unsealV3,
} from "@fingerprintjs/fingerprintjs-pro-server-api";

import { bodies } from "../bodies/bodies.mjs";
import { assertSchema } from "../lib/checks.mjs";
import { startWhorl } from "../lib/whorl.mjs";

let whorl;
before(async () => {
    whorl = await startWhorl();
});
after(() => whorl?.remove());

const command = async (...args) =>
    JSON.parse(await whorl.run(...args, "--data", whorl.data, "--json"));
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
    await assert.rejects(command("key", "rotate", "--kind", "public"), /only sealing keys/);
});

test("each environment has its own keys", async () => {
    const publicKey = await whorl.key("public", { environment: "elsewhere" });
    const { body, headers } = bodies["headed-linux"]();
    const answer = await whorl.identify(body, { headers, key: publicKey });
    assert.ok(!("sealedResult" in answer.json));
});
