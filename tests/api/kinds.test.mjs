// One event of each kind in every dialect: FingerprintIQ's, v4, v3, v3 beta, v2. The golden answers of a person and of
// the two phones without faults are whole; those of every other kind say what differs from them.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { sealDigests, sha256 } from "../bodies/signals.mjs";
import { assertIdentified, assertSchema, contracts } from "../lib/checks.mjs";
import { assertGolden, difference } from "../lib/golden.mjs";
import { repository, startWhorl } from "../lib/whorl.mjs";

const nowMs = Date.UTC(2026, 9, 5, 9, 30);
const HOME = "84.128.9.9"; // in Munich, of a provider of homes
const lists = {
    "tor:exits": "84.128.1.1",
    "relay:icloud": "84.128.2.0/24",
    "vpn:mullvad": "84.128.3.0/24",
    "proxy:residential-massive": "84.128.4.0/24",
    "cloud:aws": "84.128.5.0/24",
    "attack:ipsum": "84.128.6.1",
    "spam:sfs": "84.128.6.2",
    "goodbot:Googlebot": "66.249.64.0/19",
};
const googlebot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

let whorl;
const home = mkdtempSync(join(tmpdir(), "whorl-kinds-"));
before(async () => {
    const flags = ["--test-clock", "--trusted-proxy", "127.0.0.1", "--high-activity", "3,0,0"];
    for (const name of ["flat4.mmdb", "nested.mmdb"]) {
        flags.push("--geo-city", join(repository, "tests/data/geo", name));
    }
    flags.push("--geo-asn", join(repository, "tests/data/geo/asn.mmdb"));
    for (const [list, text] of Object.entries(lists)) {
        const path = join(home, list.replace(":", "-"));
        writeFileSync(path, `${text}\n`);
        utimesSync(path, nowMs / 1000, nowMs / 1000); // a proxy's last_seen_at
        flags.push("--list", `${list}=${path}`);
    }
    whorl = await startWhorl({ flags, keys: false });
});
after(async () => {
    await whorl?.remove();
    rmSync(home, { recursive: true, force: true });
});

// ---- what is sent ----

/* A recorded browser in Berlin, changed; digests of changed signals are made anew. */
const browser = (name, change = () => {}) => () => {
    const { body, headers } = bodies[name]();
    body.timestamp = nowMs;
    Object.assign(body.signals.timezone.value, { reported: "Europe/Berlin" });
    for (const signal of ["timezone", ...(change(body.signals, body) ?? [])]) {
        delete body.signals[signal].value.hash;
    }
    sealDigests(body.signals);
    return { body, headers };
};
const laptop = (change) => browser("headed-linux", change);

const named = (make, userAgent) => () => {
    const { body, headers } = make();
    return { body, headers: headers.map(([name, value]) => [name, name === "User-Agent" ? userAgent : value]) };
};

const phone = (name, change = () => {}) => () => {
    const body = JSON.parse(readFileSync(join(repository, "fuzz/corpus/identify", name), "utf8"));
    const { system, process, network, call, control } = body.signals;
    body.timestamp = nowMs;
    system.value = name === "android"
        ? { ...system.value, buildTags: "release-keys", files: [], packages: [], developerMode: false,
            resetTimeMs: null }
        : { ...system.value, files: [] };
    process.value = name === "android"
        ? { dataDir: "/data/user/0/com.example.shop", libraries: ["libc.so"], threads: ["main"], openPorts: [] }
        : { libraries: ["UIKitCore"], environment: ["HOME"], schemes: [], wroteOutside: false };
    network.value = { vpn: false, interfaces: ["wlan0"], proxy: "", userCertificates: 0, pinMismatch: false };
    call.value = { state: "none" };
    if (control) control.value = { accessibility: [], screenCaptured: false };
    change(body.signals, body);
    return { body, headers: [["User-Agent", "okhttp/4.12.0"]] };
};
const android = (change) => phone("android", change);
const ios = (change) => phone("ios", change);

/* name: what is posted, from where, and what must be found: reasons by verdict, fields of v4. */
const kinds = {
    person: { post: laptop() },
    "android clean": { post: android() },
    "ios clean": { post: ios() },

    "bot automated": {
        post: browser("playwright-linux"), why: { bot: ["BOT_WEBDRIVER"] }, v4: { bot: "bad" },
    },
    "bot crawler good": {
        post: named(laptop(), googlebot), from: "66.249.64.7", v4: { bot: "good" }, why: { bot: ["BOT_VERIFIED"] },
    },
    "bot crawler spoofed": {
        post: named(laptop(), googlebot), v4: { bot: "bad" }, why: { bot: ["BOT_SPOOFED"] },
    },
    "vpn public": {
        post: laptop(), from: "84.128.3.7", why: { vpn: ["VPN_LIST"] }, v4: { vpn: true, vpn_confidence: "high" },
    },
    "vpn time zone": {
        post: laptop(({ timezone }) => void (timezone.value.reported = "America/New_York")),
        why: { vpn: ["VPN_TIMEZONE"] }, v4: { vpn: true },
    },
    "vpn relay": { post: laptop(), from: "84.128.2.7", why: { vpn: ["VPN_RELAY"] }, v4: { vpn: true } },
    proxy: { post: laptop(), from: "84.128.4.7", why: { proxy: ["PROXY_LIST"] }, v4: { proxy: true } },
    tor: { post: laptop(), from: "84.128.1.1", why: { network: ["TOR_LIST"] } },
    datacenter: { post: laptop(), from: "84.128.5.7", why: { network: ["DATACENTER_LIST"] } },
    "blocklist attack": { post: laptop(), from: "84.128.6.1", why: { network: ["BLOCKLIST_ATTACK"] } },
    "blocklist spam": { post: laptop(), from: "84.128.6.2", why: { network: ["BLOCKLIST_SPAM"] } },
    "private window": {
        post: browser("firefox-linux", (s) => {
            s.storageTraits = { value: {
                directory: "SecurityError: Security error when calling GetDirectory",
            } };
        }),
        why: { incognito: ["PRIVATE_STORAGE"] }, v4: { incognito: true },
    },
    tampered: {
        post: laptop((s) => void (s.svg.value.hash = sha256("of something else"))),
        why: { tampering: ["TAMPERED_HASH"] }, v4: { tampering: true },
    },
    "anti-detect": {
        post: laptop(({ workerScope: { value } }) => {
            value.workerNavigator.hardwareConcurrency = 32;
            value.workerWebGL.renderer = "ANGLE (NVIDIA, NVIDIA GeForce RTX 4090, OpenGL 4.6)";
        }),
        why: { tampering: ["ANTI_DETECT"] }, v4: { tampering: true },
    },
    "virtual machine": {
        post: laptop(({ webgl, workerScope }) => {
            const renderer = "ANGLE (VMware, Inc., SVGA3D; build: RELEASE; LLVM; OpenGL 4.1)";
            webgl.value.renderer = workerScope.value.workerWebGL.renderer = renderer;
            webgl.value.isSoftwareRenderer = false;
        }),
        why: { virtual_machine: ["VM_RENDERER"] }, v4: { virtual_machine: true },
    },
    "developer tools": {
        post: laptop(({ geometryVector }) => {
            geometryVector.value.window.innerWidth -= 555;
            return ["geometryVector"];
        }),
        why: { developer_tools: ["TOOLS_BESIDE"] }, v4: { developer_tools: true },
    },
    "privacy browser": {
        post: laptop(({ resistance }) => {
            Object.assign(resistance.value, { browser: "brave", isResistant: true });
        }),
        why: { privacy: ["PRIVACY_BRAVE"] }, v4: { privacy_settings: true },
    },
    "privacy extensions": {
        post: laptop(({ resistance }) => {
            Object.assign(resistance.value, { extensions: ["canvas-blocker", "jshelter"], isResistant: true });
        }),
        why: { privacy: ["PRIVACY_EXTENSION"] }, v4: { privacy_settings: true },
    },
    "high activity": {
        post: laptop(), times: 4, why: { activity: ["ACTIVITY_BURST"] }, v4: { high_activity_device: true },
    },
    "rare device": {
        post: browser("firefox-linux"), crowd: 1000, why: { activity: ["RARE_NOT_SEEN"] }, v4: { rare_device: true },
    },
    replayed: {
        post: laptop(), times: 2, same: true, why: { replay: ["REPLAY_PAYLOAD"] }, v4: { replayed: true },
    },
    "no place": { post: laptop(), from: "10.1.2.3" },
    "wrong clock": { post: laptop((_, body) => void (body.timestamp -= 3_600_000)) },
    "hardly anything": { post: bodies.minimal },

    "android root": {
        post: android(({ system }) => {
            Object.assign(system.value, { files: ["/system/xbin/su"], packages: ["com.topjohnwu.magisk"] });
        }),
        why: { mobile: ["ROOT_BINARIES", "ROOT_MANAGER"] }, v4: { root_apps: true },
    },
    "android emulator": {
        post: android(({ system }) => void (system.value.hardware = "ranchu")),
        why: { mobile: ["EMULATOR_HARDWARE"] }, v4: { emulator: true },
    },
    "android frida": {
        post: android(({ process }) => void (process.value.threads = ["main", "gum-js-loop"])),
        why: { mobile: ["FRIDA_LOADED"] }, v4: { frida: true },
    },
    "android tampered": {
        post: android(({ process }) => void (process.value.libraries = ["libc.so", "/data/adb/lspd/liblspd.so"])),
        why: { tampering: ["APP_HOOKED"] }, v4: { tampering: true, tampering_confidence: "medium", suspect_score: 12 },
    },
    "android cloned": {
        post: android(({ process }) => {
            process.value.dataDir = "/data/user/0/com.lbe.parallel.intl/parallel/0/com.example.shop";
        }),
        why: { mobile: ["CLONED_DIRECTORY"] }, v4: { cloned_app: true },
    },
    "android man in the middle": {
        post: android(({ network }) => void (network.value.pinMismatch = true)),
        why: { mobile: ["MITM_PINS"] }, v4: { mitm_attack: true },
    },
    "android location spoofing": {
        post: android((_, body) => void (body.location.mock = true)),
        why: { mobile: ["LOCATION_MOCK"] }, v4: { location_spoofing: true },
    },
    "android remote control in a call": {
        post: android(({ call, control }) => {
            call.value.state = "active";
            control.value = { screenCaptured: true, accessibility: ["com.teamviewer.quicksupport.market/.Service"] };
        }),
        why: { mobile: ["REMOTE_APP"] }, v4: { active_call: true },
    },
    "android factory reset": {
        post: android(({ system }) => void (system.value.resetTimeMs = nowMs - 86_400_000)),
        why: { mobile: ["FACTORY_RESET"] }, v4: { factory_reset_timestamp: nowMs - 86_400_000 },
    },
    "android vpn": {
        post: android(({ network }) => void (network.value.vpn = true)),
        why: { vpn: ["VPN_DEVICE"] }, v4: { vpn: true },
    },
    "android developer mode": {
        post: android(({ system }) => void (system.value.developerMode = true)),
        why: { developer_tools: ["DEVELOPER_MODE"] }, v4: { developer_tools: true },
    },
    "ios jailbreak": {
        post: ios(({ system, process }) => {
            system.value.files = ["/var/jb"];
            process.value.schemes = ["sileo"];
        }),
        why: { mobile: ["JAILBREAK_FILES", "JAILBREAK_SCHEME"] }, v4: { jailbroken: true },
    },
    "ios simulator": {
        post: ios(({ system }) => void (system.value.machine = "x86_64")),
        why: { mobile: ["SIMULATOR_MACHINE"] }, v4: { simulator: true },
    },
};

// ---- what is answered ----

/* Ids and keyed hashes differ each time; times do not, by the test clock. */
function plain(value) {
    const ids = /^(event_?[iI]d|requestId|visitor_?[iI]d|environment_?[iI]d|paginationKey|token)$/;
    return JSON.parse(JSON.stringify(value), (key, v) => {
        if (ids.test(key)) return "(id)";
        if (v?.precision_radius || v?.precisionRadius) return { ...v, id: "(zone)", confidence: "(chance)" };
        return v;
    });
}

async function keysOf(workspace) {
    const [key, secret] = await Promise.all(["public", "secret"].map((kind) => whorl.key(kind, { workspace })));
    return { key, secret };
}

const sendOne = (keys, { body, headers }, from, nth = 0) =>
    whorl.identify(body, { key: keys.key, headers: [...headers, ["X-Forwarded-For", from]], nowMs: nowMs + nth });

/* Other laptops, so that rarity has somebody to compare with. */
async function crowd(keys, count) {
    const one = async (number) => {
        const { body, headers } = laptop((s) => {
            for (const name of ["canvas", "audio", "domRect"]) s[name].value.hash = sha256(`${name} ${number}`);
            s.fonts.value.detected = ["Arial", `A ${number}`, `B ${number % 31}`, `C ${number % 57}`];
            s.status.value.storageQuotaMB = 1000 + number;
            const renderer = `ANGLE (Intel, Mesa Intel(R) Graphics ${number % 40}, OpenGL 4.6)`;
            s.webgl.value.renderer = s.workerScope.value.workerWebGL.renderer = renderer;
        })();
        assertIdentified(await sendOne(keys, { body, headers }, `73.${number >> 8}.${number & 255}.9`));
    };
    for (let from = 0; from < count; from += 20) {
        await Promise.all(Array.from({ length: Math.min(20, count - from) }, (_, i) => one(from + i)));
    }
}

/* Sends it, and reads it in every dialect, each against its schemas. */
async function seen(workspace, { post, from = HOME, times = 1, same = false, crowd: others = 0 }) {
    const keys = await keysOf(workspace);
    await crowd(keys, others);
    let fiq;
    const first = post();
    const send = async (nth) => {
        const { body, headers } = same ? first : post();
        if (nth && !same) for (const s of Object.values(body.signals)) if (s) s.duration = (s.duration ?? 1) + nth / 10;
        const answer = await sendOne(keys, { body, headers }, from, nth);
        return assertIdentified(answer, { token: body.platform !== undefined });
    };
    for (let i = 0; i < times; i++) fiq = await send(i);
    const read = async (path, [name, value], ...schemas) => {
        const answer = await whorl.get(path, { headers: [[name, value], ["X-Test-Now-Ms", `${nowMs}`]] });
        assert.equal(answer.status, 200, answer.text);
        for (const [own, official] of schemas) assertSchema(answer.json, own, official);
        return answer.json;
    };
    const bearer = ["Authorization", `Bearer ${keys.secret}`];
    const id = fiq.requestId;
    const v4 = await read(`/v4/events/${id}`, bearer, ["v4_event", "v4 Event"]);
    const v3Key = ["Auth-API-Key", keys.secret];
    const v3 = await read(`/events/${id}`, v3Key, ["v3_event", "v3 EventsGetResponse"], ["v3beta_event"]);
    const path = `/visitors/${v4.identification.visitor_id}?limit=1`;
    const visits = await read(path, v3Key, ["v3_visitors", "v3 VisitorsGetResponse"], ["v3beta_visitors"]);
    const v2 = await read(path, ["Auth-Token", keys.secret], ["v2_visitors"]);
    const event = await read(`/v1/events/${id}`, bearer);
    return { fiq, v4, v3: v3.products, visit: visits.visits[0], v2: v2.visits[0],
        server: event.signals.server, reasons: event.reasons, words: event.words };
}

function baseOf(name) {
    return ["android clean", "ios clean"].find((base) => base.split(" ")[0] === name.split(" ")[0]) ?? "person";
}

describe("an event of each kind", () => {
    const whole = {};
    for (const [name, kind] of Object.entries(kinds)) {
        test(name, async () => {
            const { words, ...answers } = await seen(name.replaceAll(" ", "-"), kind);
            for (const [verdict, reasons] of Object.entries(kind.why ?? {})) {
                for (const reason of reasons) {
                    assert.ok(answers.reasons[verdict]?.includes(reason), `${reason}: ${JSON.stringify(answers.reasons)}`);
                }
            }
            for (const reason of Object.values(answers.reasons).flat()) assert.match(words[reason], /^[A-Z].*\.$/);
            assert.partialDeepStrictEqual(answers.v4, kind.v4 ?? {});
            const file = `kinds/${name.replaceAll(" ", "-")}`;
            const base = baseOf(name);
            whole[name] = plain(answers);
            assert.ok(name === base || whole[base], `${base} has failed`);
            assertGolden(file, name === base ? whole[name] : difference(whole[base], whole[name]) ?? {});
        });
    }

    test("version 3's beta has its nine products of a person", () => {
        const products = ["identification", "botd", "rootApps", "emulator", "ipBlocklist", "tor", "vpn", "proxy"];
        for (const name of [...products, "tampering"]) assert.ok(whole.person.v3[name], name);
    });

    test("a yes and the number beside it never contradict each other", () => {
        for (const [name, { fiq, v4, v3, v2 }] of Object.entries(whole)) {
            const { bot, tampering } = fiq.verdicts;
            assert.equal(bot.result, bot.probability >= 0.7, name);
            assert.equal(bot.result, ["good", "bad"].includes(v4.bot), name);
            assert.equal(bot.probability, fiq.botProbability, name);
            assert.equal(v2.browserDetails.botProbability, fiq.botProbability, name);
            if (!v4.tampering_details) continue;
            const { anomaly_score: anomaly, anti_detect_browser: disguised = false } = v4.tampering_details;
            assert.equal(tampering.anomalyScore, anomaly, name);
            assert.equal(v4.tampering, anomaly > 0.5 || disguised, name);
            assert.equal(v3.tampering.data.result, v4.tampering, name);
        }
    });

    test("a person and a phone without faults have no reason to be suspected", () => {
        for (const name of ["person", "android clean", "ios clean"]) {
            const { v4, fiq, reasons } = whole[name];
            assert.equal(v4.suspect_score, 0, name);
            assert.deepEqual([fiq.suspectScore, fiq.riskFactors], [0, []], name);
            const { identification, ...others } = reasons;
            assert.equal(identification.length, 1);
            assert.deepEqual(Object.values(others).flat(), [], name);
        }
    });
});

test("edge: an event without a device", async () => {
    const { secret } = await keysOf("edge");
    const answer = await whorl.send({
        method: "POST",
        path: "/v4/edge",
        headers: [["Authorization", `Bearer ${secret}`], ["X-Test-Now-Ms", `${nowMs}`]],
        body: JSON.stringify({
            headers: [{ name: "Host", value: "shop.example" }, { name: "User-Agent", value: googlebot }],
            method: "GET", url: "https://shop.example/", ipv4_address: "84.128.3.7",
        }),
    });
    assert.equal(answer.status, 200, answer.text);
    assertSchema(answer.json, "v4_edge", "v4 EdgeResponse");
    assertGolden("kinds/edge", plain(answer.json));
});

describe("the published examples fit our schemas of the old dialects", () => {
    const examples = {
        "v2-seed/get_visitors_200": "v2_visitors",
        "v2-seed/get_visitors_200_no_visits": "v2_visitors",
        "v3beta-seed/get_visitors_200": "v3beta_visitors",
        "v3beta-seed/get_visitors_200_no_visits": "v3beta_visitors",
        "v3beta-seed/get_event_200": "v3beta_event",
    };
    for (const [file, schema] of Object.entries(examples)) {
        const path = join(contracts, "fingerprint/examples", `${file}.json`);
        const skip = existsSync(path) ? false : `${path} is not there`;
        test(file, { skip }, () => assertSchema(JSON.parse(readFileSync(path, "utf8")), schema));
    }
});
