// People: browsers with a window on a display without a GPU, and nobody but X in front of them. `shows`: reasons that
// are named and convict nobody.

import { openWebkit } from "./webkit.mjs";

const chromiumPerson = (what, flags) => ({
    name: `Chromium ${what}`,
    package: "chromium",
    newProfile: ({ chromium }) => chromium.newProfile(),
    async open(url, { chromium, desktop, profile }) {
        const browser = chromium.open({ url, profile, display: desktop.display, flags });
        return () => browser.close();
    },
});

const firefoxPerson = (what, flags, preferences = {}) => ({
    name: `Firefox ESR ${what}`,
    package: "firefox-esr",
    newProfile: ({ firefox }) => firefox.newProfile(),
    async open(url, { firefox, desktop, profile }) {
        const browser = await firefox.open({ url, profile, display: desktop.display, flags, preferences });
        return () => browser.close();
    },
});

export const controls = [
    chromiumPerson("in full screen", ["--kiosk"]),
    chromiumPerson("in a private window", ["--incognito"]),
    chromiumPerson("in a small window", ["--window-size=520,420"]),
    { ...chromiumPerson("with WebGL in software", ["--enable-unsafe-swiftshader"]), shows: ["BOT_SWIFTSHADER"] },
    firefoxPerson("in a private window", ["--private-window"]),
    firefoxPerson("with resistFingerprinting", [], { "privacy.resistFingerprinting": true }),
    chromiumPerson("with a window"),
    {
        name: "Chromium with developer tools open",
        package: "chromium",
        newProfile: ({ chromium }) => chromium.newProfile(),
        async open(url, { chromium, desktop, profile }) {
            // the tools take a moment to open; the page is called up when they listen
            const flags = ["--auto-open-devtools-for-tabs"];
            const script = `setTimeout(() => (location = "${url}"), 4000)`;
            const wait = `data:text/html,<title>waiting</title><script>${script}</script>`;
            const browser = chromium.open({ url: wait, profile, display: desktop.display, flags });
            return () => browser.close();
        },
    },
    firefoxPerson("with a window"),
    {
        name: "WebKitGTK with a window",
        package: "libwebkit2gtk-4.1-0",
        newProfile: ({ firefox }) => firefox.newProfile(),
        async open(url, { desktop, profile }) {
            const browser = openWebkit(url, profile, desktop.display);
            return () => browser.close();
        },
    },
];
