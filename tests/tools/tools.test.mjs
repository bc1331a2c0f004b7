// Real tools against the real server: each is to be called a bot, with the reason that should catch it; and
// people in the same run, of whom none may be called anything. At the end stands a table of both.
//
//     node --test tests/tools/tools.test.mjs                      checks
//     WRITE_TABLE=docs/verdict-tools.md node --test ...           and writes the table there

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import { bodies } from "../bodies/bodies.mjs";
import { prepareChromium } from "../browser/lib/chromium.mjs";
import { startDesktop } from "../browser/lib/desktop.mjs";
import { prepareFirefox } from "../browser/lib/firefox.mjs";
import { freePort, startWhorl } from "../lib/whorl.mjs";
import { makeAuthority } from "../tls/lib/certificates.mjs";
import { clients } from "./lib/clients.mjs";
import { controls } from "./lib/controls.mjs";
import { startSite } from "./lib/site.mjs";
import { packageVersion, tools } from "./lib/tools.mjs";

const patienceMs = 120_000;
const rows = [];
let whorl, site, desktop, chromium, firefox, authority, folder;

before(async () => {
    folder = await mkdtemp(join(tmpdir(), "whorl-tools-"));
    authority = await makeAuthority();
    const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    await authority.issue({ cert, key, name: "tools" });
    const listen = `127.0.0.1:${await freePort()}`;
    whorl = await startWhorl({
        flags: ["--tls-listen", listen, "--tls-cert", cert, "--tls-key", key],
    });
    whorl.tlsPort = listen.split(":")[1];
    site = await startSite(whorl);
    desktop = await startDesktop();
    chromium = await prepareChromium();
    firefox = await prepareFirefox();
});

after(async () => {
    await report();
    await firefox?.remove();
    await chromium?.remove();
    await desktop?.stop();
    site?.close();
    await whorl?.remove();
    await authority?.remove();
    await rm(folder, { recursive: true, force: true });
});

async function within(promise, what) {
    const timer = new AbortController();
    const late = sleep(patienceMs, null, { signal: timer.signal }).then(
        () => Promise.reject(new Error(`${what} took longer than ${patienceMs} ms`)),
        () => undefined,
    );
    try {
        return await Promise.race([promise, late]);
    } finally {
        timer.abort();
    }
}

/* What an operator reads of the event: v4's verdicts, and the reasons. */
async function eventOf(answer) {
    assert.ok(answer.requestId, JSON.stringify(answer));
    const [v4, own] = await Promise.all([
        whorl.get(`/v4/events/${answer.requestId}`, { auth: "bearer" }),
        whorl.get(`/v1/events/${answer.requestId}`, { auth: "bearer" }),
    ]);
    assert.equal(v4.status, 200, v4.text);
    assert.equal(own.status, 200, own.text);
    return { ...v4.json, probability: answer.botProbability, reasons: own.json.reasons };
}

/* Opens the page with what is to be tried, and closes it when the page has identified. */
async function visit(what, more = {}) {
    const expected = site.expect();
    const tried = what.open(expected.url, { chromium, firefox, desktop, ...more });
    const close = await within(tried, "opening the page");
    try {
        return await eventOf(await within(expected.answered, "the answer"));
    } finally {
        await close();
    }
}

function note(kind, name, version, event, wanted) {
    const { bot, bot_type: type, probability } = event;
    rows.push({ kind, name, version, bot, type, probability, wanted, why: event.reasons.bot ?? [] });
}

describe("automation tools", () => {
    for (const tool of tools) {
        test(tool.name, async () => {
            const event = await visit(tool);
            note("tool", tool.name, await versionOf(tool.package), event, tool.expect ? "bad" : null);
            if (!tool.expect) return; // an unmodified browser with a window: a known miss
            assert.equal(event.bot, "bad", JSON.stringify(event.reasons));
            for (const reason of tool.expect) assert.ok(event.reasons.bot.includes(reason), reason);
        });
    }
});

describe("programs without a browser", () => {
    for (const { name, expect, kind, fresh, post } of clients) {
        test(name, async () => {
            const { body, headers } = bodies[kind ?? "headed-linux"]();
            if (fresh) body.timestamp = Date.now();
            const { url } = body;
            const answer = await post({
                http: `${whorl.url}/v1/identify`,
                https: `https://127.0.0.1:${whorl.tlsPort}/v1/identify`,
                key: whorl.publicKey,
                body: JSON.stringify(body),
                headers: [...headers, ["Origin", new URL(url).origin]],
                authority,
                folder,
            });
            const event = await eventOf(answer);
            note("tool", name, "", event, expect ? "bad" : null);
            if (!expect) return; // no difference is left: a known miss
            assert.equal(event.bot, "bad", JSON.stringify(event.reasons));
            assert.ok(event.reasons.bot.includes(expect), JSON.stringify(event.reasons));
        });
    }
});

describe("people", () => {
    for (const control of controls) {
        test(control.name, async () => {
            const profile = await control.newProfile?.({ chromium, firefox });
            for (const which of ["first visit", "second visit"]) {
                const event = await visit(control, { profile });
                const name = `${control.name}, ${which}`;
                note("person", name, await versionOf(control.package), event, "not_detected");
                assert.equal(event.bot, "not_detected", JSON.stringify(event.reasons));
                assert.deepEqual(event.reasons.bot, control.shows ?? []);
                assert.notEqual(event.tampering, true, JSON.stringify(event.reasons));
                assert.notEqual(event.virtual_machine, true, JSON.stringify(event.reasons));
            }
        });
    }
});

async function versionOf(name) {
    const debian = await promisify(execFile)("dpkg-query", ["-W", "-f", "${Version}", name]).catch(() => null);
    return `${name} ${debian ? debian.stdout.split("-")[0] : await packageVersion(name)}`;
}

/* "caught", "missed", "false alarm" or, for a person, "left alone". */
function outcome({ kind, bot }) {
    if (kind === "person") return bot === "not_detected" ? "left alone" : "FALSE ALARM";
    return bot === "bad" ? "caught" : "missed";
}

async function report() {
    const all = rows.map((row) => ({ ...row, outcome: outcome(row) }));
    const count = (what) => all.filter((row) => row.outcome === what).length;
    const cells = ({ name, version, outcome: what, probability, type, why }) =>
        [name, version, what, probability.toFixed(2), type ?? "", why.map((r) => `\`${r}\``).join(" ")];
    const head = ["tool or person", "version", "outcome", "probability", "type", "reasons"];
    const table = [head, head.map(() => "---"), ...all.map(cells)]
        .map((row) => `| ${row.join(" | ")} |`)
        .join("\n");
    const sum = `${count("caught")} caught, ${count("missed")} missed, ` +
        `${count("FALSE ALARM")} false alarms among ${all.filter((r) => r.kind === "person").length} ` +
        "visits of people.";
    console.log(`${table}\n${sum}`);
    const file = process.env.WRITE_TABLE;
    if (!file) return;
    const text = await readFile(file, "utf8");
    const [before, , after] = text.split(/<!-- (?:table|end of table) -->\n/);
    const date = new Date().toISOString().slice(0, 10);
    const written = `${sum} Measured ${date}.\n\n${table}\n`;
    await writeFile(file, `${before}<!-- table -->\n${written}<!-- end of table -->\n${after}`);
}
