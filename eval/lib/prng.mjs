// Seeded randomness and hashing. Everything random in a workload comes from here, so that one seed, with the
// same parameters, package versions and major of Node, always gives the same bytes.
import { createHash } from "node:crypto";

/* FNV-1a with MurmurHash3's avalanche at the end, 32 bits. */
export function h32(text) {
    let h = 0x811c9dc5;
    for (let i = 0; i < text.length; i++) {
        h ^= text.charCodeAt(i);
        h = Math.imul(h, 0x01000193);
    }
    h ^= h >>> 16;
    h = Math.imul(h, 0x85ebca6b);
    h ^= h >>> 13;
    h = Math.imul(h, 0xc2b2ae35);
    h ^= h >>> 16;
    return h >>> 0;
}

/* A number in [0, 1) that the key decides. */
export const unit = (key) => h32(key) / 2 ** 32;

/* A generator (sfc32) whose seed is a text. */
export function rng(seed) {
    let a = h32(`${seed}#a`);
    let b = h32(`${seed}#b`);
    let c = h32(`${seed}#c`);
    let counter = 1;
    const next = () => {
        const t = (a + b + counter) | 0;
        counter = (counter + 1) | 0;
        a = b ^ (b >>> 9);
        b = (c + (c << 3)) | 0;
        c = (c << 21) | (c >>> 11);
        c = (c + t) | 0;
        return (t >>> 0) / 2 ** 32;
    };
    for (let i = 0; i < 12; i++) next();
    return {
        u: next,
        p: (chance) => next() < chance,
        int: (low, high) => low + Math.floor(next() * (high - low + 1)),
        range: (low, high) => low + next() * (high - low),
        exp: (mean) => -Math.log(1 - next()) * mean,
        gauss: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
        pick: (list) => list[Math.floor(next() * list.length)],
        weighted: (pairs) => weighted(pairs, next()),
        shuffle: (list) => {
            for (let i = list.length - 1; i > 0; i--) {
                const j = Math.floor(next() * (i + 1));
                [list[i], list[j]] = [list[j], list[i]];
            }
        },
    };
}

/* pairs: value and weight; u in [0, 1). */
function weighted(pairs, u) {
    let total = 0;
    for (const [, weight] of pairs) total += weight;
    let rest = u * total;
    for (const [value, weight] of pairs) {
        rest -= weight;
        if (rest < 0) return value;
    }
    return pairs[pairs.length - 1][0];
}

const MEMO_MAX = 400_000;
const memo = new Map();

export const shaRaw = (text) => createHash("sha256").update(text).digest("hex");

/* SHA-256 in hex as the SDK makes it, remembered: many instances share their values. */
export function sha(text) {
    let hash = memo.get(text);
    if (hash === undefined) {
        hash = shaRaw(text);
        if (memo.size > MEMO_MAX) memo.clear();
        memo.set(text, hash);
    }
    return hash;
}

/* Ranks 0 to n - 1 with weights 1 / (rank + 1 + q) ^ s (Zipf-Mandelbrot). */
export class Zipf {
    #upTo;

    constructor(n, s, q) {
        this.#upTo = new Float64Array(n);
        let total = 0;
        for (let i = 0; i < n; i++) {
            total += 1 / Math.pow(i + 1 + q, s);
            this.#upTo[i] = total;
        }
    }

    draw(R) {
        const x = R.u() * this.#upTo[this.#upTo.length - 1];
        let low = 0;
        let high = this.#upTo.length - 1;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (this.#upTo[middle] > x) high = middle;
            else low = middle + 1;
        }
        return low;
    }
}
