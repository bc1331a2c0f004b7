// WebKitGTK with a window, in the small browser that comes with the library: no driver. Like the others it
// belongs to a user without privileges; its own sandbox (bubblewrap) is off, as it is in most programs.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Browser, unprivilegedUser } from "./chromium.mjs";

const program = process.env.WEBKIT
    || `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/webkit2gtk-4.1/MiniBrowser`;

export async function prepareWebKit() {
    if (!existsSync(program)) {
        throw new Error(`${program} is missing (Debian package libwebkit2gtk-4.1-0)`);
    }
    const home = await mkdtemp(join(tmpdir(), "whorl-webkit-"));
    await chmod(home, 0o755);
    return new WebKit(await unprivilegedUser(), home);
}

class WebKit {
    #user;
    #home;
    #profiles = 0;

    constructor(user, home) {
        this.#user = user;
        this.#home = home;
    }

    /* A home that has never seen a browser. */
    async newProfile() {
        const profile = join(this.#home, `profile${++this.#profiles}`);
        await mkdir(profile);
        if (this.#user) {
            await chown(profile, this.#user.uid, this.#user.gid);
        }
        return profile;
    }

    open({ url, profile, display }) {
        const { PATH, LANG } = process.env;
        const env = {
            PATH, LANG: LANG ?? "C.UTF-8", HOME: profile, DISPLAY: display, XDG_RUNTIME_DIR: profile,
            GDK_BACKEND: "x11", NO_AT_BRIDGE: "1", GSETTINGS_BACKEND: "memory",
        };
        const ids = this.#user && [`--reuid=${this.#user.uid}`, `--regid=${this.#user.gid}`];
        const [file, ...rest] = ids
            ? ["setpriv", ...ids, "--clear-groups", "--", program, url]
            : [program, url];
        return new Browser(spawn(file, rest, { env, stdio: ["ignore", "ignore", "pipe"] }));
    }

    async remove() {
        await rm(this.#home, { recursive: true, force: true, maxRetries: 5 });
    }
}
