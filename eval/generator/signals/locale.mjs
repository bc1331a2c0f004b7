// Fonts, voices, languages and the time zone.
import { sha } from "../../lib/prng.mjs";
import { epoch } from "../versions.mjs";
import { FONT_ORDER, VOICES } from "../world.mjs";

const RFP_FONTS = ["Arial", "Courier New", "Georgia", "Times New Roman", "Verdana"];

export function fonts({ d, rfp }) {
    const detected = rfp ? RFP_FONTS : FONT_ORDER.filter((name) => d.fonts.has(name));
    return { detected, count: detected.length, isSpoofed: false };
}

function localVoices({ d, os, language, language2 }) {
    if (os === "windows") return VOICES.windows(language2).map((x) => `${x} - ${language}`);
    if (os !== "macos" && os !== "ios") return [];
    const premium = d.voicePack ? [`Premium ${d.voicePack}`] : [];
    return VOICES.apple.slice(0, os === "ios" ? 17 : 21).concat(premium);
}

function remoteVoices({ seed, os, browser, engine, em }) {
    if (browser === "chrome" && os !== "android") return 19;
    return browser === "edge" ? 322 + epoch(seed, "edgevoice", engine, os, em, 0.3) : 0;
}

/* Voices that are counted but have no name here. */
function otherVoices({ d, os, versions }) {
    if (os === "android") return 70 + parseInt(d.osVer, 10);
    const apple = os === "macos" || os === "ios";
    return apple ? 120 + Math.floor(parseFloat(versions.osFull)) * 2 : 0;
}

export function speech(x) {
    const { d, os, browser, engine, rfp, language2, graphics } = x;
    if (rfp || os === "linux" || d.bot === "headless") return null;
    const names = localVoices(x).sort();
    const remote = remoteVoices(x);
    const maker = browser === "edge" || browser === "chrome" ? browser : engine;
    const key = ["voices", os, graphics.osRender, maker, remote, language2, d.voicePack];
    return {
        voiceCount: names.length + remote + otherVoices(x),
        localVoices: names,
        remoteVoiceCount: remote,
        defaultVoice: names[0] ?? (os === "android" ? "English United States" : null),
        hash: sha(key.join("|")),
    };
}

const MILLIONS = {
    de: "21 Millionen",
    fr: "21 millions",
    es: "21 millones",
    ja: "2100万",
    pt: "21 milhões",
    it: "21 milioni",
};

export const intl = ({ engine, language, language2 }) => ({
    locales: [language, "en"],
    formattedNumber: MILLIONS[language2] ?? "21 million",
    formattedRelativeTime: "last year",
    formattedList: "Alice, Bob, and Carol",
    localeSpoofed: false,
    hash: sha(`intl|${language}|${engine}`),
});

export const timezone = ({ tz, zone }) => ({
    reported: tz,
    computed: zone.name,
    offsetHistorical: zone.west2005,
    isSpoofed: false,
    hash: sha(`${tz}|${zone.west2005}|${zone.westMinutes}`),
});
