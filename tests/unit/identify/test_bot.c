/* The bot verdict: which tells convict, which must not. */
#include "tests/unit/identify/fixture.h"

static struct world w;

static bool says_bot(const struct payload *look, enum reason reason)
{
    struct event ev = visit(&w, look);
    return codes_have(&ev.bot_reasons, reason);
}

static struct event judged(const struct payload *look)
{
    struct event ev = visit(&w, look);
    CHECK(event_has(&ev, EVENT_bot) && event_has(&ev, EVENT_bot_probability) &&
          event_has(&ev, EVENT_bot_reasons));
    CHECK(event_has(&ev, EVENT_bot_type) == (ev.bot == BOT_BAD));
    CHECK((ev.bot == BOT_BAD) == (ev.bot_probability >= 0.7));
    CHECK(ev.suspect_points >= 0 && ev.suspect_points <= 100);
    return ev;
}

static void test_plain_browsers(void)
{
    struct payload look = laptop();
    struct event ev = judged(&look);
    CHECK(ev.bot == BOT_NOT_DETECTED && ev.bot_reasons.count == 0 && !ev.headless &&
          ev.suspect_points == 0);
    CHECK(event_has(&ev, EVENT_software_renderer) && !ev.software_renderer);
    static const char *const agents[] = {
        SAFARI_IPHONE,
        CHROME_ANDROID,
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like "
         "Gecko) Version/18.5 Safari/605.1.15"),
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:153.0) Gecko/20100101 Firefox/153.0",
    };
    for (size_t i = 0; i < COUNT_OF(agents); i++) {
        look.user_agent = agents[i];
        CHECK_INT(judged(&look).bot, BOT_NOT_DETECTED);
    }
}

static void test_markers(void)
{
    static const struct { const char *markers; enum reason reason; const char *type; } rows[] = {
        { "[\"webdriver\"]", REASON_BOT_WEBDRIVER, "webdriver" },
        { "[\"webdriver_configurable\",\"webdriver\"]", REASON_BOT_WEBDRIVER, "webdriver" },
        { "[\"selenium\"]", REASON_BOT_TOOL_TRACE, "automationTool" },
        { "[\"chromedriver_cdc\",\"webdriver_configurable\"]", REASON_BOT_TOOL_TRACE,
          "automationTool" },
        { "[\"playwright\"]", REASON_BOT_TOOL_TRACE, "automationTool" },
        { "[\"puppeteer\"]", REASON_BOT_TOOL_TRACE, "automationTool" },
        { "[\"phantom\"]", REASON_BOT_TOOL_TRACE, "automationTool" },
        { "[\"nightmare\"]", REASON_BOT_TOOL_TRACE, "automationTool" },
        { "[\"dom_automation\"]", REASON_BOT_TOOL_TRACE, "automationTool" },
        { "[null,7,\"webdriver\",{}]", REASON_BOT_WEBDRIVER, "webdriver" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct payload look = laptop();
        look.markers = rows[i].markers;
        struct event ev = judged(&look);
        if (ev.bot != BOT_BAD) printf("# %s\n", rows[i].markers);
        CHECK(ev.bot == BOT_BAD && codes_have(&ev.bot_reasons, rows[i].reason));
        CHECK_STR(ev.bot_type, str_of(rows[i].type));
        CHECK(ev.suspect_points >= 90);
    }
}

/* Each of these stood in the payload of a person's browser. */
static void test_no_conviction_by_one_weak_tell(void)
{
    static const struct { size_t at; const char *value; } tells[] = {
        { offsetof(struct payload, markers), "[\"webdriver_configurable\"]" },
        { offsetof(struct payload, markers),
          "[\"webdriver_configurable\",\"headless_ua\",\"something_new\"]" },
        { offsetof(struct payload, markers), "[]" },
        { offsetof(struct payload, markers), "null" },
        { offsetof(struct payload, markers), "\"webdriver\"" },
        { offsetof(struct payload, markers), "[\"webdriverx\"]" },
        { offsetof(struct payload, markers), "[\"web\\ndriver\"]" },
        { offsetof(struct payload, software), "true" },
        { offsetof(struct payload, outer_width), "0" },
        { offsetof(struct payload, renderer), "null" },
        { offsetof(struct payload, is_private), "true" },
        { offsetof(struct payload, worker_ua), "null" },
    };
    for (size_t i = 0; i < COUNT_OF(tells); i++) {
        struct payload look = laptop();
        *(const char **)((char *)&look + tells[i].at) = tells[i].value;
        struct event ev = judged(&look);
        if (ev.bot != BOT_NOT_DETECTED) printf("# %s\n", tells[i].value);
        CHECK_INT(ev.bot, BOT_NOT_DETECTED);
    }
    struct payload look = laptop(); /* a window of no size, in a headed Firefox */
    look.outer_width = look.outer_height = "0";
    CHECK_INT(judged(&look).bot, BOT_NOT_DETECTED);
    look.software = "true"; /* and without a GPU too */
    struct event ev = judged(&look);
    CHECK(ev.bot == BOT_NOT_DETECTED && ev.software_renderer &&
          !codes_have(&ev.bot_reasons, REASON_BOT_SOFTWARE_GPU));
}

/* Regression: FingerprintIQ's client says "software" of every Mesa, and a laptop got the risk factor for its card. */
static void test_drivers_of_cards_are_not_software(void)
{
    static const struct { const char *renderer; bool software; } rows[] = {
        { "\"ANGLE (Intel, Mesa Intel(R) Iris(R) Xe Graphics (TGL GT2), OpenGL 4.6)\"", false },
        { "\"ANGLE (AMD, AMD Radeon RX 6700 XT (radeonsi, navi22), Mesa 25.0)\"", false },
        { "\"ANGLE (Mesa, llvmpipe (LLVM 15.0.6 256 bits), OpenGL 4.5)\"", true },
        { "\"llvmpipe, or similar\"", true },
        { "\"Mesa softpipe\"", true },
        { "\"ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero)), SwiftShader driver)\"", true },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct payload look = laptop();
        look.software = "true", look.renderer = rows[i].renderer;
        CHECK_INT(judged(&look).software_renderer, rows[i].software);
    }
}

/* No pointer on a desktop, with no window or no GPU; a phone has neither and is a phone. */
static void test_no_window(void)
{
    struct payload look = laptop();
    look.pointer = look.hover = "\"none\"";
    CHECK_INT(judged(&look).bot, BOT_NOT_DETECTED);
    look.software = "true";
    struct event ev = judged(&look);
    CHECK(ev.bot == BOT_BAD && codes_have(&ev.bot_reasons, REASON_BOT_NO_WINDOW) && ev.headless);
    CHECK(codes_have(&ev.bot_reasons, REASON_BOT_SOFTWARE_GPU));
    CHECK_STR(ev.bot_type, STR("headless"));
    look.software = "false", look.outer_width = look.outer_height = "0";
    CHECK_INT(judged(&look).bot, BOT_BAD);
    look.outer_height = "null";
    CHECK_INT(judged(&look).bot, BOT_NOT_DETECTED);
    look.outer_height = "0", look.hover = "\"hover\"";
    CHECK_INT(judged(&look).bot, BOT_NOT_DETECTED);
    look.hover = "\"none\"", look.software = "true";
    static const char *const phones[] = {
        SAFARI_IPHONE,
        CHROME_ANDROID, /* and a television set */
        ("Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36 (KHTML, like Gecko) "
         "SamsungBrowser/3.0 TV Safari/537.36"),
    };
    for (size_t i = 0; i < COUNT_OF(phones); i++) {
        look.user_agent = phones[i];
        CHECK_INT(judged(&look).bot, BOT_NOT_DETECTED);
    }
}

static void test_user_agents(void)
{
    static const struct { const char *agent; enum reason reason; } rows[] = {
        { "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
          "HeadlessChrome/156.0.0.0 Safari/537.36",
          REASON_BOT_HEADLESS_UA },
        { "curl/8.5.0", REASON_BOT_DECLARED },
        { "Wget/1.21", REASON_BOT_DECLARED },
        { "python-requests/2.32", REASON_BOT_DECLARED },
        { "Go-http-client/2.0", REASON_BOT_DECLARED },
        { "axios/1.7.2", REASON_BOT_DECLARED },
        { "okhttp/4.12.0", REASON_BOT_DECLARED },
        { "HTTP-Tiny/0.082", REASON_BOT_DECLARED },
        { "Ruby", REASON_BOT_DECLARED },
        { "Mozilla/5.0 (Unknown; Linux) AppleWebKit/538.1 (KHTML, like Gecko) "
          "PhantomJS/2.1.1 Safari/538.1",
          REASON_BOT_DECLARED },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct payload look = laptop();
        look.user_agent = rows[i].agent;
        struct event ev = judged(&look);
        if (ev.bot != BOT_BAD) printf("# %s\n", rows[i].agent);
        CHECK(ev.bot == BOT_BAD && codes_have(&ev.bot_reasons, rows[i].reason));
    }
    struct payload look = laptop(); /* the header was changed, the worker's was forgotten */
    look.worker_ua = "\"Mozilla/5.0 HeadlessChrome/156.0.0.0\"";
    struct event ev = judged(&look);
    CHECK(ev.bot == BOT_BAD && codes_have(&ev.bot_reasons, REASON_BOT_HEADLESS_UA) && ev.headless);
}

/* Several reasons: all are named, the strongest decides. */
static void test_together(void)
{
    struct payload look = laptop();
    look.user_agent =
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "HeadlessChrome/156.0.0.0 Safari/537.36";
    look.markers = "[\"webdriver\",\"selenium\"]";
    look.pointer = look.hover = "\"none\"", look.software = "true", look.is_private = "true";
    struct event ev = judged(&look);
    CHECK(codes_have(&ev.bot_reasons, REASON_BOT_WEBDRIVER) &&
          codes_have(&ev.bot_reasons, REASON_BOT_HEADLESS_UA));
    CHECK(codes_have(&ev.bot_reasons, REASON_BOT_TOOL_TRACE) &&
          codes_have(&ev.bot_reasons, REASON_BOT_NO_WINDOW));
    CHECK(codes_have(&ev.bot_reasons, REASON_BOT_SOFTWARE_GPU));
    CHECK(ev.bot_probability == 0.99 && ev.suspect_points == 100);
    CHECK_STR(ev.bot_type, STR("webdriver"));
}

/* Each convicts alone; the window's reasons need a window that is told whole. */
static void test_one_strong_sign(void)
{
    static const struct { size_t at; const char *value; enum reason reason; } rows[] = {
        { offsetof(struct payload, webdriver), "\"true\"", REASON_BOT_WEBDRIVER },
        { offsetof(struct payload, traces), "[\"cdc_adoQpoasnfa76pfcZLmcfl_Array\"]",
          REASON_BOT_TOOL_TRACE },
        { offsetof(struct payload, console_read), "true", REASON_BOT_PROTOCOL },
        { offsetof(struct payload, webdriver), "\"undefined\"", REASON_BOT_WEBDRIVER_HIDDEN },
        { offsetof(struct payload, natives), "[\"Screen.width:text\",\"Navigator.webdriver:own\"]",
          REASON_BOT_WEBDRIVER_HIDDEN },
        { offsetof(struct payload, tampered), "[\"navigator.webdriver.get\"]",
          REASON_BOT_WEBDRIVER_HIDDEN },
        { offsetof(struct payload, worker_differs), "{\"brands\":\"\"}", REASON_BOT_WORKER_HINTS },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct payload look = laptop();
        *(const char **)((char *)&look + rows[i].at) = rows[i].value;
        struct event ev = judged(&look);
        if (ev.bot != BOT_BAD) printf("# %s\n", rows[i].value);
        CHECK(ev.bot == BOT_BAD && codes_have(&ev.bot_reasons, rows[i].reason));
    }
    struct payload developer = laptop(); /* who has the tools open */
    developer.console_read = "true", developer.async_trace = "10.4";
    CHECK_INT(judged(&developer).bot_reasons.count, 0);
    developer.async_trace = "null"; /* from who does not measure it */
    CHECK_INT(judged(&developer).bot, BOT_NOT_DETECTED);
    struct payload look = laptop(); /* the worker has other brands, which a browser's bug may cause */
    look.worker_differs = "{\"brands\":\"Chromium/155\"}";
    CHECK_INT(judged(&look).bot, BOT_NOT_DETECTED);
}

#define CHROME_TABLET                                                                              \
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 "  \
    "Safari/537.36"
#define STUB_KEYBOARD "\"d5352eb8b8dae1d153ce818edb432eb1\""
#define STUB_FONTS "\"f3e649f41a48d055df43cee669ee78df564aef15601a7ec99920ef159cca59be\""
#define CHROME_LINUX                                                                               \
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 "     \
    "Safari/537.36"
#define FIREFOX_LINUX "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"

/* What Linux has in place of a display shows through changed names, and only there is it looked for. */
static void test_no_display(void)
{
    struct payload look = laptop();
    look.user_agent = CHROME_LINUX, look.platform = "\"Linux x86_64\"", look.hint_platform = "\"Linux\"";
    CHECK_INT(judged(&look).bot_reasons.count, 0);
    look.keyboard_map = STUB_KEYBOARD;
    struct event ev = judged(&look);
    CHECK(ev.bot == BOT_BAD && codes_have(&ev.bot_reasons, REASON_BOT_NO_KEYBOARD) && ev.headless);
    look.user_agent = CHROME_ANDROID; /* whatever it calls itself */
    CHECK_INT(judged(&look).bot, BOT_BAD);
    look.platform = "\"Win32\""; /* where that layout was not measured */
    CHECK(!says_bot(&look, REASON_BOT_NO_KEYBOARD));

    look = laptop();
    look.user_agent = FIREFOX_LINUX, look.platform = "\"Linux x86_64\"", look.hint_platform = "null";
    look.brands = "[]", look.eval_length = "37";
    CHECK_INT(judged(&look).bot_reasons.count, 0);
    look.system_fonts = STUB_FONTS;
    ev = judged(&look);
    CHECK(ev.bot == BOT_BAD && codes_have(&ev.bot_reasons, REASON_BOT_HEADLESS_FONTS) && ev.headless);
    look.user_agent = SAFARI_IPHONE;
    CHECK(!says_bot(&look, REASON_BOT_HEADLESS_FONTS));
}

/* A window size that Puppeteer makes up: each sign alone may be a person's. */
static void test_emulated_window(void)
{
    struct payload look = laptop();
    look.ratio = "1", look.outer_width = "1050", look.outer_height = "980";
    look.inner_width = "800", look.inner_height = "600";
    struct event ev = judged(&look);
    CHECK(ev.bot == BOT_NOT_DETECTED && codes_have(&ev.bot_reasons, REASON_BOT_PAGE_SMALLER));
    look.ratio = "1.25"; /* zoomed in */
    CHECK_INT(judged(&look).bot_reasons.count, 0);
    look.ratio = "1", look.console_read = "true", look.async_trace = "10.4"; /* developer tools */
    CHECK_INT(judged(&look).bot_reasons.count, 0);
    look.console_read = "false", look.geometry_flags = "[\"orientation_screen_mismatch\"]";
    ev = judged(&look);
    CHECK(ev.bot == BOT_BAD && codes_have(&ev.bot_reasons, REASON_BOT_ORIENTATION));
    look.inner_width = "1050", look.inner_height = "893";
    CHECK_INT(judged(&look).bot, BOT_NOT_DETECTED);
    look.inner_width = "1024", look.inner_height = "640", look.ratio = "2"; /* with a scale of its own */
    ev = judged(&look);
    CHECK(ev.bot == BOT_BAD && codes_have(&ev.bot_reasons, REASON_BOT_PAGE_SMALLER));
    look.inner_width = "525"; /* zoomed in */
    CHECK(!says_bot(&look, REASON_BOT_PAGE_SMALLER));
    look.inner_width = "1280", look.inner_height = "800"; /* larger than the window */
    ev = judged(&look);
    CHECK(ev.bot == BOT_BAD && codes_have(&ev.bot_reasons, REASON_BOT_PAGE_LARGER));
    look.geometry_flags = "[]"; /* 80 % of a screen that is scaled */
    ev = judged(&look);
    CHECK(ev.bot == BOT_NOT_DETECTED && codes_have(&ev.bot_reasons, REASON_BOT_PAGE_LARGER));
    look.ratio = "0.8"; /* zoomed out */
    CHECK_INT(judged(&look).bot_reasons.count, 0);
    look.ratio = "1", look.console_read = "true", look.async_trace = "10.4";
    CHECK_INT(judged(&look).bot_reasons.count, 0);
}

/* A locale that a tool sets reaches pages, not workers. */
static void test_language_of_worker(void)
{
    struct payload look = laptop();
    look.worker_differs = "{\"language\":\"en-US\"}", look.frame_differs = "{}";
    struct event ev = judged(&look);
    CHECK(ev.bot == BOT_NOT_DETECTED && codes_have(&ev.bot_reasons, REASON_BOT_WORKER_LANGUAGE) &&
          codes_have(&ev.bot_reasons, REASON_BOT_CONTEXTS_DISAGREE));
    look.scrollbar = "0"; /* and one sign more */
    CHECK_INT(judged(&look).bot, BOT_BAD);
    look.natives = "[\"Navigator.language:text\"]"; /* an extension */
    CHECK(!says_bot(&look, REASON_BOT_WORKER_LANGUAGE));
    look.natives = "[]", look.frame_differs = "{\"language\":\"en-US\"}";
    CHECK(!says_bot(&look, REASON_BOT_WORKER_LANGUAGE));
    look.frame_differs = "null"; /* a frame that could not be read */
    CHECK(!says_bot(&look, REASON_BOT_WORKER_LANGUAGE));
    look.frame_differs = "{}", look.console_read = "true", look.async_trace = "10.4";
    CHECK(!says_bot(&look, REASON_BOT_WORKER_LANGUAGE));
}

/* An emulated phone is no phone; who only changes the name of a browser is no tool. */
static void test_emulated_phone(void)
{
    struct payload look = laptop();
    look.user_agent = CHROME_ANDROID, look.hint_platform = "\"Android\"";
    look.platform = "\"Linux armv81\"", look.touch = "5";
    CHECK_INT(judged(&look).bot_reasons.count, 0);
    look.platform = "\"Linux x86_64\"", look.hint_platform = "\"Linux\"", look.touch = "0";
    struct event ev = judged(&look); /* a switcher of user agents */
    CHECK(ev.bot == BOT_NOT_DETECTED && codes_have(&ev.bot_reasons, REASON_BOT_PHONE_PLATFORM) &&
          codes_have(&ev.bot_reasons, REASON_BOT_HINTS_CONTRADICT));
    look.touch = "1";
    ev = judged(&look);
    CHECK(ev.bot == BOT_BAD && codes_have(&ev.bot_reasons, REASON_BOT_ONE_TOUCH));
    look.console_read = "true", look.async_trace = "10.4"; /* the device mode of developer tools */
    CHECK_INT(judged(&look).bot, BOT_NOT_DETECTED);

    look = laptop(); /* tablets likewise */
    look.user_agent = CHROME_TABLET, look.hint_platform = "\"Android\"";
    look.platform = "\"Linux armv81\"", look.touch = "10";
    CHECK_INT(judged(&look).bot_reasons.count, 0);
    look.platform = "\"Linux x86_64\"", look.hint_platform = "\"Linux\"", look.touch = "0";
    CHECK_INT(judged(&look).bot, BOT_NOT_DETECTED);
    look.touch = "1";
    ev = judged(&look);
    CHECK(ev.bot == BOT_BAD && codes_have(&ev.bot_reasons, REASON_BOT_ONE_TOUCH) &&
          codes_have(&ev.bot_reasons, REASON_BOT_PHONE_PLATFORM));
}

/* Chromium that draws in software tells its page now and then no name, and its worker SwiftShader. */
static void test_no_name_of_the_card(void)
{
    struct payload look = laptop();
    look.renderer = look.vendor = "\"unknown\"", look.worker_renderer = "\"ANGLE (SwiftShader driver)\"";
    look.mismatches = "[\"webglRenderer\",\"webglVendor\"]";
    struct event ev = judged(&look);
    CHECK(ev.bot == BOT_NOT_DETECTED && ev.bot_reasons.count == 0);
    CHECK(!codes_have(&ev.tampering_reasons, REASON_TAMPERED_WORKER_RENDERER));
    look.mismatches = "[\"webglRenderer\",\"platform\"]";
    ev = judged(&look);
    CHECK(codes_have(&ev.bot_reasons, REASON_BOT_CONTEXTS_DISAGREE));
}

/* Named, and innocent alone. What a person's extensions and settings cause stays innocent together, too. */
static void test_weak_signs(void)
{
    static const struct { size_t at; const char *value; enum reason reason; bool person; } rows[] = {
        { offsetof(struct payload, natives), "[\"Screen.width:text\"]", REASON_BOT_NATIVES_CHANGED,
          true },
        { offsetof(struct payload, frame_differs), "{\"platform\":\"Linux x86_64\"}",
          REASON_BOT_CONTEXTS_DISAGREE, true },
        { offsetof(struct payload, mismatches), "[\"hardwareConcurrency\"]",
          REASON_BOT_CONTEXTS_DISAGREE, true },
        { offsetof(struct payload, hint_platform), "\"Linux\"", REASON_BOT_HINTS_CONTRADICT, true },
        { offsetof(struct payload, eval_length), "37", REASON_BOT_ENGINE_CONTRADICTS, true },
        { offsetof(struct payload, worker_renderer), "\"ANGLE (SwiftShader driver)\"",
          REASON_BOT_GPU_CONTRADICTS, true },
        { offsetof(struct payload, renderer), "\"ANGLE (SwiftShader driver)\"",
          REASON_BOT_SWIFTSHADER, true },
        { offsetof(struct payload, scrollbar), "0", REASON_BOT_NO_SCROLLBAR, false },
        { offsetof(struct payload, contradiction), "true", REASON_BOT_PERMISSIONS_CONTRADICT, false },
        { offsetof(struct payload, outer_width), "1800", REASON_BOT_WINDOW_IMPOSSIBLE, false },
    };
    struct payload extension = laptop(), tool = laptop();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct payload look = laptop();
        *(const char **)((char *)&look + rows[i].at) = rows[i].value;
        struct event ev = judged(&look);
        if (ev.bot != BOT_NOT_DETECTED) printf("# %s\n", rows[i].value);
        CHECK(ev.bot == BOT_NOT_DETECTED && codes_have(&ev.bot_reasons, rows[i].reason));
        CHECK(ev.bot_probability > 0.2 && ev.bot_reasons.count == 1);
        struct payload *all = rows[i].person ? &extension : &tool;
        *(const char **)((char *)all + rows[i].at) = rows[i].value;
    }
    struct event ev = judged(&extension);
    CHECK(ev.bot == BOT_NOT_DETECTED && ev.bot_probability == 0.65);
    extension.scrollbar = "0"; /* and one sign that no extension causes */
    ev = judged(&extension);
    CHECK(ev.bot == BOT_BAD);
    CHECK_STR(ev.bot_type, STR("disguisedAutomation"));
    ev = judged(&tool);
    CHECK(ev.bot == BOT_BAD && ev.bot_probability > 0.8 && ev.headless);
}

static void test_windows(void)
{
    static const struct { const char *outer[2], *inner[2], *mode; enum reason reason; } rows[] = {
        /* Patchright with a window and its own screen */
        { { "1928", "1211" }, { "1920", "1080" }, "\"browser\"",
          REASON_BOT_WINDOW_LARGER_THAN_SCREEN },
        { { "1920", "1080" }, { "1920", "1080" }, "\"browser\"", REASON_BOT_WINDOW_IMPOSSIBLE },
        { { "1920", "1080" }, { "1920", "1080" }, "\"fullscreen\"", 0 },
        { { "1920", "1080" }, { "1920", "1080" }, "\"standalone\"", 0 },
        { { "1936", "1096" }, { "1920", "970" }, "\"browser\"", 0 }, /* Windows, maximised */
        { { "1920", "1040" }, { "2133", "1020" }, "\"browser\"", 0 }, /* at 90 % */
        { { "3840", "1040" }, { "3825", "940" }, "\"browser\"", 0 },  /* over two screens */
        { { "2500", "1400" }, { "2490", "1300" }, "\"browser\"", REASON_BOT_WINDOW_TOO_LARGE },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct payload look = laptop();
        look.outer_width = rows[i].outer[0], look.outer_height = rows[i].outer[1];
        look.inner_width = rows[i].inner[0], look.inner_height = rows[i].inner[1];
        look.display_mode = rows[i].mode;
        struct event ev = judged(&look);
        if (ev.bot_reasons.count != (rows[i].reason != 0)) printf("# %s\n", rows[i].outer[0]);
        CHECK_INT(ev.bot_reasons.count, rows[i].reason != 0);
        if (rows[i].reason) CHECK(codes_have(&ev.bot_reasons, rows[i].reason));
        CHECK((ev.bot == BOT_BAD) == (rows[i].reason == REASON_BOT_WINDOW_LARGER_THAN_SCREEN));
    }
    struct payload look = laptop(); /* Firefox with resistFingerprinting shows no bars */
    look.user_agent = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0";
    look.inner_width = look.outer_width = "1600", look.inner_height = look.outer_height = "900";
    look.eval_length = "37", look.hint_platform = "null", look.brands = "[]";
    CHECK_INT(judged(&look).bot_reasons.count, 0);
}

/* Recorded 2026-11-26: Chromium 156 with WebGL in software, its window 1280x900 without a window manager, on a
 * screen of 1600x1000 at scale 2 and on one of 800x600; and in a frame of 300x150. All were people's. */
static void test_windows_of_people(void)
{
    struct payload look = laptop();
    look.user_agent = CHROME_LINUX, look.platform = "\"Linux x86_64\"", look.hint_platform = "\"Linux\"";
    look.renderer = "\"ANGLE (SwiftShader driver)\"", look.software = "true";
    look.outer_width = "1280", look.outer_height = "900", look.inner_width = "1280", look.inner_height = "813";
    look.width = "800", look.height = "500", look.ratio = "2";
    struct event ev = judged(&look);
    CHECK(ev.bot == BOT_NOT_DETECTED && codes_have(&ev.bot_reasons, REASON_BOT_WINDOW_TOO_LARGE) &&
          codes_have(&ev.bot_reasons, REASON_BOT_SWIFTSHADER));
    look.height = "600", look.ratio = "1", look.scrollbar = "0"; /* scroll bars over the page: a setting */
    CHECK_INT(judged(&look).bot, BOT_NOT_DETECTED);
    look.width = "1600", look.height = "1000", look.inner_width = "1347", look.inner_height = "856";
    CHECK(says_bot(&look, REASON_BOT_WINDOW_IMPOSSIBLE));
    look.ratio = "0.9502"; /* an extension zooms to any size */
    CHECK(!says_bot(&look, REASON_BOT_WINDOW_IMPOSSIBLE));
    look.ratio = "1", look.inner_width = "300", look.inner_height = "150";
    CHECK(says_bot(&look, REASON_BOT_PAGE_SMALLER));
    look.framed = "true";
    CHECK(!says_bot(&look, REASON_BOT_PAGE_SMALLER));
    look.outer_width = look.inner_width = "1280", look.outer_height = look.inner_height = "900";
    CHECK(!says_bot(&look, REASON_BOT_WINDOW_IMPOSSIBLE));
}

/* Regression: Firefox with general.useragent.override was a bot, because its headers were not Chromium's. Only a
 * page that ran in the other engine excuses them. */
static void test_renamed_browser(void)
{
    struct payload look = laptop();
    look.renamed = true, look.eval_length = "37", look.scrollbar = "0";
    CHECK(says_bot(&look, REASON_BOT_HEADER_ORDER) && says_bot(&look, REASON_BOT_NO_SCROLLBAR));
    look.error = "\"can't access property \\\"x\\\" of null\"";
    struct event ev = judged(&look);
    CHECK(ev.bot == BOT_NOT_DETECTED && ev.bot_reasons.count == 1 &&
          codes_have(&ev.bot_reasons, REASON_BOT_ENGINE_CONTRADICTS));
    CHECK(ev.tampering);
    look.user_agent = FIREFOX_LINUX, look.error = "\"Cannot read properties of null (reading 'x')\"";
    CHECK(!says_bot(&look, REASON_BOT_HEADER_ORDER)); /* Chromium under Firefox' name */
}

/* A recorded body, or a clock that is wrong. */
static void test_old(void)
{
    const int64_t now_ms = w.now_ms, day_ms = 24 * 3600 * (int64_t)1000;
    struct payload look = laptop();
    w.now_ms = 1765432100123 + day_ms;
    CHECK(!says_bot(&look, REASON_BOT_OLD_PAYLOAD));
    w.now_ms = 1765432100124 + day_ms;
    struct event ev = judged(&look);
    CHECK(ev.bot == BOT_NOT_DETECTED && codes_have(&ev.bot_reasons, REASON_BOT_OLD_PAYLOAD));
    w.now_ms = 1765432100122 - day_ms;
    CHECK(says_bot(&look, REASON_BOT_OLD_PAYLOAD));
    w.now_ms = now_ms;
}

/* The same body by hand: the fewer of a browser's headers, the surer. */
static struct event asked(struct ask ask)
{
    struct payload look = laptop();
    struct arena arena;
    struct answered o;
    arena_init(&arena, 1 << 20);
    ask.body = body_of(&look, &arena);
    identify_ask(&w, &ask, &o);
    CHECK_INT(o.e, ERR_OK);
    struct event ev = o.event;
    outcome_free(&o);
    arena_free(&arena);
    return ev;
}

static struct event sent(const char *agent, const struct header more[4], const char *address)
{
    struct ask ask = { .user_agent = agent, .address = address };
    for (size_t i = 0; i < 4; i++) ask.more[i] = more[i];
    return asked(ask);
}

/* Extensions change the language of the header or of the page; alone it says little. */
static void test_language_of_header(void)
{
    struct ask ask = { .user_agent = CHROME_WINDOWS("156"), .accept_language = "en-GB" };
    CHECK_INT(asked(ask).bot_reasons.count, 0);
    ask.accept_language = "fr-FR,fr;q=0.9";
    struct event ev = asked(ask);
    CHECK(ev.bot == BOT_NOT_DETECTED && codes_have(&ev.bot_reasons, REASON_BOT_LANGUAGE_CONTRADICTS));
    ask.user_agent = FIREFOX_LINUX;
    ev = asked(ask);
    CHECK(!codes_have(&ev.bot_reasons, REASON_BOT_LANGUAGE_CONTRADICTS));
}

static void test_connections(void)
{
    const struct header none[4] = { { .name = { "", 0 } } };
    struct event ev = sent("", none, NULL);
    CHECK(ev.bot == BOT_BAD && codes_have(&ev.bot_reasons, REASON_BOT_NO_USER_AGENT));
    CHECK_INT(sent(CHROME_WINDOWS("156"), none, NULL).bot_reasons.count, 0);
    const struct header elsewhere[4] = { { STR("Origin"), STR("https://other.example") } };
    ev = sent(CHROME_WINDOWS("156"), elsewhere, NULL);
    CHECK(ev.bot == BOT_NOT_DETECTED && codes_have(&ev.bot_reasons, REASON_BOT_PAGE_CONTRADICTS));
    const struct header same[4] = { { STR("Origin"), STR("https://shop.example") } };
    CHECK_INT(sent(CHROME_WINDOWS("156"), same, NULL).bot_reasons.count, 0);
    const struct header nowhere[4] = { { STR("Origin"), STR("") } };
    ev = sent(CHROME_WINDOWS("156"), nowhere, NULL);
    CHECK(ev.bot == BOT_NOT_DETECTED && codes_have(&ev.bot_reasons, REASON_BOT_NO_ORIGIN));
    const struct header opening[4] = { { STR("Upgrade-Insecure-Requests"), STR("1") } };
    ev = sent(CHROME_WINDOWS("156"), opening, NULL);
    CHECK(ev.bot == BOT_BAD && codes_have(&ev.bot_reasons, REASON_BOT_NAVIGATION));
    const struct header sandboxed[4] = { { STR("Origin"), STR("null") } };
    CHECK_INT(sent(CHROME_WINDOWS("156"), sandboxed, NULL).bot_reasons.count, 0);
    /* through a trusted proxy the same connection says nothing */
    REQUIRE(network_parse(&w.proxies.list[0], STR("203.0.113.0/24")));
    w.proxies.count = 1;
    CHECK_INT(sent("", none, NULL).bot, BOT_NOT_DETECTED);
    CHECK_INT(sent(CHROME_WINDOWS("156"), elsewhere, NULL).bot_reasons.count, 0);
    CHECK_INT(sent("", none, "198.51.100.7").bot, BOT_BAD);
    w.proxies = (struct networks){ 0 };
}

int main(void)
{
    world_open(&w);
    RUN(test_plain_browsers);
    RUN(test_markers);
    RUN(test_no_conviction_by_one_weak_tell);
    RUN(test_drivers_of_cards_are_not_software);
    RUN(test_no_window);
    RUN(test_user_agents);
    RUN(test_together);
    RUN(test_one_strong_sign);
    RUN(test_no_display);
    RUN(test_emulated_window);
    RUN(test_emulated_phone);
    RUN(test_language_of_worker);
    RUN(test_old);
    RUN(test_no_name_of_the_card);
    RUN(test_weak_signs);
    RUN(test_windows);
    RUN(test_language_of_header);
    RUN(test_windows_of_people);
    RUN(test_renamed_browser);
    RUN(test_connections);
    world_close(&w);
    return test_end();
}
