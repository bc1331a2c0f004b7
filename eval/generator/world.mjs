// Static tables: countries, networks, fonts, phones, voices, WebGL extensions.
const names = (text) => text.split(", ");

// Weights stand behind values; home and cell are prefixes of addresses.
export const COUNTRY = {
    US: {
        tz: [
            ["America/New_York", 47],
            ["America/Chicago", 29],
            ["America/Denver", 7],
            ["America/Los_Angeles", 17],
        ],
        lang: [
            ["en-US,en", 80],
            ["en-US", 13],
            ["es-US,es,en-US", 3],
            ["es-419,es,en", 1.5],
            ["zh-CN,zh,en-US", 1.5],
            ["en-GB,en", 1],
        ],
        home: ["73.", "98.", "24.", "67.", "71."],
        cell: ["172.56.", "174.192.", "107.77."],
        v6: "2601",
    },
    DE: {
        tz: [["Europe/Berlin", 1]],
        lang: [
            ["de-DE,de,en-US,en", 64],
            ["de-DE", 14],
            ["de,en-US,en", 12],
            ["en-US,en,de", 6],
            ["tr-TR,tr,de", 4],
        ],
        home: ["91.", "79.", "87.", "93."],
        cell: ["80.187.", "109.40."],
        v6: "2003",
    },
    GB: {
        tz: [["Europe/London", 1]],
        lang: [
            ["en-GB,en-US,en", 60],
            ["en-GB,en", 22],
            ["en-GB", 14],
            ["en-US,en", 4],
        ],
        home: ["86.", "81.", "90."],
        cell: ["82.132.", "92.40."],
        v6: "2a00",
    },
    FR: {
        tz: [["Europe/Paris", 1]],
        lang: [
            ["fr-FR,fr,en-US,en", 68],
            ["fr-FR", 20],
            ["fr", 6],
            ["en-US,en,fr", 6],
        ],
        home: ["90.", "88.", "82."],
        cell: ["92.184.", "37.169."],
        v6: "2a01",
    },
    IN: {
        tz: [
            ["Asia/Calcutta", 9],
            ["Asia/Kolkata", 1],
        ],
        lang: [
            ["en-US,en", 52],
            ["en-GB,en-US,en", 24],
            ["en-IN,en", 16],
            ["hi-IN,hi,en-US", 8],
        ],
        home: ["49.", "103.", "122."],
        cell: ["49.36.", "106.196."],
        v6: "2409",
    },
    BR: {
        tz: [
            ["America/Sao_Paulo", 9],
            ["America/Fortaleza", 1],
        ],
        lang: [
            ["pt-BR,pt,en-US,en", 72],
            ["pt-BR", 22],
            ["en-US,en,pt-BR", 6],
        ],
        home: ["177.", "187.", "189."],
        cell: ["179.240.", "187.119."],
        v6: "2804",
    },
    JP: {
        tz: [["Asia/Tokyo", 1]],
        lang: [
            ["ja", 48],
            ["ja-JP,ja,en-US,en", 30],
            ["ja-JP", 16],
            ["en-US,en,ja", 6],
        ],
        home: ["126.", "121.", "153."],
        cell: ["1.66.", "49.98."],
        v6: "2400",
    },
    CA: {
        tz: [
            ["America/Toronto", 7],
            ["America/Vancouver", 3],
        ],
        lang: [
            ["en-CA,en-US,en", 56],
            ["en-US,en", 26],
            ["fr-CA,fr,en-CA", 18],
        ],
        home: ["70.", "99.", "142."],
        cell: ["184.151.", "207.219."],
        v6: "2607",
    },
    AU: {
        tz: [
            ["Australia/Sydney", 8],
            ["Australia/Brisbane", 2],
        ],
        lang: [
            ["en-AU,en", 50],
            ["en-GB,en-US,en", 30],
            ["en-US,en", 20],
        ],
        home: ["1.", "120.", "124."],
        cell: ["1.145.", "49.180."],
        v6: "2001",
    },
    ES: {
        tz: [["Europe/Madrid", 1]],
        lang: [
            ["es-ES,es,en", 80],
            ["es", 14],
            ["ca-ES,ca,es", 6],
        ],
        home: ["83.", "88.", "79."],
        cell: ["31.4.", "77.208."],
        v6: "2a02",
    },
    IT: {
        tz: [["Europe/Rome", 1]],
        lang: [
            ["it-IT,it,en-US,en", 82],
            ["it", 18],
        ],
        home: ["79.", "87.", "95."],
        cell: ["37.160.", "151.18."],
        v6: "2001",
    },
};

export const TRIPS = names(
    "America/New_York, America/Los_Angeles, America/Chicago, Europe/London, Europe/Paris, " +
        "Europe/Berlin, Europe/Madrid, Asia/Tokyo, Asia/Singapore, Asia/Dubai, " +
        "America/Mexico_City, Australia/Sydney",
);
export const DC = ["3.91.", "34.102.", "159.65.", "51.68.", "167.71.", "18.204."];
export const VPN = ["146.70.", "185.159.", "193.138.", "37.19.", "89.187."];
export const RELAY = ["172.224.", "172.225.", "104.28."];

const WIN = names(
    "Arial, Arial Black, Calibri, Cambria, Comic Sans MS, Consolas, Courier New, Georgia, " +
        "Impact, Lucida Console, Lucida Sans Unicode, Microsoft Sans Serif, Palatino Linotype, " +
        "Segoe UI, Tahoma, Times New Roman, Trebuchet MS, Verdana, Franklin Gothic Medium, " +
        "SimSun, MS Gothic, Malgun Gothic, Yu Gothic, Nirmala UI",
);
const MAC = names(
    "Arial, Arial Black, Comic Sans MS, Courier New, Georgia, Helvetica, Helvetica Neue, " +
        "Impact, Times New Roman, Trebuchet MS, Verdana, Tahoma, Microsoft Sans Serif, Monaco, " +
        "Menlo, Gill Sans, Futura, Optima, Baskerville, Rockwell, Copperplate, Papyrus, Brush " +
        "Script MT, Apple SD Gothic Neo",
);
const IOS = names(
    "Arial, Courier New, Georgia, Helvetica, Helvetica Neue, Times New Roman, Trebuchet MS, " +
        "Verdana, Menlo, Gill Sans, Futura, Optima, Baskerville, Rockwell, Copperplate, Papyrus, " +
        "Apple SD Gothic Neo",
);

// base: every machine has them; packs: together, with this share; extra: each with share p
export const FONTS = {
    windows: {
        base: WIN,
        packs: [
            [
                [
                    "Century Gothic",
                    "Garamond",
                    "Rockwell",
                    "Brush Script MT",
                    "Meiryo",
                    "Arabic Typesetting",
                ],
                0.45,
            ],
            [["SimHei", "MS Mincho"], 0.12],
            [["Mangal"], 0.05],
        ],
        extra: names(
            "Roboto, Open Sans, Lato, Montserrat, Fira Code, Source Code Pro, Noto Sans, Ubuntu, " +
                "DejaVu Sans, Liberation Sans, Helvetica, Helvetica Neue, Gill Sans, Futura, Optima, " +
                "Baskerville, Copperplate, Papyrus, Droid Sans, Monaco, Nanum Gothic",
        ),
        p: 0.028,
    },
    macos: {
        base: MAC,
        packs: [
            [
                names(
                    "Calibri, Cambria, Consolas, Lucida Console, Lucida Sans Unicode, Franklin Gothic Medium, " +
                        "Century Gothic, Garamond, Palatino Linotype, MS Gothic, MS Mincho, Meiryo, SimHei, " +
                        "SimSun",
                ),
                0.38,
            ],
            [["SF Pro", "SF Mono"], 0.1],
        ],
        extra: names(
            "Roboto, Open Sans, Lato, Montserrat, Fira Code, Source Code Pro, Noto Sans, Ubuntu, " +
                "DejaVu Sans, Segoe UI, Nanum Gothic",
        ),
        p: 0.04,
    },
    linux: {
        base: names(
            "DejaVu Sans, Liberation Sans, Noto Sans, Arial, Courier New, Times New Roman, Helvetica",
        ),
        packs: [
            [["Ubuntu"], 0.45],
            [["Cantarell"], 0.4],
            [["Arial Black", "Comic Sans MS", "Georgia", "Impact", "Trebuchet MS", "Verdana"], 0.3],
        ],
        extra: names(
            "Roboto, Open Sans, Lato, Montserrat, Fira Code, Source Code Pro, Droid Sans, Calibri, " +
                "Cambria, Consolas, Nanum Gothic, Garamond",
        ),
        p: 0.12,
    },
    chromeos: {
        base: names(
            "Arial, Courier New, Times New Roman, Roboto, Noto Sans, Helvetica, Georgia, Verdana, " +
                "Tahoma",
        ),
        packs: [],
        extra: [],
        p: 0,
    },
    ios: { base: IOS, packs: [], extra: [], p: 0 },
    android: {
        base: names(
            "Roboto, Noto Sans, Droid Sans, Arial, Courier New, Georgia, Helvetica, Tahoma, Times New " +
                "Roman, Verdana",
        ),
        packs: [[["Open Sans", "Lato", "Source Code Pro"], 0.15]],
        extra: [],
        p: 0,
    },
};

// the order in which the SDK tries fonts
export const FONT_ORDER = names(
    "Arial, Arial Black, Calibri, Cambria, Comic Sans MS, Consolas, Courier New, Georgia, " +
        "Helvetica, Helvetica Neue, Impact, Lucida Console, Lucida Sans Unicode, Microsoft Sans " +
        "Serif, Palatino Linotype, Segoe UI, Tahoma, Times New Roman, Trebuchet MS, Verdana, " +
        "Monaco, Menlo, SF Pro, SF Mono, Roboto, Noto Sans, Ubuntu, Cantarell, DejaVu Sans, " +
        "Liberation Sans, Fira Code, Source Code Pro, Droid Sans, Open Sans, Lato, Montserrat, " +
        "Gill Sans, Futura, Optima, Baskerville, Garamond, Century Gothic, Franklin Gothic " +
        "Medium, Rockwell, Copperplate, Papyrus, Brush Script MT, SimHei, SimSun, MS Gothic, MS " +
        "Mincho, Malgun Gothic, Yu Gothic, Meiryo, Apple SD Gothic Neo, Nanum Gothic, Arabic " +
        "Typesetting, Nirmala UI, Mangal",
);

// iPhone classes as a page sees them: CSS screen, pixel ratio, share (ASM)
export const IPHONES = [
    [[390, 844, 3], 24],
    [[393, 852, 3], 19],
    [[402, 874, 3], 15],
    [[430, 932, 3], 10],
    [[428, 926, 3], 8],
    [[440, 956, 3], 8],
    [[375, 812, 3], 5],
    [[414, 896, 2], 5],
    [[375, 667, 2], 4],
    [[414, 896, 3], 1.5],
    [[420, 912, 3], 0.5],
];
export const IPADS = [
    [[820, 1180, 2], 40],
    [[810, 1080, 2], 25],
    [[834, 1194, 2], 15],
    [[1024, 1366, 2], 12],
    [[744, 1133, 2], 8],
];

export const VOICES = {
    windows: (l) =>
        ({
            en: ["Microsoft David", "Microsoft Mark", "Microsoft Zira"],
            de: ["Microsoft Hedda", "Microsoft Katja", "Microsoft Stefan"],
            fr: ["Microsoft Hortense", "Microsoft Julie", "Microsoft Paul"],
            es: ["Microsoft Helena", "Microsoft Laura", "Microsoft Pablo"],
            ja: ["Microsoft Ayumi", "Microsoft Haruka", "Microsoft Ichiro"],
            pt: ["Microsoft Maria", "Microsoft Daniel"],
            it: ["Microsoft Elsa", "Microsoft Cosimo"],
        })[l] ?? ["Microsoft David", "Microsoft Mark", "Microsoft Zira"],
    apple: names(
        "Albert, Alice, Amélie, Anna, Daniel, Eddy, Flo, Fred, Grandma, Kanya, Karen, Kyoko, " +
            "Luciana, Moira, Mónica, Rishi, Samantha, Tessa, Thomas, Ting-Ting, Yuna",
    ),
};

export const BLINK_EXT = names(
    "ANGLE_instanced_arrays, EXT_blend_minmax, EXT_clip_control, EXT_color_buffer_half_float, " +
        "EXT_depth_clamp, EXT_disjoint_timer_query, EXT_float_blend, EXT_frag_depth, " +
        "EXT_polygon_offset_clamp, EXT_shader_texture_lod, EXT_texture_compression_bptc, " +
        "EXT_texture_compression_rgtc, EXT_texture_filter_anisotropic, " +
        "EXT_texture_mirror_clamp_to_edge, EXT_sRGB, KHR_parallel_shader_compile, " +
        "OES_element_index_uint, OES_fbo_render_mipmap, OES_standard_derivatives, " +
        "OES_texture_float, OES_texture_float_linear, OES_texture_half_float, " +
        "OES_texture_half_float_linear, OES_vertex_array_object, WEBGL_blend_func_extended, " +
        "WEBGL_color_buffer_float, WEBGL_compressed_texture_s3tc, " +
        "WEBGL_compressed_texture_s3tc_srgb, WEBGL_debug_renderer_info, WEBGL_debug_shaders, " +
        "WEBGL_depth_texture, WEBGL_draw_buffers, WEBGL_lose_context, WEBGL_multi_draw, " +
        "WEBGL_polygon_mode",
);
