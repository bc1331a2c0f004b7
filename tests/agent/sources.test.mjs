// The list on the wire, and those sources that read nothing from a page. The others are checked in
// a real browser by tests/browser.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { sources } from "../../agent/sources.ts";
import { offsetText } from "../../agent/sources/attributes.ts";
import { withoutSession } from "../../agent/sources/canvas.ts";
import { error } from "../../agent/sources/error.ts";
import { intl } from "../../agent/sources/intl.ts";
import { math } from "../../agent/sources/math.ts";
import { timezone } from "../../agent/sources/timezone.ts";
import { wasmTiming } from "../../agent/sources/wasmTiming.ts";
import { flagText, orEmpty } from "../../agent/text.ts";

/* Of a source that waits for another one: here there is none. */
const alone = { result: async () => null };

const hash = (text) => createHash("sha256").update(text).digest("hex");

test("41 signals in the wire's order", () => {
    assert.deepEqual(sources.slice(0, 41).map(([name]) => name), [
        "canvas", "webgl", "webgpu", "audio", "fonts", "webrtc", "wasmTiming", "navigator", "media",
        "screen", "integrity", "wallets", "storage", "math", "domRect", "headless", "speech",
        "intl", "timezone", "cssStyle", "cssFeatures", "error", "workerScope", "resistance", "svg",
        "windowFeatures", "htmlElement", "codec", "status", "platformFeatures", "uaClientHints",
        "capabilityVector", "geometryVector", "runtimeVector", "sensorCapabilities",
        "behavioralRisk", "incognito", "devTools", "virtualization", "rooted", "frameDepth",
    ]);
});

test("math: 21 finite numbers that JSON keeps, and their hash", () => {
    const value = math();
    assert.equal(value.values.length, 21);
    assert.ok(value.values.every(Number.isFinite));
    assert.equal(value.hash, hash(value.values.join(",")));
});

test("error: this engine's words, without a name from the source", () => {
    const value = error();
    assert.equal(value.messages.length, 9);
    assert.ok(value.messages.every((message) => message.length > 0));
    assert.equal(value.messages[0], "Cannot read properties of null (reading 'x')");
    assert.equal(value.messages[6], "Cyclic __proto__ value");
    assert.equal(value.hash, hash(value.messages.join("|")));
});

test("timezone: offsets west positive, a zone and offset that agree", async () => {
    const before = process.env.TZ;
    try {
        process.env.TZ = "America/New_York";
        const value = await timezone(alone);
        assert.equal(value.reported, "America/New_York");
        assert.equal(value.offsetHistorical, 240);
        assert.equal(value.isSpoofed, false);
        const now = new Date().getTimezoneOffset();
        assert.equal(value.hash, hash(`America/New_York|240|${now}`));
    } finally {
        if (before === undefined) delete process.env.TZ;
        else process.env.TZ = before;
    }
});

test("intl: texts in the browser's language", async () => {
    const value = await intl(alone);
    assert.deepEqual(Object.keys(value), [
        "locales", "formattedNumber", "formattedRelativeTime", "formattedList", "localeSpoofed",
        "hash",
    ]);
    assert.match(value.formattedList, /Alice.*Carol/);
});

test("attributes: offsets as a clock's owner writes them", () => {
    assert.deepEqual([0, -120, 180, -345, 570].map(offsetText), [
        "+00:00", "+02:00", "-03:00", "+05:45", "-09:30",
    ]);
});

test("canvas: an image without the number of the session that Firefox writes into it", () => {
    const chunk = (name, data) => `\0\0\0${String.fromCharCode(data.length)}${name}${data}CRC.`;
    const png = (...chunks) => `data:image/png;base64,${btoa(`\x89PNG\r\n\x1a\n${chunks.join("")}`)}`;
    const [pixels, end] = [chunk("IDAT", "not really compressed"), chunk("IEND", "")];
    const plain = png(pixels, end);
    assert.equal(withoutSession(png(pixels, chunk("deBG", "9ED04C73D8DA7D40"), end)), plain);
    for (const other of [plain, png(pixels, chunk("tEXt", "9ED04C73D8DA7D40"), end), "data:,", "?", ""]) {
        assert.equal(withoutSession(other), other);
    }
});

test("wasmTiming: the module is one, and its loop takes time", async () => {
    const { medianMs, stddevMs } = await wasmTiming();
    assert.ok(medianMs > 0 && stddevMs >= 0, `${medianMs} ${stddevMs}`);
});

test("hash texts: names in order without regard to case, null is empty", () => {
    assert.equal(flagText({ b: true, A: null, C: 2 }), "A:null|b:true|C:2");
    assert.equal(flagText({ y: 1, x: 2 }, ","), "x:2,y:1");
    assert.deepEqual([null, undefined, 0, false].map(orEmpty), ["", "", "0", "false"]);
});
