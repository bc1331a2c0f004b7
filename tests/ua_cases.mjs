// Holds src/identify/enrich/ua.c against two judges:
//
//     node tests/ua_cases.mjs build/tests/ua_cases [--cases FOLDER] [--regexes FILE] [--list]
//
// 1. A reading of the same regexes.yaml by JavaScript's own regular expressions, written here apart
//    from the C code: without filter, cache and limits. Every string must give the same facts.
// 2. uap-core's own test cases, when the folder is there (the npm package does not hold them; by
//    default ../shared/data/ua beside the repository). The npm release is older than they are: a
//    case counts only when judge 1 passes it, the others are counted apart (--list shows them).
//
// The strings are those of the test cases and, always, of fuzz/corpus/ua.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { readPatterns } from '../tools/ua_table.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const args = process.argv.slice(2);
const option = (name, otherwise) => {
  const at = args.indexOf(name);
  return at < 0 ? otherwise : args.splice(at, 2)[1];
};
const folder = option('--cases', here('../../shared/data/ua'));
const regexes = option('--regexes', here('../tools/node_modules/uap-core/regexes.yaml'));
const [program = here('../build/tests/ua_cases')] = args.filter((a) => !a.startsWith('--'));

// ---- judge 1 ----

// One character per byte, as in C.
const latin1 = (text) => Buffer.from(text).toString('latin1');

const kinds = readPatterns(readFileSync(regexes, 'utf8')).map((rows) => rows.map((row) => ({
  ...row, regex: new RegExp(latin1(row.regex), row.caseless ? 'i' : ''),
})));

function values(rows, text) {
  for (const row of rows) {
    const m = row.regex.exec(text);
    if (!m) continue;
    const all = row.templates.map((t, i) =>
      (t === null ? m[i + 1] ?? '' : latin1(t).replace(/\$([1-9])/g, (_, n) => m[n] ?? '')).trim());
    return [all[0] || 'Other', ...all.slice(1)];
  }
  return ['Other'];
}

function joinVersion(parts) {
  const end = parts.findIndex((p) => !p);
  return (end < 0 ? parts : parts.slice(0, end)).join('.');
}

function judge(string) {
  const text = latin1(string);
  const [browser, ...v] = values(kinds[0], text);
  const [os, ...osParts] = values(kinds[1], text);
  const [device] = values(kinds[2], text);
  const facts = [browser, v[0] ?? '', joinVersion(v), os, joinVersion(osParts), device];
  return facts.map((f) => Buffer.from(f, 'latin1').toString());
}

// ---- uap-core's cases ----

function unquote(text) {
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'");
  return text.startsWith('"') ? JSON.parse(text) : text;
}

function readCases(file) {
  const cases = [];
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const pair = /^\s+(-?)\s*(\w+):\s*(.*?)\s*$/.exec(line);
    if (!pair) continue;
    if (pair[1]) cases.push({});
    cases.at(-1)[pair[2]] = unquote(pair[3]);
  }
  return cases;
}

// What a case says, in the same places as the facts; undefined where it says nothing.
function expected(file, c) {
  if (/device/.test(file)) return [, , , , , c.family];
  const version = joinVersion([c.major, c.minor, c.patch]);
  if (/_os_|_os\./.test(file)) {
    return [, , , c.family, joinVersion([c.major, c.minor, c.patch, c.patch_minor])];
  }
  return [c.family, c.major ?? '', version];
}

const agrees = (facts, want) => want.every((w, i) => w === undefined || w === facts[i]);

// ---- run ----

const work = [];
if (existsSync(folder)) {
  for (const file of readdirSync(folder).filter((f) => /(test|strings).*\.yaml$/.test(f)).sort()) {
    for (const c of readCases(join(folder, file))) {
      if (c.user_agent_string === undefined) continue;
      work.push({ file, text: c.user_agent_string, want: expected(file, c) });
    }
  }
} else {
  console.log('# uap-core\'s test cases are not here, only fuzz/corpus/ua is compared');
}
for (const name of readdirSync(here('../fuzz/corpus/ua')).sort()) {
  const text = readFileSync(here(`../fuzz/corpus/ua/${name}`), 'utf8').split('\n')[0];
  if (text.length < 500) work.push({ file: 'fuzz/corpus/ua', text, want: [] });
}

const answers = execFileSync(program, { input: work.map((w) => w.text + '\n').join(''),
  maxBuffer: 1 << 28 }).toString().split('\n').map((line) => line.split('\t'));

const counts = {};
let passed = 0, failed = 0;
work.forEach(({ file, text, want }, i) => {
  const count = counts[file] ??= { passed: 0, failed: 0, beyond: 0 };
  const own = judge(text), got = answers[i];
  const spelt = [...own.slice(0, 5), own[5] === 'Mac' ? 'Other' : own[5]];
  const inTable = agrees(own, want);
  if (agrees(got, spelt)) {
    if (inTable) count.passed++, passed++;
    else count.beyond++;
  } else {
    count.failed++, failed++;
    console.log(`not ok ${file}: ${text}`);
    console.log(`#   got  ${got.join(' | ')}\n#   want ${spelt.join(' | ')}`);
  }
  if (!inTable && process.argv.includes('--list')) {
    console.log(`# newer than the table, ${file}: ${text}`);
    console.log(`#   table ${own.join(' | ')}\n#   case  ${want.join(' | ')}`);
  }
});
for (const [file, c] of Object.entries(counts)) {
  const { passed, failed, beyond } = c;
  console.log(`# ${file}: ${passed} passed, ${failed} failed, ${beyond} newer than the table`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;
