// Hardware models, and what browsers tell of a graphics card.
//
// The npm package fingerprint-generator learns every attribute given the user agent only (its network is a
// star), so the screen, GPU, cores and fonts that it returns together are independent of each other. It is
// used for one thing here: to draw a finite pool of models per platform. Instances then share models with
// Zipf weights, which is what makes look-alikes as common as they are in real traffic.
import { FingerprintGenerator } from "fingerprint-generator";
import { rng } from "../lib/prng.mjs";
import { IPADS, IPHONES } from "./world.mjs";

const DRAWN_AS = {
    windows: { devices: ["desktop"], operatingSystems: ["windows"], browsers: ["chrome"] },
    macos: { devices: ["desktop"], operatingSystems: ["macos"], browsers: ["chrome"] },
    linux: { devices: ["desktop"], operatingSystems: ["linux"], browsers: ["chrome"] },
    chromeos: { devices: ["desktop"], operatingSystems: ["linux"], browsers: ["chrome"] },
    android: { devices: ["mobile"], operatingSystems: ["android"], browsers: ["chrome"] },
};
const TRIES_PER_MODEL = 12;
const CHROMEBOOK_GPUS = [
    ["Google Inc. (Intel)", "ANGLE (Intel, Mesa Intel(R) UHD Graphics 600 (GLK 2), OpenGL ES 3.2)"],
    ["Google Inc. (Intel)", "ANGLE (Intel, Mesa Intel(R) UHD Graphics (JSL), OpenGL ES 3.2)"],
    ["Google Inc. (ARM)", "ANGLE (ARM, Mali-G57, OpenGL ES 3.2)"],
];
const CHROMEBOOK_SCREENS = [
    { w: 1366, h: 768, dpr: 1 },
    { w: 1536, h: 864, dpr: 1.25 },
    { w: 1200, h: 800, dpr: 1.6 },
];

/* Apple's phones and tablets: a page sees the screen and little else. w: the weight of the model. */
function appleModels(cls, table, coresOf) {
    return table.map(([[width, height, dpr], weight], i) => ({
        id: `${cls}${i}`,
        cls,
        w: weight,
        gpu: ["Apple Inc.", "Apple GPU"],
        cores: coresOf(i),
        mem: null,
        screen: { w: width, h: height, dpr, top: 0, bottom: 0, depth: 24 },
        touch: 5,
        gamut: "p3",
        model: "",
    }));
}

const isSoftware = (gpu) => /swiftshader|llvmpipe|basic render/i.test(gpu.renderer);

/* Is this drawn fingerprint one that the platform could have? */
function isPlausible(cls, { screen, navigator, videoCard }) {
    const { width, height } = screen;
    const direct3d = /direct3d/i.test(videoCard.renderer);
    if (cls === "android") {
        return width <= height && width <= 1000 && navigator.maxTouchPoints > 0;
    }
    if (width < 1024 || height < 600 || height > width) return false;
    if (cls === "macos" && direct3d) return false;
    return cls !== "windows" || direct3d || isSoftware(videoCard);
}

function modelFrom(cls, number, { screen, navigator, videoCard }) {
    const top = Math.max(0, screen.availTop || 0);
    const hints = navigator.userAgentData;
    return {
        id: `${cls}${number}`,
        cls,
        w: 1,
        gpu: [videoCard.vendor, videoCard.renderer],
        soft: isSoftware(videoCard),
        cores: navigator.hardwareConcurrency || 4,
        mem: navigator.deviceMemory ?? 8,
        screen: {
            w: screen.width,
            h: screen.height,
            dpr: screen.devicePixelRatio || 1,
            top,
            bottom: Math.max(0, screen.height - screen.availHeight - top),
            depth: screen.colorDepth || 24,
        },
        touch: navigator.maxTouchPoints || 0,
        gamut: cls === "macos" || screen.hasHDR || cls === "android" ? "p3" : "srgb",
        model: hints?.model || (cls === "android" ? "K" : ""),
    };
}

function makeChromebook(model, R) {
    model.mem = R.pick([4, 8]);
    model.cores = R.pick([4, 8]);
    model.gpu = R.pick(CHROMEBOOK_GPUS);
    model.screen = { ...R.pick(CHROMEBOOK_SCREENS), top: 0, bottom: 48, depth: 24 };
}

/* The next fingerprint that the package draws; undefined when it finds none or it contradicts itself. */
function drawFingerprint(generator) {
    let fingerprint;
    try {
        ({ fingerprint } = generator.getFingerprint());
    } catch {
        return undefined; // its network has dead ends
    }
    const { screen, videoCard } = fingerprint;
    const fits = screen.availWidth <= screen.width && screen.availHeight <= screen.height;
    return videoCard?.renderer && fits ? fingerprint : undefined;
}

function drawModels(cls, count, R) {
    const generator = new FingerprintGenerator(DRAWN_AS[cls]);
    const models = [];
    const seen = new Set();
    for (let i = 0; models.length < count && i < count * TRIES_PER_MODEL; i++) {
        const drawn = drawFingerprint(generator);
        if (!drawn || (isSoftware(drawn.videoCard) && R.u() > 0.3)) continue;
        if (!isPlausible(cls, drawn)) continue;
        const model = modelFrom(cls, models.length, drawn);
        if (cls === "chromeos") makeChromebook(model, R);
        const key = JSON.stringify([model.gpu, model.cores, model.mem, model.screen, model.touch]);
        if (seen.has(key) && cls !== "chromeos") continue;
        seen.add(key);
        models.push(model);
    }
    return models;
}

/* About `count` models of a class of machines. */
export function hardwarePool(cls, count, seed) {
    if (cls === "iphone") return appleModels(cls, IPHONES, () => 4);
    if (cls === "ipad") return appleModels(cls, IPADS, (i) => 4 + 4 * (i % 2));
    const R = rng(`${seed}|pool|${cls}`);
    const { random } = Math;
    Math.random = R.u; // the package has no seed of its own
    try {
        return drawModels(cls, count, R);
    } finally {
        Math.random = random;
    }
}

const FIREFOX_VENDORS = [
    [/NVIDIA/, "NVIDIA"],
    [/AMD|Radeon/, "AMD"],
    [/Intel/, "Intel"],
    [/Apple/, "Apple"],
    [/Adreno/, "Qualcomm"],
    [/Mali/, "ARM"],
];
// pattern of the better cards of a vendor, their bucket, the bucket of the others
const FIREFOX_BUCKETS = {
    NVIDIA: [/RTX|GTX 1[06]|GTX 9/, "NVIDIA GeForce GTX 980", "NVIDIA GeForce 8800 GTX"],
    AMD: [/RX|Vega|Graphics/, "Radeon R9 200 Series", "Radeon HD 3200 Graphics"],
    Intel: [
        /HD Graphics [2-4]\d{3}|HD Graphics \(/,
        "Intel(R) HD Graphics",
        "Intel(R) HD Graphics 400",
    ],
    Apple: [/(?:)/, "Apple M1"],
    Qualcomm: [/(?:)/, "Adreno (TM) 650"],
    ARM: [/(?:)/, "Mali-G72"],
    Other: [/(?:)/, "Generic Renderer"],
};

function firefoxGpu(renderer, os) {
    const vendor = FIREFOX_VENDORS.find(([pattern]) => pattern.test(renderer))?.[1] ?? "Other";
    const [pattern, better, other] = FIREFOX_BUCKETS[vendor];
    const bucket = pattern.test(renderer) ? better : other;
    if (os !== "windows") return [vendor, `${bucket}, or similar`];
    const angle = `ANGLE (${vendor}, ${bucket} Direct3D11 vs_5_0 ps_5_0), or similar`;
    return [`Google Inc. (${vendor})`, angle];
}

/* [vendor, renderer] as the browser tells it: Firefox and Safari hide most of it. */
export function reportedGpu(gpu, os, browser) {
    if (browser === "safari" || browser === "crios") return ["Apple Inc.", "Apple GPU"];
    if (browser === "tor" || browser === "firefox-rfp") return ["Mozilla", "Mozilla"];
    return browser === "firefox" ? firefoxGpu(gpu[1], os) : gpu;
}
