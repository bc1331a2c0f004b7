/* windowFeatures: the names a window of this engine has. Read from a clean window, so that neither
 * the page's own variables nor an extension's change it from page to page.
 *
 * Privacy: low; a browser version. */

import { sha256 } from "../sha256.ts";
import { withCleanWindow } from "../sandbox.ts";

const KEPT_KEYS = 50;

/* In every engine, so they tell nothing. */
const COMMON = new Set([
    "AbortController", "AbortSignal", "AggregateError", "Array", "ArrayBuffer", "Atomics", "Attr",
    "Audio", "AudioBuffer", "AudioContext", "BarProp", "BeforeUnloadEvent", "BigInt",
    "BigInt64Array", "BigUint64Array", "Blob", "Boolean", "BroadcastChannel",
    "ByteLengthQueuingStrategy", "CSS", "CSSRule", "CSSRuleList", "CSSStyleDeclaration",
    "CSSStyleRule", "CSSStyleSheet", "Cache", "CacheStorage", "CanvasGradient", "CanvasPattern",
    "CanvasRenderingContext2D",
]);

export function windowFeatures() {
    const names = withCleanWindow((clean) => Object.getOwnPropertyNames(clean));
    const starting = (pattern: RegExp) => names.filter((name) => pattern.test(name)).length;
    const propertyCount = names.length;
    const webkitCount = starting(/^webkit/i);
    const mozCount = starting(/^moz/i);
    const litterKeys = names
        .filter((name) => /^[A-Z]/.test(name) && !COMMON.has(name))
        .sort()
        .slice(0, KEPT_KEYS);
    return {
        propertyCount,
        webkitCount,
        mozCount,
        litterKeys,
        hash: sha256(`${propertyCount}|${webkitCount}|${mozCount}|${litterKeys.join(",")}`),
    };
}
