// The population: households, company fleets, bots -> a list of browser instances.
import { hardwarePool } from "./hardware.mjs";
import { Zipf, h32, rng } from "../lib/prng.mjs";
import { COUNTRY, DC } from "./world.mjs";

const HOUSEHOLD_SIZES = [
    [1, 45],
    [2, 33],
    [3, 14],
    [4, 8],
];
const FLEET_CLASSES = [
    ["windows", 80],
    ["macos", 14],
    ["iphone", 6],
];
const FLEET_BROWSERS = {
    windows: [
        ["edge", 55],
        ["chrome", 45],
    ],
    macos: [
        ["chrome", 70],
        ["safari", 30],
    ],
    iphone: [["safari", 100]],
};
const BOT_KINDS = [
    ["headless", 55],
    ["antidetect", 25],
    ["crawler", 20],
];
const SWIFTSHADER =
    "ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)";
const BOT_SCREENS = [
    { w: 1920, h: 1080 },
    { w: 1280, h: 720 },
    { w: 800, h: 600 },
];

class Population {
    specs = [];
    #houses = 0;
    #people = 0;
    #machines = 0;
    #pools = {};
    #zipf = {};

    constructor(P, seed, n) {
        this.P = P;
        this.R = rng(`${seed}|population`);
        for (const cls of Object.keys(P.mix)) {
            const expected = Math.max(20, n * P.mix[cls]);
            const models = Math.round((P.models_k[cls] || 1) * Math.pow(expected, 0.45));
            this.#pools[cls] = hardwarePool(cls, Math.max(3, models), seed);
            this.#zipf[cls] = new Zipf(this.#pools[cls].length, P.zipf_s, P.zipf_q);
        }
    }

    /* Apple's models have weights of their own, the others Zipf's. */
    #drawModel(cls) {
        const pool = this.#pools[cls];
        if (pool[0].w !== 1) return this.R.weighted(pool.map((model) => [model, model.w]));
        return pool[this.#zipf[cls].draw(this.R)];
    }

    #drawPlace() {
        const { R } = this;
        const country = R.weighted(this.P.countries);
        const { tz, lang, home, cell, v6 } = COUNTRY[country];
        return {
            country,
            tz: R.weighted(tz),
            lang: R.weighted(lang),
            prefix: R.pick(home),
            cell: R.pick(cell),
            v6,
        };
    }

    /* A phone, a computer, a tablet: which of them one person has. */
    #drawKinds() {
        const { R } = this;
        const { mix } = this.P;
        const oneOf = (...classes) => R.weighted(classes.map((cls) => [cls, mix[cls]]));
        const mobile = mix.iphone + mix.android + mix.ipad;
        const kinds = [];
        if (R.p(Math.min(1, mobile * 1.5))) kinds.push(oneOf("iphone", "android"));
        if (R.p(Math.min(1, (1 - mobile) * 1.25))) {
            kinds.push(oneOf("windows", "macos", "linux", "chromeos"));
        }
        if (R.p(mix.ipad * 1.4)) kinds.push("ipad");
        return kinds;
    }

    /* One machine with one browser or two. */
    #addMachine(cls, owner) {
        const { R, P } = this;
        const hw = this.#machines++;
        const model = this.#drawModel(cls);
        const browser = R.weighted(P.browsers[cls]);
        this.specs.push({ cls, model, browser, ...owner, hw });
        if (["iphone", "ipad", "chromeos"].includes(cls) || !R.p(P.second_browser)) return;
        const others = P.browsers[cls].filter(([name]) => name !== browser);
        if (others.length) {
            this.specs.push({ cls, model, browser: R.weighted(others), ...owner, hw });
        }
    }

    addHousehold(upTo) {
        const { R } = this;
        const place = this.#drawPlace();
        const house = this.#houses++;
        const people = R.weighted(HOUSEHOLD_SIZES);
        for (let i = 0; i < people && this.specs.length < upTo; i++) {
            const who = this.#people++;
            const lang = R.p(0.85) ? place.lang : R.weighted(COUNTRY[place.country].lang);
            for (const cls of this.#drawKinds()) {
                this.#addMachine(cls, { place, lang, house, who });
            }
        }
    }

    /* Identical machines, one image, one office address; their users go home to different houses. */
    addFleet(fleet, upTo) {
        const { R } = this;
        const place = this.#drawPlace();
        const cls = R.weighted(FLEET_CLASSES);
        const model = this.#drawModel(cls);
        const browser = R.weighted(FLEET_BROWSERS[cls]);
        const size = Math.min(R.int(...this.P.fleet_size), upTo - this.specs.length);
        for (let i = 0; i < size; i++) {
            const owner = { place, lang: place.lang, ...this.#nobody() };
            this.specs.push({ cls, model, browser, ...owner, fleet });
        }
    }

    /* The containers of one farm are clones of each other. */
    addFarm(farm, upTo) {
        const { R } = this;
        const bot = R.weighted(BOT_KINDS);
        const size = bot === "headless" ? R.int(2, 8) : 1;
        for (let i = 0; i < size && this.specs.length < upTo; i++) {
            const cls = bot === "antidetect" ? "windows" : "linux";
            const model = bot === "antidetect" ? this.#drawModel(cls) : containerModel(farm, cls);
            const place = {
                country: "US",
                tz: "UTC",
                lang: "en-US",
                prefix: R.pick(DC),
                cell: "172.56.",
                v6: "2600",
            };
            const owner = { place, lang: "en-US", ...this.#nobody() };
            this.specs.push({ cls, model, browser: "chrome", ...owner, bot, farm });
        }
    }

    /* Numbers that no other instance shares. */
    #nobody() {
        return { house: this.#houses++, who: this.#people++, hw: this.#machines++ };
    }
}

const containerModel = (farm, cls) => ({
    id: `bot-${farm % 7}`,
    cls,
    gpu: ["Google Inc. (Google)", SWIFTSHADER],
    soft: true,
    cores: [2, 4, 8, 16][farm % 4],
    mem: 8,
    screen: { ...BOT_SCREENS[farm % 3], dpr: 1, top: 0, bottom: 0, depth: 24 },
    touch: 0,
    gamut: "srgb",
    model: "",
});

/* n instances in the order of their numbers: { idx, id, cls, model, browser, place, lang, house, who, hw } and
 * fleet or bot and farm. */
export function buildPopulation(P, seed, n) {
    const bots = Math.round(n * P.bot_share);
    const inFleets = Math.round(n * P.fleet_share);
    const atHome = n - bots - inFleets;
    const population = new Population(P, seed, n);
    const { specs, R } = population;
    while (specs.length < atHome) population.addHousehold(atHome);
    specs.length = atHome;
    for (let fleet = 0; specs.length < atHome + inFleets; fleet++) {
        population.addFleet(fleet, atHome + inFleets);
    }
    for (let farm = 0; specs.length < n; farm++) population.addFarm(farm, n);
    R.shuffle(specs);
    specs.forEach((spec, i) => {
        spec.idx = i;
        spec.id = `d${h32(`${seed}|id|${i}`).toString(36)}${i.toString(36)}`;
    });
    return specs;
}
