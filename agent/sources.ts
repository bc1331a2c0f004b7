/* Every signal by its name on the wire: FingerprintIQ's 41 in their documented order, then ours. A
 * new one is a file in sources/ and a line here (and its rows in src/identify/signals.def). null
 * marks one that has no source yet: it is sent as null, which the server takes as "not known". */

import type { Row } from "./collect.ts";
import { attributes } from "./sources/attributes.ts";
import { audio } from "./sources/audio.ts";
import { automation } from "./sources/automation.ts";
import { behavioralRisk } from "./sources/behavioralRisk.ts";
import { canvas } from "./sources/canvas.ts";
import { capabilityVector } from "./sources/capabilityVector.ts";
import { codec } from "./sources/codec.ts";
import { contexts } from "./sources/contexts.ts";
import { cssFeatures } from "./sources/cssFeatures.ts";
import { cssStyle } from "./sources/cssStyle.ts";
import { devTools } from "./sources/devTools.ts";
import { domRect } from "./sources/domRect.ts";
import { error } from "./sources/error.ts";
import { farbling } from "./sources/farbling.ts";
import { fonts } from "./sources/fonts.ts";
import { frameDepth } from "./sources/frameDepth.ts";
import { geometryVector } from "./sources/geometryVector.ts";
import { headless } from "./sources/headless.ts";
import { htmlElement } from "./sources/htmlElement.ts";
import { incognito } from "./sources/incognito.ts";
import { integrity } from "./sources/integrity.ts";
import { intl } from "./sources/intl.ts";
import { math } from "./sources/math.ts";
import { media } from "./sources/media.ts";
import { natives } from "./sources/natives.ts";
import { navigatorFacts } from "./sources/navigator.ts";
import { platformFeatures } from "./sources/platformFeatures.ts";
import { resistance } from "./sources/resistance.ts";
import { rooted } from "./sources/rooted.ts";
import { runtimeVector } from "./sources/runtimeVector.ts";
import { screenFacts } from "./sources/screen.ts";
import { sensorCapabilities } from "./sources/sensorCapabilities.ts";
import { speech } from "./sources/speech.ts";
import { status } from "./sources/status.ts";
import { storage } from "./sources/storage.ts";
import { storageTraits } from "./sources/storageTraits.ts";
import { svg } from "./sources/svg.ts";
import { timezone } from "./sources/timezone.ts";
import { uaClientHints } from "./sources/uaClientHints.ts";
import { virtualization } from "./sources/virtualization.ts";
import { wallets } from "./sources/wallets.ts";
import { wasmTiming } from "./sources/wasmTiming.ts";
import { webgl } from "./sources/webgl.ts";
import { webgpu } from "./sources/webgpu.ts";
import { webrtc } from "./sources/webrtc.ts";
import { windowFeatures } from "./sources/windowFeatures.ts";
import { workerScope } from "./sources/workerScope.ts";

export const sources: ReadonlyArray<Row> = [
    ["canvas", canvas],
    ["webgl", webgl],
    ["webgpu", webgpu],
    ["audio", audio, "early"],
    ["fonts", fonts],
    ["webrtc", webrtc, "webrtc"],
    ["wasmTiming", wasmTiming],
    ["navigator", navigatorFacts, "early"],
    ["media", media],
    ["screen", screenFacts],
    ["integrity", integrity],
    ["wallets", wallets, "wallets"],
    ["storage", storage, "early"],
    ["math", math],
    ["domRect", domRect],
    ["headless", headless],
    ["speech", speech, "early"],
    ["intl", intl],
    ["timezone", timezone],
    ["cssStyle", cssStyle],
    ["cssFeatures", cssFeatures],
    ["error", error],
    ["workerScope", workerScope, "early"],
    ["resistance", resistance],
    ["svg", svg],
    ["windowFeatures", windowFeatures],
    ["htmlElement", htmlElement],
    ["codec", codec],
    ["status", status],
    ["platformFeatures", platformFeatures],
    ["uaClientHints", uaClientHints, "early"],
    ["capabilityVector", capabilityVector],
    ["geometryVector", geometryVector],
    ["runtimeVector", runtimeVector],
    ["sensorCapabilities", sensorCapabilities, "early"],
    ["behavioralRisk", behavioralRisk, "behavior"],
    ["incognito", incognito],
    ["devTools", devTools],
    ["virtualization", virtualization],
    ["rooted", rooted],
    ["frameDepth", frameDepth],
    ["attributes", attributes],
    ["contexts", contexts, "early"],
    ["natives", natives],
    ["automation", automation],
    ["farbling", farbling],
    ["storageTraits", storageTraits, "early"],
];
