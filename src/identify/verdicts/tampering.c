/* tampering - does the browser contradict itself?
 *
 * Each reason has a weight, the chance that an innocent browser would not show it; they are summed as
 * independent chances: anomaly score = 1 - product of (1 - weight). Above 0.5 is tampering, as both
 * products document it.
 *
 * Shown: v4 tampering, tampering_confidence, tampering_details; v3 products.tampering; FingerprintIQ
 *     verdicts.tampering
 * Evidence (compared with 18 recorded bodies of three engines, 2026-11-20; the ways are published):
 *   TAMPERED_HASH           0.8: a hash does not follow from its values (recompute.h). Not
 *                           platformFeatures in WebKit, which sorts by the locale
 *   TAMPERED_ENGINE         0.8: the text of an error is another engine's than the User-Agent names
 *   TAMPERED_PLATFORM       0.7: navigator.platform cannot be that on the User-Agent's system
 *   TAMPERED_HINTS_SYSTEM   0.7: the platform in Client Hints (header or payload) is another system
 *   TAMPERED_HINTS_VERSION  0.7: the brand Chromium in Client Hints has another major version than
 *                           Chrome/ in the User-Agent
 *   TAMPERED_HINTS_ENGINE   0.7: Client Hints from a browser whose engine has none (Gecko, WebKit)
 *   TAMPERED_FEATURES_AHEAD 0.6: three features or more came over ten versions after the one that the
 *                           User-Agent names, in Chromium and Firefox (MDN's browser-compat-data,
 *                           tools/features_def.mjs)
 *   TAMPERED_FEATURES_BEHIND 0.45: three features or more are missing that came over ten versions before
 *   TAMPERED_FEATURES_ENGINE 0.6: two things or more that only another engine has (features.h), where
 *                           the errors do not show it already
 *   TAMPERED_RENDERER       0.5: Direct3D outside of Windows, Metal outside of Apple's systems
 *   TAMPERED_FONTS          0.4: a Windows or macOS without any font of its own, but with DejaVu or
 *                           Liberation, which are Linux's
 *   TAMPERED_WORKER_NAME    0.6 for another platform, 0.4 for another User-Agent inside a worker
 *   TAMPERED_WORKER_HARDWARE   0.4: another number of cores inside a worker
 *   TAMPERED_WORKER_RENDERER   0.4: another renderer inside a worker
 *   TAMPERED_NAME_APIS      0.4: getters of userAgent, platform, languages or webdriver, or
 *                           Function.prototype.toString, are a script's (integrity.tamperedApis,
 *                           natives.failed)
 *   TAMPERED_FRAME          0.4: an empty frame of the page has another User-Agent, platform, system in
 *                           Client Hints or webdriver (contexts.frame)
 *   TAMPERED_HARDWARE_APIS  0.2: the same of hardwareConcurrency, getTimezoneOffset, getParameter
 *   TAMPERED_GEOMETRY       0.15: suspiciousFlags of geometryVector, on a desktop and not in a frame
 *   TAMPERED_RUNTIME        0.3: suspiciousFlags of runtimeVector
 *   TAMPERED_ZONE           0.3: timezone.isSpoofed
 *   TAMPERED_LANGUAGE       0.3: the first language of Accept-Language is not navigator's
 *   TAMPERED_TOUCH          0.3: an iPhone or Android phone without touch points
 *   TAMPERED_TOKEN          0.4: the token belongs to another kind of machine
 *   TAMPERED_TOKEN_PLACES   0.2: the token came from two networks in turn within a minute
 *   TAMPERED_NATIVE_NOISE   0.35: pixels or sound are altered in Blink, which does not do that, and no
 *                           function was replaced: Brave and extensions excepted
 *   ANTI_DETECT             names agree everywhere (platform, hints, worker, frame) and their functions
 *                           are the browser's own, yet two of renderer, fonts, engine, features, noise, cores
 *                           and renderer of the worker contradict them: another machine under a true
 *                           name, as anti-detect browsers show it
 * Confidence: as documented for v3 and v4: false is always "high"; true is "medium" by the anomaly score
 *     and "low" by ANTI_DETECT alone. "high" would need a model, and there is none: mlScore is 0 in v3,
 *     which demands it, and absent in v4.
 * Never alone: any reason below 0.5. A Chromium on Android that asks for desktop pages, an iPad as a
 *     Mac, a WebKitGTK under locale C and Firefox without hints contradict nothing. What Tor Browser
 *     and Firefox with resistFingerprinting say of system, screen and zone is not compared; patched
 *     canvas and audio functions are a privacy extension's (see privacy), and so are other hardware and a
 *     worker that sees the true one where the extension JShelter shows itself. A feature or two that are
 *     missing (policies, flags, builds); versions of WebKit, and of what only names a compatible Firefox.
 * Blind spots: an extension other than JShelter that shows another number of cores through a changed getter is
 *     called tampering (0.52), as the workload's anti-detect browsers are, which do the same; a browser
 *     changed from inside without a mistake; versions that differ by less than ten,
 *     or that are young and show no feature of theirs among the 22 compared; a payload recorded whole and
 *     sent again (see replay and bot). */
#include "identify/verdicts/features.h"
#include "identify/verdicts/verdict.h"

static const double TAMPERING_ABOVE = 0.5;
enum { FEATURES_FOR_A_VERSION = 3, FEATURES_FOR_AN_ENGINE = 2 };

/* Contradictions of which anti-detect browsers show several and their names none. */
static const enum reason deep[] = { REASON_TAMPERED_RENDERER, REASON_TAMPERED_FONTS, REASON_TAMPERED_ENGINE,
                                    REASON_TAMPERED_NATIVE_NOISE, REASON_TAMPERED_WORKER_HARDWARE,
                                    REASON_TAMPERED_WORKER_RENDERER, REASON_TAMPERED_FEATURES_AHEAD,
                                    REASON_TAMPERED_FEATURES_BEHIND, REASON_TAMPERED_FEATURES_ENGINE };
static const enum reason shallow[] = { REASON_TAMPERED_PLATFORM, REASON_TAMPERED_HINTS_SYSTEM,
                                       REASON_TAMPERED_HINTS_VERSION, REASON_TAMPERED_HINTS_ENGINE,
                                       REASON_TAMPERED_WORKER_NAME, REASON_TAMPERED_NAME_APIS,
                                       REASON_TAMPERED_FRAME };

struct case_file {
    const struct identify *id;
    const struct signal *v;
    struct str ua;
    enum os_family os;
    enum engine claimed, shown; /* by the User-Agent, by its errors */
    bool brave, resists;        /* Tor Browser or Firefox with resistFingerprinting */
    bool jshelter;              /* an extension that wraps functions and shows other hardware */
    struct codes *reasons;
    double innocence;           /* product of (1 - weight) so far */
};

static void find(struct case_file *c, bool found, enum reason reason, double weight)
{
    if (!found) return;
    codes_add(c->reasons, reason);
    c->innocence *= 1 - weight;
}

static bool differ(const struct signal *a, const struct signal *b)
{
    return a->present && b->present && a->hash != b->hash;
}

static bool has_any(const struct signal *list, const char *const *names)
{
    for (; *names; names++)
        if (signal_list_has(list, str_of(*names))) return true;
    return false;
}

/* ---- who it says it is ---- */

static void compare_hashes(struct case_file *c)
{
    const uint64_t excused = c->claimed == ENGINE_WEBKIT ? (uint64_t)1 << SIGNAL_platformFeatures : 0;
    find(c, (c->id->recomputed.differs & ~excused) != 0, REASON_TAMPERED_HASH, 0.8);
}

static bool is_other(enum os_family hint, enum os_family os)
{
    return hint && os && hint != os;
}

/* "Chromium=156.0.7000.10" among the lines of a list. */
static unsigned chromium_of(const struct signal *versions)
{
    struct str rest = versions->text, line;
    const struct str name = STR("Chromium=");
    uint64_t major;
    while (str_split(&rest, '\n', &line)) {
        if (!str_starts(line, name)) continue;
        struct str version = str_sub(line, name.n, str_find_char(line, '.', 0));
        if (str_to_u64(version, &major) && major < 100000) return (unsigned)major;
    }
    return 0;
}

static unsigned chromium_of_header(const struct brands *brands)
{
    uint64_t major;
    for (size_t i = 0; i < brands->count; i++) {
        const struct brand *b = &brands->list[i];
        struct str version = str_sub(b->version, 0, str_find_char(b->version, '.', 0));
        if (str_eq(b->name, STR("Chromium")) && str_to_u64(version, &major) && major < 100000)
            return (unsigned)major;
    }
    return 0;
}

static void compare_hints(struct case_file *c)
{
    const struct client_hints *header = &c->id->headers.hints;
    const unsigned ua = chrome_major(c->ua), body = chromium_of(&c->v[S_FULL_VERSIONS]),
                   sent = chromium_of_header(&header->brands);
    enum os_family body_os = os_of_hint(c->v[S_HINT_PLATFORM].text), sent_os = os_of_hint(header->platform);
    bool none = c->claimed == ENGINE_GECKO || c->claimed == ENGINE_WEBKIT;
    find(c, is_other(body_os, c->os) || is_other(sent_os, c->os), REASON_TAMPERED_HINTS_SYSTEM, 0.7);
    find(c, ua && ((body && body != ua) || (sent && sent != ua)), REASON_TAMPERED_HINTS_VERSION, 0.7);
    find(c, none && (body || sent || header->any), REASON_TAMPERED_HINTS_ENGINE, 0.7);
}

static void compare_names(struct case_file *c)
{
    find(c, c->claimed && c->shown && c->claimed != c->shown, REASON_TAMPERED_ENGINE, 0.8);
    if (c->resists) return;
    find(c, !platform_fits(c->v[S_PLATFORM].text, c->os), REASON_TAMPERED_PLATFORM, 0.7);
    find(c, !c->brave && languages_contradict(c->id), REASON_TAMPERED_LANGUAGE, 0.3);
}

/* ---- what it turns out to be ---- */

static void compare_renderer(struct case_file *c)
{
    struct str renderer = c->v[S_WEBGL_RENDERER].text;
    bool apple = c->os == OS_MAC || c->os == OS_IOS;
    bool direct3d = str_has(renderer, STR("Direct3D")) || str_has(renderer, STR("D3D11"));
    bool metal = str_has(renderer, STR("Metal Renderer"));
    find(c, c->os && ((direct3d && c->os != OS_WINDOWS) || (metal && !apple)), REASON_TAMPERED_RENDERER, 0.5);
}

static void compare_features(struct case_file *c)
{
    const unsigned major = c->claimed == ENGINE_GECKO ? firefox_major(c->ua) : chrome_major(c->ua);
    const struct feature_ages ages = features_of_version(c->v, c->claimed, major);
    unsigned blink = c->claimed == ENGINE_BLINK ? 0 : features_of_blink(c->v),
             gecko = c->claimed == ENGINE_GECKO ? 0 : features_of_gecko(c->v);
    if (!c->claimed || codes_have(c->reasons, REASON_TAMPERED_ENGINE)) return; /* versions of another mean nothing */
    find(c, blink >= FEATURES_FOR_AN_ENGINE || gecko >= FEATURES_FOR_AN_ENGINE, REASON_TAMPERED_FEATURES_ENGINE, 0.6);
    if (codes_have(c->reasons, REASON_TAMPERED_FEATURES_ENGINE)) return;
    find(c, ages.ahead >= FEATURES_FOR_A_VERSION, REASON_TAMPERED_FEATURES_AHEAD, 0.6);
    find(c, ages.behind >= FEATURES_FOR_A_VERSION, REASON_TAMPERED_FEATURES_BEHIND, 0.45);
}

static void compare_fonts(struct case_file *c)
{
    static const char *const windows[] = { "Segoe UI", "Calibri", "Tahoma", "Consolas", "Verdana", NULL };
    static const char *const mac[] = { "Helvetica Neue", "Menlo", "Gill Sans", "Optima", "Futura", NULL };
    static const char *const linux_own[] = { "DejaVu Sans", "Liberation Sans", NULL };
    const struct signal *fonts = &c->v[S_FONTS];
    if (c->resists || c->brave || !fonts->present) return;
    bool lacks = (c->os == OS_WINDOWS && !has_any(fonts, windows)) || (c->os == OS_MAC && !has_any(fonts, mac));
    find(c, lacks && has_any(fonts, linux_own), REASON_TAMPERED_FONTS, 0.4);
}

static size_t count_of(const struct codes *reasons, const enum reason *wanted, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) count += codes_have(reasons, wanted[i]);
    return count;
}

static void compare_worker(struct case_file *c)
{
    const struct signal *v = c->v;
    bool platform = differ(&v[S_PLATFORM], &v[S_WORKER_PLATFORM]);
    bool name = v[S_WORKER_UA].present && c->ua.n && !str_eq(v[S_WORKER_UA].text, c->ua);
    bool cores = differ(&v[S_CORES], &v[S_WORKER_CORES]) && !c->brave;
    bool renderer = differ(&v[S_WEBGL_RENDERER], &v[S_WORKER_RENDERER]);
    if (c->resists) name = false; /* the header names another system than the page sees, on purpose */
    find(c, platform || name, REASON_TAMPERED_WORKER_NAME, platform ? 0.6 : 0.4);
    /* scripts that lie about the system look to a page like that extension, which never does */
    c->jshelter = signal_list_has(&v[S_RESISTANCE_EXTENSIONS], STR("jshelter")) &&
                  count_of(c->reasons, shallow, COUNT_OF(shallow)) == 0;
    find(c, cores && !c->jshelter, REASON_TAMPERED_WORKER_HARDWARE, 0.4);
    find(c, renderer && !c->jshelter, REASON_TAMPERED_WORKER_RENDERER, 0.4);
}

/* Has a line that begins so? */
static bool has_prefix(const struct signal *list, const char *const *prefixes)
{
    struct str rest = list->text, line;
    while (str_split(&rest, '\n', &line))
        for (const char *const *p = prefixes; *p; p++)
            if (str_starts(line, str_of(*p))) return true;
    return false;
}

static void look_at_functions(struct case_file *c)
{
    static const char *const names[] = { "navigator.userAgent.get", "navigator.platform.get",
                                         "navigator.languages.get", "navigator.webdriver.get",
                                         "Function.prototype.toString", NULL };
    static const char *const hardware[] = { "navigator.hardwareConcurrency.get", "Date.getTimezoneOffset",
                                            "WebGLRenderingContext.getParameter", NULL };
    static const char *const getters[] = { "Navigator.userAgent:", "Navigator.platform:", "Navigator.languages:",
                                           "Navigator.webdriver:", "Navigator.userAgentData:",
                                           "Function.toString:", NULL };
    static const char *const facts[] = { "userAgent=", "platform=", "hintPlatform=", "webdriver=", NULL };
    bool replaced = has_any(&c->v[S_TAMPERED_APIS], names) || has_prefix(&c->v[S_NATIVES_FAILED], getters);
    find(c, replaced, REASON_TAMPERED_NAME_APIS, 0.4);
    find(c, has_prefix(&c->v[S_FRAME_DIFFERS], facts), REASON_TAMPERED_FRAME, 0.4);
    find(c, has_any(&c->v[S_TAMPERED_APIS], hardware) && !c->jshelter, REASON_TAMPERED_HARDWARE_APIS, 0.2);
}

static void look_at_noise(struct case_file *c)
{
    static const char *const drawing[] = { "HTMLCanvasElement.toDataURL", "HTMLCanvasElement.getContext",
                                           "CanvasRenderingContext2D.getImageData",
                                           "AudioBuffer.getChannelData", NULL };
    bool noise = c->v[S_FARBLED_PIXELS].number > 0 || c->v[S_FARBLED_SAMPLES].number > 0;
    static const char *const wrapped[] = { "HTMLCanvasElement.toDataURL:", "WebGLRenderingContext.getParameter:",
                                           "WebGL2RenderingContext.getParameter:", NULL };
    bool patched = has_any(&c->v[S_TAMPERED_APIS], drawing) || has_prefix(&c->v[S_NATIVES_FAILED], wrapped) ||
                   c->v[S_RESISTANCE_EXTENSIONS].text.n > 0;
    find(c, noise && c->shown == ENGINE_BLINK && !c->brave && !patched, REASON_TAMPERED_NATIVE_NOISE, 0.35);
}

/* ---- sizes, clock, token ---- */

static void look_at_rest(struct case_file *c)
{
    const struct signal *v = c->v;
    bool phone = c->os == OS_IOS || c->os == OS_ANDROID;
    bool mobile = c->os == OS_IOS || (c->os == OS_ANDROID && str_has(c->ua, STR("Mobile")));
    if (!c->resists) {
        find(c, !phone && v[S_FRAMED].number == 0 && v[S_GEOMETRY_FLAGS].text.n, REASON_TAMPERED_GEOMETRY, 0.15);
        find(c, v[S_ZONE_SPOOFED].number != 0, REASON_TAMPERED_ZONE, 0.3);
        find(c, mobile && v[S_TOUCH_POINTS].present && v[S_TOUCH_POINTS].number == 0, REASON_TAMPERED_TOUCH,
             0.3);
    }
    find(c, v[S_RUNTIME_FLAGS].text.n, REASON_TAMPERED_RUNTIME, 0.3);
    const struct codes *match = &c->id->event.match_reasons;
    find(c, codes_have(match, REASON_TOKEN_CONTRADICTED), REASON_TAMPERED_TOKEN, 0.4);
    find(c, codes_have(match, REASON_TOKEN_TWO_PLACES), REASON_TAMPERED_TOKEN_PLACES, 0.2);
}

static bool is_anti_detect(const struct case_file *c)
{
    return count_of(c->reasons, deep, COUNT_OF(deep)) >= 2 &&
           count_of(c->reasons, shallow, COUNT_OF(shallow)) == 0;
}

/* Something that can be compared: a payload of four partial signals cannot contradict itself. */
static bool knows_enough(const struct identify *id)
{
    const bool *arrived = id->signals.arrived;
    return arrived[SIGNAL_error] || arrived[SIGNAL_workerScope] || arrived[SIGNAL_integrity] ||
           id->recomputed.checked;
}

static void tampering_judge(struct identify *id)
{
    struct event *ev = &id->event;
    const struct signal *v = id->signals.value;
    struct case_file c = { .id = id, .v = v, .ua = ev->user_agent, .innocence = 1,
                           .os = os_of_name(id->ua.os), .reasons = &ev->tampering_reasons };
    if (!knows_enough(id)) return;
    c.claimed = engine_of_claim(c.ua, c.os);
    c.shown = engine_of_error(v[S_ERROR_OF_NULL].text);
    c.brave = codes_have(&ev->privacy_reasons, REASON_PRIVACY_BRAVE);
    c.resists = codes_have(&ev->privacy_reasons, REASON_PRIVACY_TOR) ||
                codes_have(&ev->privacy_reasons, REASON_PRIVACY_RFP);
    compare_hashes(&c);
    compare_names(&c);
    compare_hints(&c);
    compare_features(&c);
    compare_renderer(&c);
    compare_fonts(&c);
    compare_worker(&c);
    look_at_functions(&c);
    look_at_noise(&c);
    look_at_rest(&c);

    double score = (double)(int)((1 - c.innocence) * 1000 + 0.5) / 1000; /* what is shown is what is judged */
    bool anti_detect = is_anti_detect(&c);
    bool found = score > TAMPERING_ABOVE || anti_detect;
    if (anti_detect) codes_add(c.reasons, REASON_ANTI_DETECT);
    SET(id, anomaly_score, score);
    SET(id, anti_detect_browser, anti_detect);
    SET(id, tampering, found);
    SET(id, tampering_confidence, !found ? STR("high") : score > TAMPERING_ABOVE ? STR("medium") : STR("low"));
    event_set(ev, EVENT_tampering_reasons);
}

const struct verdict_kind verdict_tampering = { "tampering", tampering_judge };
