// Describes a workload so that it can be held against published studies: entropy and distinct values at the first
// event of each instance, and days between changes, per attribute. Bots and private windows are left out.
//
//     node eval/inspect.mjs --in w.ndjson.gz
import { valueOf } from "./lib/features.mjs";
import { ndjson, options } from "./lib/io.mjs";
import { number, table } from "./lib/table.mjs";

const DAY = 86400e3;
const LONG_DAYS = 7;

const from = (name, read) => (line) => read(valueOf(line.body.signals, name) ?? {});
const ATTRIBUTES = {
    "user agent": (line) => line.headers["user-agent"],
    "UA-CH full": from("uaClientHints", (x) => JSON.stringify(x.fullVersionList)),
    "accept-language": (line) => line.headers["accept-language"],
    languages: from("navigator", (x) => x.languages.join()),
    platform: from("navigator", (x) => x.platform),
    timezone: from("timezone", (x) => x.reported),
    screen: from("screen", (x) => [x.width, x.height].sort((a, b) => b - a).join("x")),
    "pixel ratio": from("screen", (x) => x.pixelRatio),
    "color depth": from("screen", (x) => x.colorDepth),
    cores: from("navigator", (x) => x.hardwareConcurrency),
    memory: from("navigator", (x) => x.deviceMemory),
    touch: from("navigator", (x) => x.maxTouchPoints),
    DNT: from("navigator", (x) => x.doNotTrack),
    "webgl renderer": from("webgl", (x) => x.renderer),
    "webgl vendor": from("webgl", (x) => x.vendor),
    canvas: from("canvas", (x) => x.hash),
    audio: from("audio", (x) => x.hash),
    fonts: from("fonts", (x) => x.detected?.join()),
    speech: from("speech", (x) => x.hash ?? "none"),
    domRect: from("domRect", (x) => x.hash),
    windowFeatures: from("windowFeatures", (x) => x.hash),
    quota: from("status", (x) => x.storageQuotaMB),
    permissions: from("sensorCapabilities", (x) => JSON.stringify(x.permissionStates)),
    cssStyle: from("cssStyle", (x) => x.hash),
    geometry: from("geometryVector", (x) => x.hash),
};
const NAMES = Object.keys(ATTRIBUTES);
const UNSTEADY = ["geometry", "UA-CH full", "accept-language", "permissions"];
const STEADY = NAMES.filter((name) => !UNSTEADY.includes(name));
// what Berke et al. (PoPETs 2025) have as well
const COMMON = [
    "user agent",
    "languages",
    "timezone",
    "screen",
    "color depth",
    "platform",
    "touch",
    "cores",
    "memory",
    "webgl renderer",
    "webgl vendor",
];

class Histogram {
    counts = new Map();
    n = 0;

    add(value) {
        this.counts.set(value, (this.counts.get(value) ?? 0) + 1);
        this.n++;
    }

    get bits() {
        const shares = [...this.counts.values()].map((count) => count / this.n);
        return shares.reduce((bits, share) => bits - share * Math.log2(share), 0);
    }

    /* The share of values that nobody else has. */
    get unique() {
        return [...this.counts.values()].filter((count) => count === 1).length / this.n;
    }
}

const first = Object.fromEntries(NAMES.map((name) => [name, new Histogram()]));
const whole = { all: new Histogram(), desktop: new Histogram(), mobile: new Histogram() };
const common = new Histogram();
const instances = new Map();
const joined = (values, names) => names.map((name) => values[name]).join("\x1f");

function arrive({ t_ms, ip, truth }, values) {
    for (const name of NAMES) first[name].add(values[name]);
    const look = joined(values, STEADY);
    whole.all.add(look);
    whole[truth.form].add(look);
    common.add(joined(values, COMMON));
    return { t0: t_ms, t: t_ms, values, changes: {}, addresses: new Set([ip]), events: 1 };
}

function comeBack(instance, { t_ms, ip }, values) {
    for (const name of NAMES) {
        if (values[name] === instance.values[name]) continue;
        instance.changes[name] = (instance.changes[name] ?? 0) + 1;
    }
    Object.assign(instance, { t: t_ms, values, events: instance.events + 1 });
    instance.addresses.add(ip);
}

const asked = options(process.argv.slice(2), { in: "workload.ndjson.gz" });
let events = 0;
for await (const line of ndjson(asked.in)) {
    events++;
    if (line.truth.bot || line.cookie_state.state === "incognito") continue;
    const values = {};
    for (const name of NAMES) values[name] = ATTRIBUTES[name](line);
    const known = instances.get(line.device_id);
    if (known) comeBack(known, line, values);
    else instances.set(line.device_id, arrive(line, values));
}

const long = [...instances.values()].filter(({ t, t0 }) => t - t0 > LONG_DAYS * DAY);
const daysOf = ({ t, t0 }) => (t - t0) / DAY;
const mean = (read) => long.reduce((sum, instance) => sum + read(instance), 0) / long.length;

/* Days until an attribute changes, at a percentile of the instances. */
function daysUntilChange(name, share) {
    const rates = long.map((x) => (x.changes[name] ?? 0) / daysOf(x)).sort((a, b) => a - b);
    const rate = rates[Math.min(rates.length - 1, Math.floor(share * rates.length))];
    return rate > 0 ? number(1 / rate, 1) : "never";
}

const rows = NAMES.map((name) => [
    name,
    number(first[name].bits),
    String(first[name].counts.size),
    ...[0.5, 0.9, 0.95].map((share) => daysUntilChange(name, share)),
    number(
        mean((x) => (x.changes[name] ? 0 : 1)),
        3,
    ),
]);
const { all, desktop, mobile } = whole;
console.log(`${events} events, ${all.n} human instances with a normal window
(${desktop.n} on computers, ${mobile.n} on phones and tablets)

unique at the first event, by ${STEADY.length} attributes: ${number(all.unique, 3)}
(computers ${number(desktop.unique, 3)}, phones and tablets ${number(mobile.unique, 3)})
unique by the ${COMMON.length} attributes closest to those of Berke et al.: ${number(common.unique, 3)},
entropy ${number(common.bits)} of ${number(Math.log2(common.n))} bits

${long.length} instances were seen over more than ${LONG_DAYS} days: ${number(
    mean((x) => x.events),
    1,
)} events and
${number(
    mean((x) => x.addresses.size),
    1,
)} addresses in the mean. Days until a change, at percentiles of these, and the
share in which the attribute never changed:

${table([["attribute", "bits", "distinct", "50th", "90th", "95th", "never"], ...rows])}`);
