// The signals that the page would send for one event of one instance, in the shapes of the FingerprintIQ
// SDK (src/types.ts, src/collect.ts and src/signals/*.ts of fingerprintiq/js).
//
// The bytes of a workload are decided by the order of the draws from the instance's random generator: first
// those of contextOf(), then, collector by collector in the order of this table, the value's own and one for
// its duration, at last one for each collector that may miss its deadline. A new draw anywhere moves every
// value behind it, so put it last, or accept that all seeds mean another workload.
import { behavioralRisk, devTools, headless, incognito, storage } from "./signals/behaviour.mjs";
import { integrity, resistance, rooted, virtualization, wallets } from "./signals/behaviour.mjs";
import { contextOf } from "./signals/context.mjs";
import { codec, cssFeatures, cssStyle, errorMessages, frameDepth } from "./signals/engine.mjs";
import { htmlElement, math, platformFeatures, windowFeatures } from "./signals/engine.mjs";
import { audio, canvas, domRect, svg, webgl, webgpu } from "./signals/graphics.mjs";
import { fonts, intl, speech, timezone } from "./signals/locale.mjs";
import { geometryVector, media, screen } from "./signals/screen.mjs";
import { capabilityVector, navigator, runtimeVector, sensors, status } from "./signals/system.mjs";
import { uaClientHints, wasmTiming, webrtc, workerScope } from "./signals/system.mjs";

// name, how long it takes in the mean (ms), its value (null: the collector does not run there)
const COLLECTORS = [
    ["canvas", 14, canvas],
    ["webgl", 22, webgl],
    ["webgpu", 8, webgpu],
    ["audio", 18, audio],
    ["fonts", 24, fonts],
    ["webrtc", 180, webrtc],
    ["wasmTiming", 3, wasmTiming],
    ["navigator", 1, navigator],
    ["media", 0.4, media],
    ["screen", 0.1, screen],
    ["integrity", 1.2, integrity],
    ["wallets", 51, wallets],
    ["storage", 6, storage],
    ["math", 0.3, math],
    ["domRect", 3, domRect],
    ["headless", 0.2, headless],
    ["speech", 40, speech],
    ["intl", 2, intl],
    ["timezone", 0.6, timezone],
    ["cssStyle", 2, cssStyle],
    ["cssFeatures", 0.3, cssFeatures],
    ["error", 0.4, errorMessages],
    ["workerScope", 60, workerScope],
    ["resistance", 1, resistance],
    ["svg", 2, svg],
    ["windowFeatures", 1, windowFeatures],
    ["htmlElement", 1, htmlElement],
    ["codec", 4, codec],
    ["status", 9, status],
    ["platformFeatures", 0.2, platformFeatures],
    ["uaClientHints", 1.5, uaClientHints],
    ["capabilityVector", 0.3, capabilityVector],
    ["geometryVector", 0.2, geometryVector],
    ["runtimeVector", 3, runtimeVector],
    ["sensorCapabilities", 4, sensors],
    ["behavioralRisk", 0.1, behavioralRisk],
    ["incognito", 2, incognito],
    ["devTools", 0.5, devTools],
    ["virtualization", 5, virtualization],
    ["rooted", 0.2, rooted],
    ["frameDepth", 0.1, frameDepth],
];

// Which collectors may lose their race of 1.5 s, and how often against the instance's own rate.
const LATE = [
    ["speech", 2],
    ["webrtc", 2],
    ["workerScope", 1],
    ["webgpu", 1],
    ["wasmTiming", 1],
    ["audio", 0.25],
    ["fonts", 0.25],
    ["canvas", 0.25],
    ["webgl", 0.25],
    ["uaClientHints", 0.25],
];

/* visit: what holds for this visit alone (generator/visits.mjs). */
export function signalsOf(d, t, visit) {
    const x = contextOf(d, t, visit);
    const signals = {};
    for (const [name, meanMs, collect] of COLLECTORS) {
        const value = collect(x);
        signals[name] = value && { value, duration: durationMs(d, meanMs) };
    }
    for (const [name, factor] of LATE) {
        if (d.R.u() < factor * d.flaky) signals[name] = null;
    }
    return signals;
}

function durationMs(d, meanMs) {
    const ms = meanMs * (0.5 + d.R.u()) * (1.8 - d.speed);
    return Math.round(Math.max(0.02, ms) * 10) / 10;
}
