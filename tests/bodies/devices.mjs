// The machines and browsers that the bodies come from. None of them exists.

const chromiumErrors = [
    "Cannot read properties of null (reading 'x')",
    "Cannot read properties of undefined (reading 'x')",
    "undefined is not iterable",
    "Unexpected token ')'",
    "Invalid array length",
    "Invalid count value: -1",
    "Cyclic __proto__ value",
    "Invalid regular expression: /(/: Unterminated group",
    "Invalid count value: Infinity",
];
const firefoxErrors = [
    'can\'t access property "x" of null',
    "(void 0) is undefined",
    "(void 0) is not iterable",
    "expected expression, got ')'",
    "invalid array length",
    "repeat count must be non-negative",
    "can't set prototype: it would cause a prototype chain cycle",
    "unterminated parenthetical",
    "repeat count must be less than infinity",
];
const safariErrors = [
    "null is not an object (evaluating 'null.x')",
    "undefined is not an object (evaluating '(void 0).x')",
    "Spread syntax requires ...iterable not be null or undefined",
    "Unexpected token ')'",
    "Array length must be a positive integer of safe magnitude.",
    "String.prototype.repeat argument must be non-negative",
    "cyclic __proto__ value",
    "Invalid regular expression: missing )",
    "String.prototype.repeat argument must not be Infinity",
];
const globals = [
    "AbortController",
    "AbortSignal",
    "AbstractRange",
    "AnalyserNode",
    "Animation",
    "AnimationEffect",
    "AnimationTimeline",
    "Attr",
    "AudioBuffer",
    "AudioData",
    "AudioDecoder",
    "AudioEncoder",
    "BaseAudioContext",
    "BeforeUnloadEvent",
    "BiquadFilterNode",
    "Blob",
    "BlobEvent",
    "BroadcastChannel",
    "CDATASection",
    "CSSAnimation",
];
const glExtensions = [
    "ANGLE_instanced_arrays",
    "EXT_blend_minmax",
    "EXT_color_buffer_half_float",
    "EXT_float_blend",
    "EXT_frag_depth",
    "EXT_shader_texture_lod",
    "EXT_sRGB",
    "EXT_texture_filter_anisotropic",
    "KHR_parallel_shader_compile",
    "OES_element_index_uint",
    "OES_standard_derivatives",
    "OES_texture_float",
    "OES_texture_half_float",
    "OES_vertex_array_object",
    "WEBGL_color_buffer_float",
    "WEBGL_compressed_texture_s3tc",
    "WEBGL_debug_renderer_info",
    "WEBGL_depth_texture",
    "WEBGL_draw_buffers",
    "WEBGL_lose_context",
];
const desktopFeatures = [
    "EyeDropper",
    "FileSystemWritableFileStream",
    "HID",
    "Serial",
    "USB",
    "SharedWorker",
    "PointerEvent",
    "showDirectoryPicker",
    "showOpenFilePicker",
    "WakeLock",
];

function chromium(major, build, headless = false) {
    const full = `${major}.0.${build}`;
    const brands = (v, other) => [
        { brand: "Chromium", version: v },
        { brand: "Not=A?Brand", version: other },
    ];
    return {
        engine: "Chromium",
        userAgent:
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) " +
            `${headless ? "Headless" : ""}Chrome/${major}.0.0.0 Safari/537.36`,
        hints: { brands: brands(`${major}`, "24"), full: brands(full, "24.0.0.0") },
        build: {
            errors: chromiumErrors,
            globals,
            cssProperties: 471 + 3 * (major - 153),
            windowProperties: 1210 + 4 * (major - 153),
            elementProperties: 352 + (major - 153),
        },
    };
}

// A laptop with Linux. Its real GPU's driver has "Mesa" in its name, which must not count against it.
export const laptop = {
    ...chromium(153, "7891.44"),
    platform: "Linux x86_64",
    canvas: "laptop",
    textLook: "laptop",
    cores: 8,
    memory: 16,
    touchPoints: 0,
    gpu: {
        vendor: "Google Inc. (Intel)",
        textureSize: 16384,
        extensions: glExtensions,
        renderer: "ANGLE (Intel, Mesa Intel(R) Iris(R) Xe Graphics (TGL GT2), OpenGL 4.6)",
    },
    screen: [1920, 1200],
    availHeight: 1168,
    window: [1905, 1041, 1920, 1168],
    pixelRatio: 1,
    languages: ["en-GB", "en"],
    colorScheme: "dark",
    colorGamut: "srgb",
    pointer: "fine",
    timezone: { name: "Europe/London", long: "Greenwich Mean Time", july2005: -60, now: 0 },
    fonts: [
        "Arial",
        "Courier New",
        "Helvetica",
        "Times New Roman",
        "DejaVu Sans",
        "Liberation Sans",
        "Noto Sans",
        "Ubuntu",
    ],
    voices: null,
    svg: [96.5, 18, 96.5, 23.75, 12.25],
    battery: { charging: false, level: 0.83 },
    quotaMB: 10240,
    heapLimitMB: 4096,
    platformFeatures: desktopFeatures,
    codecs: ["avc1", "vp8", "vp9", "av01", "audio/flac", "audio/mpeg", "audio/aac"],
    codecsMaybe: ["audio/webm", "audio/ogg", "audio/wav"],
    sensors: ["geolocation", "deviceMotion", "deviceOrientation"],
};

// The same laptop 22 days later: two browser releases on, another window size, another network.
export const laptopLater = {
    ...laptop,
    ...chromium(155, "7995.12"),
    window: [1265, 861, 1280, 988],
    battery: { charging: true, level: 1 },
};

// Another machine with the same system and browser.
export const desktop = {
    ...laptop,
    canvas: "desktop",
    textLook: "desktop",
    cores: 24,
    memory: 32,
    gpu: {
        vendor: "Google Inc. (AMD)",
        textureSize: 32768,
        extensions: glExtensions,
        renderer: "ANGLE (AMD, AMD Radeon RX 6700 XT (radeonsi, navi22, LLVM 19.1.7), OpenGL 4.6)",
    },
    screen: [3440, 1440],
    availHeight: 1413,
    window: [1705, 1296, 1720, 1413],
    languages: ["de-DE", "de", "en"],
    timezone: {
        name: "Europe/Vienna",
        long: "Central European Standard Time",
        july2005: -120,
        now: -60,
    },
    fonts: [
        "Arial",
        "Courier New",
        "Times New Roman",
        "DejaVu Sans",
        "Liberation Sans",
        "Cantarell",
        "Fira Code",
    ],
    svg: [97, 18, 97, 24, 12.5],
    battery: { charging: true, level: 1 },
};

// A server in a rack: no screen, no GPU, no pointing device, and a browser that calls itself headless.
export const rack = {
    ...laptop,
    ...chromium(153, "7891.44", true),
    canvas: "software",
    textLook: "server",
    cores: 4,
    memory: 8,
    gpu: {
        vendor: "Google Inc. (Google)",
        textureSize: 8192,
        extensions: glExtensions,
        renderer:
            "ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)",
    },
    screen: [800, 600],
    availHeight: 600,
    window: [800, 457, 800, 600],
    languages: ["en-US"],
    pointer: "none",
    colorScheme: "light",
    timezone: { name: "UTC", long: "Coordinated Universal Time", july2005: 0, now: 0 },
    fonts: ["DejaVu Sans", "Liberation Sans"],
    svg: [91, 17, 91, 22.5, 11.75],
    battery: { charging: true, level: 1 },
};

// Firefox on the laptop: another browser, so another visitor.
export const laptopFirefox = {
    ...laptop,
    engine: "Firefox",
    canvas: "laptop firefox",
    textLook: "laptop firefox",
    memory: null,
    hints: null,
    userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:152.0) Gecko/20100101 Firefox/152.0",
    gpu: {
        vendor: "Intel",
        textureSize: 16384,
        extensions: glExtensions.slice(0, 16),
        renderer: "Intel(R) HD Graphics, or similar",
    },
    window: [1920, 1055, 1920, 1168],
    svg: [124.25, 19, 124.25, 31.5, 32],
    battery: null,
    heapLimitMB: null,
    platformFeatures: ["FileSystemWritableFileStream", "SharedWorker", "PointerEvent", "WakeLock"],
    codecs: ["vp8", "vp9", "av01"],
    codecsMaybe: ["audio/"],
    build: {
        errors: firefoxErrors,
        globals: globals.slice(2),
        cssProperties: 381,
        windowProperties: 940,
        elementProperties: 341,
    },
};

export const iphone = {
    ...laptopFirefox,
    engine: "Safari",
    canvas: "iphone",
    textLook: "iphone",
    cores: 4,
    touchPoints: 5,
    platform: "iPhone",
    userAgent:
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 " +
        "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    gpu: {
        vendor: "Apple Inc.",
        textureSize: 16384,
        extensions: glExtensions.slice(0, 17),
        renderer: "Apple GPU",
    },
    screen: [402, 874],
    availHeight: 874,
    window: [402, 673, 402, 874],
    pixelRatio: 3,
    pointer: "coarse",
    colorScheme: "light",
    colorGamut: "p3",
    languages: ["en-US"],
    timezone: { name: "America/Chicago", long: "Central Standard Time", july2005: 300, now: 360 },
    fonts: [
        "Arial",
        "Courier New",
        "Georgia",
        "Helvetica",
        "Helvetica Neue",
        "Times New Roman",
        "Menlo",
        "Futura",
    ],
    voices: ["Samantha", "Daniel", "Karen", "M\u00f3nica"],
    svg: [118.25, 19, 118.25, 71.5, 27],
    quotaMB: null,
    platformFeatures: ["SharedWorker", "PointerEvent", "TouchEvent", "WakeLock"],
    codecs: ["avc1", "hev1"],
    codecsMaybe: ["audio/mpeg", "audio/aac", "audio/flac", "audio/wav"],
    build: {
        errors: safariErrors,
        globals: globals.slice(1),
        cssProperties: 409,
        windowProperties: 908,
        elementProperties: 340,
    },
};
