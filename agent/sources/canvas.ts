/* canvas: text, curves, gradients and blending, drawn the way this machine's fonts, rasteriser and
 * graphics driver draw them.
 *
 * Farbling (noise that a browser adds so as not to be recognised) shows in two ways: two drawings
 * of one scene differ, or opaque pixels of known colour do not read back as they were painted. The
 * second way also finds noise that stays the same for a whole session.
 *
 * Privacy: high; often names a machine among hundreds. */

import type { Context } from "../collect.ts";
import { withExtra } from "../extra.ts";
import { sha256 } from "../sha256.ts";

const WIDTH = 300;
const HEIGHT = 150;

/* Each drawing has a fresh canvas and is read once: repeated reads make browsers move a canvas from
 * the graphics card to the processor, which would look like noise. */
function freshContext(width: number, height: number): CanvasRenderingContext2D | null {
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    /* Otherwise the page's language and direction choose fonts and places. */
    canvas.lang = "en";
    canvas.dir = "ltr";
    return canvas.getContext("2d");
}

function drawText(g: CanvasRenderingContext2D): void {
    g.textBaseline = "alphabetic";
    g.fillStyle = "#e8541a";
    g.fillRect(150, 6, 90, 28);
    g.fillStyle = "#0b6e8a";
    g.font = "15px Arial, 'Liberation Sans', sans-serif";
    g.fillText("Quick whorls vex; jumbo fjord 73\u00df", 6, 24);
    g.fillStyle = "rgba(90, 20, 160, 0.65)";
    g.font = "italic 19px Georgia, 'Times New Roman', serif";
    g.fillText("Wj\u00e9 \u0416\u03a9 \u4e2d\u0905 \u{1f9ed}\u{1f40c}\u{1f3f4}", 10.5, 52.25);
    g.font = "13px monospace";
    g.strokeStyle = "#224422";
    g.strokeText("0O1lI|{}~", 190, 58);
}

const DISCS = [[200, 96, "#f0f"], [222, 96, "#0ff"], [211, 114, "#ff0"]] as const;

function drawShapes(g: CanvasRenderingContext2D): void {
    const shade = g.createLinearGradient(0, 70, 300, 150);
    shade.addColorStop(0, "#ff2d95");
    shade.addColorStop(0.45, "#fdf06f");
    shade.addColorStop(1, "#27c4f2");
    g.fillStyle = shade;
    g.beginPath();
    g.moveTo(12, 140);
    g.bezierCurveTo(70, 20, 130, 190, 210, 78);
    g.quadraticCurveTo(260, 60, 288, 136);
    g.closePath();
    g.fill("evenodd");
    g.globalCompositeOperation = "multiply";
    for (const [x, y, colour] of DISCS) {
        g.fillStyle = colour;
        g.beginPath();
        g.arc(x, y, 21.5, 0, Math.PI * 2);
        g.fill();
    }
    g.globalCompositeOperation = "source-over";
    g.shadowBlur = 5;
    g.shadowColor = "#123";
    g.lineWidth = 1.7;
    g.beginPath();
    g.ellipse(80, 100, 44, 17.3, 0.6, 0.2, 5.4);
    g.stroke();
}

/* Does the even-odd rule leave the inner square out? */
function windingWorks(): boolean {
    const g = freshContext(1, 1);
    g?.rect(0, 0, 10, 10);
    g?.rect(2, 2, 6, 6);
    return !!g && !g.isPointInPath(5, 5, "evenodd");
}

/* What `attributes` reports: each half of the scene by itself. */
export interface CanvasExtra {
    winding: boolean;
    geometry: string;
    text: string;
}

/* Firefox writes a number of the session into each PNG, so that equal pixels give unequal files: a
 * chunk "deBG" of 16 hexadecimal digits (28 bytes) before the last one, IEND (12 bytes; PNG, section
 * 5.3). Measured in Firefox 153, 2026-11-25: the pixels are the same in all sessions. */
export function withoutSession(url: string): string {
    const [type, data] = url.split(",");
    try {
        const file = atob(data);
        const end = file.length - 40;
        return file.slice(end + 4, end + 8) === "deBG"
            ? `${type},${btoa(file.slice(0, end) + file.slice(-12))}`
            : url;
    } catch {
        return url; /* the page gives something else */
    }
}

type Draw = (g: CanvasRenderingContext2D) => void;

/* The image as a text; null without a canvas. */
async function drawn(pause: Context["pause"], ...draws: Draw[]): Promise<string | null> {
    await pause("long step");
    const g = freshContext(WIDTH, HEIGHT);
    if (!g) return null;
    for (const draw of draws) draw(g);
    await pause();
    return withoutSession(g.canvas.toDataURL());
}

export async function canvas({ pause, result }: Context) {
    const first = await drawn(pause, drawText, drawShapes);
    if (first === null) return null;
    const wrongPixels = (await result<{ pixels: number | null }>("farbling"))?.pixels ?? 0;
    const isFarbled = first !== (await drawn(pause, drawText, drawShapes)) || wrongPixels > 0;
    /* Noise has no hash worth keeping. */
    const half = async (draw: Draw) =>
        isFarbled ? "unstable" : sha256((await drawn(pause, draw)) ?? "").slice(0, 32);
    const extra: CanvasExtra = {
        winding: windingWorks(),
        geometry: await half(drawShapes),
        text: await half(drawText),
    };
    return withExtra({ hash: sha256(first), isFarbled }, extra);
}
