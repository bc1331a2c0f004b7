// POST /v1/identify: what the body may be. Whatever JSON.stringify can produce is accepted; the rest
// gets a clear refusal; nothing stops the server.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { assertError, assertIdentified } from "../lib/checks.mjs";
import { startWhorl } from "../lib/whorl.mjs";

const { body, headers } = bodies["headed-linux"]();
const text = JSON.stringify(body);

let whorl;
let pid;
before(async () => {
    whorl = await startWhorl();
    pid = whorl.pid;
});
afterEach(async () => {
    assert.equal(whorl.pid, pid);
    assertIdentified(await whorl.identify(bodies.minimal().body));
});
after(() => whorl?.remove());

const post = (sent) => whorl.identify(sent, { headers });
const withPart = (part) => post({ ...body, ...part });
// The body as text, with one more member that JSON.stringify would not write.
const withText = (member) => post(`${text.slice(0, -1)},${member}}`);

async function eventOf(answer) {
    const { requestId } = assertIdentified(answer);
    const event = await whorl.get(`/v4/events/${requestId}`, { auth: "bearer" });
    assert.equal(event.status, 200, event.text);
    return event.json;
}

// Runs all jobs, some at a time.
async function inParallel(jobs, worker, width = 16) {
    const queue = [...jobs];
    const lane = async () => {
        while (queue.length > 0) {
            await worker(queue.shift());
        }
    };
    await Promise.all(Array.from({ length: width }, lane));
}

describe("not JSON, or not an identification", () => {
    const wrong = [
        "",
        " ",
        "{",
        "[",
        "null",
        "true",
        "5",
        '"x"',
        "[]",
        "{}",
        '{"signals":{}',
        "{'signals':{}}",
        '{"signals":{},}',
        '{"signals":NaN}',
        '{"signals":undefined}',
        "\u0000",
        `${text}x`,
        `${text}{}`,
        `${text},`,
        "signals=1",
        "<xml/>",
        '{"signals":{}}\u0000',
    ];
    for (const sent of wrong) {
        const shown = sent.length > 40 ? `...${sent.slice(-20)}` : sent;
        test(JSON.stringify(shown), async () => assertError(await post(sent), 400));
    }

    test("cut off at any place", async () => {
        const cuts = [text.length - 1];
        for (let at = 1; at < text.length; at += 331) {
            cuts.push(at);
        }
        await inParallel(cuts, async (at) => assertError(await post(text.slice(0, at)), 400));
    });

    test("invalid UTF-8", async () => {
        const forms = [
            [0xff],
            [0xc3],
            [0xc3, 0x28],
            [0xa0],
            [0xe2, 0x82],
            [0xf0, 0x9f, 0x98],
            [0xc0, 0xaf],
            [0xed, 0xa0, 0x80],
            [0xf4, 0x90, 0x80, 0x80],
            [0xf8, 0x88, 0x80, 0x80, 0x80],
        ];
        const start = Buffer.from(`${text.slice(0, -1)},"tag":"`);
        for (const form of forms) {
            assertError(
                await post(Buffer.concat([start, Buffer.from(form), Buffer.from('"}')])),
                400,
            );
        }
    });

    test("a raw control character in a string", async () => {
        assertError(await withText('"tag":"a\u0001b"'), 400);
        assertError(await withText('"tag":"a\nb"'), 400);
    });
});

describe("parts of the envelope with the wrong type", () => {
    const cases = {
        signals: [null, 5, "x", true, [], [{}]],
        timestamp: ["now", {}, [], true],
        url: [5, {}, [], true],
        referrer: [5, {}, [], true],
        linkedId: [5, {}, [], true],
        walletAddresses: ["0x1", {}, 5, [5], [[]]],
    };
    for (const [name, values] of Object.entries(cases)) {
        for (const value of values) {
            test(`${name}: ${JSON.stringify(value)}`, async () => {
                assertError(await withPart({ [name]: value }), 400);
            });
        }
    }
    test("signals left out", async () =>
        assertError(await post({ ...body, signals: undefined }), 400));
});

describe("limits", () => {
    test("a linkedId has at most 256 characters, of any length in bytes", async () => {
        for (const character of ["x", "\u00e9", "\u20ac"]) {
            const linkedId = character.repeat(256);
            assert.equal((await eventOf(await withPart({ linkedId }))).linked_id, linkedId);
            assertError(await withPart({ linkedId: `${linkedId}x` }), 400);
        }
    });
    test("a tag has at most 16 kB", async () => {
        await eventOf(await withPart({ tag: { note: "x".repeat(16 * 1024 - 11) } }));
        assertError(await withPart({ tag: { note: "x".repeat(16 * 1024) } }), 400);
    });
    test("a body has at most 256 kB", async () => {
        const filler = (bytes) => `${text}${" ".repeat(bytes - Buffer.byteLength(text))}`;
        assertIdentified(await post(filler(256 * 1024)));
        assertError(await post(filler(256 * 1024 + 1)), 413);
    });
    test("a very long url is cut, not refused", async () => {
        const url = `https://shop.example/${"\u00e9".repeat(10_000)}`;
        const event = await eventOf(await withPart({ url }));
        assert.ok(event.url.startsWith("https://shop.example/\u00e9"), event.url.slice(0, 40));
        assert.ok(!event.url.includes("\ufffd"), "cut between two characters");
    });
});

describe("what JSON.stringify can produce", () => {
    const tags = {
        "text of all planes": { tag: { text: '\u00e4\u20ac\u{1f600}\u0000\u001f\u2028\\"/' } },
        "an empty key": { tag: { "": { "": [] } } },
        "__proto__ as a key": { tag: JSON.parse('{"__proto__":{"x":1}}') },
        "small and large numbers": {
            tag: { n: [5e-324, 1.7976931348623157e308, -0.1, 9007199254740993, 1e21] },
        },
    };
    for (const [name, part] of Object.entries(tags)) {
        test(`${name} comes back as it was`, async () => {
            const event = await eventOf(await withPart(part));
            assert.equal(JSON.stringify(event.tags), JSON.stringify(part.tag));
        });
    }

    test("lone surrogates", async () => {
        for (const lone of ["\ud800", "\udfff", "a\ud83d", "\ude00b", "\ude00\ud83d"]) {
            const event = await eventOf(await withPart({ tag: { lone }, linkedId: "with a tag" }));
            assert.equal(event.linked_id, "with a tag");
            await eventOf(await withPart({ linkedId: lone, url: `https://shop.example/${lone}` }));
        }
        const { signals } = structuredClone(body);
        signals.fonts.value.detected[0] = "\ud800";
        signals.workerScope.value.workerNavigator.userAgent = "\udc00";
        assertIdentified(await withPart({ signals }));
    });

    test("an event with a lone surrogate can be read in every dialect", async () => {
        const { requestId, visitorId } = assertIdentified(
            await withPart({ tag: { "\udc00": "\ud800" } }),
        );
        for (const path of [`/events/${requestId}`, `/visitors/${visitorId}`]) {
            const answer = await whorl.get(path, { auth: "header" });
            assert.equal(answer.status, 200, path);
            assert.ok(answer.json, `${path} answers JSON`);
        }
    });
});

describe("numbers beyond a double", () => {
    for (const number of [
        "1e400",
        "-1e400",
        "18446744073709551616",
        "-9223372036854775809",
        "1e-400",
        "9".repeat(400),
        `0.${"1".repeat(400)}`,
    ]) {
        const shown = number.length > 30 ? `${number.slice(0, 10)}...` : number;
        test(`${shown} in a tag and in a signal`, async () => {
            const event = await eventOf(await withText(`"tag":{"n":${number}}`));
            assert.ok("n" in event.tags);
            const cores = text.replace(
                '"hardwareConcurrency":8',
                `"hardwareConcurrency":${number}`,
            );
            assert.notEqual(cores, text);
            assertIdentified(await post(cores));
        });
    }
    test("no numbers at all", async () => {
        for (const number of ["01", "+1", ".5", "1.", "0x10", "Infinity", "-", "1e", "--1"]) {
            assertError(await withText(`"tag":{"n":${number}}`), 400);
        }
    });
});

describe("nesting", () => {
    const nested = (depth, open, close) =>
        `"tag":{"t":${open.repeat(depth)}1${close.repeat(depth)}}`;
    for (const [open, close] of [
        ["[", "]"],
        ['{"a":', "}"],
    ]) {
        test(`300 levels of ${open} are kept or clearly refused`, async () => {
            const answer = await withText(nested(300, open, close));
            if (answer.status === 400) {
                assertError(answer, 400);
            } else {
                assert.ok((await eventOf(answer)).tags.t);
            }
        });
        test(`more than 1,024 levels of ${open} are refused`, async () => {
            assertError(await withText(nested(1025, open, close)), 400);
            const depth = 20_000;
            const deep = `{"signals":${open.repeat(depth)}1${close.repeat(depth)}}`;
            assertError(await post(deep), 400);
        });
    }
    test("100,000 opening brackets alone are refused", async () => {
        assertError(await post("[".repeat(100_000)), 400);
        assertError(await post('{"signals":'.repeat(10_000)), 400);
    });
});

describe("duplicate keys", () => {
    test("the last one counts, as in JavaScript", async () => {
        const event = await eventOf(
            await withText('"url":"https://a.example/","url":"https://b.example/x"'),
        );
        assert.equal(event.url, "https://b.example/x");
        assertIdentified(await post(`{"signals":5,${text.slice(1)}`));
        assertError(await withText('"signals":5'), 400);
    });
});

describe("signals with the wrong type", () => {
    const wrongValues = [
        null,
        true,
        -1,
        1e308,
        "",
        "\ud800",
        "x".repeat(3000),
        [],
        {},
        [[[]]],
        [null, 5, {}],
        { a: { b: [1] } },
    ];
    const places = []; // [signal, field]; a field of undefined is the signal's value itself
    for (const [signal, entry] of Object.entries(body.signals)) {
        places.push([signal, undefined]);
        for (const field of Object.keys(entry?.value ?? {})) {
            places.push([signal, field]);
        }
    }
    const accepts = async (signals, what) => {
        const answer = await whorl.identify({ ...body, signals }, { headers });
        assert.ok([200, 400].includes(answer.status), `${what}: ${answer.status} ${answer.text}`);
        if (answer.status === 200) {
            assertIdentified(answer);
        } else {
            assertError(answer, 400);
        }
    };

    test(`each of ${places.length} places`, async () => {
        const jobs = places.flatMap((place, number) =>
            [0, 5, 9].map((step) => [...place, wrongValues[(number + step) % wrongValues.length]]),
        );
        await inParallel(jobs, async ([signal, field, wrong]) => {
            const signals = structuredClone(body.signals);
            if (field === undefined) {
                signals[signal] = { value: wrong, duration: 1 };
            } else {
                signals[signal].value[field] = wrong;
            }
            await accepts(signals, `${signal}.${field} = ${JSON.stringify(wrong).slice(0, 60)}`);
        });
    });

    test("each signal as a whole, and all at once", async () => {
        const wholes = [
            5,
            "x",
            true,
            [],
            {},
            { value: null },
            { duration: "x" },
            { value: {}, duration: [] },
        ];
        const names = Object.keys(body.signals);
        const jobs = names.flatMap((name) => wholes.map((whole) => [[name], whole]));
        wholes.forEach((whole) => jobs.push([names, whole]));
        await inParallel(jobs, async ([changed, whole]) => {
            const signals = structuredClone(body.signals);
            changed.forEach((name) => (signals[name] = whole));
            await accepts(signals, `${changed} = ${JSON.stringify(whole)}`);
        });
    });

    test("unknown signals, no signals, thousands of signals", async () => {
        await accepts({}, "none");
        await accepts(
            { ...body.signals, somethingNew: { value: { x: 1 }, duration: 1 } },
            "a new one",
        );
        const many = Array.from({ length: 5000 }, (_, number) => [`signal${number}`, null]);
        await accepts(Object.fromEntries(many), "5,000");
    });
});
