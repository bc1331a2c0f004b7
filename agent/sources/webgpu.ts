/* webgpu: the adapter's names and what it supports. No device is opened. Where WebGL shows that
 * there is no graphics card, nobody is asked: Chromium would write "No available adapters." on the
 * page's console.
 *
 * Privacy: medium; the kind of graphics card. */

import type { Context } from "../collect.ts";

interface Adapter {
    info?: { vendor?: string; architecture?: string; device?: string; description?: string };
    features?: Iterable<string>;
}

interface Gpu {
    requestAdapter(): Promise<Adapter | null>;
}

const NO_CARD = /swiftshader|llvmpipe|softpipe|basic render/i;

export async function webgpu(context: Context) {
    const webgl = await context.result<{ renderer: string }>("webgl");
    const gpu = webgl && !NO_CARD.test(webgl.renderer) && (navigator as { gpu?: Gpu }).gpu;
    /* No adapter and a refusal are both "not available". */
    const adapter = gpu ? await gpu.requestAdapter().catch(() => null) : null;
    const info = adapter?.info;
    return {
        available: !!adapter,
        vendor: info?.vendor ?? "",
        architecture: info?.architecture ?? "",
        device: info?.device ?? "",
        description: info?.description ?? "",
        features: Array.from(adapter?.features ?? []).sort(),
    };
}
