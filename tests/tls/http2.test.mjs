// The HTTP/2 fingerprint of real clients over TLS, against a second reading of the bytes that they sent.
// Each client identifies twice: once through a relay that knows the deciphered bytes, where the server
// must say exactly what the second reading says of this connection; and once with nothing between,
// where it must say the same, because the client is the same.
//
// Python is not among them: its standard library has no HTTP/2. clients.test.mjs has it over TLS.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { freePort, startWhorl } from "../lib/whorl.mjs";
import { makeAuthority } from "./lib/certificates.mjs";
import { clients } from "./lib/clients.mjs";
import { readHttp2 } from "./lib/http2_reading.mjs";
import { startRelay } from "./lib/relay.mjs";

const run = promisify(execFile);
const body = JSON.stringify({ signals: {} });
let authority;
let folder;
let whorl;
let tlsPort;
let how;
let relayOptions;

before(async () => {
    authority = await makeAuthority();
    folder = await mkdtemp(join(tmpdir(), "whorl-http2-"));
    const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    await authority.issue({ cert, key, name: "localhost" });
    relayOptions = { cert: await readFile(cert), key: await readFile(key), ca: await authority.pem };
    tlsPort = await freePort();
    const flags = ["--tls-listen", `127.0.0.1:${tlsPort}`, "--tls-cert", cert, "--tls-key", key];
    whorl = await startWhorl({ flags });
    how = { key: whorl.publicKey, authority };
});

after(async () => {
    await whorl?.remove();
    await authority?.remove();
    if (folder) {
        await rm(folder, { recursive: true, force: true });
    }
});

async function nodeHttp2({ port, key, authority }) {
    const session = connect(`https://127.0.0.1:${port}`, { ca: await authority.pem });
    try {
        const text = await new Promise((resolve, reject) => {
            session.on("error", reject);
            const stream = session.request({ ":method": "POST", ":path": "/v1/identify", "x-api-key": key,
                "content-type": "application/json" });
            let got = "";
            stream.setEncoding("utf8").on("data", (data) => (got += data));
            stream.on("error", reject).on("end", () => resolve(got));
            stream.end(body);
        });
        return [JSON.parse(text)];
    } finally {
        session.destroy();
    }
}

/* The one among them that sends PRIORITY frames. */
async function nghttp({ port, key }) {
    const file = join(folder, "body.json");
    await writeFile(file, body);
    const { stdout } = await run("nghttp", ["-d", file, "-H", `X-API-Key: ${key}`, "-H",
        "Content-Type: application/json", `https://127.0.0.1:${port}/v1/identify`]);
    return [JSON.parse(stdout)];
}

/* What the server says of each answered request. */
async function linesOf(answers) {
    assert.ok(answers.length > 0);
    return Promise.all(answers.map(async (answer) => {
        assert.ok(answer.requestId, JSON.stringify(answer));
        const event = await whorl.get(`/v1/events/${answer.requestId}`, { auth: "bearer" });
        assert.equal(event.status, 200, event.text);
        return event.json.signals.server.connection.http2;
    }));
}

async function throughRelay(client) {
    const relay = await startRelay(tlsPort, relayOptions);
    try {
        const said = await linesOf(await client({ ...how, port: relay.port }));
        return { said, read: relay.recordings().flatMap((bytes) => readHttp2(bytes)) };
    } finally {
        await relay.stop();
    }
}

const speakers = { curl: clients.curl, nghttp, "Node's http2": nodeHttp2,
    Chromium: clients.Chromium, Firefox: clients.Firefox };
for (const [name, client] of Object.entries(speakers)) {
    test(`${name}: its HTTP/2 fingerprint is what its bytes give`, async (t) => {
        const { said, read } = await throughRelay(client);
        t.diagnostic(`${name}: ${said[0]}`);
        assert.deepEqual(new Set(said), new Set(read));
        for (const line of await linesOf(await client({ ...how, port: tlsPort }))) {
            assert.ok(read.includes(line), `${line} without the relay, ${read} through it`);
        }
        assert.match(read[0], name === "nghttp" ? /\|\d+:\d:\d+:\d+(,\d+:\d:\d+:\d+)*\|/ : /\|0\|/);
        assert.match(read[0], /\|([mpas],){3}[mpas]$/);
    });
}
