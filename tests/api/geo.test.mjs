// Where an address is and whose network: in every dialect, with data and without, and while the
// files change.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import { bodies } from "../bodies/bodies.mjs";
import { files } from "../data/geo/make.mjs";
import { assertIdentified, assertSchema } from "../lib/checks.mjs";
import { binary, freePort, repository, startWhorl } from "../lib/whorl.mjs";

const data = (name) => join(repository, "tests/data/geo", name);
const { body, headers } = bodies["playwright-linux"]();
const proxy = ["--trusted-proxy", "127.0.0.1"]; // so that X-Forwarded-For chooses the address

const identify = async (whorl, ip) =>
    assertIdentified(
        await whorl.identify(body, { headers: [...headers, ["X-Forwarded-For", ip]] }),
    );

/* One identification of that address in all dialects. */
async function seen(whorl, ip) {
    const fiq = await identify(whorl, ip);
    const id = fiq.requestId;
    const read = async (path, auth, schema, official) => {
        const answer = await whorl.get(path, { auth });
        assert.equal(answer.status, 200, answer.text);
        assertSchema(answer.json, schema, official);
        return answer.json;
    };
    const v4 = await read(`/v4/events/${id}`, "bearer", "v4_event", "v4 Event");
    const v3 = await read(`/events/${id}`, "header", "v3_event", "v3 EventsGetResponse");
    const path = `/visitors/${v4.identification.visitor_id}?limit=1`;
    const { visits } = await read(path, "header", "v3_visitors");
    const event = await whorl.get(`/v1/events/${id}`, { auth: "bearer" });
    return { fiq, v4, products: v3.products, visit: visits[0], server: event.json.signals.server };
}

test("the data files are what make.mjs writes", async () => {
    for (const [name, bytes] of Object.entries(files)) {
        assert.deepEqual(await readFile(data(name)), bytes, name);
    }
});

describe("with geo and ASN files", () => {
    let whorl, adminPort;
    before(async () => {
        adminPort = await freePort();
        const places = ["flat4.mmdb", "flat6.mmdb", "nested.mmdb"].flatMap((name) => [
            "--geo-city",
            data(name),
        ]);
        whorl = await startWhorl({
            flags: [...proxy, ...places, "--geo-asn", data("asn.mmdb"), "--geo-asn",
                data("asn.csv"), "--admin-listen", `127.0.0.1:${adminPort}`],
        });
    });
    after(() => whorl?.remove());

    test("the flat schema, filled in from our tables", async () => {
        const { fiq, v4, products, visit, server } = await seen(whorl, "84.128.0.1");
        assert.deepEqual(fiq.ipLocation, {
            country: "DE", city: "Munich", region: "BY", latitude: 48.1374, longitude: 11.5755,
        });
        assert.deepEqual(v4.ip_info, {
            v4: {
                address: "84.128.0.1",
                geolocation: {
                    accuracy_radius: 250, latitude: 48.1374, longitude: 11.5755,
                    timezone: "Europe/Berlin", city_name: "Munich", country_code: "DE",
                    country_name: "Germany", continent_code: "EU", continent_name: "Europe",
                    subdivisions: [{ iso_code: "BY", name: "Bavaria" }],
                },
                asn: "3320", asn_name: "Deutsche Telekom AG", asn_network: "84.128.0.0/10",
                asn_type: "isp",
            },
        });
        const location = {
            accuracyRadius: 250, latitude: 48.1374, longitude: 11.5755, timezone: "Europe/Berlin",
            city: { name: "Munich" }, country: { code: "DE", name: "Germany" },
            continent: { code: "EU", name: "Europe" },
            subdivisions: [{ isoCode: "BY", name: "Bavaria" }],
        };
        assert.deepEqual(products.ipInfo.data, {
            v4: {
                address: "84.128.0.1", geolocation: location,
                asn: { asn: "3320", name: "Deutsche Telekom AG", network: "84.128.0.0/10",
                    type: "isp" },
            },
        });
        assert.deepEqual(products.identification.data.ipLocation, location);
        assert.deepEqual(visit.ipLocation, location);
        assert.equal(server.asn.asn, 3320);
        assert.equal(server.asn.category, "RESIDENTIAL_ISP");
        assert.equal(server.geo.city, "Munich");
    });

    test("IPv6 stands under v6", async () => {
        const { v4, products } = await seen(whorl, "2a01:4f8::1");
        assert.equal(v4.ip_info.v6.address, "2a01:4f8::1");
        assert.equal(v4.ip_info.v6.asn_network, "2a01:4f8::/32");
        assert.equal(v4.ip_info.v6.asn_type, "hosting");
        assert.equal(v4.ip_info.v4, undefined);
        assert.equal(products.ipInfo.data.v6.geolocation.city.name, "Nuremberg");
    });

    test("a postal code, a radius and two subdivisions where a file has them", async () => {
        const boise = (await seen(whorl, "73.1.2.3")).v4.ip_info.v4;
        assert.equal(boise.geolocation.postal_code, "83702");
        assert.equal(boise.geolocation.timezone, "America/Boise");
        assert.equal(boise.asn_name, 'Comcast "Cable" Communications, LLC');
        const paris = (await seen(whorl, "81.2.69.160")).v4.ip_info.v4;
        assert.equal(paris.geolocation.city_name, "Paris"); // flat4.mmdb comes first
        assert.equal("asn" in paris, false);
        const lordHowe = (await seen(whorl, "127.0.0.1")).v4.ip_info.v4;
        assert.equal(lordHowe.geolocation.timezone, "Australia/Lord_Howe");
        assert.deepEqual(lordHowe.geolocation.subdivisions, [
            { iso_code: "NSW", name: "New South Wales" }, // the second one has no code
        ]);
    });

    test("only what is known: an ASN without a place, and neither", async () => {
        const asnOnly = await seen(whorl, "8.8.8.8");
        assert.deepEqual(asnOnly.v4.ip_info, {
            v4: { address: "8.8.8.8", asn: "15169", asn_name: "Google LLC",
                asn_network: "8.8.8.0/24", asn_type: "hosting" },
        });
        assert.deepEqual(asnOnly.products.ipInfo.data.v4.geolocation, {});
        assert.equal("ipLocation" in asnOnly.products.identification.data, false);
        await nothingKnown(whorl, "9.9.9.9");
        await nothingKnown(whorl, "198.51.100.1"); // in a file, without a country
    });

    test("/readyz and /metrics tell the age of the data", async () => {
        const { json } = await whorl.get("/readyz");
        assert.deepEqual(json.missing.filter((name) => name !== "lists"), []);
        assert.equal(json.data.geo.built, "2026-06-05");
        const days = Math.floor((Date.now() / 1000 - 1780666922) / 86400);
        assert.ok(json.data.geo.ageDays === days || json.data.geo.ageDays === days + 1);
        assert.ok(json.data.asn);
        const { text } = await whorl.send({ port: adminPort, path: "/metrics" });
        assert.match(text, /^whorl_geo_city_built_seconds 1780666922$/m);
        assert.match(text, /^whorl_geo_found_total [1-9]/m);
        assert.match(text, /^whorl_geo_unknown_total [1-9]/m);
    });
});

/* Every dialect's way to say that nothing is known. */
async function nothingKnown(whorl, ip) {
    const { fiq, v4, products, visit, server } = await seen(whorl, ip);
    assert.deepEqual(fiq.ipLocation, {
        country: null, city: null, region: null, latitude: null, longitude: null,
    });
    assert.equal("ip_info" in v4, false);
    assert.equal("ipInfo" in products, false);
    assert.equal("ipLocation" in products.identification.data, false);
    assert.equal("ipLocation" in visit, false);
    assert.equal("geo" in server || "asn" in server, false);
}

test("without files nothing is known, and /readyz says so", async () => {
    const whorl = await startWhorl({ flags: proxy });
    try {
        await nothingKnown(whorl, "84.128.0.1");
        const { json } = await whorl.get("/readyz");
        assert.ok(json.missing.includes("geo") && json.missing.includes("asn"));
        assert.equal("geo" in json.data || "asn" in json.data, false);
    } finally {
        await whorl.remove();
    }
});

test("a file that cannot be used stops the start, with the reason", async () => {
    const dir = await mkdtemp(join(tmpdir(), "whorl-geo-"));
    const cut = join(dir, "cut.mmdb");
    await copyFile(data("flat4.mmdb"), cut);
    await truncate(cut, 900);
    const cases = [
        ["--geo-city", data("asn.mmdb"), /holds no countries or cities; it calls itself "GeoLite2-ASN"/],
        ["--geo-asn", data("flat4.mmdb"), /holds no autonomous systems/],
        ["--geo-city", join(dir, "none.mmdb"), /No such file/],
        ["--geo-city", cut, /is no whole MaxMind DB file/],
    ];
    for (const [flag, file, words] of cases) {
        const args = ["serve", "--data", join(dir, "data"), "--listen", `127.0.0.1:${await freePort()}`];
        await assert.rejects(promisify(execFile)(binary, [...args, flag, file]), (error) => {
            assert.equal(error.code, 1);
            assert.match(error.stderr, words);
            assert.ok(error.stderr.includes(`fix ${flag} ${file}, or leave it out`), error.stderr);
            return true;
        });
    }
    await rm(dir, { recursive: true });
});

test("files that change are taken over, and bad ones refused, while requests come", async () => {
    const dir = await mkdtemp(join(tmpdir(), "whorl-geo-"));
    const city = join(dir, "city.mmdb");
    await copyFile(data("flat4.mmdb"), city);
    const whorl = await startWhorl({ flags: [...proxy, "--geo-city", city] });
    const cityOf = async () => (await identify(whorl, "81.2.69.160")).ipLocation.city;
    const asking = { on: true, wrong: [] };
    const load = (async () => {
        while (asking.on) {
            const name = await cityOf();
            if (name !== "Paris" && name !== "London") {
                asking.wrong.push(name);
            }
        }
    })();
    const logged = async (words) => {
        for (let i = 0; i < 600 && !words.test(whorl.log); i++) {
            await sleep(50);
        }
        assert.match(whorl.log, words);
    };
    try {
        await truncate(city, 700); // in place: a mapped file would kill the server
        await logged(/city\.mmdb: is no whole MaxMind DB file.*the data loaded before stays in use/);
        assert.equal(await cityOf(), "Paris");
        await writeFile(city, files["flat6.mmdb"]);
        await logged(/no longer knows IPv4 addresses/);
        assert.equal(await cityOf(), "Paris");
        await writeFile(city, files["nested.mmdb"]);
        await logged(/city\.mmdb in use, made on 2026-06-05, for IPv4 and IPv6/);
        assert.equal(await cityOf(), "London");
    } finally {
        asking.on = false;
        await load;
        await whorl.remove();
        await rm(dir, { recursive: true });
    }
    assert.deepEqual(asking.wrong, []);
});
