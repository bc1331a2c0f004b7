// The workload: always the same bytes, in order, and true to itself.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { generate } from "../../eval/generator/generate.mjs";
import { parametersFrom } from "../../eval/generator/params.mjs";
import { exact } from "../../eval/lib/baselines/exact.mjs";
import { runBaselines } from "../../eval/lib/baselines/run.mjs";
import { ndjson } from "../../eval/lib/io.mjs";
import { replay } from "../../eval/lib/replay.mjs";

const directory = mkdtempSync(join(tmpdir(), "whorl-eval-"));
after(() => rmSync(directory, { recursive: true }));

// What this seed has always given. A change means another workload for every seed: figures before and after
// cannot be compared, and those of eval/README.md and README.md must be made anew.
const SHA256 = "30fc6854744bda9307748240287ffab9817ef5620ebde245faf545b9f50e8e61";

const path = (name) => join(directory, name);
const sha256 = (name) =>
    createHash("sha256")
        .update(readFileSync(path(name)))
        .digest("hex");

async function make(name, seed, changed) {
    await generate({
        P: parametersFrom(changed),
        seed,
        devices: 150,
        days: 20,
        out: path(name),
        truth: path(`truth-${name}`),
    });
    const lines = [];
    for await (const line of ndjson(path(name))) lines.push(line);
    return lines;
}

const lines = await make("a.ndjson", "7");

test("a seed always gives the same bytes, another seed others, other rates others", async () => {
    assert.equal(sha256("a.ndjson"), SHA256);
    await make("again.ndjson", "7");
    assert.equal(sha256("again.ndjson"), SHA256);
    await make("other.ndjson", "8");
    assert.notEqual(sha256("other.ndjson"), SHA256);
    const changed = await make("rates.ndjson", "7", {
        incog_always: 1,
        bot_share: 0,
        fleet_share: 0,
    });
    assert.ok(changed.every((line) => line.cookie_state.state === "incognito"));
    assert.throws(() => parametersFrom({ no_such_rate: 1 }), /no_such_rate/);
});

test("events are numbered and in time order, with 41 signals", () => {
    assert.ok(lines.length > 500, `${lines.length} events`);
    lines.forEach((line, i) => {
        assert.equal(line.i, i);
        assert.ok(
            i === 0 || line.t_ms >= lines[i - 1].t_ms,
            `event ${i} is earlier than the one before`,
        );
        assert.equal(Object.keys(line.body.signals).length, 41);
    });
});

test("a jar holds a token from its second event on, and belongs to one device", () => {
    const owner = new Map();
    for (const { device_id, cookie_state, body } of lines) {
        const { jar, has_token } = cookie_state;
        assert.equal(has_token, owner.has(jar));
        assert.equal(owner.get(jar) ?? device_id, device_id);
        owner.set(jar, device_id);
        const { survivingMechanisms } = body.signals.storage.value;
        assert.equal(survivingMechanisms.length > 0, has_token);
    }
});

test("the truth file has the same events without what they show", async () => {
    let i = 0;
    for await (const fact of ndjson(path("truth-a.ndjson"))) {
        const { headers, body, ...rest } = lines[i++];
        assert.deepEqual(fact, rest);
    }
    assert.equal(i, lines.length);
});

/* A server that does what the baseline exact-fpjs+token does: the cookie, else the hash. */
async function startToy() {
    const linker = exact("fpjs");
    const seen = [];
    const server = createServer(async (request, response) => {
        const parts = [];
        for await (const part of request) parts.push(part);
        const { headers } = request;
        const held = /(?:^|; )id=([^;]+)/.exec(headers.cookie ?? "")?.[1];
        const visitorId = linker.link({ headers, body: JSON.parse(Buffer.concat(parts)) }, held);
        seen.push({
            ip: headers["x-forwarded-for"],
            t: headers["x-test-now-ms"],
            key: headers["x-api-key"],
        });
        response.setHeader("Set-Cookie", `id=${visitorId}; Path=/; Max-Age=1000; HttpOnly`);
        response.end(JSON.stringify({ visitorId }));
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    return { server, seen, url: `http://127.0.0.1:${server.address().port}/v1/identify` };
}

test("replay gives what the same linker gives without a server", async () => {
    const expected = [];
    await runBaselines(path("a.ndjson"), ["exact-fpjs+token"], {
        each: (name, i, id) => {
            expected[i] = id;
        },
    });
    const { server, seen, url } = await startToy();
    const got = [];
    try {
        const settings = { url, apiKey: "k", timeHeader: "X-Test-Now-Ms" };
        const done = await replay(path("a.ndjson"), settings, ({ i, visitorId }) => {
            got[i] = visitorId;
        });
        assert.deepEqual([done.events, done.withoutId], [lines.length, 0]);
    } finally {
        server.close();
    }
    assert.deepEqual(got, expected);
    const sent = lines.map((line) => ({ ip: line.ip, t: String(line.t_ms), key: "k" }));
    assert.deepEqual(seen, sent, "address, time and key of each event, in order");
});

test("replay with several at once keeps the order of each device", async () => {
    const { server, seen, url } = await startToy();
    const order = new Map();
    try {
        await replay(path("a.ndjson"), { url, concurrency: 4 }, ({ i }) => {
            const device = lines[i].device_id;
            assert.ok(i > (order.get(device) ?? -1), `event ${i} overtook one of its device`);
            order.set(device, i);
        });
    } finally {
        server.close();
    }
    assert.equal(seen.length, lines.length);
});

test("replay refuses other machines", async () => {
    const elsewhere = { url: "http://192.0.2.1/v1/identify" };
    await assert.rejects(
        replay(path("a.ndjson"), elsewhere, () => {}),
        /not http on this machine/,
    );
});
