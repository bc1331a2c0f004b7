// Bundles the browser agent and the demo page and writes them as C arrays, for src/api/assets.h;
// with them the bodies that the snapshot dictionary is made of.
// Usage: node tools/embed.mjs OUT.c
import { build } from "esbuild";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const agent = join(root, "agent");

// What the browsers of the last five years read.
const TARGET = ["chrome90", "firefox90", "safari15"];

const BANNER = "/*! whorl - Apache-2.0 */";

async function bundled(entry) {
    const result = await build({
        entryPoints: [join(agent, entry)],
        bundle: true,
        minify: true,
        format: "iife",
        platform: "browser",
        target: TARGET,
        charset: "ascii",
        legalComments: "none",
        banner: { js: BANNER },
        write: false,
        logLevel: "warning",
    });
    return Buffer.from(result.outputFiles[0].contents);
}

const assets = [
    { name: "agent.js", type: "text/javascript; charset=utf-8", bytes: await bundled("index.ts") },
    { name: "demo.html", type: "text/html; charset=utf-8", bytes: await readFile(join(agent, "demo/demo.html")) },
    { name: "demo.js", type: "text/javascript; charset=utf-8", bytes: await bundled("demo/demo.ts") },
    { name: "demo.css", type: "text/css; charset=utf-8", bytes: await readFile(join(agent, "demo/demo.css")) },
];

// Not served. The likeliest comes last (src/identify/dictionary.c).
for (const browser of ["safari", "firefox", "chromium"])
    assets.push({
        name: `dictionary/${browser}`,
        type: "application/json",
        bytes: await readFile(join(root, "data/dictionary", `${browser}.json`)),
    });

// A string literal compiles many times faster than a list of numbers. Three octal digits end by
// themselves, whatever follows; an escaped question mark never starts a trigraph.
function escaped(byte) {
    const char = String.fromCharCode(byte);
    if (char === "\n") return "\\n";
    if (char === '"' || char === "\\" || char === "?") return `\\${char}`;
    if (byte < 0x20 || byte > 0x7e) return `\\${byte.toString(8).padStart(3, "0")}`;
    return char;
}

const BYTES_PER_LINE = 80;

function literal(bytes) {
    const lines = [];
    for (let at = 0; at < bytes.length; at += BYTES_PER_LINE) {
        const part = Array.from(bytes.subarray(at, at + BYTES_PER_LINE), escaped);
        lines.push(`    "${part.join("")}"`);
    }
    return lines.join("\n");
}

function identifier(name) {
    return name.replace(/\W/g, "_");
}

const arrays = assets.map(
    ({ name, bytes }) => `static const unsigned char ${identifier(name)}[] =\n${literal(bytes)};\n`,
);
const rows = assets.map(
    ({ name, type }) =>
        `    { "${name}", "${type}", ${identifier(name)}, sizeof ${identifier(name)} - 1 },`,
);

const out = process.argv[2];
if (!out) {
    console.error("usage: embed.mjs OUT.c");
    process.exit(2);
}
await mkdir(dirname(out), { recursive: true });
await writeFile(
    out,
    `/* Made by tools/embed.mjs from agent/; changes here are lost. */
#include "api/assets.h"

/* Longer than ISO C asks a compiler to take; those we build with take them. */
#pragma GCC diagnostic ignored "-Woverlength-strings"

${arrays.join("\n")}
const struct asset assets[] = {
${rows.join("\n")}
};

const size_t assets_count = sizeof assets / sizeof assets[0];
`,
);
