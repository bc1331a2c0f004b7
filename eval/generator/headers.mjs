// The request headers of one event: user agent, languages, client hints.
import { versionsOf } from "./versions.mjs";

const APPLE_WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
const MAC = "Macintosh; Intel Mac OS X 10_15_7";
const twoParts = (version) => version.split(".").slice(0, 2).join(".");

function iosUserAgent(d, v, o) {
    const ipad = d.cls === "ipad";
    const system = o && o.major >= 26 ? "18_7" : o.full.replace(/\./g, "_");
    const phone = `iPhone; CPU iPhone OS ${system} like Mac OS X`;
    if (d.browser === "crios") {
        const [, , build, patch] = v.full.split(".");
        const device = ipad ? "iPad; CPU OS 18_7 like Mac OS X" : phone;
        const version = `CriOS/${v.major}.0.${build}.${patch}`;
        return `Mozilla/5.0 (${device}) ${APPLE_WEBKIT} ${version} Mobile/15E148 Safari/604.1`;
    }
    const version = `Version/${twoParts(o.full)}`;
    return ipad
        ? `Mozilla/5.0 (${MAC}) ${APPLE_WEBKIT} ${version} Safari/605.1.15`
        : `Mozilla/5.0 (${phone}) ${APPLE_WEBKIT} ${version} Mobile/15E148 Safari/604.1`;
}

function geckoUserAgent(d, v) {
    const platform = {
        windows: "Windows NT 10.0; Win64; x64",
        macos: "Macintosh; Intel Mac OS X 10.15",
        linux: "X11; Linux x86_64",
        android: `Android ${parseInt(d.osVer, 10)}; Mobile`,
    }[d.os];
    const gecko = d.os === "android" ? `${v.major}.0` : "20100101";
    return `Mozilla/5.0 (${platform}; rv:${v.major}.0) Gecko/${gecko} Firefox/${v.major}.0`;
}

function blinkUserAgent(d, v) {
    const platform = {
        windows: "Windows NT 10.0; Win64; x64",
        macos: MAC,
        linux: "X11; Linux x86_64",
        chromeos: "X11; CrOS x86_64 14541.0.0",
        android: "Linux; Android 10; K",
    }[d.os];
    const major = d.browser === "samsung" ? v.base : v.major;
    const head = d.bot === "headless" && d.spec.farm % 2 ? "HeadlessChrome" : "Chrome";
    const chrome = `${head}/${major}.0.0.0`;
    if (d.bot === "crawler") {
        const bot = `ExampleBot/2.${d.spec.farm % 4}; +https://bot.example/info`;
        return `Mozilla/5.0 (compatible; ${bot}) ${chrome} Safari/537.36`;
    }
    const samsung = d.browser === "samsung" ? `SamsungBrowser/${v.major}.0 ` : "";
    const mobile = d.mobile ? "Mobile " : "";
    const edge = d.browser === "edge" ? ` Edg/${v.major}.0.0.0` : "";
    const engine = "AppleWebKit/537.36 (KHTML, like Gecko)";
    return `Mozilla/5.0 (${platform}) ${engine} ${samsung}${chrome} ${mobile}Safari/537.36${edge}`;
}

export function userAgent(d, t) {
    const { v, o } = versionsOf(d, t);
    if (d.os === "ios") return iosUserAgent(d, v, o);
    if (d.browser === "safari") {
        return `Mozilla/5.0 (${MAC}) ${APPLE_WEBKIT} Version/${twoParts(v.full)} Safari/605.1.15`;
    }
    return d.engine === "gecko" ? geckoUserAgent(d, v) : blinkUserAgent(d, v);
}

const OWN_BRAND = {
    chrome: "Google Chrome",
    edge: "Microsoft Edge",
    brave: "Brave",
    samsung: "Samsung Internet",
};
const GREASE = [
    ["Not.A/Brand", "8"],
    ["Not/A)Brand", "24"],
    ["Not)A;Brand", "99"],
];

/* The brand lists of a Blink browser, in the order that its major prescribes. */
export function brandsOf(d, t) {
    const { v } = versionsOf(d, t);
    const chromium = String(d.browser === "samsung" ? v.base : v.major);
    const turn = Number(chromium) % 3;
    const [greaseBrand, greaseVersion] = GREASE[turn];
    const own = d.browser === "samsung" ? `${v.major}.0` : chromium;
    const brands = [
        { brand: OWN_BRAND[d.browser], version: own },
        { brand: greaseBrand, version: greaseVersion },
        { brand: "Chromium", version: chromium },
    ];
    const low = [...brands.slice(turn), ...brands.slice(0, turn)];
    const fullVersion = ({ brand, version }) => {
        if (brand.startsWith("Not")) return `${version}.0.0.0`;
        if (brand === "Chromium" && d.browser === "edge") {
            return `${chromium}.0.${7727 + (Number(chromium) - 147) * 46}.97`;
        }
        return v.full;
    };
    return { low, full: low.map((x) => ({ brand: x.brand, version: fullVersion(x) })) };
}

/* Safari and Brave show the first language only, Tor and resistFingerprinting always English. */
export function languagesOf(d) {
    const list = d.lang.split(",");
    if (d.browser === "tor" || d.browser === "firefox-rfp") return ["en-US", "en"];
    if (d.browser === "safari" || d.os === "ios" || d.browser === "brave") return [list[0]];
    return list;
}

/* Blink shows one language in private windows. */
export const shownLanguages = (d, incog) =>
    incog && d.engine === "blink" && !d.bot ? languagesOf(d).slice(0, 1) : languagesOf(d);

function acceptLanguage(d, incog) {
    const [step, least] = d.engine === "gecko" ? [0.3, 0.3] : [0.1, 0.1];
    const quality = (i) => Math.max(least, 1 - i * step).toFixed(1);
    return shownLanguages(d, incog)
        .map((language, i) => (i ? `${language};q=${quality(i)}` : language))
        .join(",");
}

export function architecture(d) {
    if (d.os === "android") return "";
    if (d.os === "macos" && /Apple/.test(d.model.gpu[1])) return "arm";
    return /Snapdragon|Adreno|Mali/.test(d.model.gpu[1]) ? "arm" : "x86";
}

export const platformVersion = (d, t) =>
    d.os === "macos" ? versionsOf(d, t).osFull.replace(/^(\d+\.\d+)$/, "$1.0") : d.osVer;

export const PLATFORM_NAME = {
    windows: "Windows",
    macos: "macOS",
    linux: "Linux",
    chromeos: "Chrome OS",
    android: "Android",
};

/* The first visit of a jar shows the low-entropy hints only: the others are asked for by Accept-CH, which
 * a browser keeps with the site's data, so not after a cleared jar and not in a fresh private window. */
function clientHints(d, t, seen) {
    const { low, full } = brandsOf(d, t);
    const list = (brands) => brands.map((x) => `"${x.brand}";v="${x.version}"`).join(", ");
    const hints = {
        "sec-ch-ua": list(low),
        "sec-ch-ua-mobile": d.mobile ? "?1" : "?0",
        "sec-ch-ua-platform": `"${PLATFORM_NAME[d.os]}"`,
    };
    if (seen) {
        hints["sec-ch-ua-full-version-list"] = list(full);
        hints["sec-ch-ua-platform-version"] = `"${platformVersion(d, t)}"`;
        hints["sec-ch-ua-arch"] = `"${architecture(d)}"`;
        hints["sec-ch-ua-bitness"] = '"64"';
        hints["sec-ch-ua-model"] = `"${d.model.model || ""}"`;
    }
    return hints;
}

/* incog: a private window; seen: this jar was here before. */
export function headersOf(d, t, incog, seen) {
    const headers = {
        "user-agent": userAgent(d, t),
        accept: "*/*",
        "accept-language": acceptLanguage(d, incog),
        "accept-encoding": d.engine === "webkit" ? "gzip, deflate, br" : "gzip, deflate, br, zstd",
    };
    if (d.engine === "blink") Object.assign(headers, clientHints(d, t, seen));
    if (d.dnt) headers.dnt = "1";
    if (d.gpc) headers["sec-gpc"] = "1";
    headers["sec-fetch-site"] = "same-site";
    headers["sec-fetch-mode"] = "cors";
    headers["sec-fetch-dest"] = "empty";
    return headers;
}
