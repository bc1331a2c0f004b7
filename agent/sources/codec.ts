/* codec: which media formats the browser plays, streams and records.
 *
 * Privacy: low; a browser version and its codecs. */

import { sha256 } from "../sha256.ts";

const VIDEO = [
    'video/mp4; codecs="avc1.42E01E"', 'video/mp4; codecs="hev1.1.6.L93.B0"',
    'video/webm; codecs="vp8"', 'video/webm; codecs="vp9"',
    'video/webm; codecs="av01.0.05M.08"', "video/ogg",
];
const AUDIO = ["audio/mpeg", "audio/ogg", "audio/webm", "audio/aac", "audio/flac", "audio/wav"];

/* The order in which the hash takes them, where punctuation does not count. */
const HASHED = [
    "audio/aac", "audio/flac", "audio/mpeg", "audio/ogg", "audio/wav", "audio/webm", VIDEO[0],
    VIDEO[1], "video/ogg", VIDEO[4], VIDEO[2], VIDEO[3],
];

interface Support {
    canPlay: string;
    mediaSource: boolean;
    mediaRecorder: boolean;
}

function support(element: HTMLMediaElement, type: string): Support {
    return {
        canPlay: element.canPlayType(type),
        mediaSource: typeof MediaSource !== "undefined" && MediaSource.isTypeSupported(type),
        mediaRecorder: typeof MediaRecorder !== "undefined" && MediaRecorder.isTypeSupported(type),
    };
}

export function codec() {
    const video = document.createElement("video");
    const audio = document.createElement("audio");
    const matrix: Record<string, Support> = {};
    for (const type of VIDEO) matrix[type] = support(video, type);
    for (const type of AUDIO) matrix[type] = support(audio, type);
    const text = HASHED.map((type) => {
        const { canPlay, mediaSource, mediaRecorder } = matrix[type];
        return `${type}:${canPlay}:${mediaSource}:${mediaRecorder}`;
    });
    return { matrix, hash: sha256(text.join("|")) };
}
