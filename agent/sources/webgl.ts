/* webgl: the names of graphics card and driver, what they support and their limits (WebGL 1). What
 * the signal has no member for is kept for `attributes`.
 *
 * Privacy: high; the graphics card by name. */

import type { Context } from "../collect.ts";
import { withExtra } from "../extra.ts";
import { sha256 } from "../sha256.ts";

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

/* Limits beside those above: aliased sizes, viewport, cube maps, texture units, bits per channel.
 * A name that a context does not know would put a warning on the page's console. */
const MORE_LIMITS = [
    0x846d, 0x846e, 0x0d3a, 0x851c, 0x84e8, 0x8872, 0x8b4c, 0x8b4d, 0x0d52, 0x0d53, 0x0d54, 0x0d55,
    0x0d56, 0x0d57, 0x80a8, 0x80a9,
];

const ANISOTROPY = "EXT_texture_filter_anisotropic";

/* Extensions that some hardware or system lacks. */
const NOT_EVERYWHERE = [
    "EXT_clip_control", "EXT_color_buffer_half_float", "EXT_depth_clamp",
    "EXT_disjoint_timer_query", "EXT_float_blend", "EXT_polygon_offset_clamp", "EXT_sRGB",
    "EXT_texture_compression_bptc", "EXT_texture_compression_rgtc", ANISOTROPY,
    "OES_texture_float_linear", "WEBGL_compressed_texture_astc", "WEBGL_compressed_texture_etc",
    "WEBGL_compressed_texture_etc1", "WEBGL_compressed_texture_pvrtc",
    "WEBGL_compressed_texture_s3tc", "WEBGL_compressed_texture_s3tc_srgb", "WEBGL_multi_draw",
    "WEBGL_polygon_mode",
];

function precisions(gl: WebGLRenderingContext): string {
    const shaders = [gl.VERTEX_SHADER, gl.FRAGMENT_SHADER];
    const types = [
        gl.LOW_FLOAT, gl.MEDIUM_FLOAT, gl.HIGH_FLOAT, gl.LOW_INT, gl.MEDIUM_INT, gl.HIGH_INT,
    ];
    return shaders
        .flatMap((shader) => types.map((type) => gl.getShaderPrecisionFormat(shader, type)))
        .map((format) => format && [format.rangeMin, format.rangeMax, format.precision].join())
        .join(";");
}

export interface WebGLExtra {
    webgl_basics: Record<string, string>;
    webgl_extensions: Record<string, string | string[]>;
}

const hash = (text: unknown) => sha256(String(text)).slice(0, 32);

function extra(gl: WebGLRenderingContext): WebGLExtra {
    const text = (id: number) => String(gl.getParameter(id));
    const supported = gl.getSupportedExtensions() ?? [];
    const anisotropic = gl.getExtension(ANISOTROPY);
    const anisotropy = anisotropic && text(anisotropic.MAX_TEXTURE_MAX_ANISOTROPY_EXT);
    const numbers = [...LIMITS, ...MORE_LIMITS].map(text);
    return {
        webgl_basics: {
            version: text(gl.VERSION),
            vendor: text(gl.VENDOR),
            renderer: text(gl.RENDERER),
            shading_language_version: text(gl.SHADING_LANGUAGE_VERSION),
        },
        webgl_extensions: {
            context_attributes: hash(Object.entries(gl.getContextAttributes() ?? {}).join(";")),
            parameters: hash(numbers.join(";")),
            shader_precisions: hash(precisions(gl)),
            extensions: hash([...supported].sort().join()),
            extension_parameters: hash(anisotropy),
            unsupported_extensions: NOT_EVERYWHERE.filter((name) => !supported.includes(name)),
        },
    };
}

async function readFrom(gl: WebGLRenderingContext, { pause }: Context) {
    await pause();
    const names = gl.getExtension("WEBGL_debug_renderer_info");
    const renderer = String((names && gl.getParameter(names.UNMASKED_RENDERER_WEBGL)) || "unknown");
    const vendor = String((names && gl.getParameter(names.UNMASKED_VENDOR_WEBGL)) || "unknown");
    const value = {
        renderer,
        vendor,
        extensions: gl.getSupportedExtensions() ?? [],
        params: limits(gl),
        gpuTimingMs: readBackMs(gl),
        isSoftwareRenderer: /swiftshader|llvmpipe|softpipe|mesa/i.test(renderer),
    };
    await pause();
    return withExtra(value, extra(gl));
}

export async function webgl(context: Context) {
    for (let last = false; ; last = true) {
        await context.pause("long step");
        const gl = open();
        if (!gl) return null;
        const found = await readFrom(gl, context);
        const { renderer } = found;
        /* A browser's graphics process may start anew right after its first page: contexts are lost then,
         * and before that is known they say no names. */
        const lost = gl.isContextLost() || renderer === "unknown";
        close(gl);
        if (!lost || last) return found;
    }
}
