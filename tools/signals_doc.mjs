// Writes the table of signals in docs/signals.md from the code: the head of each file in agent/sources/, the list in
// agent/sources.ts, src/identify/signals.def, and agent/stability.json (measured: tests/browser/stability.test.mjs).
//
//     node tools/signals_doc.mjs            writes it
//     node tools/signals_doc.mjs --check    says whether it is current; part of `make lint`

import { readFileSync, writeFileSync } from "node:fs";

const page = "docs/signals.md";
const begin = "<!-- signals: written by tools/signals_doc.mjs -->";
const end = "<!-- end of signals -->";

const read = (path) => readFileSync(path, "utf8");
const list = read("agent/sources.ts");
const table = read("src/identify/signals.def");
const measured = JSON.parse(read("agent/stability.json"));

const files = new Map(
    Array.from(list.matchAll(/import \{ (\w+) \} from "\.\/sources\/(\w+)\.ts"/g), ([, name, file]) => [name, file]),
);
const sources = Array.from(list.matchAll(/^ {4}\["(\w+)", (\w+)(?:, "(\w+)")?\],$/gm), ([, name, symbol, when]) => ({
    name, file: files.get(symbol), probe: when && when !== "early" ? when : undefined,
}));
const matched = Array.from(
    table.matchAll(/^S\(\w+, +(\w+), +([\w.]+), +\w+, +(\w+), +\w+, +(\w+)\)/gm),
    ([, signal, member, stability, falsified]) => ({ signal, member, stability, falsified: falsified === "true" }),
);
const volatiles = Array.from(
    table.matchAll(/^VOLATILE\((\w+), ([\w*]+)\)/gm), ([, signal, member]) => ({ signal, member }),
);

/* The comment that a source begins with: what it is, and what knowing it costs. */
function headOf({ file }) {
    const comment = /^\/\*([\s\S]*?)\*\//.exec(read(`agent/sources/${file}.ts`))?.[1] ?? "";
    const text = comment.replace(/^ \* ?/gm, "").replace(/\s+/g, " ").trim();
    const [what, privacy] = text.split(/ ?Privacy: /);
    const meaning = /^\w+(?: \([^)]*\))?: (.*?[.:;])(?: |$)/.exec(what)?.[1] ?? what;
    return { meaning: meaning.replace(/[:;]$/, "."), privacy: privacy?.replace(/\.$/, "") ?? "-" };
}

function shapeOf(name) {
    const members = Object.entries(measured.shapes[name] ?? {});
    return members.map(([member, kinds]) => `${member}: ${kinds.sort().join("\\|")}`).join(", ") || "-";
}

/* Members of this signal among the measured paths, without those that are declared to change on every load. */
function followers(name, what) {
    const found = new Set();
    for (const browser of Object.values(measured.browsers)) {
        for (const path of browser[what]) {
            const [signal, member] = path.split(".");
            if (signal === name && member && !isVolatile(name, member)) found.add(member);
        }
    }
    return [...found];
}

const isVolatile = (signal, member) =>
    volatiles.some((row) => row.signal === signal && (row.member === "*" || row.member === member));

function stabilityOf(name) {
    const own = volatiles.filter(({ signal }) => signal === name).map(({ member }) => member);
    const parts = [];
    if (own.length) parts.push(`each load: ${own[0] === "*" ? "all" : own.join(", ")}`);
    const loads = followers(name, "loads");
    if (loads.length) parts.push(`first load: ${loads.join(", ")}`);
    const session = [...new Set([...followers(name, "restart"), ...followers(name, "profile")])]
        .filter((member) => !loads.includes(member));
    if (session.length) parts.push(`session: ${session.join(", ")}`);
    const zoom = followers(name, "zoom").filter((member) => ![...loads, ...session].includes(member));
    if (zoom.length) parts.push(`zoom: ${zoom.join(", ")}`);
    const rows = matched.filter(({ signal, stability }) => signal === name && stability !== "VOLATILE");
    const slow = [...new Set(rows.map(({ stability }) => stability.toLowerCase()))];
    if (slow.length) parts.push(`else with: ${slow.join(", ")}`);
    return parts.join("; ") || "no change seen";
}

function written() {
    const lines = [
        "| signal | what it says | members, measured | changes with | costs in privacy | source |",
        "|---|---|---|---|---|---|",
    ];
    for (const source of sources) {
        const { meaning, privacy } = headOf(source);
        const probe = source.probe ? ` Only when asked for: \`${source.probe}\`.` : "";
        const cells = [`\`${source.name}\``, meaning + probe, shapeOf(source.name), stabilityOf(source.name), privacy,
            `\`${source.file}.ts\``];
        lines.push(`| ${cells.join(" | ")} |`);
    }
    const names = Object.entries(measured.browsers).map(([name, { version, ratios }]) =>
        `${name} ${version} (zoom ${ratios.map((ratio) => Number(ratio.toFixed(2))).join(", ")})`);
    lines.push("", `Measured ${measured.date}: ${measured.loads} loads, a restart, a second profile and steps of zoom in ` +
        `${names.join(" and ")}.`);
    return lines.join("\n");
}

const text = read(page);
const [head, rest] = text.split(begin);
const tail = rest?.split(end)[1];
if (tail === undefined) throw new Error(`${page} lacks the marks around the table`);
const wanted = `${head}${begin}\n${written()}\n${end}${tail}`;
if (!process.argv.includes("--check")) {
    writeFileSync(page, wanted);
} else if (wanted !== text) {
    console.error(`${page} does not show what the code says; run: node tools/signals_doc.mjs`);
    process.exitCode = 1;
}
