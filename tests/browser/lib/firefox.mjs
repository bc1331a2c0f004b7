// Debian's Firefox ESR with a window, as a person starts it: no driver, no debugging port. Like Chromium it
// belongs to a user without privileges.

import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { Browser, giveTo, unprivilegedUser } from "./chromium.mjs";

const program = process.env.FIREFOX || "/usr/bin/firefox-esr";

// No tours and no calls home; nothing here changes what pages see.
const quietPreferences = {
    "app.normandy.enabled": false,
    "app.update.enabled": false,
    "browser.aboutwelcome.enabled": false,
    "browser.safebrowsing.malware.enabled": false,
    "browser.safebrowsing.phishing.enabled": false,
    "browser.shell.checkDefaultBrowser": false,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": false,
    "datareporting.policy.dataSubmissionPolicyBypassNotification": true,
    "network.captive-portal-service.enabled": false,
    "network.connectivity-service.enabled": false,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": false,
};

export async function prepareFirefox() {
    if (!existsSync(program)) {
        throw new Error(`${program} is missing (Debian package firefox-esr)`);
    }
    const home = await mkdtemp(join(tmpdir(), "whorl-firefox-"));
    await chmod(home, 0o755);
    return new Firefox(await unprivilegedUser(), home);
}

class Firefox {
    #user;
    #home;
    #profiles = 0;

    constructor(user, home) {
        this.#user = user;
        this.#home = home;
    }

    async major() {
        const { stdout } = await promisify(execFile)(program, ["--version"]);
        return Number(/Firefox (\d+)/.exec(stdout)[1]);
    }

    /* A home that has never seen a browser. */
    async newProfile() {
        const profile = join(this.#home, `profile${++this.#profiles}`);
        await mkdir(join(profile, "firefox"), { recursive: true });
        if (this.#user) {
            await chown(profile, this.#user.uid, this.#user.gid);
        }
        return profile;
    }

    /* `preferences` are those of about:config, until the next start. */
    async open({ url, profile, display, preferences = {}, privately = false, tools, flags = [] }) {
        const folder = join(profile, "firefox");
        const lines = Object.entries({ ...quietPreferences, ...preferences }).map(
            ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
        );
        await writeFile(join(folder, "user.js"), lines.join(""));
        await giveTo(this.#user, folder);
        const size = ["--width", "1280", "--height", "900"];
        const place = privately ? ["--private-window", url] : [url];
        const more = [...(tools ? ["--devtools"] : []), ...flags];
        const args = ["--no-remote", "--profile", folder, ...size, ...more, ...place];
        const { PATH, LANG } = process.env;
        const env = { PATH, LANG: LANG ?? "C.UTF-8", HOME: profile, DISPLAY: display };
        const ids = this.#user && [`--reuid=${this.#user.uid}`, `--regid=${this.#user.gid}`];
        const [file, ...rest] = ids
            ? ["setpriv", ...ids, "--clear-groups", "--", program, ...args]
            : [program, ...args];
        return new Browser(spawn(file, rest, { env, stdio: ["ignore", "ignore", "pipe"] }));
    }

    async remove() {
        await rm(this.#home, { recursive: true, force: true, maxRetries: 5 });
    }
}
