/* frameDepth: whether the page sits in frames of other pages, and how deep.
 *
 * Privacy: none; the page, not the person. */

import { sha256 } from "../sha256.ts";

const MAX_DEPTH = 32;

function readable(w: Window): boolean {
    try {
        return typeof w.location.href === "string";
    } catch {
        return false;
    }
}

export function frameDepth() {
    let depth = 0;
    let crossOriginBoundary = false;
    for (let w: Window = window; w !== w.parent && depth < MAX_DEPTH; w = w.parent) {
        depth++;
        if (!readable(w.parent)) crossOriginBoundary = true;
    }
    const isFramed = depth > 0;
    const topAccessible = readable(window.top ?? window);
    const hash = sha256([
        `isFramed:${isFramed}`,
        `depth:${depth}`,
        `topAccessible:${topAccessible}`,
        `crossOriginBoundary:${crossOriginBoundary}`,
    ].join("|"));
    return { isFramed, depth, topAccessible, crossOriginBoundary, hash };
}
