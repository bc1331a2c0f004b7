// Facts of the machine under a browser: system, disk, drivers, text rendering, screen, dock, fonts.
//
// `who` holds the generators: own (this instance), machine (shared by the browsers of one machine), image
// (the company's or farm's image; own where there is none). The order of the draws decides the bytes of a
// workload: see generator/signals.mjs.
import { unit } from "../lib/prng.mjs";
import { FONTS } from "./world.mjs";

// value and weight
const OS_VERSIONS = {
    windows: [
        ["19.0.0", 52],
        ["15.0.0", 16],
        ["10.0.0", 30],
        ["13.0.0", 2],
    ],
    android: [
        ["16.0.0", 34],
        ["15.0.0", 26],
        ["14.0.0", 17],
        ["13.0.0", 12],
        ["12.0.0", 7],
        ["11.0.0", 4],
    ],
    linux: [
        ["6.8.0", 45],
        ["6.14.0", 35],
        ["5.15.0", 20],
    ],
};
const IOS_DISKS_GB = [
    [64, 6],
    [128, 48],
    [256, 34],
    [512, 12],
];
const MAC_DISKS_MB = [
    [245107, 42],
    [494384, 40],
    [994662, 18],
];
const PC_DISKS_GB = [
    [120, 10],
    [240, 30],
    [480, 34],
    [960, 22],
    [1900, 4],
];
const CANVAS_DRIVERS = [
    [0, 70],
    [1, 20],
    [2, 10],
];
const TEXT_RENDERING = {
    windows: [
        [0, 74],
        [1, 11],
        [2, 6],
        [3, 4],
        [4, 3],
        [5, 2],
    ],
    macos: [
        [0, 88],
        [1, 12],
    ],
    linux: [
        [0, 30],
        [1, 20],
        [2, 15],
        [3, 12],
        [4, 10],
        [5, 8],
        [6, 5],
    ],
};
const ANDROID_FONTS = [
    [0, 80],
    [1, 12],
    [2, 8],
];
const ALTERNATIVE_GPUS = [
    ["Google Inc. (Intel)", "Intel, Intel(R) Iris(R) Xe Graphics (0x000046A6)"],
    ["Google Inc. (Intel)", "Intel, Intel(R) UHD Graphics (0x00009BC4)"],
    ["Google Inc. (AMD)", "AMD, AMD Radeon(TM) Graphics (0x00001638)"],
].map(([vendor, card]) => [vendor, `ANGLE (${card} Direct3D11 vs_5_0 ps_5_0, D3D11)`]);
const DOCK_SCREENS = [
    [[1920, 1080, 1], 45],
    [[2560, 1440, 1], 28],
    [[3840, 2160, 1], 6],
    [[2560, 1440, 1.5], 8],
    [[1680, 1050, 1], 5],
    [[3440, 1440, 1], 8],
];

/* MB. Apple sells a few sizes; partitions of PCs differ from machine to machine, not inside a fleet. */
function diskMb(d, installed, who) {
    if (d.os === "ios") return installed.weighted(IOS_DISKS_GB) * 953.67;
    if (d.cls === "macos") return installed.weighted(MAC_DISKS_MB);
    const disk = installed.weighted(PC_DISKS_GB) * 1000;
    return disk + (d.fleet ? 0 : Math.floor(who.machine.u() * 2400));
}

function isHybrid(d, who) {
    const { gpu, soft } = d.model;
    const second = /NVIDIA|Radeon RX|Arc/.test(gpu[1]);
    if (d.cls !== "windows" || d.fleet || d.bot || soft || !second) return false;
    return who.machine.p(Math.min(1, d.P.hybrid_share * 2.2));
}

export function setMachine(d, who) {
    const { cls, spec, seed, model } = d;
    const installed = d.fleet ? who.image : who.machine;
    const choose = (table) => (table ? installed.weighted(table) : 0);
    d.osVer = choose(OS_VERSIONS[cls]) || (cls === "chromeos" ? "16503.0.0" : "");
    d.mem = model.mem;
    d.cores = model.cores;
    d.disk = diskMb(d, installed, who);
    d.predictableQuota = unit(`${seed}|quota|${spec.fleet ?? "x"}|${spec.hw}`) < 0.7;
    setDrivers(d, who);
    d.aa = choose(TEXT_RENDERING[cls]);
    d.skin = cls === "android" ? choose(ANDROID_FONTS) : 0; // a changed system font
    d.hybrid = isHybrid(d, who);
    d.altGpu = d.hybrid ? who.machine.pick(ALTERNATIVE_GPUS) : null;
    d.speed = 0.6 + 1.1 * unit(`${seed}|speed|${model.id}`);
}

/* The installed generation of the driver, and of what it draws. */
function setDrivers(d, who) {
    d.driver = 0;
    d.canvasDriver = 0;
    if (d.cls !== "windows" && d.cls !== "linux") return;
    if (who.image !== who.own) {
        d.driver = 3;
        return;
    }
    d.driver = Math.floor(who.machine.u() * 9);
    d.canvasDriver = who.machine.weighted(CANVAS_DRIVERS);
}

export function setScreen(d, who) {
    const { R, P } = d;
    const { machine } = who;
    const { screen } = d.model;
    const scale = !d.mobile && !d.fleet && machine.p(0.2) ? machine.pick([0.8, 1.25, 1.5]) : 1;
    d.screen = {
        ...screen,
        w: Math.round(screen.w / scale),
        h: Math.round(screen.h / scale),
        dpr: Number((screen.dpr * scale).toFixed(4)),
    };
    d.dock = null;
    if (!d.mobile && !d.bot && machine.p(d.fleet ? 0.5 : P.dock_share)) {
        const standard = d.fleet && machine.p(0.8);
        d.dock = standard ? [1920, 1080, 1] : machine.weighted(DOCK_SCREENS);
    }
    d.zoom = R.p(0.08) ? R.pick([0.9, 1.1, 1.25]) : 1;
    d.zoomy = !d.mobile && R.p(P.zoom_share);
    d.bookmarks = R.p(0.5) ? 34 : 0;
    d.maximised = R.p(0.62);
    d.outer = null;
}

export function setFonts(d, who) {
    const { base, packs, extra, p: extraShare } = FONTS[d.os];
    const installed = d.fleet ? who.image : who.machine;
    const fonts = new Set(base);
    for (const [pack, share] of packs) {
        if (installed.p(share)) pack.forEach((name) => fonts.add(name));
    }
    for (const name of extra) {
        if (installed.p(extraShare)) fonts.add(name);
    }
    d.fonts = fonts;
    d.fontsMove = extra.length > 0 && !d.fleet && d.R.p(d.P.fonts_share);
}
