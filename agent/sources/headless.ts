/* headless: marks that automation tools leave behind. The list is documented, so the server knows
 * what each is worth; "webdriver_configurable" stands in every ordinary browser too and is worth
 * nothing.
 *
 * Privacy: none; traces of tools, not of people. */

type Globals = Record<string, unknown>;

/* What the device memory interface may answer (its specification, with the newer 16 and 32). */
const MEMORY_GIB = [0.25, 0.5, 1, 2, 4, 8, 16, 32];

function hasGlobal(...names: string[]): boolean {
    return names.some((name) => name in window || name in document);
}

function globalStarts(...prefixes: string[]): boolean {
    const names = [...Object.getOwnPropertyNames(window), ...Object.getOwnPropertyNames(document)];
    return names.some((name) => prefixes.some((prefix) => name.startsWith(prefix)));
}

function isDesktopChromium(): boolean {
    return /Chrome\//.test(navigator.userAgent) && !/Mobile|Android/.test(navigator.userAgent);
}

function isConfigurable(): boolean {
    const found = Object.getOwnPropertyDescriptor(Navigator.prototype, "webdriver");
    return found?.configurable === true;
}

const TESTS: [string, () => boolean][] = [
    ["webdriver", () => navigator.webdriver === true],
    ["webdriver_configurable", isConfigurable],
    ["selenium", () => hasGlobal("_selenium", "callSelenium", "__selenium_evaluate")],
    ["selenium_unwrapped", () => hasGlobal("__selenium_unwrapped")],
    ["chromedriver_cdc", () => globalStarts("cdc_", "$cdc_", "$chrome_asyncScriptInfo")],
    ["webdriver_evaluate", () => hasGlobal("__webdriver_evaluate", "__webdriver_script_fn")],
    ["driver_evaluate", () => hasGlobal("__driver_evaluate", "__driver_unwrapped")],
    ["playwright", () => globalStarts("__playwright", "__pwInitScripts")],
    ["playwright_manual", () => hasGlobal("__pw_manual")],
    ["puppeteer", () => globalStarts("__puppeteer", "puppeteer_")],
    ["nightmare", () => hasGlobal("__nightmare")],
    ["phantom", () => hasGlobal("callPhantom", "_phantom", "__phantomas")],
    ["missing_chrome_object",
        () => isDesktopChromium() && !(window as unknown as Globals)["chrome"]],
    ["headless_ua", () => /Headless/.test(navigator.userAgent)],
    /* A policy may switch the viewers off; then pdfViewerEnabled is false as well. */
    ["no_plugins",
        () => isDesktopChromium() && navigator.plugins.length === 0 && navigator.pdfViewerEnabled],
    ["no_languages", () => navigator.languages.length === 0],
    ["impossible_device_memory", () => {
        const memory = (navigator as { deviceMemory?: number }).deviceMemory;
        return memory !== undefined && !MEMORY_GIB.includes(memory);
    }],
    ["dom_automation", () => hasGlobal("domAutomation", "domAutomationController")],
];

export function headless() {
    const markers = TESTS.filter(([, test]) => test()).map(([name]) => name);
    return { isHeadless: markers.length >= 2, markers };
}
