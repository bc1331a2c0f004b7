/* audio: a triangle wave through a compressor, computed off line. The samples depend on the
 * browser's own arithmetic and on the processor's; no microphone and no speaker takes part. Their
 * sum is kept for `attributes`.
 *
 * Privacy: low; the same for everybody with this engine and processor. */

import type { Context } from "../collect.ts";
import { withExtra } from "../extra.ts";
import { sha256 } from "../sha256.ts";

const FRAMES = 4500;
const RATE_HZ = 44100;

/* The compressor has settled by then, so that rounding differences have had time to add up. */
const FROM_FRAME = 4000;

export async function audio({ pause }: Context) {
    if (typeof OfflineAudioContext === "undefined") return null;
    const context = new OfflineAudioContext(1, FRAMES, RATE_HZ);
    const tone = context.createOscillator();
    tone.type = "triangle";
    tone.frequency.value = 8_700;
    const compressor = context.createDynamicsCompressor();
    compressor.threshold.value = -45;
    compressor.knee.value = 32;
    compressor.ratio.value = 11;
    compressor.attack.value = 0;
    compressor.release.value = 0.2;
    await pause();
    tone.connect(compressor);
    compressor.connect(context.destination);
    tone.start(0);
    const samples = (await context.startRendering()).getChannelData(0).subarray(FROM_FRAME);
    const value = {
        hash: sha256(Array.from(samples, (sample) => sample.toFixed(6)).join(",")),
        sampleRate: context.sampleRate,
        maxChannelCount: context.destination.maxChannelCount,
        /* A finished context is closed; only one that never ran is still suspended. */
        isSuspended: (context.state as string) === "suspended",
    };
    return withExtra(value, samples.reduce((sum, sample) => sum + Math.abs(sample), 0));
}
