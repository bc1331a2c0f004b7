/* The smaller verdicts about browser and machine: private windows, virtual machines, developer tools, privacy
 * browsers, the clock. */
#include "tests/unit/identify/browser.h"

static struct world w;

static void expect_incognito(const struct browser *b, int want) /* -1: absent */
{
    struct event ev = judge(&w, b);
    int got = event_has(&ev, EVENT_incognito) ? ev.incognito : -1;
    CHECK_INT(got, want);
    CHECK((want == 1) == (ev.incognito_reasons.count > 0));
}

static void test_incognito(void)
{
    struct browser chrome = chrome_windows(), firefox = firefox_linux(), safari = safari_iphone();
    expect_incognito(&chrome, -1); /* "not private" from a Chromium means nothing, nor do its files */
    chrome.directory = "\"SecurityError: Security error when calling GetDirectory\"";
    expect_incognito(&chrome, -1);
    chrome.is_private = "true";
    expect_incognito(&chrome, 1);

    expect_incognito(&firefox, 0);
    firefox.directory = "\"SecurityError: Security error when calling GetDirectory\"";
    expect_incognito(&firefox, 1);
    firefox.directory = "\"TypeError: no such function\"";
    expect_incognito(&firefox, -1);
    firefox.directory = NULL;
    expect_incognito(&firefox, -1);

    expect_incognito(&safari, 0);
    safari.directory = "\"UnknownError: The operation failed for an unknown transient reason\"";
    expect_incognito(&safari, 1);
}

static void test_virtual_machine(void)
{
    static const struct { const char *renderer; int want; } rows[] = {
        { "\"ANGLE (VMware, Inc., SVGA3D; build: RELEASE; LLVM; OpenGL 4.1)\"", 1 },
        { "\"ANGLE (VMware, VMware SVGA 3D Direct3D11 vs_4_1 ps_4_1, D3D11)\"", 1 },
        { "\"ANGLE (VirtualBox, VirtualBox Graphics Adapter Direct3D11)\"", 1 },
        { "\"ANGLE (Parallels, Parallels Display Adapter (WDDM) Direct3D11)\"", 1 },
        { "\"virgl (Mesa Intel)\"", 1 },
        { "\"ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero)), SwiftShader driver)\"", 0 },
        { "\"llvmpipe, or similar\"", 0 },
        { "\"ANGLE (Microsoft, Microsoft Basic Render Driver Direct3D11 vs_5_0 ps_5_0, D3D11)\"", 0 },
        { "\"Apple GPU\"", 0 },
        { "\"unknown\"", -1 },
        { "null", -1 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct browser b = chrome_windows();
        b.renderer = b.worker_renderer = rows[i].renderer;
        struct event ev = judge(&w, &b);
        int got = event_has(&ev, EVENT_virtual_machine) ? ev.virtual_machine : -1;
        if (got != rows[i].want) printf("# %s\n", rows[i].renderer);
        CHECK_INT(got, rows[i].want);
    }
    struct browser b = chrome_windows(); /* several weak signs together */
    b.renderer = b.worker_renderer = "\"ANGLE (Microsoft, Microsoft Basic Render Driver Direct3D11)\"";
    b.cores = b.worker_cores = "2";
    CHECK(!judge(&w, &b).virtual_machine);
    b.screen_width = "1024", b.screen_height = "768";
    struct event ev = judge(&w, &b);
    CHECK(ev.virtual_machine && codes_have(&ev.virtual_machine_reasons, REASON_VM_BASIC_DISPLAY));
    b.renderer = b.worker_renderer = "\"SwiftShader\""; /* no GPU is not a virtual machine */
    CHECK(!judge(&w, &b).virtual_machine);
}

static void test_developer_tools(void)
{
    static const struct { const char *inner_w, *inner_h, *outer_w, *outer_h; int want; } rows[] = {
        { "1600", "857", "1600", "1000", 0 },
        { "1045", "857", "1600", "1000", 1 },  /* docked to the right: 555, as measured */
        { "1220", "857", "1600", "1000", 0 },  /* a side panel */
        { "1600", "557", "1600", "1000", 1 },  /* docked below */
        { "1600", "780", "1600", "1000", 0 },  /* bookmarks, two bars of warnings */
        { "1067", "571", "1600", "1000", 0 },  /* 150 % zoom */
        { "3200", "1714", "1600", "1000", 0 }, /* 50 % */
        { "0", "0", "0", "0", -1 },
        { "null", "857", "1600", "1000", -1 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct browser b = chrome_windows();
        b.inner_width = rows[i].inner_w, b.inner_height = rows[i].inner_h;
        b.outer_width = rows[i].outer_w, b.outer_height = rows[i].outer_h;
        struct event ev = judge(&w, &b);
        int got = event_has(&ev, EVENT_developer_tools) ? ev.developer_tools : -1;
        if (got != rows[i].want) printf("# row %zu\n", i);
        CHECK_INT(got, rows[i].want);
    }
    struct browser framed = chrome_windows(); /* across the whole window and 300 px high: no tools below */
    framed.inner_height = "300", framed.more = ",\"frameDepth\":{\"value\":{\"isFramed\":true}}";
    struct event in_frame = judge(&w, &framed);
    CHECK(!event_has(&in_frame, EVENT_developer_tools));
    struct browser b = chrome_windows(); /* they read the console, as automation does */
    b.console_read = "true", b.async_trace = "0";
    struct event ev = judge(&w, &b);
    CHECK(ev.bot == BOT_BAD && !ev.developer_tools);
    b.async_trace = "10.4"; /* and slow promises down, which automation does not */
    ev = judge(&w, &b);
    CHECK(ev.bot == BOT_NOT_DETECTED && ev.developer_tools);
    CHECK(codes_have(&ev.developer_tools_reasons, REASON_TOOLS_TRACING));
    struct browser phone = safari_iphone();
    ev = judge(&w, &phone);
    CHECK(!event_has(&ev, EVENT_developer_tools));
}

static void expect_privacy(const struct browser *b, bool want, const char *name, unsigned reason)
{
    struct event ev = judge(&w, b);
    CHECK(event_has(&ev, EVENT_privacy_settings) && ev.privacy_settings == want);
    CHECK_STR(event_has(&ev, EVENT_privacy_browser) ? ev.privacy_browser : STR(""), str_of(name));
    CHECK(!reason || codes_have(&ev.privacy_reasons, reason));
    CHECK(want == (ev.privacy_reasons.count > 0));
}

static void test_privacy(void)
{
    struct browser b = chrome_windows(), firefox = firefox_linux();
    expect_privacy(&b, false, "", 0);
    expect_privacy(&firefox, false, "", 0);
    b.pixels = "5"; /* Chromium adds no noise: that is somebody's who wants to be others */
    expect_privacy(&b, false, "", 0);
    b.resistance = "\"brave\"";
    expect_privacy(&b, true, "brave", REASON_PRIVACY_NOISE);
    b.resistance = "\"tor\"";
    expect_privacy(&b, false, "", 0);
    b.extensions = "[\"jshelter\"]";
    expect_privacy(&b, true, "", REASON_PRIVACY_EXTENSION);
    firefox.pixels = "5";
    expect_privacy(&firefox, true, "", REASON_PRIVACY_NOISE);
    firefox.resistance = "\"firefox-rfp\"";
    expect_privacy(&firefox, true, "firefox-rfp", REASON_PRIVACY_RFP);
    firefox.resistance = "\"tor\"";
    expect_privacy(&firefox, true, "tor", REASON_PRIVACY_TOR);
    firefox = firefox_linux(); /* as Firefox ESR 153 with resistFingerprinting shows itself */
    firefox.pixels = "256", firefox.renderer = firefox.worker_renderer = "\"Mozilla\"";
    expect_privacy(&firefox, true, "", REASON_PRIVACY_NOISE);
    firefox.zone = "\"Atlantic/Reykjavik\"";
    expect_privacy(&firefox, true, "firefox-rfp", REASON_PRIVACY_RFP);
    firefox.pixels = "0";
    expect_privacy(&firefox, false, "", 0);
    firefox.screen_width = firefox.outer_width = firefox.inner_width = "1400";
    firefox.screen_height = firefox.outer_height = firefox.inner_height = "800";
    expect_privacy(&firefox, true, "firefox-rfp", REASON_PRIVACY_RFP);
    firefox.error = V8_ERROR;
    expect_privacy(&firefox, false, "", 0);
    firefox = firefox_linux(), firefox.pixels = "5";
    firefox.resistance = "\"brave\"";
    expect_privacy(&firefox, true, "", REASON_PRIVACY_NOISE);
    b = chrome_windows(), b.resistance = b.pixels = NULL;
    struct event ev = judge(&w, &b);
    CHECK(!event_has(&ev, EVENT_privacy_settings));
}

static void test_clock(void)
{
    struct browser b = chrome_windows();
    char text[64];
    snprintf(text, sizeof text, "\"timestamp\":%lld,", (long long)w.now_ms - 90000);
    b.envelope = text;
    struct event ev = judge(&w, &b);
    CHECK(event_has(&ev, EVENT_clock_skew_ms));
    CHECK_INT(ev.clock_skew_ms, -90000);
    b.envelope = "";
    ev = judge(&w, &b);
    CHECK(!event_has(&ev, EVENT_clock_skew_ms));
}

int main(void)
{
    world_open(&w);
    RUN(test_incognito);
    RUN(test_virtual_machine);
    RUN(test_developer_tools);
    RUN(test_privacy);
    RUN(test_clock);
    world_close(&w);
    return test_end();
}
