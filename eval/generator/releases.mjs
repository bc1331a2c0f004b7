// Release calendars. Majors follow the vendors' published cadences: Chrome every four weeks until 152, every
// two weeks from 153 on 2026-09-08 on, and a patch each week; Brave a day and Edge two days later; Firefox
// every four weeks; Samsung Internet every eight; Safari with the system's point releases. Build numbers are
// invented, and so is everything after the middle of 2026.
const DAY = 86400e3;
const at16 = (date) => Date.parse(`${date}T16:00:00Z`);
const later = (releases, days) => releases.map((r) => ({ ...r, t: r.t + days * DAY }));
const range = (from, to) => Array.from({ length: to - from }, (_, i) => from + i);

const CHROME = [
    ...range(139, 153).map((m) => ({ major: m, t: at16("2026-08-25") - (152 - m) * 28 * DAY })),
    ...range(153, 212).map((m) => ({ major: m, t: at16("2026-09-08") + (m - 153) * 14 * DAY })),
];
const FIREFOX = range(144, 190).map((m) => ({
    t: at16("2026-04-21") + (m - 150) * 28 * DAY,
    major: m,
    full: `${m}.0`,
}));
// base: the Chromium it is made of
const SAMSUNG = range(28, 43).map((m) => ({
    t: at16("2026-07-07") + (m - 31) * 56 * DAY,
    major: m,
    full: `${m}.0.0.${40 + m}`,
    base: 148 + (m - 31) * 3,
}));
const APPLE = [
    ["26.4", "2026-03-30"],
    ["26.5", "2026-05-18"],
    ["26.6", "2026-07-27"],
    ["27.0", "2026-09-14"],
    ["27.0.1", "2026-09-28"],
    ["27.1", "2026-10-26"],
    ["27.2", "2026-12-07"],
    ["27.3", "2027-01-25"],
    ["27.4", "2027-03-29"],
].map(([full, date]) => ({ t: at16(date), full, major: parseInt(full, 10) }));
const TOR = [
    { t: 0, major: 140, full: "140.0" },
    { t: at16("2026-10-20"), major: 153, full: "153.0" },
];

/* A patch each week until the next major. */
function withPatches(majors, version) {
    return majors.flatMap(({ major, t }, i) => {
        const end = majors[i + 1]?.t ?? t + 28 * DAY;
        const weeks = Math.ceil((end - t) / (7 * DAY));
        return range(0, weeks).map((k) => ({
            t: t + k * 7 * DAY,
            major,
            full: version(major, k),
        }));
    });
}

const chromium = (m, k) => `${m}.0.${7727 + (m - 147) * 46}.${60 + 37 * k}`;
const edge = (m, k) => `${m}.0.${3900 + (m - 147) * 31}.${41 + 14 * k}`;

const RELEASES = {
    chrome: withPatches(CHROME, chromium),
    edge: withPatches(later(CHROME, 2), edge),
    brave: withPatches(later(CHROME, 1), chromium),
    crios: withPatches(later(CHROME, 1), chromium),
    firefox: FIREFOX,
    samsung: SAMSUNG,
    ios: APPLE,
    macos: APPLE,
    tor: TOR,
};

/* What an instance that never updates has: a release of `stale` years to a month before the window. */
function frozen(releases, R, from, stale) {
    const cut = from - R.range(20, 60 + stale * 365) * DAY;
    let i = 0;
    while (i + 1 < releases.length && releases[i + 1].t <= cut) i++;
    return [{ at: -Infinity, r: releases[i] }];
}

/* When one instance installs which release: the release, the rollout and the restart, never going back.
 * meanLag in days; never, laggard: chances; factor: how much slower a laggard is; from: the window's begin. */
export function installPlan(calendar, R, meanLag, how) {
    const { never = 0, laggard = 0, factor = 10, from, stale = 0 } = how;
    const releases = RELEASES[calendar];
    const isNever = R.p(never);
    const lag = R.p(laggard) ? meanLag * factor : meanLag;
    if (isNever) return frozen(releases, R, from, stale);
    const plan = [];
    let previous = -Infinity;
    let base = releases[0];
    for (const r of releases) {
        const installed = Math.max(previous, r.t + R.exp(lag) * DAY + R.u() * 0.8 * DAY);
        if (installed <= from) base = r;
        else plan.push({ at: installed, r });
        previous = installed;
    }
    // one that is installed when the next is offered already is skipped in practice
    for (let i = plan.length - 2; i >= 0; i--) {
        if (plan[i + 1].at - plan[i].at < 0.25 * DAY) plan.splice(i, 1);
    }
    return [{ at: -Infinity, r: base }, ...plan];
}

/* The release that a plan has at t. */
export function at(plan, t) {
    let i = 0;
    while (i + 1 < plan.length && plan[i + 1].at <= t) i++;
    return plan[i].r;
}
