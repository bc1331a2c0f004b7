/* cssStyle: how many properties the style engine knows, and what the operating system's theme gives
 * to the named system colours and fonts.
 *
 * Privacy: low; a browser version and the theme of the system. */

import { sha256 } from "../sha256.ts";
import { withBox } from "../sandbox.ts";

const COLORS = [
    "AccentColor", "AccentColorText", "ActiveText", "ButtonBorder", "ButtonFace", "ButtonText",
    "Canvas", "CanvasText", "Field", "FieldText", "GrayText", "Highlight", "HighlightText",
    "LinkText", "Mark", "MarkText", "SelectedItem", "SelectedItemText", "VisitedText",
];

const FONTS = ["caption", "icon", "menu", "message-box", "small-caption", "status-bar"];

/* Each reading starts from a known value, so that a name the browser does not know stands out. */
function applied(box: HTMLElement, property: string, value: string, start: string) {
    box.style.setProperty(property, start);
    box.style.setProperty(property, value);
    return getComputedStyle(box);
}

export function cssStyle() {
    return withBox((box) => {
        /* Custom properties are the page's, not the engine's. */
        const isNative = (name: string) => !name.startsWith("--");
        const properties = Array.from(getComputedStyle(box)).filter(isNative);
        const colors = COLORS.map((name) => applied(box, "color", name, "rgb(1, 2, 3)").color);
        const fonts = FONTS.map((name) => {
            const style = applied(box, "font", name, "1px monospace");
            return [style.fontFamily, style.fontSize, style.fontWeight, style.fontStyle].join();
        });
        const propertyCount = properties.length;
        const systemColorHash = sha256(colors.join("|"));
        const systemFontHash = sha256(fonts.join("|"));
        return {
            propertyCount,
            systemColorHash,
            systemFontHash,
            hash: sha256([propertyCount, systemColorHash, systemFontHash].join("|")),
        };
    });
}
