// HTTP/2 with real clients, in the clear and over TLS: curl, nghttp, h2load, Node. Every path answers
// as over HTTP/1.1, and the event says which library spoke.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, constants } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { bodies } from "../bodies/bodies.mjs";
import { sha256 } from "../bodies/signals.mjs";
import { assertIdentified } from "../lib/checks.mjs";
import {
    RawHttp2, WINDOW_UPDATE, data, errors, frame, headers, number32, preface, request, settings,
} from "../lib/http2_raw.mjs";
import { freePort, repository, startWhorl } from "../lib/whorl.mjs";

const deviceBody = (more = {}) => ({ ...bodies["headed-linux"]().body, ...more });
const run = promisify(execFile);
const recordings = join(repository, "../shared/data/tls/recorded-http.jsonl");
let whorl, tls, certificates;

before(async () => {
    certificates = await mkdtemp(join(tmpdir(), "whorl-cert-"));
    const [cert, key] = [join(certificates, "cert.pem"), join(certificates, "key.pem")];
    await run("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
        "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost",
        "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]);
    tls = await freePort();
    whorl = await startWhorl({
        flags: ["--tls-listen", `127.0.0.1:${tls}`, "--tls-cert", cert, "--tls-key", key, "--demo"],
    });
});
after(async () => {
    await whorl.remove();
    await rm(certificates, { recursive: true });
});

/* One request over a session; resolves with { status, headers, body }. */
function ask(session, fields, body) {
    return new Promise((resolve, reject) => {
        const stream = session.request(fields, { endStream: body === undefined });
        const answer = { body: "", interim: [] };
        stream.setEncoding("utf8");
        stream.on("response", (got) => {
            answer.status = got[":status"];
            answer.headers = got;
        });
        stream.on("headers", (got) => answer.interim.push(got[":status"]));
        stream.on("data", (text) => (answer.body += text));
        stream.on("error", reject);
        stream.on("close", () => resolve(answer));
        if (body !== undefined) {
            stream.end(body);
        }
    });
}

async function withSession(work, { secure = false } = {}) {
    const session = secure
        ? connect(`https://127.0.0.1:${tls}`, { rejectUnauthorized: false })
        : connect(whorl.url);
    session.on("error", () => {});
    try {
        return await work(session);
    } finally {
        session.close();
    }
}

const identifyFields = (more = {}) => ({
    ":method": "POST",
    ":path": "/v1/identify",
    "content-type": "application/json",
    "x-api-key": whorl.publicKey,
    ...more,
});

async function factsOf(requestId) {
    const event = await whorl.get(`/v1/events/${requestId}`, { auth: "bearer" });
    assert.equal(event.status, 200, event.text);
    return event.json.signals.server.connection;
}

for (const secure of [false, true]) {
    const where = secure ? "TLS" : "h2c";

    test(`${where}: every path answers as over HTTP/1.1`, async () => {
        const made = assertIdentified(await whorl.identify(deviceBody()));
        const secret = { "auth-api-key": whorl.secretKey, authorization: `Bearer ${whorl.secretKey}` };
        const paths = ["/healthz", "/readyz", "/demo", `/agent/${whorl.publicKey}.js`,
            "/nothing/here", `/events/${made.requestId}`, `/v4/events/${made.requestId}`,
            `/v1/events/${made.requestId}`, `/visitors/${made.visitorId}`, "/visitors/x?limit=0",
            "/v4/events/none", "/v1/bootstrap", "/metrics"];
        await withSession(async (session) => {
            for (const path of paths) {
                for (const method of ["GET", "HEAD", "OPTIONS", "PATCH"]) {
                    const old = await whorl.send({ method, path, headers: Object.entries(secret) });
                    const now = await ask(session, { ":method": method, ":path": path, ...secret });
                    const what = `${method} ${path}`;
                    assert.equal(now.status, old.status, what);
                    if (!path.startsWith("/demo")) { // which may name its own URL
                        assert.equal(now.body, old.text, what);
                    }
                    for (const name of Object.keys(old.headers)) {
                        if (!["date", "connection", "keep-alive"].includes(name)) {
                            const [a, b] = [now.headers[name], old.headers[name]];
                            assert.deepEqual([a].flat(), [b].flat(), `${what}: ${name}`);
                        }
                    }
                }
            }
        }, { secure });
    });

    test(`${where}: identify, many at once, and the answers are each one's own`, async () => {
        await withSession(async (session) => {
            const all = await Promise.all(Array.from({ length: 150 }, (_, i) =>
                ask(session, identifyFields(), JSON.stringify(deviceBody({ linkedId: `me-${i}` })))));
            for (const [i, answer] of all.entries()) {
                assert.equal(answer.status, 200, answer.body);
                const { requestId } = JSON.parse(answer.body);
                const event = await whorl.get(`/v1/events/${requestId}`, { auth: "bearer" });
                assert.equal(event.json.linkedId, `me-${i}`);
            }
        }, { secure });
    });
}

test("large bodies: twenty of 250 kB at once finish, one over the limit is told 413", async () => {
    await withSession(async (session) => {
        const tag = "x".repeat(200_000);
        const bodies = Array.from({ length: 20 }, () =>
            ask(session, identifyFields({ "x-api-key": "none" }), JSON.stringify({ tag }) + " ".repeat(50_000)));
        for (const answer of await Promise.all(bodies)) {
            assert.equal(answer.status, 401);
        }
        const large = await ask(session, identifyFields(), "x".repeat(300_000));
        assert.equal(large.status, 413);
        assert.ok(JSON.parse(large.body).error);
        assert.equal((await ask(session, { ":path": "/healthz" })).status, 200, "the connection goes on");
    });
});

test("cookie crumbs are one Cookie header: the token in the second one counts", async () => {
    const first = await whorl.identify(deviceBody());
    const line = [first.headers["set-cookie"]].flat().find((one) => one?.startsWith("_iidt="));
    const cookie = ["a=1", line.split(";")[0], "z=3"];
    const { body } = bodies["headed-linux"](); // the same kind of machine, which looks like nobody yet
    for (const name of ["canvas", "domRect", "svg", "htmlElement", "windowFeatures", "audio", "math", "codec"]) {
        body.signals[name].value.hash = sha256(`crumbs ${name}`);
    }
    body.signals.domRect.value.emojiHash = sha256("crumbs");
    body.signals.fonts.value.detected = ["Arial", "Impact", "Crumb"];
    body.signals.navigator.value.hardwareConcurrency = 12;
    await withSession(async (session) => {
        const answer = await ask(session, identifyFields({ cookie }), JSON.stringify(body));
        assert.equal(answer.status, 200, answer.body);
        assert.equal(JSON.parse(answer.body).visitorId, first.json.visitorId);
    });
});

test("Expect: 100-continue", async () => {
    await withSession(async (session) => {
        const body = JSON.stringify(deviceBody());
        const answer = await new Promise((resolve, reject) => {
            const stream = session.request(identifyFields({ expect: "100-continue" }));
            let status;
            stream.on("continue", () => stream.end(body));
            stream.on("response", (got) => (status = got[":status"]));
            stream.on("error", reject).on("close", () => resolve(status)).resume();
        });
        assert.equal(answer, 200);
    });
});

test("a client that cancels while its event is stored harms nobody", async () => {
    await withSession(async (session) => {
        const cancelled = Array.from({ length: 60 }, () => new Promise((resolve) => {
            const stream = session.request(identifyFields());
            stream.on("error", () => {}).on("close", resolve);
            stream.end(JSON.stringify(deviceBody()), () => stream.close(constants.NGHTTP2_CANCEL));
        }));
        await Promise.all(cancelled);
        const answer = await ask(session, identifyFields(), JSON.stringify(deviceBody()));
        assert.equal(answer.status, 200);
    });
});

test("curl: prior knowledge, ALPN, upload, HEAD, and the refused upgrade stays HTTP/1.1", async () => {
    const curl = async (...args) => (await run("curl", ["-sS", "-k", ...args])).stdout;
    const version = ["-o", "/dev/null", "-w", "%{http_version} %{http_code}"];
    const plain = `${whorl.url}/healthz`, secure = `https://127.0.0.1:${tls}/healthz`;
    assert.equal(await curl(...version, "--http2-prior-knowledge", plain), "2 200");
    assert.equal(await curl(...version, "--http2", secure), "2 200");
    assert.equal(await curl(...version, "--http1.1", secure), "1.1 200");
    assert.equal(await curl(...version, "--no-alpn", secure), "1.1 200");
    assert.equal(await curl(...version, "--http2", plain), "1.1 200");
    assert.equal(await curl(...version, "-I", "--http2", secure), "2 200");
    const identify = ["-H", `X-API-Key: ${whorl.publicKey}`, "-H", "Content-Type: application/json", "-d",
        JSON.stringify(deviceBody())];
    for (const [flag, origin] of [
        ["--http2-prior-knowledge", whorl.url],
        ["--http2", `https://127.0.0.1:${tls}`],
    ]) {
        const answer = JSON.parse(await curl(flag, ...identify, `${origin}/v1/identify`));
        const { http2 } = await factsOf(answer.requestId);
        assert.equal(http2, "3:100;4:33554432;2:0|33488897|0|m,p,s,a", "what curl 7.88 sends");
    }
    const old = JSON.parse(await curl("--http1.1", ...identify, `${whorl.url}/v1/identify`));
    assert.equal("http2" in (await factsOf(old.requestId)), false);
});

test("nghttp: many requests on one connection, its dependencies, and its fingerprint", async () => {
    const uris = Array.from({ length: 20 }, (_, i) => `${whorl.url}/healthz?${i}`);
    const { stdout } = await run("nghttp", ["-nv", ...uris], { maxBuffer: 1 << 24 });
    assert.equal(stdout.match(/:status: 200/g)?.length, 20);
    assert.doesNotMatch(stdout, /recv RST_STREAM|recv GOAWAY/);
});

test("h2load: 20,000 requests on 4 connections, all answered 200; TLS as well", async () => {
    for (const url of [`${whorl.url}/healthz`, `https://127.0.0.1:${tls}/healthz`]) {
        const { stdout } = await run("h2load", ["-n", "20000", "-c", "4", "-m", "50", url]);
        assert.match(stdout, /20000 succeeded, 0 failed, 0 errored, 0 timeout/);
        assert.match(stdout, /status codes: 20000 2xx/);
    }
});

test("Node's fingerprint, with the pseudo-headers in the order of each request", async () => {
    await withSession(async (session) => {
        const fields = { ":path": "/v1/identify", ":method": "POST", ...identifyFields() };
        const answer = await ask(session, fields, JSON.stringify(deviceBody()));
        const { http2 } = await factsOf(JSON.parse(answer.body).requestId);
        assert.match(http2, /^(\d+:\d+(;\d+:\d+)*)?\|(00|\d+)\|0\|([mpas],){3}[mpas]$/);
    });
});

/* The first bytes of real clients, replayed; their expected line was read independently. */
test("recorded clients give the fingerprints that were read from the same bytes", async (t) => {
    const start = (pairs, update) =>
        Buffer.concat([preface, settings(pairs), frame(WINDOW_UPDATE, 0, 0, number32(update))]);
    const own = [ // Chromium 156 and Firefox 153 ESR, read on 2026-11-20
        [start([[1, 65536], [2, 0], [4, 6291456], [6, 262144]], 15663105),
            "1:65536;2:0;4:6291456;6:262144|15663105|0|"],
        [start([[1, 65536], [2, 0], [4, 131072], [5, 16384]], 12517377),
            "1:65536;2:0;4:131072;5:16384|12517377|0|"],
    ];
    const shared = existsSync(recordings)
        ? readFileSync(recordings, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line))
            .filter((line) => line.proto === "h2" && line.preface_hex && line.akamai)
            .map((line) => [beforeHeaders(line.preface_hex), line.akamai.replace(/[^|]*$/, "")])
        : [];
    t.diagnostic(`${shared.length} shared recordings`);
    for (const [hello, expected] of [...own, ...shared]) {
        const peer = await RawHttp2.open(whorl.port, { hello: [hello] });
        const body = JSON.stringify(deviceBody());
        const fields = [[":method", "POST"], [":authority", "t"], [":scheme", "http"],
            [":path", "/v1/identify"], ["x-api-key", whorl.publicKey], ["content-type", "application/json"]];
        peer.send(headers(15, fields, { end: false }));
        peer.sendBody(15, body);
        const answer = await peer.answer(15);
        const { http2 } = await factsOf(JSON.parse(answer.body).requestId);
        assert.equal(http2, `${expected}m,a,s,p`);
        peer.close();
    }
});

/* The recording without its own request: preface, and frames up to the first HEADERS. */
function beforeHeaders(hex) {
    const bytes = Buffer.from(hex, "hex");
    let at = preface.length;
    while (at + 9 <= bytes.length && bytes[at + 3] !== 1) {
        at += 9 + bytes.readUIntBE(at, 3);
    }
    return bytes.subarray(0, at);
}

test("stop: the request on its way is answered, then GOAWAY and the end", async () => {
    const other = await startWhorl();
    const peer = await RawHttp2.open(other.port);
    const more = [["x-api-key", other.publicKey]];
    peer.send(headers(1, request("/v1/identify", { method: "POST", more }), { end: false }));
    await peer.until(() => peer.frames.length >= 3, "the acknowledgement");
    const stopped = other.stop();
    await peer.until(() => peer.goaway, "a GOAWAY");
    assert.deepEqual(peer.goaway, { code: 0, last: 0x7fffffff }, "nothing is refused yet");
    peer.goaway = undefined;
    await peer.until(() => peer.goaway, "the final GOAWAY");
    assert.deepEqual(peer.goaway, { code: 0, last: 1 });
    peer.sendBody(1, JSON.stringify(deviceBody()));
    assert.equal((await peer.answer(1)).status, 200);
    await peer.end();
    peer.close();
    await stopped;
    await rm(other.data, { recursive: true });
});

// ---- floods: GOAWAY, and the memory that was taken comes back

const rssKb = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${whorl.pid}/status`, "utf8"))[1]);
const post = (stream) => headers(stream, request("/v1/identify", { method: "POST" }), { end: false });
const floods = {
    "rapid reset": (i) => [post(2 * i + 1), frame(3, 0, 2 * i + 1, number32(errors.CANCEL))],
    "resets that the server is made to send": (i) =>
        [post(2 * i + 1), data(2 * i + 1, ""), headers(2 * i + 1, [[":path", "/"]])],
    "CONTINUATION": (i) => (i === 0 ? [headers(1, [], { flags: 0 })] : [frame(9, 0, 1, Buffer.alloc(16000))]),
    "CONTINUATION, empty": (i) => (i === 0 ? [headers(1, [], { flags: 0 })] : [frame(9, 0, 1)]),
    "SETTINGS": () => [settings([[4, 65535]])],
    "PING": () => [frame(6, 0, 0, Buffer.alloc(8))],
    "PRIORITY": (i) => [frame(2, 0, 2 * i + 1, Buffer.alloc(5))],
    "WINDOW_UPDATE": () => [frame(WINDOW_UPDATE, 0, 0, number32(1))],
    "empty DATA": (i) => (i === 0 ? [post(1)] : [data(1, "")]),
};

async function flood(make) {
    const peer = await RawHttp2.open(whorl.port, { quiet: true });
    for (let i = 0; i < 100_000 && !peer.closed; i += 500) {
        peer.send(...Array.from({ length: 500 }, (_, k) => make(i + k)).flat());
        await peer.drained();
    }
    const code = await peer.end();
    peer.close();
    return code;
}

for (const [name, make] of Object.entries(floods)) {
    test(`flood of ${name}: told to calm down, memory stays flat, others are served`, async () => {
        await flood(make); // pools and caches have their size now
        const before = rssKb();
        for (let i = 0; i < 8; i++) {
            const code = await flood(make);
            assert.ok(code === undefined || code === errors.ENHANCE_YOUR_CALM, `GOAWAY ${code}`);
        }
        assert.ok(rssKb() - before < 8 * 1024, `${rssKb() - before} kB more than before`);
        assert.equal((await whorl.get("/healthz")).status, 200);
    });
}

test("a client that never opens its windows holds a bounded amount of memory", async () => {
    const before = rssKb();
    const peers = await Promise.all(Array.from({ length: 20 }, () =>
        RawHttp2.open(whorl.port, { hello: [preface, settings([[1, 0], [4, 0]])] })));
    for (const peer of peers) {
        for (let i = 0; i < 100; i++) {
            peer.send(headers(2 * i + 1, request(`/agent/${whorl.publicKey}.js`)));
        }
        peer.send(frame(6, 0, 0, Buffer.alloc(8)));
        await peer.until(() => peer.frames.some((f) => f.type === 6), "the PING");
    }
    const each = (rssKb() - before) / peers.length;
    peers.forEach((peer) => peer.close());
    assert.ok(each < 8 * 1024, `${each} kB for each connection`);
    assert.equal((await whorl.get("/healthz")).status, 200);
});
