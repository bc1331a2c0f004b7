// Keys of signing agents: files that change (--bot-keys), directories fetched from a TLS server of our
// own that misbehaves in every way an agent's can (--bot-key-origin), and floods of wrong signatures.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import {
    existsSync,
    mkdtempSync,
    readFileSync,
    readdirSync,
    renameSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { bodies } from "../bodies/bodies.mjs";
import { freePort, startWhorl } from "../lib/whorl.mjs";

const home = mkdtempSync(join(tmpdir(), "whorl-bot-keys-"));
after(() => rmSync(home, { recursive: true, force: true }));

const chrome =
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) " +
    "Chrome/156.0.0.0 Safari/537.36";
const newPair = () => generateKeyPairSync("ed25519");
const jwkOf = ({ publicKey }) => publicKey.export({ format: "jwk" });
const directoryOf = (...pairs) => JSON.stringify({ keys: pairs.map(jwkOf) });

let nonces = 0;
// The headers of a signing agent. `wrong` spoils the signature.
function signed(origin, pair, { nowS = Math.floor(Date.now() / 1000), wrong } = {}) {
    const { crv, kty, x } = jwkOf(pair);
    const id = createHash("sha256").update(JSON.stringify({ crv, kty, x })).digest("base64url");
    const params =
        `("@authority" "signature-agent");created=${nowS - 5};expires=${nowS + 60}` +
        `;keyid="${id}";nonce="n${nonces++}";tag="web-bot-auth"`;
    const base =
        `"@authority": shop.example\n"signature-agent": "${origin}"\n` +
        `"@signature-params": ${params}`;
    const bytes = sign(null, wrong ? `${base}!` : base, pair.privateKey).toString("base64");
    return [
        ["Host", "shop.example"],
        ["Signature-Agent", `"${origin}"`],
        ["Signature-Input", `sig1=${params}`],
        ["Signature", `sig1=:${bytes}:`],
    ];
}

const { body, headers } = bodies["playwright-linux"]();
const kept = headers.filter(([name]) => !/^(user-agent|host)$/i.test(name));

// What whorl says of a signed request: "signed", "spoofed", an error's name, or undefined.
async function verdict(whorl, origin, pair, options = {}) {
    const more = signed(origin, pair, options);
    const answer = await whorl.identify(body, {
        headers: [...kept, ["User-Agent", chrome], ...more],
        nowMs: options.nowS && options.nowS * 1000,
    });
    assert.equal(answer.status, 200, answer.text);
    const event = await whorl.get(`/v1/events/${answer.json.requestId}`, { auth: "bearer" });
    const bot = event.json.signals.server.bot;
    return bot?.identity ?? bot?.signatureError;
}

async function until(ask, what, whorl) {
    const deadline = Date.now() + 30_000;
    while (!(await ask())) {
        assert.ok(Date.now() < deadline, `never: ${what}\n${whorl.log.slice(-2000)}`);
        await sleep(100);
    }
}

const adminPort = await freePort(); // one server at a time has it
const admin = ["--admin-listen", `127.0.0.1:${adminPort}`];
async function metric(whorl, name) {
    const { text } = await whorl.send({ port: adminPort, path: "/metrics" });
    return Number(new RegExp(`^whorl_${name} (\\d+)$`, "m").exec(text)[1]);
}

describe("--bot-keys", () => {
    const agent = "https://agent.example";
    const [old, young] = [newPair(), newPair()];
    const path = join(home, "agent.json");
    let whorl;
    function put(text) {
        writeFileSync(`${path}.part`, text);
        renameSync(`${path}.part`, path);
    }
    before(async () => {
        put(directoryOf(old));
        whorl = await startWhorl({ flags: ["--bot-keys", `${agent}=${path}`, "--test-clock", ...admin] });
    });
    after(() => whorl?.remove());

    test("a changed file is used without a restart", async () => {
        assert.equal(await verdict(whorl, agent, old), "signed");
        assert.equal(await verdict(whorl, agent, young), "KEY_NOT_FOUND");
        put(directoryOf(young));
        const isThere = async () => (await verdict(whorl, agent, young)) === "signed";
        await until(isThere, "the new key", whorl);
        assert.equal(await verdict(whorl, agent, old), "KEY_NOT_FOUND");
    });

    test("a broken one is not, and the log says why", async () => {
        put('{"keys":[]}');
        const isSaid = () => /the keys from before stay in use/.test(whorl.log);
        await until(isSaid, "a message", whorl);
        assert.match(whorl.log, /agent\.json, the keys of https:\/\/agent\.example: it has no Ed/);
        assert.equal(await verdict(whorl, agent, young), "signed");
        assert.equal(await metric(whorl, "bot_keys_refused_total"), 1);
        assert.equal(await metric(whorl, "bot_keys"), 1);
    });

    test("in a flood of wrong signatures, some are not looked at", async () => {
        const nowS = Math.floor(Date.now() / 1000) + 10_000; // a second of its own
        const seen = {};
        for (let i = 0; i < 520; i++) {
            const what = await verdict(whorl, agent, young, { nowS, wrong: true });
            seen[what] = (seen[what] ?? 0) + 1;
        }
        assert.deepEqual(seen, { spoofed: 500, undefined: 20 });
        assert.equal(await verdict(whorl, agent, young, { nowS }), undefined);
        assert.equal(await metric(whorl, "bot_signatures_unchecked_total"), 21);
        assert.equal(await verdict(whorl, agent, young, { nowS: nowS + 1 }), "signed");
    });
});

describe("--bot-key-origin", () => {
    const ca = join(home, "ca.pem");
    const [old, young] = [newPair(), newPair()];
    const origins = {}, // name -> { origin, answer, requests, server }
        rest = ["--feed-ca", ca, "--feed-allow-private"];
    let whorl;

    async function listen(name, answer) {
        const tls = { key: readFileSync(join(home, "ca.key")), cert: readFileSync(ca) };
        const one = { answer, requests: [], connections: 0 };
        one.server = createServer(tls, (request, response) => {
            one.requests.push(request.url);
            one.answer(request, response);
        });
        one.server.on("connection", () => one.connections++);
        one.server.on("tlsClientError", () => {});
        await new Promise((resolve) => one.server.listen(0, "127.0.0.1", resolve));
        one.port = one.server.address().port;
        one.origin = `https://127.0.0.1:${one.port}`;
        one.copy = (data) => join(data, "bot-keys", `127.0.0.1_${one.port}.json`);
        origins[name] = one;
    }
    const json = (text) => (request, response) => response.writeHead(200).end(text);
    const flagsFor = (...names) =>
        names.flatMap((name) => ["--bot-key-origin", origins[name].origin]);
    const problemOf = (name, why) =>
        new RegExp(`the keys of ${origins[name].origin} cannot be fetched: .*${why}`);

    before(async () => {
        const make = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
        execFileSync(
            "openssl",
            [...make.split(" "), "-subj", "/CN=whorl test"].concat(
                ["-addext", "subjectAltName=IP:127.0.0.1"],
                ["-keyout", join(home, "ca.key"), "-out", ca],
            ),
            { stdio: "ignore" },
        );
        await listen("good", json(directoryOf(old)));
        await listen("stranger", json(directoryOf(old)));
        await listen("elsewhere", json(directoryOf(old)));
        await listen("broken", json("<html>moved</html>"));
        await listen("empty", json('{"keys":[]}'));
        await listen("absent", (request, response) => response.writeHead(404).end("no"));
        await listen("large", json(directoryOf(old) + " ".repeat(70_000)));
        await listen("endless", (request, response) => {
            response.writeHead(200);
            const more = (error) => {
                if (!error && !response.destroyed) {
                    response.write(" ".repeat(16_384), (e) => setImmediate(more, e));
                }
            };
            more();
            response.on("error", () => {});
        });
        await listen("redirect", (request, response) =>
            response
                .writeHead(302, { Location: origins.elsewhere.origin + request.url })
                .end(directoryOf(old)),
        );
    });
    after(async () => {
        for (const { server } of Object.values(origins)) {
            server.closeAllConnections();
            server.close();
        }
        await whorl?.remove();
    });

    test("at the start every origin is asked, and only these", async () => {
        const bad = ["broken", "empty", "absent", "large", "endless", "redirect"];
        whorl = await startWhorl({ flags: [...flagsFor("good", ...bad), ...rest, ...admin] });
        const { good, stranger, elsewhere } = origins;
        const isThere = async () => (await verdict(whorl, good.origin, old)) === "signed";
        await until(isThere, "the key that was fetched", whorl);
        await until(
            async () => (await metric(whorl, "bot_keys_fetch_failed_total")) === bad.length,
            "all failures",
            whorl,
        );
        assert.equal(await metric(whorl, "bot_keys_fetched_total"), 1);
        assert.equal(await metric(whorl, "bot_keys"), 1);
        assert.deepEqual(good.requests, ["/.well-known/http-message-signatures-directory"]);
        assert.equal(
            await verdict(whorl, stranger.origin, old),
            "KEY_DIRECTORY_FETCH_FAILED",
        );
        assert.equal(stranger.connections, 0);
        assert.equal(elsewhere.connections, 0);
    });

    test("what is no directory is refused, with the reason", async () => {
        for (const [name, why] of [
            ["broken", "; there is no copy yet"],
            ["empty", "it has no Ed25519 key"],
            ["absent", "status 404"],
            ["large", "more than 65536 bytes"],
            ["endless", "more than 65536 bytes"],
            ["redirect", "it redirects \\(status 302\\)"],
        ]) {
            assert.match(whorl.log, problemOf(name, why));
            assert.equal(
                await verdict(whorl, origins[name].origin, old),
                "KEY_DIRECTORY_FETCH_FAILED",
            );
        }
        const { good } = origins;
        assert.deepEqual(readdirSync(join(whorl.data, "bot-keys")), [
            `127.0.0.1_${good.port}.json`,
        ]);
        assert.equal(readFileSync(good.copy(whorl.data), "utf8"), directoryOf(old));
    });

    test("SIGHUP fetches at once: a new key counts, the old one no longer", async () => {
        const { good } = origins;
        good.answer = json(directoryOf(young));
        process.kill(whorl.pid, "SIGHUP");
        const isThere = async () => (await verdict(whorl, good.origin, young)) === "signed";
        await until(isThere, "the new key", whorl);
        assert.equal(await verdict(whorl, good.origin, old), "KEY_NOT_FOUND");
    });

    test("when fetching fails, the last good copy stays, over a restart too", async () => {
        const { good } = origins;
        good.answer = json("{");
        process.kill(whorl.pid, "SIGHUP");
        const stays = problemOf("good", "the last good copy stays in use");
        await until(() => stays.test(whorl.log), "the failure", whorl);
        assert.equal(await verdict(whorl, good.origin, young), "signed");
        await whorl.restart();
        assert.equal(await verdict(whorl, good.origin, young), "signed");
        assert.equal(readFileSync(good.copy(whorl.data), "utf8"), directoryOf(young));
    });

    for (const [what, flags, why] of [
        ["a private address", ["--feed-ca", ca], "private, loopback or reserved"],
        ["a certificate of nobody known", ["--feed-allow-private"], "certificate"],
    ]) {
        test(`not from ${what}`, async () => {
            const other = await startWhorl({ flags: [...flagsFor("elsewhere"), ...flags] });
            try {
                const problem = problemOf("elsewhere", why);
                await until(() => problem.test(other.log), "the refusal", other);
                assert.deepEqual(origins.elsewhere.requests, []);
                assert.ok(!existsSync(origins.elsewhere.copy(other.data)));
            } finally {
                await other.remove();
            }
        });
    }

    test("what is no origin, or named twice, is refused at the start", async () => {
        for (const [why, ...flags] of [
            ["--bot-key-origin is https", "--bot-key-origin", "http://agent.example"],
            ["--bot-key-origin is https", "--bot-key-origin", "https://agent.example/path"],
            ["has keys already", ...flagsFor("elsewhere", "elsewhere"), "--feed-ca", ca],
        ]) {
            await assert.rejects(startWhorl({ flags }), new RegExp(why));
        }
        assert.deepEqual(origins.elsewhere.requests, []);
    });

    test("without the flag there is no folder", async () => {
        const other = await startWhorl();
        assert.ok(!existsSync(join(other.data, "bot-keys")));
        await other.remove();
    });
});
