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
        "Confidence in this id: 93 %.",
        "3 known visitors were similar enough to be compared.",
        "Chance that it is the most similar one: 91 %; that this device was never here: 8 %.",
        "For the most similar one speak, the most telling first: graphics card, fonts.",
        "Against it: screen (different).",
        "The second most similar: 1 %.",
    ]);
    assert.deepEqual(comparisonTexts({ score: 0.998 }), ["Confidence in this id: over 99 %."]);
    assert.deepEqual(comparisonTexts({ score: 1, candidates: 0 }), [
        "Confidence in this id: over 99 %.", "Nobody known was similar enough to be compared.",
    ]);
    const twelve = Array.from({ length: 12 }, (_, i) => ({ words: `trait ${i}`, outcome: "same", weight: 9 - i / 2 }));
    const [, one, chance, long] = comparisonTexts({
        score: 0.9, candidates: 1, newcomerProbability: 0.001, evidence: twelve,
        best: { visitorId: "a", probability: 0.999 },
    });
    assert.equal(one, "One known visitor was similar enough to be compared.");
    assert.match(chance, /: over 99 %; .*: under 1 %\.$/);
    assert.match(long, /: trait 0, trait 1, .*, trait 7 and 4 more\.$/);
    const disbelievedToken = { visitorId: "iq_b", differs: [{ words: "graphics card" }, { words: "screen" }] };
    assert.deepEqual(comparisonTexts({ disbelievedToken }), [
        "The token is that of iq_b, whose device differs in: graphics card, screen.",
    ]);
    assert.deepEqual(comparisonTexts(undefined), []);
});
