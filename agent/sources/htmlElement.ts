/* htmlElement: the names an element has, up its chain of prototypes, in a clean window.
 *
 * Privacy: low; a browser version. */

import { sha256 } from "../sha256.ts";
import { withCleanWindow } from "../sandbox.ts";

export function htmlElement() {
    const names = withCleanWindow((clean) => {
        const found: string[] = [];
        let level: object | null = clean.document.createElement("div");
        while (level) {
            found.push(...Object.getOwnPropertyNames(level));
            level = Object.getPrototypeOf(level) as object | null;
        }
        return found;
    });
    return { propertyCount: names.length, hash: sha256(names.join(",")) };
}
