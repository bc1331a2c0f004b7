// Which values src/identify/signals.def declares to differ between two loads, and what else differs.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

import { repository } from "../../lib/whorl.mjs";

const text = readFileSync(join(repository, "src/identify/signals.def"), "utf8");

export const volatiles = Array.from(
    text.matchAll(/^VOLATILE\((\w+), ([\w*]+)\)/gm), ([, signal, member]) => `${signal}.${member}`,
);

export const isVolatile = (path) =>
    volatiles.includes(path) || volatiles.includes(`${path.split(".")[0]}.*`);

/* Whose values others show too. */
const borrowed = { contexts: ["workerScope"], attributes: ["canvas", "webgl", "audio"] };

/* What a busy machine had no time for is absent, which is no difference. */
function late(name, ...all) {
    const names = [name, ...(borrowed[name] ?? [])];
    return all.some((signals) =>
        names.some((each) => /timeout/.test(signals.collection?.value.failures[each])),
    );
}

/* "canvas.hash", "status.battery": members that differ; "speech" when one of the two is null. */
export function differences(a, b) {
    const found = [];
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
        const [x, y] = [a[name]?.value, b[name]?.value];
        if (late(name, a, b)) continue;
        if (!x || !y) {
            if (x || y) found.push(name);
            continue;
        }
        for (const member of new Set([...Object.keys(x), ...Object.keys(y)])) {
            if (!isDeepStrictEqual(x[member], y[member])) found.push(`${name}.${member}`);
        }
    }
    return found;
}
