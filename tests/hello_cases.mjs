// Holds src/net/hello.c and src/net/ja.c against three judges:
//
//     node tests/hello_cases.mjs build/tests/hello_cases [--vectors FOLDER]
//
// 1. tests/tls/lib/hello.mjs, a reading of the same bytes written apart from the C code.
// 2. The values that stand beside each message in tests/tls/hellos.jsonl: recorded clients of a Debian
//    machine, and made-up messages with the odd cases of the descriptions.
// 3. The published vectors, when the folder is there (they are not ours to keep here; by default
//    ../shared/data/tls beside the repository).
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { handshakeMessage, readHello } from "./tls/lib/hello.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const args = process.argv.slice(2);
const at = args.indexOf("--vectors");
const folder = at < 0 ? here("../../shared/data/tls") : args.splice(at, 2)[1];
const [program = here("../build/tests/hello_cases")] = args;

const lines = (path) => readFileSync(path, "utf8").trim().split("\n").map((line) => JSON.parse(line));

function cases() {
    const own = lines(here("tls/hellos.jsonl")).map((row) => ({ transport: "t", ...row }));
    if (!existsSync(folder)) {
        console.log(`# ${folder} is not there: the published vectors were not run`);
        return own;
    }
    const published = lines(join(folder, "ja4-foxio-vectors.jsonl")).map((row) => ({
        name: `${row.source} ${row.sni}`, transport: row.transport, message: row.client_hello_hex,
        ja3: row.ja3, ja4: row.ja4,
    }));
    const recorded = lines(join(folder, "recorded-clienthellos.jsonl")).map((row) => {
        const hex = Object.entries(row).find(([key]) => key.endsWith("hex"))[1];
        const bytes = Buffer.from(hex, "hex");
        const message = bytes[0] === 22 ? handshakeMessage(bytes) : bytes;
        return { name: row.client, transport: "t", message: message.toString("hex"), ja3: row.ja3,
            ja4: row.ja4 };
    });
    console.log(`# ${own.length} own, ${published.length} published, ${recorded.length} recorded`);
    return [...own, ...published, ...recorded];
}

const all = cases();
const input = all.map(({ transport, message }) => `${transport} ${message}\n`).join("");
const output = execFileSync(program, { input, encoding: "utf8", maxBuffer: 1 << 28 });
const answers = output.trim().split("\n").map((line) => JSON.parse(line));

function judge(row, answer) {
    if (row.error) {
        return answer.error === row.error ? [] : [`it is ${JSON.stringify(answer)}`];
    }
    const second = readHello(Buffer.from(row.message, "hex"), row.transport);
    const wants = Object.entries(answer).map(([key]) => [key, second[key], "a second reading"]);
    for (const key of ["ja3", "ja4", "grease", "postQuantum"]) {
        if (row[key] !== undefined) {
            wants.push([key, row[key], "expected"]);
        }
    }
    return wants.filter(([key, want]) => answer[key] !== want)
        .map(([key, want, who]) => `${key} is ${answer[key]}; ${who}: ${want}`);
}

let failed = answers.length === all.length ? 0 : 1;
all.forEach((row, i) => {
    const breaches = judge(row, answers[i] ?? {});
    failed += breaches.length > 0;
    breaches.forEach((breach) => console.log(`not ok ${row.name}: ${breach}`));
});
console.log(`${all.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
