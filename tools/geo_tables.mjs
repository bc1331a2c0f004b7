// Writes what whorl knows about places without a database as C arrays:
//
//     node tools/geo_tables.mjs build/generated/geo_tables.c
//
// src/identify/enrich/geo_tables.h explains them. Every row is checked here, so that the server need
// not: a mistake in data/geo stops the build.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const rowsOf = (path) => readFileSync(here(path), 'utf8').split('\n')
  .filter((line) => line && !line.startsWith('#'));
const quote = (text) => text === null ? 'NULL'
  : `"${[...Buffer.from(text)].map((b) => b < 32 || b > 126 || '"\\?'.includes(String.fromCharCode(b))
    ? `\\${b.toString(8).padStart(3, '0')}` : String.fromCharCode(b)).join('')}"`;
const must = (condition, what) => { if (!condition) throw new Error(what); };
const byBytes = (a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

// ---- countries ----

const countries = rowsOf('../data/geo/countries.txt').map((line) => {
  const row = /^([A-Z]{2}) (AF|AN|AS|EU|NA|OC|SA) (EU|-) (\S.*)$/.exec(line);
  must(row, `countries.txt: ${line}`);
  return { key: row[1], continent: row[2], eu: row[3] === 'EU', name: row[4] };
}).sort(byBytes);
must(new Set(countries.map((c) => c.key)).size === countries.length, 'countries.txt: a code twice');

// ---- names without marks ----

const SPECIAL = { 'ß': 'ss', 'æ': 'ae', 'œ': 'oe', 'ø': 'o', 'đ': 'd', 'ð': 'd', 'þ': 'th', 'ł': 'l',
  'ı': 'i', 'ħ': 'h', 'ŧ': 't', 'ŋ': 'n', 'ĸ': 'k', 'ŀ': 'l', 'ŉ': 'n', 'ĳ': 'ij', 'ſ': 's' };
const FIRST = 0xc0, LAST = 0x17f;
const folds = Array.from({ length: LAST - FIRST + 1 }, (_, i) => {
  const c = String.fromCodePoint(FIRST + i).toLowerCase();
  const text = SPECIAL[c] ?? SPECIAL[c[0]] ?? c.normalize('NFD').replace(/[^a-z]/g, '');
  return text || null;
});

// The same as subdivision.c: small letters and digits, words with one blank between them; ASCII
// punctuation parts words, except the apostrophe; other characters are dropped.
export function fold(text) {
  let out = '';
  for (const c of text) {
    const code = c.codePointAt(0);
    if (/[A-Za-z0-9]/.test(c)) out += c.toLowerCase();
    else if (code < 128) out += c === "'" ? '' : ' ';
    else if (code >= FIRST && code <= LAST) out += folds[code - FIRST] ?? '';
  }
  return out.trim().replace(/ +/g, ' ');
}

// ---- subdivisions ----

const subdivisions = new Map();
for (const line of rowsOf('../data/geo/subdivisions.txt')) {
  const row = /^([A-Z]{2})-([A-Z0-9]{1,3}) (\S.*)$/.exec(line);
  must(row && countries.some((c) => c.key === row[1]), `subdivisions.txt: ${line}`);
  for (const name of row[3].split('|')) {
    const key = row[1] + fold(name);
    must(key.length > 2, `subdivisions.txt: ${line}`);
    must((subdivisions.get(key) ?? row[2]) === row[2], `subdivisions.txt: ${key} has two codes`);
    subdivisions.set(key, row[2]);
  }
}

// ---- autonomous systems ----

const TYPES = { hosting: 'GEO_HOSTING', isp: 'GEO_ISP', business: 'GEO_BUSINESS',
  education: 'GEO_EDUCATION' };
const systems = rowsOf('../data/geo/asn_types.txt').map((line) => {
  const row = /^(\d{1,10}) (hosting|isp|business|education) \S/.exec(line);
  must(row, `asn_types.txt: ${line}`);
  return { number: Number(row[1]), type: TYPES[row[2]] };
}).sort((a, b) => a.number - b.number);
must(systems.every((s, i) => !i || s.number > systems[i - 1].number), 'asn_types.txt: a number twice');

// ---- time zones ----

// The package is one function with a text X (pairs of characters, base 56 from '#') and the list of
// names T. Cells 0 to 1151 are the world as 48 columns of 24 rows. A cell from 3136 less the number
// of names on is a name; any other is the distance to four cells that divide it. timezone.c walks.
const source = readFileSync(here('node_modules/@photostructure/tz-lookup/tz.js'), 'utf8');
const text = /\bX="((?:[^"\\]|\\.)*)"/.exec(source)?.[1];
const list = /\bT=(\[(?:"[^"]*",?)+\])/.exec(source)?.[1];
must(text && list && !text.includes('\\'), 'tz-lookup: not the form that this program knows');
const zones = JSON.parse(list);
const cells = Array.from({ length: text.length / 2 }, (_, i) =>
  56 * (text.charCodeAt(2 * i) - 35) + text.charCodeAt(2 * i + 1) - 35);
must(cells.length * 2 === text.length && cells.every((c) => c >= 0 && c < 3136), 'tz-lookup: cells');
const leaf = 3136 - zones.length;
const seen = new Uint8Array(cells.length);
function walk(at, node) {
  must(at < cells.length && !seen[at], 'tz-lookup: a walk that leaves the table, or a circle');
  seen[at] = 1;
  if (cells[at] >= leaf) return;
  const next = node + cells[at] + 1;
  for (let i = 0; i < 4; i++) walk(1152 + 4 * next + i, next);
}
for (let i = 0; i < 1152; i++) walk(i, -1);

// ---- C ----

const array = (type, name, items, perLine) => {
  const lines = [];
  for (let i = 0; i < items.length; i += perLine)
    lines.push(`    ${items.slice(i, i + perLine).join(', ')},`);
  return `const ${type}${name}[] = {\n${lines.join('\n')}\n};\n`;
};
const counted = (type, name, items, perLine) => `${array(type, name, items, perLine)}` +
  `const size_t ${name}_count = sizeof ${name} / sizeof *${name};\n`;

const out = process.argv[2];
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, `/* Generated by tools/geo_tables.mjs; time zones from @photostructure/tz-lookup (CC0). */
#include "identify/enrich/geo_tables.h"

${counted('struct country_row ', 'geo_countries', countries.map((c) =>
    `{ "${c.key}", "${c.continent}", ${c.eu}, ${quote(c.name)} }`), 1)}
${counted('struct subdivision_row ', 'geo_subdivisions', [...subdivisions]
    .map(([key, code]) => ({ key, code })).sort(byBytes)
    .map(({ key, code }) => `{ ${quote(key)}, "${code}" }`), 1)}
${counted('struct system_row ', 'geo_systems', systems.map((s) => `{ ${s.number}, ${s.type} }`), 4)}
${array('char *const ', 'geo_fold', folds.map(quote), 8)}
${counted('uint16_t ', 'geo_timezone_cells', cells, 16)}
${counted('char *const ', 'geo_timezone_names', zones.map(quote), 1)}`);
