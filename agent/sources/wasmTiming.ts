/* wasmTiming: how long a small loop of WebAssembly takes. Different on every run.
 *
 * Privacy: none lasting; the speed of this moment. */

const RUNS = 10;
const ROUNDS = 20_000;

/* (func (export "f") (param $n i32) (result i32) (local $x i32)
 *   (loop (local.set $x (i32.add (i32.mul $x $n) 1)) (br_if 0 (local.tee $n (i32.sub $n 1))))
 *   $x), in the binary format of the specification, section 5 */
const MODULE = [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 127, 1, 127, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10,
    30, 1, 28, 1, 1, 127, 3, 64, 32, 1, 32, 0, 108, 65, 1, 106, 33, 1, 32, 0, 65, 1, 107, 34, 0, 13,
    0, 11, 32, 1, 11,
];

export async function wasmTiming() {
    const { instance } = await WebAssembly.instantiate(Uint8Array.from(MODULE));
    const loop = instance.exports["f"] as (rounds: number) => number;
    const times: number[] = [];
    for (let i = 0; i < RUNS; i++) {
        const start = performance.now();
        loop(ROUNDS);
        times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    const mean = times.reduce((sum, time) => sum + time, 0) / RUNS;
    const variance = times.reduce((sum, time) => sum + (time - mean) ** 2, 0) / RUNS;
    return {
        medianMs: (times[RUNS / 2 - 1] + times[RUNS / 2]) / 2,
        stddevMs: Math.sqrt(variance),
    };
}
