// Automation tools as people use them, each opening one page in Debian's browsers. A tool is
//
//     { name, version, open(url, { chromium, firefox, desktop }) -> close() }
//
// None is told what whorl looks at; the options are what their manuals and evasion guides recommend.

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { newInjectedPage } from "fingerprint-injector";
import { chromium as patchright } from "patchright-core";
import { chromium as playwright, devices } from "playwright-core";
import { addExtra as extra } from "playwright-extra";
import puppeteer from "puppeteer-core";
import { addExtra } from "puppeteer-extra";
import stealth from "puppeteer-extra-plugin-stealth";
import { chromium as rebrowserPlaywright } from "rebrowser-playwright-core";
import rebrowser from "rebrowser-puppeteer-core";
import { Builder } from "selenium-webdriver";
import { Options as ChromeOptions, ServiceBuilder } from "selenium-webdriver/chrome.js";

import { Browser } from "../../browser/lib/chromium.mjs";
import { freePort } from "../../lib/whorl.mjs";
import { miniBrowser, openWebkit, webkitEnvironment } from "./webkit.mjs";

const require = createRequire(import.meta.url);
const plainAgent =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
const noAutomation = "--disable-blink-features=AutomationControlled";
const phoneAgent = plainAgent.replace("X11; Linux x86_64", "Linux; Android 10; K").replace(" Safari", " Mobile Safari");
const unmarked = { headless: false, args: [noAutomation], ignoreDefaultArgs: ["--enable-automation"] };
const disguise = [
    `--user-agent=${plainAgent}`,
    noAutomation,
    "--window-size=1280,900",
    "--screen-info={1920x1080}",
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4",
];
const mouse = { "ui.primaryPointerCapabilities": 6, "ui.allPointerCapabilities": 6 };

export async function packageVersion(name) {
    const path = require.resolve(name);
    const folder = path.slice(0, path.lastIndexOf(`node_modules/${name}`));
    const file = join(folder, "node_modules", name, "package.json");
    return JSON.parse(await readFile(file, "utf8")).version;
}

/* Playwright and its relatives: `use` opens the page when it has to be made in a special way. */
function playwrightTool(library, options, use = (context) => context.newPage()) {
    return async (url, { chromium, desktop }) => {
        const profile = await chromium.newProfile();
        const { contextOptions, ...launchOptions } = options;
        const launched = {
            executablePath: chromium.launcher,
            chromiumSandbox: chromium.sandboxed,
            env: chromium.environment(profile, desktop.display),
            ...launchOptions,
        };
        const context = await library.launchPersistentContext(join(profile, "chromium"), {
            ...launched,
            ...contextOptions,
        });
        const page = await use(context);
        await page.goto(url);
        return () => context.close();
    };
}

function puppeteerTool(library, options, prepare = () => {}) {
    return async (url, { chromium, desktop }) => {
        const profile = await chromium.newProfile();
        const { display, ...launchOptions } = options;
        const browser = await library.launch({
            executablePath: chromium.launcher,
            env: chromium.environment(profile, display === false ? undefined : desktop.display),
            userDataDir: join(profile, "chromium"),
            ...launchOptions,
        });
        const page = await browser.newPage();
        await prepare(page);
        await page.goto(url);
        return () => browser.close();
    };
}

const stealthy = () => addExtra(puppeteer).use(stealth());

/* The driver may be named before the flags. */
function seleniumTool(...args) {
    const { driver: program } = typeof args[0] === "object" ? args.shift() : { driver: "/usr/bin/chromedriver" };
    return async (url, { chromium, desktop }) => {
        const profile = await chromium.newProfile();
        const options = new ChromeOptions();
        options.setChromeBinaryPath(chromium.launcher);
        options.addArguments(`--user-data-dir=${profile}/chromium`, ...args);
        if (args.includes(noAutomation)) options.excludeSwitches("enable-automation");
        const service = new ServiceBuilder(program).setEnvironment(
            chromium.environment(profile, desktop.display),
        );
        const driver = await new Builder()
            .forBrowser("chrome")
            .setChromeOptions(options)
            .setChromeService(service)
            .build();
        await driver.get(url);
        return () => driver.quit();
    };
}

/* Puppeteer brings the debugger, the injector another face. */
function injected(options) {
    const fingerprint = { devices: ["desktop"], operatingSystems: ["windows"] };
    return async (url, { chromium, desktop }) => {
        const profile = await chromium.newProfile();
        const browser = await puppeteer.launch({
            executablePath: chromium.launcher,
            env: chromium.environment(profile, desktop.display),
            userDataDir: join(profile, "chromium"),
            args: [noAutomation],
            ignoreDefaultArgs: ["--enable-automation"],
            ...options,
        });
        const page = await newInjectedPage(browser, { fingerprintOptions: fingerprint });
        await page.goto(url);
        return () => browser.close();
    };
}

const headlessChromium = (...flags) => async (url, { chromium }) => {
    const browser = chromium.openHeadless(await chromium.newProfile(), url, ...flags);
    return () => browser.close();
};

/* A browser started by hand with a debugging port, then told where to go: by messages of the protocol, or by
 * a function of the port. */
function rawProtocol(headless, methods) {
    return async (url, { chromium, desktop }) => {
        const profile = await chromium.newProfile();
        const flags = ["--remote-debugging-port=0", "--remote-allow-origins=*", noAutomation];
        const browser = headless
            ? chromium.openHeadless(profile, "about:blank", ...flags, `--user-agent=${plainAgent}`)
            : chromium.open({ url: "about:blank", profile, display: desktop.display, flags });
        const port = await new Promise((resolve) => {
            const timer = setInterval(() => {
                const found = /listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(browser.log);
                if (found) clearInterval(timer), resolve(found[1]);
            }, 50);
        });
        if (typeof methods === "function") {
            const leave = await methods(port, url);
            return async () => {
                await leave();
                await browser.close();
            };
        }
        const list = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
        const { webSocketDebuggerUrl } = list.find(({ type }) => type === "page");
        const socket = new WebSocket(webSocketDebuggerUrl);
        await new Promise((resolve) => (socket.onopen = resolve));
        let id = 0;
        const say = (method, params = {}) =>
            socket.send(JSON.stringify({ id: ++id, method, params }));
        for (const method of methods) say(method);
        say("Page.navigate", { url });
        return async () => {
            socket.close();
            await browser.close();
        };
    };
}

function firefoxTool(flags, preferences = {}) {
    return async (url, { firefox, desktop }) => {
        const profile = await firefox.newProfile();
        const { display } = desktop;
        const browser = await firefox.open({ url, profile, display, flags, preferences });
        return () => browser.close();
    };
}

/* WebKitGTK by the W3C's protocol: its driver starts the browser. */
async function webkitDriver(url, { firefox, desktop }) {
    const env = webkitEnvironment(await firefox.newProfile(), desktop.display);
    const port = await freePort();
    const driver = new Browser(
        spawn("/usr/bin/WebKitWebDriver", [`--port=${port}`], { env, stdio: ["ignore", "ignore", "pipe"] }),
    );
    const browserOptions = { binary: miniBrowser, args: ["--automation"] };
    const session = await new Builder()
        .usingServer(await answering(`http://127.0.0.1:${port}`))
        .withCapabilities({ browserName: "MiniBrowser", "webkitgtk:browserOptions": browserOptions })
        .build();
    await session.get(url);
    return async () => {
        await session.quit();
        await driver.close();
    };
}

/* The address, when something listens there. */
async function answering(address) {
    for (;;) {
        const found = await fetch(address).then(() => true, () => false);
        if (found) return address;
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

export const tools = [
    {
        name: "headless Chromium",
        package: "chromium",
        expect: ["BOT_HEADLESS_UA", "BOT_NO_WINDOW"],
        open: headlessChromium(),
    },
    {
        name: "headless Chromium, user agent changed",
        package: "chromium",
        expect: ["BOT_NO_WINDOW"],
        open: headlessChromium(`--user-agent=${plainAgent}`, noAutomation, "--window-size=1920,1080"),
    },
    {
        name: "headless Firefox",
        package: "firefox-esr",
        expect: ["BOT_NO_WINDOW"],
        open: firefoxTool(["--headless"]),
    },
    {
        name: "headless Firefox, webdriver switched off",
        package: "firefox-esr",
        expect: ["BOT_NO_WINDOW"],
        open: firefoxTool(["--headless"], { "dom.webdriver.enabled": false }),
    },
    {
        name: "headed Firefox, marionette",
        package: "firefox-esr",
        expect: ["BOT_WEBDRIVER"],
        open: firefoxTool(["--marionette"]),
    },
    {
        name: "Puppeteer",
        package: "puppeteer-core",
        expect: ["BOT_WEBDRIVER", "BOT_PROTOCOL"],
        open: puppeteerTool(puppeteer, { headless: true }),
    },
    {
        name: "Puppeteer with a window",
        package: "puppeteer-core",
        expect: ["BOT_WEBDRIVER", "BOT_PROTOCOL"],
        open: puppeteerTool(puppeteer, { headless: false }),
    },
    {
        name: "Puppeteer with a window, automation flags off",
        package: "puppeteer-core",
        expect: ["BOT_PROTOCOL"],
        open: puppeteerTool(puppeteer, {
            headless: false,
            args: [noAutomation],
            ignoreDefaultArgs: ["--enable-automation"],
            defaultViewport: null,
        }),
    },
    {
        name: "Puppeteer headless, user agent and webdriver changed",
        package: "puppeteer-core",
        expect: ["BOT_PROTOCOL", "BOT_NO_WINDOW"],
        open: puppeteerTool(
            puppeteer,
            { headless: true, args: [noAutomation], ignoreDefaultArgs: ["--enable-automation"] },
            (page) => page.setUserAgent({ userAgent: plainAgent }),
        ),
    },
    {
        name: "Playwright",
        package: "playwright-core",
        expect: ["BOT_WEBDRIVER", "BOT_PROTOCOL"],
        open: playwrightTool(playwright, { headless: true }),
    },
    {
        name: "Playwright with a window",
        package: "playwright-core",
        expect: ["BOT_WEBDRIVER", "BOT_PROTOCOL"],
        open: playwrightTool(playwright, { headless: false }),
    },
    {
        name: "Playwright headless, webdriver hidden",
        package: "playwright-core",
        expect: ["BOT_PROTOCOL", "BOT_WORKER_HINTS"],
        open: playwrightTool(
            playwright,
            {
                headless: true,
                args: [noAutomation],
                ignoreDefaultArgs: ["--enable-automation"],
                contextOptions: { userAgent: plainAgent },
            },
        ),
    },
    {
        name: "Playwright with a window, webdriver hidden, own window size",
        package: "playwright-core",
        expect: ["BOT_PROTOCOL"],
        open: playwrightTool(playwright, {
            headless: false,
            args: [noAutomation],
            ignoreDefaultArgs: ["--enable-automation"],
            contextOptions: { viewport: null },
        }),
    },
    {
        name: "Selenium",
        package: "selenium-webdriver",
        expect: ["BOT_WEBDRIVER", "BOT_TOOL_TRACE"],
        open: seleniumTool("--headless=new"),
    },
    {
        name: "Selenium with a window",
        package: "selenium-webdriver",
        expect: ["BOT_WEBDRIVER", "BOT_TOOL_TRACE"],
        open: seleniumTool(),
    },
    {
        name: "Selenium with a window, automation flags off",
        package: "selenium-webdriver",
        expect: ["BOT_TOOL_TRACE", "BOT_PROTOCOL"],
        open: seleniumTool(noAutomation),
    },
    {
        name: "Patchright headless",
        package: "patchright-core",
        expect: ["BOT_HEADLESS_UA"],
        open: playwrightTool(patchright, { headless: true }),
    },
    {
        name: "Patchright with a window",
        package: "patchright-core",
        expect: ["BOT_WINDOW_LARGER_THAN_SCREEN"],
        open: playwrightTool(patchright, { headless: false }),
    },
    {
        name: "Patchright with a window, own window size",
        package: "patchright-core",
        open: playwrightTool(patchright, { headless: false, contextOptions: { viewport: null } }),
    },
    {
        name: "puppeteer-extra-plugin-stealth",
        package: "puppeteer-extra-plugin-stealth",
        expect: ["BOT_PROTOCOL", "BOT_GPU_CONTRADICTS", "BOT_NATIVES_CHANGED"],
        open: puppeteerTool(stealthy(), { headless: true }),
    },
    {
        name: "puppeteer-extra-plugin-stealth with a window",
        package: "puppeteer-extra-plugin-stealth",
        expect: ["BOT_PROTOCOL", "BOT_CONTEXTS_DISAGREE"],
        open: puppeteerTool(stealthy(), { headless: false }),
    },
    {
        name: "fingerprint-injector",
        package: "fingerprint-injector",
        expect: ["BOT_PROTOCOL", "BOT_WORKER_HINTS"],
        open: injected({ headless: true }),
    },
    {
        name: "fingerprint-injector with a window",
        package: "fingerprint-injector",
        expect: ["BOT_PROTOCOL", "BOT_WORKER_HINTS"],
        open: injected({ headless: false }),
    },
    {
        name: "headless Chromium that claims a mouse",
        package: "chromium",
        expect: ["BOT_NO_KEYBOARD"],
        open: headlessChromium(...disguise),
    },
    {
        name: "headless Chromium that claims a mouse, without WebGL",
        package: "chromium",
        expect: ["BOT_NO_KEYBOARD"],
        open: headlessChromium(...disguise, "--disable-3d-apis"),
    },
    {
        name: "headless Chromium under a phone's user agent",
        package: "chromium",
        expect: ["BOT_NO_KEYBOARD", "BOT_PHONE_PLATFORM"],
        open: headlessChromium(`--user-agent=${phoneAgent}`, noAutomation, "--window-size=412,915"),
    },
    {
        name: "headless Firefox that claims a mouse",
        package: "firefox-esr",
        expect: ["BOT_HEADLESS_FONTS"],
        open: firefoxTool(["--headless"], mouse),
    },
    {
        name: "headless Firefox with resistFingerprinting",
        package: "firefox-esr",
        open: firefoxTool(["--headless"], { "privacy.resistFingerprinting": true }),
    },
    {
        name: "rebrowser-puppeteer with a window",
        package: "rebrowser-puppeteer-core",
        expect: ["BOT_ORIENTATION", "BOT_PAGE_SMALLER"],
        open: puppeteerTool(rebrowser, unmarked),
    },
    {
        name: "rebrowser-puppeteer with a window, own window size",
        package: "rebrowser-puppeteer-core",
        open: puppeteerTool(rebrowser, { ...unmarked, defaultViewport: null }),
    },
    {
        name: "Patchright as a phone",
        package: "patchright-core",
        expect: ["BOT_PHONE_PLATFORM", "BOT_ONE_TOUCH"],
        open: playwrightTool(patchright, { headless: false, contextOptions: devices["Pixel 7"] }),
    },
    {
        name: "Playwright headless as an iPhone, webdriver hidden",
        package: "playwright-core",
        expect: ["BOT_PROTOCOL", "BOT_PHONE_PLATFORM"],
        open: playwrightTool(playwright, { ...unmarked, headless: true, contextOptions: devices["iPhone 15"] }),
    },
    {
        name: "Selenium with a driver without its marks",
        package: "chromium-driver",
        expect: ["BOT_PROTOCOL"],
        open: async (url, given) => {
            // as the undetected drivers do it
            const driver = join(await given.chromium.newProfile(), "chromedriver");
            const bytes = await readFile("/usr/bin/chromedriver", "latin1");
            const renamed = bytes.replace(/cdc_[a-zA-Z0-9]{22}/g, "abc_adoQpoasnfa76pfcZLmcfl");
            await writeFile(driver, renamed, { encoding: "latin1", mode: 0o755 });
            return seleniumTool({ driver }, noAutomation)(url, given);
        },
    },
    {
        name: "Playwright attached to a browser that was started by hand",
        package: "playwright-core",
        expect: ["BOT_PROTOCOL"],
        open: rawProtocol(false, async (port, url) => {
            const browser = await playwright.connectOverCDP(`http://127.0.0.1:${port}`);
            await browser.contexts()[0].pages()[0].goto(url);
            return () => browser.close();
        }),
    },
    {
        name: "Patchright headless, user agent changed",
        package: "patchright-core",
        expect: ["BOT_WINDOW_IMPOSSIBLE", "BOT_NO_SCROLLBAR", "BOT_SWIFTSHADER"],
        open: playwrightTool(patchright, {
            headless: true,
            contextOptions: { userAgent: plainAgent },
        }),
    },
    {
        name: "Patchright headless, user agent changed by a flag",
        package: "patchright-core",
        expect: ["BOT_NO_SCROLLBAR", "BOT_SWIFTSHADER"],
        open: playwrightTool(patchright, {
            headless: true,
            args: [`--user-agent=${plainAgent}`],
        }),
    },
    {
        name: "Puppeteer with Firefox",
        package: "puppeteer-core",
        expect: ["BOT_WEBDRIVER"],
        open: async (url, { desktop }) => {
            // Firefox wants a home of the user that runs it
            const home = await mkdtemp(join(tmpdir(), "whorl-firefox-"));
            const browser = await puppeteer.launch({
                browser: "firefox",
                executablePath: "/usr/bin/firefox-esr",
                headless: false,
                env: { PATH: process.env.PATH, HOME: home, DISPLAY: desktop.display },
            });
            await (await browser.newPage()).goto(url);
            return async () => {
                await browser.close();
                await rm(home, { recursive: true, force: true, maxRetries: 5 });
            };
        },
    },
    {
        name: "raw protocol, headless",
        package: "chromium",
        expect: ["BOT_PROTOCOL", "BOT_NO_WINDOW"],
        open: rawProtocol(true, ["Page.enable", "Runtime.enable"]),
    },
    {
        name: "raw protocol, with a window, Runtime enabled",
        package: "chromium",
        expect: ["BOT_PROTOCOL"],
        open: rawProtocol(false, ["Page.enable", "Runtime.enable"]),
    },
    {
        name: "raw protocol, with a window, nothing enabled",
        package: "chromium",
        open: rawProtocol(false, []),
    },
    {
        name: "Patchright with a window, own window size, German",
        package: "patchright-core",
        expect: ["BOT_WORKER_LANGUAGE", "BOT_CONTEXTS_DISAGREE"],
        open: playwrightTool(patchright, {
            headless: false,
            contextOptions: { viewport: null, locale: "de-DE", timezoneId: "Europe/Berlin" },
        }),
    },
    {
        name: "Patchright as an Android tablet",
        package: "patchright-core",
        expect: ["BOT_PHONE_PLATFORM", "BOT_ONE_TOUCH"],
        open: playwrightTool(patchright, { headless: false, contextOptions: devices["Galaxy Tab S4"] }),
    },
    {
        name: "Patchright as an iPad",
        package: "patchright-core",
        expect: ["BOT_PHONE_PLATFORM", "BOT_ONE_TOUCH"],
        open: playwrightTool(patchright, { headless: false, contextOptions: devices["iPad (gen 7)"] }),
    },
    {
        name: "Patchright as a desktop with another screen",
        package: "patchright-core",
        open: playwrightTool(patchright, { headless: false, contextOptions: devices["Desktop Chrome HiDPI"] }),
    },
    {
        name: "rebrowser-puppeteer with a window, a larger page",
        package: "rebrowser-puppeteer-core",
        expect: ["BOT_ORIENTATION", "BOT_PAGE_LARGER"],
        open: puppeteerTool(rebrowser, { ...unmarked, defaultViewport: { width: 1280, height: 800 } }),
    },
    {
        name: "rebrowser-puppeteer with a window, a page of scale 2",
        package: "rebrowser-puppeteer-core",
        expect: ["BOT_ORIENTATION", "BOT_PAGE_SMALLER"],
        open: puppeteerTool(rebrowser, {
            ...unmarked,
            defaultViewport: { width: 1024, height: 640, deviceScaleFactor: 2 },
        }),
    },
    {
        name: "rebrowser-puppeteer with a window, own window size, headers in German",
        package: "rebrowser-puppeteer-core",
        expect: ["BOT_LANGUAGE_CONTRADICTS"],
        open: puppeteerTool(rebrowser, { ...unmarked, defaultViewport: null }, (page) =>
            page.setExtraHTTPHeaders({ "Accept-Language": "de-DE,de;q=0.9" }),
        ),
    },
    {
        name: "rebrowser-playwright with a window, own window size",
        package: "rebrowser-playwright-core",
        expect: ["BOT_TOOL_TRACE"],
        open: playwrightTool(rebrowserPlaywright, { ...unmarked, contextOptions: { viewport: null } }),
    },
    {
        name: "playwright-extra with the stealth plugin",
        package: "playwright-extra",
        expect: ["BOT_PROTOCOL", "BOT_GPU_CONTRADICTS"],
        open: playwrightTool(extra(playwright).use(stealth()), { ...unmarked, headless: true }),
    },
    {
        name: "Puppeteer with a window, over WebDriver BiDi",
        package: "puppeteer-core",
        expect: ["BOT_PROTOCOL"],
        open: puppeteerTool(puppeteer, { ...unmarked, protocol: "webDriverBiDi", defaultViewport: null }),
    },
    {
        name: "headless Chromium of old, user agent changed",
        package: "chromium",
        expect: ["BOT_NO_WINDOW", "BOT_NO_KEYBOARD"],
        open: headlessChromium("--headless=old", `--user-agent=${plainAgent}`),
    },
    {
        name: "headless Chromium, a screenshot in virtual time",
        package: "chromium",
        // virtual time jumps to the end of a wait, at times before the keyboard has answered
        expect: ["BOT_NO_WINDOW", "BOT_SWIFTSHADER"],
        open: headlessChromium(
            `--user-agent=${plainAgent}`,
            noAutomation,
            "--virtual-time-budget=30000",
            `--screenshot=${join(tmpdir(), "whorl-screenshot.png")}`,
        ),
    },
    {
        name: "headed Firefox, remote agent",
        package: "firefox-esr",
        expect: ["BOT_WEBDRIVER"],
        open: firefoxTool(["--remote-debugging-port=0"], { "dom.webdriver.enabled": false }),
    },
    {
        name: "headless Firefox in full screen that claims a mouse and Windows",
        package: "firefox-esr",
        expect: ["BOT_HEADLESS_FONTS"],
        open: firefoxTool(["--headless", "--kiosk"], {
            ...mouse,
            "general.useragent.override":
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:153.0) Gecko/20100101 Firefox/153.0",
        }),
    },
    {
        name: "Selenium with WebKitGTK",
        package: "webkit2gtk-driver",
        expect: ["BOT_WEBDRIVER"],
        open: webkitDriver,
    },
    {
        name: "WebKitGTK that may be driven",
        package: "libwebkit2gtk-4.1-0",
        expect: ["BOT_WEBDRIVER"],
        open: async (url, { firefox, desktop }) => {
            const browser = openWebkit(url, await firefox.newProfile(), desktop.display, "--automation");
            return () => browser.close();
        },
    },
];
