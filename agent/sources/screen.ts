/* screen: size, free area and colour depth of the display.
 *
 * Privacy: medium; size and free area of the screen. */

/* Firefox with resistFingerprinting on reported square window sizes of these widths. */
const RFP_WIDTHS = [1000, 1400, 1600];

export function screenFacts() {
    const { width, height, availWidth, availHeight, colorDepth } = screen;
    const pixelRatio = devicePixelRatio;
    return {
        width,
        height,
        availWidth,
        availHeight,
        colorDepth,
        pixelRatio,
        isFirefoxRfp: RFP_WIDTHS.includes(width) && width === height && pixelRatio === 1,
    };
}
