/* platformFeatures: interfaces that exist on some operating systems or kinds of device only.
 *
 * Privacy: low; a browser version and kind of device. */

import { sha256 } from "../sha256.ts";
import { flagText } from "../text.ts";

const GLOBALS = [
    "BarcodeDetector", "ContactsManager", "ContentIndex", "EyeDropper",
    "FileSystemWritableFileStream", "HID", "Serial", "USB", "SharedWorker", "PointerEvent",
    "TouchEvent", "showDirectoryPicker", "showOpenFilePicker", "Bluetooth", "WakeLock",
];

function kindOfPlatform(has: Record<string, boolean>): string {
    if (has["ContactsManager"] || has["ContentIndex"]) return "Android";
    if (has["EyeDropper"] || has["showOpenFilePicker"] || has["HID"]) return "Desktop";
    if (has["TouchEvent"] && navigator.maxTouchPoints > 1 && !has["SharedWorker"]) return "Mobile";
    return "Unknown";
}

export function platformFeatures() {
    const features = Object.fromEntries(GLOBALS.map((name) => [name, name in window]));
    return {
        features,
        estimatedPlatform: kindOfPlatform(features),
        hash: sha256(flagText(features)),
    };
}
