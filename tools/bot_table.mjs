// Writes data/bots/bots.txt as C arrays:
//
//     node tools/bot_table.mjs build/generated/bot_table.c [bots.txt]
//
// That file's head explains its lines, src/identify/enrich/bot_table.h the arrays. Anything that is
// not understood stops the build with the line's number, and so does a token that can never win
// because an earlier one is found wherever it is.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const CATEGORIES = ['advertising_and_marketing', 'aggregator', 'ai_agent', 'ai_assistant',
  'ai_browser', 'ai_crawler', 'ai_search', 'browser_automation', 'ecommerce',
  'monitoring_and_analytics', 'other', 'scraping', 'security', 'search_engine_crawler',
  'search_engine_optimization', 'unknown'];
const PROOF = /^(list:[a-z0-9-]+|(dns|shared):(\*\.)?[a-z0-9*-]+(\.[a-z0-9*-]+)+|agent:https:\/\/[a-z0-9.-]+)$/;

export function readBots(text) {
  const rows = [];
  let provider, group;
  text.split('\n').forEach((line, i) => {
    const fail = (why) => { throw new Error(`bots.txt, line ${i + 1}: ${why}: ${line}`); };
    if (/^(#.*)?$/.test(line)) return;
    const words = line.trim().split(/\s+/);
    if (words[0] === 'provider' && !line.startsWith(' ')) {
      if (words.length !== 3 || !/^https:\/\/[^\s"\\]+$/.test(words[2])) fail('provider NAME URL');
      provider = { name: decodeURIComponent(words[1]), url: words[2] };
      group = undefined;
    } else if (!line.startsWith(' ')) {
      const [category, ...proofs] = words;
      if (!provider) fail('no provider yet');
      if (!CATEGORIES.includes(category)) fail('no such category');
      for (const p of proofs) if (!PROOF.test(p)) fail(`no proof: ${p}`);
      group = { category, proofs };
    } else {
      if (!group) fail('no category yet');
      const [token, name] = line.trim().split(' = ');
      if (!/^[\x21-\x5b\x5d-\x7e][\x20\x21\x23-\x5b\x5d-\x7e]{2,59}$/.test(token)) fail('no token');
      const folded = token.toLowerCase();
      const before = rows.find((r) => isFound(r.token, folded));
      if (before) fail(`"${before.token}" is found wherever this is`);
      rows.push({ token: folded, name: name ?? token.replace(/\/$/, ''), provider, ...group });
    }
  });
  return rows;
}

// Is `token` found in `text`? Both in lower case.
export function isFound(token, text) {
  const letter = (c) => c !== undefined && /[a-z0-9]/.test(c);
  for (let at = text.indexOf(token); at >= 0; at = text.indexOf(token, at + 1)) {
    const end = at + token.length;
    if ((!letter(token[0]) || !letter(text[at - 1])) &&
        (!letter(token.at(-1)) || !letter(text[end]))) return true;
  }
  return false;
}

const quote = (text) => JSON.stringify(text);

function write(rows) {
  const proofs = rows.map((r) => r.proofs.map((p) => {
    const [kind, value] = [p.slice(0, p.indexOf(':')), p.slice(p.indexOf(':') + 1)];
    return `{ BOT_PROOF_${kind.toUpperCase()}, ${quote(value)} }, `;
  }).join(''));
  const lists = [...new Set(proofs)];
  return `/* Written by tools/bot_table.mjs from data/bots/bots.txt. */
#include "identify/enrich/bot_table.h"

${lists.map((list, i) => `static const struct bot_proof proofs_${i}[] = { ${list}{ BOT_PROOF_END, NULL } };`).join('\n')}

const struct bot_row bot_rows[] = {
${rows.map((r, i) => `    { ${[r.token, r.name, r.provider.name, r.provider.url, r.category].map(quote).join(', ')},
      proofs_${lists.indexOf(proofs[i])} },`).join('\n')}
};
const size_t bot_rows_count = ${rows.length};
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [out, file = fileURLToPath(new URL('../data/bots/bots.txt', import.meta.url))] =
    process.argv.slice(2);
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, write(readBots(readFileSync(file, 'utf8'))));
}
