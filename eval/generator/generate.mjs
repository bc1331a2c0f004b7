// The longitudinal workload: one event per line in time order, and the same without bodies as the truth.
import { Device } from "./device.mjs";
import { headersOf } from "./headers.mjs";
import { Heap } from "./heap.mjs";
import { writer } from "../lib/io.mjs";
import { addressOf } from "./network.mjs";
import { buildPopulation } from "./population.mjs";
import { h32 } from "../lib/prng.mjs";
import { signalsOf } from "./signals.mjs";
import { beginVisit, firstVisit, nextVisit } from "./visits.mjs";

const DAY = 86400e3;
const PAGES = ["/", "/login", "/signup", "/pricing", "/checkout", "/account", "/blog/1", "/search"];
const PRIVACY_BROWSERS = ["brave", "tor", "firefox-rfp"];

/* Everything that an instance starts with and a page could see: equal ones are look-alikes. */
function configurationOf(d) {
    const oneQuota = d.engine === "gecko" || (d.engine === "blink" && d.predictableQuota);
    return JSON.stringify([
        d.model.id,
        d.os,
        d.browser,
        d.osVer,
        d.plan[0].r.full.split(".")[0],
        d.screen,
        d.cores,
        d.mem,
        d.homeTz,
        d.lang,
        [...d.fonts].sort(),
        d.aa,
        d.canvasDriver,
        d.skin,
        d.voicePack,
        oneQuota ? 0 : Math.round(d.disk),
        d.dnt,
        d.accent,
    ]);
}

/* Sets d.group (a name of its configuration) and d.lookAlikes (how many start with it). */
function setGroups(devices) {
    const count = new Map();
    const configurations = devices.map(configurationOf);
    for (const configuration of configurations) {
        count.set(configuration, (count.get(configuration) ?? 0) + 1);
    }
    devices.forEach((d, i) => {
        d.group = h32(configurations[i]).toString(36);
        d.lookAlikes = count.get(configurations[i]);
        d.clone = d.lookAlikes > 1 || d.fleet;
    });
}

function truthOf(d, net, changes) {
    return {
        cls: d.cls,
        os: d.os,
        browser: d.browser,
        form: d.mobile ? "mobile" : "desktop",
        clone: d.clone,
        clones: d.lookAlikes,
        group: d.group,
        fleet: d.fleet ? d.spec.fleet : undefined,
        privacy: PRIVACY_BROWSERS.includes(d.browser) || d.blocker || undefined,
        bot: d.bot || undefined,
        hw: d.spec.hw,
        net,
        changes: changes.length ? changes : undefined,
    };
}

/* first, kept, lost or incognito; repeat: a further page of the same visit. */
function cookieStateOf(d, visit, seen, repeat) {
    if (visit.incog) return "incognito";
    if (seen) return "kept";
    return d.sessions === 1 && !repeat ? "first" : "lost";
}

/* One event of a visit, and what it leaves behind in the storage jar. */
function eventOf(d, t, visit, { repeat = false, changes = [] }) {
    const { R } = d;
    const jar = visit.incog ? `${d.id}~p${visit.session}` : `${d.id}~${d.jar}`;
    const seen = visit.incog ? Boolean(visit.incogSeen) : d.jarUsed;
    const state = cookieStateOf(d, visit, seen, repeat);
    visit.cookie = seen ? "kept" : state;
    visit.ip ??= addressOf(d, t);
    const [ip, net] = visit.ip;
    visit.net = net;
    const headers = headersOf(d, t, visit.incog, seen);
    const signals = signalsOf(d, t, visit);
    const url = `https://shop.example${R.pick(PAGES)}`;
    const referrer = R.p(0.5) ? "https://www.google.com/" : "";
    const body = { signals, timestamp: t, url, referrer };
    if (d.linkedId && !visit.incog && R.p(0.6)) body.linkedId = d.linkedId;
    if (R.p(0.1)) body.tag = { page: url.slice(20) || "/", experiment: "v2" };
    if (visit.incog) visit.incogSeen = true;
    else d.jarUsed = true;
    return {
        t_ms: t,
        device_id: d.id,
        ip,
        headers,
        cookie_state: { state, has_token: seen, jar },
        truth: truthOf(d, net, changes),
        body,
    };
}

/* All events in time order, as { d, event }. */
function* eventsOf(devices, P, t0, days) {
    const t1 = t0 + days * DAY;
    const sooner = (a, b) => a.t < b.t || (a.t === b.t && a.d.spec.idx < b.d.spec.idx);
    const heap = new Heap(sooner);
    for (const d of devices) heap.push({ t: firstVisit(d, t0, days), d });
    let now = t0;
    while (heap.size) {
        const { t: due, d, visit: running } = heap.pop();
        if (due >= t1) continue;
        now = Math.max(due, now);
        d.advance(now);
        if (running) {
            yield { d, event: eventOf(d, now, running, { repeat: true }) };
            continue;
        }
        const visit = beginVisit(d, now);
        const { changes } = d;
        d.changes = [];
        yield { d, event: eventOf(d, now, visit, { changes }) };
        d.lastVisit = now;
        if (d.R.p(P.extra_event)) {
            heap.push({ t: now + Math.floor(d.R.range(20e3, 900e3)), d, visit });
        }
        if (!d.single) heap.push({ t: nextVisit(d, now), d });
    }
}

/* Writes the workload to `out`, and without headers and bodies to `truth` ("": not). progress(done, note) is
 * told the share that is done now and then. Resolves with what was made. */
export async function generate({
    P,
    seed,
    devices: n,
    days,
    out,
    truth = "",
    progress = () => {},
}) {
    const started = performance.now();
    const t0 = Date.parse(P.start);
    progress(0, "drawing the population");
    const specs = buildPopulation(P, seed, n);
    const devices = specs.map((spec) => new Device(spec, P, seed, t0));
    setGroups(devices);
    const workload = writer(out);
    const facts = truth ? writer(truth) : null;
    const seen = new Set();
    const cookie = {};
    let events = 0;
    for (const { d, event } of eventsOf(devices, P, t0, days)) {
        const { t_ms, device_id, ip, cookie_state, truth: known } = event;
        await workload.write({ i: events, ...event });
        await facts?.write({ i: events, t_ms, device_id, ip, cookie_state, truth: known });
        seen.add(d.id);
        cookie[cookie_state.state] = (cookie[cookie_state.state] ?? 0) + 1;
        events++;
        if (events % 1000 === 0) progress((t_ms - t0) / (days * DAY), `${events} events`);
    }
    await workload.end();
    await facts?.end();
    return {
        seed,
        devices_asked: n,
        devices_seen: seen.size,
        days,
        events,
        cookie,
        look_alike_instances: devices.filter((d) => d.clone).length,
        bytes: workload.bytes,
        bytes_per_event: Math.round(workload.bytes / events),
        seconds: Number(((performance.now() - started) / 1000).toFixed(1)),
    };
}
