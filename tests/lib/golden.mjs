// Golden answers: files in tests/golden that UPDATE_GOLDEN=1 writes anew. Look at the difference before you commit it.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { repository } from "./whorl.mjs";

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/* What to change in `base` to get `value`: members that differ, objects within objects, lists as a whole; a member
 * that is gone is "(absent)". undefined when they are equal. */
export function difference(base, value) {
    if (!isObject(base) || !isObject(value)) {
        return JSON.stringify(base) === JSON.stringify(value) ? undefined : value;
    }
    const out = {};
    for (const key of new Set([...Object.keys(base), ...Object.keys(value)])) {
        const change = !(key in value) ? "(absent)" : key in base ? difference(base[key], value[key]) : value[key];
        if (change !== undefined) out[key] = change;
    }
    return Object.keys(out).length ? out : undefined;
}

export function assertGolden(name, value) {
    const path = join(repository, "tests/golden", `${name}.json`);
    const text = `${JSON.stringify(value, null, 4)}\n`;
    if (process.env.UPDATE_GOLDEN) {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
    }
    assert.ok(existsSync(path), `${path}: UPDATE_GOLDEN=1 writes it`);
    assert.equal(text, readFileSync(path, "utf8"), `differs from ${path}`);
}
