// Writes small MaxMind DB files (https://maxmind.github.io/MaxMind-DB/) for tests.
//
//   const bytes = mmdb({ type: "city ipv4", ipVersion: 4, recordBits: 24, networks: {
//       "192.0.2.0/24": { country_code: "DE", latitude: float(52.52), longitude: float(13.405) } } });
//
// Whole numbers become unsigned integers, other values what float(), double() and u16() say. Texts
// that occur again become pointers, as in real files.

export const float = (value) => ({ float: value });
export const double = (value) => ({ double: value });
export const u16 = (value) => ({ u16: value });

const SEPARATOR_BYTES = 16; // between tree and data

function head(type, size) {
    const out = [type > 7 ? 0 : type << 5];
    const extra = size < 29 ? [] : size < 285 ? [size - 29] : [(size - 285) >> 8, (size - 285) & 255];
    out[0] |= size < 29 ? size : size < 285 ? 29 : 30;
    if (type > 7) {
        out.push(type - 7);
    }
    return [...out, ...extra];
}

function bigEndian(value, bytes) {
    return Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** (bytes - 1 - i)) % 256);
}

class Data {
    bytes = [];
    #texts = new Map();

    constructor(pointers) {
        this.pointers = pointers;
    }

    /* Appends a value; returns where it stands. */
    put(value) {
        const at = this.bytes.length;
        if (typeof value === "string") {
            this.#text(value);
        } else if (Array.isArray(value)) {
            this.bytes.push(...head(11, value.length));
            value.forEach((v) => this.put(v));
        } else if (typeof value === "number") {
            this.#whole(6, value);
        } else if (typeof value === "boolean") {
            this.bytes.push(...head(14, value ? 1 : 0));
        } else if (value.u16 !== undefined) {
            this.#whole(5, value.u16);
        } else if (value.u64 !== undefined) {
            this.#whole(9, value.u64);
        } else if (value.float !== undefined || value.double !== undefined) {
            const buffer = Buffer.alloc(value.float !== undefined ? 4 : 8);
            if (value.float !== undefined) {
                buffer.writeFloatBE(value.float);
            } else {
                buffer.writeDoubleBE(value.double);
            }
            this.bytes.push(...head(buffer.length === 4 ? 15 : 3, buffer.length), ...buffer);
        } else {
            const entries = Object.entries(value);
            this.bytes.push(...head(7, entries.length));
            for (const [key, v] of entries) {
                this.put(key);
                this.put(v);
            }
        }
        return at;
    }

    #whole(type, value) {
        let bytes = 0;
        while (value >= 256 ** bytes) {
            bytes++;
        }
        this.bytes.push(...head(type, bytes), ...bigEndian(value, bytes));
    }

    #text(text) {
        const known = this.#texts.get(text);
        if (this.pointers && known !== undefined && known < 2048) {
            this.bytes.push((1 << 5) | (known >> 8), known & 255);
            return;
        }
        this.#texts.set(text, this.bytes.length);
        const raw = Buffer.from(text);
        this.bytes.push(...head(2, raw.length), ...raw);
    }
}

/* The bits of "192.0.2.0/24" or "2001:db8::/32" in a tree of that IP version. */
function bitsOf(network, ipVersion) {
    const [address, length] = network.split("/");
    const toBits = (values, each) =>
        values.map((v) => v.toString(2).padStart(each, "0")).join("");
    if (!address.includes(":")) {
        const bits = toBits(address.split(".").map(Number), 8).slice(0, Number(length));
        return ipVersion === 6 ? "0".repeat(96) + bits : bits;
    }
    const [left, right = ""] = address.split("::");
    const groups = (text) => (text ? text.split(":").map((g) => parseInt(g, 16)) : []);
    const [a, b] = [groups(left), groups(right)];
    const middle = Array(8 - a.length - b.length).fill(0);
    return toBits([...a, ...middle, ...b], 16).slice(0, Number(length));
}

function treeOf(networks, ipVersion) {
    const nodes = [[undefined, undefined]];
    for (const [network, record] of Object.entries(networks)) {
        const bits = bitsOf(network, ipVersion);
        let node = nodes[0];
        for (const bit of bits.slice(0, -1)) {
            if (node[bit] === undefined) {
                node[bit] = { node: nodes.length };
                nodes.push([undefined, undefined]);
            }
            node = nodes[node[bit].node];
        }
        node[bits.at(-1)] = { record };
    }
    return nodes;
}

function nodeBytes([left, right], bits) {
    if (bits === 28) {
        return [...bigEndian(left % 2 ** 24, 3), ((left / 2 ** 24) << 4) | (right / 2 ** 24),
            ...bigEndian(right % 2 ** 24, 3)];
    }
    return [...bigEndian(left, bits / 8), ...bigEndian(right, bits / 8)];
}

export function mmdb({ type, ipVersion, recordBits, networks, pointers = true, built = 1780666922 }) {
    const data = new Data(pointers);
    const nodes = treeOf(networks, ipVersion);
    const valueOf = (side) => {
        if (side === undefined) {
            return nodes.length;
        }
        return side.node ?? nodes.length + SEPARATOR_BYTES + data.put(side.record);
    };
    const tree = nodes.flatMap((sides) => nodeBytes(sides.map(valueOf), recordBits));
    const about = new Data(false);
    about.put({
        binary_format_major_version: u16(2), binary_format_minor_version: u16(0),
        build_epoch: { u64: built }, database_type: type, description: { en: "made for tests" },
        ip_version: u16(ipVersion), languages: ["en"], node_count: nodes.length,
        record_size: u16(recordBits),
    });
    return Buffer.from([...tree, ...Array(SEPARATOR_BYTES).fill(0), ...data.bytes,
        0xab, 0xcd, 0xef, ...Buffer.from("MaxMind.com"), ...about.bytes]);
}
