/* Client Hints refine a User-Agent's facts, and never contradict them. */
#include "identify/enrich/hints.h"
#include "tests/unit/test.h"

static struct ua_facts facts(const char *os, const char *version, const char *device)
{
    return (struct ua_facts){ STR("Chrome"), STR("156"), STR("156.0.0"), str_of(os),
                              str_of(version), str_of(device) };
}

static struct ua_hints hints(const char *platform, const char *version, const char *model)
{
    return (struct ua_hints){ str_of(platform), str_of(version), str_of(model) };
}

static const struct ua_hints nothing;
static const struct brands no_brands;

static void test_systems(void)
{
    static const struct {
        const char *os, *version, *device, *platform, *hint, *model, *want_version, *want_device;
    } rows[] = {
        { "Windows", "10", "Other", "Windows", "15.0.0", "", "11", "Other" },
        { "Windows", "10", "Other", "Windows", "13.0.0", "", "11", "Other" },
        { "Windows", "10", "Other", "Windows", "10.0.0", "", "10", "Other" },
        { "Windows", "10", "Other", "Windows", "1.0.0", "", "10", "Other" },
        { "Windows", "10", "Other", "Windows", "", "", "10", "Other" },
        { "Windows", "7", "Other", "Windows", "15.0.0", "", "7", "Other" },
        { "Mac OS X", "10.15.7", "Other", "macOS", "15.1.0", "", "15.1", "Other" },
        { "Mac OS X", "10.15.7", "Other", "macOS", "26.0.0", "", "26.0", "Other" },
        { "Mac OS X", "10.15.7", "Other", "macOS", "26.0.1", "", "26.0.1", "Other" },
        { "Mac OS X", "10.15.7", "Other", "macOS", "10.15.7", "", "10.15.7", "Other" },
        { "Mac OS X", "10.13.6", "Other", "macOS", "15.1.0", "", "10.13.6", "Other" },
        { "Android", "10", "K", "Android", "14.0.0", "Pixel 8", "14", "Pixel 8" },
        { "Android", "10", "K", "Android", "4.4.2", "", "4.4.2", "K" },
        { "Android", "13", "Samsung SM-S918B", "Android", "14.0.0", "SM-S918B", "13",
          "Samsung SM-S918B" },
        /* another platform than the User-Agent's: nothing changes */
        { "Mac OS X", "10.15.7", "Other", "Linux", "6.1.0", "", "10.15.7", "Other" },
        { "Windows", "10", "Other", "Android", "14.0.0", "Pixel 8", "10", "Other" },
        { "Android", "10", "K", "Windows", "15.0.0", "Pixel 8", "10", "K" },
        { "Linux", "", "Other", "Linux", "6.1.0", "", "", "Other" },
        /* no versions */
        { "Windows", "10", "Other", "Windows", "15.0.", "", "10", "Other" },
        { "Windows", "10", "Other", "Windows", ".15", "", "10", "Other" },
        { "Windows", "10", "Other", "Windows", "99999999999999999999999.0", "", "10", "Other" },
        { "Windows", "10", "Other", "Windows", "fifteen", "", "10", "Other" },
        { "Android", "10", "K", "Android", "0", "Pix\xC3\xA9l", "10", "K" },
        { "Android", "10", "K", "Android", "0", "a\nb", "10", "K" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (int payload = 0; payload < 2; payload++) {
            struct ua_facts f = facts(rows[i].os, rows[i].version, rows[i].device);
            struct ua_hints h = hints(rows[i].platform, rows[i].hint, rows[i].model);
            hints_refine(&f, payload ? &nothing : &h, payload ? &h : &nothing, &no_brands,
                         &no_brands);
            CHECK_STR(f.os_version, str_of(rows[i].want_version));
            CHECK_STR(f.device, str_of(rows[i].want_device));
            CHECK_STR(f.browser, STR("Chrome"));
        }
}

/* The header counts first; the payload fills in what the header leaves out. */
static void test_two_sources(void)
{
    struct ua_facts f = facts("Windows", "10", "Other");
    struct ua_hints header = hints("Windows", "10.0.0", ""), payload = hints("Windows", "15.0.0", "");
    hints_refine(&f, &header, &payload, &no_brands, &no_brands);
    CHECK_STR(f.os_version, STR("10"));
    header.platform_version = STR("");
    hints_refine(&f, &header, &payload, &no_brands, &no_brands);
    CHECK_STR(f.os_version, STR("11"));
    f = facts("Windows", "10", "Other");
    header.platform = STR("Linux"); /* the browser itself says it is no Windows */
    hints_refine(&f, &header, &payload, &no_brands, &no_brands);
    CHECK_STR(f.os_version, STR("10"));
    f = facts("Android", "10", "K");
    header = hints("Android", "14.0.0", ""), payload = hints("Windows", "15.0.0", "Pixel 8");
    hints_refine(&f, &header, &payload, &no_brands, &no_brands);
    CHECK_STR(f.os_version, STR("14"));
    CHECK_STR(f.device, STR("K")); /* what is said of another platform does not count */
}

static void brand_row(const char *browser, const char *list, const char *full, const char *want)
{
    struct arena arena;
    arena_init(&arena, 64 * 1024);
    struct brands brands = { .count = 0 }, whole = { .count = 0 };
    struct ua_facts f = facts("Windows", "10", "Other");
    f.browser = str_of(browser);
    brands_read(&brands, str_of(list), &arena);
    brands_read(&whole, str_of(full), &arena);
    hints_refine(&f, &nothing, &nothing, &brands, &whole);
    CHECK_STR(arena_format(&arena, "%.*s %.*s %.*s", STR_ARG(f.browser), STR_ARG(f.major),
                           STR_ARG(f.version)), str_of(want));
    arena_free(&arena);
}

static void test_brands(void)
{
    brand_row("Chrome",
              "\"Chromium\";v=\"156\", \"Google Chrome\";v=\"156\", \"Not)A;Brand\";v=\"99\"",
              "", "Chrome 156 156.0.0");
    brand_row("Chrome", "\"Not_A Brand\";v=\"8\", \"Chromium\";v=\"156\", \"Brave\";v=\"156\"", "",
              "Brave 156 156.0.0");
    brand_row("Chrome", "\"Chromium\";v=\"155\", \"Opera\";v=\"131\", \"Not.A/Brand\";v=\"8\"", "",
              "Opera 131 131");
    brand_row("Chrome", "\"Chromium\";v=\"156\", \"Microsoft Edge\";v=\"156\"",
              "\"Chromium\";v=\"156.0.1.2\", \"Microsoft Edge\";v=\"156.0.3100.44\"",
              "Edge 156 156.0.3100");
    brand_row("Chrome Mobile", "\"Samsung Internet\";v=\"29.0\", \"Chromium\";v=\"156\"", "",
              "Samsung Internet 29 29.0");
    /* what the User-Agent names itself stays, and so does what nobody knows */
    brand_row("Edge", "\"Chromium\";v=\"156\", \"Brave\";v=\"156\"", "", "Edge 156 156.0.0");
    brand_row("HeadlessChrome", "\"Brave\";v=\"156\"", "", "HeadlessChrome 156 156.0.0");
    brand_row("Chrome", "\"My Browser\";v=\"1\", \"Chromium\";v=\"156\"", "", "Chrome 156 156.0.0");
    brand_row("Chrome", "\"Brave\";v=\"x\"", "", "Brave 156 156.0.0");
    brand_row("Chrome", "\"Brave\"", "", "Brave 156 156.0.0");
}

int main(void)
{
    RUN(test_systems);
    RUN(test_two_sources);
    RUN(test_brands);
    return test_end();
}
