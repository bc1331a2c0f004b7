// A second reading of ClientHellos, written apart from src/net/hello.c and src/net/ja.c and in another
// way, to compare the server with: the message goes into a tree first, and the fingerprints are made of
// that with Node's own hashes.
//
//   const message = handshakeMessage(bytes);   // what the client sent -> its first ClientHello, whole
//   const facts = readHello(message);          // { ja3, ja3Text, ja4, grease, postQuantum, alpn, ... }
import { createHash } from "node:crypto";

const md5 = (text) => createHash("md5").update(text, "latin1").digest("hex");
const sha256 = (text) => createHash("sha256").update(text, "latin1").digest("hex");

/* Takes the record layer (RFC 8446 5.1) off; undefined while the message is not complete. */
export function handshakeMessage(stream) {
    const pieces = [];
    for (let at = 0; at + 5 <= stream.length; ) {
        const length = stream.readUInt16BE(at + 3);
        if (stream[at] !== 22) {
            throw new Error(`a record of type ${stream[at]} where the hello should be`);
        }
        pieces.push(stream.subarray(at + 5, at + 5 + length));
        const message = Buffer.concat(pieces);
        if (message.length >= 4 && message.length >= 4 + message.readUIntBE(1, 3)) {
            return message.subarray(0, 4 + message.readUIntBE(1, 3));
        }
        at += 5 + length;
    }
    return undefined;
}

class Reader {
    constructor(bytes) {
        this.bytes = bytes;
        this.at = 0;
    }

    number(size) {
        this.at += size;
        return this.bytes.readUIntBE(this.at - size, size);
    }

    take(size) {
        if (this.at + size > this.bytes.length) {
            throw new Error("the hello is cut short");
        }
        this.at += size;
        return new Reader(this.bytes.subarray(this.at - size, this.at));
    }

    vector(sizeOfLength) {
        return this.take(this.number(sizeOfLength));
    }

    list(read) {
        const items = [];
        while (this.at < this.bytes.length) {
            items.push(read(this));
        }
        return items;
    }
}

const greaseValues = new Set(Array.from({ length: 16 }, (_, i) => i * 0x1010 + 0x0a0a));
const real = (values) => values.filter((value) => !greaseValues.has(value));
const hex = (value) => value.toString(16).padStart(4, "0");
const u16 = (reader) => reader.number(2);

function readTree(message) {
    const all = new Reader(message);
    if (all.number(1) !== 1) {
        throw new Error("no ClientHello");
    }
    const body = all.vector(3);
    const tree = { version: body.number(2) };
    body.take(32);
    body.vector(1);
    tree.ciphers = body.vector(2).list(u16);
    body.vector(1);
    tree.extensions = [];
    if (body.at < body.bytes.length) {
        tree.extensions = body.vector(2).list((r) => ({ type: r.number(2), body: r.vector(2) }));
    }
    return tree;
}

const isGreaseName = (name) => name.length === 2 && greaseValues.has(name.readUInt16BE(0));

function alpnPart(names) {
    const name = names.find((candidate) => !isGreaseName(candidate));
    if (!name?.length) {
        return "00";
    }
    const ends = [name[0], name.at(-1)].map((byte) => String.fromCharCode(byte));
    const text = ends.every((end) => /[0-9A-Za-z]/.test(end)) ? ends.join("") : name.toString("hex");
    return text[0] + text.at(-1);
}

const versionNames = new Map([
    [0x0304, "13"], [0x0303, "12"], [0x0302, "11"], [0x0301, "10"], [0x0300, "s3"], [2, "s2"],
]);

export function readHello(message, transport = "t") {
    const tree = readTree(message);
    const inside = (type) => tree.extensions.find((extension) => extension.type === type)?.body;
    const numbers = (type, sizeOfLength) => inside(type)?.vector(sizeOfLength).list(u16) ?? [];
    const types = tree.extensions.map((extension) => extension.type);
    const groups = numbers(10, 2);
    const algorithms = numbers(13, 2);
    const versions = numbers(43, 1);
    const formats = inside(11)?.vector(1).list((r) => r.number(1)) ?? [];
    const alpn = inside(16)?.vector(2).list((r) => r.vector(1).bytes) ?? [];
    const keys = inside(51)?.vector(2).list((r) => {
        const group = r.number(2);
        r.vector(2);
        return group;
    }) ?? [];

    const ja3Lists = [tree.ciphers, types, groups].map((list) => real(list).join("-"));
    const ja3Text = [tree.version, ...ja3Lists, formats.join("-")].join(",");

    const version = versionNames.get(Math.max(...real(versions), -1)) ??
        (versions.length ? "00" : versionNames.get(tree.version) ?? "00");
    const ciphers = real(tree.ciphers).map(hex);
    const extensions = real(types).map(hex);
    const count = (list) => `${Math.min(list.length, 99)}`.padStart(2, "0");
    const a = transport + version + (types.includes(0) ? "d" : "i") + count(ciphers) +
        count(extensions) + alpnPart(alpn);
    const none = "000000000000";
    const b = ciphers.length ? sha256([...ciphers].sort().join(",")).slice(0, 12) : none;
    const kept = extensions.filter((type) => type !== "0000" && type !== "0010").sort();
    const signed = real(algorithms).map(hex).join(",");
    const c = kept.length ? sha256(kept.join(",") + (signed && `_${signed}`)).slice(0, 12) : none;

    return {
        ja3: md5(ja3Text),
        ja3Text,
        ja4: `${a}_${b}_${c}`,
        grease: [tree.ciphers, types, groups, algorithms, versions, keys].some((list) =>
            list.some((value) => greaseValues.has(value))) || alpn.some(isGreaseName),
        postQuantum: groups.some((group) =>
            [0x200, 0x201, 0x202, 0x11eb, 0x11ec, 0x11ed, 0x11ee, 0x4138, 0x6399, 0x639a, 0xfe30,
                0xfe31, 0xfe32].includes(group)),
        alpn: alpn.map((name) => name.toString("latin1")),
        bytes: message.length,
        resumes: types.includes(41),
    };
}
