/* capabilityVector: plug-ins and optional interfaces.
 *
 * Privacy: low; a browser version and its settings. */

import { sha256 } from "../sha256.ts";
import { flagText } from "../text.ts";

interface Extras {
    globalPrivacyControl?: boolean;
    userAgentData?: { getHighEntropyValues?: unknown };
}

/* Enough to tell lists apart; the names themselves are not sent. */
const HASHED_PLUGINS = 8;

export function capabilityVector() {
    const nav = navigator as Navigator & Extras;
    const plugins = Array.from(nav.plugins ?? [], (plugin) => plugin.name);
    const hasPdfPlugin = plugins.some((name) => /pdf/i.test(name));
    const pdfViewerEnabled = nav.pdfViewerEnabled ?? null;
    const mismatch = pdfViewerEnabled !== null && pdfViewerEnabled !== hasPdfPlugin;
    const value = {
        pdfViewerEnabled,
        globalPrivacyControl: nav.globalPrivacyControl ?? null,
        hasPdfPlugin,
        pluginCount: nav.plugins ? plugins.length : null,
        hasWebGPU: "gpu" in nav,
        hasVirtualKeyboard: "virtualKeyboard" in nav,
        hasSpeechSynthesis: "speechSynthesis" in window,
        hasSpeechRecognition: "SpeechRecognition" in window || "webkitSpeechRecognition" in window,
        hasMediaCapabilities: "mediaCapabilities" in nav,
        hasKeyboardLayoutApi: "keyboard" in nav,
        hasBluetooth: "bluetooth" in nav,
        hasUsb: "usb" in nav,
        hasHid: "hid" in nav,
        hasSerial: "serial" in nav,
        hasHighEntropyUaHints: typeof nav.userAgentData?.getHighEntropyValues === "function",
        suspiciousFlags: mismatch ? ["pdf_viewer_mismatch"] : [],
    };
    const names = plugins.slice(0, HASHED_PLUGINS).join(",");
    return { ...value, hash: sha256(`${flagText(value)}|plugins:${names}`) };
}
