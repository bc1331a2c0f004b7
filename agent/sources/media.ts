/* media: what media queries say about the display, the pointer and preferences.
 *
 * Privacy: medium; preferences, some of them for a disability. */

function firstMatch(feature: string, values: readonly string[], otherwise: string): string {
    return values.find((value) => matchMedia(`(${feature}: ${value})`).matches) ?? otherwise;
}

export function media() {
    return {
        colorScheme: firstMatch("prefers-color-scheme", ["dark", "light"], "no-preference"),
        contrast: firstMatch("prefers-contrast", ["more", "less"], "no-preference"),
        forcedColors: matchMedia("(forced-colors: active)").matches,
        pointer: firstMatch("pointer", ["fine", "coarse"], "none"),
        hover: firstMatch("hover", ["hover"], "none"),
        displayMode:
            firstMatch("display-mode", ["fullscreen", "standalone", "minimal-ui"], "browser"),
        reducedMotion: matchMedia("(prefers-reduced-motion: reduce)").matches,
        /* The widest first: a wide-gamut screen also matches the narrower ones. */
        colorGamut: firstMatch("color-gamut", ["rec2020", "p3"], "srgb"),
    };
}
