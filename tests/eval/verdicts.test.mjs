// The scorer of verdicts against cases worked out by hand.
import assert from "node:assert/strict";
import { test } from "node:test";

import { addVerdicts, falseAlarms, readVerdicts, scoreVerdicts } from "../../eval/lib/verdicts.mjs";

const person = { bot: false, state: "kept", os: "windows", browser: "chrome", net: "home", privacy: false };
const of = (scores, name) => scores.find((score) => score.name === name);

test("what a v4 answer says, and what it leaves open", () => {
    const said = readVerdicts({ bot: "bad", incognito: false, tampering_details: { anti_detect_browser: true } });
    assert.deepEqual(said, { bot: true, incognito: false, anti_detect_browser: true });
    assert.deepEqual(readVerdicts({ bot: "not_detected" }), { bot: false });
    assert.deepEqual(readVerdicts({ bot: "good" }), { bot: true });
    assert.deepEqual(readVerdicts({}), {});
});

test("found, missed, accused and left alone are counted on the events that the truth decides", () => {
    const truth = [
        person,
        { ...person, state: "incognito" },
        { ...person, state: "incognito", browser: "safari" },
        { ...person, browser: "firefox" },
        { ...person, bot: true, kind: "headless" },
        { ...person, bot: true, kind: "antidetect" },
    ].map((row, i) => ({ ...row, i }));
    const said = [
        { bot: false, incognito: true },
        { bot: false, incognito: true },
        { bot: false, incognito: false },
        { bot: true, incognito: false },
        { bot: true, incognito: true }, // nobody knows of programs
        { bot: true, incognito: false }, // an anti-detect browser may have a person at the wheel
    ];
    const scores = scoreVerdicts(truth, said);
    assert.deepEqual(scores.map(({ name }) => name), ["bot", "incognito"]);
    const bot = of(scores, "bot");
    assert.deepEqual([bot.guilty, bot.found, bot.innocent, bot.false_alarms], [1, 1, 4, 1]);
    assert.deepEqual(bot.accused, [["windows firefox kept home", 1]]);
    assert.equal(bot.precision, 0.5);
    const incognito = of(scores, "incognito");
    assert.deepEqual([incognito.guilty, incognito.found, incognito.innocent, incognito.false_alarms], [2, 1, 2, 1]);
    assert.equal(incognito.recall, 0.5);
    const twice = of(addVerdicts([scores, scores]), "incognito");
    assert.deepEqual([twice.guilty, twice.found, twice.innocent, twice.false_alarms], [4, 2, 4, 2]);
    assert.deepEqual(twice.accused, [["windows chrome kept home", 2]]);
});

test("events that nobody asked about are not counted", () => {
    const truth = [person, person].map((row, i) => ({ ...row, i }));
    assert.equal(of(scoreVerdicts(truth, [undefined, { bot: true }]), "bot").innocent, 1);
});

test("a privacy browser's tampering is nobody's false alarm, an ordinary one's is", () => {
    const said = { tampering: true };
    assert.deepEqual(falseAlarms({ ...person, privacy: true }, said), []);
    assert.deepEqual(falseAlarms(person, said), ["tampering"]);
    assert.deepEqual(falseAlarms({ ...person, bot: true, kind: "antidetect" }, said), []);
});
