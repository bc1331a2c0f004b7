// A plain scorer, to show that there is room above the published baselines: Fellegi-Sunter with the client's
// address as one more attribute. Agreement on a value weighs log(m / frequency of the value so far), disagreement
// log((1 - m) / (1 - chance agreement)). It links when the best id beats the number of known ids (the prior) by t
// and the next id by `margin` (natural logarithms). The default t was picked from four values on seed 1 with 2,000
// devices; nothing else is tuned.
import { features, valueOf } from "../features.mjs";

// m: the chance that a device still shows the value at its next visit
const M = {
    canvas: 0.93,
    audio: 0.97,
    fonts: 0.96,
    renderer: 0.97,
    screen: 0.9,
    dpr: 0.9,
    cores: 0.985,
    mem: 0.985,
    tz: 0.95,
    lang: 0.98,
    osv: 0.93,
    quota: 0.97,
    perm: 0.92,
    voices: 0.88,
    ip: 0.4,
    net: 0.5,
    scheme: 0.85,
    color: 0.8,
    touch: 0.998,
    dnt: 0.985,
    model: 0.99,
    kb: 0.99,
    ver: 0.55,
    ext: 0.97,
    avail: 0.88,
};
const NAMES = Object.keys(M);
const CHANCES = Object.values(M);
const IP = NAMES.indexOf("ip");
const NET = NAMES.indexOf("net");
const DAMPING = 0.75; // agreements are not independent
const HOPELESS = -25;
const COMPACT_EVERY = 64;

const networkOf = (ip) =>
    ip
        .split(/[.:]/)
        .slice(0, ip.includes(":") ? 4 : 3)
        .join(".");

/* The attributes; null where the browser hides or falsifies it. */
function attributesOf({ ip, body: { signals } }, f) {
    const value = (name) => valueOf(signals, name);
    const navigator = value("navigator") ?? {};
    const screen = value("screen") ?? {};
    const hints = value("uaClientHints") ?? {};
    const resistance = value("resistance");
    const hides = value("incognito")?.isPrivate || ["brave", "tor"].includes(resistance?.browser);
    const noisy = hides || resistance?.extensions?.includes("canvas-blocker");
    const told = (x) => (hides ? null : x);
    return {
        canvas: noisy ? null : f.canvas,
        audio: noisy ? null : value("audio")?.hash,
        fonts: f.fonts.join(),
        renderer: f.renderer,
        screen: f.resolution,
        dpr: screen.pixelRatio,
        cores: told(navigator.hardwareConcurrency),
        mem: told(navigator.deviceMemory),
        tz: f.timezone,
        lang: navigator.languages?.[0],
        osv: hints.platformVersion ?? value("speech")?.voiceCount,
        quota: told(value("status")?.storageQuotaMB),
        perm: told(JSON.stringify(value("sensorCapabilities")?.permissionStates)),
        voices: value("speech")?.hash,
        ip,
        net: networkOf(ip),
        scheme: value("media")?.colorScheme,
        color: value("cssStyle")?.systemColorHash,
        touch: navigator.maxTouchPoints,
        dnt: f.dnt,
        model: hints.model,
        kb: navigator.keyboardLayout,
        ver: f.ua,
        ext: told((value("windowFeatures")?.litterKeys ?? []).join()),
        avail: `${screen.width - screen.availWidth}x${screen.height - screen.availHeight}`,
    };
}

class Weighted {
    #numbers = new Map(); // text of a value -> number, so that comparing is quick
    #frequency = new Map();
    #agreements = new Float64Array(NAMES.length); // pairs of records that agree by chance
    #records = 0;
    #blocks = new Map(); // browser and platform -> records
    #byId = new Map();
    #made = 0;

    constructor({ t, margin, keep }) {
        this.t = t;
        this.margin = margin;
        this.keep = keep;
    }

    link(line, held) {
        const f = features(line);
        const values = this.#numbersOf(attributesOf(line, f));
        const block = `${f.family}|${f.platform}|${f.os}`;
        const id = held ?? this.#search(block, values, f.major) ?? `w${this.#made++}`;
        this.#add(block, { values, id, major: f.major, dead: false });
        return id;
    }

    #numbersOf(attributes) {
        return NAMES.map((name, i) => {
            const value = attributes[name];
            if (value === null || value === undefined) return 0;
            const text = `${i}|${value}`;
            if (!this.#numbers.has(text)) this.#numbers.set(text, this.#numbers.size + 1);
            return this.#numbers.get(text);
        });
    }

    #weights(values) {
        const n = this.#records;
        const rarity = (value) => (n + 2) / ((this.#frequency.get(value) ?? 0) + 1);
        const chance = (i) => Math.min(0.98, (this.#agreements[i] + 1) / (n * n + 2));
        return {
            agree: values.map((v, i) => (v ? DAMPING * Math.log(CHANCES[i] * rarity(v)) : 0)),
            differ: CHANCES.map((m, i) => Math.log((1 - m) / (1 - chance(i)))),
        };
    }

    #search(block, values, major) {
        const weights = this.#weights(values);
        const best = new Map(); // id -> weight of its best record
        for (const record of this.#blocks.get(block) ?? []) {
            if (record.dead || record.major > major) continue; // majors only go up
            const weight = weigh(values, record.values, weights);
            if (weight > (best.get(record.id) ?? -Infinity)) best.set(record.id, weight);
        }
        const ranked = [...best].sort(([, a], [, b]) => b - a);
        if (!ranked.length) return undefined;
        const [id, weight] = ranked[0];
        const second = ranked[1]?.[1] ?? -Infinity;
        const enough = weight - Math.log(this.#byId.size + 1) > this.t;
        return enough && weight - second > this.margin ? id : undefined;
    }

    #add(block, record) {
        const own = this.#byId.get(record.id) ?? [];
        this.#byId.set(record.id, own);
        own.push(record);
        if (own.length > this.keep) own.shift().dead = true;
        let list = this.#blocks.get(block) ?? [];
        list.push(record);
        if (list.length % COMPACT_EVERY === 0) list = list.filter((other) => !other.dead);
        this.#blocks.set(block, list);
        this.#records++;
        record.values.forEach((value, i) => {
            if (!value) return;
            const before = this.#frequency.get(value) ?? 0;
            this.#agreements[i] += 2 * before + 1;
            this.#frequency.set(value, before + 1);
        });
    }
}

function weigh(a, b, { agree, differ }) {
    let weight = 0;
    for (let i = 0; i < a.length; i++) {
        if (!a[i] || !b[i]) continue;
        if (a[i] !== b[i]) weight += differ[i];
        else if (i !== NET || a[IP] !== b[IP]) weight += agree[i]; // an equal address says it all
        if (weight < HOPELESS) break;
    }
    return weight;
}

export const weighted = ({ t = 10, margin = 3, keep = 2 } = {}) =>
    new Weighted({ t, margin, keep });
