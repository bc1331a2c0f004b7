// Writes docs/verdicts.md's description of every verdict from the code: the comment at the head of each file in
// src/identify/verdicts/ (its sections are laid down in verdict.h) and src/event/reasons.def (what people read).
//
//     node tools/verdicts_doc.mjs            writes it
//     node tools/verdicts_doc.mjs --check    says whether it is current; part of `make lint`

import { readFileSync, readdirSync, writeFileSync } from "node:fs";

const page = "docs/verdicts.md";
const folder = "src/identify/verdicts";
const begin = "<!-- verdicts: written by tools/verdicts_doc.mjs -->";
const end = "<!-- end of verdicts -->";
const sections = ["Shown", "Evidence", "Confidence", "Never alone", "Blind spots"];

function readReasons() {
    const text = readFileSync("src/event/reasons.def", "utf8");
    const row = /^R\(\s*(\d+),\s*(\w+),\s*(\w+),\s*"((?:[^"\\]|\\.)*)"\)\s*$/gm;
    return [...text.matchAll(row)].map(([, number, name, verdict, words]) =>
        ({ number: Number(number), name, verdict, words: words.replaceAll('\\"', '"') }));
}

/* The lines of a file's first comment, without its stars. */
function headOf(file) {
    const comment = /^\/\*([\s\S]*?)\*\//.exec(readFileSync(file, "utf8"))?.[1] ?? "";
    return comment.split("\n").map((line, i) => (i ? line.replace(/^ \* ?/, "") : line.trim()).trimEnd());
}

const paragraphs = (lines) =>
    lines.join("\n").trim().split(/\n\s*\n/).map((text) => text.replace(/\s+/g, " ").trim()).filter(Boolean);

/* "  NAME   text" begins an entry; lines that stand deeper go on with it. */
function entriesOf(lines, file) {
    const entries = [];
    for (const line of lines.filter((text) => text && text !== "-")) {
        const [, name, text] = /^ {2}(\w+)(?: +(.*))?$/.exec(line) ?? [];
        if (name) entries.push({ name: name.replace(/^REASON_/, ""), text: text ?? "" });
        else if (entries.length && line.startsWith("   ")) entries.at(-1).text += ` ${line.trim()}`;
        else throw new Error(`${file}: "${line}" is neither a reason nor the rest of one`);
    }
    return entries.map(({ name, text }) => ({ name, text: text.trim() }));
}

function readVerdict(file, reasons) {
    const lines = headOf(file);
    const [, name, question] = /^(\w+) - (.*)$/.exec(lines[0]) ?? [];
    if (!`${folder}/${name}.c`.endsWith(file)) throw new Error(`${file} does not begin with its own name`);
    const parts = { intro: [question] };
    let part = "intro";
    for (const line of lines.slice(1)) {
        const [, title, source, rest] = /^([A-Z][a-z ]+)(?: \(([^)]*)\))?:(?: (.*))?$/.exec(line) ?? [];
        if (sections.includes(title)) {
            part = title;
            parts[part] = rest ? [rest] : [];
            if (source) parts.sources = `Evidence was ${source}.`;
        } else parts[part].push(line);
    }
    for (const title of sections) {
        if (!parts[title]?.join("").trim()) throw new Error(`${file} does not say: ${title}`);
    }
    const evidence = entriesOf(parts.Evidence, file);
    const named = new Set(evidence.map((entry) => entry.name));
    for (const { name: reason } of evidence) {
        if (!reasons.some((row) => row.name === reason)) throw new Error(`${file}: no reason ${reason}`);
    }
    for (const row of reasons.filter(({ verdict }) => verdict === name)) {
        if (!named.has(row.name)) throw new Error(`${file} does not explain ${row.name}`);
    }
    const words = (reason) => reasons.find((row) => row.name === reason).words;
    return { name, parts, evidence: evidence.map((entry) => ({ ...entry, words: words(entry.name) })) };
}

const cell = (text) => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
const table = (head, rows) =>
    [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

function describe({ name, parts, evidence }) {
    const out = [`### ${name}`, ...paragraphs(parts.intro).map(cell), `Shown: ${cell(paragraphs(parts.Shown).join(" "))}`,
        ...(parts.sources ? [cell(parts.sources)] : []),
        ...(evidence.length ? [table(["reason", "evidence", "in words"],
            evidence.map((row) => [`\`${row.name}\``, cell(row.text), cell(row.words)]))] : [])];
    for (const title of sections.slice(2)) {
        const [first, ...more] = paragraphs(parts[title]);
        out.push(`**${title}**: ${cell(first)}`, ...more.map(cell));
    }
    return out.join("\n\n");
}

function generated() {
    const reasons = readReasons();
    const files = readdirSync(folder).filter((name) => name.endsWith(".c")).sort();
    const verdicts = files
        .filter((file) => readFileSync(`${folder}/${file}`, "utf8").includes("struct verdict_kind verdict_"))
        .map((file) => readVerdict(`${folder}/${file}`, reasons));
    const explained = new Set(verdicts.flatMap(({ evidence }) => evidence.map(({ name }) => name)));
    const head = ["verdict", "question", "reasons", "blind spots"];
    const overview = table(head, verdicts.map(({ name, parts, evidence }) =>
        [`[${name}](#${name})`, cell(paragraphs(parts.intro)[0]), `${evidence.length}`,
            cell(paragraphs(parts["Blind spots"]).join(" "))]));
    const rest = reasons.filter(({ name }) => !explained.has(name));
    const others = `### Other reasons\n\n${table(["reason", "belongs to", "in words"],
        rest.map((row) => [`\`${row.name}\``, row.verdict, cell(row.words)]))}`;
    return [overview, ...verdicts.map(describe), ...(rest.length ? [others] : [])].join("\n\n");
}

const text = readFileSync(page, "utf8");
const [start, after] = text.split(begin);
const tail = after?.split(end)[1];
if (tail === undefined) throw new Error(`${page} lacks the marks around the verdicts`);
const wanted = `${start}${begin}\n\n${generated()}\n\n${end}${tail}`;
if (!process.argv.includes("--check")) {
    writeFileSync(page, wanted);
} else if (wanted !== text) {
    console.error(`${page} does not show what the code says; run: node tools/verdicts_doc.mjs`);
    process.exitCode = 1;
}
