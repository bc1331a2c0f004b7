/* Tampering: each contradiction is seen and has its weight; browsers that contradict nothing are left alone. */
#include "tests/unit/identify/browser.h"

static struct world w;

static struct event judged(const struct browser *b)
{
    struct event ev = judge(&w, b);
    CHECK(event_has(&ev, EVENT_tampering) && event_has(&ev, EVENT_anomaly_score) &&
          event_has(&ev, EVENT_anti_detect_browser) && event_has(&ev, EVENT_tampering_confidence));
    CHECK(ev.anomaly_score >= 0 && ev.anomaly_score <= 1);
    CHECK(ev.tampering == (ev.anomaly_score > 0.5 || ev.anti_detect_browser));
    CHECK(str_eq(ev.tampering_confidence, STR("high")) == !ev.tampering);
    return ev;
}

static void test_innocent(void)
{
    struct browser some[8] = { chrome_windows(), firefox_linux(), safari_iphone() };
    some[3] = chrome_windows(); /* Android, the system's language first, no fonts of its own */
    some[3].user_agent = CHROME_ANDROID, some[3].worker_ua = "\"" CHROME_ANDROID "\"";
    some[3].platform = some[3].worker_platform = "\"Linux armv81\"", some[3].touch = "5";
    some[3].sent_platform = "\"Android\"", some[3].hint_platform = "\"Android\"";
    some[3].renderer = some[3].worker_renderer = "\"ANGLE (ARM, Mali-G78, OpenGL ES 3.2)\"";
    some[3].geometry_flags = "[\"outer_width_smaller_than_inner\"]"; /* a page made for desktops */
    some[4] = firefox_linux(); /* WebKitGTK: a Safari of Linux, with Apple's renderer */
    some[4].user_agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                         "Version/60.5 Safari/605.1.15";
    some[4].worker_ua = "null", some[4].error = WEBKIT_ERROR, some[4].renderer = "\"Apple GPU\"";
    some[4].worker_renderer = "null", some[4].accept_language = "en-US,en;q=0.9", some[4].languages = "[\"C\"]";
    some[5] = safari_iphone(); /* an iPad that asks for desktop pages */
    some[5].user_agent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like "
                         "Gecko) Version/18.5 Safari/605.1.15";
    some[5].worker_ua = "null", some[5].platform = some[5].worker_platform = "\"MacIntel\"";
    some[6] = chrome_windows(); /* no WebGL, no worker */
    some[6].renderer = "null", some[6].worker_ua = NULL;
    /* Chrome on an iPhone is WebKit */
    some[7] = safari_iphone();
    some[7].user_agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
                         "like Gecko) CriOS/156.0.8078.79 Mobile/15E148 Safari/604.1";
    some[7].worker_ua = "null";
    for (size_t i = 0; i < COUNT_OF(some); i++) {
        struct event ev = judged(&some[i]);
        bool locale_c = i == 4; /* a language "C" is none that a server is told: half a reason */
        if (ev.tampering || (ev.anomaly_score > 0 && !locale_c))
            printf("# %zu: %g %u\n", i, ev.anomaly_score, ev.tampering_reasons.code[0]);
        CHECK(!ev.tampering && ev.anomaly_score <= (locale_c ? 0.3 : 0));
    }
}

/* One change, one reason, one weight. */
static void test_each_reason(void)
{
    static const struct { size_t at; const char *value; enum reason reason; double score; } rows[] = {
#define ROW(member, value, reason, score)                                                          \
    { offsetof(struct browser, member), value, REASON_TAMPERED_##reason, score }
        ROW(error, GECKO_ERROR, ENGINE, 0.8),
        ROW(error, WEBKIT_ERROR, ENGINE, 0.8),
        ROW(hint_platform, "\"Linux\"", HINTS_SYSTEM, 0.7),
        ROW(sent_platform, "\"macOS\"", HINTS_SYSTEM, 0.7),
        ROW(versions, "[{\"brand\":\"Chromium\",\"version\":\"150.0.1.2\"}]", HINTS_VERSION, 0.7),
        ROW(sent_brands, "\"Chromium\";v=\"150\"", HINTS_VERSION, 0.7),
        ROW(zone_spoofed, "true", ZONE, 0.3),
        ROW(languages, "[\"fr-FR\"]", LANGUAGE, 0.3),
        ROW(accept_language, "ja", LANGUAGE, 0.3),
        ROW(worker_cores, "2", WORKER_HARDWARE, 0.4),
        ROW(worker_renderer, "\"SwiftShader\"", WORKER_RENDERER, 0.4),
        ROW(worker_platform, "\"Linux x86_64\"", WORKER_NAME, 0.6),
        ROW(worker_ua, "\"Mozilla/5.0\"", WORKER_NAME, 0.4),
        ROW(fonts, "[\"Arial\",\"DejaVu Sans\"]", FONTS, 0.4),
        ROW(apis, "[\"navigator.userAgent.get\"]", NAME_APIS, 0.4),
        ROW(apis, "[\"Function.prototype.toString\"]", NAME_APIS, 0.4),
        ROW(natives, "[\"Navigator.platform:text\"]", NAME_APIS, 0.4),
        ROW(frame, "{\"platform\":\"Linux x86_64\"}", FRAME, 0.4),
        ROW(apis, "[\"Date.getTimezoneOffset\"]", HARDWARE_APIS, 0.2),
        ROW(geometry_flags, "[\"avail_exceeds_screen\"]", GEOMETRY, 0.15),
        ROW(runtime_flags, "[\"invalid_hardware_concurrency\"]", RUNTIME, 0.3),
        ROW(pixels, "3", NATIVE_NOISE, 0.35),
        ROW(samples, "1", NATIVE_NOISE, 0.35),
        ROW(more, ",\"math\":{\"value\":{\"values\":[1],\"hash\":\"00\"}}", HASH, 0.8),
#undef ROW
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct browser b = chrome_windows();
        *(const char **)((char *)&b + rows[i].at) = rows[i].value;
        struct event ev = judged(&b);
        bool only = ev.tampering_reasons.count == 1 && codes_have(&ev.tampering_reasons, rows[i].reason);
        if (!only || ev.anomaly_score != rows[i].score)
            printf("# %s: %g, %u reasons\n", rows[i].value, ev.anomaly_score, ev.tampering_reasons.count);
        CHECK(only && ev.anomaly_score == rows[i].score);
        CHECK(ev.tampering == (rows[i].score > 0.5) && !ev.anti_detect_browser);
    }
    struct browser b = chrome_windows();
    b.platform = b.worker_platform = "\"MacIntel\"";
    struct event ev = judged(&b);
    CHECK(codes_have(&ev.tampering_reasons, REASON_TAMPERED_PLATFORM) && ev.anomaly_score == 0.7);
    b = safari_iphone(), b.touch = "0";
    ev = judged(&b);
    CHECK(codes_have(&ev.tampering_reasons, REASON_TAMPERED_TOUCH) && !ev.tampering);
    b = firefox_linux(), b.sent_platform = "\"Linux\"";
    ev = judged(&b);
    CHECK(codes_have(&ev.tampering_reasons, REASON_TAMPERED_HINTS_ENGINE) && ev.tampering);
    b = firefox_linux(), b.renderer = b.worker_renderer = "\"ANGLE (Intel, Direct3D11)\"";
    ev = judged(&b);
    CHECK(codes_have(&ev.tampering_reasons, REASON_TAMPERED_RENDERER) && ev.anomaly_score == 0.5);
}

/* A version is told by several features, and only by what came long before or after it. */
static void test_features_of_versions(void)
{
#define CSS(features) ",\"cssFeatures\":{\"value\":{\"features\":{" features "}}}"
#define NAMES(names) ",\"windowFeatures\":{\"value\":{\"litterKeys\":[" names "]}}"
#define CHROME(major) CHROME_WINDOWS(major)
#define FIREFOX(major) "Mozilla/5.0 (X11; Linux x86_64; rv:" major ".0) Gecko/20100101 Firefox/" major ".0"
    static const char all[] = CSS("\"colorMix\":true,\"okLch\":true,\"viewTransitions\":true,\"subgrid\":true");
    static const char none[] = CSS("\"colorMix\":false,\"okLch\":false,\"viewTransitions\":false");
    static const char two[] = CSS("\"colorMix\":false,\"okLch\":false,\"viewTransitions\":true");
    static const char young[] = NAMES("\"AnimationTrigger\",\"AudioPlaybackStats\",\"CSSFunctionRule\"");
    static const char later[] =
        CSS("\"viewTransitions\":true,\"hasSelector\":true") NAMES("\"CSSFontFaceDescriptors\"");
    static const struct { const char *ua, *more; enum reason reason; double score; } rows[] = {
        { CHROME("156"), all, 0, 0 },
        { CHROME("100"), all, REASON_TAMPERED_FEATURES_AHEAD, 0.6 },
        { CHROME("102"), all, 0, 0 },  /* within ten versions: flags and trials */
        { CHROME("100"), none, 0, 0 },
        { CHROME("156"), none, REASON_TAMPERED_FEATURES_BEHIND, 0.45 },
        { CHROME("121"), none, 0, 0 },
        { CHROME("122"), none, REASON_TAMPERED_FEATURES_BEHIND, 0.45 },
        { CHROME("156"), two, 0, 0 },  /* policies and flags */
        { CHROME("128"), young, REASON_TAMPERED_FEATURES_AHEAD, 0.6 },
        { CHROME("129"), young, 0, 0 },
        { FIREFOX("153"), all, 0, 0 },
        { FIREFOX("102"), later, REASON_TAMPERED_FEATURES_AHEAD, 0.6 },
        { FIREFOX("153"), later, 0, 0 },
        { FIREFOX("155"), none, REASON_TAMPERED_FEATURES_BEHIND, 0.45 },
        { FIREFOX("128") " SeaMonkey/2.53.21", none, 0, 0 }, /* compatible with, not made of */
        { "Mozilla/5.0 (X11; Linux x86_64; rv:155.0) Gecko/20100101 Goanna/6.7 Firefox/155.0", none, 0, 0 },
        { SAFARI_IPHONE, none, 0, 0 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool chrome = strstr(rows[i].ua, "Chrome/") != NULL, iphone = strstr(rows[i].ua, "iPhone") != NULL;
        struct browser b = chrome ? chrome_windows() : iphone ? safari_iphone() : firefox_linux();
        b.user_agent = rows[i].ua, b.more = rows[i].more, b.worker_ua = NULL;
        b.sent_brands = NULL, b.versions = "[]";
        struct event ev = judged(&b);
        if (ev.anomaly_score != rows[i].score) printf("# row %zu: %g\n", i, ev.anomaly_score);
        CHECK(ev.anomaly_score == rows[i].score && ev.tampering == (rows[i].score > 0.5));
        CHECK(rows[i].reason ? codes_have(&ev.tampering_reasons, rows[i].reason) : !ev.tampering_reasons.count);
    }
}

/* Two things that only another engine has; one may be an extension's. */
static void test_features_of_engines(void)
{
#define BLINK_VENDOR ",\"attributes\":{\"value\":{\"vendor\":\"Google Inc.\"}}"
#define GECKO_CPU ",\"attributes\":{\"value\":{\"oscpu\":\"Linux x86_64\"}}"
#define HEAP ",\"status\":{\"value\":{\"heapLimit\":4096}}"
#define MOZ ",\"windowFeatures\":{\"value\":{\"mozCount\":2,\"litterKeys\":[]}}"
    struct browser b = firefox_linux();
    b.error = NULL, b.more = BLINK_VENDOR;
    CHECK(!judged(&b).tampering);
    b.more = BLINK_VENDOR HEAP;
    struct event ev = judged(&b);
    CHECK(ev.tampering && codes_have(&ev.tampering_reasons, REASON_TAMPERED_FEATURES_ENGINE));
    b = firefox_linux(), b.more = GECKO_CPU MOZ;
    CHECK(judged(&b).anomaly_score == 0);
    b = chrome_windows(), b.error = NULL, b.more = BLINK_VENDOR HEAP;
    CHECK(judged(&b).anomaly_score == 0);
    b.more = GECKO_CPU;
    CHECK(judged(&b).anomaly_score == 0);
    b.more = GECKO_CPU MOZ;
    ev = judged(&b);
    CHECK(ev.tampering && ev.anomaly_score == 0.6);
    b.error = GECKO_ERROR; /* the same fact twice is one */
    ev = judged(&b);
    CHECK(ev.anomaly_score == 0.8 && !codes_have(&ev.tampering_reasons, REASON_TAMPERED_FEATURES_ENGINE));
}

/* Two halves make a whole, and the score says how much. */
static void test_sum(void)
{
    struct browser b = chrome_windows();
    b.worker_cores = "2", b.zone_spoofed = "true";
    struct event ev = judged(&b);
    CHECK(ev.tampering && ev.anomaly_score == 0.58);
    CHECK_STR(ev.tampering_confidence, STR("medium"));
}

/* Names agree and nothing is patched, but renderer and fonts are another system's. */
static void test_anti_detect(void)
{
    struct browser b = chrome_windows();
    b.fonts = "[\"Arial\",\"DejaVu Sans\"]", b.pixels = "5"; /* 0.4 and 0.35 */
    struct event ev = judged(&b);
    CHECK(ev.anti_detect_browser && codes_have(&ev.tampering_reasons, REASON_ANTI_DETECT));
    CHECK_STR(ev.tampering_confidence, STR("medium"));
    b = chrome_windows(); /* the page is shown another machine than the worker sees */
    b.worker_cores = "4", b.worker_renderer = "\"ANGLE (Intel, UHD Graphics Direct3D11)\"";
    b.apis = "[\"WebGLRenderingContext.getParameter\",\"navigator.hardwareConcurrency.get\"]";
    ev = judged(&b);
    CHECK(ev.anti_detect_browser && ev.anomaly_score == 0.712);
    b.extensions = "[\"jshelter\"]"; /* which does that for people */
    ev = judged(&b);
    CHECK(!ev.anti_detect_browser && !ev.tampering && ev.anomaly_score == 0);
    b.apis = "[\"Function.prototype.toString\",\"navigator.hardwareConcurrency.get\"]"; /* it wraps that, too */
    CHECK(!judged(&b).tampering);
    b.apis = "[\"navigator.userAgent.get\"]", b.hint_platform = "\"Linux\""; /* and never these */
    CHECK(judged(&b).tampering);
    b.apis = "[]", b.hint_platform = "\"Windows\"";
    b.worker_platform = "\"Linux x86_64\""; /* whoever lies about the system is no such extension */
    ev = judged(&b);
    CHECK(ev.tampering && codes_have(&ev.tampering_reasons, REASON_TAMPERED_WORKER_HARDWARE));
    b.worker_platform = chrome_windows().worker_platform;
    b.extensions = "[]";
    b.worker_platform = "\"Linux x86_64\""; /* a script that forgot the worker is no such browser */
    ev = judged(&b);
    CHECK(ev.tampering && !ev.anti_detect_browser);
}

/* Regression: an extension that shows another graphics card through a Proxy, with noise in pixels and sound (Chromium
 * 156, 2026-11-26), was an anti-detect browser: the noise was taken for the browser's own. */
static void test_noise_of_a_proxy(void)
{
    struct browser b = chrome_windows();
    b.worker_renderer = "\"ANGLE (SwiftShader driver)\"", b.pixels = "21", b.samples = "1";
    struct event ev = judged(&b);
    CHECK(ev.tampering && ev.anti_detect_browser);
    b.natives = "[\"WebGLRenderingContext.getParameter:proxy\",\"WebGL2RenderingContext.getParameter:proxy\"]";
    ev = judged(&b);
    CHECK(!ev.tampering && !ev.anti_detect_browser && ev.anomaly_score == 0.4);
    b.worker_cores = "2"; /* and a second lie */
    CHECK(judged(&b).anti_detect_browser);
}

/* What privacy browsers do on purpose. */
static void test_privacy_is_no_tampering(void)
{
    struct browser b = firefox_linux(); /* the header says Windows, the page sees Linux */
    b.user_agent = "Mozilla/5.0 (Windows NT 10.0; rv:153.0) Gecko/20100101 Firefox/153.0";
    b.resistance = "\"firefox-rfp\"", b.pixels = "200", b.zone_spoofed = "true";
    b.geometry_flags = "[\"avail_exceeds_screen\"]";
    struct event ev = judged(&b);
    CHECK(ev.anomaly_score == 0 && ev.privacy_settings);
    b.resistance = "null";
    CHECK(judged(&b).tampering);
    b.resistance = "\"tor\"";
    CHECK(judged(&b).anomaly_score == 0);
    b.error = V8_ERROR; /* only a Firefox can be that */
    ev = judged(&b);
    CHECK(ev.tampering && codes_have(&ev.tampering_reasons, REASON_TAMPERED_ENGINE));

    b = chrome_windows();
    b.resistance = "\"brave\"", b.pixels = "9", b.samples = "3", b.worker_cores = "4";
    CHECK(judged(&b).anomaly_score == 0);

    b = chrome_windows(); /* an extension that changes canvases, as its users want */
    b.extensions = "[\"canvas-blocker\"]", b.pixels = "9";
    b.apis = "[\"HTMLCanvasElement.toDataURL\",\"CanvasRenderingContext2D.getImageData\"]";
    CHECK(judged(&b).anomaly_score == 0);
}

/* WebKit may sort platformFeatures by bytes; a wrong hash elsewhere still counts there. */
static void test_excused_hash(void)
{
    struct browser b = safari_iphone();
    b.more = ",\"platformFeatures\":{\"value\":{\"features\":{\"HID\":true},\"hash\":\"00\"}}";
    CHECK(judged(&b).anomaly_score == 0);
    struct browser c = chrome_windows();
    c.more = b.more;
    CHECK(judged(&c).tampering);
}

/* Nothing to compare is not "no". */
static void test_absent(void)
{
    struct browser b = chrome_windows();
    b.error = b.apis = b.worker_ua = NULL;
    struct event ev = judge(&w, &b);
    CHECK(!event_has(&ev, EVENT_tampering) && !event_has(&ev, EVENT_anomaly_score) &&
          !event_has(&ev, EVENT_tampering_reasons));
}

/* A token of another kind of machine is evidence, but not proof: people move their profiles. */
static void test_token(void)
{
    struct browser b = chrome_windows();
    char text[TOKEN_CHARS];
    struct event first = judge(&w, &b);
    struct browser other = firefox_linux();
    other.renderer = other.worker_renderer = "\"Mesa Intel(R) UHD Graphics 620\"";
    other.token = token_made(&w, &first, 1, text);
    struct event ev = judged(&other);
    CHECK(because(&ev, REASON_TOKEN_CONTRADICTED) == codes_have(&ev.tampering_reasons, REASON_TAMPERED_TOKEN));
    CHECK(because(&ev, REASON_TOKEN_CONTRADICTED) && ev.anomaly_score == 0.4 && !ev.tampering);
}

int main(void)
{
    world_open(&w);
    RUN(test_innocent);
    RUN(test_each_reason);
    RUN(test_features_of_versions);
    RUN(test_features_of_engines);
    RUN(test_sum);
    RUN(test_anti_detect);
    RUN(test_noise_of_a_proxy);
    RUN(test_privacy_is_no_tampering);
    RUN(test_excused_hash);
    RUN(test_absent);
    RUN(test_token);
    world_close(&w);
    return test_end();
}
