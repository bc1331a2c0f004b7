// The graphics card as the browser names it, and everything that is drawn: canvas, WebGL, WebGPU, audio,
// text. A rendering is the hash of all that decides it.
import { reportedGpu } from "../hardware.mjs";
import { architecture } from "../headers.mjs";
import { h32, sha, shaRaw, unit } from "../../lib/prng.mjs";
import { epoch } from "../versions.mjs";
import { BLINK_EXT } from "../world.mjs";
import { saltPick } from "./salt.mjs";

const round2 = (x) => Math.round(x * 100) / 100;
const isApple = (os) => os === "macos" || os === "ios";

// The first pattern that the text matches names it.
const firstMatch = (rows, text, otherwise) =>
    rows.find(([pattern]) => pattern.test(text))?.[1] ?? otherwise;

const GPU_VENDORS = [
    [/NVIDIA/, "nvidia"],
    [/AMD|Radeon/, "amd"],
    [/Intel/, "intel"],
    [/Apple/, "apple"],
    [/Adreno/, "qualcomm"],
    [/Mali/, "arm"],
];
const GPU_ARCHITECTURES = {
    nvidia: [
        [/RTX 50/, "blackwell"],
        [/RTX 40/, "lovelace"],
        [/RTX 30/, "ampere"],
        [/RTX 20|GTX 16/, "turing"],
        [/(?:)/, "pascal"],
    ],
    amd: [
        [/RX 7|780M/, "rdna-3"],
        [/RX 6/, "rdna-2"],
        [/(?:)/, "gcn-5"],
    ],
    intel: [
        [/Xe|Arc/, "xe"],
        [/(?:)/, "gen-9"],
    ],
    apple: [[/(?:)/, "metal-3"]],
    qualcomm: [[/(?:)/, "adreno-7xx"]],
    arm: [[/(?:)/, "valhall"]],
};
const ANTIDETECT_GPUS = ["RTX 3060", "RTX 4070", "GTX 1660", "RTX 2080"];

function rendererOf(x, reported) {
    const { d, os, blink, antidetect } = x;
    if (antidetect) {
        const card = ANTIDETECT_GPUS[saltPick(x, "", ANTIDETECT_GPUS.length)];
        return `ANGLE (NVIDIA, NVIDIA GeForce ${card} Direct3D11 vs_5_0 ps_5_0, D3D11)`;
    }
    if (os === "linux" && blink && !d.model.soft) {
        const mesa = `OpenGL 4.6 Mesa 25.${d.driver % 4}.${d.driver % 7}`;
        return `${reported.replace(/\)$/, "")}, ${mesa})`;
    }
    return reported;
}

/* The part of the system's version that moves text and emoji. */
function renderVersion({ d, os, versions }) {
    if (isApple(os)) return versions.osFull.split(".").slice(0, 2).join(".");
    if (os === "windows") return d.osVer === "10.0.0" ? "w10" : "w11";
    return d.osVer;
}

function hasWebgpu({ d, os, em, blink, webkit, gecko, rfp }) {
    if (blink) return os !== "linux" && !d.model.soft && em >= 113;
    if (webkit) return em >= 260;
    return gecko && os === "windows" && em >= 141 && !rfp;
}

export function graphicsOf(x) {
    const { d, visit, seed, os, browser, engine, em, versions } = x;
    const gpu = visit.alt ? d.altGpu : d.model.gpu;
    const [vendor, reported] = reportedGpu(gpu, os, os === "ios" ? "safari" : browser);
    const renderer = rendererOf(x, reported);
    const maker = firstMatch(GPU_VENDORS, gpu[1], "");
    const moved = (what, p) => epoch(seed, what, engine, os, em, p);
    const osRender = renderVersion(x);
    return {
        vendor,
        renderer,
        maker,
        family: firstMatch(GPU_ARCHITECTURES[maker] ?? [], renderer, ""),
        // cards that draw alike
        class: (vendor + renderer).replace(/\(0x[0-9a-f]+\)/gi, "").replace(/OpenGL.*/, ""),
        osRender,
        emoji: isApple(os) ? Math.floor(parseFloat(versions.osFull)) : osRender,
        canvasEpoch: moved("canvas", d.P.canvas_epoch_p),
        audioEpoch: moved("audio", d.P.audio_epoch_p),
        textEpoch: moved("text", d.P.text_epoch_p),
        webgpu: hasWebgpu(x),
    };
}

/* Browsers that say themselves that their canvas is not to be trusted. */
function saysFarbled({ d, gecko, os, browser, versions, antidetect }) {
    const safari = browser === "safari" && (os === "ios" ? versions.o : versions.v);
    const newSafari = safari && parseFloat(safari.full) >= 17;
    return !!(d.blocker || antidetect || (gecko && versions.v.major >= 120) || newSafari);
}

export function canvas(x) {
    const { d, os, engine, graphics: g } = x;
    const card = os === "ios" ? "apple" : `${g.maker}|${g.family}|${h32(g.class) % 3}`;
    const drawn = ["canvas", engine, os, g.emoji, card, d.canvasDriver, d.aa, d.skin];
    const key = x.rfp ? "white" : [...drawn, g.canvasEpoch].join("|");
    const hash = x.noisy ? shaRaw(`${key}|${x.salt}`) : sha(key);
    return { hash, isFarbled: saysFarbled(x) };
}

function hasExtension({ os, webkit, gecko, graphics }, name) {
    if (webkit) return !/WEBGL_debug_shaders|clip_control|polygon_mode|disjoint/.test(name);
    if (gecko) return !/multi_draw|polygon|clip_control|blend_func/.test(name);
    if (os === "android" && /bptc|rgtc|s3tc/.test(name)) return false;
    if (os === "macos" && /polygon_mode|blend_func_extended/.test(name)) return false;
    return unit(`${graphics.class}|${name}`) > 0.04 || !/EXT_|WEBGL_c/.test(name);
}

function webglParams({ d, rfp, graphics: { renderer } }) {
    const textures = d.model.soft ? 8192 : 16384;
    return {
        "0xd33": rfp ? 4096 : textures, // MAX_TEXTURE_SIZE
        "0x8869": 16, // MAX_VERTEX_ATTRIBS
        "0x8dfb": /Mali|Adreno|Apple/.test(renderer) ? 1024 : 4095, // MAX_VERTEX_UNIFORM_VECTORS
        "0x8dfc": /Apple/.test(renderer) ? 31 : 30, // MAX_VARYING_VECTORS
        "0x8dfd": 1024, // MAX_FRAGMENT_UNIFORM_VECTORS
    };
}

export function webgl(x) {
    if (x.browser === "tor") return null;
    const { d, R, graphics: g } = x;
    return {
        renderer: g.renderer,
        vendor: g.vendor,
        extensions: BLINK_EXT.filter((name) => hasExtension(x, name)),
        params: webglParams(x),
        gpuTimingMs: round2(Math.abs(0.6 / d.speed + R.gauss() * 0.2) + 0.1),
        isSoftwareRenderer: !!d.model.soft,
    };
}

const WEBGPU_FEATURES = [
    "depth-clip-control",
    "depth32float-stencil8",
    "texture-compression-bc",
    "indirect-first-instance",
    "rg11b10ufloat-renderable",
    "bgra8unorm-storage",
    "float32-filterable",
];

export function webgpu({ os, graphics: g }) {
    const features = WEBGPU_FEATURES.filter((x) => !(os === "android" && /-bc$/.test(x)));
    return {
        available: g.webgpu,
        vendor: g.webgpu ? g.maker : "",
        architecture: g.webgpu ? g.family : "",
        device: "",
        description: "",
        features: g.webgpu ? features : [],
    };
}

export function audio(x) {
    const { d, os, browser, engine, graphics } = x;
    if (browser === "tor") return null;
    const system = isApple(os) ? "apple" : os;
    const key = ["audio", engine, system, architecture(d), graphics.audioEpoch].join("|");
    const noisy = x.brave || (x.incog && browser === "safari");
    const channels = os === "macos" ? 1 : 2;
    return {
        hash: noisy ? shaRaw(`${key}|${x.salt}`) : sha(key),
        sampleRate: 44100,
        maxChannelCount: x.gecko ? 0 : channels,
        isSuspended: false,
    };
}

export function domRect({ d, os, engine, rfp, screen, graphics: g }) {
    const dpr = round2(screen.dpr);
    const text = ["rect", engine, os, g.emoji, d.aa, d.skin, g.textEpoch, dpr, rfp];
    const emoji = ["emoji", engine, os, g.emoji, g.textEpoch, d.skin];
    return { hash: sha(text.join("|")), emojiHash: sha(emoji.join("|")), rectCount: 4 };
}

export function svg({ d, os, engine, graphics: g }) {
    const key = ["svg", engine, os, g.emoji, g.textEpoch, d.skin].join("|");
    const length = (i) => round2(20 + 130 * unit(`${key}|${i}`));
    return { hash: sha(key), textLengths: [0, 1, 2, 3, 4].map(length) };
}
