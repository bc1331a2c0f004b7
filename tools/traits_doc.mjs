// Writes the table of traits in docs/matching.md from the code: src/identify/link/traits.def (what is compared) and
// src/identify/signals.def (which signals make a trait).
//
//     node tools/traits_doc.mjs            writes it
//     node tools/traits_doc.mjs --check    says whether it is current; part of `make lint`

import { readFileSync, writeFileSync } from "node:fs";

const page = "docs/matching.md";
const begin = "<!-- traits: written by tools/traits_doc.mjs -->";
const end = "<!-- end of traits -->";

function rows(file, name) {
    const text = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
    const pattern = new RegExp(`^${name}\\((.*)\\)\\s*$`, "gm");
    return [...text.matchAll(pattern)].map((match) => match[1].split(",").map((cell) => cell.trim()));
}

function table() {
    const signals = rows("src/identify/signals.def", "S").map(
        ([, signal, member, , stability, group, falsified]) =>
            ({ path: `${signal}.${member}`, stability, group, falsified: falsified === "true" }));
    const lines = [
        "| trait | made of | stability | asked among | in private windows | prior: changes a day, wobbles |",
        "|---|---|---|---|---|---|",
    ];
    for (const row of rows("src/identify/link/traits.def", "T")) {
        const [trait, , given, also, , , , daily, wobble, other, words] = row;
        const own = signals.filter(({ group }) => group === trait);
        const paths = own.map(({ path, falsified }) => `\`${path}\`${falsified ? "*" : ""}`).join(", ");
        const stability = [...new Set(own.map((signal) => signal.stability.toLowerCase()))].join(", ");
        const context = [given, also].filter((name) => name !== "none").join(", ");
        lines.push(`| ${words.replaceAll('"', "")} | ${paths || "-"} | ${stability || "-"} | ${context || "-"} | ` +
            `${other === "OTHER" ? "another" : "the same"} | ${Number(daily)}, ${Number(wobble)} |`);
    }
    return lines.join("\n");
}

const text = readFileSync(page, "utf8");
const [head, rest] = text.split(begin);
const tail = rest?.split(end)[1];
if (tail === undefined) throw new Error(`${page} lacks the marks around the table`);
const wanted = `${head}${begin}\n${table()}\n${end}${tail}`;
if (!process.argv.includes("--check")) {
    writeFileSync(page, wanted);
} else if (wanted !== text) {
    console.error(`${page} does not show what the code says; run: node tools/traits_doc.mjs`);
    process.exitCode = 1;
}
