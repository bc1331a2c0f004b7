// What the durability tests share: load on the real server, and reading back what was acknowledged.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { binary } from "../lib/whorl.mjs";

const loader = join(dirname(binary), "bench/load");

/** A directory that is gone when the test ends. */
export function scratch(t) {
    const directory = mkdtempSync(join(tmpdir(), "whorl-durability-"));
    t.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
    return directory;
}

/** Starts the load generator; `report` resolves when it ends. */
export function startLoad(whorl, options) {
    const args = ["--url", `${whorl.url}/v1/identify`, "--key", whorl.publicKey, "--json"];
    for (const [name, value] of Object.entries(options)) args.push(`--${name}`, `${value}`);
    const child = spawn(loader, args, { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    let errors = "";
    child.stdout.on("data", (part) => (text += part));
    child.stderr.on("data", (part) => (errors += part));
    const report = once(child, "close").then(([code]) => {
        // 3: the server went away, which is what some of these tests do to it.
        if (code !== 0 && code !== 3) throw new Error(`load ended with ${code}: ${errors}`);
        return JSON.parse(text);
    });
    report.catch(() => {}); // whoever awaits it sees the error
    return { child, report };
}

/** The acknowledged events in a file that load wrote. */
export function readAcks(path) {
    const lines = readFileSync(path, "utf8").split("\n").filter(Boolean);
    return lines.map((line) => {
        const [requestId, visitorId] = line.split(" ");
        return { requestId, visitorId };
    });
}

// A visitor id is one number of 119 bits: FingerprintIQ spells it as a ULID with three unused bits
// behind the time, Fingerprint as 20 base62 digits (src/event/id.h).
const BASE32 = "0123456789abcdefghjkmnpqrstvwxyz";
const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

function ulidValue(text) {
    let value = 0n;
    for (const c of text) value = value * 32n + BigInt(BASE32.indexOf(c));
    return value;
}

export function visitorBase62(iq) {
    const value = ulidValue(iq.slice(3));
    let rest = ((value >> 80n) << 77n) | (value & ((1n << 77n) - 1n));
    let text = "";
    for (let i = 0; i < 20; i++, rest /= 62n) text = BASE62[Number(rest % 62n)] + text;
    return text;
}

/** The last eight bytes of every key of a visitor, which no two visitors share. */
export function visitorKeyEnd(iq) {
    const low = ulidValue(iq.slice(3)) & ((1n << 64n) - 1n);
    return Buffer.from(low.toString(16).padStart(16, "0"), "hex");
}

/** The 11 bytes under which the store keeps an event: 48 bits of time, 40 of chance (35 used). */
export function eventKey(requestId) {
    const value = ulidValue(requestId.slice(4));
    const key = ((value >> 80n) << 40n) | (value & ((1n << 35n) - 1n));
    return Buffer.from(key.toString(16).padStart(22, "0"), "hex");
}

function read(agent, port, path, headers) {
    return new Promise((done, failed) => {
        const outgoing = request({ host: "127.0.0.1", port, path, headers, agent }, (answer) => {
            let text = "";
            answer.setEncoding("utf8");
            answer.on("data", (part) => (text += part));
            answer.on("end", () => done({ status: answer.statusCode, text }));
            answer.on("error", failed);
        });
        outgoing.on("error", failed);
        outgoing.end();
    });
}

/** Reads each acknowledged event through the Server API; returns a line per event that is not there
 * or names another visitor than was answered. */
export async function findLost(whorl, acks) {
    const lost = [];
    let next = 0;
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const headers = { authorization: `Bearer ${whorl.secretKey}` };
    async function reader() {
        while (next < acks.length) {
            const { requestId, visitorId } = acks[next++];
            const path = `/v4/events/${requestId}`;
            const { status, text } = await read(agent, whorl.port, path, headers);
            const want = visitorBase62(visitorId);
            const found = status === 200 && JSON.parse(text).identification?.visitor_id;
            if (found !== want) lost.push(`${requestId}: ${status}, visitor ${found}, not ${want}`);
        }
    }
    await Promise.all(Array.from({ length: 16 }, reader));
    agent.destroy();
    return lost;
}
