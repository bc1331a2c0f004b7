// Bundles the browser agent and the demo page and writes them as C arrays, for src/api/assets.h;
// with them the bodies that the snapshot dictionary is made of.
// Usage: node tools/embed.mjs OUT.c
//        node tools/embed.mjs --sizes     prints what each script weighs
//
// A script that knows its key begins with a head of HEAD_BYTES that the server writes per answer; what
// follows is always the same. So it is compressed here, once and as well as can be, in a form that a
// plain head can be put in front of: see scripted() and src/api/asset_reply.c.
import { build } from "esbuild";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as zlib from "node:zlib";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const agent = join(root, "agent");

// What the browsers of the last five years read.
const TARGET = ["chrome90", "firefox90", "safari15"];

const { version } = JSON.parse(await readFile(join(agent, "package.json"), "utf8"));

const BANNER = "/*! whorl - Apache-2.0 */";
const SCRIPT = "text/javascript; charset=utf-8";

// The same as ASSET_HEAD_BYTES in src/api/assets.h.
const HEAD_BYTES = 512;
const BROTLI_WINDOW_BITS = 22;

async function bundled(entry, options = {}) {
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
        ...options,
    });
    return Buffer.from(result.outputFiles[0].contents);
}

// HEAD_BYTES in which an encoder finds nothing to refer to: no two bytes stand together twice, and none is
// in a word of Brotli's dictionary.
function standIn() {
    const bytes = [0xf8];
    const pairs = new Set();
    while (bytes.length < HEAD_BYTES - 2) {
        const last = bytes.at(-1);
        for (let next = 0x117; next >= 0xf8; next--) {
            const pair = last * 256 + (next & 0xff);
            if (pairs.has(pair)) continue;
            pairs.add(pair);
            bytes.push(next & 0xff);
            break;
        }
    }
    return Buffer.concat([Buffer.from(bytes), Buffer.from(";\n")]);
}

// Brotli's stream of `bytes` behind a head: an uncompressed meta-block of HEAD_BYTES (RFC 7932, 9.2),
// then what the encoder made of the rest. The encoder saw a head of bytes that the rest never holds, so
// that it refers to nothing in it but the last two, which are the same in every head.
async function brotli(bytes) {
    const encoder = zlib.createBrotliCompress({ params: {
        [zlib.constants.BROTLI_PARAM_QUALITY]: 11,
        [zlib.constants.BROTLI_PARAM_LGWIN]: BROTLI_WINDOW_BITS,
        [zlib.constants.BROTLI_PARAM_MODE]: zlib.constants.BROTLI_MODE_TEXT,
    } });
    const parts = [];
    encoder.on("data", (part) => parts.push(part));
    encoder.write(standIn());
    await new Promise((resolve) => encoder.flush(zlib.constants.BROTLI_OPERATION_FLUSH, resolve));
    parts.length = 0;
    const ended = new Promise((resolve) => encoder.once("end", resolve));
    encoder.end(bytes);
    await ended;
    const start = 1 | ((BROTLI_WINDOW_BITS - 17) << 1) | ((HEAD_BYTES - 1) << 7) | (1 << 23);
    return { prefix: Buffer.from([start, start >> 8, start >> 16].map((n) => n & 0xff)), rest: Buffer.concat(parts) };
}

// gzip's stream of the same: a header, a stored block for the head (RFC 1951, 3.2.4), a deflate stream
// of the rest that knows nothing of the head. Checksum and length are added when the head is known.
function gzip(bytes) {
    const stored = [0, HEAD_BYTES & 0xff, HEAD_BYTES >> 8, ~HEAD_BYTES & 0xff, (~HEAD_BYTES >> 8) & 0xff];
    const prefix = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255, ...stored]);
    return { prefix, rest: zlib.deflateRawSync(bytes, { level: 9, memLevel: 9 }) };
}

function head(text) {
    return Buffer.from(`${text.padEnd(HEAD_BYTES - 2)};\n`, "latin1");
}

function check(name, { bytes, brotli, gzip }) {
    for (const text of ["const a=1", `const config={"key":"${"x".repeat(400)}"}`]) {
        const whole = Buffer.concat([head(text), bytes]);
        const br = zlib.brotliDecompressSync(Buffer.concat([brotli.prefix, head(text), brotli.rest]));
        const end = Buffer.alloc(8);
        end.writeUInt32LE(zlib.crc32(whole), 0);
        end.writeUInt32LE(whole.length, 4);
        const gz = zlib.gunzipSync(Buffer.concat([gzip.prefix, head(text), gzip.rest, end]));
        if (!br.equals(whole) || !gz.equals(whole)) throw new Error(`${name} is not compressed right`);
    }
}

// A script with a head. `open` is what stands before the configuration there.
async function scripted(name, entry, format) {
    const wrap = format === "iife" ? { footer: { js: "})();" } } : {};
    const bytes = await bundled(entry, { format, banner: {}, ...wrap });
    const open = `${BANNER}${format === "iife" ? "(()=>{" : ""}const whorlConfig=`;
    const asset = { name, type: SCRIPT, open, bytes, brotli: await brotli(bytes), gzip: gzip(bytes) };
    check(name, asset);
    return asset;
}

const scripts = [
    await scripted("agent.js", "index.ts", "iife"),
    await scripted("agent.mjs", "module.ts", "esm"),
    await scripted("v3/loader.js", "v3/loader.ts", "iife"),
    await scripted("v3/module.mjs", "v3/module.ts", "esm"),
    await scripted("v3/iife.js", "v3/iife.ts", "iife"),
    await scripted("v4/module.mjs", "v4/module.ts", "esm"),
];

if (process.argv[2] === "--sizes") {
    for (const { name, bytes, gzip, brotli } of scripts) {
        const size = ({ prefix, rest }, end) => prefix.length + HEAD_BYTES + rest.length + end;
        console.log(`${name}: ${HEAD_BYTES + bytes.length} bytes, gzip ${size(gzip, 8)}, brotli ${size(brotli, 0)}`);
    }
    process.exit(0);
}

const assets = [
    ...scripts,
    { name: "demo.html", type: "text/html; charset=utf-8", bytes: await readFile(join(agent, "demo/demo.html")) },
    { name: "demo.js", type: SCRIPT, bytes: await bundled("demo/demo.ts") },
    { name: "docs.html", type: "text/html; charset=utf-8", bytes: await readFile(join(agent, "docs/docs.html")) },
    { name: "docs.js", type: SCRIPT, bytes: await bundled("docs/docs.ts") },
    { name: "docs.css", type: "text/css; charset=utf-8", bytes: await readFile(join(agent, "docs/docs.css")) },
    { name: "demo.css", type: "text/css; charset=utf-8", bytes: await readFile(join(agent, "demo/demo.css")) },
];

// A part of /openapi.json.
assets.push({
    name: "openapi/schemas.json",
    type: "application/json",
    bytes: Buffer.from(JSON.stringify(JSON.parse(await readFile(join(root, "data/openapi/schemas.json"), "utf8")))),
});

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

const array = (name, bytes) => `static const unsigned char ${name}[] =\n${literal(bytes)};\n`;

function arrays({ name, bytes, brotli, gzip }) {
    const id = identifier(name);
    if (!brotli) return array(id, bytes);
    return [array(id, bytes), array(`${id}_br`, brotli.rest), array(`${id}_gz`, gzip.rest)].join("\n");
}

function row({ name, type, open, bytes, brotli, gzip }) {
    const id = identifier(name);
    const plain = `"${name}", "${type}", ${id}, sizeof ${id} - 1`;
    if (!brotli) return `    { ${plain}, NULL, 0, 0, { 0 }, { 0 } },`;
    const tag = `0x${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}`;
    const coded = (suffix, prefix) =>
        `{ "${Array.from(prefix, escaped).join("")}", ${prefix.length}, ${id}_${suffix}, sizeof ${id}_${suffix} - 1 }`;
    const checksum = `0x${zlib.crc32(bytes).toString(16)}`;
    return `    { ${plain}, ${JSON.stringify(open)}, ${tag}, ${checksum},\n      ${coded("br", brotli.prefix)},\n      ${coded("gz", gzip.prefix)} },`;
}

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

${assets.map(arrays).join("\n")}
const struct asset assets[] = {
${assets.map(row).join("\n")}
};

const size_t assets_count = sizeof assets / sizeof assets[0];
const char assets_version[] = ${JSON.stringify(version)};
`,
);
