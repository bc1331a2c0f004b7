import assert from "node:assert/strict";
import { test } from "node:test";
import {
    comparisonTexts, forgetText, groupReasons, identifiedBy, verdictName, verdictRows, visitsText, withNothingOdd,
} from "../../agent/demo/view.ts";

test("visits in words", () => {
    const day = () => "1 May";
    assert.equal(visitsText(1, 5, day), "New: this is the first visit.");
    assert.equal(visitsText(3, 5, day), "Seen 3 times, first seen 1 May.");
    assert.equal(visitsText(2, undefined, day), "Seen 2 times.");
});

test("verdicts that say yes or no, and no others", () => {
    const rows = verdictRows({
        bot: { result: true, probability: 1 },
        virtualMachine: { result: false },
        velocity: { events: { "5m": 1 } },
        somethingNew: { result: false },
    });
    assert.deepEqual(rows, [
        { key: "bot", name: "Bot", raised: true },
        { key: "virtualMachine", name: "Virtual machine", raised: false },
        { key: "somethingNew", name: "Something New", raised: false },
    ]);
    assert.deepEqual(verdictRows(undefined), []);
});

test("reasons gathered by verdict", () => {
    const why = [
        { verdict: "identification", reason: "TOKEN", words: "known token" },
        { verdict: "bot", reason: "WEBDRIVER", words: "webdriver is on" },
        { verdict: "bot", reason: "HEADLESS_UA", words: "" },
    ];
    assert.deepEqual(groupReasons(why), [
        ["identification", ["known token"]],
        ["bot", ["webdriver is on", "HEADLESS_UA"]],
    ]);
    assert.equal(identifiedBy(why), "known token");
    assert.equal(identifiedBy([]), "");
    assert.equal(verdictName("ipBlocklist"), "Blocked address");
});

test("nothing odd is said, but only when there is nothing odd", () => {
    const known = { verdict: "identification", reason: "TOKEN", words: "known token" };
    const bot = { verdict: "bot", reason: "WEBDRIVER", words: "webdriver is on" };
    const said = withNothingOdd([known]).map(({ words }) => words);
    assert.deepEqual(said, ["known token", "Nothing odd was found."]);
    assert.deepEqual(withNothingOdd([known, bot]), [known, bot]);
});

test("what forgetting led to", () => {
    assert.match(forgetText("a", "a"), /^Same id/);
    assert.match(forgetText("a", "b"), /^A new id/);
});

test("what the comparison found, in sentences", () => {
    const evidence = [
        { words: "screen", outcome: "different", weight: -2.1 },
        { words: "fonts", outcome: "same", weight: 1.5 },
        { words: "graphics card", outcome: "same", weight: 4.2 },
        { words: "language", outcome: "same", weight: 0.1 },
    ];
    const found = {
        score: 0.93, candidates: 3, newcomerProbability: 0.08, evidence,
        best: { visitorId: "a", probability: 0.91 }, runnerUp: { visitorId: "b", probability: 0.01 },
    };
    assert.deepEqual(comparisonTexts(found), [
        "Sure to 93 %.",
        "Compared with 3 known visitors; the best fits to 91 %, a newcomer to 8 %.",
        "Speaks for the best: graphics card, fonts.",
        "Speaks against: screen (different).",
        "The second best fits to 1 %.",
    ]);
    assert.deepEqual(comparisonTexts({ score: 0.998 }), ["Sure to 100 %."]);
    assert.deepEqual(comparisonTexts({ score: 1, candidates: 0 }), [
        "Sure to 100 %.", "Nobody known was similar enough to be compared.",
    ]);
    assert.deepEqual(comparisonTexts(undefined), []);
});
