// When an instance comes, and what holds for one visit alone.
const DAY = 86400e3;
const HOUR = 3600e3;

// hours west of UTC, one zone per country; the others lie in Central Europe
const HOURS_WEST = { US: 5, CA: 5, BR: 3, IN: -5.5, JP: -9, AU: -10 };
// hour on the wall and weight
const WAKING_HOURS = [
    [8, 2],
    [9, 4],
    [10, 5],
    [11, 5],
    [12, 6],
    [13, 6],
    [14, 5],
    [15, 5],
    [16, 5],
    [17, 6],
    [18, 6],
    [19, 7],
    [20, 8],
    [21, 8],
    [22, 5],
    [23, 2],
    [0, 1],
];
const ANTIDETECT_ZONES = ["America/New_York", "Europe/Berlin", "Asia/Tokyo", "America/Chicago"];
const ANTIDETECT_SCREENS = [
    { w: 1920, h: 1080 },
    { w: 1536, h: 864 },
    { w: 2560, h: 1440 },
];

/* People browse by day: moves a time into a waking hour of their zone. */
function wakingTime(d, t) {
    if (d.bot) return Math.floor(t);
    const day = Math.floor(t / DAY) * DAY;
    const west = HOURS_WEST[d.spec.place.country] ?? -1;
    const hour = (((d.R.weighted(WAKING_HOURS) + west) % 24) + 24) % 24;
    const moved = day + hour * HOUR + Math.floor(d.R.u() * HOUR);
    return moved > t - 0.4 * DAY ? moved : moved + DAY;
}

/* Sets how often the instance comes; returns the time of its first visit. */
export function firstVisit(d, t0, days) {
    const { R, P } = d;
    d.single = !d.bot && R.p(P.single_visit);
    const gap = P.gap_median_days * Math.exp(P.gap_sigma * R.gauss());
    d.gap = Math.min(P.gap_max, Math.max(P.gap_min, gap)) * (d.bot ? 0.5 : 1);
    const early = R.p(P.arrive_at_start);
    const first = early ? R.u() * Math.min(d.gap, days) : R.u() * days * 0.8;
    return wakingTime(d, t0 + first * DAY);
}

export const nextVisit = (d, t) => wakingTime(d, t + Math.max(0.02, d.R.exp(d.gap)) * DAY);

/* Does the browser, or its user, drop the site's storage before this visit? */
function losesStorage(d, t) {
    const gapDays = d.lastVisit === null ? 0 : (t - d.lastVisit) / DAY;
    if (!d.jarUsed) return false;
    if (d.clearOnExit && d.R.p(0.85)) return true;
    if (d.itp && gapDays > d.P.itp_days) return true;
    return d.bot === "headless" || d.bot === "antidetect" || d.browser === "tor";
}

/* A visit begins: what its events share. net and ip are set with the first event. */
export function beginVisit(d, t) {
    const { R, P } = d;
    d.sessions++;
    if (losesStorage(d, t)) d.dropJar("jar_dropped");
    if (d.browser === "brave" && R.p(P.brave_new_session)) d.farble++;
    const visit = {
        session: d.sessions,
        incog: R.p(d.incog),
        incogDetected: R.p(P.incog_detect),
        docked: d.dock && ((d.ownScreen && !d.mobile) || R.p(P.dock_use)),
        maximised: R.p(d.maximised ? 0.92 : 0.15),
        win: d.outer && R.p(0.5) ? d.outer : [R.range(0.5, 0.98), R.range(0.6, 0.98)],
        landscape: d.mobile && R.p(d.cls === "ipad" ? 0.4 : 0.04),
        alt: d.hybrid && R.p(P.hybrid_use),
        devtools: !d.mobile && R.p(0.005),
        hour: new Date(t).getUTCHours(),
    };
    if (d.bot === "antidetect") {
        d.tz = R.pick(ANTIDETECT_ZONES);
        d.screen = { ...d.screen, ...R.pick(ANTIDETECT_SCREENS) };
    }
    d.outer = visit.win;
    return visit;
}
