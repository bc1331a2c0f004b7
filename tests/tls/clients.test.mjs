// What the server says of a client's handshake, against a second reading of the bytes that the client
// sent. Between them stands a TCP passthrough, which sees both.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { connect } from "node:tls";

import { freePort, startWhorl } from "../lib/whorl.mjs";
import { makeAuthority } from "./lib/certificates.mjs";
import { clients, nodeRequest } from "./lib/clients.mjs";
import { readHello } from "./lib/hello.mjs";
import { startPassthrough } from "./lib/passthrough.mjs";

let authority;
let folder;
let whorl;
let tlsPort;
let how;

before(async () => {
    authority = await makeAuthority();
    folder = await mkdtemp(join(tmpdir(), "whorl-tls-"));
    const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    await authority.issue({ cert, key, name: "localhost" });
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

/* "server.tls" of the event that an answer names. */
async function factsOf(answer, server = whorl) {
    assert.ok(answer.requestId, JSON.stringify(answer));
    const event = await server.get(`/v1/events/${answer.requestId}`, { auth: "bearer" });
    assert.equal(event.status, 200, event.text);
    return event.json.signals.server.tls;
}

/* What of it stands in the hello alone. */
const expectedOf = ({ ja3, ja4, grease, postQuantum, alpn, bytes }) => ({
    ja3, ja4, grease, postQuantum, helloBytes: bytes,
    ...(alpn.length ? { alpn: alpn[0].replace("/", "%2F") } : {}),
});
const fromHello = ({ cipher, version, resumed, ...rest }) => rest;

async function withPassthrough(options, work) {
    const between = await startPassthrough(tlsPort, options);
    try {
        return await work(between);
    } finally {
        await between.stop();
    }
}

/* Browsers open connections ahead: the facts must be those of one of them, whole. */
async function checkClient(client, options) {
    await withPassthrough(options, async (between) => {
        const answers = await client({ ...how, port: between.port });
        assert.ok(answers.length > 0);
        const sent = between.hellos().map((message) => expectedOf(readHello(message)));
        for (const answer of answers) {
            const facts = await factsOf(answer);
            const match = sent.find(({ ja3, ja4 }) => ja3 === facts.ja3 && ja4 === facts.ja4);
            assert.deepEqual(fromHello(facts), match, JSON.stringify(sent));
            assert.match(facts.version, /^TLSv1\.[23]$/);
            assert.match(facts.cipher, /^(AEAD|ECDHE)-/);
        }
    });
}

describe("a client has the fingerprint that its bytes give", () => {
    for (const [name, client] of Object.entries(clients)) {
        test(name, () => checkClient(client));
    }
});

describe("however the bytes come", () => {
    for (const split of ["bytes", "records"]) {
        for (const name of ["curl", "Node's https", "Chromium"]) {
            test(`${name}, in ${split}`, () => checkClient(clients[name], { split }));
        }
    }
});

describe("what is known of these clients", () => {
    const factsBy = (name) => withPassthrough({}, async (between) =>
        factsOf((await clients[name]({ ...how, port: between.port }))[0]));

    test("Chromium sends GREASE and a post-quantum group", async () => {
        const { grease, postQuantum } = await factsBy("Chromium");
        assert.deepEqual({ grease, postQuantum }, { grease: true, postQuantum: true });
    });

    test("Firefox sends a post-quantum group and no GREASE", async () => {
        const { grease, postQuantum } = await factsBy("Firefox");
        assert.deepEqual({ grease, postQuantum }, { grease: false, postQuantum: true });
    });

    test("the version that was agreed on", async () => {
        const { version, cipher } = await factsBy("openssl s_client with one cipher");
        assert.deepEqual([version, cipher], ["TLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256"]);
    });
});

/* A TLS session of Node's, with its ticket; the connection is closed again. */
function sessionOf(port, ca, maxVersion) {
    return new Promise((resolve, reject) => {
        const to = { host: "127.0.0.1", port, servername: "localhost", ca, maxVersion };
        const socket = connect({ ...to, ALPNProtocols: ["http/1.1"] });
        socket.once("error", reject);
        socket.once("session", (session) => {
            socket.destroy();
            resolve(session);
        });
    });
}

describe("sessions and connections", () => {
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"]) {
        test(`a resumed session shows its own hello, ${maxVersion}`, () =>
            withPassthrough({}, async (between) => {
                const ca = await authority.pem;
                const session = await sessionOf(between.port, ca, maxVersion);
                const options = { port: between.port, key: how.key, ca, maxVersion, session };
                const answer = await nodeRequest({ ...options, agent: false });
                const facts = await factsOf(answer);
                const [first, second] = between.hellos().map((message) => readHello(message));
                assert.equal(facts.resumed, true);
                assert.equal(facts.version, maxVersion);
                assert.deepEqual(fromHello(facts), expectedOf(second));
                assert.equal(second.resumes, maxVersion === "TLSv1.3");
                assert.notEqual(first.ja4, second.ja4); // the first one had ALPN
            }));
    }

    test("all requests of a connection show its hello", () =>
        withPassthrough({}, async (between) => {
            const agent = new Agent({ keepAlive: true, maxSockets: 1 });
            const options = { port: between.port, key: how.key, ca: await authority.pem, agent };
            const seen = [];
            for (let i = 0; i < 3; i++) {
                seen.push(fromHello(await factsOf(await nodeRequest(options))));
            }
            agent.destroy();
            assert.equal(between.hellos().length, 1);
            const want = expectedOf(readHello(between.hellos()[0]));
            assert.deepEqual(seen, [want, want, want]);
        }));

    test("a hello over 16 kB is served and has no fingerprint", () =>
        withPassthrough({}, async (between) => {
            const names = Array.from({ length: 90 }, (_, i) => `protocol-${i}-`.padEnd(200, "x"));
            const facts = await factsOf(await nodeRequest({
                port: between.port, key: how.key, ca: await authority.pem, agent: false,
                ALPNProtocols: [...names, "http/1.1"],
            }));
            assert.ok(between.hellos()[0].length > 16 * 1024);
            assert.deepEqual(fromHello(facts), {});
            assert.equal(facts.version, "TLSv1.3");
        }));
});

describe("whose connection it is", () => {
    test("a plain connection has no TLS facts", async () => {
        const answer = await whorl.identify({ signals: {} });
        assert.equal(await factsOf(answer.json), undefined);
    });

    test("a trusted proxy's handshake is not the client's", async () => {
        const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
        const port = await freePort();
        const behind = await startWhorl({ flags: ["--tls-listen", `127.0.0.1:${port}`, "--tls-cert", cert,
            "--tls-key", key, "--trusted-proxy", "127.0.0.1"] });
        try {
            const ca = await authority.pem;
            const answer = await nodeRequest({ port, key: behind.publicKey, ca, agent: false });
            assert.equal(await factsOf(answer, behind), undefined);
        } finally {
            await behind.remove();
        }
    });
});
