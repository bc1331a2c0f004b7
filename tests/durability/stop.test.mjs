// Starting and stopping: what was accepted is answered, what was answered is kept, and whoever finds the
// port or the data directory taken is told so.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { binary, freePort, startWhorl } from "../lib/whorl.mjs";
import { findLost, readAcks, scratch, startLoad } from "./lib.mjs";

const body = JSON.stringify({
    signals: {
        canvas: { value: { hash: "a".repeat(64), isFarbled: false }, duration: 1 },
    },
    timestamp: Date.now(),
    url: "http://shop.example/",
    referrer: "",
});
const ANSWER = /HTTP\/1\.1 200 [^]*"requestId":"(req_\w+)"[^]*"visitorId":"(iq_\w+)"/;

const identifyHead = (whorl) =>
    `POST /v1/identify HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n` +
    `X-API-Key: ${whorl.publicKey}\r\nUser-Agent: stop-test\r\nExpect: 100-continue\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`;

/** A connection whose received text can be awaited. */
async function open(port) {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    socket.setEncoding("utf8");
    const client = { socket, text: "", closed: false };
    const waiting = new Set();
    const wake = () => waiting.forEach((look) => look());
    socket.on("data", (part) => {
        client.text += part;
        wake();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
        client.closed = true;
        wake();
    });
    const until = (condition) =>
        new Promise((done, failed) => {
            const look = () => {
                const found = condition();
                if (!found && !client.closed) return;
                waiting.delete(look);
                if (found) done(found);
                else failed(new Error(`the connection ended: ${JSON.stringify(client.text)}`));
            };
            waiting.add(look);
            look();
        });
    client.receives = (pattern) => until(() => pattern.exec(client.text));
    client.ends = () => until(() => client.closed);
    return client;
}

/** Whether nobody listens any more. */
async function refuses(port) {
    const socket = connect(port, "127.0.0.1");
    const connected = await once(socket, "connect").then(
        () => true,
        () => false,
    );
    socket.destroy();
    return !connected;
}

/** `whorl serve` that is expected to give up. */
function serveInVain(data, port) {
    const args = ["serve", "--data", data, "--listen", `127.0.0.1:${port}`];
    const run = spawnSync(binary, args, { encoding: "utf8", timeout: 30_000 });
    return { code: run.status, text: run.stdout + run.stderr };
}

test("SIGTERM under load: nothing acknowledged is lost, exit status 0", async (t) => {
    const acksPath = join(scratch(t), "acks");
    const whorl = await startWhorl({ data: scratch(t) });
    t.after(() => whorl.kill());
    const load = startLoad(whorl, { connections: 32, seconds: 30, acks: acksPath });
    await sleep(700);
    await whorl.stop();
    const report = await load.report;
    assert.ok(report.answered > 0, "stopped before the first answer: nothing was tested");
    assert.deepEqual(Object.keys(report.statuses), ["200"]);
    await whorl.start();
    assert.deepEqual(await findLost(whorl, readAcks(acksPath)), []);
});

test("SIGTERM: requests that the server has begun to read are answered and kept", async (t) => {
    const whorl = await startWhorl({ data: scratch(t) });
    t.after(() => whorl.kill());
    const clients = await Promise.all(Array.from({ length: 8 }, () => open(whorl.port)));
    for (const { socket } of clients) socket.write(identifyHead(whorl));
    // So the server has the head, and only waits for the body.
    await Promise.all(clients.map((client) => client.receives(/HTTP\/1\.1 100 /)));
    process.kill(whorl.pid, "SIGTERM");
    while (!(await refuses(whorl.port))) await sleep(10);
    for (const { socket } of clients) socket.write(body);
    const answers = await Promise.all(clients.map((client) => client.receives(ANSWER)));
    await Promise.all(clients.map((client) => client.ends()));
    for (const { text } of clients) assert.match(text, /^connection: close\r$/im);
    await whorl.stop();
    await whorl.start();
    const acks = answers.map(([, requestId, visitorId]) => ({ requestId, visitorId }));
    assert.deepEqual(await findLost(whorl, acks), []);
});

test("SIGTERM: an idle connection does not hold up the stop", async (t) => {
    const whorl = await startWhorl({ data: scratch(t), keys: false });
    t.after(() => whorl.kill());
    const client = await open(whorl.port);
    process.kill(whorl.pid, "SIGTERM");
    await client.ends();
    assert.equal(client.text, "");
    await whorl.stop();
});

test("a taken port is named, with its holder", async (t) => {
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    t.after(() => holder.close());
    const { port } = holder.address();
    const { code, text } = serveInVain(scratch(t), port);
    assert.ok(code > 0, `exit status ${code}`);
    assert.match(text, new RegExp(`\\b${port}\\b`));
    assert.match(text, new RegExp(`\\b${process.pid}\\b`), "the process that holds the port");
});

test("a taken data directory is refused, and its owner serves on", async (t) => {
    const data = scratch(t);
    const whorl = await startWhorl({ data, keys: false });
    t.after(() => whorl.kill());
    const { code, text } = serveInVain(data, await freePort());
    assert.ok(code > 0, `exit status ${code}`);
    assert.ok(text.includes(data), text);
    assert.match(text, /in use|already|running/i);
    assert.equal((await whorl.get("/readyz")).status, 200);
});

test("keys are made beside a running server and without one, and stay", async (t) => {
    const data = scratch(t);
    const whorl = await startWhorl({ data, keys: false });
    t.after(() => whorl.kill());
    const accepted = async (key) => (await whorl.identify(body, { key })).status;
    assert.ok(existsSync(join(data, "control.sock")));
    const beside = await whorl.key("public");
    assert.equal(await accepted(beside), 200);
    await whorl.stop();
    const without = await whorl.key("public");
    await whorl.start();
    assert.equal(await accepted(without), 200);
    assert.equal(await accepted(beside), 200);
    assert.equal(await accepted("fiq_live_nobody"), 401);
    await assert.rejects(whorl.run("key", "create", "--data", data, "--kind", "nonsense"));
});
