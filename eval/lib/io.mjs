// NDJSON in and out, and options from the command line. A file whose name ends in .gz is compressed and
// decompressed on the way.
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip, createGzip } from "node:zlib";

const BUFFER_BYTES = 1 << 20;
const FLUSH_CHARACTERS = 1 << 19;
const GZIP_LEVEL = 4; // a ninth of the size, and no slower than writing it all

/* The objects of a file, one per line. */
export async function* ndjson(file) {
    const raw = createReadStream(file, { highWaterMark: BUFFER_BYTES });
    const text = file.endsWith(".gz") ? raw.pipe(createGunzip()) : raw;
    for await (const line of createInterface({ input: text, crlfDelay: Infinity })) {
        if (line) yield JSON.parse(line);
    }
}

/* Writes objects as lines. write() may return a promise: then wait, the disk is behind. */
export function writer(file) {
    const raw = createWriteStream(file, { highWaterMark: BUFFER_BYTES });
    const gzip = file.endsWith(".gz") ? createGzip({ level: GZIP_LEVEL }) : undefined;
    gzip?.pipe(raw);
    const out = gzip ?? raw;
    let lines = [];
    let characters = 0;
    const flush = () => {
        const text = lines.join("");
        lines = [];
        characters = 0;
        return text && !out.write(text) ? once(out, "drain") : undefined;
    };
    return {
        bytes: 0,
        write(object) {
            const line = `${JSON.stringify(object)}\n`;
            lines.push(line);
            characters += line.length;
            this.bytes += Buffer.byteLength(line);
            return characters > FLUSH_CHARACTERS ? flush() : undefined;
        },
        async end() {
            await flush();
            const finished = once(raw, "finish");
            out.end();
            await finished;
        },
    };
}

function optionValue(name, standard, text) {
    if (text === undefined) throw new Error(`--${name} needs a value`);
    if (typeof standard !== "number") return text;
    if (text === "" || Number.isNaN(Number(text))) {
        throw new Error(`--${name} needs a number, not "${text}"`);
    }
    return Number(text);
}

/* --name value, --name=value, and --flag where the standard is a boolean. */
export function options(argv, standards) {
    const chosen = { ...standards };
    for (let i = 0; i < argv.length; i++) {
        const [, name, , joined] = /^--([^=]*)(=(.*))?$/s.exec(argv[i]) ?? [];
        if (!Object.hasOwn(standards, name ?? "")) {
            const known = Object.keys(standards).map((key) => `--${key}`);
            throw new Error(`unknown option ${argv[i]}; there are ${known.join(", ")}`);
        }
        if (typeof standards[name] === "boolean") chosen[name] = joined !== "false";
        else chosen[name] = optionValue(name, standards[name], joined ?? argv[++i]);
    }
    return chosen;
}
