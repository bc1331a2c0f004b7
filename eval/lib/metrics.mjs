// How well returned ids hold the true devices apart. eval/README.md explains the columns.
const DAY = 86400e3;

const ratio = (part, whole) => (whole ? part / whole : null);
const pairs = (n) => (n * (n - 1)) / 2;
const harmonic = (p, r) => (p + r ? (2 * p * r) / (p + r) : 0);
const sum = (values) => values.reduce((a, b) => a + b, 0);

/* Adds to truth rows { d, t, ... } in time order what they got: id, first (of the device), prev (the id of the
 * device's previous event), own (an id that the device had before), taken (an id first given to another device).
 * ids[i] is the answer to row i; none counts as a brand-new id. */
export function judge(truth, ids) {
    const owner = new Map(); // id -> device that first got it
    const had = new Map(); // device -> its ids
    const last = new Map();
    return truth.map((row) => {
        const { d } = row;
        const id = ids[row.i] ?? `(none ${row.i})`;
        const mine = had.get(d);
        const first = mine === undefined;
        const own = !first && mine.has(id);
        const taken = owner.has(id) && owner.get(id) !== d && !own;
        const judged = { ...row, id, first, prev: !first && last.get(d) === id, own, taken };
        if (first) had.set(d, new Set([id]));
        else mine.add(id);
        last.set(d, id);
        if (!owner.has(id)) owner.set(id, d);
        return judged;
    });
}

/* Event by event: is the id one of this device? */
function recall(events) {
    const returning = events.filter((e) => !e.first);
    const newcomers = events.filter((e) => e.first);
    const own = returning.filter((e) => e.own).length;
    const wrong = returning.filter((e) => e.taken).length;
    const stolen = newcomers.filter((e) => e.taken).length;
    return {
        returning: returning.length,
        recall_prev: ratio(returning.filter((e) => e.prev).length, returning.length),
        recall_any: ratio(own, returning.length),
        false_split: ratio(returning.length - own - wrong, returning.length),
        false_match: ratio(wrong, returning.length),
        newcomers: newcomers.length,
        newcomer_false_match: ratio(stolen, newcomers.length),
        link_precision: ratio(own, own + wrong + stolen),
    };
}

/* id -> device -> number of events, and device -> id -> { n, t0, t1 } */
function clusters(events) {
    const byId = new Map();
    const byDevice = new Map();
    for (const { id, d, t } of events) {
        const devices = byId.get(id) ?? new Map();
        byId.set(id, devices.set(d, (devices.get(d) ?? 0) + 1));
        const ids = byDevice.get(d) ?? new Map();
        const span = ids.get(id) ?? { n: 0, t0: t, t1: t };
        span.n++;
        span.t1 = t;
        byDevice.set(d, ids.set(id, span));
    }
    return { byId, byDevice };
}

/* Pairs of events, B-cubed, merged ids, ownership. */
function clusterScores(events, { byId, byDevice }) {
    const sizes = [...byId.values()].map((devices) => [...devices.values()]);
    const spans = [...byDevice.values()].map((ids) => [...ids.values()].map((span) => span.n));
    const squares = (counts) => sum(counts.map((n) => n * n)) / sum(counts);
    const both = sum(sizes.map((counts) => sum(counts.map(pairs))));
    const sameId = sum(sizes.map((counts) => pairs(sum(counts))));
    const sameDevice = sum(spans.map((counts) => pairs(sum(counts))));
    const b3Precision = ratio(sum(sizes.map(squares)), events.length);
    const b3Recall = ratio(sum(spans.map(squares)), events.length);
    const merged = sizes.filter((counts) => counts.length > 1);
    const majority = sizes.map((counts) => Math.max(...counts) / sum(counts));
    const someEvents = events.length > 0;
    const somePairs = sameId > 0 && sameDevice > 0;
    return {
        ids: byId.size,
        devices: byDevice.size,
        ids_per_device: ratio(sum(spans.map((counts) => counts.length)), byDevice.size),
        merged_ids: ratio(merged.length, byId.size),
        events_in_merged_ids: ratio(sum(merged.map(sum)), events.length),
        pair_precision: ratio(both, sameId),
        pair_recall: ratio(both, sameDevice),
        pair_f1: somePairs ? harmonic(both / sameId, both / sameDevice) : null,
        b3_precision: b3Precision,
        b3_recall: b3Recall,
        b3_f1: someEvents ? harmonic(b3Precision, b3Recall) : null,
        ownership: ratio(sum(majority), byId.size),
    };
}

/* For how long ids hold, days, over devices seen at least twice (FP-Stalker, section V-B). */
function trackingScores(byDevice) {
    const tracked = [...byDevice.values()]
        .map((ids) => [...ids.values()])
        .filter((spans) => sum(spans.map((span) => span.n)) > 1);
    const days = (span) => (span.t1 - span.t0) / DAY;
    const whole = (spans) => ({
        t0: Math.min(...spans.map((span) => span.t0)),
        t1: Math.max(...spans.map((span) => span.t1)),
    });
    const mean = (score) => ratio(sum(tracked.map(score)), tracked.length);
    return {
        tracked_devices: tracked.length,
        track_avg_days: mean((spans) => sum(spans.map(days)) / spans.length),
        track_max_days: mean((spans) => Math.max(...spans.map(days))),
        track_ideal_days: mean((spans) => days(whole(spans))),
    };
}

/* Scores judged events, all or a part of them. */
export function scoreSet(events) {
    const found = clusters(events);
    return {
        events: events.length,
        ...recall(events),
        ...clusterScores(events, found),
        ...trackingScores(found.byDevice),
    };
}

// Bots are left out of every part but "all" and "bots": each container of a farm is a device of its own.
export const SPLITS = {
    all: () => true,
    human: (e) => !e.bot,
    "cookie kept": (e) => !e.bot && e.state === "kept",
    "cookie lost": (e) => !e.bot && e.state === "lost",
    incognito: (e) => !e.bot && e.state === "incognito",
    clones: (e) => !e.bot && e.clone,
    mobile: (e) => !e.bot && e.form === "mobile",
    desktop: (e) => !e.bot && e.form === "desktop",
    "not clones": (e) => !e.bot && !e.clone,
    privacy: (e) => !e.bot && e.privacy,
    bots: (e) => e.bot,
};

/* { split: scores } of the ids that were returned for a workload. */
export function scoreSplits(truth, ids, names = Object.keys(SPLITS)) {
    const events = judge(truth, ids);
    return Object.fromEntries(names.map((name) => [name, scoreSet(events.filter(SPLITS[name]))]));
}

/* Expected calibration error over `bins` bins of equal count. A score should be the probability that the event
 * belongs to the device that first got the id it was given; a new id is right when the device has none yet. Only
 * events of humans that came without a token, unless withToken: a token's certainty would drown the others.
 * scores[i] is the score of row i, or undefined. */
export function calibration(truth, ids, scores, { bins = 15, withToken = false } = {}) {
    const owner = new Map();
    const known = new Set();
    const points = [];
    for (const { i, d, bot, token } of truth) {
        const id = ids[i];
        if (id === undefined || id === null) continue;
        const right = owner.has(id) ? owner.get(id) === d : !known.has(d);
        if (!owner.has(id)) owner.set(id, d);
        known.add(d);
        const counts = !bot && (withToken || !token) && typeof scores[i] === "number";
        if (counts) points.push({ score: scores[i], right: right ? 1 : 0 });
    }
    points.sort((a, b) => a.score - b.score);
    const edge = (bin) => Math.floor((bin * points.length) / bins);
    const rows = [];
    for (let bin = 0; bin < bins; bin++) {
        const part = points.slice(edge(bin), edge(bin + 1));
        if (!part.length) continue;
        const mean = (name) => sum(part.map((point) => point[name])) / part.length;
        rows.push({ n: part.length, score: mean("score"), right: mean("right") });
    }
    const error = sum(rows.map((row) => Math.abs(row.score - row.right) * row.n));
    return { events: points.length, ece: ratio(error, points.length), rows };
}
