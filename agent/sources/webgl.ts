/* webgl: the names of graphics card and driver, what they support and their limits (WebGL 1). */

function open(): WebGLRenderingContext | null {
    return document.createElement("canvas").getContext("webgl");
}

/* Browsers hold about 16 contexts per page and drop the oldest: give ours back. */
function close(gl: WebGLRenderingContext): void {
    gl.getExtension("WEBGL_lose_context")?.loseContext();
}

const LIMITS = [0x0d33, 0x8869, 0x8dfb, 0x8dfc, 0x8dfd];

function limits(gl: WebGLRenderingContext): Record<string, number> {
    return Object.fromEntries(
        LIMITS.map((id) => [`0x${id.toString(16)}`, Number(gl.getParameter(id))]),
    );
}

/* Time until a cleared frame can be read back. Different on every run: no part of an identity. */
function readBackMs(gl: WebGLRenderingContext): number {
    const start = performance.now();
    gl.clearColor(0.2, 0.4, 0.6, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    return performance.now() - start;
}

export function webgl() {
    const gl = open();
    if (!gl) return null;
    const names = gl.getExtension("WEBGL_debug_renderer_info");
    const renderer = String((names && gl.getParameter(names.UNMASKED_RENDERER_WEBGL)) || "unknown");
    const value = {
        renderer,
        vendor: String((names && gl.getParameter(names.UNMASKED_VENDOR_WEBGL)) || "unknown"),
        extensions: gl.getSupportedExtensions() ?? [],
        params: limits(gl),
        gpuTimingMs: readBackMs(gl),
        isSoftwareRenderer: /swiftshader|llvmpipe|softpipe|mesa/i.test(renderer),
    };
    close(gl);
    return value;
}
