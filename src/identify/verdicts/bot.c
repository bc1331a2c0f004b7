/* bot - is a program at the wheel?
 *
 * Shown: v4 bot, bot_type, bot_info; v3 products.botd; FingerprintIQ verdicts.bot, verdicts.headless
 * Evidence (recorded 2026-11-20: 14 page loads by nine automation tools and three headed controls):
 *   BOT_WEBDRIVER     marker webdriver: navigator.webdriver is true (W3C WebDriver, section 4)
 *   BOT_HEADLESS_UA   "HeadlessChrome" in the header's or the worker's UA: every headless Chromium
 *   BOT_TOOL_TRACE    markers that tools leave on window: chromedriver's cdc_ and others
 *   BOT_NO_WINDOW     pointer and hover "none" on a desktop, together with an outer size of 0x0 or a
 *                     software renderer
 *   BOT_SOFTWARE_GPU  a software renderer; said only together with other signs
 *   BOT_DECLARED      the UA's family is a program: curl, python-requests, ...
 *   BOT_NAMED         the UA names a well-known bot and nobody could check it (enrich/bots.h): it is
 *                     a program, and "good" has to be earned
 *   BOT_VERIFIED      its address is its provider's: a good bot, whatever else shows
 *   BOT_SIGNED        a valid signature with a known key (Web Bot Auth): a good bot
 *   BOT_SPOOFED       the claim was checked and is false
 * Confidence: bot_probability is the strongest reason's weight; bad from 0.7.
 * Never alone: a software renderer or no WebGL (a headed browser without a GPU), an outer size of
 *     0x0 (one of two headed Firefox loads), the marker webdriver_configurable (in every browser),
 *     the client's own isHeadless (it counts that marker).
 * Blind spots: tools that hide webdriver and run headed; hand-made payloads. */
#include "identify/verdicts/verdict.h"

static const struct { enum reason reason; double probability; const char *type; } weights[] = {
    { REASON_BOT_WEBDRIVER, 0.99, "webdriver" },
    { REASON_BOT_HEADLESS_UA, 0.99, "headlessChrome" },
    { REASON_BOT_SPOOFED, 0.99, "spoofedBot" },
    { REASON_BOT_TOOL_TRACE, 0.99, "automationTool" },
    { REASON_BOT_DECLARED, 0.95, "program" },
    { REASON_BOT_NAMED, 0.95, "namedBot" },
    { REASON_BOT_NO_WINDOW, 0.8, "headless" },
};
/* The threshold of the documented webhook threat.detected. */
static const double BOT_PROBABILITY_MIN = 0.7;
/* What is left to doubt when nothing was found. */
static const double NOTHING_FOUND = 0.02;
static const double PROVEN_BOT = 0.99;

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
    return false;
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

static bool has_no_window(const struct identify *id)
{
    const struct signal *v = id->signals.value;
    bool no_pointer = says(&v[S_POINTER], "none") && says(&v[S_HOVER], "none");
    bool no_size = v[S_OUTER_WIDTH].present && v[S_OUTER_WIDTH].number == 0 &&
                   v[S_OUTER_HEIGHT].present && v[S_OUTER_HEIGHT].number == 0;
    bool software = v[S_WEBGL_SOFTWARE].present && v[S_WEBGL_SOFTWARE].number != 0;
    return is_desktop(id) && no_pointer && (no_size || software);
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

    static const char *const names[] = { "curl/",          "wget/",         "python-requests",
                                         "python-httpx",   "python-urllib", "aiohttp/",
                                         "go-http-client", "node-fetch",    "axios/",
                                         "okhttp/",        "java/",         "libwww-perl",
                                         "phantomjs" };
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
    const struct signal *software = &id->signals.value[S_WEBGL_SOFTWARE];
    double probability = NOTHING_FOUND;
    const char *type = NULL;
    event_set(&id->event, EVENT_bot_reasons);
    if (has_marker(id, "webdriver")) codes_add(reasons, REASON_BOT_WEBDRIVER);
    if (has_headless_ua(id)) codes_add(reasons, REASON_BOT_HEADLESS_UA);
    if (has_tool_trace(id)) codes_add(reasons, REASON_BOT_TOOL_TRACE);
    if (is_declared_program(id->arena, id->event.user_agent))
        codes_add(reasons, REASON_BOT_DECLARED);
    if (has_no_window(id)) codes_add(reasons, REASON_BOT_NO_WINDOW);
    note_named_bot(id, reasons);
    for (size_t i = 0; i < COUNT_OF(weights); i++) {
        if (!codes_have(reasons, weights[i].reason) || weights[i].probability <= probability)
            continue;
        probability = weights[i].probability;
        type = weights[i].type;
    }
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
                          codes_have(reasons, REASON_BOT_WEBDRIVER));
    if (software->present) SET(id, software_renderer, software->number != 0);
    if (software->present && software->number != 0 && bad)
        codes_add(reasons, REASON_BOT_SOFTWARE_GPU);
}

const struct verdict_kind verdict_bot = { "bot", bot_judge };
