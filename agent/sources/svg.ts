/* svg: sizes of one line of text as the vector renderer lays it out.
 *
 * Privacy: medium; fonts and zoom. */

import { sha256 } from "../sha256.ts";
import { withBox } from "../sandbox.ts";

const NAMESPACE = "http://www.w3.org/2000/svg";

export function svg() {
    return withBox((box) => {
        const root = document.createElementNS(NAMESPACE, "svg");
        const text = document.createElementNS(NAMESPACE, "text");
        text.textContent = "Whorl 0123 \u03a9\u00e9";
        text.style.setProperty("font", "italic 16.5px sans-serif");
        root.append(text);
        box.append(root);
        const bounds = text.getBBox();
        const textLengths = [
            bounds.width,
            bounds.height,
            text.getComputedTextLength(),
            text.getSubStringLength(0, 4),
            text.getSubStringLength(6, 3),
        ];
        return { hash: sha256(textLengths.join(",")), textLengths };
    });
}
