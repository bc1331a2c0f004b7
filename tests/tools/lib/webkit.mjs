// WebKitGTK's own small browser.

import { spawn } from "node:child_process";

import { Browser } from "../../browser/lib/chromium.mjs";

export const miniBrowser = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";

export function webkitEnvironment(profile, display) {
    const { PATH, LANG } = process.env;
    return { PATH, HOME: profile, XDG_RUNTIME_DIR: profile, DISPLAY: display, LANG: LANG ?? "C.UTF-8" };
}

export function openWebkit(url, profile, display, ...flags) {
    const env = webkitEnvironment(profile, display);
    return new Browser(spawn(miniBrowser, [...flags, url], { env, stdio: ["ignore", "ignore", "pipe"] }));
}
