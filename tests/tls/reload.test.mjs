// The certificate's files change while the server runs.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";

import { freePort, startWhorl } from "../lib/whorl.mjs";
import { makeAuthority } from "./lib/certificates.mjs";

const patienceMs = 60_000; // far more than the few seconds that docs/facts.md promises

let authority;
let folder;
let files;
let port;
let whorl;

before(async () => {
    authority = await makeAuthority();
});

beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "whorl-reload-"));
    files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
    await authority.issue({ ...files, name: "first" });
    port = await freePort();
    whorl = await startWhorl({ keys: false, flags: ["--tls-listen", `127.0.0.1:${port}`, "--tls-cert",
        files.cert, "--tls-key", files.key] });
});

afterEach(async () => {
    await whorl.remove();
    await rm(folder, { recursive: true, force: true });
});

after(() => authority.remove());

async function open() {
    const ca = await authority.pem;
    const socket = connect({ host: "127.0.0.1", port, servername: "localhost", ca });
    await new Promise((resolve, reject) => {
        socket.once("secureConnect", resolve).once("error", reject);
    });
    return socket;
}

async function nameNow() {
    const socket = await open();
    const name = socket.getPeerCertificate().subject.CN;
    socket.destroy();
    return name;
}

async function until(what, seen) {
    const end = Date.now() + patienceMs;
    for (;;) {
        const now = await seen();
        if (now === what) {
            return;
        }
        assert.ok(Date.now() < end, `still ${now} and not ${what}\n${whorl.log}`);
        await sleep(100);
    }
}

test("a new pair is taken by itself, and open connections go on", async () => {
    const old = await open();
    await authority.issue({ ...files, name: "second" });
    await until("second", nameNow);
    old.write("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const answer = await new Promise((resolve) => old.once("data", resolve));
    assert.match(`${answer}`, /^HTTP\/1\.1 200 /);
    assert.equal(old.getPeerCertificate().subject.CN, "first");
    old.destroy();
});

test("SIGHUP takes it at once, and does not end the server", async () => {
    await authority.issue({ ...files, name: "second" });
    process.kill(whorl.pid, "SIGHUP");
    await until("second", nameNow);
    await authority.issue({ ...files, name: "third" });
    process.kill(whorl.pid, "SIGHUP");
    await until("third", nameNow);
    assert.equal((await whorl.get("/readyz")).status, 200);
});

test("a broken pair is refused with a reason, and the old one stays", async () => {
    await writeFile(files.cert, "no certificate");
    await until(true, () => whorl.log.includes("stays in use"));
    assert.match(whorl.log, /cert\.pem: no certificate in PEM form/);
    assert.equal(await nameNow(), "first");
    await authority.issue({ ...files, name: "second" });
    await until("second", nameNow);
});
