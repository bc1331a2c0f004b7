// HTTP for tests: requests whose headers keep their order and spelling, and bytes on a raw socket.

import { request } from "node:http";
import { connect } from "node:net";

const timeoutMs = 30_000;

/* Options: port, method, path, headers ([name, value] pairs), body (text or bytes).
 * Resolves with { status, reason, headers, bytes, text, json } where json is undefined when the text is
 * none, and headers are an object with lower-case names (set-cookie is a list). */
export function send({ port, method = "GET", path = "/", headers = [], body }) {
    return new Promise((resolve, reject) => {
        const named = headers.some(([name]) => name.toLowerCase() === "host");
        const length = body === undefined ? [] : [["Content-Length", `${Buffer.byteLength(body)}`]];
        const pairs = named
            ? [...headers, ...length]
            : [["Host", `127.0.0.1:${port}`], ...withLength(headers, length)];
        const options = {
            host: "127.0.0.1",
            port,
            method,
            path,
            headers: pairs.flat(),
            agent: false,
        };
        const outgoing = request({ ...options, timeout: timeoutMs }, (incoming) => {
            const chunks = [];
            incoming.on("error", reject);
            incoming.on("data", (chunk) => chunks.push(chunk));
            incoming.on("end", () => resolve(answerOf(incoming, Buffer.concat(chunks))));
        });
        outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer in ${timeoutMs} ms`)));
        outgoing.on("error", reject);
        outgoing.end(body);
    });
}

/* Chromium writes it before everything else. */
const withLength = (headers, length) =>
    headers.some(([, value]) => /Chrome\//.test(value)) ? [...length, ...headers] : [...headers, ...length];

function answerOf({ statusCode, statusMessage, headers }, bytes) {
    const text = bytes.toString();
    let json;
    try {
        json = JSON.parse(text);
    } catch {
        json = undefined;
    }
    return { status: statusCode, reason: statusMessage, headers, bytes, text, json };
}

/* Sends pieces (text or bytes, or a number: ms to wait) on a raw socket, and resolves with the first
 * answer once the server has closed the connection. A broken pipe while sending is no error: the
 * server may refuse before it has read everything. */
export function sendRaw(port, pieces) {
    return new Promise((resolve, reject) => {
        const socket = connect({ host: "127.0.0.1", port });
        const chunks = [];
        const timer = setTimeout(() => {
            socket.destroy();
            reject(new Error(`the connection stayed open; received: ${Buffer.concat(chunks)}`));
        }, 2 * timeoutMs);
        let closed = false;
        socket.on("data", (chunk) => chunks.push(chunk));
        socket.on("error", (error) => {
            if (!["EPIPE", "ECONNRESET"].includes(error.code)) {
                reject(error);
            }
        });
        socket.on("close", () => {
            closed = true;
            clearTimeout(timer);
            try {
                resolve(parseAnswer(Buffer.concat(chunks).toString("latin1")));
            } catch (error) {
                reject(error);
            }
        });
        socket.on("connect", async () => {
            for (const piece of pieces) {
                if (closed) {
                    return;
                }
                if (typeof piece === "number") {
                    await new Promise((done) => setTimeout(done, piece));
                } else {
                    socket.write(piece);
                }
            }
        });
    });
}

function parseAnswer(bytes) {
    const end = bytes.indexOf("\r\n\r\n");
    const [first, ...lines] = bytes.slice(0, Math.max(end, 0)).split("\r\n");
    const start = /^HTTP\/1\.[01] (\d{3}) ?(.*)$/.exec(first);
    if (end < 0 || !start) {
        throw new Error(`this is no HTTP answer: ${JSON.stringify(bytes.slice(0, 200))}`);
    }
    const headers = {};
    for (const line of lines) {
        const colon = line.indexOf(":");
        headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    const body = bytes.slice(end + 4);
    const length = headers["content-length"];
    if (length !== `${body.length}`) {
        throw new Error(`Content-Length is ${length}, but ${body.length} bytes follow`);
    }
    return answerOf({ statusCode: Number(start[1]), statusMessage: start[2], headers }, Buffer.from(body));
}
