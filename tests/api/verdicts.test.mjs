// The verdicts about browser and machine, in every dialect, over payloads as browsers send them. The server
// stands behind a trusted proxy here: the connection is this test's and no evidence.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { contracts } from "../lib/checks.mjs";
import { startWhorl } from "../lib/whorl.mjs";

const recordings = join(contracts, "fingerprintiq/examples");
const recorded = existsSync(recordings);
const skip = recorded ? false : `${recordings} is not there`;
let whorl;

before(async () => {
    whorl = await startWhorl({ flags: ["--trusted-proxy", "127.0.0.1"] });
});
after(() => whorl?.remove());

const fixed = /^(host|connection|content-length|accept-encoding|origin|referer|x-api-key|sec-fetch-.*)$/i;

async function judge({ body, headers = [] }) {
    const answer = await fetch(`${whorl.url}/v1/identify`, {
        method: "POST",
        headers: [...headers.filter(([name]) => !fixed.test(name)), ["x-api-key", whorl.publicKey]],
        body: JSON.stringify(body),
    });
    assert.equal(answer.status, 200);
    const { requestId, verdicts } = await answer.json();
    const get = async (path, header) => (await fetch(`${whorl.url}${path}`, { headers: header })).json();
    const bearer = { Authorization: `Bearer ${whorl.secretKey}` };
    const { reasons } = await get(`/v1/events/${requestId}`, bearer);
    const v4 = await get(`/v4/events/${requestId}`, bearer);
    const { products } = await get(`/events/${requestId}`, { "Auth-API-Key": whorl.secretKey });
    return { verdicts, reasons, v4, products };
}

const recording = (name) => {
    const read = (file) => JSON.parse(readFileSync(join(recordings, file), "utf8"));
    const headers = existsSync(join(recordings, `${name}.headers.json`)) ? read(`${name}.headers.json`) : undefined;
    return { body: read(`${name}.json`), headers };
};

function assertInnocent({ verdicts, v4, products, reasons }) {
    assert.deepEqual(verdicts.tampering, { result: false, anomalyScore: 0 }, reasons.tampering?.join());
    for (const name of ["virtualMachine", "devtools", "incognito"]) assert.equal(verdicts[name].result, false, name);
    assert.notEqual(v4.tampering, true);
    assert.notEqual(v4.virtual_machine, true);
    assert.notEqual(products.tampering?.data.result, true);
}

describe("payloads of browsers that contradict themselves nowhere", () => {
    for (const name of Object.keys(bodies)) {
        test(name, async () => assertInnocent(await judge(bodies[name]())));
    }
});

/* One machine through several browsers and tools, and what is to be seen of it. */
describe("recorded payloads", { skip }, () => {
    const names = (recorded ? readdirSync(recordings) : [])
        .filter((file) => file.endsWith(".json") && !/headers|request|response|vectors/.test(file))
        .map((file) => file.slice(0, -".json".length));
    const guilty = {
        "emulated-iphone-playwright": ["TAMPERED_ENGINE", "TAMPERED_PLATFORM", "TAMPERED_HINTS_ENGINE"],
        "spoofed-chromium-playwright": ["TAMPERED_WORKER_NAME", "TAMPERED_WORKER_HARDWARE", "TAMPERED_FONTS"],
    };
    for (const name of names.filter((one) => !guilty[one])) {
        test(`${name} is not tampered with`, async () => {
            const payload = recording(name);
            const seen = await judge(payload);
            if (payload.headers) assertInnocent(seen); // without its User-Agent a payload contradicts ours
            assert.ok(!seen.reasons.tampering?.includes("TAMPERED_HASH"));
        });
    }
    for (const [name, wanted] of Object.entries(guilty)) {
        test(`${name} is tampered with`, async () => {
            const { verdicts, reasons, v4, products } = await judge(recording(name));
            assert.equal(verdicts.tampering.result, true);
            assert.ok(verdicts.tampering.anomalyScore > 0.5);
            assert.equal(v4.tampering, true);
            assert.equal(v4.tampering_details.anomaly_score, verdicts.tampering.anomalyScore);
            assert.equal(v4.tampering_ml_score, undefined);
            assert.equal(products.tampering.data.result, true);
            assert.equal(products.tampering.data.mlScore, 0);
            for (const reason of wanted) assert.ok(reasons.tampering.includes(reason), `${reasons.tampering}`);
        });
    }
});

/* The same payload with one value changed by hand: its hash gives it away. */
describe("a payload edited after it was collected", () => {
    const edits = {
        math: (value) => (value.values[0] += 1),
        error: (value) => (value.messages[8] += " "),
        svg: (value) => value.textLengths.pop(),
        codec: (value) => (Object.values(value.matrix)[0].canPlay += "x"),
        windowFeatures: (value) => value.litterKeys.push("Zebra"),
        platformFeatures: (value) => (value.features.Bluetooth = !value.features.Bluetooth),
        uaClientHints: (value) => (value.model += "Pixel"),
        geometryVector: (value) => (value.window.innerWidth += 7),
        timezone: (value) => (value.reported = "Asia/Tokyo"),
    };
    for (const [signal, edit] of Object.entries(edits)) {
        test(signal, async () => {
            const { body, headers } = bodies["headed-linux"]();
            edit(body.signals[signal].value);
            const { reasons, v4 } = await judge({ body, headers });
            assert.deepEqual(reasons.tampering, ["TAMPERED_HASH"]);
            assert.equal(v4.tampering, true);
            assert.equal(v4.tampering_confidence, "medium");
        });
    }
});

test("what is not known is absent, and FingerprintIQ's verdicts say no", async () => {
    const { verdicts, v4, products } = await judge(bodies.minimal());
    for (const name of ["tampering", "tampering_details", "incognito", "developer_tools", "privacy_settings"]) {
        assert.equal(v4[name], undefined, name);
    }
    for (const name of ["tampering", "incognito", "developerTools", "privacySettings"]) {
        assert.equal(products[name], undefined, name);
    }
    assert.equal(products.identification.data.incognito, false);
    assert.equal(verdicts.incognito.result, false);
    assert.deepEqual(verdicts.privacyBrowser, { result: false, name: null });
});
