// A second reading of how a client opens an HTTP/2 connection, written apart from src/net/http2_*.c and
// from nghttp2, to compare the server with: the whole recording is cut into frames first, and the line
//
//     SETTINGS | WINDOW_UPDATE | PRIORITY | pseudo-header order
//
// is made of them as src/net/http2_print.h describes it.
//
//   const lines = readHttp2(bytes);   // of the POST requests that the client sent, one line each
//
// HPACK (RFC 7541): only names are followed, and pseudo-headers have theirs from the static table, so no
// Huffman code is needed. How long a Huffman string may be when decoded bounds the size of the dynamic
// table; a recording that might have evicted entries is refused rather than misread.

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const types = { headers: 1, priority: 2, settings: 4, windowUpdate: 8, continuation: 9 };
const flagEndHeaders = 4, flagPadded = 8, flagPriority = 0x20;

/* RFC 7541 appendix A: 61 entries, of which 1 to 7 are pseudo-headers of requests. */
const staticEntries = 61, longestStaticName = 27;
const pseudoLetters = ["", "a", "m", "m", "p", "p", "s", "s"];
const methodPost = 3;
const tableBytes = 4096; // the default, which whorl leaves as it is
const shortestCodeBits = 5;

/* Whole frames after the preface; undefined when the client has not even sent that. */
function framesOf(bytes) {
    if (bytes.length < preface.length) {
        return undefined;
    }
    if (bytes.toString("latin1", 0, preface.length) !== preface) {
        throw new Error("the client does not begin with HTTP/2's preface");
    }
    const frames = [];
    for (let at = preface.length; at + 9 <= bytes.length; ) {
        const end = at + 9 + bytes.readUIntBE(at, 3);
        if (end > bytes.length) {
            break;
        }
        frames.push({ type: bytes[at + 3], flags: bytes[at + 4],
            stream: bytes.readUInt32BE(at + 5) & 0x7fffffff, payload: bytes.subarray(at + 9, end) });
        at = end;
    }
    return frames;
}

function settingsText(payload) {
    const pairs = [];
    for (let at = 0; at < payload.length; at += 6) {
        pairs.push(`${payload.readUInt16BE(at)}:${payload.readUInt32BE(at + 2)}`);
    }
    return pairs.join(";");
}

function priorityText({ stream, payload }) {
    const dependency = payload.readUInt32BE(0);
    return [stream, dependency >>> 31, dependency & 0x7fffffff, payload[4] + 1].join(":");
}

/* What comes before the first request. */
function openingText(frames) {
    const first = frames.findIndex(({ type }) => type === types.headers);
    const opening = frames.slice(0, first);
    const settings = opening.find(({ type }) => type === types.settings);
    const update = opening.find(({ type, stream }) => type === types.windowUpdate && stream === 0);
    const priorities = opening.filter(({ type }) => type === types.priority);
    return [
        settingsText(settings.payload),
        update ? update.payload.readUInt32BE(0) & 0x7fffffff : "00",
        priorities.map(priorityText).join(",") || "0",
    ].join("|");
}

/* The header block of each request, without padding and priority, CONTINUATION frames added. */
function blocksOf(frames) {
    const blocks = [];
    let open;
    for (const { type, flags, payload } of frames) {
        if (type === types.headers) {
            const padded = flags & flagPadded ? 1 : 0;
            const from = padded + (flags & flagPriority ? 5 : 0);
            open = [payload.subarray(from, payload.length - (padded && payload[0]))];
        } else if (type === types.continuation) {
            open.push(payload);
        }
        if (open && flags & flagEndHeaders && (type === types.headers || type === types.continuation)) {
            blocks.push(Buffer.concat(open));
            open = undefined;
        }
    }
    return blocks;
}

/* The fields of one connection's blocks, as { letter, post }; both empty for ordinary fields. */
class FieldReader {
    #table = []; // newest first
    #bytes = 0;  // at most so many, by RFC 7541's count
    #block;
    #at;

    read(block) {
        [this.#block, this.#at] = [block, 0];
        const fields = [];
        while (this.#at < block.length) {
            const first = block[this.#at];
            if (first & 0x80) {
                fields.push(this.#entry(this.#number(7)));
            } else if ((first & 0xe0) === 0x20) {
                this.#resize(this.#number(5));
            } else {
                fields.push(this.#literal(Boolean(first & 0x40)));
            }
        }
        return fields;
    }

    #number(bits) {
        const most = (1 << bits) - 1;
        let value = this.#block[this.#at++] & most;
        if (value === most) {
            let byte;
            let unit = 1;
            do {
                byte = this.#block[this.#at++];
                value += (byte & 0x7f) * unit;
                unit *= 128;
            } while (byte & 0x80);
        }
        return value;
    }

    /* The most bytes that a string may have; steps over it. */
    #string() {
        const huffman = this.#block[this.#at] & 0x80;
        const length = this.#number(7);
        this.#at += length;
        return huffman ? Math.floor((length * 8) / shortestCodeBits) : length;
    }

    #entry(index) {
        if (index >= 1 && index <= staticEntries) {
            return { letter: pseudoLetters[index] ?? "", post: index === methodPost,
                nameBytes: longestStaticName };
        }
        const entry = this.#table[index - staticEntries - 1];
        if (!entry) {
            throw new Error(`a field refers to entry ${index}, which does not exist`);
        }
        return entry;
    }

    #literal(indexed) {
        const index = this.#number(indexed ? 6 : 4);
        const { letter, nameBytes } = index ? this.#entry(index) : { letter: "", nameBytes: this.#string() };
        const field = { letter, post: false, nameBytes };
        const size = nameBytes + this.#string() + 32;
        if (indexed) {
            this.#bytes += size;
            if (this.#bytes > tableBytes) {
                throw new Error("the recording is too long for this reader");
            }
            this.#table.unshift(field);
        }
        return field;
    }

    #resize(bytes) {
        if (bytes === 0) {
            [this.#table, this.#bytes] = [[], 0];
        } else if (bytes < this.#bytes) {
            throw new Error("the table gets smaller than this reader can follow");
        }
    }
}

export function readHttp2(bytes) {
    const frames = framesOf(bytes);
    if (!frames?.some(({ type }) => type === types.headers)) {
        return []; // a connection that was opened ahead and not used
    }
    const opening = openingText(frames);
    const reader = new FieldReader();
    return blocksOf(frames).map((block) => reader.read(block))
        .filter((fields) => fields.some(({ post }) => post))
        .map((fields) => `${opening}|${fields.map(({ letter }) => letter).filter(Boolean).join(",")}`);
}
