/* behavioralRisk (a probe: only when asked for): counters of behavior.ts and what they look like.
 *
 * Privacy: high, so a probe; how somebody moves and types, in counts and means, never what. */

import { behaviorCounts, type Counts } from "../behavior.ts";
import { sha256 } from "../sha256.ts";
import { orEmpty } from "../text.ts";

const ENOUGH_EVENTS = 5;
const SYNTHETIC_SCORE = 0.45;

/* Names and points are FingerprintIQ's; where the bounds lie is ours. */
function findings(c: Counts): [string, number][] {
    const straight = c.pointerStraightness ?? 0;
    const tests: [string, number, boolean][] = [
        ["low_pointer_curvature", 0.24, c.pointerMoveCount >= 10 && straight > 0.98],
        ["scroll_burst", 0.16, c.scrollBurstCount >= 8],
        ["unusually_fast_typing", 0.22,
            c.keyEventCount >= 8 && c.meanKeyIntervalMs !== null && c.meanKeyIntervalMs < 25],
        ["rapid_focus_switches", 0.12,
            c.focusTransitions + c.blurTransitions >= 8 && c.elapsedMs < 5000],
    ];
    return tests.filter(([, , found]) => found).map(([name, points]) => [name, points]);
}

function classify(events: number, score: number): string {
    if (events < ENOUGH_EVENTS) return events === 0 ? "insufficient_data" : "low_interaction";
    return score >= SYNTHETIC_SCORE ? "synthetic_like" : "human_like";
}

export function behavioralRisk() {
    const c = behaviorCounts();
    const { elapsedMs, ...counts } = c;
    const totalEventCount = c.pointerMoveCount + c.clickCount + c.scrollEventCount +
        c.keyEventCount + c.inputEventCount + c.focusTransitions + c.blurTransitions +
        c.visibilityTransitions;
    const found = findings(c);
    const riskScore = found.reduce((sum, [, points]) => sum + Math.round(points * 100), 0) / 100;
    const reasons = found.map(([name]) => name);
    const classification = classify(totalEventCount, riskScore);
    const value = { elapsedMs, totalEventCount, ...counts, classification, riskScore };
    const text = Object.entries(value).map(([name, v]) => `${name}:${orEmpty(v)}`);
    return { ...value, reasons, hash: sha256([...text, `reasons:${reasons.join(",")}`].join("|")) };
}
