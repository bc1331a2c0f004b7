// A display without a screen, and its keyboard. Everything goes through X as a person's input
// would: no debugging port, no driver.

import { execFile, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

const startTimeoutMs = 30_000;
const xdotoolTimeoutMs = 60_000;
const pollMs = 100;

/* `size` in pixels. */
export async function startDesktop({ size = "1600x1000" } = {}) {
    // -displayfd: the server picks a free number and tells it once it takes connections. -ac: the
    // browser's user may draw on it; only this machine can reach it at all. -noreset: it would
    // start afresh whenever its last window closes, and refuse who comes at that moment.
    const screen = ["-screen", "0", `${size}x24`];
    const args = ["-displayfd", "3", ...screen, "-nolisten", "tcp", "-ac", "-noreset"];
    const child = spawn("Xvfb", args, { stdio: ["ignore", "ignore", "pipe", "pipe"] });
    let log = "";
    child.stderr.on("data", (text) => (log += text));
    const exited = new Promise((resolve) => {
        child.once("error", (error) => resolve(String(error)));
        child.once("exit", (code) => resolve(`exit code ${code}`));
    });
    const number = await Promise.race([
        new Promise((resolve) => child.stdio[3].once("data", (text) => resolve(`${text}`.trim()))),
        exited.then((how) => Promise.reject(new Error(`Xvfb did not start: ${how}\n${log}`))),
        sleep(startTimeoutMs, null, { ref: false }),
    ]);
    if (number === null) {
        child.kill("SIGKILL");
        throw new Error(`Xvfb was not ready in ${startTimeoutMs} ms\n${log}`);
    }
    return new Desktop(child, exited, `:${number}`);
}

class Desktop {
    #child;
    #exited;

    constructor(child, exited, display) {
        this.#child = child;
        this.#exited = exited;
        this.display = display;
    }

    async stop() {
        this.#child.kill("SIGTERM");
        await this.#exited;
    }

    async #xdotool(...args) {
        const env = { ...process.env, DISPLAY: this.display };
        const { stdout } = await run("xdotool", args, { env, timeout: xdotoolTimeoutMs });
        return stdout.trim();
    }

    /* The visible browser windows and their titles. */
    async windows() {
        const search = this.#xdotool("search", "--onlyvisible", "--class", "chromium|firefox");
        const found = await search.catch(() => "");
        const windows = [];
        for (const id of found.split("\n").filter(Boolean)) {
            const title = await this.#xdotool("getwindowname", id).catch(() => "");
            windows.push({ id, title });
        }
        return windows;
    }

    /* Waits for a window whose title matches; resolves with null when none did in time. */
    async window(pattern, timeoutMs) {
        const deadline = Date.now() + timeoutMs;
        while (Date.now() < deadline) {
            const found = (await this.windows()).find(({ title }) => pattern.test(title));
            if (found) {
                return found;
            }
            await sleep(pollMs);
        }
        return null;
    }

    /* Without a window manager nobody else gives a window the keyboard. */
    focus({ id }) {
        return this.#xdotool("windowfocus", "--sync", id);
    }

    type(text) {
        return this.#xdotool("type", "--delay", "20", text);
    }

    keys(...names) {
        return this.#xdotool("key", "--delay", "40", ...names);
    }
}
