/* bot - is a program at the wheel?
 *
 * Shown: v4 bot, bot_type, bot_info; v3 products.botd; FingerprintIQ verdicts.bot, verdicts.headless
 * Evidence (recorded 2026-11-20 and 2026-11-25: the tools and controls of docs/verdict-tools.md):
 *   BOT_WEBDRIVER     navigator.webdriver is true (W3C WebDriver, section 4)
 *   BOT_HEADLESS_UA   "HeadlessChrome" in the header's or the worker's UA: every headless Chromium
 *   BOT_TOOL_TRACE    names that tools leave on window and document: chromedriver's cdc_ and others
 *   BOT_PROTOCOL      a program reads the console by the debugging protocol (Runtime.enable, which
 *                     Puppeteer, Playwright and chromedriver send), and it is not developer tools:
 *                     these trace promises too (measured in Chromium 156: 300 of them 10 ms against 0)
 *   BOT_WORKER_HINTS  a worker's Client Hints have no brands where the page's have: what the
 *                     protocol's change of the user agent leaves behind
 *   BOT_WEBDRIVER_HIDDEN navigator.webdriver is gone or is not the browser's own getter
 *   BOT_NO_WINDOW     pointer and hover "none" on a desktop, together with an outer size of 0x0 or a
 *                     software renderer
 *   BOT_WINDOW_LARGER_THAN_SCREEN the page fills the whole screen, and the window around it is larger
 *                     than the screen: a window size set by a tool (0.75)
 *   BOT_WINDOW_IMPOSSIBLE a Chromium window that is no full screen and has no bars; or one that is a
 *                     little smaller than the page in it, which no zoom level explains (0.6, never alone)
 *   BOT_WINDOW_TOO_LARGE a Chromium window is much larger than the screen both ways (0.35): a tool's size, but
 *                     also a screen that became smaller, or a scaled one without a window manager
 *   BOT_GPU_CONTRADICTS the page says graphics card, the worker says software renderer (0.6)
 *   BOT_NATIVES_CHANGED built-in functions are replaced (0.45): privacy extensions do that too
 *   BOT_CONTEXTS_DISAGREE a worker or an empty frame contradicts the page (0.45): so do those
 *   BOT_HINTS_CONTRADICT Client Hints name another version, system or engine than the UA (0.45), or
 *                     are empty; user agent switchers do that
 *   BOT_ENGINE_CONTRADICTS the length of eval's text is another engine's (0.45; 33 Chromium, 37 others)
 *   BOT_SWIFTSHADER   a Chromium from 139 draws WebGL in software on Linux, which it does only when
 *                     told to or without a window (0.3)
 *   BOT_NO_SCROLLBAR  scroll bars take no room in a Chromium for Windows or Linux (0.25)
 *   BOT_PERMISSIONS_CONTRADICT notifications are denied and yet to be asked for (0.4)
 *   BOT_NO_KEYBOARD   navigator.keyboard's layout is, key by key, the one that Chromium has built in for
 *                     when there is no display to ask (it has a yen key on an American layout), on
 *                     Linux (0.75). Measured in Chromium 156: every headless one; never with X, not even
 *                     without its keyboard extension, and never with Wayland
 *   BOT_HEADLESS_FONTS all six system fonts of a Firefox are "sans-serif, 14px", which it has built in for
 *                     --headless (0.75; GTK's are named and of other sizes, resistFingerprinting's 15px)
 *   BOT_ORIENTATION   a Chromium's screen is wide and called upright: what Puppeteer's emulated window
 *                     leaves behind (0.5)
 *   BOT_PAGE_SMALLER  at no zoom, the page is 100 px narrower and 250 px lower than its window, and
 *                     nobody reads the console: a page size set by a tool (0.45). The same where it is
 *                     lower and all but as wide, which no zoom makes it
 *   BOT_PAGE_LARGER   a Chromium's page is wider than its window, as if zoomed out, and a pixel of it is
 *                     one of the screen, or two: a page size set by a tool; so do 80 % on a screen
 *                     scaled by 125 % (0.45). Not beside developer tools
 *   BOT_PHONE_PLATFORM a phone's or tablet's UA, and navigator.platform is a computer's (0.55)
 *   BOT_ONE_TOUCH     a phone's or tablet's UA, and the screen knows one touch point: what an emulated one
 *                     has; real ones have five and more. Not beside developer tools (0.4)
 *   BOT_WORKER_LANGUAGE a Chromium's worker has another first language than page and empty frame, and no
 *                     function was replaced: what the protocol's change of the locale leaves behind.
 *                     Not beside developer tools (0.4)
 *   BOT_LANGUAGE_CONTRADICTS Accept-Language names another first language than the page (0.3); extensions
 *                     change either
 *   BOT_SOFTWARE_GPU  a software renderer; said only together with other signs
 *   BOT_DECLARED      the UA's family is a program: curl, python-requests, ...
 *   BOT_NAMED         the UA names a well-known bot and nobody could check it (enrich/bots.h): it is
 *                     a program, and "good" has to be earned
 *   BOT_VERIFIED      its address is its provider's: a good bot, whatever else shows
 *   BOT_SIGNED        a valid signature with a known key (Web Bot Auth): a good bot
 *   BOT_SPOOFED       the claim was checked and is false
 *   BOT_NO_USER_AGENT a direct connection without a User-Agent: every browser sends one (0.9)
 *   BOT_FETCH_MISSING no Sec-Fetch headers from a browser that sends them (0.5; enrich/wire.h)
 *   BOT_HINTS_MISSING no sec-ch-ua from a Chromium that sends it (0.45)
 *   BOT_LANGUAGE_MISSING no Accept-Language (0.35)
 *   BOT_ENCODING_ODD  Accept-Encoding is missing, or offers less than that browser does (0.35)
 *   BOT_HEADER_SPELLING names of headers are not spelled as browsers spell them over HTTP/1 (0.4)
 *   BOT_HEADERS_MIXED names that nobody but the client writes (Host, Connection) are spelled in another
 *                     way than the rest (0.75)
 *   BOT_CONNECTION_CLOSED HTTP/1 without keep-alive, which every browser asks for (0.2)
 *   BOT_HEADER_ORDER  headers stand in another order than that engine's (0.4). Neither this nor the next
 *                     three nor the one before are looked at when a header says that a proxy passed the request on
 *   BOT_HEAD_PLACE    over HTTP/1 a Chromium writes Host and Connection before all others (0.35)
 *   BOT_PRIORITY_MISSING no Priority header over HTTP/2 from a Chromium of 124 or later (0.45; RFC 9218)
 *   BOT_LENGTH_PLACE  Content-Length is not the second or third (Chromium), or behind Connection (Firefox): the
 *                     network code writes it there (0.35)
 *   BOT_NO_ORIGIN     a POST without Origin (Fetch, 3.2: browsers send it with every POST) (0.2)
 *   BOT_NAVIGATION    a POST of a script under headers of opening a page: Sec-Fetch-Mode navigate,
 *                     Upgrade-Insecure-Requests and the like (0.75)
 *   BOT_SITE_CONTRADICTS Sec-Fetch-Site is not what Host and Origin make it (0.3: proxies change Host)
 *   BOT_OLD_PAYLOAD   the client's time is more than a day off, as in a body that was recorded (0.25)
 *   BOT_PAGE_CONTRADICTS Origin is not the origin of the page that the body names (0.35)
 *   BOT_TLS_FAMILY    the TLS hello is not that engine's: GREASE (RFC 8701) or none, or more ciphers
 *                     than a Firefox offers (0.5)
 *   BOT_TLS_PROGRAM   the TLS hello has exactly the ciphers of Node, Python, requests or httpx (0.75)
 *   BOT_HTTP2_FAMILY  the first HTTP/2 frames are not that engine's (0.6)
 *   BOT_HTTP1_OVER_TLS a browser would have taken HTTP/2 (0.3)
 * Confidence: bad from 0.7. A reason without a number above convicts alone, with 0.8 to 0.99. The
 *     numbered ones are chances that add up as independent ones do, 1 - (1-a)(1-b)...; those that a person's
 *     extensions and settings cause (natives, contexts, hints, engine, phone's platform, language of the header,
 *     graphics card, WebGL in software, a window larger than the screen) 0.65 at most together.
 *     The larger of both is bot_probability.
 * Never alone: a software renderer or no WebGL (a headed browser without a GPU), an outer size of
 *     0x0 (one of two headed Firefox loads), sizes in a frame (they are the frame's), the marker
 *     webdriver_configurable (in every browser),
 *     the client's own isHeadless (it counts that marker). What the connection shows is no evidence
 *     behind a trusted proxy, and one fault of it convicts nobody: extensions and middleboxes change
 *     headers and TLS. A browser of another name (the words of its errors are another engine's) is compared with
 *     the habits of the engine that it has; who has those is no program, and tampering says what the name is.
 * Blind spots: an unmodified browser with a window that is driven from outside without its debugging
 *     protocol's Runtime, by X or by drivers such as Patchright with the window's own size; a payload
 *     replayed over plain HTTP with a browser's headers, each in its place. A developer who emulates a
 *     desktop's screen in developer tools may be taken for a tool, and a tool that has promises traced
 *     for developer tools. Headless Firefox with resistFingerprinting, whose own lies cover it. */
#include "identify/verdicts/claims.h"
#include "identify/verdicts/verdict.h"

#include <math.h>

/* Each of these is enough. */
static const struct { enum reason reason; double probability; const char *type; } weights[] = {
    { REASON_BOT_WEBDRIVER, 0.99, "webdriver" },
    { REASON_BOT_HEADLESS_UA, 0.99, "headlessChrome" },
    { REASON_BOT_SPOOFED, 0.99, "spoofedBot" },
    { REASON_BOT_TOOL_TRACE, 0.99, "automationTool" },
    { REASON_BOT_PROTOCOL, 0.95, "debuggingProtocol" },
    { REASON_BOT_DECLARED, 0.95, "program" },
    { REASON_BOT_NAMED, 0.95, "namedBot" },
    { REASON_BOT_WEBDRIVER_HIDDEN, 0.95, "disguisedAutomation" },
    { REASON_BOT_WORKER_HINTS, 0.9, "disguisedAutomation" },
    { REASON_BOT_NO_USER_AGENT, 0.9, "program" },
    { REASON_BOT_NO_WINDOW, 0.8, "headless" },
    { REASON_BOT_NO_KEYBOARD, 0.75, "headless" },
    { REASON_BOT_HEADLESS_FONTS, 0.75, "headless" },
    { REASON_BOT_WINDOW_LARGER_THAN_SCREEN, 0.75, "disguisedAutomation" },
    { REASON_BOT_TLS_PROGRAM, 0.75, "program" },
    { REASON_BOT_HEADERS_MIXED, 0.75, "program" },
    { REASON_BOT_NAVIGATION, 0.75, "program" },
};
/* These add up. `person`: what a person's extensions and settings cause as well. */
static const struct { enum reason reason; double chance; bool person; } weak[] = {
    { REASON_BOT_NATIVES_CHANGED, 0.45, true },
    { REASON_BOT_CONTEXTS_DISAGREE, 0.45, true },
    { REASON_BOT_HINTS_CONTRADICT, 0.45, true },
    { REASON_BOT_ENGINE_CONTRADICTS, 0.45, true },
    { REASON_BOT_PHONE_PLATFORM, 0.55, true },
    { REASON_BOT_LANGUAGE_CONTRADICTS, 0.3, true },
    { REASON_BOT_WINDOW_IMPOSSIBLE, 0.6, false },
    { REASON_BOT_WINDOW_TOO_LARGE, 0.35, true },
    { REASON_BOT_GPU_CONTRADICTS, 0.6, true },
    { REASON_BOT_SWIFTSHADER, 0.3, true },
    { REASON_BOT_NO_SCROLLBAR, 0.25, false },
    { REASON_BOT_PERMISSIONS_CONTRADICT, 0.4, false },
    { REASON_BOT_ORIENTATION, 0.5, false },
    { REASON_BOT_PAGE_SMALLER, 0.45, false },
    { REASON_BOT_PAGE_LARGER, 0.45, false },
    { REASON_BOT_WORKER_LANGUAGE, 0.4, false },
    { REASON_BOT_ONE_TOUCH, 0.4, false },
    { REASON_BOT_OLD_PAYLOAD, 0.25, false },
};
/* So do these, bits of enum wire_fault. */
static const struct { unsigned fault; enum reason reason; double chance; } wire[] = {
    { WIRE_NO_AGENT, REASON_BOT_NO_USER_AGENT, 0.9 },
    { WIRE_NO_FETCH_METADATA, REASON_BOT_FETCH_MISSING, 0.5 },
    { WIRE_NO_HINTS, REASON_BOT_HINTS_MISSING, 0.45 },
    { WIRE_NO_LANGUAGE, REASON_BOT_LANGUAGE_MISSING, 0.35 },
    { WIRE_ENCODING, REASON_BOT_ENCODING_ODD, 0.35 },
    { WIRE_SPELLING, REASON_BOT_HEADER_SPELLING, 0.4 },
    { WIRE_SPELLING_MIXED, REASON_BOT_HEADERS_MIXED, 0.75 },
    { WIRE_CLOSE, REASON_BOT_CONNECTION_CLOSED, 0.2 },
    { WIRE_ORDER, REASON_BOT_HEADER_ORDER, 0.4 },
    { WIRE_HEAD, REASON_BOT_HEAD_PLACE, 0.35 },
    { WIRE_NO_PRIORITY, REASON_BOT_PRIORITY_MISSING, 0.45 },
    { WIRE_PAGE, REASON_BOT_PAGE_CONTRADICTS, 0.35 },
    { WIRE_LENGTH_PLACE, REASON_BOT_LENGTH_PLACE, 0.35 },
    { WIRE_NO_ORIGIN, REASON_BOT_NO_ORIGIN, 0.2 },
    { WIRE_NAVIGATION, REASON_BOT_NAVIGATION, 0.75 },
    { WIRE_SITE, REASON_BOT_SITE_CONTRADICTS, 0.3 },
    { WIRE_TLS_FAMILY, REASON_BOT_TLS_FAMILY, 0.5 },
    { WIRE_TLS_PROGRAM, REASON_BOT_TLS_PROGRAM, 0.75 },
    { WIRE_HTTP2_FAMILY, REASON_BOT_HTTP2_FAMILY, 0.6 },
    { WIRE_HTTP1_OVER_TLS, REASON_BOT_HTTP1_OVER_TLS, 0.3 },
};
/* The threshold of the documented webhook threat.detected. */
static const double BOT_PROBABILITY_MIN = 0.7;
/* What is left to doubt when nothing was found. */
static const double NOTHING_FOUND = 0.02;
static const double PROVEN_BOT = 0.99;
/* From here on it is the connection that gives a bot away, and the rest only helps. */
static const double MOSTLY_CONNECTION = 0.5;
/* What weak signs can make sure of at most. */
static const double WEAK_MAX = 0.98;
/* Of those that a person causes: below the threshold. */
static const double PERSON_MAX = 0.65;

/* WebGL in software had to be asked for since then (Chrome's release notes on SwiftShader). */
enum { NO_SWIFTSHADER_SINCE = 139 };

static bool has_marker(const struct identify *id, const char *marker)
{
    return signal_list_has(&id->signals.value[S_HEADLESS_MARKERS], str_of(marker));
}

static bool says(const struct signal *s, const char *text)
{
    return s->present && str_eq(s->text, str_of(text));
}

static bool has_tool_trace(const struct identify *id)
{
    static const char *const traces[] = {
        "selenium",          "selenium_unwrapped",
        "chromedriver_cdc",  "webdriver_evaluate",
        "driver_evaluate",   "playwright",
        "playwright_manual", "puppeteer",
        "nightmare",         "phantom",
        "dom_automation",
    };
    for (size_t i = 0; i < COUNT_OF(traces); i++)
        if (has_marker(id, traces[i])) return true;
    return id->signals.value[S_TOOL_TRACES].text.n > 0;
}

static bool has_headless_ua(const struct identify *id)
{
    const struct signal *worker = &id->signals.value[S_WORKER_UA];
    return str_has(id->event.user_agent, STR("Headless")) ||
           (worker->present && str_has(worker->text, STR("Headless")));
}

static bool is_desktop(const struct identify *id)
{
    static const char *const systems[] = { "Windows", "Mac OS X",  "Linux",   "Ubuntu", "Debian",
                                           "Fedora",  "Chrome OS", "FreeBSD", "OpenBSD" };
    for (size_t i = 0; i < COUNT_OF(systems); i++)
        if (str_eq(id->ua.os, str_of(systems[i]))) return true;
    return false;
}

static bool is_software(struct str renderer)
{
    return str_has(renderer, STR("SwiftShader")) || str_has(renderer, STR("llvmpipe"));
}

/* The client takes every Mesa for software, also the driver of a real graphics card. */
static bool draws_in_software(const struct signal *v)
{
    struct str renderer = v[S_WEBGL_RENDERER].text;
    bool card = str_has(renderer, STR("Mesa")) && !str_has(renderer, STR("softpipe")) && !is_software(renderer);
    return v[S_WEBGL_SOFTWARE].number != 0 && !card;
}

static bool has_no_window(const struct identify *id)
{
    const struct signal *v = id->signals.value;
    bool no_pointer = says(&v[S_POINTER], "none") && says(&v[S_HOVER], "none");
    bool no_size = v[S_OUTER_WIDTH].present && v[S_OUTER_WIDTH].number == 0 &&
                   v[S_OUTER_HEIGHT].present && v[S_OUTER_HEIGHT].number == 0;
    return is_desktop(id) && no_pointer && (no_size || draws_in_software(v));
}

static bool is_true(const struct signal *s)
{
    return s->present && s->number != 0;
}

/* Developer tools read it as well, and slow promises down; when in doubt it is they. */
static bool is_console_read_by_program(const struct identify *id)
{
    const struct signal *v = id->signals.value;
    return is_true(&v[S_CONSOLE_READ]) && v[S_ASYNC_TRACE_MS].present &&
           !signals_show_tracing(&id->signals);
}

/* 0 also where only the name is Chromium's. */
static uint64_t chromium_of(const struct identify *id)
{
    return id->wire.claimed == WIRE_CHROMIUM && !id->wire.renamed ? id->wire.major : 0;
}

static bool list_has_start(const struct signal *list, struct str start)
{
    struct str rest = list->text, part;
    while (list->present && str_split(&rest, '\n', &part))
        if (str_starts(part, start)) return true;
    return false;
}

/* Changed, or gone where every browser has it. */
static bool is_webdriver_hidden(const struct identify *id)
{
    const struct signal *v = id->signals.value;
    return list_has_start(&v[S_NATIVES_FAILED], STR("Navigator.webdriver:")) ||
           signal_list_has(&v[S_TAMPERED_APIS], STR("navigator.webdriver.get")) ||
           (chromium_of(id) >= 90 && says(&v[S_WEBDRIVER], "undefined"));
}

static bool has_empty_worker_hints(const struct identify *id)
{
    const struct signal *v = id->signals.value;
    return v[S_HINT_BRANDS].present && signal_list_has(&v[S_WORKER_DIFFERS], STR("brands="));
}

/* The protocol's change of the locale reaches pages and their frames, not their workers. An extension that
 * does so replaces functions. */
static bool has_other_language_in_worker(const struct identify *id)
{
    const struct signal *v = id->signals.value;
    return chromium_of(id) > 0 && list_has_start(&v[S_WORKER_DIFFERS], STR("language=")) &&
           !list_has_start(&v[S_FRAME_DIFFERS], STR("language=")) && v[S_FRAME_DIFFERS].present &&
           !v[S_NATIVES_FAILED].text.n && !v[S_TAMPERED_APIS].text.n && !is_true(&v[S_CONSOLE_READ]);
}

struct window {
    double outer_width, outer_height, inner_width, inner_height, screen_width, screen_height;
};

/* Only whole, ordinary windows of desktops: not full screens, not apps; in a frame the page's size is the frame's. */
static bool read_window(const struct identify *id, struct window *out)
{
    const struct signal *v = id->signals.value;
    const struct { enum signal_id id; double *to; } parts[] = {
        { S_OUTER_WIDTH, &out->outer_width },   { S_OUTER_HEIGHT, &out->outer_height },
        { S_INNER_WIDTH, &out->inner_width },   { S_INNER_HEIGHT, &out->inner_height },
        { S_SCREEN_WIDTH, &out->screen_width }, { S_SCREEN_HEIGHT, &out->screen_height },
    };
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (!v[parts[i].id].present || v[parts[i].id].number <= 0) return false;
        *parts[i].to = v[parts[i].id].number;
    }
    return is_desktop(id) && says(&v[S_DISPLAY_MODE], "browser") && !is_true(&v[S_FRAMED]);
}

static bool is_window_larger_than_screen(const struct window *w)
{
    return w->inner_width == w->screen_width && w->inner_height == w->screen_height &&
           w->outer_width > w->screen_width && w->outer_height > w->screen_height;
}

/* No screen has such a ratio: the page is zoomed, by an extension to any size. */
static bool is_zoomed_between_steps(const struct identify *id)
{
    double quarters = id->signals.value[S_PIXEL_RATIO].number * 4;
    return fabs(quarters - round(quarters)) > 0.01;
}

/* Zoomed out, a page is wider than its window, but by a tenth at least (90 % is the browser's first step).
 * Firefox with resistFingerprinting gives the page's size as the window's, so only Chromium counts. */
static bool is_window_impossible(const struct identify *id, const struct window *w)
{
    bool no_bars = w->inner_width == w->outer_width && w->inner_height == w->outer_height;
    bool too_small = w->inner_width > 1.01 * w->outer_width &&
                     w->inner_width < 1.09 * w->outer_width && !is_zoomed_between_steps(id);
    return no_bars || too_small;
}

static bool is_window_too_large(const struct window *w)
{
    return w->outer_width > 1.2 * w->screen_width && w->outer_height > 1.2 * w->screen_height;
}

/* At the zoom of 100 % and without developer tools, bars and panels take less than that. A page that is
 * all but as wide as its window is not zoomed in: the first step, 110 %, takes a tenth. */
static bool is_page_smaller(const struct identify *id, const struct window *w)
{
    const struct signal *v = id->signals.value;
    bool wide = w->inner_width > 0.95 * w->outer_width && w->inner_width <= w->outer_width;
    bool narrow = v[S_PIXEL_RATIO].number <= 1 && w->outer_width - w->inner_width >= 100;
    return v[S_PIXEL_RATIO].present && !is_true(&v[S_CONSOLE_READ]) && (wide || narrow) &&
           w->outer_height - w->inner_height >= 250;
}

/* Zooming out makes pixels smaller too, by as much. */
static bool is_page_larger(const struct identify *id, const struct window *w)
{
    const struct signal *v = id->signals.value;
    double ratio = v[S_PIXEL_RATIO].number;
    return v[S_PIXEL_RATIO].present && (ratio == 1 || ratio == 2) && !is_true(&v[S_CONSOLE_READ]) &&
           w->inner_width >= 1.09 * w->outer_width;
}

/* ui/events/keycodes/dom_us_layout_data.h of Chromium, as the agent writes a layout down (attributes.ts). */
static bool has_no_keyboard(const struct identify *id)
{
    const struct signal *v = id->signals.value;
    return chromium_of(id) > 0 && str_starts(v[S_PLATFORM].text, STR("Linux")) &&
           says(&v[S_KEYBOARD_MAP], "d5352eb8b8dae1d153ce818edb432eb1");
}

/* SHA-256 of "sans-serif,14px,400,normal" six times, joined by "|" (cssStyle.ts). */
static bool has_headless_fonts(const struct identify *id)
{
    return id->wire.claimed == WIRE_FIREFOX &&
           says(&id->signals.value[S_SYSTEM_FONTS],
                "f3e649f41a48d055df43cee669ee78df564aef15601a7ec99920ef159cca59be");
}

/* A wide screen that says "portrait"; tablets may. */
static bool contradicts_orientation(const struct identify *id)
{
    const struct signal *v = id->signals.value;
    return chromium_of(id) > 0 && is_desktop(id) &&
           v[S_SCREEN_WIDTH].number > v[S_SCREEN_HEIGHT].number &&
           signal_list_has(&v[S_GEOMETRY_FLAGS], STR("orientation_screen_mismatch"));
}

/* Phones and tablets; Android's without "Mobile" are tablets. An iPad that asks for desktop pages names a Mac. */
static bool claims_handheld(const struct identify *id)
{
    struct str agent = id->event.user_agent;
    return str_has(agent, STR("iPhone")) || str_has(agent, STR("iPad")) || str_has(agent, STR("Android"));
}

static bool has_platform_of_computer(const struct identify *id)
{
    const struct signal *platform = &id->signals.value[S_PLATFORM];
    return says(platform, "Win32") || says(platform, "MacIntel") || says(platform, "Linux x86_64");
}

/* Developer tools emulate a phone's screen as well. */
static bool has_one_touch_point(const struct identify *id)
{
    const struct signal *v = id->signals.value;
    return v[S_TOUCH_POINTS].present && v[S_TOUCH_POINTS].number == 1 && !is_true(&v[S_CONSOLE_READ]);
}

static bool contradicts_gpu(const struct identify *id)
{
    const struct signal *page = &id->signals.value[S_WEBGL_RENDERER];
    const struct signal *worker = &id->signals.value[S_WORKER_RENDERER];
    return page->present && worker->present && is_software(worker->text) &&
           !is_software(page->text);
}

/* Client Hints of the headers, or of the page where the headers have none. */
static bool contradicts_hints(const struct identify *id)
{
    static const struct { const char *hint, *in_agent; } systems[] = {
        { "Windows", "Windows NT" }, { "macOS", "Macintosh" }, { "Linux", "Linux" },
        { "Android", "Linux" },      { "Chrome OS", "CrOS" },
    };
    const struct client_hints *hints = &id->headers.hints;
    const struct signal *v = id->signals.value;
    struct str agent = id->event.user_agent;
    struct str platform = hints->platform.n ? hints->platform : v[S_HINT_PLATFORM].text;
    uint64_t major;
    if (id->wire.claimed == WIRE_UNKNOWN) return false;
    if (id->wire.claimed != WIRE_CHROMIUM) return hints->any || platform.n;
    for (size_t i = 0; i < COUNT_OF(systems); i++)
        if (str_eq(platform, str_of(systems[i].hint)) &&
            !str_has(agent, str_of(systems[i].in_agent)))
            return true;
    if (str_eq(platform, STR("Linux")) && str_has(agent, STR("Android"))) return true;
    for (size_t i = 0; i < hints->brands.count; i++)
        if (str_eq(hints->brands.list[i].name, STR("Chromium")) &&
            str_to_u64(hints->brands.list[i].version, &major) && major != id->wire.major)
            return true;
    return false;
}

/* eval prints as "function eval() { [native code] }", in Firefox and Safari over three lines. */
static bool contradicts_engine(const struct identify *id)
{
    const struct signal *length = &id->signals.value[S_EVAL_LENGTH];
    if (!length->present || id->wire.claimed == WIRE_UNKNOWN) return false;
    return length->number != (id->wire.claimed == WIRE_CHROMIUM ? 33 : 37);
}

static bool hides_scrollbar(const struct identify *id)
{
    const struct signal *width = &id->signals.value[S_SCROLLBAR];
    return width->present && width->number == 0 && chromium_of(id) > 0 && is_desktop(id) &&
           !str_eq(id->ua.os, STR("Mac OS X")) && !str_eq(id->ua.os, STR("Chrome OS"));
}

/* What the client compared itself; a graphics card that the page was not told is no contradiction. */
static bool mismatches_in_worker(const struct signal *v)
{
    struct str rest = v[S_WORKER_MISMATCHES].text, name;
    while (rest.n && str_split(&rest, '\n', &name))
        if (!str_starts(name, STR("webgl")) || v[S_WEBGL_RENDERER].present) return true;
    return false;
}

static void judge_browser(struct identify *id, struct codes *reasons)
{
    const struct signal *v = id->signals.value;
    struct window window;
    uint64_t chromium = chromium_of(id);
    const struct { bool found; enum reason reason; } tells[] = {
        { has_marker(id, "webdriver") || says(&v[S_WEBDRIVER], "true"), REASON_BOT_WEBDRIVER },
        { has_headless_ua(id), REASON_BOT_HEADLESS_UA },
        { has_tool_trace(id), REASON_BOT_TOOL_TRACE },
        { is_console_read_by_program(id), REASON_BOT_PROTOCOL },
        { is_webdriver_hidden(id), REASON_BOT_WEBDRIVER_HIDDEN },
        { has_empty_worker_hints(id), REASON_BOT_WORKER_HINTS },
        { has_no_window(id), REASON_BOT_NO_WINDOW },
        { contradicts_gpu(id), REASON_BOT_GPU_CONTRADICTS },
        { v[S_NATIVES_FAILED].text.n > 0, REASON_BOT_NATIVES_CHANGED },
        { v[S_WORKER_DIFFERS].text.n > 0 || v[S_FRAME_DIFFERS].text.n > 0 ||
              mismatches_in_worker(v),
          REASON_BOT_CONTEXTS_DISAGREE },
        { contradicts_hints(id), REASON_BOT_HINTS_CONTRADICT },
        { has_other_language_in_worker(id), REASON_BOT_WORKER_LANGUAGE },
        { chromium && !codes_have(&id->event.privacy_reasons, REASON_PRIVACY_BRAVE) && languages_contradict(id),
          REASON_BOT_LANGUAGE_CONTRADICTS },
        { contradicts_engine(id), REASON_BOT_ENGINE_CONTRADICTS },
        { is_true(&v[S_PERMISSIONS_CONTRADICT]), REASON_BOT_PERMISSIONS_CONTRADICT },
        { hides_scrollbar(id), REASON_BOT_NO_SCROLLBAR },
        { has_no_keyboard(id), REASON_BOT_NO_KEYBOARD },
        { has_headless_fonts(id), REASON_BOT_HEADLESS_FONTS },
        { contradicts_orientation(id), REASON_BOT_ORIENTATION },
        { claims_handheld(id) && has_platform_of_computer(id), REASON_BOT_PHONE_PLATFORM },
        { claims_handheld(id) && has_one_touch_point(id), REASON_BOT_ONE_TOUCH },
        { chromium >= NO_SWIFTSHADER_SINCE && is_desktop(id) &&
              str_has(v[S_WEBGL_RENDERER].text, STR("SwiftShader")),
          REASON_BOT_SWIFTSHADER },
    };
    for (size_t i = 0; i < COUNT_OF(tells); i++)
        if (tells[i].found) codes_add(reasons, tells[i].reason);
    if (!read_window(id, &window)) return;
    if (is_window_larger_than_screen(&window))
        codes_add(reasons, REASON_BOT_WINDOW_LARGER_THAN_SCREEN);
    else if (chromium && is_window_impossible(id, &window))
        codes_add(reasons, REASON_BOT_WINDOW_IMPOSSIBLE);
    else if (chromium && is_window_too_large(&window))
        codes_add(reasons, REASON_BOT_WINDOW_TOO_LARGE);
    else if (chromium && is_page_smaller(id, &window))
        codes_add(reasons, REASON_BOT_PAGE_SMALLER);
    else if (chromium && is_page_larger(id, &window))
        codes_add(reasons, REASON_BOT_PAGE_LARGER);
}

/* A body that was not made now. How long it was on its way through a proxy, nobody knows. */
static void judge_age(const struct identify *id, struct codes *reasons)
{
    const int64_t day_ms = 24 * 3600 * (int64_t)1000;
    const struct event *ev = &id->event;
    int64_t skew = ev->client_time_ms - id->now_ms;
    if (connection_is_clients(id) && event_has(ev, EVENT_client_time_ms) &&
        (skew > day_ms || skew < -day_ms))
        codes_add(reasons, REASON_BOT_OLD_PAYLOAD);
}

/* The mobile SDKs are programs by trade. */
static bool is_mobile_sdk(const struct identify *id)
{
    return event_has(&id->event, EVENT_platform) && !str_eq(id->event.platform, STR("js"));
}

/* The chance that something of this is a program's; the reasons are added. */
static double judge_connection(struct identify *id, struct codes *reasons)
{
    double doubt = 1;
    if (is_mobile_sdk(id)) return 0;
    for (size_t i = 0; i < COUNT_OF(wire); i++) {
        if (!(id->wire.faults & wire[i].fault)) continue;
        codes_add(reasons, wire[i].reason);
        doubt *= 1 - wire[i].chance;
    }
    return 1 - doubt;
}

/* All weak signs together: independent chances. */
static double weak_chance(const struct codes *reasons, double connection)
{
    double doubt = 1 - connection, person = 1;
    for (size_t i = 0; i < COUNT_OF(weak); i++) {
        if (!codes_have(reasons, weak[i].reason)) continue;
        if (weak[i].person) person *= 1 - weak[i].chance;
        else doubt *= 1 - weak[i].chance;
    }
    if (person < 1 - PERSON_MAX) person = 1 - PERSON_MAX;
    double chance = 1 - doubt * person;
    return chance > WEAK_MAX ? WEAK_MAX : chance;
}

/* Programs that say so; browsers' names contain none of these. The user agent is folded to lower
 * case once: it is compared with every name. */
static bool is_declared_program(struct arena *arena, struct str ua)
{
    char *folded = arena_alloc(arena, ua.n + 1);
    if (!folded) return false;
    for (size_t i = 0; i < ua.n; i++)
        folded[i] = (char)(ua.p[i] >= 'A' && ua.p[i] <= 'Z' ? ua.p[i] + 32 : ua.p[i]);
    ua.p = folded;

    static const char *const names[] = { "curl/",          "wget/",         "wget2/",        "python-requests",
                                         "python-httpx",   "python-urllib", "aiohttp/",
                                         "go-http-client", "node-fetch",    "axios/",
                                         "okhttp/",        "java/",         "libwww-perl",
                                         "phantomjs",      "undici",        "httpie/",
                                         "libcurl/",       "apache-httpclient",
                                         "postmanruntime/", "scrapy/",      "guzzlehttp/",
                                         "http-tiny/",     "lwp::simple/",  "mechanize/",
                                         "reqwest/",       "deno/",         "bun/",
                                         "restsharp/",     "faraday v",     "http.rb/",
                                         "got (https://",  "needle/",       "node-superagent/",
                                         "java-http-client/", "dart:io",    "windowspowershell/",
                                         "insomnia/",      "lua-resty-http/" };
    /* Node's fetch, Ruby's Net::HTTP */
    if (str_eq(ua, STR("node")) || str_eq(ua, STR("ruby"))) return true;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_has(ua, str_of(names[i]))) return true;
    return false;
}

static void note_named_bot(const struct identify *id, struct codes *reasons)
{
    static const struct { const char *identity; enum reason reason; } rows[] = {
        { "verified", REASON_BOT_VERIFIED },
        { "signed", REASON_BOT_SIGNED },
        { "spoofed", REASON_BOT_SPOOFED },
        { "unknown", REASON_BOT_NAMED },
    };
    if (!event_has(&id->event, EVENT_bot_identity)) return;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (str_eq(id->event.bot_identity, str_of(rows[i].identity)))
            codes_add(reasons, rows[i].reason);
}

/* "ChatGPT Agent" as "chatgpt_agent": how v4's example spells a good bot's type. */
static struct str type_of_name(struct arena *arena, struct str name)
{
    struct str out = arena_copy(arena, name);
    char *p = (char *)(uintptr_t)out.p;
    for (size_t i = 0; i < out.n; i++) {
        if (p[i] >= 'A' && p[i] <= 'Z') p[i] = (char)(p[i] + 32);
        else if (!((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= '0' && p[i] <= '9'))) p[i] = '_';
    }
    return out;
}

static void bot_judge(struct identify *id)
{
    struct codes *reasons = &id->event.bot_reasons;
    const struct signal *v = id->signals.value;
    double probability = NOTHING_FOUND;
    const char *type = NULL;
    event_set(&id->event, EVENT_bot_reasons);
    judge_browser(id, reasons);
    judge_age(id, reasons);
    if (!is_mobile_sdk(id) && is_declared_program(id->arena, id->event.user_agent))
        codes_add(reasons, REASON_BOT_DECLARED);
    note_named_bot(id, reasons);
    double connection = judge_connection(id, reasons);
    for (size_t i = 0; i < COUNT_OF(weights); i++) {
        if (!codes_have(reasons, weights[i].reason) || weights[i].probability <= probability)
            continue;
        probability = weights[i].probability;
        type = weights[i].type;
    }
    double together = weak_chance(reasons, connection);
    if (together > probability) probability = together;
    if (!type) type = connection >= MOSTLY_CONNECTION ? "program" : "disguisedAutomation";
    bool bad = probability >= BOT_PROBABILITY_MIN;
    SET(id, bot, bad ? BOT_BAD : BOT_NOT_DETECTED);
    SET(id, bot_probability, probability);
    if (bad) SET(id, bot_type, str_of(type));
    if (codes_have(reasons, REASON_BOT_VERIFIED) || codes_have(reasons, REASON_BOT_SIGNED)) {
        bad = false;
        SET(id, bot, BOT_GOOD);
        SET(id, bot_probability, PROVEN_BOT);
        SET(id, bot_type, type_of_name(id->arena, id->event.bot_name));
    }
    SET(id, headless, codes_have(reasons, REASON_BOT_HEADLESS_UA) ||
                          codes_have(reasons, REASON_BOT_NO_WINDOW) ||
                          codes_have(reasons, REASON_BOT_NO_KEYBOARD) ||
                          codes_have(reasons, REASON_BOT_HEADLESS_FONTS) ||
                          codes_have(reasons, REASON_BOT_WEBDRIVER) ||
                          (bad && codes_have(reasons, REASON_BOT_NO_SCROLLBAR)));
    if (v[S_WEBGL_SOFTWARE].present) SET(id, software_renderer, draws_in_software(v));
    if (draws_in_software(v) && bad)
        codes_add(reasons, REASON_BOT_SOFTWARE_GPU);
}

const struct verdict_kind verdict_bot = { "bot", bot_judge };
