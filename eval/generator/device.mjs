// One browser instance: its fixed facts, its state, and how the state moves with time.
import { setFonts, setMachine, setScreen } from "./machine.mjs";
import { h32, rng, unit } from "../lib/prng.mjs";
import { at, installPlan } from "./releases.mjs";
import { COUNTRY, FONTS, TRIPS } from "./world.mjs";

const DAY = 86400e3;
const MOBILE = new Set(["iphone", "ipad", "android"]);
const EXTENSIONS = ["ethereum", "solana", "grammarly", "honeyExt", "phantom"];
const PERMISSIONS = ["geolocation", "camera", "microphone"];
const WINDOWS_RELEASES = ["10.0.0", "13.0.0", "15.0.0", "19.0.0", "20.0.0"]; // client-hint numbers
const ACCENTS = [
    [0, 78],
    [1, 6],
    [2, 5],
    [3, 4],
    [4, 4],
    [5, 3],
];
const NEW_MONITORS = [
    [[1920, 1080, 1], 50],
    [[2560, 1440, 1], 35],
    [[3840, 2160, 1.5], 15],
];
const ZOOMS = [
    [1, 5],
    [0.9, 2],
    [1.1, 2],
    [1.25, 1],
    [0.8, 1],
];

function engineOf(os, browser) {
    if (os === "ios" || browser === "safari") return "webkit";
    return /firefox|tor/.test(browser) ? "gecko" : "blink";
}

/* The calendar of generator/releases.mjs that the browser follows. */
function calendarOf(os, browser) {
    if (os === "ios") return browser === "crios" ? "crios" : "ios";
    if (browser === "safari") return "macos";
    return browser === "firefox-rfp" ? "firefox" : browser;
}

function imageOf(seed, spec, own) {
    if (spec.fleet !== undefined) return rng(`${seed}|fleet|${spec.fleet}`);
    return spec.bot === "headless" ? rng(`${seed}|farm|${spec.farm}`) : own;
}

export class Device {
    /* spec: a row of generator/population.mjs; P: the rates; t0: when the workload begins, ms. */
    constructor(spec, P, seed, t0) {
        this.spec = spec;
        this.P = P;
        this.seed = seed;
        this.id = spec.id;
        this.R = rng(`${seed}|device|${spec.idx}`);
        const who = {
            own: this.R,
            image: imageOf(seed, spec, this.R),
            machine: rng(`${seed}|hw|${spec.hw}`),
            person: rng(`${seed}|who|${spec.who}`),
        };
        this.cls = spec.cls;
        this.browser = spec.browser;
        this.mobile = MOBILE.has(this.cls);
        this.os = this.cls === "iphone" || this.cls === "ipad" ? "ios" : this.cls;
        this.model = spec.model;
        this.engine = engineOf(this.os, this.browser);
        this.fleet = spec.fleet !== undefined;
        this.bot = spec.bot || null;
        this.#setVersions(who, t0);
        setMachine(this, who);
        this.#setSettings();
        setScreen(this, who);
        this.#setLocale();
        setFonts(this, who);
        this.#setExtras();
        this.#setNetwork(who);
        this.#setStorage();
        this.changes = [];
        this.prevVer = null;
        this.tripEnd = null;
        this.processes = [];
        if (!this.bot) this.#setProcesses(who, t0);
    }

    #setVersions(who, t0) {
        const { P, os, browser } = this;
        const calendar = calendarOf(os, browser);
        const ofSystem = calendar === "ios" || calendar === "macos";
        const chromeAndroid = os === "android" && browser === "chrome";
        const own = P.lag_days[browser] ?? P.lag_days.firefox ?? 3;
        const lag = chromeAndroid ? P.lag_days.chrome_android : own;
        const osLag = os === "ios" ? P.os_lag_days.ios : P.os_lag_days.macos;
        const never = ofSystem ? P.os_never : P.never_update;
        const meanLag = (this.fleet ? 2 : 1) * (ofSystem ? osLag : lag);
        this.plan = installPlan(calendar, who.image, meanLag, {
            never: this.bot ? 0.6 : never,
            laggard: ofSystem ? 0 : P.laggard,
            factor: P.laggard_factor,
            from: t0,
            stale: 2.5,
        });
        this.osPlan = ofSystem ? this.plan : null;
        if (!ofSystem && (os === "ios" || os === "macos")) {
            const how = { never: P.os_never, from: t0, stale: 2 };
            this.osPlan = installPlan(os, who.machine, osLag, how);
        }
    }

    #setSettings() {
        const { R, P, cls } = this;
        this.flaky = R.p(P.flaky_share) ? P.flaky_bad : P.flaky;
        const hasAccent = (cls === "windows" || cls === "macos") && !this.fleet;
        this.accent = hasAccent ? R.weighted(ACCENTS) : 0;
        this.dark = R.p(0.35);
        this.darkAuto = !this.fleet && R.p(P.dark_auto);
        this.reduced = R.p(0.04);
        this.contrast = R.p(0.015) ? "more" : "no-preference";
    }

    #setLocale() {
        const { R, spec, engine } = this;
        this.homeTz = spec.place.tz;
        this.tz = this.homeTz;
        this.lang = spec.lang;
        this.dnt = R.p(this.fleet ? 0 : 0.09) ? "1" : null;
        this.gpc = this.browser === "brave" || (engine === "gecko" && R.p(0.06));
        const firstKey = this.lang.startsWith("fr") ? "q" : "a"; // of the second row of letters
        this.kb = engine === "blink" && !this.mobile ? firstKey : null;
    }

    #setExtras() {
        const { R, P, browser } = this;
        const mainstream = browser === "chrome" || browser === "firefox";
        this.voicePack = R.p(0.05) ? R.int(1, 6) : 0;
        const extended = !this.mobile && R.p(P.ext_share);
        this.ext = extended ? [R.pick([...EXTENSIONS, "$RefreshReg"])] : [];
        this.blocker = !this.mobile && !this.fleet && mainstream && R.p(P.canvas_blocker);
        this.perm = {
            geolocation: R.p(0.12) ? "granted" : "prompt",
            camera: R.p(0.06) ? "granted" : "prompt",
            microphone: R.p(0.06) ? "granted" : "prompt",
        };
    }

    #setNetwork(who) {
        const { R, P, seed } = this;
        const { house } = this.spec;
        const userId = h32(`${seed}|user|${this.spec.who}`).toString(16);
        who.person.u(); // read by nobody; it keeps the next draw where it was
        this.v6 = unit(`${seed}|v6|${house}`) < P.ipv6;
        this.vpn = !this.bot && R.p(P.vpn_share);
        this.relay = this.engine === "webkit" && R.p(P.relay_share);
        const lan = Math.floor(unit(`${seed}|lan2|${house}`) * 4);
        this.localNet = unit(`${seed}|lan|${house}`) < 0.06 ? `192.168.${lan}` : null;
        this.linkedId = !this.bot && who.person.p(P.linked_id) ? `user_${userId}` : null;
    }

    #setStorage() {
        const { R, P, browser } = this;
        const [oftenShare, oftenDays] = P.clear_often;
        this.clearOnExit = !this.bot && R.p(browser === "tor" ? 1 : P.clear_on_exit);
        this.clearMean = R.p(oftenShare) ? oftenDays : P.clear_rare_days;
        this.itp = browser === "safari" && R.p(P.itp_share);
        this.incog = this.#privateShare();
        if (this.bot || this.fleet) this.incog = 0;
        this.jar = 0;
        this.jarUsed = false;
        this.lastVisit = null;
        this.sessions = 0;
        this.farble = 0;
    }

    #privateShare() {
        const { R, P } = this;
        if (R.p(P.incog_always)) return 1;
        return R.p(P.incog_some[0]) ? P.incog_some[1] : P.incog_rest;
    }

    /* What happens to the instance now and then: name, mean days between, time of the next. */
    #setProcesses(who, t0) {
        const { R, P, cls } = this;
        const add = (name, mean) => {
            this.processes.push({ name, mean, next: t0 + R.exp(mean) * DAY });
        };
        if (cls === "windows" && who.machine.p(P.driver_share)) add("driver", P.driver_days);
        if (cls === "linux") add("mesa", P.linux_mesa_days);
        if (cls === "windows") add("osfeature", P.windows_feature_days);
        if (cls === "android") add("osandroid", P.android_os_days);
        if (!this.mobile && !this.fleet) add("monitor", P.screen_swap_days);
        if (this.zoomy) add("zoom", P.zoom_days);
        const traveller = P.travel.find(([share]) => R.p(share));
        if (traveller) add("travel", traveller[1]);
        if (R.p(P.lang_share)) add("lang", P.lang_days);
        if (R.p(P.dnt_share)) add("dnt", P.dnt_days);
        if (this.fontsMove) add("fonts", P.fonts_days);
        if (this.ext.length || R.p(0.05)) add("ext", P.ext_days);
        add("perm", P.perm_days);
        add("clear", this.clearMean);
    }

    ver(t) {
        return at(this.plan, t);
    }

    osv(t) {
        return this.osPlan ? at(this.osPlan, t) : null;
    }

    /* Applies everything that happened up to t. */
    advance(t) {
        while (this.#step(t));
        const version = this.ver(t).full;
        const system = this.osv(t)?.full ?? this.osVer;
        if (this.prevVer && this.prevVer[0] !== version) this.changes.push("browser_update");
        const systemMoved = this.prevVer && this.prevVer[1] !== system;
        if (systemMoved && this.plan !== this.osPlan) this.changes.push("os_update");
        this.prevVer = [version, system];
    }

    /* The earliest thing that happened up to t; false when there is none. */
    #step(t) {
        let best = null;
        for (const process of this.processes) {
            if (process.next <= t && (!best || process.next < best.next)) best = process;
        }
        const back = this.tripEnd;
        if (back !== null && back <= t && (!best || back < best.next)) {
            this.tz = this.homeTz;
            this.tripEnd = null;
            this.changes.push("travel_back");
            return true;
        }
        if (!best) return false;
        if (this.#happen(best.name, best.next)) this.changes.push(best.name);
        best.next += Math.max(0.05, this.R.exp(best.mean)) * DAY;
        return true;
    }

    /* Returns false when nothing came of it, or it has noted itself. */
    #happen(name, when) {
        const { R } = this;
        switch (name) {
            case "driver":
            case "mesa":
                this.driver++;
                if (R.p(name === "mesa" ? 0.3 : this.P.driver_changes_canvas)) this.canvasDriver++;
                return true;
            case "osfeature":
                return this.#updateWindows();
            case "osandroid":
                this.osVer = `${Math.min(17, parseInt(this.osVer, 10) + 1)}.0.0`;
                return true;
            case "monitor":
                this.dock = R.weighted(NEW_MONITORS);
                this.ownScreen = true;
                return true;
            case "zoom":
                this.zoom = R.weighted(ZOOMS);
                return true;
            case "travel":
                return this.#travel(when);
            case "lang": {
                const language = R.weighted(COUNTRY[this.spec.place.country].lang);
                this.lang = language === this.lang ? `${language},es` : language;
                return true;
            }
            case "dnt":
                this.dnt = this.dnt ? null : "1";
                return true;
            case "fonts": {
                const font = R.pick(FONTS[this.os].extra);
                if (this.fonts.has(font) && R.p(0.3)) this.fonts.delete(font);
                else this.fonts.add(font);
                return true;
            }
            case "ext":
                this.ext = R.p(0.5) ? [] : [R.pick(EXTENSIONS)];
                return true;
            case "perm": {
                const which = R.pick(PERMISSIONS);
                this.perm[which] = this.perm[which] === "granted" ? "prompt" : "granted";
                return true;
            }
            case "clear":
                this.dropJar("cookies_cleared");
                return false;
            default:
                throw new Error(`nothing is called ${name}`);
        }
    }

    #updateWindows() {
        const i = WINDOWS_RELEASES.indexOf(this.osVer);
        if (i < 0 || i === WINDOWS_RELEASES.length - 1 || this.R.p(0.35)) return false;
        this.osVer = this.osVer === "10.0.0" ? "19.0.0" : WINDOWS_RELEASES[i + 1];
        return true;
    }

    #travel(when) {
        if (this.tripEnd !== null) return false;
        do this.tz = this.R.pick(TRIPS);
        while (this.tz === this.homeTz);
        this.tripEnd = when + this.R.range(2, 7) * DAY;
        return true;
    }

    /* The site's storage is gone; the next event finds a new jar. */
    dropJar(why) {
        if (this.jarUsed) {
            this.jar++;
            this.jarUsed = false;
        }
        this.changes.push(why);
    }
}
