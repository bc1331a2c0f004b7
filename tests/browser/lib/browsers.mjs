// A desktop, Chromium and Firefox for one test file: `const browsers = await prepareBrowsers()`, at the end
// `await browsers.remove()`.

import { prepareChromium } from "./chromium.mjs";
import { startDesktop } from "./desktop.mjs";
import { prepareFirefox } from "./firefox.mjs";

export async function prepareBrowsers() {
    const browsers = {
        async remove() {
            await browsers.firefox?.remove();
            await browsers.chromium?.remove();
            await browsers.desktop?.stop();
        },
    };
    try {
        browsers.desktop = await startDesktop();
        browsers.chromium = await prepareChromium();
        browsers.firefox = await prepareFirefox();
        return browsers;
    } catch (error) {
        await browsers.remove();
        throw error;
    }
}
