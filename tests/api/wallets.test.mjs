// Wallets: linked by an identification or by POST /v1/identify/wallet-link, and what they say about Sybils.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { assertCors, assertError } from "../lib/checks.mjs";
import { startWhorl } from "../lib/whorl.mjs";

let whorl;
before(async () => {
    whorl = await startWhorl({ flags: ["--test-clock"] });
});
after(() => whorl?.remove());

const nowMs = Date.UTC(2026, 10, 20, 12, 0, 0);
const wallet = (n) => `0x${n.toString(16).padStart(40, "a")}`;
const names = ["headed-linux", "playwright-linux", "firefox-linux", "safari-iphone", "headed-linux-twin"];

/* A visitor of its own: the key's workspace has nobody else. */
async function visitor(key, walletAddresses, name = "headed-linux") {
    const { body, headers } = bodies[name]();
    const answer = await whorl.identify({ ...body, walletAddresses }, { headers, key, nowMs });
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
}
const link = (body, { key = whorl.publicKey, origin = "https://shop.example" } = {}) =>
    whorl.send({
        method: "POST",
        path: "/v1/identify/wallet-link",
        headers: [["Content-Type", "application/json"], ["X-API-Key", key], ["Origin", origin]],
        body: typeof body === "string" ? body : JSON.stringify(body),
    });

test("an identification without wallets says nothing of them", async () => {
    const answer = await visitor(whorl.publicKey, undefined);
    assert.ok(!("sybilRisk" in answer) && !("web3" in answer));
    assert.ok(!("web3" in (await visitor(whorl.publicKey, []))));
    assert.ok(!("web3" in (await visitor(whorl.publicKey, ["no address"]))));
});

test("one person with two wallets is no risk", async () => {
    const key = await whorl.key("public", { workspace: "one" });
    const answer = await visitor(key, [wallet(1).toUpperCase().replace("0X", "0x"), wallet(2)]);
    assert.deepEqual(answer.sybilRisk, { score: 0, level: "low", reasons: [] });
    assert.deepEqual(answer.web3.connectedWallets, [wallet(1), wallet(2)]);
    assert.deepEqual(answer.web3.sybilAnalysis, { walletsOfVisitor: 2, visitorsOfWallet: 1 });
    assert.ok(Array.isArray(answer.web3.walletsDetected));
    const again = await visitor(key, [wallet(1)]);
    assert.equal(again.web3.sybilAnalysis.walletsOfVisitor, 2);
});

test("wallets that many visitors show, and many wallets on one device, are", async () => {
    const known = names.filter((name) => bodies[name]);
    assert.ok(known.length >= 3, Object.keys(bodies).join());
    const key = await whorl.key("public", { workspace: "many" });
    let shared;
    for (const name of known) {
        shared = await visitor(key, [wallet(7)], name);
    }
    const { visitorsOfWallet } = shared.web3.sybilAnalysis;
    assert.ok(visitorsOfWallet >= 3, `${visitorsOfWallet}`);
    assert.ok(shared.sybilRisk.score >= 35);
    assert.deepEqual(shared.sybilRisk.reasons[0], "WALLET_SHARED_BY_VISITORS");
    const wallets = Array.from({ length: 11 }, (_, i) => wallet(100 + i));
    const { sybilRisk } = await visitor(key, wallets, known[0]);
    assert.ok(sybilRisk.reasons.includes("MANY_WALLETS_ON_DEVICE"));
    assert.ok(sybilRisk.score >= 60 && sybilRisk.level === "high", JSON.stringify(sybilRisk));
});

test("wallet-link, as the browser SDK asks it", async () => {
    const key = await whorl.key("public", { workspace: "link" });
    const { visitorId } = await visitor(key, undefined);
    const answer = await link({ visitorId, walletAddresses: [wallet(1)] }, { key });
    assert.equal(answer.status, 200, answer.text);
    assertCors(answer, "https://shop.example");
    assert.deepEqual(answer.json, { linked: 1, sybilRisk: { score: 0, level: "low", reasons: [] } });
    await link({ visitorId, walletAddresses: [wallet(2), wallet(3), wallet(2)] }, { key });
    const seen = await visitor(key, [wallet(4)]);
    assert.equal(seen.visitorId, visitorId);
    assert.equal(seen.web3.sybilAnalysis.walletsOfVisitor, 4);
    const solana = "7xkxtg2cw87d97txjsdpbd5jbkhetqa83tzrujosgasu";
    assert.equal((await link({ visitorId, walletAddresses: [solana] }, { key })).json.linked, 1);
});

test("wallet-link refuses what it cannot read", async () => {
    const { visitorId } = await visitor(whorl.publicKey, undefined);
    for (const body of [
        "{",
        {},
        { visitorId },
        { visitorId: "", walletAddresses: [wallet(1)] },
        { visitorId, walletAddresses: wallet(1) },
        { visitorId, walletAddresses: [] },
        { visitorId, walletAddresses: ["0x12"] },
        { visitorId, walletAddresses: Array.from({ length: 21 }, (_, i) => wallet(i)) },
    ]) {
        assertError(await link(body), 400);
    }
    const nobody = "iq_01hns3k6tez83695a6t714s6n1";
    assertError(await link({ visitorId: nobody, walletAddresses: [wallet(1)] }), 404);
    assertError(await link({ visitorId, walletAddresses: [wallet(1)] }, { key: "wrong" }), 401);
    const other = await whorl.key("public", { workspace: "elsewhere" });
    assertError(await link({ visitorId, walletAddresses: [wallet(1)] }, { key: other }), 404);
});

test("a deleted visitor's wallets go with it, off the disk too", { timeout: 60_000 }, async () => {
    const key = await whorl.key("public", { workspace: "gone" });
    const mark = "0xfeedfacefeedfacefeedfacefeedfacefeedface";
    const first = await visitor(key, [mark]);
    await whorl.stop();
    const files = async () => {
        let found = 0;
        for (const name of await readdir(whorl.data)) {
            const bytes = await readFile(join(whorl.data, name)).catch(() => Buffer.alloc(0));
            found += bytes.includes(mark) ? 1 : 0;
        }
        return found;
    };
    assert.ok((await files()) > 0, "the test can see the wallet in the files");
    await whorl.start();
    const second = await visitor(key, [mark], "safari-iphone");
    assert.notEqual(second.visitorId, first.visitorId);
    assert.equal(second.web3.sybilAnalysis.visitorsOfWallet, 2);
    for (const { visitorId } of [first, second]) {
        await whorl.run("delete-visitor", visitorId, "--workspace", "gone", "--data", whorl.data);
    }
    const third = await visitor(key, [wallet(1)], "safari-iphone");
    assert.equal(third.web3.sybilAnalysis.visitorsOfWallet, 1);
    await whorl.stop();
    await whorl.run("delete-visitor", third.visitorId, "--workspace", "gone", "--data", whorl.data);
    assert.equal(await files(), 0);
    await whorl.start();
});
