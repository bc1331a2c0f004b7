// Debian's Chromium, run by a user without privileges: as root its sandbox would not start, and
// nobody browses as root. Where the kernel forbids the sandbox altogether (some containers), it is
// switched off with a note.

import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

const program = process.env.CHROMIUM || "/usr/bin/chromium";
const userName = "whorl-test";
const probeTimeoutMs = 60_000;
const stopTimeoutMs = 20_000;

const quietFlags = [
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--password-store=basic",
    ...(existsSync("/dev/shm") ? [] : ["--disable-dev-shm-usage"]),
];

async function idOf(flag) {
    return Number((await run("id", [flag, userName])).stdout);
}

/* { uid, gid } of the unprivileged user, made when it is missing; null when we are not root. */
export async function unprivilegedUser() {
    if (process.getuid() !== 0) {
        return null;
    }
    const exists = await run("id", [userName]).then(() => true, () => false);
    if (!exists) {
        const home = ["--no-create-home", "--home-dir", "/nonexistent"];
        const add = run("useradd", ["--system", ...home, "--shell", "/usr/sbin/nologin", userName]);
        await add.catch((error) => {
            if (error.code !== 9) throw error; // a test beside this one was faster
        });
    }
    return { uid: await idOf("-u"), gid: await idOf("-g") };
}

/* Hands a folder with all that is in it to the browser's user; a user of null keeps it. */
export async function giveTo(user, folder) {
    if (user) {
        await run("chown", ["-R", `${user.uid}:${user.gid}`, folder]);
    }
}

/* A browser to start, in a home of its own that goes away with remove(). */
export async function prepareChromium() {
    if (!existsSync(program)) {
        throw new Error(`${program} is missing (Debian package chromium)`);
    }
    const user = await unprivilegedUser();
    const home = await mkdtemp(join(tmpdir(), "whorl-browser-"));
    await chmod(home, 0o755);
    const chromium = new Chromium(user, home);
    await chromium.writeLauncher([]);
    const profile = await chromium.newProfile();
    await chromium.probe(profile);
    return chromium;
}

class Chromium {
    #user;
    #home;
    #profiles = 0;
    sandboxed = true;

    constructor(user, home) {
        this.#user = user;
        this.#home = home;
        /* For whoever starts browsers by a path, Playwright for one. */
        this.launcher = join(home, "chromium");
    }

    async writeLauncher(flags) {
        const { uid, gid } = this.#user ?? {};
        const drop = this.#user ? `setpriv --reuid=${uid} --regid=${gid} --clear-groups -- ` : "";
        const all = [...quietFlags, ...flags].join(" ");
        await writeFile(this.launcher, `#!/bin/sh\nexec ${drop}${program} ${all} "$@"\n`);
        await chmod(this.launcher, 0o755);
    }

    async major() {
        const { stdout } = await run(program, ["--version"]);
        return Number(/Chromium (\d+)/.exec(stdout)[1]);
    }

    /* A home that has never seen a browser. Its folder "chromium" is there already, or Playwright
     * would make it as the user who runs the tests. `settings` are what a person chose in it. */
    async newProfile(settings) {
        const profile = join(this.#home, `profile${++this.#profiles}`);
        await mkdir(join(profile, "chromium/Default"), { recursive: true });
        if (settings) {
            await writeFile(join(profile, "chromium/Default/Preferences"), JSON.stringify(settings));
        }
        await giveTo(this.#user, profile);
        return profile;
    }

    environment(profile, display) {
        const { PATH, LANG } = process.env;
        const found = { PATH, HOME: profile, XDG_RUNTIME_DIR: profile, LANG: LANG ?? "C.UTF-8" };
        return display ? { ...found, DISPLAY: display } : found;
    }

    /* Chromium without a window: loads a page, waits, and prints the document it has become. */
    async dump(profile, url, ...flags) {
        const data = `--user-data-dir=${profile}/chromium`;
        const args = ["--headless=new", data, ...flags, "--dump-dom", url];
        const env = this.environment(profile);
        const limits = { timeout: probeTimeoutMs, killSignal: "SIGKILL", maxBuffer: 16 << 20 };
        return run(this.launcher, args, { env, ...limits });
    }

    /* Does it start as it should? Without its sandbox when the kernel does not let it have one. */
    async probe(profile) {
        const page = "data:text/html,<p>alive</p>";
        const first = await this.dump(profile, page).catch((error) => error);
        if (/alive/.test(first.stdout ?? "")) {
            return;
        }
        this.sandboxed = false;
        await this.writeLauncher(["--no-sandbox"]);
        const second = await this.dump(profile, page).catch((error) => error);
        if (!/alive/.test(second.stdout ?? "")) {
            throw new Error(`Chromium does not start here:\n${first.stderr}\n${second.stderr}`);
        }
        console.log("note: Chromium runs without its sandbox, which does not start here");
    }

    /* With a window, as a person starts it. */
    open({ url, profile, display, flags = [] }) {
        const place = ["--window-position=0,0", "--window-size=1280,900"];
        const args = [`--user-data-dir=${profile}/chromium`, ...place, ...flags, url];
        const env = this.environment(profile, display);
        const child = spawn(this.launcher, args, { env, stdio: ["ignore", "ignore", "pipe"] });
        return new Browser(child);
    }

    /* Without one. */
    openHeadless(profile, url, ...flags) {
        const args = ["--headless=new", `--user-data-dir=${profile}/chromium`, ...flags, url];
        const env = this.environment(profile);
        const child = spawn(this.launcher, args, { env, stdio: ["ignore", "ignore", "pipe"] });
        return new Browser(child);
    }

    async remove() {
        await rm(this.#home, { recursive: true, force: true, maxRetries: 5 });
    }
}

export class Browser {
    #child;
    #exited;
    log = "";

    constructor(child) {
        this.#child = child;
        child.stderr.setEncoding("utf8").on("data", (text) => (this.log += text));
        this.#exited = new Promise((resolve) => {
            child.once("error", resolve);
            child.once("exit", resolve);
        });
    }

    /* SIGTERM closes it like a log-out; what it remembers is then on disk. */
    async close() {
        this.#child.kill("SIGTERM");
        const late = sleep(stopTimeoutMs, "late", { ref: false });
        if ((await Promise.race([this.#exited, late])) === "late") {
            this.#child.kill("SIGKILL");
            await this.#exited;
        }
    }
}
