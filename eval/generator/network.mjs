// The address that a visit comes from: home, cell, office, hotel, VPN, relay, data centre.
import { h32, unit } from "../lib/prng.mjs";
import { RELAY, VPN } from "./world.mjs";

const DAY = 86400e3;
const FOREVER_DAYS = 1e9;
const HOTELS = ["73.", "91.", "86.", "126.", "185."];
const RESIDENTIAL_PROXIES = ["98.", "24.", "71.", "187.", "82."];

/* An IPv4 address under a prefix such as "73." or "172.56."; the key decides the rest. */
function v4(prefix, key) {
    const given = prefix.split(".").filter(Boolean);
    const h = h32(key);
    const rest = [(h >>> 3) & 255, (h >>> 11) & 255, 1 + ((h >>> 19) % 254)];
    return [...given, ...rest.slice(given.length - 1)].join(".");
}

/* An IPv6 address: the key decides the network, `host` the interface. */
function v6(head, key, host) {
    const words = [key, `${key}!`, host, `${host}!`].map(h32);
    const hex = (word) => (word & 0xffff).toString(16);
    const [a, b, c, d] = words;
    const groups = [a, a >>> 16, b, c, c >>> 16, d, d >>> 16];
    return [head, ...groups.map(hex)].join(":");
}

/* Interface identifiers change daily (RFC 8981). */
const interfaceKey = (d, t) => `${d.seed}|${d.spec.idx}|${Math.floor(t / DAY)}`;

/* How long a household keeps its address, days. */
function leaseDays({ P, seed, spec }) {
    const share = unit(`${seed}|lease|${spec.house}`);
    if (share < P.home_static) return FOREVER_DAYS;
    return share < P.home_static + P.home_daily ? 1 : P.home_days;
}

/* The household's address, the same for everybody in it. */
function homeAddress(d, t) {
    const { seed } = d;
    const { house, place } = d.spec;
    const days = leaseDays(d);
    const phase = unit(`${seed}|phase|${house}`);
    const lease = days === FOREVER_DAYS ? 0 : Math.floor(t / DAY / days + phase);
    if (!d.v6) return v4(place.prefix, `${seed}|home|${house}|${lease}`);
    const key = `${seed}|home6|${house}|${Math.floor(lease / 3)}`;
    return v6(place.v6, key, interfaceKey(d, t));
}

function cellAddress(d, t) {
    const { R, seed, P } = d;
    const { place, idx } = d.spec;
    if (d.v6 && R.p(0.5)) {
        const key = `${seed}|cell6|${idx}|${Math.floor(t / (DAY * 1.5))}`;
        return v6(place.v6, key, interfaceKey(d, t));
    }
    return v4(place.cell, `${seed}|cgnat|${place.cell}|${R.int(0, P.cgnat_pool - 1)}`);
}

function botAddress(d) {
    const { R, seed, bot, spec } = d;
    if (bot === "antidetect") {
        const prefix = R.pick(RESIDENTIAL_PROXIES);
        return [v4(prefix, `${seed}|res|${R.int(0, 5000)}`), "proxy"];
    }
    const machine = R.int(0, bot === "crawler" ? 20 : 2);
    return [v4(spec.place.prefix, `${seed}|dc|${spec.farm}|${machine}`), "datacenter"];
}

const onCell = (d) => (d.cls === "iphone" || d.os === "android") && d.R.p(d.P.cell_use);

/* [address, kind of network] */
export function addressOf(d, t) {
    const { R, seed, P, spec } = d;
    if (d.bot) return botAddress(d);
    if (d.vpn && R.p(P.vpn_use)) {
        const prefix = R.pick(VPN);
        return [v4(prefix, `${seed}|vpn|${R.int(0, P.vpn_pool - 1)}`), "vpn"];
    }
    if (d.relay) {
        const prefix = R.pick(RELAY);
        return [v4(prefix, `${seed}|relay|${R.int(0, 400)}`), "relay"];
    }
    if (d.tripEnd !== null) {
        const prefix = R.pick(HOTELS);
        return [v4(prefix, `${seed}|hotel|${R.int(0, 3000)}`), "travel"];
    }
    if (d.fleet && !R.p(P.fleet_home)) {
        const line = R.p(0.9) ? 0 : 1;
        return [v4(spec.place.prefix, `${seed}|office|${spec.fleet}|${line}`), "office"];
    }
    return onCell(d) ? [cellAddress(d, t), "cell"] : [homeAddress(d, t), "home"];
}
