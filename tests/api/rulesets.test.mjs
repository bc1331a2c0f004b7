// Rulesets: made by the command, answered as rule_action by GET /v4/events/{id}?ruleset_id=.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { assertIdentified, assertSchema } from "../lib/checks.mjs";
import { sdk7 } from "../lib/sdks.mjs";
import { startWhorl } from "../lib/whorl.mjs";

let whorl;
let bad;
let good;
before(async () => {
    whorl = await startWhorl();
    const identify = async (name) => {
        const { body, headers } = bodies[name]();
        return assertIdentified(await whorl.identify(body, { headers })).requestId;
    };
    bad = await identify("playwright-linux");
    good = await identify("headed-linux");
});
after(() => whorl?.remove());

async function command(verb, ruleset, ...rest) {
    const file = join(whorl.data, "ruleset.json");
    await writeFile(file, typeof ruleset === "string" ? ruleset : JSON.stringify(ruleset));
    const args = ["ruleset", ...verb.split(" "), "--file", file, "--data", whorl.data, "--json", ...rest];
    return JSON.parse(await whorl.run(...args));
}
const get = (event, ruleset, key) =>
    whorl.get(`/v4/events/${event}?ii=x&ruleset_id=${encodeURIComponent(ruleset)}`, { auth: "bearer", key });
async function action(event, ruleset) {
    const answer = await get(event, ruleset);
    assert.equal(answer.status, 200, answer.text);
    assertSchema(answer.json.rule_action, "rule_action", "v4 EventRuleAction");
    const { rule_action, ...event_ } = answer.json;
    const plain = await whorl.get(`/v4/events/${event}`, { auth: "bearer" });
    assert.deepEqual(event_, plain.json, "the event is the same with and without");
    return rule_action;
}

const block = { type: "block", status_code: 403, headers: [{ name: "X", value: "1" }], body: '{"title":"Forbidden"}' };
const allow = {
    type: "allow",
    request_header_modifications: { remove: [], set: [{ name: "X-Allowed", value: "true" }], append: [] },
};

test("the first rule that holds decides, else the default", async () => {
    const { id } = await command("create", {
        rules: [
            { expression: 'url == "nowhere"', action: { type: "block" } },
            { id: "r_bots", expression: 'bot in ["bad"] || incognito', action: block },
            { expression: 'bot == "bad"', action: { type: "allow" } },
        ],
        default: allow,
    });
    assert.match(id, /^rs_[0-9A-Za-z]{14}$/);
    assert.deepEqual(await action(bad, id), {
        ...block,
        ruleset_id: id,
        rule_id: "r_bots",
        rule_expression: 'bot in ["bad"] || incognito',
    });
    assert.deepEqual(await action(good, id), { ...allow, ruleset_id: id });
    const event = await sdk7(whorl).getEvent(bad, { ruleset_id: id });
    assert.equal(event.rule_action.type, "block");
    await whorl.restart();
    assert.equal((await action(bad, id)).rule_id, "r_bots");
});

test("without a default it allows; what is changed and deleted holds at once", async () => {
    const { id } = await command("create", { rules: [] });
    assert.deepEqual(await action(bad, id), { type: "allow", ruleset_id: id });
    await command(`set ${id}`, { rules: [{ expression: '!(bot == "good")', action: { type: "block" } }] });
    const expected = { type: "block", ruleset_id: id, rule_id: "r_1", rule_expression: '!(bot == "good")' };
    assert.deepEqual(await action(bad, id), expected);
    assert.ok((await command("list", "")).rulesets.some((one) => one.id === id));
    assert.deepEqual(await command(`delete ${id}`, ""), { deleted: id });
    assert.equal((await get(bad, id)).status, 400);
    await assert.rejects(command(`set ${id}`, { rules: [] }), /no ruleset/);
    await assert.rejects(command(`delete ${id}`, ""), /no ruleset/);
    assert.ok(!(await command("list", "")).rulesets.some((one) => one.id === id));
});

test("an unknown ruleset is a 400, another workspace's too", async () => {
    const { id } = await command("create", { rules: [] });
    const key = await whorl.key("secret", { workspace: "other" });
    const { body, headers } = bodies["headed-linux"]();
    const publicKey = await whorl.key("public", { workspace: "other" });
    const { requestId } = (await whorl.identify(body, { headers, key: publicKey })).json;
    for (const answer of [
        await get(bad, "rs_unknown"),
        await get(bad, ""),
        await get(bad, "../1/x"),
        await get(bad, "x".repeat(300)),
        await get(requestId, id, key),
    ]) {
        assert.equal(answer.status, 400);
        assert.deepEqual(answer.json, { error: { code: "ruleset_not_found", message: "ruleset not found" } });
        assertSchema(answer.json, "v4_error", "v4 ErrorResponse");
    }
});

test("a document that is not in order is refused with its reason", async () => {
    const cases = [
        ["{", /JSON/],
        ["[]", /a ruleset is/],
        [{}, /a ruleset is/],
        [{ rules: [], more: 1 }, /a ruleset is/],
        [{ rules: [{ expression: "bot", action: { type: "allow" }, more: 1 }] }, /rule 1: a rule has/],
        [{ rules: [{ action: { type: "allow" } }] }, /rule 1: a rule needs an expression/],
        [{ rules: [{ expression: "bot" }] }, /rule 1: a rule needs an action/],
        [{ rules: [{ expression: "bit", action: { type: "allow" } }] }, /rule 1: a v4 event has no field/],
        [{ rules: [{ expression: "bot", action: { type: "deny" } }] }, /allow or block/],
        [{ rules: [{ expression: "bot", action: { type: "allow", body: "x" } }] }, /type allow/],
        [{ rules: [{ expression: "bot", action: { type: "block", status_code: 99 } }] }, /100 to 599/],
        [{ rules: [], default: { type: "block", headers: [{ name: "x" }] } }, /default: /],
        [{ rules: Array(101).fill({ expression: "bot", action: { type: "allow" } }) }, /at most 100/],
    ];
    for (const [ruleset, reason] of cases) {
        await assert.rejects(command("create", ruleset), reason, JSON.stringify(ruleset));
    }
});
