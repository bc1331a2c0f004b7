// make accuracy-vpn: is an innocent said to use a VPN because of where an address seems to be? People of many
// countries, at real addresses of their providers, are shown to a server with real geo data (tools/geo-data).
// docs/verdict-accuracy.md explains the table.
//
//     node eval/places.mjs --people 3000 --seed 1
import { bodies } from "../tests/bodies/bodies.mjs";
import { startWhorl } from "../tests/lib/whorl.mjs";
import { options } from "./lib/io.mjs";
import { rng } from "./lib/prng.mjs";
import { progressBar } from "./lib/progress.mjs";
import { FILES, Providers, textOf } from "./lib/providers.mjs";
import { percent, table } from "./lib/table.mjs";

const asked = options(process.argv.slice(2), { people: 3000, seed: "1", details: false });
const AT_ONCE = 8;
const LARGE_HOST = 4096;

const R = rng(`places|${asked.seed}`);
const providers = new Providers();
const LAPTOP = bodies["headed-linux"];
const PHONE = bodies["safari-iphone"];

/* Old and new names of one zone, as browsers of different ages say them. */
const RENAMED = {
    "Asia/Kolkata": "Asia/Calcutta",
    "Europe/Kyiv": "Europe/Kiev",
    "America/Los_Angeles": "US/Pacific",
    "America/New_York": "US/Eastern",
    "America/Chicago": "US/Central",
    "Asia/Ho_Chi_Minh": "Asia/Saigon",
    "America/Argentina/Buenos_Aires": "America/Buenos_Aires",
    "Asia/Yangon": "Asia/Rangoon",
    "Asia/Shanghai": "PRC",
    "Asia/Tokyo": "Japan",
    "Asia/Seoul": "ROK",
    "Europe/London": "GB",
    "Europe/Istanbul": "Turkey",
};

/* By the kind of network that the server itself states, asked once for each. */
async function kindsOf(whorl, systems) {
    const kinds = new Map();
    await each(systems, "networks", async (system) => {
        const address = providers.addressOf(system, R);
        kinds.set(system, (await judge(whorl, { address, zone: "UTC", make: LAPTOP })).kind);
    });
    return (kind) => systems.filter((system) => kinds.get(system) === kind);
}

/* Draws systems by their number of addresses. */
function drawer(systems) {
    const sums = [];
    let sum = 0;
    for (const { addresses } of systems) sums.push((sum += addresses));
    return () => {
        const n = R.u() * sum;
        return systems[sums.findIndex((s) => s > n)];
    };
}

/* A place in the provider's own country. */
function placeAt(system) {
    for (;;) {
        const place = providers.placeOf(providers.addressOf(system, R));
        if (place?.country === system.country) return place;
    }
}

function scenarios(provider, host) {
    const abroad = (system) => {
        for (;;) {
            const other = provider();
            if (other.country !== system.country) return other;
        }
    };
    const at = (make, zoneOf) => () => {
        const system = provider();
        return { address: providers.addressOf(system, R), zone: zoneOf(system), make };
    };
    const own = (system) => placeAt(system).zone;
    const hosted = (make) => () => ({
        address: providers.addressOf(host(), R),
        zone: placeAt(provider()).zone,
        make,
    });
    return [
        // What the address says is the gateway's place: the person's is another one of the same provider's. Who
        // travels and has the time of the place looks the same.
        ["at home, laptop", false, at(LAPTOP, own)],
        ["at home or on a mobile network, phone", false, at(PHONE, own)],
        ["at home, zone by its other name", false, at(LAPTOP, (s) => RENAMED[own(s)] ?? own(s))],
        ["protected browser: UTC", false, at(LAPTOP, () => "UTC")],
        ["protected browser: Etc/UTC", false, at(LAPTOP, () => "Etc/UTC")],
        ["protected browser: Atlantic/Reykjavik", false, at(LAPTOP, () => "Atlantic/Reykjavik")],
        ["phone abroad, address of its home carrier", false, at(PHONE, (s) => own(abroad(s)))],
        ["phone in a hotel abroad, time of home", false, at(PHONE, (s) => own(abroad(s)))],
        ["laptop in a hotel abroad, time of home", false, at(LAPTOP, (s) => own(abroad(s)))],
        ["laptop behind a VPN of its company abroad", true, at(LAPTOP, (s) => own(abroad(s)))],
        ["laptop behind a hosted VPN", true, hosted(LAPTOP)],
        ["phone behind a hosted VPN", true, hosted(PHONE)],
    ];
}

/* What the server says of one person. */
async function judge(whorl, { address, zone, make }) {
    const { body, headers } = make();
    body.timestamp = Date.now();
    body.signals.timezone = { value: { reported: zone }, duration: 1 };
    const sent = [...headers, ["X-Forwarded-For", textOf(address)]];
    const { json } = await whorl.identify(body, { headers: sent });
    if (!json?.requestId) throw new Error(`no answer for ${textOf(address)}`);
    const { json: v4 } = await whorl.get(`/v4/events/${json.requestId}`, { auth: "bearer" });
    const { vpn, vpn_confidence: confidence, ip_info: info } = v4;
    return { vpn: Boolean(vpn), confidence, kind: info?.v4?.asn_type, place: info?.v4?.geolocation };
}

async function each(items, title, work) {
    const bar = progressBar(title);
    let next = 0;
    const one = async () => {
        while (next < items.length) {
            const item = items[next++];
            await work(item);
            bar.update(next / items.length, `${next} of ${items.length}`);
        }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
    bar.end();
}

async function measure(whorl, [title, guilty, draw]) {
    const people = Array.from({ length: asked.people }, draw);
    const score = { title, guilty, people: people.length, accused: 0 };
    await each(people, title, async (person) => {
        const said = await judge(whorl, person);
        if (!said.vpn) return;
        score.accused++;
        score[said.confidence] = (score[said.confidence] ?? 0) + 1;
        if (asked.details && !guilty)
            console.error(title, textOf(person.address), person.zone, said.place?.country_code);
    });
    return score;
}

const flags = ["--trusted-proxy", "127.0.0.1", "--log-level", "warn"];
flags.push("--geo-city", FILES.cities, "--geo-asn", FILES.systems);
const whorl = await startWhorl({ flags });
try {
    const national = await kindsOf(whorl, providers.national(R));
    const large = providers.all.filter(({ addresses }) => addresses >= LARGE_HOST);
    const hosting = (await kindsOf(whorl, large))("hosting");
    const homes = national("isp");
    console.error(`${homes.length} providers of homes, ${hosting.length} hosting networks`);
    const rows = [["people", "truth", "asked", "vpn", "%", "of them low"]];
    for (const scenario of scenarios(drawer(homes), drawer(hosting))) {
        const { title, guilty, people, accused, low = 0 } = await measure(whorl, scenario);
        rows.push([
            title,
            guilty ? "VPN" : "no VPN",
            String(people),
            String(accused),
            percent(accused / people, 2),
            String(low),
        ]);
    }
    console.log(table(rows));
} finally {
    await whorl.remove();
}
