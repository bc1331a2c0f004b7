// Holds src/net/hello.c and src/net/ja.c against three judges:
//
//     node tests/hello_cases.mjs build/tests/hello_cases [--vectors FOLDER]
//
// 1. tests/tls/lib/hello.mjs, a reading of the same bytes written apart from the C code.
// 2. The values that stand beside each message in tests/tls/hellos.jsonl: recorded clients of a Debian
//    machine, and made-up messages with the odd cases of the descriptions.
//    The first judge also judges messages of chance, from a fixed seed: odd lists, odd names, cuts.
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

// ---- messages of chance ----

let state = 20261120;
/* Park and Miller's generator: the same numbers every time. */
function below(n) {
    state = (state * 48271) % 2147483647;
    return state % n;
}
const oneOf = (items) => items[below(items.length)];
const some = (most, make) => Array.from({ length: below(most + 1) }, make);
const u8 = (value) => Buffer.from([value]);
const u16 = (value) => Buffer.from([value >> 8, value & 255]);
function vector(lengthOf, parts) {
    const all = Buffer.concat(parts);
    return Buffer.concat([lengthOf(all.length), all]);
}
const join8 = (parts) => vector(u8, parts);
const join16 = (parts) => vector(u16, parts);
const grease = () => below(16) * 0x1010 + 0x0a0a;
const number = () => (below(6) === 0 ? grease() : oneOf([below(65536), 0x1300 + below(8), below(60)]));
const bytes = (n) => Buffer.from(Array.from({ length: n }, () => below(256)));
const alpnName = () => oneOf([
    () => Buffer.from("h2"), () => Buffer.from("http/1.1"), () => u16(grease()), () => bytes(1 + below(4)),
    () => Buffer.from(oneOf(["a", "a-", "-a", "Zz", "0", "\u00e9"]), "latin1"), () => Buffer.alloc(0),
])();

function extensionBody(type) {
    const numbers = (most) => some(most, () => u16(number()));
    switch (type) {
        case 10: return join16(numbers(8));
        case 11: return join8(some(4, () => u8(below(256))));
        case 13: return join16(numbers(12));
        case 16: return join16(some(3, () => join8([alpnName()])));
        case 43: return join8([...numbers(3), ...some(3, () => u16(oneOf([0x304, 0x303, 0x302, 0x301])))]);
        case 51: return join16(some(3, () => Buffer.concat([u16(number()), join16([bytes(below(40))])])));
        default: return bytes(below(20));
    }
}

function chanceMessage() {
    const types = new Set(some(12, () => oneOf([0, 10, 11, 13, 16, 43, 51, grease(), number()])));
    const extensions = [...types].map((type) => Buffer.concat([u16(type), join16([extensionBody(type)])]));
    const body = Buffer.concat([
        u16(oneOf([0x303, 0x303, 0x302, 0x301, 0x300, 2, number()])), bytes(32), join8([bytes(below(33))]),
        join16(some(below(20) === 0 ? 300 : 30, () => u16(number()))), join8([u8(0)]),
        ...(below(20) === 0 ? [] : [join16(extensions)]),
    ]);
    return Buffer.concat([u8(1), u8(0), u16(body.length), body]);
}

/* The seed makes some of them too short to be read, on purpose. */
function chanceCase(_, i) {
    const message = chanceMessage();
    const name = `chance ${i}`;
    if (below(10) > 0) {
        return { name, transport: oneOf(["t", "q"]), message: message.toString("hex") };
    }
    const cut = message.subarray(0, below(message.length));
    return { name: `${name}, cut`, transport: "t", message: cut.toString("hex"), error: "MALFORMED" };
}

const all = [...cases(), ...Array.from({ length: 3000 }, chanceCase)];
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
