// Which versions a browser instance runs at a moment, and what a release changes for everybody who has it.
import { unit } from "../lib/prng.mjs";

const MAJORS = 260; // more than any engine reaches inside a workload

/* v: the browser's release, o: the OS release where it follows a calendar, osFull: its number, engine:
 * the major that decides rendering. On iOS that is the system's, as every browser there is WebKit. */
export function versionsOf(d, t) {
    const v = d.ver(t);
    const o = d.osv(t);
    let engine = v.major;
    if (d.browser === "samsung") {
        engine = v.base;
    } else if (d.engine === "webkit") {
        const release = d.os === "ios" ? (o ?? v) : v;
        engine = Math.trunc(parseFloat(release.full) * 10);
    }
    return { v, o, engine, osFull: o?.full ?? d.osVer };
}

const epochs = new Map();

/* The number of releases up to `major` that moved a rendering result: the same for everybody on that
 * engine and OS, another for each seed. p: the chance that a release moves it. */
export function epoch(seed, what, engine, os, major, p) {
    const key = `${seed}|${what}|${engine}|${os}`;
    let moved = epochs.get(key);
    if (!moved) {
        moved = [];
        let n = 0;
        for (let m = 0; m < MAJORS; m++) {
            if (unit(`${key}|${m}`) < p) n++;
            moved.push(n);
        }
        epochs.set(key, moved);
    }
    return moved[Math.min(MAJORS - 1, Math.max(0, Math.trunc(major)))];
}

const counts = new Map();

/* A count of properties that grows by less than `step` with every major from 60 on. */
export function grown(seed, what, engine, major, base, step) {
    const key = `${seed}|${what}|${engine}`;
    const place = `${key}|${major}`;
    let n = counts.get(place);
    if (n === undefined) {
        n = base;
        for (let m = 60; m <= major; m++) n += Math.floor(unit(`${key}|${m}`) * step);
        counts.set(place, n);
    }
    return n;
}
