/* cssFeatures: which younger parts of CSS the engine has; dates the engine.
 *
 * Privacy: low; a browser version. */

import { sha256 } from "../sha256.ts";
import { flagText } from "../text.ts";

export function cssFeatures() {
    const has = (condition: string) => CSS.supports(condition);
    const features = {
        containerQueries: has("container-type: inline-size"),
        colorMix: has("color: color-mix(in srgb, red, blue)"),
        hasSelector: has("selector(:has(a))"),
        okLch: has("color: oklch(50% 0.1 90)"),
        dynamicViewport: has("height: 1dvh"),
        viewTransitions: "startViewTransition" in document,
        scrollbarGutter: has("scrollbar-gutter: stable"),
        nesting: has("selector(&)"),
        accentColor: has("accent-color: red"),
        textWrapBalance: has("text-wrap: balance"),
        backdropFilter:
            has("backdrop-filter: blur(1px)") || has("-webkit-backdrop-filter: blur(1px)"),
        subgrid: has("grid-template-rows: subgrid"),
    };
    return {
        features,
        supportedCount: Object.values(features).filter(Boolean).length,
        hash: sha256(flagText(features)),
    };
}
