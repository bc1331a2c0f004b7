/* navigator: cores, memory, languages and which device interfaces the browser offers.
 *
 * Privacy: medium; cores, memory, languages. */

interface Extras {
    deviceMemory?: number;
    connection?: { effectiveType?: string };
    bluetooth?: { getAvailability?: () => Promise<boolean> };
}

async function bluetoothAvailable(nav: Extras): Promise<boolean | null> {
    try {
        return (await nav.bluetooth?.getAvailability?.()) ?? null;
    } catch {
        return null;
    }
}

export async function navigatorFacts() {
    const nav = navigator as Navigator & Extras;
    return {
        hardwareConcurrency: nav.hardwareConcurrency,
        deviceMemory: nav.deviceMemory ?? null,
        maxTouchPoints: nav.maxTouchPoints,
        languages: [...nav.languages],
        platform: nav.platform,
        cookieEnabled: nav.cookieEnabled,
        doNotTrack: nav.doNotTrack ?? null,
        /* Follows whatever layout is switched on now, so it tells nothing lasting. */
        keyboardLayout: null,
        connectionType: nav.connection?.effectiveType ?? null,
        hasBluetooth: "bluetooth" in nav,
        hasUsb: "usb" in nav,
        hasHid: "hid" in nav,
        hasSerial: "serial" in nav,
        hasWakeLock: "wakeLock" in nav,
        hasGpu: "gpu" in nav,
        bluetoothAvailable: await bluetoothAvailable(nav),
    };
}
