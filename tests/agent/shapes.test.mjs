// The table of forms that tests/browser holds our agent to: it takes what FingerprintIQ's own
// browser package sent (recordings beside the repository, where there are any), and nothing else.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { faults, shapes } from "../lib/signal_shapes.mjs";
import { sources } from "../../agent/sources.ts";
import { repository } from "../lib/whorl.mjs";

const recordings = join(repository, "../shared/contracts/fingerprintiq/examples");

test("the table has the agent's first 41 signals, in order", () => {
    assert.deepEqual(Object.keys(shapes), sources.slice(0, 41).map(([name]) => name));
});

const screen = {
    width: 800, height: 600, availWidth: 800, availHeight: 600, colorDepth: 24, pixelRatio: 1,
    isFirefoxRfp: false,
};

function screenFault(change) {
    const value = { ...screen, ...change };
    for (const name of Object.keys(value)) if (value[name] === undefined) delete value[name];
    return faults({ screen: { value, duration: 1 } }).screen;
}

test("a member of another type, a missing one and a further one are faults", () => {
    assert.equal(screenFault({}), undefined);
    assert.match(screenFault({ width: "800" }), /width: "800" is not a whole number/);
    assert.match(screenFault({ height: undefined }), /has width,availWidth/);
    assert.match(screenFault({ more: 1 }), /more/);
    assert.match(faults({ screen: { duration: 1, value: screen } }).screen, /duration,value/);
    assert.equal(faults({ screen: null }, ["screen"]).screen, "is null");
    assert.equal(faults({}).frameDepth, "is missing");
});

test("recorded bodies fit", { skip: !existsSync(recordings) && "no recordings here" }, () => {
    const names = readdirSync(recordings).filter((name) =>
        /^(head|firefox|webkit|human|wallets|scripted|strict|insecure|desktop).*\.json$/.test(name) &&
        !name.endsWith(".headers.json"),
    );
    assert.ok(names.length >= 12, names.join());
    for (const name of names) {
        const body = JSON.parse(readFileSync(join(recordings, name), "utf8"));
        assert.deepEqual(faults(body.signals), {}, name);
    }
});
