// What a browser or extension that falsifies values mixes into them.
import { h32, shaRaw } from "../../lib/prng.mjs";

/* The same for one Brave session or private window, new each time for canvas blockers and anti-detect
 * browsers, "" for everybody else. */
export function saltOf({ d, t, visit, R, antidetect, brave, noisy }) {
    if (d.blocker || antidetect) return shaRaw(`${d.id}|${t}|${R.u()}`);
    if (brave) return `${d.id}|farble|${d.farble}`;
    return noisy ? `${d.id}|private|${visit.session}` : "";
}

/* A choice below `length` that the salt decides; `what` keeps several choices apart. */
export const saltPick = (x, what, length) => h32(x.salt + what) % length;
