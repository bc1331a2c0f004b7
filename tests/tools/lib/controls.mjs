// People: browsers with a window on a display without a GPU, and nobody but X in front of them. `shows`: reasons that
// are named and convict nobody.

import { openWebkit } from "./webkit.mjs";

/* `settings` are what the person chose in the browser. */
const chromiumPerson = (what, flags, settings) => ({
    name: `Chromium ${what}`,
    package: "chromium",
    newProfile: ({ chromium }) => chromium.newProfile(settings),
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

const softwareWebgl = "--enable-unsafe-swiftshader";
/* A zoom level is the logarithm of the zoom to the base 1.2. */
const zoomedTo = (zoom) => ({ partition: { default_zoom_level: { x: Math.log(zoom) / Math.log(1.2) } } });

export const controls = [
    chromiumPerson("in full screen", ["--kiosk"]),
    chromiumPerson("in a private window", ["--incognito"]),
    chromiumPerson("in a small window", ["--window-size=520,420"]),
    { ...chromiumPerson("with WebGL in software", [softwareWebgl]), shows: ["BOT_SWIFTSHADER"] },
    {
        ...chromiumPerson("at scale 2 with WebGL in software", [
            softwareWebgl, "--force-device-scale-factor=2",
        ]),
        shows: ["BOT_SWIFTSHADER", "BOT_WINDOW_TOO_LARGE"],
    },
    {
        ...chromiumPerson("zoomed to 95 % with WebGL in software", [softwareWebgl], zoomedTo(0.95)),
        shows: ["BOT_SWIFTSHADER"],
    },
    chromiumPerson("zoomed to 50 %", [], zoomedTo(0.5)),
    chromiumPerson("without cookies", [], { profile: { default_content_setting_values: { cookies: 2 } } }),
    firefoxPerson("with strict protection", [], {
        "browser.contentblocking.category": "strict",
        "privacy.fingerprintingProtection": true,
        "network.cookie.cookieBehavior": 5,
    }),
    firefoxPerson("without cookies", [], { "network.cookie.cookieBehavior": 2 }),
    firefoxPerson("at scale 2 without WebGL", [], { "layout.css.devPixelsPerPx": "2", "webgl.disabled": true }),
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
