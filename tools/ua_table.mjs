// Writes the user-agent patterns of the npm package uap-core as C arrays:
//
//     node tools/ua_table.mjs build/generated/ua_patterns.c [regexes.yaml]
//
// src/identify/enrich/ua_patterns.h explains the format. Beside copying, this program works out for
// each regex which literal texts every match must contain, so that the server can pass over most
// patterns without running them. It stops with an error at anything in the file that it does not
// know: a new release of uap-core must be looked at, never half understood.
import { readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const TRIGRAMS = 4096; // UA_TRIGRAMS
const TRIGRAMS_PER_LITERAL = 8; // more tell little and cost time
const EXACT_MAX = 512; // texts that one part of a regex can stand for, before we stop listing them
const CROSS_MAX = 64; // the same for two parts in a row
const CLASS_MAX = 4; // characters of a class

const KINDS = [
  { list: 'user_agent_parsers',
    values: ['family_replacement', 'v1_replacement', 'v2_replacement', 'v3_replacement'] },
  { list: 'os_parsers',
    values: ['os_replacement', 'os_v1_replacement', 'os_v2_replacement', 'os_v3_replacement',
      'os_v4_replacement'] },
  { list: 'device_parsers', values: ['device_replacement'] },
];
const UNUSED = ['brand_replacement', 'model_replacement'];

// ---- the file ----

// The file uses three kinds of lines: "list:", "  - key: 'text'" and "    key: 'text'".
export function readPatterns(text) {
  const lists = {};
  let list, row;
  text.split('\n').forEach((line, i) => {
    if (/^\s*(#.*)?$/.test(line)) return;
    const head = /^(\w+):\s*$/.exec(line);
    if (head) {
      list = lists[head[1]] = [];
      return;
    }
    const pair = /^\s+(- )?(\w+): '((?:[^']|'')*)'\s*(#.*)?$/.exec(line);
    if (!pair || !list || (!pair[1] && !row)) throw new Error(`line ${i + 1}: ${line}`);
    if (pair[1]) list.push(row = {});
    row[pair[2]] = pair[3].replaceAll("''", "'");
  });
  const known = new Set(['regex', 'regex_flag', ...UNUSED, ...KINDS.flatMap((k) => k.values)]);
  for (const kind of KINDS) {
    if (!lists[kind.list]?.length) throw new Error(`no ${kind.list}`);
    for (const r of lists[kind.list]) {
      for (const key in r) if (!known.has(key)) throw new Error(`unknown key ${key}`);
      if (!r.regex) throw new Error(`a row of ${kind.list} has no regex`);
      if ((r.regex_flag ?? 'i') !== 'i') throw new Error(`unknown flag ${r.regex_flag}`);
    }
  }
  return KINDS.map((kind) => lists[kind.list].map((r) => ({
    regex: r.regex,
    caseless: r.regex_flag === 'i',
    templates: kind.values.map((name) => r[name] ?? null),
  })));
}

// ---- which texts a regex needs ----
//
// Each part of a regex becomes { exact, clauses }. `exact` lists all texts that it can match, in
// lower case, or is null when there are too many to list. `clauses` are conditions, each a list of
// texts of which one must occur.

const ANYTHING = { exact: null, clauses: [] };
const EMPTY = { exact: [''], clauses: [] };
const unique = (texts) => [...new Set(texts)];
const isUseful = (texts) => texts.length > 0 && texts.every((t) => t.length >= 3);
const shortest = (texts) => Math.min(...texts.map((t) => t.length));

function parse(regex) {
  let at = 0;
  const fail = () => { throw new Error(`at ${at} of ${regex}`); };

  function alternatives() {
    const branches = [sequence()];
    while (regex[at] === '|') {
      at++;
      branches.push(sequence());
    }
    if (branches.length === 1) return branches[0];
    const exact = branches.every((b) => b.exact) && unique(branches.flatMap((b) => b.exact));
    if (exact && exact.length <= EXACT_MAX) return { exact, clauses: [] };
    const best = branches.map((b) => (b.exact ? [b.exact] : b.clauses).filter(isUseful)
      .sort((x, y) => shortest(y) - shortest(x) || x.length - y.length)[0]);
    return { exact: null, clauses: best.every(Boolean) ? [unique(best.flat())] : [] };
  }

  function sequence() {
    const clauses = [];
    let exact = [''], whole = true;
    const flush = (next) => {
      clauses.push(exact);
      exact = next;
      whole = false;
    };
    while (at < regex.length && regex[at] !== '|' && regex[at] !== ')') {
      const part = repeated();
      if (!part.exact) {
        flush(['']);
        clauses.push(...part.clauses);
      } else if (exact.length * part.exact.length > CROSS_MAX && exact.length > 1) {
        flush(part.exact);
      } else {
        exact = unique(exact.flatMap((a) => part.exact.map((b) => a + b)));
      }
    }
    if (whole) return { exact, clauses: [] };
    flush(['']);
    return { exact: null, clauses: clauses.filter(isUseful) };
  }

  function repeated() {
    const part = atom();
    const times = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(regex.slice(at));
    if (!times) return part;
    at += times[0].length;
    const min = times[1] ? (times[1] === '+' ? 1 : 0) : Number(times[2]);
    const max = times[1] ? (times[1] === '?' ? 1 : Infinity)
      : times[4] ? Number(times[4]) : times[3] ? Infinity : min;
    if (min === 1 && max === 1) return part;
    if (min === 0) {
      if (max > 1 || !part.exact) return ANYTHING;
      return { exact: unique(['', ...part.exact]), clauses: [] };
    }
    return { exact: null, clauses: part.exact ? [part.exact] : part.clauses };
  }

  function atom() {
    const c = regex[at++];
    if (c === '^' || c === '$') return EMPTY;
    if (c === '.') return ANYTHING;
    if (c === '(') {
      if (regex.startsWith('?:', at)) at += 2;
      else if (regex[at] === '?') fail();
      const inner = alternatives();
      if (regex[at++] !== ')') fail();
      return inner;
    }
    if (c === '[') return characterClass();
    if (c === '\\') {
      const e = regex[at++];
      if (e === 'b') return EMPTY;
      if ('dDwWsS'.includes(e)) return ANYTHING;
      if (/[A-Za-z0-9]/.test(e)) fail();
      return { exact: [e], clauses: [] };
    }
    if ('*+?{'.includes(c)) fail();
    return { exact: [lower(c)], clauses: [] };
  }

  function characterClass() {
    const end = /^\^?\]?(?:\\.|[^\\\]])*\]/.exec(regex.slice(at)) ?? fail();
    at += end[0].length;
    const inside = end[0].slice(0, -1).match(/\\.|[^\\]/g);
    const isRange = inside.some((c, i) => c === '-' && i > 0 && i < inside.length - 1);
    if (inside[0] === '^' || isRange || inside.some((c) => /\\\w/.test(c))) return ANYTHING;
    const exact = unique(inside.map((c) => lower(c.at(-1))));
    return exact.length <= CLASS_MAX ? { exact, clauses: [] } : ANYTHING;
  }

  const all = alternatives();
  if (at < regex.length) fail();
  return (all.exact ? [all.exact] : all.clauses).filter(isUseful);
}

// One character per byte of UTF-8, as PCRE2 sees the text without UTF mode, and its idea of case.
const bytes = (text) => Buffer.from(text).toString('latin1');
const lower = (c) => c.replace(/[A-Z]/, (upper) => upper.toLowerCase());

function trigrams(literal) {
  const all = [];
  for (let i = 0; i + 3 <= literal.length; i++) {
    const [a, b, c] = [0, 1, 2].map((k) => literal.charCodeAt(i + k));
    all.push((a * 961 + b * 31 + c) % TRIGRAMS);
  }
  const step = Math.max(1, all.length / TRIGRAMS_PER_LITERAL);
  const kept = [];
  for (let i = 0; i < all.length; i += step) kept.push(all[Math.floor(i)]);
  return unique(kept);
}

export function needs(regex) {
  // A literal that contains another one of the same list asks for nothing more than that one does.
  const clauses = parse(bytes(regex)).map((texts) =>
    texts.filter((t) => !texts.some((other) => other !== t && t.includes(other))));
  return [clauses.length, ...clauses.flatMap((texts) =>
    [texts.length, ...texts.flatMap((t) => {
      const list = trigrams(t);
      return [list.length, ...list];
    })])];
}

// ---- C ----

function quote(text) {
  if (text === null) return 'NULL';
  // '?' is escaped because of C's trigraphs; three octal digits never run into the next character.
  const inner = [...Buffer.from(text)].map((b) =>
    b < 32 || b > 126 ? `\\${b.toString(8).padStart(3, '0')}`
      : '"\\?'.includes(String.fromCharCode(b)) ? `\\${String.fromCharCode(b)}`
        : String.fromCharCode(b)).join('');
  return `"${inner}"`;
}

function toC(lists) {
  const needed = new Map();
  const nameOf = (list) => {
    const text = list.join(', ');
    if (!needed.has(text)) needed.set(text, `needs_${needed.size}`);
    return needed.get(text);
  };
  const names = ['browsers', 'systems', 'devices'];
  const tables = lists.map((rows, i) => {
    const body = rows.map((r) => `    { ${quote(r.regex)}, ${nameOf(needs(r.regex))}, ` +
      `${r.caseless}, { ${r.templates.map(quote).join(', ')} } },`).join('\n');
    return `static const struct ua_pattern ${names[i]}[] = {\n${body}\n};\n`;
  });
  const filters = [...needed].map(([text, name]) =>
    `static const uint16_t ${name}[] = { ${text} };`).join('\n');
  const index = names.map((n) => `    { ${n}, sizeof ${n} / sizeof *${n} },`).join('\n');
  return `/* Generated by tools/ua_table.mjs from uap-core (Apache-2.0). */
#include "identify/enrich/ua_patterns.h"

${filters}

${tables.join('\n')}
const struct ua_pattern_list ua_patterns[UA_KINDS] = {
${index}
};
`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [out, from] = process.argv.slice(2);
  const file = from ??
    fileURLToPath(new URL('node_modules/uap-core/regexes.yaml', import.meta.url));
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, toC(readPatterns(readFileSync(file, 'utf8'))));
}
