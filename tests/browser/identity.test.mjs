// Which visitor do real browsers become, and why? Chromium and Firefox ESR with windows and without a driver: in
// private windows, with cleared and with copied profiles, on another screen, with another graphics driver, and
// naming another version. The site has 150 made-up visitors, or nothing would be rare.
//
// Every case begins on a server of its own, as the made-up visitors have left it, and in a fresh profile. Time is
// the test's: it stands still unless a case lets it pass. The table at the end is the one of docs/accuracy.md.

import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { startWhorl } from "../lib/whorl.mjs";
import { giveTo, prepareChromium, unprivilegedUser } from "./lib/chromium.mjs";
import { startDesktop } from "./lib/desktop.mjs";
import { prepareFirefox } from "./lib/firefox.mjs";
import { startSite } from "./lib/site.mjs";
import { settle } from "./lib/townsfolk.mjs";

// Generous: a busy machine is slow, not wrong.
const patienceMs = 120_000;
// Until the token is in the browser's storage: Firefox writes it a little after the answer.
const storedMs = 1500;

const home = "84.115.20.7";
const elsewhere = "203.0.113.9";
const second = 1000;
const day = 24 * 60 * 60 * second;
const flags = ["--test-clock", "--trusted-proxy", "127.0.0.1", "--log-level", "warn"];

const table = [];
const kinds = {};
let temporary;
let town;
let keys;
let large;
let small;
let user;

const swiftshader = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"];
const mesa = ["--use-angle=gl", "--ignore-gpu-blocklist"];

/* How each browser is told what a case needs: its own switches and preferences. */
async function prepareKinds() {
    const chromium = await prepareChromium();
    const about = await chromium.dump(await chromium.newProfile(), "data:text/html,<script>" +
        "document.title=navigator.userAgent</script>");
    const agent = /<title>(.*?)<\/title>/.exec(about.stdout)[1].replace("Headless", "");
    const chromiumMajor = Number(/Chrome\/(\d+)/.exec(agent)[1]);
    kinds.Chromium = {
        browser: chromium,
        major: chromiumMajor,
        open({ profile, url, display, privately, otherGpu, major }) {
            const given = otherGpu ? [...mesa] : [...swiftshader];
            if (privately) given.push("--incognito");
            if (major) {
                given.push(`--user-agent=${agent.replace(/Chrome\/\d+/, `Chrome/${major}`)}`);
            }
            return chromium.open({ profile, url, display, flags: given });
        },
    };
    const firefox = await prepareFirefox();
    const firefoxMajor = await firefox.major();
    kinds.Firefox = {
        browser: firefox,
        major: firefoxMajor,
        open({ profile, url, display, privately, otherGpu, major }) {
            const preferences = {
                "webgl.override-unmasked-renderer": otherGpu ? "NVIDIA GeForce GTX 980" : "",
                "general.useragent.override": major
                    ? `Mozilla/5.0 (X11; Linux x86_64; rv:${major}.0) Gecko/20100101 Firefox/${major}.0`
                    : "",
            };
            for (const [name, value] of Object.entries(preferences)) {
                if (value === "") delete preferences[name];
            }
            return firefox.open({ profile, url, display, privately, preferences });
        },
    };
}

before(async () => {
    temporary = await mkdtemp(join(tmpdir(), "whorl-identity-"));
    town = join(temporary, "town");
    user = await unprivilegedUser();
    const whorl = await startWhorl({ flags, data: town });
    keys = { publicKey: whorl.publicKey, secretKey: whorl.secretKey };
    const untilMs = Date.now() - 60 * 60 * second;
    await settle(whorl, { folder: temporary, devices: 150, days: 30, seed: "5", untilMs });
    await whorl.stop();
    large = await startDesktop();
    small = await startDesktop({ size: "1366x768" });
    await prepareKinds();
});

after(async () => {
    await Promise.all(Object.values(kinds).map(({ browser }) => browser.remove()));
    await large?.stop();
    await small?.stop();
    if (temporary) await rm(temporary, { recursive: true, force: true });
    printTable();
});

function printTable() {
    console.log("browser | case | visitor | way | score | what weighed most");
    for (const row of table) console.log(Object.values(row).join(" | "));
}

/* The heaviest traits for and against, as the event keeps them. */
function mainReasons({ evidence = [] }) {
    const heavy = [...evidence].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, 4);
    const sign = (weight) => (weight > 0 ? `+${weight}` : `${weight}`);
    return heavy.map((e) => `${e.trait} ${e.outcome} ${sign(e.weight)}`).join(", ");
}

/* A server as the made-up visitors have left it, and visits to it. */
class Stage {
    #names = new Map(); // visitor -> letter, for the table
    #nowMs = Date.now();

    async open() {
        const data = join(temporary, `stage${Math.random()}`);
        await cp(town, data, { recursive: true });
        this.whorl = await startWhorl({ flags, data, keys: false });
        Object.assign(this.whorl, keys);
        this.site = await startSite(this.whorl);
    }

    async close() {
        this.site?.close();
        await this.whorl?.stop();
    }

    #letter(visitorId) {
        const next = String.fromCharCode(65 + this.#names.size);
        if (!this.#names.has(visitorId)) this.#names.set(visitorId, next);
        return this.#names.get(visitorId);
    }

    /* Opens the site in a browser and closes it again. Options: profile, privately, otherGpu, otherScreen,
     * major, address, after (ms since the last visit). Resolves with what the event says. */
    async visit(kind, what, { after: pause = 10 * second, address = home, ...how }) {
        this.#nowMs += pause;
        const due = this.site.expect({ address, nowMs: this.#nowMs });
        const { display } = how.otherScreen ? small : large;
        const browser = await kinds[kind].open({ ...how, url: this.site.url, display });
        const answer = await Promise.race([due.answered, sleep(patienceMs, null, { ref: false })]);
        await sleep(storedMs);
        await browser.close();
        assert.ok(answer, `${kind} did not identify in ${patienceMs} ms\n${browser.log.slice(-2000)}`);
        assert.equal(answer.status, 200, String(answer.body));
        const { requestId, visitorId } = JSON.parse(answer.body);
        const { json } = await this.whorl.get(`/v1/events/${requestId}`, { auth: "bearer" });
        const graphics = json.signals.client.webgl?.renderer;
        const seen = { visitorId, graphics, why: json.reasons.identification, ...json.identification };
        const [way, ...more] = seen.why;
        table.push({
            kind,
            what,
            letter: this.#letter(visitorId),
            way: [way, ...more].join(", "),
            score: seen.score.toFixed(3),
            reasons: way === "TOKEN" ? "" : mainReasons(seen),
        });
        return seen;
    }
}

async function onStage(work) {
    const stage = new Stage();
    try {
        await stage.open();
        await work(stage);
    } finally {
        await stage.close();
    }
}

/* A second place for a profile, as a backup or a cloned machine makes it: without the locks of a running one. */
async function copyOf(kind, profile) {
    const copy = await kinds[kind].browser.newProfile();
    await cp(profile, copy, { recursive: true, verbatimSymlinks: true });
    const folder = join(copy, kind.toLowerCase());
    for (const name of await readdir(folder)) {
        if (/^(Singleton|lock$|\.parentlock$)/.test(name)) await rm(join(folder, name), { force: true });
    }
    await giveTo(user, copy);
    return copy;
}

/* A busy machine may end a browser before its cookies are on disk; what follows is about profiles with their token. */
async function keepToken(stage, kind, profile) {
    for (let tries = 0; tries < 3; tries++) {
        if ((await stage.visit(kind, "second visit", { profile })).why[0] === "TOKEN") return;
    }
}

const tokenSays = (event, first) => {
    assert.equal(event.why[0], "TOKEN");
    assert.equal(event.visitorId, first.visitorId);
};
const traitsSay = (event, first) => {
    assert.equal(event.why[0], "TRAITS_AGREE", JSON.stringify(event));
    assert.equal(event.visitorId, first.visitorId);
};
const someoneNew = (event, ...others) => {
    assert.notEqual(event.why[0], "TOKEN");
    assert.notEqual(event.why[0], "TRAITS_AGREE", JSON.stringify(event));
    for (const { visitorId } of others) assert.notEqual(event.visitorId, visitorId);
};

test("two browsers of one machine are two visitors", () => onStage(async (stage) => {
    const first = {};
    for (const kind of ["Chromium", "Firefox"]) {
        const profile = await kinds[kind].browser.newProfile();
        first[kind] = await stage.visit(kind, "first visit", { profile });
        someoneNew(first[kind]);
    }
    assert.notEqual(first.Chromium.visitorId, first.Firefox.visitorId);
}));

/* One profile on two machines. False: the second one's graphics were not read. */
async function partMachines(stage, kind) {
    const profile = await kinds[kind].browser.newProfile();
    const first = await stage.visit(kind, "first visit", { profile });
    await keepToken(stage, kind, profile);
    const copy = await copyOf(kind, profile);
    tokenSays(await stage.visit(kind, "copied profile", { profile: copy }), first);
    tokenSays(await stage.visit(kind, "the original again", { profile }), first);
    const away = await stage.visit(kind, "the copy, from another network",
        { profile: copy, address: elsewhere });
    tokenSays(away, first);
    const back = await stage.visit(kind, "the original, seconds later", { profile });
    tokenSays(back, first);
    assert.ok(back.why.includes("TOKEN_TWO_PLACES"), JSON.stringify(back.why));
    const parted = { profile: copy, address: "198.51.100.4", otherGpu: true, otherScreen: true };
    const other = await stage.visit(kind, "the copy, other screen, graphics and network", parted);
    if (!other.graphics) return false;
    someoneNew(other, first);
    assert.ok(other.why.includes("TOKEN_CONTRADICTED"), JSON.stringify(other.why));
    tokenSays(await stage.visit(kind, "the original after that", { profile }), first);
    tokenSays(await stage.visit(kind, "the copy after that", parted), other);
    return true;
}

for (const kind of ["Chromium", "Firefox"]) {
    const fresh = () => kinds[kind].browser.newProfile();

    describe(kind, () => {
        test("comes back, also in a private window and without its storage", () => onStage(async (stage) => {
            const profile = await fresh();
            const first = await stage.visit(kind, "first visit", { profile });
            someoneNew(first);
            await keepToken(stage, kind, profile);
            tokenSays(await stage.visit(kind, "another visit, a day later", { profile, after: day }), first);
            const hidden = await stage.visit(kind, "private window", { profile, privately: true });
            assert.notEqual(hidden.why[0], "TOKEN", "a private window has no token");
            traitsSay(hidden, first);
            const cleared = await stage.visit(kind, "storage cleared, a day later",
                { profile: await fresh(), after: day });
            traitsSay(cleared, first);
        }));

        test("a copied profile is one visitor until the machines part", async () => {
            // Graphics that a busy machine did not start in time are absent, never different: then anew.
            let parted = false;
            for (let tries = 0; tries < 3 && !parted; tries++) {
                await onStage(async (stage) => {
                    parted = await partMachines(stage, kind);
                });
            }
            assert.ok(parted, "the copy's graphics were read");
        });

        test("another screen or graphics driver alone is not another machine", () => onStage(async (stage) => {
            const profile = await fresh();
            const first = await stage.visit(kind, "first visit", { profile });
            await keepToken(stage, kind, profile);
            tokenSays(await stage.visit(kind, "other graphics, same profile",
                { profile, otherGpu: true }), first);
            tokenSays(await stage.visit(kind, "other screen, same profile",
                { profile, otherScreen: true }), first);
        }));

        test("a higher version is the same browser", () => onStage(async (stage) => {
            const first = await stage.visit(kind, "first visit", { profile: await fresh() });
            const major = kinds[kind].major + 1;
            traitsSay(await stage.visit(kind, "storage cleared, one major version higher",
                { profile: await fresh(), after: day, major }), first);
        }));

        test("a lower version is not, unless it has the token", () => onStage(async (stage) => {
            const profile = await fresh();
            const first = await stage.visit(kind, "first visit", { profile });
            const major = kinds[kind].major - 5;
            const cleared = await stage.visit(kind, "storage cleared, five major versions lower",
                { profile: await fresh(), after: day, major });
            someoneNew(cleared, first);
            await keepToken(stage, kind, profile);
            tokenSays(await stage.visit(kind, "same profile, five major versions lower",
                { profile, major }), first);
        }));
    });
}
