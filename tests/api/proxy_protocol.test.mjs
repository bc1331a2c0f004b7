// The PROXY protocol, versions 1 and 2, in front of plain HTTP and of TLS.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { promisify } from "node:util";

import { bodies } from "../bodies/bodies.mjs";
import { freePort, startWhorl } from "../lib/whorl.mjs";

const { body, headers } = bodies["headed-linux"]();
const signature = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");

function version2(command, family, ...parts) {
    const rest = Buffer.concat(parts.map((part) => Buffer.from(part)));
    const head = Buffer.from([0x20 | command, family, rest.length >> 8, rest.length & 255]);
    return Buffer.concat([signature, head, rest]);
}
const ipv4 = [198, 51, 100, 9, 127, 0, 0, 1, 0x12, 0x34, 0x01, 0xbb];
const ipv6 = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, ...new Array(16).fill(0), 1, 2, 3, 4];
const tlsEnded = [0x20, 0, 5, 1, 0, 0, 0, 0]; // TLV SSL: the client connected over TLS

/* Sends the pieces, each in a packet of its own, over a new connection from `from`; over TLS behind
 * `inFront` when tls is set. Resolves with all that came back when the server closes. */
async function exchange({ port, from = "127.0.0.1", inFront = [], tls = false, request }) {
    const socket = connect({ port, host: "127.0.0.1", localAddress: from });
    const chunks = [];
    const closed = new Promise((resolve) => socket.once("close", resolve));
    const timer = setTimeout(() => socket.destroy(), 20_000);
    socket.setNoDelay().on("error", () => {});
    await new Promise((resolve) => socket.once("connect", resolve));
    for (const piece of inFront) {
        socket.write(piece);
        await new Promise((resolve) => setTimeout(resolve, inFront.length > 1 ? 20 : 0));
    }
    const stream = tls ? connectTls({ socket, rejectUnauthorized: false }) : socket;
    stream.on("data", (chunk) => chunks.push(chunk)).on("error", () => {});
    if (request) {
        stream.write(request);
    }
    await closed;
    clearTimeout(timer);
    return Buffer.concat(chunks).toString("latin1");
}

describe("the PROXY protocol", () => {
    let whorl, plain, secure, admin, home, identifyBytes;
    before(async () => {
        home = await mkdtemp(join(tmpdir(), "whorl-proxy-"));
        [plain, secure, admin] = [await freePort(), await freePort(), await freePort()];
        const [cert, key] = [join(home, "cert.pem"), join(home, "key.pem")];
        await promisify(execFile)("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
            "-subj", "/CN=localhost"]);
        whorl = await startWhorl({
            flags: ["--listen", `127.0.0.1:${plain}`, "--tls-listen", `127.0.0.1:${secure}`,
                "--tls-cert", cert, "--tls-key", key, "--admin-listen", `127.0.0.1:${admin}`,
                "--trusted-proxy", "127.0.0.1", "--trusted-proxy", "10.0.0.0/8",
                "--proxy-protocol", `127.0.0.1:${plain}`, "--proxy-protocol", `127.0.0.1:${secure}`],
        });
        identifyBytes = (more = []) => {
            const json = JSON.stringify(body);
            const lines = [["Host", "localhost"], ...headers, ["X-API-Key", whorl.publicKey], ...more,
                ["Connection", "close"], ["Content-Length", Buffer.byteLength(json)]];
            const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
            return `POST /v1/identify HTTP/1.1\r\n${head}\r\n${json}`;
        };
    });
    after(async () => {
        await whorl?.remove();
        await rm(home, { recursive: true, force: true });
    });

    /* The address that was seen, the cookie, and what the event says of the connection. */
    async function identified(options, more) {
        const bytes = await exchange({ port: options.tls ? secure : plain, request: identifyBytes(more), ...options });
        assert.match(bytes, /^HTTP\/1\.1 200 /);
        const answer = JSON.parse(bytes.slice(bytes.indexOf("\r\n\r\n") + 4));
        const event = await whorl.get(`/v1/events/${answer.requestId}`, { auth: "bearer" });
        return { ip: answer.ip, cookie: /set-cookie: (.*)/i.exec(bytes)[1], server: event.json.signals.server };
    }

    async function metric(name) {
        const { text } = await whorl.send({ port: admin, path: "/metrics" });
        return Number(new RegExp(`^whorl_${name} (\\d+)$`, "m").exec(text)[1]);
    }

    for (const tls of [false, true]) {
        const where = tls ? "before TLS" : "before HTTP";

        test(`version 1 ${where}`, async () => {
            const line = "PROXY TCP4 198.51.100.7 127.0.0.1 4660 443\r\n";
            const seen = await identified({ tls, inFront: [line] });
            assert.equal(seen.ip, "198.51.100.7");
            assert.equal(seen.server.connection.addressFrom, "proxy-protocol");
            assert.match(seen.cookie, tls ? /SameSite=None; Secure/ : /SameSite=Lax/);
            // the bytes are the client's own, the TCP connection is not
            assert.match(seen.server.connection.headerOrder, /^11_/);
            assert.equal(seen.server.connection.rttMs, undefined);
            assert.equal(seen.server.connection.tcpSyn, undefined);
            assert.equal(seen.server.tls?.version, tls ? "TLSv1.3" : undefined);
        });

        test(`version 2 ${where}, byte by byte`, async () => {
            const inFront = [...version2(1, 0x21, ipv6)].map((byte) => Buffer.from([byte]));
            const seen = await identified({ tls, inFront });
            assert.equal(seen.ip, "2001:db8::9");
        });

        test(`LOCAL ${where} leaves the proxy's own address`, async () => {
            const seen = await identified({ tls, inFront: [version2(0, 0)] });
            assert.equal(seen.ip, "127.0.0.1");
            assert.equal(seen.server.connection.headerOrder, undefined);
            assert.equal(seen.server.tls, undefined);
        });
    }

    test("header and request in one packet", async () => {
        const bytes = Buffer.concat([version2(1, 0x11, ipv4), Buffer.from(identifyBytes())]);
        const seen = await identified({ request: bytes });
        assert.equal(seen.ip, "198.51.100.9");
    });

    test("a proxy that ended the client's TLS", async () => {
        const seen = await identified({ inFront: [version2(1, 0x11, ipv4, tlsEnded)] });
        assert.match(seen.cookie, /SameSite=None; Secure/);
        assert.equal(seen.server.connection.headerOrder, undefined);
    });

    test("a second proxy behind the first: X-Forwarded-For goes on from there", async () => {
        const line = "PROXY TCP4 10.0.0.8 127.0.0.1 4660 443\r\n";
        const seen = await identified({ inFront: [line] }, [["X-Forwarded-For", "203.0.113.5"]]);
        assert.equal(seen.ip, "203.0.113.5");
        const stranger = "PROXY TCP4 198.51.100.7 127.0.0.1 4660 443\r\n";
        const forged = await identified({ inFront: [stranger] }, [["X-Forwarded-For", "203.0.113.5"]]);
        assert.equal(forged.ip, "198.51.100.7");
    });

    test("a connection from elsewhere is closed, and counted", async () => {
        const before = await metric("proxy_protocol_untrusted_total");
        const line = "PROXY TCP4 198.51.100.7 127.0.0.1 4660 443\r\n";
        const bytes = await exchange({ port: plain, from: "127.0.0.2", inFront: [line], request: identifyBytes() });
        assert.equal(bytes, "");
        assert.equal(await metric("proxy_protocol_untrusted_total"), before + 1);
        assert.match(whorl.log, /127\.0\.0\.2:\d+ connected to an address .* add its address with --trusted-proxy/);
    });

    test("no header, or a broken one, ends the connection, and is counted", async () => {
        const bad = [
            { request: identifyBytes() },
            { inFront: ["PROXY TCP4 198.51.100.7 127.0.0.1 4660\r\n"] },
            { inFront: [version2(1, 0x11, ipv4.slice(1))] },
            { inFront: [version2(1, 0x11, ipv4, [3, 0, 4, 0, 0, 0, 0])] },
            { port: secure, tls: true },
        ];
        const before = await metric("proxy_protocol_bad_total");
        for (const options of bad) {
            assert.equal(await exchange({ port: plain, ...options }), "");
        }
        assert.equal(await metric("proxy_protocol_bad_total"), before + bad.length);
    });

    test("the other addresses take no PROXY header", async () => {
        const answer = await exchange({ port: whorl.port, inFront: ["PROXY TCP4 1.2.3.4 1.2.3.4 1 1\r\n\r\n"] });
        assert.match(answer, /^HTTP\/1\.1 400 /);
    });
});

test("settings that would trust everybody or nobody are refused", async () => {
    const start = (...flags) => startWhorl({ flags });
    await assert.rejects(start("--proxy-protocol", "all"), /--proxy-protocol needs --trusted-proxy/);
    await assert.rejects(start("--proxy-protocol", "127.0.0.1:1", "--trusted-proxy", "::1"),
        /write an address of --listen or --tls-listen/);
});
