// Writes the small geo and ASN files of this folder, which unit and API tests and the corpus of
// fuzz_ipfile use:
//
//     node tests/data/geo/make.mjs
//
// tests/api/geo.test.mjs proves that the files are what this program writes.
import { writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

import { double, float, mmdb, u16 } from "../../lib/mmdb.mjs";

/* The flat schema of @ip-location-db/...-city-mmdb; what is not given is empty, as there. */
const flat = (given) => ({
    city: "", country_code: "", latitude: float(0), longitude: float(0), postcode: "", state1: "",
    state2: "", timezone: "", ...given,
});
const at = (latitude, longitude) => ({ latitude: float(latitude), longitude: float(longitude) });
const names = (en) => ({ de: `${en} (de)`, en, fr: `${en} (fr)` });

const nested = {
    "81.2.69.128/26": {
        city: { geoname_id: 2643743, names: names("London") },
        continent: { code: "EU", geoname_id: 6255148, names: names("Europe") },
        country: { geoname_id: 2635167, iso_code: "GB", names: names("United Kingdom") },
        location: { accuracy_radius: u16(10), latitude: double(51.5142), longitude: double(-0.0931),
            time_zone: "Europe/London" },
        postal: { code: "EC2V" },
        registered_country: { iso_code: "US", names: names("United States") },
        subdivisions: [{ iso_code: "ENG", names: names("England") },
            { iso_code: "LND", names: names("City of London") }],
        traits: { is_anycast: true },
    },
    "2001:db8:1::/48": {
        country: { iso_code: "SE", names: names("Sweden") },
        continent: { code: "EU" },
        location: { latitude: double(59.33), longitude: double(18.06) },
    },
    "203.0.113.0/25": { registered_country: { iso_code: "FR" } }, // found, but says nothing
};

const files = {
    "flat4.mmdb": mmdb({
        type: "city ipv4", ipVersion: 4, recordBits: 24, networks: {
            "84.128.0.0/16": flat({ city: "Munich", country_code: "DE", state1: "Bavaria",
                ...at(48.1374, 11.5755) }),
            "73.0.0.0/8": flat({ city: "Boise", country_code: "US", state1: "Idaho", postcode: "83702",
                ...at(43.615, -116.202) }),
            "61.127.217.0/24": flat({ country_code: "JP", timezone: "Asia/Tokyo", ...at(35.69, 139.77) }),
            "81.2.69.0/24": flat({ city: "Paris", country_code: "FR", ...at(48.8566, 2.3522) }),
            "192.0.2.0/24": flat({}), // found, but empty
            "198.51.100.0/24": flat({ country_code: "ZZ" }),
            "127.0.0.0/8": flat({ city: "Lord Howe Island", country_code: "AU",
                state1: "New South Wales", state2: "Unincorporated", ...at(-31.5532, 159.0821) }),
        },
    }),
    "flat6.mmdb": mmdb({
        type: "city ipv6", ipVersion: 6, recordBits: 32, networks: {
            "2a01:4f8::/32": flat({ city: "Nuremberg", country_code: "DE", state1: "Bavaria",
                ...at(49.4543, 11.0746) }),
            "2001:db8:1::/48": flat({ city: "Vienna", country_code: "AT", state1: "State of Vienna",
                ...at(48.2082, 16.3738) }),
        },
    }),
    "nested.mmdb": mmdb({ type: "GeoLite2-City", ipVersion: 6, recordBits: 28, networks: nested }),
    "country.mmdb": mmdb({
        type: "country ipvAll", ipVersion: 6, recordBits: 24, pointers: false, networks: {
            "192.0.2.0/24": { country_code: "NL" }, "2001:db8::/32": { country_code: "BR" },
        },
    }),
    "asn.mmdb": mmdb({
        type: "GeoLite2-ASN", ipVersion: 6, recordBits: 24, networks: {
            "84.128.0.0/10": { autonomous_system_number: 3320,
                autonomous_system_organization: "Deutsche Telekom AG" },
            "2a01:4f8::/32": { autonomous_system_number: 24940,
                autonomous_system_organization: "Hetzner Online GmbH" },
            "192.0.2.0/24": { autonomous_system_number: 0 },
            "198.51.100.0/24": { autonomous_system_organization: "No Number" },
        },
    }),
    "asn.csv": Buffer.from([
        '1.0.0.0,1.0.0.255,13335,"Cloudflare, Inc."',
        "8.8.8.0,8.8.8.255,15169,Google LLC",
        '73.0.0.0,73.255.255.255,7922,"Comcast ""Cable"" Communications, LLC"',
        "84.128.0.0,84.191.255.255,3320,Deutsche Telekom AG",
        "127.0.0.0,127.0.0.6,64496,Loopback University",
        "198.51.100.0,198.51.100.255,0,Not routed",
        "2001:db8::,2001:db8:ffff:ffff:ffff:ffff:ffff:ffff,64500,Documentation Hosting Ltd",
        "2a01:4f8::,2a01:4ff:ffff:ffff:ffff:ffff:ffff:ffff,24940,Hetzner Online GmbH",
        "",
    ].join("\n")),
};

export { files };

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
    for (const [name, bytes] of Object.entries(files)) {
        writeFileSync(fileURLToPath(new URL(name, import.meta.url)), bytes);
    }
}
