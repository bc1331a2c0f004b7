/* speech: the installed voices. They arrive late, or never where no speech service runs.
 *
 * Privacy: medium; installed voices. */

import { sha256 } from "../sha256.ts";

const VOICES_LIMIT_MS = 400;

function voices(): Promise<SpeechSynthesisVoice[]> {
    const found = speechSynthesis.getVoices();
    if (found.length > 0) return Promise.resolve(found);
    return new Promise((resolve) => {
        const done = () => resolve(speechSynthesis.getVoices());
        speechSynthesis.addEventListener("voiceschanged", done, { once: true });
        setTimeout(() => {
            speechSynthesis.removeEventListener("voiceschanged", done);
            done();
        }, VOICES_LIMIT_MS);
    });
}

export async function speech() {
    if (!("speechSynthesis" in window)) return null;
    const all = await voices();
    if (all.length === 0) return null;
    const local = all.filter((voice) => voice.localService).map((voice) => voice.name);
    return {
        voiceCount: all.length,
        localVoices: local,
        remoteVoiceCount: all.length - local.length,
        defaultVoice: all.find((voice) => voice.default)?.name ?? null,
        hash: sha256(all.map((voice) => `${voice.name}:${voice.lang}`).sort().join("|")),
    };
}
