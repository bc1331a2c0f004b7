// Events of apps on Android and iOS (docs/mobile.md): what is found in the two bodies of the fuzz corpus, who a device
// is, what is refused, and what browsers are told of mobile signals. kinds.test.mjs has the answers in every dialect.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";

import { bodies } from "../bodies/bodies.mjs";
import { assertError, assertIdentified, assertSchema } from "../lib/checks.mjs";
import { repository, startWhorl } from "../lib/whorl.mjs";

const bodyOf = (name) => JSON.parse(readFileSync(join(repository, "fuzz/corpus/identify", name), "utf8"));
const android = bodyOf("android");
const ios = bodyOf("ios");
const headers = [["User-Agent", "okhttp/4.12.0"]];

let whorl;
before(async () => {
    whorl = await startWhorl({ flags: ["--trusted-proxy", "127.0.0.1"] });
});
after(() => whorl?.remove());

const from = (address) => [...headers, ["X-Forwarded-For", address]];
const post = (body, address = "84.128.9.9") => whorl.identify(body, { headers: from(address) });
const changed = (body, change) => {
    const copy = structuredClone(body);
    change(copy);
    return copy;
};

/* The event in every dialect; v3 and v4 against the schemas. */
async function seen(body) {
    const fiq = assertIdentified(await post(body), { token: body.platform !== undefined });
    const read = async (path, auth) => {
        const answer = await whorl.get(path, { auth });
        assert.equal(answer.status, 200, answer.text);
        return answer.json;
    };
    const v4 = await read(`/v4/events/${fiq.requestId}`, "bearer");
    assertSchema(v4, "v4_event", "v4 Event");
    const v3 = await read(`/events/${fiq.requestId}`, "header");
    assertSchema(v3, "v3_event", "v3 EventsGetResponse");
    const event = await read(`/v1/events/${fiq.requestId}`, "bearer");
    return { fiq, v4, v3, products: v3.products, reasons: event.reasons, event };
}

describe("an event of an app", () => {
    test("Android: what is found is judged, with reasons", async () => {
        const { v4, products, reasons } = await seen(android);
        assert.deepEqual(
            [v4.root_apps, v4.emulator, v4.cloned_app, v4.frida, v4.location_spoofing, v4.mitm_attack],
            [true, false, false, true, false, false],
        );
        assert.deepEqual([v4.active_call, v4.factory_reset_timestamp], [true, 1764000000000]);
        assert.deepEqual([v4.jailbroken, v4.simulator], [undefined, undefined]);
        assert.deepEqual([v4.vpn, v4.vpn_methods.auxiliary_mobile], [true, true]);
        assert.deepEqual([v4.package_name, v4.sdk.platform, v4.device], ["com.example.shop", "android", "Pixel 8"]);
        assert.deepEqual([v4.bot, v4.browser_details, v4.incognito], [undefined, undefined, undefined]);
        assert.equal(v4.proximity.precision_radius, 25);
        assert.ok(v4.proximity.confidence > 0 && v4.proximity.confidence < 1);
        assert.deepEqual(products.remoteControl.data, { result: true });
        assert.equal(products.botd, undefined);
        assert.deepEqual(reasons.mobile.toSorted(), [
            "FACTORY_RESET", "FRIDA_LOADED", "FRIDA_PORT", "REMOTE_APP", "ROOT_BINARIES", "ROOT_MANAGER",
            "ROOT_TEST_KEYS",
        ]);
    });

    test("iOS: what is found is judged, with reasons", async () => {
        const { v4, reasons } = await seen(ios);
        assert.deepEqual([v4.jailbroken, v4.simulator, v4.mitm_attack, v4.frida], [true, false, true, false]);
        assert.deepEqual([v4.active_call, v4.factory_reset_timestamp], [false, 0]);
        assert.deepEqual([v4.bundle_id, v4.os, v4.os_version], ["com.example.Shop", "iOS", "18.5"]);
        assert.deepEqual([v4.root_apps, v4.emulator, v4.cloned_app], [undefined, undefined, undefined]);
        assert.deepEqual(reasons.mobile.toSorted(), [
            "JAILBREAK_LIBRARY", "JAILBREAK_SCHEME", "JAILBREAK_WRITE", "MITM_PROXY",
        ]);
    });

    test("one weak tell convicts nobody", async () => {
        const { v4, reasons } = await seen(changed(android, (b) => {
            b.signals.system.value.files = [];
            b.signals.system.value.packages = ["com.teamviewer.quicksupport.market"];
            b.signals.process.value = {
                dataDir: "/data/user/10/com.example.shop", libraries: ["libc.so"], openPorts: [27042],
            };
            b.signals.network.value = { vpn: false, proxy: "10.0.0.2:3128", userCertificates: 0 };
            b.signals.control.value = { accessibility: [], screenCaptured: true };
        }));
        assert.deepEqual(
            [v4.root_apps, v4.emulator, v4.cloned_app, v4.frida, v4.mitm_attack],
            [false, false, false, false, false],
        );
        assert.deepEqual(reasons.mobile, ["FACTORY_RESET"]);
    });

    test("an emulator, a copied app, a simulator, a mocked position", async () => {
        const clone = await seen(changed(android, (b) => {
            b.signals.system.value.hardware = "ranchu";
            b.signals.process.value.dataDir = "/data/data/com.lbe.parallel.intl/parallel/com.example.shop";
            b.location.mock = true;
        }));
        assert.deepEqual([clone.v4.emulator, clone.v4.cloned_app, clone.v4.location_spoofing], [true, true, true]);
        assert.equal(clone.v4.proximity, undefined);
        const mac = await seen(changed(ios, (b) => {
            b.signals.system.value.machine = "x86_64";
        }));
        assert.deepEqual([mac.v4.simulator, mac.v4.jailbroken], [true, undefined]);
    });

    test("no data is no answer in v4, and no in v3", async () => {
        const { v4, products } = await seen(changed(android, (b) => {
            b.signals = { device: b.signals.device };
            delete b.location;
        }));
        for (const field of ["root_apps", "emulator", "frida", "mitm_attack", "active_call", "proximity",
            "factory_reset_timestamp", "location_spoofing"]) {
            assert.equal(v4[field], undefined, field);
        }
        assert.deepEqual(products.factoryReset.data, { time: "1970-01-01T00:00:00Z", timestamp: 0 });
    });
});

describe("which device it is", () => {
    const withId = (hardwareId) => changed(android, (b) => {
        b.signals.device.value.hardwareId = hardwareId;
    });
    const idOf = async (body, address) => assertIdentified(await post(body, address), { token: true });

    test("the hardware id names it, from anywhere, without a token", async () => {
        const first = await idOf(withId("0123456789abcdef01"));
        const again = await idOf(withId("0123456789abcdef01"), "73.0.0.1");
        const other = await idOf(withId("0123456789abcdef02"));
        assert.equal(again.visitorId, first.visitorId);
        assert.deepEqual([first.visitCount, again.visitCount], [1, 2]);
        assert.notEqual(other.visitorId, first.visitorId);
    });

    test("it is stored nowhere, not even with the event", async () => {
        const body = withId("nobody needs to read this");
        const { event } = await seen(body);
        const { hardwareId, batteryLevel, lowPowerMode, ...kept } = body.signals.device.value;
        assert.deepEqual(event.signals.client.device, { ...kept, batteryLevel, lowPowerMode });
        assert.ok(!JSON.stringify(event).includes(hardwareId));
    });

    test("many first events at once are one device", async () => {
        const answers = await Promise.all(Array.from({ length: 16 }, () => idOf(withId("one device, all at once"))));
        assert.equal(new Set(answers.map((a) => a.visitorId)).size, 1);
        assert.deepEqual(answers.map((a) => a.visitCount).sort((a, b) => a - b), answers.map((_, i) => i + 1));
    });

    test("the kept token names it when the hardware id is new; without both nobody is guessed", async () => {
        const first = await idOf(withId("before the reinstall"));
        const moved = changed(withId("after the reinstall!"), (b) => {
            b.token = first.token;
        });
        assert.equal((await idOf(moved)).visitorId, first.visitorId);
        const bare = changed(android, (b) => {
            delete b.signals.device.value.hardwareId;
        });
        assert.notEqual((await idOf(bare)).visitorId, (await idOf(bare)).visitorId);
    });

    test("an id that many devices give names nobody", async () => {
        for (const shared of ["00000000-0000-0000-0000-000000000000", "9774d56d682e549c", "ffffffffffffffff"]) {
            const [one, other] = [await idOf(withId(shared)), await idOf(withId(shared))];
            assert.notEqual(one.visitorId, other.visitorId, shared);
            const again = await idOf(changed(withId(shared), (b) => {
                b.token = one.token;
            }));
            assert.equal(again.visitorId, one.visitorId, shared);
        }
    });

    test("a new system and a new key of the server's leave it who it is, where it is", async () => {
        const first = await seen(withId("updated and rotated"));
        await whorl.run("key", "rotate", "--kind", "token", "--data", whorl.data);
        await whorl.restart();
        const later = await seen(changed(withId("updated and rotated"), (b) => {
            b.signals.device.value.osVersion = "16";
        }));
        assert.equal(later.fiq.visitorId, first.fiq.visitorId);
        assert.equal(later.v4.proximity.id, first.v4.proximity.id);
        assert.equal(later.v4.tampering, false);
    });

    test("deleted, it is somebody new, also after a restart", async () => {
        const phone = withId("to be deleted, for ever");
        const first = await idOf(phone);
        const path = `/v4/visitors/${first.visitorId}`;
        const headers = [["Authorization", `Bearer ${whorl.secretKey}`]];
        assert.equal((await whorl.send({ method: "DELETE", path, headers })).status, 200);
        const second = await idOf(changed(phone, (b) => {
            b.token = first.token;
        }));
        assert.notEqual(second.visitorId, first.visitorId);
        assert.equal(second.visitCount, 1);
        await whorl.restart();
        assert.deepEqual((await idOf(phone)).visitorId, second.visitorId);
    });

    test("an iPhone and an Android device of one hardware id are two", async () => {
        const text = "the same id on both";
        const apple = changed(ios, (b) => {
            b.signals.device.value.hardwareId = text;
        });
        assert.notEqual((await idOf(withId(text))).visitorId, (await idOf(apple)).visitorId);
    });
});

test("a zone's id is the same for positions close to each other, and another one far away", async () => {
    const zone = async (latitude, longitude, accuracyM) =>
        (await seen(changed(android, (b) => {
            b.location = { latitude, longitude, accuracyM };
        }))).v4.proximity;
    const here = await zone(48.137154, 11.576124, 400);
    assert.deepEqual(await zone(48.137154, 11.576124, 400), here);
    assert.equal(here.precision_radius, 450);
    assert.notEqual((await zone(48.16, 11.576124, 400)).id, here.id);
    assert.equal((await zone(-89.9999, 179.9999, 22500)).precision_radius, 22500);
    assert.equal(await zone(48.1, 11.5, 22501), undefined);
    for (const [latitude, ...longitudes] of [[90, 0, 77, 180], [-90, 0, 77, -180], [10, 180, -180]]) {
        const ids = await Promise.all(longitudes.map(async (longitude) => (await zone(latitude, longitude, 30)).id));
        assert.equal(new Set(ids).size, 1, `one place, written in several ways: ${latitude}`);
    }
    const coarse = await zone(48.137154, 11.576124, 1);
    assert.equal(coarse.precision_radius, 10);
});

describe("who sent it", () => {
    const browser = bodies["headed-linux"]();
    const asApp = {
        ...browser.body, platform: "android", sdk: { version: "1.0" }, packageName: "com.example.shop",
        signals: browser.body.signals,
    };
    const clean = changed(android, (b) => {
        b.signals.system.value.buildTags = "release-keys"; // as its fingerprint says
    });
    const eventOf = async (body, headers) => {
        const fiq = assertIdentified(await whorl.identify(body, { headers }), { token: true });
        const v3 = (await whorl.get(`/events/${fiq.requestId}`, { auth: "header" })).json;
        assertSchema(v3, "v3_event", "v3 EventsGetResponse");
        const v4 = (await whorl.get(`/v4/events/${fiq.requestId}`, { auth: "bearer" })).json;
        assertSchema(v4, "v4_event", "v4 Event");
        const { reasons } = (await whorl.get(`/v1/events/${fiq.requestId}`, { auth: "bearer" })).json;
        return { fiq, v4, v3: v3.products, reasons: reasons.tampering };
    };

    test("an app's own library, and none at all, convict nobody", async () => {
        for (const agent of ["okhttp/4.12.0", "Dalvik/2.1.0 (Linux; U; Android 15; Pixel 8)", "Dart/3.5 (dart:io)",
            "Mozilla/5.0 (Linux; Android 15; Pixel 8; wv) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36",
            "curl/8.5.0", "Shop/7 CFNetwork/1568.100.1 Darwin/24.0.0", undefined]) {
            const mine = agent?.includes("CFNetwork") ? ios : clean;
            const { v4, fiq, v3 } = await eventOf(mine, agent ? [["User-Agent", agent]] : []);
            assert.deepEqual([v4.tampering, v4.tampering_details], [false, { anomaly_score: 0 }], agent);
            assert.equal(v3.tampering.data.antiDetectBrowser, false);
            assert.deepEqual([fiq.verdicts.bot.result, fiq.verdicts.tampering.result], [false, false], agent);
        }
    });

    test("another system's User-Agent is a tell and no verdict", async () => {
        const { v4, reasons } = await eventOf(clean, [["User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"]]);
        assert.deepEqual([v4.tampering, v4.tampering_details.anomaly_score], [false, 0.4]);
        assert.deepEqual(reasons, ["APP_SENDER"]);
    });

    test("a page's body that calls itself an app's is told, whoever posts it", async () => {
        for (const headers of [browser.headers, [["User-Agent", "curl/8.5.0"]]]) {
            const { v4, v3, fiq, reasons } = await eventOf(asApp, headers);
            assert.deepEqual([v4.tampering, v4.sdk.platform, v4.suspect_score >= 12], [true, "android", true]);
            assert.deepEqual([v3.tampering.data.result, fiq.verdicts.tampering.result], [true, true]);
            assert.ok(reasons.includes("APP_BROWSER"));
        }
    });

    test("a key of a site's own origins takes nothing of an app", async () => {
        const key = await whorl.key("public", { origins: ["https://shop.example"] });
        const answer = await whorl.identify(android, { key, headers });
        assertError(answer, 403);
    });
});

test("what is not right is refused with the name of the field", async () => {
    const refused = async (change, words) => {
        const answer = await post(changed(android, change));
        assertError(answer, 400);
        assert.match(answer.json.error, words);
    };
    await refused((b) => { b.platform = "windows"; }, /platform must be js, android or ios/);
    await refused((b) => { b.platform = ""; }, /platform must be js, android or ios/);
    await refused((b) => { b.platform = 7; }, /platform must be a string/);
    await refused((b) => { delete b.packageName; }, /packageName/);
    await refused((b) => { b.packageName = "no spaces please"; }, /packageName/);
    await refused((b) => { delete b.sdk; }, /sdk\.version/);
    await refused((b) => { b.location.latitude = 91; }, /location is out of range/);
    await refused((b) => { b.location = { latitude: 1 }; }, /location needs/);
    await refused((b) => { b.location.mock = "no"; }, /location\.mock/);
    await refused((b) => { b.signals.system.value.files = "su"; }, /signals\.system\.value\.files must be an array/);
    await refused((b) => { b.signals.network.value.vpn = 1; }, /signals\.network\.value\.vpn must be true or false/);
    await refused((b) => { b.signals.device.value.hardwareId = "short"; }, /16 to 128/);
    await refused((b) => { b.signals.system = { files: [] }; }, /signals\.system must be null or an object with a/);
    await refused((b) => { b.signals.call.value = []; }, /signals\.call\.value must be an object/);
});

test("a browser's event has v3's neutral values, and nothing of it in v4", async () => {
    const recorded = bodies["headed-linux"]();
    const fiq = assertIdentified(await whorl.identify(recorded.body, { headers: recorded.headers }));
    const v3 = (await whorl.get(`/events/${fiq.requestId}`, { auth: "header" })).json.products;
    for (const product of ["rootApps", "emulator", "clonedApp", "frida", "jailbroken", "locationSpoofing",
        "mitmAttack", "remoteControl"]) {
        assert.deepEqual(v3[product], { data: { result: false } }, product);
    }
    assert.deepEqual(v3.factoryReset.data, { time: "1970-01-01T00:00:00Z", timestamp: 0 });
    const v4 = (await whorl.get(`/v4/events/${fiq.requestId}`, { auth: "bearer" })).json;
    for (const field of ["root_apps", "emulator", "frida", "jailbroken", "simulator", "active_call",
        "factory_reset_timestamp", "mitm_attack", "proximity", "package_name", "bundle_id"]) {
        assert.equal(v4[field], undefined, field);
    }
    assert.equal(v4.sdk?.platform ?? "js", "js");
});

test("the suspect score of an app has its platform's weights, and changes by what an edited one changes", async () => {
    const frida = changed(android, (b) => {
        Object.assign(b.signals.system.value, { files: [], packages: [] });
        b.signals.network.value.vpn = false;
    });
    const jailbreak = changed(ios, (b) => {
        b.signals.network.value.proxy = "";
    });
    const weights = (...args) => whorl.run("weights", "set", "--data", whorl.data, ...args);
    const scores = async () => {
        const events = [await seen(frida), await seen(jailbreak)];
        for (const { v4, v3, event } of events) {
            const { sum, parts } = event.signals.server.suspectScore;
            assert.deepEqual([sum, v3.products.suspectScore.data.result], [v4.suspect_score, v4.suspect_score]);
            assert.equal(parts.reduce((all, { weight }) => all + weight, 0), sum);
        }
        return events.map(({ v4 }) => v4.suspect_score);
    };
    assert.deepEqual(await scores(), [14, 10]);
    await weights("--weight", "frida=20", "--weight", "jailbroken=3");
    assert.deepEqual(await scores(), [20, 3]);
    await weights("--weight", "frida=default", "--weight", "jailbroken=default");
    assert.deepEqual(await scores(), [14, 10]);
});

describe("docs/mobile.md", () => {
    const text = readFileSync(join(repository, "docs/mobile.md"), "utf8");

    test("its example is taken as it stands", async () => {
        const lines = text.split("\n");
        const from = lines.findIndex((line) => line === "    {");
        const to = lines.findIndex((line, at) => at > from && line === "    }");
        const example = JSON.parse(lines.slice(from, to + 1).join("\n").replace("AQE...", ""));
        const { v4, reasons } = await seen(example);
        assert.equal(v4.sdk.platform, "android");
        assert.equal(v4.raw_device_attributes.device_model, "Pixel 8");
        assert.deepEqual([v4.root_apps, v4.emulator, v4.frida, v4.cloned_app], [false, false, false, false]);
        assert.deepEqual(reasons.mobile, ["FACTORY_RESET"]);
    });

    test("its curl example runs as it is written", async () => {
        const lines = text.split("\n");
        const at = lines.findIndex((line) => line.startsWith("    curl "));
        const command = lines.slice(at, lines.indexOf("", at)).join("\n").replace("http://127.0.0.1:8080", whorl.url);
        const { stdout } = await promisify(execFile)("sh", ["-c", command.replace("curl", "curl -sS")],
            { env: { ...process.env, KEY: whorl.publicKey } });
        const { requestId, token } = JSON.parse(stdout);
        assert.ok(token.length > 20);
        const v4 = await whorl.get(`/v4/events/${requestId}`, { auth: "bearer" });
        assertSchema(v4.json, "v4_event", "v4 Event");
        assert.equal(v4.json.bundle_id, "com.example.Shop");
    });

    test("its table of errors has the texts that are answered", async () => {
        const minimal = { platform: "android", sdk: { version: "1" }, packageName: "a.b", signals: {} };
        const group = (value) => ({ ...minimal, signals: value });
        const wrong = [
            "{", { ...minimal, signals: undefined }, { ...minimal, platform: "Android" },
            { ...minimal, packageName: "a b" }, { ...minimal, sdk: {} }, group({ system: { files: [] } }),
            group({ system: { value: { files: "su" } } }), group({ device: { value: { hardwareId: "short" } } }),
            { ...minimal, location: {} },
        ];
        const told = [...text.matchAll(/^\| 400 \|.*\| `(.*)` \|$/gm)].map(([, words]) => words);
        assert.equal(told.length, wrong.length);
        for (const [i, body] of wrong.entries()) {
            const answer = await post(body);
            assertError(answer, 400);
            assert.equal(answer.json.error, told[i]);
        }
    });

    test("what an app has to ask for by name is what the verdicts know", () => {
        const section = /## What to look for\n([\s\S]*?)\n## /.exec(text)[1];
        const named = new Set([...section.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
        const lists = { root_apps: ["files", "packages"], emulator: ["files"], jailbroken: ["files", "schemes"] };
        for (const [verdict, arrays] of Object.entries(lists)) {
            const source = readFileSync(join(repository, `src/identify/verdicts/${verdict}.c`), "utf8");
            for (const array of arrays) {
                const [, all] = new RegExp(`\\*const ${array}\\[\\] = \\{([^}]*)\\}`).exec(source);
                const names = [...all.matchAll(/"([^"]+)"/g)].map(([, name]) => name);
                assert.ok(names.length > 3);
                assert.deepEqual(names.filter((name) => !named.has(name)), [], `${verdict} ${array}`);
            }
        }
    });

    /* The rows `group.field`, `.field` of the table, with their types. */
    const fields = text.split("\n").filter((line) => /^\| `(device|system|process|network|call|control|timezone)\./.test(line))
        .flatMap((line) => {
            const [, names, types] = line.split("|").map((cell) => cell.trim());
            const group = /^`(\w+)\./.exec(names)[1];
            const kinds = types.split(", ").filter((type) => /array|\[|string|number|boolean/.test(type));
            return [...names.matchAll(/`\w*\.(\w+)`/g)].map(([, field], at) => [group, field, kinds[at] ?? kinds[0]]);
        });

    test("every field of its table is checked for its type", async () => {
        assert.ok(fields.length > 35, `${fields.length}`);
        for (const [group, field, type] of fields) {
            const words = /array|\[/.test(type) ? "an array" : /string/.test(type) ? "a string"
                : /number/.test(type) ? "a number" : "true or false";
            const wrong = words === "a string" ? 7 : "seven";
            const answer = await post(changed(android, (b) => {
                b.signals[group].value[field] = wrong;
            }));
            assertError(answer, 400);
            assert.equal(answer.json.error, `signals.${group}.value.${field} must be ${words}`);
            const nothing = await post(changed(android, (b) => {
                b.signals[group].value[field] = null;
            }));
            assertIdentified(nothing, { token: true });
        }
    });
});

test("search for what only apps have finds no browser, whatever the value", async () => {
    const recorded = bodies["firefox-linux"]();
    const body = { ...recorded.body, agent: { version: "0.1.0" } };
    const browser = assertIdentified(await whorl.identify(body, { headers: recorded.headers }), { token: true });
    const clean = await seen(changed(android, (b) => {
        b.signals.device.value.hardwareId = "searched for, clean";
        Object.assign(b.signals.system.value, { files: [], packages: [], resetTimeMs: null });
        b.signals.process.value = { libraries: [], dataDir: "/data/user/0/com.example.shop" };
        b.signals.call.value.state = "none";
    }));
    const apple = await seen(ios);
    const found = async (query, path, auth) => {
        const answer = await whorl.get(`${path}?limit=100&${query}`, { auth });
        assert.equal(answer.status, 200, answer.text);
        return answer.json.events.map((e) => e.event_id ?? e.products.identification.data.requestId);
    };
    const androidOnly = ["root_apps", "emulator", "cloned_app"];
    const both = ["frida", "mitm_attack", "location_spoofing", "factory_reset"];
    const idOf = async (fiq) => (await whorl.get(`/v4/events/${fiq.requestId}`, { auth: "bearer" })).json.event_id;
    const ids = { browser: await idOf(browser), android: clean.v4.event_id, ios: apple.v4.event_id };
    for (const [path, auth, more] of [["/v4/events", "bearer", ["active_call"]], ["/events/search", "header", []]]) {
        for (const name of [...androidOnly, ...both, ...more, "jailbroken"]) {
            const no = await found(`${name}=false`, path, auth);
            const all = [...no, ...await found(`${name}=true`, path, auth)];
            assert.ok(!all.includes(ids.browser), name);
            assert.equal(no.includes(ids.android), name !== "jailbroken", name);
            assert.ok(!androidOnly.includes(name) || !all.includes(ids.ios), name);
        }
        for (const [platform, id] of Object.entries({ js: ids.browser, android: ids.android, ios: ids.ios })) {
            const of = await found(`sdk_platform=${platform}`, path, auth);
            assert.deepEqual(Object.values(ids).filter((one) => of.includes(one)), [id], platform);
        }
    }
    assert.ok((await found("simulator=false", "/v4/events", "bearer")).includes(ids.ios));
});
