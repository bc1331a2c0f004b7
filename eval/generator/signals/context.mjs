// Everything that several collectors of one event share: who, when, which versions, what the browser hides,
// and the random draws that are not one collector's own.
import { shownLanguages, userAgent } from "../headers.mjs";
import { versionsOf } from "../versions.mjs";
import { drawBehaviour, drawVirtualization } from "./behaviour.mjs";
import { graphicsOf } from "./graphics.mjs";
import { saltOf } from "./salt.mjs";
import { screenOf } from "./screen.mjs";
import { capabilitiesOf, drawRuntime, hardwareOf } from "./system.mjs";
import { zoneOf } from "./zone.mjs";

/* x.em is the engine's major; x.noisy says that renderings are falsified, x.salt with what. */
export function contextOf(d, t, visit) {
    const { browser, os, engine } = d;
    const { incog } = visit;
    const versions = versionsOf(d, t);
    const brave = browser === "brave";
    const rfp = browser === "tor" || browser === "firefox-rfp";
    const antidetect = d.bot === "antidetect";
    const privateNoise = incog && (browser === "safari" || browser === "firefox");
    const x = {
        d,
        t,
        visit,
        R: d.R,
        seed: d.seed,
        browser,
        os,
        engine,
        incog,
        versions,
        em: versions.engine,
        brave,
        rfp,
        antidetect,
        blink: engine === "blink",
        gecko: engine === "gecko",
        webkit: engine === "webkit",
        noisy: brave || d.blocker || privateNoise || antidetect,
    };
    x.salt = saltOf(x);
    x.languages = shownLanguages(d, incog);
    x.language = x.languages[0] ?? "en-US";
    x.language2 = x.language.slice(0, 2);
    x.tz = rfp ? "Atlantic/Reykjavik" : d.tz;
    x.zone = zoneOf(x.tz, t);
    x.userAgent = userAgent(d, t);
    x.platform = {
        windows: "Win32",
        macos: "MacIntel",
        linux: "Linux x86_64",
        chromeos: "Linux x86_64",
        android: "Linux armv81",
        ios: d.cls === "ipad" ? "MacIntel" : "iPhone",
    }[os];
    x.hardware = hardwareOf(x);
    x.screen = screenOf(x);
    x.graphics = graphicsOf(x);
    x.scheme = schemeOf(x);
    x.runtime = drawRuntime(x);
    x.capabilities = capabilitiesOf(x);
    x.behaviour = drawBehaviour(x);
    x.vm = drawVirtualization(x);
    return x;
}

/* Light or dark, for some by the clock on the wall. */
function schemeOf({ d, visit, zone, rfp }) {
    const hour = (((visit.hour - zone.westMinutes / 60) % 24) + 24) % 24;
    const dark = d.darkAuto ? hour >= 19 || hour < 7 : d.dark;
    return dark && !rfp ? "dark" : "light";
}
