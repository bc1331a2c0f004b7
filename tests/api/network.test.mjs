// Verdicts about the address, from small lists and the geo files of tests/data: the same event in every
// dialect, with data and without.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { assertIdentified, assertSchema } from "../lib/checks.mjs";
import { repository, startWhorl } from "../lib/whorl.mjs";

const home = mkdtempSync(join(tmpdir(), "whorl-network-"));
after(() => rmSync(home, { recursive: true, force: true }));
const { body, headers } = bodies["headed-linux"]();

/* The recorded body, in a browser of that time zone. */
function bodyIn(zone) {
    const changed = structuredClone(body);
    changed.signals.timezone = { value: { reported: zone }, duration: 1 };
    return changed;
}

/* One identification from that address and zone, in all dialects; v3 and v4 against the schemas. */
async function seen(whorl, ip, zone) {
    const sent = [...headers, ["X-Forwarded-For", ip]];
    const fiq = assertIdentified(await whorl.identify(bodyIn(zone), { headers: sent }));
    const read = async (path, auth) => {
        const answer = await whorl.get(path, { auth });
        assert.equal(answer.status, 200, answer.text);
        return answer.json;
    };
    const v4 = await read(`/v4/events/${fiq.requestId}`, "bearer");
    assertSchema(v4, "v4_event", "v4 Event");
    const v3 = await read(`/events/${fiq.requestId}`, "header");
    assertSchema(v3, "v3_event", "v3 EventsGetResponse");
    const event = await read(`/v1/events/${fiq.requestId}`, "bearer");
    return { fiq, v4, products: v3.products, reasons: event.reasons, server: event.signals.server };
}

const BERLIN = "Europe/Berlin";

describe("with lists and places", () => {
    let whorl;
    before(async () => {
        const lists = {
            "tor:exits": "84.128.1.1\n",
            "relay:icloud": "84.128.2.0/24\n",
            "vpn:mullvad": "84.128.1.0/24\n84.128.2.0/24\n84.128.3.0/24\n",
            "proxy:residential-massive": "84.128.3.1\n84.128.4.0/24\n",
            "proxy:open": "84.128.4.4\n84.128.5.1\n",
            "cloud:aws": "84.128.5.0/24\n84.128.2.0/24\n",
            "attack:ipsum": "84.128.6.1\n",
            "spam:sfs": "84.128.6.2\n",
        };
        const flags = ["--trusted-proxy", "127.0.0.1"];
        for (const name of ["flat4.mmdb", "flat6.mmdb"]) {
            flags.push("--geo-city", join(repository, "tests/data/geo", name));
        }
        for (const [list, text] of Object.entries(lists)) {
            const path = join(home, list.replace(":", "-"));
            writeFileSync(path, text);
            flags.push("--list", `${list}=${path}`);
        }
        whorl = await startWhorl({ flags });
    });
    after(() => whorl?.remove());

    test("an address that nothing is known of is none of these", async () => {
        const { fiq, v4, products, reasons } = await seen(whorl, "84.128.9.9", BERLIN);
        assert.deepEqual(v4.ip_blocklist, { email_spam: false, attack_source: false, tor_node: false });
        assert.deepEqual(
            [v4.vpn, v4.vpn_confidence, v4.proxy, v4.proxy_confidence, v4.proxy_details],
            [false, "high", false, "high", undefined],
        );
        assert.deepEqual([v4.vpn_origin_timezone, v4.vpn_origin_country], [BERLIN, "DE"]);
        assert.deepEqual(v4.ip_info.v4.datacenter_result, false);
        assert.deepEqual(products.vpn.data, {
            result: false,
            confidence: "high",
            originTimezone: BERLIN,
            originCountry: "DE",
            methods: {
                timezoneMismatch: false,
                publicVPN: false,
                auxiliaryMobile: false,
                osMismatch: false,
                relay: false,
            },
        });
        assert.deepEqual(products.proxy.data, { result: false, confidence: "high" });
        assert.deepEqual(products.tor.data, { result: false });
        assert.deepEqual(fiq.riskFactors.filter((r) => !/HEADLESS|SOFTWARE/.test(r)), []);
        assert.deepEqual(fiq.verdicts.vpn, { result: false, confidence: 0.97 });
        assert.deepEqual([reasons.vpn, reasons.proxy, reasons.network], [[], [], undefined]);
    });

    test("a Tor exit is Tor, though a list of VPNs holds it too", async () => {
        const { fiq, v4, products, reasons } = await seen(whorl, "84.128.1.1", BERLIN);
        assert.equal(v4.ip_blocklist.tor_node, true);
        assert.deepEqual([products.tor.data.result, fiq.verdicts.tor.result], [true, true]);
        assert.deepEqual([v4.vpn, v4.vpn_methods.public_vpn], [false, false]);
        assert.deepEqual(reasons.network, ["TOR_LIST"]);
        assert.ok(fiq.riskFactors.includes("TOR_EXIT_NODE"));
    });

    test("a relay is a relay, and no risk for standing in a datacenter", async () => {
        const { fiq, v4, reasons } = await seen(whorl, "84.128.2.2", BERLIN);
        assert.deepEqual([v4.vpn, v4.vpn_confidence], [true, "high"]);
        assert.deepEqual([v4.vpn_methods.relay, v4.vpn_methods.public_vpn], [true, false]);
        assert.deepEqual(v4.ip_info.v4.datacenter_result, true);
        assert.ok(!fiq.riskFactors.includes("DATACENTER_ASN"));
        assert.deepEqual(reasons.vpn, ["VPN_RELAY"]);
    });

    test("a public VPN is one, with high confidence, and no proxy", async () => {
        const { fiq, v4, server, products } = await seen(whorl, "84.128.3.1", "America/New_York");
        assert.deepEqual([v4.vpn, v4.vpn_confidence, v4.proxy], [true, "high", false]);
        assert.deepEqual([v4.vpn_origin_timezone, v4.vpn_origin_country], ["America/New_York", "US"]);
        assert.equal(products.vpn.data.methods.publicVPN, true);
        assert.equal(products.vpn.data.methods.timezoneMismatch, true);
        assert.deepEqual(fiq.verdicts.vpn, { result: true, confidence: 0.98 });
        assert.equal(server.vpnDetection.publicVPN, true);
    });

    test("a proxy has a type and a provider where the list's name tells them", async () => {
        const several = await seen(whorl, "84.128.4.4", BERLIN);
        assert.deepEqual([several.v4.proxy, several.v4.proxy_confidence], [true, "high"]);
        assert.equal(several.fiq.verdicts.proxy.result, true);
        const home = await seen(whorl, "84.128.4.5", BERLIN);
        assert.equal(home.v4.proxy_confidence, "medium");
        assert.deepEqual(home.v4.proxy_details.proxy_type, "residential");
        assert.equal(home.v4.proxy_details.provider, "massive");
        assert.deepEqual(home.products.proxy.data.details.proxyType, "residential");
        assert.deepEqual(home.reasons.proxy, ["PROXY_LIST"]);
        const hosted = await seen(whorl, "84.128.5.1", BERLIN);
        assert.equal(hosted.v4.proxy_details.proxy_type, "data_center");
        assert.equal(hosted.v4.proxy_details.provider, undefined);
        assert.deepEqual(hosted.products.ipInfo.data.v4.datacenter, { result: true, name: "aws" });
        assert.ok(hosted.fiq.riskFactors.includes("DATACENTER_ASN"));
    });

    test("attackers and spammers are told apart", async () => {
        const attack = await seen(whorl, "84.128.6.1", BERLIN);
        assert.deepEqual(attack.products.ipBlocklist.data, {
            result: true,
            details: { emailSpam: false, attackSource: true },
        });
        const spam = await seen(whorl, "84.128.6.2", BERLIN);
        assert.equal(spam.v4.ip_blocklist.email_spam, true);
        assert.equal(spam.fiq.verdicts.ipBlocklist.result, true);
    });

    test("another time zone alone is a VPN with low confidence; one offset is one zone", async () => {
        const far = await seen(whorl, "84.128.9.9", "Asia/Tokyo");
        assert.deepEqual([far.v4.vpn, far.v4.vpn_confidence], [true, "low"]);
        assert.deepEqual(far.reasons.vpn, ["VPN_TIMEZONE"]);
        const near = await seen(whorl, "84.128.9.9", "Europe/Paris");
        assert.deepEqual([near.v4.vpn, near.v4.vpn_methods.timezone_mismatch], [false, false]);
        const hidden = await seen(whorl, "84.128.9.9", "UTC");
        assert.deepEqual([hidden.v4.vpn, hidden.v4.vpn_methods.timezone_mismatch], [false, undefined]);
        assert.equal(hidden.v4.vpn_origin_country, "unknown");
    });

    test("an address whose city is not known is held against all zones of its country", async () => {
        const { v4, reasons } = await seen(whorl, "61.127.217.1", BERLIN);
        assert.deepEqual([v4.vpn, v4.vpn_confidence], [true, "low"]);
        assert.deepEqual(reasons.vpn, ["VPN_TIMEZONE_COARSE"]);
        assert.equal((await seen(whorl, "61.127.217.1", "Asia/Seoul")).v4.vpn, false);
    });

    test("a private address is not judged", async () => {
        const { v4, products } = await seen(whorl, "10.1.2.3", "Asia/Tokyo");
        for (const field of ["vpn", "proxy", "ip_blocklist", "vpn_methods"]) {
            assert.equal(v4[field], undefined, field);
        }
        for (const product of ["vpn", "proxy", "tor", "ipBlocklist", "ipInfo"]) {
            assert.equal(products[product], undefined, product);
        }
    });
});

describe("without lists", () => {
    let whorl;
    before(async () => {
        whorl = await startWhorl({ flags: ["--trusted-proxy", "127.0.0.1"] });
    });
    after(() => whorl?.remove());

    test("v4 leaves fields out, v3 products, and FingerprintIQ says no", async () => {
        const { fiq, v4, products } = await seen(whorl, "84.128.1.1", "Asia/Tokyo");
        for (const field of ["vpn", "vpn_methods", "proxy", "ip_blocklist", "ip_info"]) {
            assert.equal(v4[field], undefined, field);
        }
        for (const product of ["vpn", "proxy", "tor", "ipBlocklist", "ipInfo"]) {
            assert.equal(products[product], undefined, product);
        }
        assert.deepEqual(
            [fiq.verdicts.vpn, fiq.verdicts.tor, fiq.verdicts.proxy, fiq.verdicts.ipBlocklist],
            [{ result: false, confidence: 0 }, { result: false }, { result: false }, { result: false }],
        );
    });
});
