// A verdict that fails: v3 shows the documented error in its place, inside a 200.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { assertIdentified, assertSchema } from "../lib/checks.mjs";
import { sdk6, sdk7 } from "../lib/sdks.mjs";
import { binary, repository, startWhorl } from "../lib/whorl.mjs";

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

/* Every product of v3, and what fails for it. "labels" is not among them: whorl has none. */
const browsers = {
    identification: "identification",
    botd: "bot",
    ipInfo: "ip_info",
    ipBlocklist: "ip_blocklist",
    tor: "tor",
    vpn: "vpn",
    proxy: "proxy",
    incognito: "incognito",
    tampering: "tampering",
    privacySettings: "privacy",
    virtualMachine: "virtual_machine",
    rawDeviceAttributes: "raw_device_attributes",
    highActivity: "high_activity",
    rareDevice: "rare_device",
    suspectScore: "suspect_score",
    velocity: "velocity",
    developerTools: "developer_tools",
};
const apps = {
    rootApps: "root_apps",
    emulator: "emulator",
    clonedApp: "cloned_app",
    factoryReset: "factory_reset",
    jailbroken: "jailbroken",
    frida: "frida",
    locationSpoofing: "location_spoofing",
    remoteControl: "remote_control",
    mitmAttack: "mitm_attack",
    proximity: "proximity",
};

describe("every product", () => {
    test("is one of those that fail here", async () => {
        const { properties } = (await whorl.openApi()).document.components.schemas.EventV3.properties
            .products;
        assert.deepEqual(Object.keys({ ...browsers, ...apps }).sort(), Object.keys(properties).sort());
    });

    const bodyOf = (name) => JSON.parse(readFileSync(join(repository, "fuzz/corpus/identify", name), "utf8"));
    const app = (name) => async () => assertIdentified(await whorl.identify(bodyOf(name)), { token: true });
    const kinds = [
        ["a browser", identify, browsers],
        ["Android", app("android"), apps],
        ["iOS", app("ios"), { jailbroken: "jailbroken" }],
    ];
    for (const [what, made, products] of kinds) {
        for (const [product, name] of Object.entries(products)) {
            test(`${product}, of ${what}`, async () => {
                whorl.flags = start(name);
                await whorl.restart();
                const { requestId } = await made();
                const { status, json } = await whorl.get(`/events/${requestId}`, { auth: "header" });
                assert.equal(status, 200);
                assertSchema(json, "v3_event_partial", "v3 EventsGetResponse");
                assert.deepEqual(json.products[product], { error });
                for (const [other, { data }] of Object.entries(json.products)) {
                    assert.equal(data === undefined, other === product, other);
                }
                assert.deepEqual((await sdk6(whorl).getEvent(requestId)).products[product].error, error);

                const four = await sdk7(whorl).getEvent(requestId);
                const member =
                    four[
                        name === "privacy"
                            ? "privacy_settings"
                            : name === "high_activity"
                              ? "high_activity_device"
                              : name
                    ];
                assert.equal(member, undefined, "v4 leaves it out");
            });
        }
    }
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
