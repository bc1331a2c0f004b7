// HTTP/2 by hand: frames on a raw socket, so that a test can send what no library would.
//
//   const peer = await RawHttp2.open(port);            // preface, SETTINGS, and theirs read
//   peer.send(headers(1, request("/healthz")));
//   const answer = await peer.answer(1);               // { status, body, reset, goaway }
//
// Header fields go out as literals without Huffman coding or a table. Of the answers' header blocks
// only the status is read, which is their first field; SETTINGS_HEADER_TABLE_SIZE 0 keeps it plain.

import { connect } from "node:net";

export const DATA = 0, HEADERS = 1, PRIORITY = 2, RST_STREAM = 3, SETTINGS = 4, PUSH_PROMISE = 5,
    PING = 6, GOAWAY = 7, WINDOW_UPDATE = 8, CONTINUATION = 9;
export const END_STREAM = 1, ACK = 1, END_HEADERS = 4, PADDED = 8, WITH_PRIORITY = 0x20;
export const errors = {
    NO_ERROR: 0, PROTOCOL_ERROR: 1, INTERNAL_ERROR: 2, FLOW_CONTROL_ERROR: 3, STREAM_CLOSED: 5,
    FRAME_SIZE_ERROR: 6, REFUSED_STREAM: 7, CANCEL: 8, COMPRESSION_ERROR: 9, ENHANCE_YOUR_CALM: 11,
};
export const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

const patienceMs = 20_000;

export function frame(type, flags, stream, payload = Buffer.alloc(0), length = payload.length) {
    const head = Buffer.alloc(9);
    head.writeUIntBE(length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(stream >>> 0, 5);
    return Buffer.concat([head, payload]);
}

export function number32(value) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value >>> 0);
    return bytes;
}

export function settings(pairs = []) {
    const payload = pairs.map(([id, value]) => Buffer.concat([Buffer.from([id >> 8, id & 255]), number32(value)]));
    return frame(SETTINGS, 0, 0, Buffer.concat(payload));
}

function hpackString(text) {
    const bytes = Buffer.from(text, "latin1");
    const length = [];
    if (bytes.length < 127) {
        length.push(bytes.length);
    } else {
        let rest = bytes.length - 127;
        length.push(127);
        for (; rest >= 128; rest >>= 7) {
            length.push((rest & 127) | 128);
        }
        length.push(rest);
    }
    return Buffer.concat([Buffer.from(length), bytes]);
}

/* RFC 7541 6.2.2: literal, not indexed, new name. */
export function block(fields) {
    return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), hpackString(name), hpackString(value)]));
}

/* The fields of a request; `more` are added at the end. */
export function request(path, { method = "GET", authority = "test", more = [] } = {}) {
    return [[":method", method], [":scheme", "http"], [":authority", authority], [":path", path],
        ...more];
}

export function headers(stream, fields, { end = true, flags = END_HEADERS } = {}) {
    return frame(HEADERS, flags | (end ? END_STREAM : 0), stream,
        Buffer.isBuffer(fields) ? fields : block(fields));
}

export function data(stream, payload, end = false) {
    return frame(DATA, end ? END_STREAM : 0, stream, Buffer.from(payload));
}

/* RFC 7541: an indexed static field, or a literal with the name's index 8 and three digits. */
function statusOf(payload) {
    let at = 0;
    while ((payload[at] & 0xe0) === 0x20) {
        at++; // a size update of the table
    }
    const known = { 0x88: 200, 0x89: 204, 0x8a: 206, 0x8b: 304, 0x8c: 400, 0x8d: 404, 0x8e: 500 };
    if (known[payload[at]]) {
        return known[payload[at]];
    }
    const length = payload[at + 1];
    const value = payload.subarray(at + 2, at + 2 + (length & 127));
    if (length < 128) {
        return Number(value.toString("latin1"));
    }
    const bits = [...value].map((byte) => byte.toString(2).padStart(8, "0")).join("");
    const short = { "00000": 0, "00001": 1, "00010": 2 };
    let digits = "";
    for (let i = 0; digits.length < 3; ) {
        const five = short[bits.slice(i, i + 5)];
        digits += five ?? Number.parseInt(bits.slice(i, i + 6), 2) - 0b011001 + 3;
        i += five === undefined ? 6 : 5;
    }
    return Number(digits);
}

export class RawHttp2 {
    #socket;
    #rest = Buffer.alloc(0);
    #changed = [];
    frames = [];
    answers = new Map();
    goaway;         // { code, last }
    closed = false; // by either side

    /* Options: hello (what is sent at first), quiet (do not acknowledge anything), credit (false:
     * windows are never opened). */
    static async open(port, { hello = [preface, settings([[1, 0]])], quiet = false } = {}) {
        const peer = new RawHttp2();
        peer.#socket = connect({ host: "127.0.0.1", port });
        peer.quiet = quiet;
        peer.#socket.on("data", (bytes) => peer.#read(bytes));
        peer.#socket.on("error", () => {});
        for (const event of ["end", "close"]) {
            peer.#socket.on(event, () => {
                peer.closed = true;
                peer.#wake();
            });
        }
        await new Promise((resolve, reject) => {
            peer.#socket.once("connect", resolve);
            peer.#socket.once("error", reject);
        });
        peer.send(...hello);
        return peer;
    }

    send(...pieces) {
        return this.#socket.writable && this.#socket.write(Buffer.concat(pieces));
    }

    /* A whole body, in frames; it must fit the stream's window. */
    sendBody(stream, text) {
        const bytes = Buffer.from(text);
        for (let at = 0; at < bytes.length; at += 16384) {
            this.send(data(stream, bytes.subarray(at, at + 16384), at + 16384 >= bytes.length));
        }
    }

    /* Waits until the kernel has taken what was sent, or the connection is over. */
    async drained() {
        await this.until(() => this.closed || this.#socket.writableLength === 0,
            "sent bytes to leave", 5);
    }

    pause() {
        this.#socket.pause();
    }

    resume() {
        this.#socket.resume();
    }

    close() {
        this.#socket.destroy();
    }

    #wake() {
        this.#changed.splice(0).forEach((resolve) => resolve());
    }

    #read(bytes) {
        this.#rest = Buffer.concat([this.#rest, bytes]);
        while (this.#rest.length >= 9) {
            const length = this.#rest.readUIntBE(0, 3);
            if (this.#rest.length < 9 + length) {
                break;
            }
            const [type, flags, stream] = [this.#rest[3], this.#rest[4],
                this.#rest.readUInt32BE(5)];
            this.#frame({ type, flags, stream, payload: this.#rest.subarray(9, 9 + length) });
            this.#rest = this.#rest.subarray(9 + length);
        }
        this.#wake();
    }

    #frame(got) {
        const { type, flags, stream, payload } = got;
        this.frames.push(got);
        if (type === SETTINGS && !(flags & ACK) && !this.quiet) {
            this.send(frame(SETTINGS, ACK, 0));
        }
        if (type === GOAWAY) {
            this.goaway = { last: payload.readUInt32BE(0), code: payload.readUInt32BE(4) };
        }
        if (stream === 0) {
            return;
        }
        const answer = this.answers.get(stream) ?? { status: undefined, body: "", done: false,
            interim: [] };
        this.answers.set(stream, answer);
        if (type === HEADERS) {
            const status = statusOf(payload);
            if (status < 200) {
                answer.interim.push(status);
            } else {
                answer.status = status;
            }
        } else if (type === DATA) {
            answer.body += payload.toString("latin1");
        } else if (type === RST_STREAM) {
            answer.reset = payload.readUInt32BE(0);
            answer.done = true;
        }
        if ((type === HEADERS || type === DATA) && flags & END_STREAM) {
            answer.done = true;
        }
    }

    /* Waits for a condition; polls too when `everyMs` is given. */
    async until(condition, what, everyMs) {
        const deadline = Date.now() + patienceMs;
        while (!condition()) {
            const left = deadline - Date.now();
            if (left <= 0) {
                throw new Error(`waited in vain for ${what}; frames: ${this.frames.map((f) => f.type)}`);
            }
            await new Promise((resolve) => {
                const timer = setTimeout(resolve, Math.min(left, everyMs ?? left));
                this.#changed.push(() => (clearTimeout(timer), resolve()));
            });
        }
    }

    /* The answer on a stream once it is complete or reset, or the connection is over. */
    async answer(stream) {
        await this.until(() => this.answers.get(stream)?.done || this.closed,
            `an answer on ${stream}`);
        return this.answers.get(stream) ?? {};
    }

    /* Waits for the end; the code of GOAWAY, undefined without one. */
    async end() {
        await this.until(() => this.closed, "the end");
        return this.goaway?.code;
    }
}
