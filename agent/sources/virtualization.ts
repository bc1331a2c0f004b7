/* virtualization: hints at a virtual machine or an emulator, as the page can see them. The server
 * judges from the same facts itself. Two hints that others send are not among ours: a full battery
 * on the mains, which every desktop computer has, and jitter of the clock, which depends on what
 * else runs.
 *
 * Privacy: low; graphics and screen, which are sent anyway. */

import type { Context } from "../collect.ts";

/* Graphics of hypervisors, and of machines without a graphics card. */
const VM_RENDERERS = [
    "vmware", "virtualbox", "parallels", "virgl", "virtio", "qxl", "hyper-v", "basic render",
    "swiftshader", "llvmpipe", "softpipe",
];

/* What hypervisors start with before anything has been set. */
const VM_SCREENS = ["800x600", "1024x768", "1152x864"];

const EMULATOR_SCREENS = ["320x480", "320x640"];

export async function virtualization(context: Context) {
    const webgl = await context.result<{ renderer: string }>("webgl");
    const renderer = webgl?.renderer.toLowerCase() ?? "";
    const memory = (navigator as { deviceMemory?: number }).deviceMemory;
    const size = `${screen.width}x${screen.height}`;
    const mobile = /Mobi|Android|iPhone/.test(navigator.userAgent);
    const virtual = VM_RENDERERS.filter((name) => renderer.includes(name)).map(
        (name) => `vm_renderer:${name}`,
    );
    if (navigator.hardwareConcurrency <= 1 || (memory ?? 2) < 1) virtual.push("low_hw_specs");
    if (!mobile && VM_SCREENS.includes(size)) virtual.push(`vm_screen_resolution:${size}`);
    const emulated: string[] = [];
    if (mobile && navigator.maxTouchPoints === 0) emulated.push("touch_mismatch");
    if (mobile && /^(Win32|Linux x86_64|Linux i686)$/.test(navigator.platform)) {
        emulated.push("mobile_ua_desktop_specs");
    }
    if (mobile && EMULATOR_SCREENS.includes(size)) {
        emulated.push(`emulator_screen_resolution:${size}`);
    }
    const most = Math.max(virtual.length, emulated.length);
    return {
        vmDetected: virtual.length >= 2,
        emulatorDetected: emulated.length >= 2,
        indicators: [...virtual, ...emulated],
        confidence: most >= 3 ? "high" : most === 2 ? "medium" : "low",
    };
}
