/* farbling: noise that a browser adds to what it draws, plays or measures, so as not to be recognised. Each
 * test writes values that are exact and counts those that read back changed: opaque pixels of known colour,
 * samples of a constant sound, boxes of whole pixels. Noise that stays the same for a whole session shows
 * here too, where two drawings of one scene do not.
 *
 * Privacy: medium; which protection somebody uses. */

import { withBox } from "../sandbox.ts";

const SIDE = 16;
const SAMPLES = 64;
const BOXES = [[37, 11], [250, 64], [3, 129]] as const;

/* Firefox lays out in steps of 1/60 pixel, Chromium and Safari in steps of 1/64. */
const STEP_PX = 1 / 60 + 1e-6;

function colour(i: number): [number, number, number] {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    return [x * 15 + 8, y * 15 + 8, ((x + y) * 8) % 256];
}

/* null without a canvas. */
function wrongPixels(): number | null {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIDE;
    const g = canvas.getContext("2d");
    if (!g) return null;
    for (let i = 0; i < SIDE * SIDE; i++) {
        g.fillStyle = `rgb(${colour(i).join(",")})`;
        g.fillRect(i % SIDE, Math.floor(i / SIDE), 1, 1);
    }
    const read = g.getImageData(0, 0, SIDE, SIDE).data;
    let wrong = 0;
    for (let i = 0; i < SIDE * SIDE; i++) {
        if (colour(i).some((level, channel) => read[i * 4 + channel] !== level)) wrong++;
    }
    return wrong;
}

function wrongSamples(): number | null {
    if (typeof AudioBuffer === "undefined") return null;
    const buffer = new AudioBuffer({ length: SAMPLES, sampleRate: 44100 });
    buffer.getChannelData(0).fill(0.5);
    return buffer.getChannelData(0).filter((sample) => sample !== 0.5).length;
}

function wrongRects(): number {
    return withBox((box) => BOXES.filter(([width, height]) => {
        const element = document.createElement("div");
        element.style.setProperty("width", `${width}px`);
        element.style.setProperty("height", `${height}px`);
        box.append(element);
        const rect = element.getBoundingClientRect();
        return Math.abs(rect.width - width) > STEP_PX || Math.abs(rect.height - height) > STEP_PX;
    }).length);
}

export function farbling() {
    return { pixels: wrongPixels(), samples: wrongSamples(), rects: wrongRects() };
}
