// How fast whorl import and whorl export are: makes EVENTS events of v4's form, imports them into an empty directory,
// imports them again, and exports them.
//
//     node bench/moving.mjs [EVENTS, default 200000] [BINARY, default build/whorl]

import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("..", import.meta.url));
const count = Number(process.argv[2] ?? 200_000);
const binary = process.argv[3] ?? join(repository, "build/whorl");
const eventsPerVisitor = 5;
const folder = mkdtempSync(join(tmpdir(), "whorl-moving-"));
const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

const base62 = (number, length) => {
    let text = "";
    for (let i = 0; i < length; i++, number = Math.floor(number / 62)) text = digits[number % 62] + text;
    return text;
};

// What a recorded body gives.
const attributes = {
    fonts: ["Arial", "Courier New", "Helvetica", "Times New Roman", "DejaVu Sans", "Liberation Sans", "Ubuntu"],
    device_memory: 16,
    timezone: "Europe/London",
    languages: [["en-GB", "en"]],
    webgl_basics: {
        vendor_unmasked: "Google Inc. (Intel)",
        renderer_unmasked: "ANGLE (Intel, Mesa Intel(R) Iris(R) Xe Graphics (TGL GT2), OpenGL 4.6)"
    },
    screen_resolution: [1920, 1200],
    touch_support: {
        max_touch_points: 0
    },
    cookies_enabled: true,
    hardware_concurrency: 8,
    color_depth: 24,
    platform: "Linux x86_64",
    session_storage: true,
    local_storage: true,
    indexed_db: true,
    math: "4b83f8801a550c84f18499bc845372bd",
    font_hash: "30347c27320c3e64ef0f6e7780d39d03",
    battery_level: 83,
    battery_charging: false
};

/* The golden event under other ids, in the order of time. */
function writeEvents(path) {
    const golden = JSON.parse(readFileSync(join(repository, "tests/golden/v4/full.json"), "utf8"));
    const file = openSync(path, "w");
    const firstMs = Date.UTC(2026, 8, 1);
    let lines = [];
    for (let i = 0; i < count; i++) {
        const visitor = Math.floor((i * 7919) % Math.ceil(count / eventsPerVisitor));
        const ms = firstMs + i * 350;
        golden.event_id = `${ms}.${base62(i, 6)}`;
        golden.timestamp = ms;
        golden.linked_id = `user-${visitor % 5000}`;
        golden.ip_address = `203.0.${visitor % 256}.${i % 256}`;
        golden.identification.visitor_id = `m${base62(visitor * 12345.0, 19)}`;
        golden.raw_device_attributes = { ...attributes, hardware_concurrency: (visitor % 16) + 1 };
        lines.push(`${JSON.stringify(golden)}\n`);
        if (lines.length === 1000 || i === count - 1) writeSync(file, lines.join("")), (lines = []);
    }
    closeSync(file);
}

function measure(what, args) {
    const start = process.hrtime.bigint();
    const { status, stderr } = spawnSync(binary, args, { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    if (status !== 0) throw new Error(`${what}: ${status} ${stderr}`);
    console.log(`${what.padEnd(16)} ${seconds.toFixed(1).padStart(7)} s ${Math.round(count / seconds)} events/s`);
}

try {
    const [data, input, output] = ["data", "in.ndjson", "out.ndjson"].map((name) => join(folder, name));
    writeEvents(input);
    console.log(`${count} events of ${Math.round(statSync(input).size / count)} bytes`);
    measure("import", ["import", input, "--data", data, "--quiet"]);
    measure("import again", ["import", input, "--data", data, "--quiet"]);
    measure("export", ["export", "--data", data, "--out", output, "--quiet"]);
    const bytes = execFileSync("du", ["-sb", data], { encoding: "utf8" }).split("\t")[0];
    console.log(`on disk ${Math.round(bytes / count)} bytes an event`);
} finally {
    rmSync(folder, { recursive: true, force: true });
}
