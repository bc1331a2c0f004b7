/* browser - a browser for the tests of verdicts about it: a Chrome on Windows that contradicts itself nowhere,
 * to be changed at will.
 *
 *     struct browser b = chrome_windows();
 *     b.platform = "\"Linux x86_64\"";
 *     struct event ev = judge(&w, &b);      only plain values and literals may be used of it
 */
#ifndef WHORL_TEST_IDENTIFY_BROWSER_H
#define WHORL_TEST_IDENTIFY_BROWSER_H

#include "tests/unit/identify/fixture.h"

/* Texts are JSON values, so that any of them can be made wrong; NULL leaves the signal out. */
struct browser {
    const char *user_agent, *accept_language; /* headers: not JSON */
    const char *sent_brands, *sent_platform;  /* sec-ch-ua, sec-ch-ua-platform; NULL: not sent */
    const char *platform, *cores, *languages, *touch;
    const char *error, *renderer, *fonts, *apis, *zone_spoofed;
    const char *worker_platform, *worker_cores, *worker_ua, *worker_renderer;
    const char *resistance, *extensions;
    const char *hint_platform, *versions;
    const char *geometry_flags, *runtime_flags;
    const char *inner_width, *inner_height, *outer_width, *outer_height;
    const char *screen_width, *screen_height, *ratio, *pointer;
    const char *pixels, *samples, *rects; /* farbling */
    const char *directory;                /* storageTraits */
    const char *frame, *natives, *zone, *console_read, *async_trace;
    const char *is_private;
    const char *more;                     /* further signals, ",\"math\":{...}" */
    const char *envelope;                 /* further members of the body */
    struct str token;                     /* the cookie */
};

#define V8_ERROR "\"Cannot read properties of null (reading 'x')\""
#define GECKO_ERROR "\"can't access property \\\"x\\\" of null\""
#define WEBKIT_ERROR "\"null is not an object (evaluating 'null.x')\""
#define CHROME_WINDOWS_156 CHROME_WINDOWS("156")
#define FIREFOX_LINUX "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"

static inline struct browser chrome_windows(void)
{
    return (struct browser){
        .user_agent = CHROME_WINDOWS_156, .accept_language = "de-DE,de;q=0.9",
        .sent_brands = "\"Chromium\";v=\"156\", \"Not:A-Brand\";v=\"8\"", .sent_platform = "\"Windows\"",
        .platform = "\"Win32\"", .cores = "8", .languages = "[\"de-DE\",\"de\"]", .touch = "0",
        .error = V8_ERROR,
        .renderer = "\"ANGLE (NVIDIA, NVIDIA GeForce RTX 3060 Direct3D11 vs_5_0 ps_5_0, D3D11)\"",
        .fonts = "[\"Arial\",\"Calibri\",\"Segoe UI\"]", .apis = "[]", .zone_spoofed = "false",
        .worker_platform = "\"Win32\"", .worker_cores = "8", .worker_ua = "\"" CHROME_WINDOWS_156 "\"",
        .worker_renderer = "\"ANGLE (NVIDIA, NVIDIA GeForce RTX 3060 Direct3D11 vs_5_0 ps_5_0, D3D11)\"",
        .resistance = "null", .extensions = "[]", .hint_platform = "\"Windows\"",
        .versions = "[{\"brand\":\"Chromium\",\"version\":\"156.0.8078.79\"}]",
        .geometry_flags = "[]", .runtime_flags = "[]",
        .inner_width = "1600", .inner_height = "857", .outer_width = "1600", .outer_height = "1000",
        .screen_width = "1920", .screen_height = "1080", .ratio = "1", .pointer = "\"fine\"",
        .pixels = "0", .samples = "0", .rects = "0", .directory = "\"works\"", .is_private = "false",
        .frame = "{}", .natives = "[]", .zone = "\"Europe/Berlin\"", .console_read = "false",
        .async_trace = "null",
        .more = "", .envelope = "",
    };
}

static inline struct browser firefox_linux(void)
{
    struct browser b = chrome_windows();
    b.user_agent = FIREFOX_LINUX, b.worker_ua = "\"" FIREFOX_LINUX "\"";
    b.sent_brands = b.sent_platform = NULL, b.hint_platform = "null", b.versions = "[]";
    b.platform = b.worker_platform = "\"Linux x86_64\"", b.error = GECKO_ERROR;
    b.renderer = b.worker_renderer = "\"llvmpipe, or similar\"";
    b.fonts = "[\"Arial\",\"DejaVu Sans\",\"Liberation Sans\"]";
    return b;
}

static inline struct browser safari_iphone(void)
{
    struct browser b = firefox_linux();
    b.user_agent = SAFARI_IPHONE, b.worker_ua = "\"" SAFARI_IPHONE "\"";
    b.platform = b.worker_platform = "\"iPhone\"", b.error = WEBKIT_ERROR, b.touch = "5";
    b.renderer = b.worker_renderer = "\"Apple GPU\"", b.fonts = "[\"Arial\",\"Helvetica Neue\"]";
    b.pointer = "\"coarse\"";
    return b;
}

static inline struct event judge(struct world *w, const struct browser *b)
{
    struct arena arena;
    struct answered o;
    struct json_out out;
    arena_init(&arena, 1 << 20);
    json_out_init(&out, &arena);
#define PART(format, ...) json_out_raw(&out, arena_format(&arena, format, __VA_ARGS__))
    PART("{%s\"signals\":{\"wallets\":null", b->envelope);
    PART(",\"webgl\":{\"value\":{\"renderer\":%s}}", b->renderer);
    PART(",\"fonts\":{\"value\":{\"detected\":%s}}", b->fonts);
    PART(",\"navigator\":{\"value\":{\"hardwareConcurrency\":%s,\"maxTouchPoints\":%s,\"languages\":%s,"
         "\"platform\":%s}}", b->cores, b->touch, b->languages, b->platform);
    PART(",\"media\":{\"value\":{\"pointer\":%s}}", b->pointer);
    PART(",\"screen\":{\"value\":{\"width\":%s,\"height\":%s,\"pixelRatio\":%s}}", b->screen_width,
         b->screen_height, b->ratio);
    PART(",\"timezone\":{\"value\":{\"reported\":%s,\"isSpoofed\":%s}}", b->zone, b->zone_spoofed);
    PART(",\"contexts\":{\"value\":{\"frame\":%s}},\"natives\":{\"value\":{\"failed\":%s}}", b->frame,
         b->natives);
    PART(",\"automation\":{\"value\":{\"consoleRead\":%s,\"asyncTraceMs\":%s}}", b->console_read,
         b->async_trace);
    if (b->error) PART(",\"error\":{\"value\":{\"messages\":[%s,\"x\"]}}", b->error);
    if (b->apis) PART(",\"integrity\":{\"value\":{\"tamperedApis\":%s}}", b->apis);
    if (b->worker_ua)
        PART(",\"workerScope\":{\"value\":{\"workerNavigator\":{\"hardwareConcurrency\":%s,\"platform\":%s,"
             "\"userAgent\":%s},\"workerWebGL\":{\"renderer\":%s}}}", b->worker_cores,
             b->worker_platform, b->worker_ua, b->worker_renderer);
    if (b->resistance)
        PART(",\"resistance\":{\"value\":{\"browser\":%s,\"extensions\":%s}}", b->resistance, b->extensions);
    PART(",\"uaClientHints\":{\"value\":{\"platform\":%s,\"fullVersionList\":%s}}", b->hint_platform,
         b->versions);
    PART(",\"geometryVector\":{\"value\":{\"window\":{\"innerWidth\":%s,\"innerHeight\":%s,\"outerWidth\":%s,"
         "\"outerHeight\":%s},\"suspiciousFlags\":%s}}", b->inner_width, b->inner_height,
         b->outer_width, b->outer_height, b->geometry_flags);
    PART(",\"runtimeVector\":{\"value\":{\"suspiciousFlags\":%s}}", b->runtime_flags);
    PART(",\"incognito\":{\"value\":{\"isPrivate\":%s}}", b->is_private);
    if (b->pixels)
        PART(",\"farbling\":{\"value\":{\"pixels\":%s,\"samples\":%s,\"rects\":%s}}", b->pixels, b->samples,
             b->rects);
    if (b->directory) PART(",\"storageTraits\":{\"value\":{\"directory\":%s}}", b->directory);
    PART("%s}}", b->more);
#undef PART
    struct ask ask = { .body = json_padded(&arena, json_out_text(&out)), .user_agent = b->user_agent,
                       .accept_language = b->accept_language, .cookie_token = b->token };
    size_t headers = 0;
    if (b->sent_brands)
        ask.more[headers++] = (struct header){ STR("sec-ch-ua"), str_of(b->sent_brands) };
    if (b->sent_platform)
        ask.more[headers++] = (struct header){ STR("sec-ch-ua-platform"), str_of(b->sent_platform) };
    identify_ask(w, &ask, &o);
    CHECK_INT(o.e, ERR_OK);
    if (o.problem) printf("# problem: %s\n", o.problem);
    struct event event = o.event;
    outcome_free(&o);
    arena_free(&arena);
    w->now_ms += 1000;
    return event;
}

#endif
