// A verdict that fails: v3 shows the documented error in its place, inside a 200.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { assertIdentified, assertSchema } from "../lib/checks.mjs";
import { sdk6 } from "../lib/sdks.mjs";
import { binary, repository, startWhorl } from "../lib/whorl.mjs";

import { spawnSync } from "node:child_process";

let whorl;
const start = (...faults) => faults.flatMap((name) => ["--test-fault", name]);
before(async () => {
    whorl = await startWhorl({ flags: start("bot", "incognito") });
});
after(() => whorl?.remove());

const identify = async () => {
    const { body, headers } = bodies["playwright-linux"]();
    return assertIdentified(await whorl.identify(body, { headers }));
};
const error = { code: "Failed", message: "internal server error" };

test("the other products are as ever, and the SDK reads all of it", async () => {
    const { requestId } = await identify();
    const answer = await whorl.get(`/events/${requestId}`, { auth: "header" });
    assert.equal(answer.status, 200);
    const { products } = answer.json;
    assert.deepEqual(products.botd, { error });
    assert.deepEqual(products.incognito, { error });
    assert.equal(products.identification.data.requestId.length, 20);
    assertSchema(answer.json, "v3_event_partial", "v3 EventsGetResponse");
    const event = await sdk6(whorl).getEvent(requestId);
    assert.deepEqual(event.products.botd.error, error);
});

test("v4, which has no partial errors, leaves the fields out", async () => {
    const { requestId } = await identify();
    const { status, json } = await whorl.get(`/v4/events/${requestId}`, { auth: "bearer" });
    assert.equal(status, 200);
    assert.ok(!("bot" in json) && !("incognito" in json));
    assert.equal(typeof json.identification.visitor_id, "string");
});

test("the identification itself", async () => {
    whorl.flags = start("identification");
    await whorl.restart();
    const { requestId } = await identify();
    const { products } = (await whorl.get(`/events/${requestId}`, { auth: "header" })).json;
    assert.deepEqual(products.identification, { error });
    assert.equal(products.botd.data.bot.result, "bad");
});

test("faults are for loopback, and for verdicts that are there", () => {
    const serve = (...flags) =>
        spawnSync(binary, ["serve", "--data", `${whorl.data}-none`, ...flags], { cwd: repository });
    const refused = serve("--listen", "0.0.0.0:0", ...start("bot"));
    assert.equal(refused.status, 1);
    assert.match(`${refused.stderr}`, /refused on other addresses than loopback/);
    const unknown = serve("--listen", "127.0.0.1:0", ...start("weather"));
    assert.equal(unknown.status, 1);
    assert.match(`${unknown.stderr}`, /there is no such verdict/);
});
