/* SHA-256 (FIPS 180-4) of UTF-8 text, as lower-case hex.
 *
 * The browser's own crypto.subtle exists on secure pages only. With our own, a page on plain http
 * is no less recognisable than one on https. The constants are computed rather than typed in:
 * the first 32 bits of the fractions of square and cube roots of the first primes, which double
 * precision holds exactly enough (the tests compare with published vectors). */

const primes = firstPrimes(64);
const roundConstants = Uint32Array.from(primes, (p) => fraction32(Math.cbrt(p)));
const initialState = primes.slice(0, 8).map((p) => fraction32(Math.sqrt(p)));

function firstPrimes(count: number): number[] {
    const found: number[] = [];
    for (let n = 2; found.length < count; n++) {
        if (found.every((p) => n % p !== 0)) found.push(n);
    }
    return found;
}

function fraction32(x: number): number {
    return ((x - Math.floor(x)) * 0x100000000) >>> 0;
}

function rotate(x: number, by: number): number {
    return (x >>> by) | (x << (32 - by));
}

/* The text, a 1 bit, zeroes and the length in bits (64-bit big-endian), in whole 64-byte blocks. */
function padded(text: string): DataView {
    const bytes = new TextEncoder().encode(text);
    const whole = new Uint8Array(((bytes.length + 8) >> 6) * 64 + 64);
    whole.set(bytes);
    whole[bytes.length] = 0x80;
    const view = new DataView(whole.buffer);
    view.setUint32(whole.length - 8, Math.floor(bytes.length / 0x20000000));
    view.setUint32(whole.length - 4, bytes.length << 3);
    return view;
}

function expand(schedule: Int32Array, view: DataView, block: number): void {
    for (let i = 0; i < 16; i++) schedule[i] = view.getInt32(block + i * 4);
    for (let i = 16; i < 64; i++) {
        const a = schedule[i - 15];
        const b = schedule[i - 2];
        const s0 = rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3);
        const s1 = rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10);
        schedule[i] = schedule[i - 16] + s0 + schedule[i - 7] + s1;
    }
}

function compress(state: Int32Array, schedule: Int32Array): void {
    let a = state[0], b = state[1], c = state[2], d = state[3];
    let e = state[4], f = state[5], g = state[6], h = state[7];
    for (let i = 0; i < 64; i++) {
        const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
        const choose = (e & f) ^ (~e & g);
        const t1 = (h + s1 + choose + roundConstants[i] + schedule[i]) | 0;
        const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
        const majority = (a & b) ^ (a & c) ^ (b & c);
        h = g;
        g = f;
        f = e;
        e = (d + t1) | 0;
        d = c;
        c = b;
        b = a;
        a = (t1 + s0 + majority) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
}

export function sha256(text: string): string {
    const view = padded(text);
    const state = Int32Array.from(initialState);
    const schedule = new Int32Array(64);
    for (let block = 0; block < view.byteLength; block += 64) {
        expand(schedule, view, block);
        compress(state, schedule);
    }
    return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}
