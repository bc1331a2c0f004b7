/* What the table says about strings of known origin, and that no string breaks or holds it. The
 * strings are written here in the forms that the browsers send. */
#include "identify/enrich/ua.h"
#include "tests/unit/test.h"

#include <pthread.h>
#include <stdint.h>

/* Browser, its major version and version, system and its version, device; the string. */
static const struct row {
    const char *browser, *major, *version, *os, *os_version, *device, *text;
} rows[] = {
    { "Chrome", "74", "74.0.3729", "Windows", "7", "Other",
      "Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/74.0.3729.157 Safari/537.36" },
    { "Chrome", "111", "111.0.0", "Mac OS X", "10.15.7", "Other",
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like "
      "Gecko) Chrome/111.0.0.0 Safari/537.36" },
    { "Chrome", "156", "156.0.0", "Windows", "10", "Other",
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/156.0.0.0 Safari/537.36" },
    { "Chrome", "109", "109.0.5414", "Windows", "8.1", "Other",
      "Mozilla/5.0 (Windows NT 6.3; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/109.0.5414.120 Safari/537.36" },
    { "Chrome", "49", "49.0.2623", "Windows", "XP", "Other",
      "Mozilla/5.0 (Windows NT 5.1) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/49.0.2623.112 Safari/537.36" },
    { "Chrome", "156", "156.0.0", "Linux", "", "Other",
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/156.0.0.0 Safari/537.36" },
    { "Chrome", "156", "156.0.0", "Chrome OS", "14541.0.0", "Other",
      "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/156.0.0.0 Safari/537.36" },
    { "Firefox", "153", "153.0", "Ubuntu", "", "Other",
      "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0" },
    { "Firefox", "140", "140.0", "Linux", "", "Other",
      "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" },
    { "Firefox", "153", "153.0", "Windows", "10", "Other",
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:153.0) Gecko/20100101 Firefox/153.0" },
    { "Firefox", "153", "153.0", "Mac OS X", "10.15", "Other",
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:153.0) Gecko/20100101 Firefox/153.0" },
    { "Firefox", "153", "153.0", "FreeBSD", "", "Other",
      "Mozilla/5.0 (X11; FreeBSD amd64; rv:153.0) Gecko/20100101 Firefox/153.0" },
    { "Firefox", "128", "128.0", "Fedora", "", "Other",
      "Mozilla/5.0 (X11; Fedora; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0" },
    { "Edge", "156", "156.0.3100", "Windows", "10", "Other",
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/156.0.0.0 Safari/537.36 Edg/156.0.3100.44" },
    { "Edge", "18", "18.17763", "Windows", "10", "Other",
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763" },
    { "Opera", "131", "131.0.0", "Windows", "10", "Other",
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/155.0.0.0 Safari/537.36 OPR/131.0.0.0" },
    { "Yandex Browser", "26", "26.9.0", "Windows", "10", "Other",
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/154.0.0.0 YaBrowser/26.9.0.0 Safari/537.36" },
    { "Vivaldi", "7", "7.9.3900", "Windows", "10", "Other",
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/156.0.0.0 Safari/537.36 Vivaldi/7.9.3900.12" },
    { "IE", "11", "11.0", "Windows", "7", "Other",
      "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko" },
    { "IE", "9", "9.0", "Windows", "Vista", "Other",
      "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.0; Trident/5.0)" },
    { "Safari", "26", "26.1", "Mac OS X", "10.15.7", "Other",
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like "
      "Gecko) Version/26.1 Safari/605.1.15" },
    { "Safari", "13", "13.1.2", "Mac OS X", "10.13.6", "Other",
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_13_6) AppleWebKit/605.1.15 (KHTML, like "
      "Gecko) Version/13.1.2 Safari/605.1.15" },
    { "Mobile Safari", "26", "26.1", "iOS", "18.6", "iPhone",
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
      "like Gecko) Version/26.1 Mobile/15E148 Safari/604.1" },
    { "Mobile Safari", "16", "16.6", "iOS", "16.7.2", "iPad",
      "Mozilla/5.0 (iPad; CPU OS 16_7_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
      "Gecko) Version/16.6 Mobile/15E148 Safari/604.1" },
    { "Chrome Mobile iOS", "156", "156.0.7000", "iOS", "18.6", "iPhone",
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
      "like Gecko) CriOS/156.0.7000.35 Mobile/15E148 Safari/604.1" },
    { "Firefox iOS", "153", "153.0", "iOS", "18.6", "iPhone",
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
      "like Gecko) FxiOS/153.0 Mobile/15E148 Safari/605.1.15" },
    { "Edge Mobile", "156", "156.0.3100", "iOS", "18.6", "iPhone",
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
      "like Gecko) Version/18.0 EdgiOS/156.0.3100.40 Mobile/15E148 Safari/605.1.15" },
    { "Mobile Safari UI/WKWebView", "", "", "iOS", "17.5.1", "iPhone",
      "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 "
      "(KHTML, like Gecko) Mobile/15E148" },
    { "Instagram", "334", "334.0.0", "iOS", "17.5.1", "iPhone",
      "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 "
      "(KHTML, like Gecko) Mobile/21F90 Instagram 334.0.0.42.95 (iPhone14,5; iOS 17_5_1; "
      "en_GB; en-GB; scale=3.00; 1170x2532; 600000000)" },
    { "Chrome Mobile", "156", "156.0.0", "Android", "10", "K",
      "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/156.0.0.0 Mobile Safari/537.36" },
    { "Chrome Mobile", "126", "126.0.6478", "Android", "14", "Pixel 8 Pro",
      "Mozilla/5.0 (Linux; Android 14; Pixel 8 Pro) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/126.0.6478.71 Mobile Safari/537.36" },
    { "Chrome Mobile", "112", "112.0.0", "Android", "13", "Samsung SM-S918B",
      "Mozilla/5.0 (Linux; Android 13; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/112.0.0.0 Mobile Safari/537.36" },
    { "Samsung Internet", "29", "29.0", "Android", "10", "K",
      "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
      "SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36" },
    { "Firefox Mobile", "153", "153.0", "Android", "15", "Generic Smartphone",
      "Mozilla/5.0 (Android 15; Mobile; rv:153.0) Gecko/153.0 Firefox/153.0" },
    { "Edge Mobile", "156", "156.0.3100", "Android", "10", "K",
      "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/156.0.0.0 Mobile Safari/537.36 EdgA/156.0.3100.40" },
    { "Opera Mobile", "93", "93.1.0", "Android", "10", "K",
      "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/155.0.0.0 Mobile Safari/537.36 OPR/93.1.0.0" },
    { "Chrome Mobile WebView", "120", "120.0.6099", "Android", "12", "Samsung SM-A515F",
      "Mozilla/5.0 (Linux; Android 12; SM-A515F Build/SP1A.210812.016; wv) "
      "AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/120.0.6099.230 Mobile "
      "Safari/537.36" },
    { "Opera", "12", "12.18", "Windows", "7", "Other",
      "Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18" },
    { "HeadlessChrome", "156", "156.0.0", "Linux", "", "Other",
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
      "HeadlessChrome/156.0.0.0 Safari/537.36" },
    { "HeadlessChrome", "126", "126.0.6478", "Mac OS X", "10.15.7", "Other",
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like "
      "Gecko) HeadlessChrome/126.0.6478.126 Safari/537.36" },
    { "PhantomJS", "2", "2.1.1", "Linux", "", "Other",
      "Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) "
      "PhantomJS/2.1.1 Safari/538.1" },
    { "Googlebot", "2", "2.1", "Other", "", "Spider",
      "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)" },
    { "Googlebot", "2", "2.1", "Android", "6.0.1", "Spider",
      "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 "
      "(KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36 (compatible; "
      "Googlebot/2.1; +http://www.google.com/bot.html)" },
    { "bingbot", "2", "2.0", "Other", "", "Spider",
      "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)" },
    { "GPTBot", "1", "1.2", "Other", "", "Spider",
      "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; "
      "+https://openai.com/gptbot)" },
    { "FacebookBot", "1", "1.1", "Other", "", "Spider",
      "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)" },
    { "YandexBot", "3", "3.0", "Other", "", "Spider",
      "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)" },
    { "curl", "7", "7.88.1", "Other", "", "Other",
      "curl/7.88.1" },
    { "Wget", "1", "1.21.3", "Other", "", "Other",
      "Wget/1.21.3" },
    { "Python Requests", "2", "2.31", "Other", "", "Other",
      "python-requests/2.31.0" },
    { "Go-http-client", "2", "2.0", "Other", "", "Other",
      "Go-http-client/2.0" },
    { "okhttp", "4", "4.12.0", "Other", "", "Other",
      "okhttp/4.12.0" },
    { "Other", "", "", "Other", "", "Other",
      "node" },
    { "axios", "1", "1.7.2", "Other", "", "Other",
      "axios/1.7.2" },
    { "PostmanRuntime", "7", "7.39.0", "Other", "", "Other",
      "PostmanRuntime/7.39.0" },
    { "Safari", "16", "16.4", "Other", "", "PlayStation 5",
      "Mozilla/5.0 (PlayStation 5 3.20) AppleWebKit/605.1.15 (KHTML, like Gecko) "
      "Version/16.4 Safari/605.1.15" },
    { "Samsung Internet", "3", "3.1", "Tizen", "6.0", "Samsung SMART-TV",
      "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36 (KHTML, like Gecko) "
      "SamsungBrowser/3.1 Chrome/76.0.3809.146 TV Safari/537.36" },
    { "Amazon Silk", "120", "120.4.1", "Android", "9", "Kindle",
      "Mozilla/5.0 (Linux; Android 9; KFMAWI) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Silk/120.4.1 like Chrome/120.0.6099.230 Safari/537.36" },
    { "Firefox Mobile", "84", "84.0", "KaiOS", "3.1", "Nokia 2780",
      "Mozilla/5.0 (Mobile; Nokia 2780 Flip; rv:84.0) Gecko/84.0 Firefox/84.0 KAIOS/3.1" },
    { "Android", "4", "4.0.3", "Android", "4.0.3", "Samsung GT-I9100",
      "Mozilla/5.0 (Linux; U; Android 4.0.3; en-gb; GT-I9100 Build/IML74K) "
      "AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30" },
    { "Other", "", "", "Other", "", "Other",
      "Mozilla/5.0" },
    { "IE", "6", "6.0", "Windows", "98", "Other",
      "Mozilla/4.0 (compatible; MSIE 6.0; Windows 98)" },
};

static struct ua_table *table;
static struct arena arena;

static struct ua_facts parse(struct str text)
{
    struct ua_facts f;
    ua_parse(table, text, &arena, &f);
    return f;
}

static void check_row(const struct row *row)
{
    struct ua_facts f = parse(str_of(row->text));
    CHECK_STR(f.browser, str_of(row->browser));
    CHECK_STR(f.major, str_of(row->major));
    CHECK_STR(f.version, str_of(row->version));
    CHECK_STR(f.os, str_of(row->os));
    CHECK_STR(f.os_version, str_of(row->os_version));
    CHECK_STR(f.device, str_of(row->device));
}

static bool is_unknown(struct ua_facts f)
{
    return str_eq(f.browser, STR("Other")) && f.major.n == 0 && f.version.n == 0 &&
           str_eq(f.os, STR("Other")) && f.os_version.n == 0 && str_eq(f.device, STR("Other"));
}

static void test_known_strings(void)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) check_row(&rows[i]);
}

/* The second time everything comes from the cache. */
static void test_cached_strings(void)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) check_row(&rows[i]);
    arena_reset(&arena);
    for (size_t i = 0; i < COUNT_OF(rows); i++) check_row(&rows[i]);
}

/* Four times as many strings as the cache has places, twice: every place is replaced. */
static void test_replaced_strings(void)
{
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 4096; i++) {
            struct str text = arena_format(&arena, "Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) "
                                                   "Gecko/20100101 Firefox/%d.0", i, i);
            struct ua_facts f = parse(text);
            CHECK_STR(f.version, arena_format(&arena, "%d.0", i));
            CHECK_STR(f.browser, STR("Firefox"));
            CHECK_STR(f.os, STR("Linux"));
            arena_reset(&arena);
        }
}

static void test_nothing(void)
{
    CHECK(is_unknown(parse((struct str){ NULL, 0 })));
    CHECK(is_unknown(parse(STR(""))));
    CHECK(is_unknown(parse(STR(" "))));
    CHECK(is_unknown(parse(STR("ab"))));
    CHECK(is_unknown(parse(STR("\0\0\0\0"))));
    CHECK(is_unknown(parse(STR("\xff\xfe\x80(\xc3"))));
}

static struct str filled(char *buffer, size_t n, const char *text)
{
    size_t unit = strlen(text);
    for (size_t i = 0; i < n; i++) buffer[i] = text[i % unit];
    return (struct str){ buffer, n };
}

/* Strings are read up to their 2,048th byte. */
static void test_long_strings(void)
{
    static char buffer[10 * 1024];
    CHECK(is_unknown(parse(filled(buffer, sizeof buffer, "x"))));
    filled(buffer, sizeof buffer, " ");
    memcpy(buffer + 2000, "Firefox/153.0", 13);
    CHECK_STR(parse((struct str){ buffer, sizeof buffer }).version, STR("153.0"));
    filled(buffer, sizeof buffer, " ");
    memcpy(buffer + 2048, "Firefox/153.0", 13);
    CHECK(is_unknown(parse((struct str){ buffer, sizeof buffer })));
}

/* A name ends after 256 bytes, between two characters: here 8 bytes and 82 signs of 3. */
static void test_long_names(void)
{
    static char buffer[1000];
    size_t n = (size_t)snprintf(buffer, sizeof buffer, "Lenovo x");
    for (int i = 0; i < 99; i++, n += 3) memcpy(buffer + n, "\xe2\x82\xac", 3);
    struct ua_facts f = parse((struct str){ buffer, n });
    CHECK_STR(f.device, ((struct str){ buffer, 8 + 82 * 3 }));
}

/* A device that takes more steps than one match may: then nothing is believed, not even Firefox. */
static void test_match_limit(void)
{
    static char buffer[2048];
    struct str honest = STR("Mozilla/5.0 (X11; Linux; rv:153.0) Firefox/153.0 Build; TAD-1 Build");
    CHECK_STR(parse(honest).browser, STR("Firefox"));
    filled(buffer, sizeof buffer, "1");
    memcpy(buffer, honest.p, honest.n - 6);
    CHECK(is_unknown(parse((struct str){ buffer, sizeof buffer })));
}

/* Beginnings that make many patterns start and none end. That this returns is the test. */
static void test_hostile_strings(void)
{
    static const char *const units[] = {
        "Android Application - ", "; Android 2.3; ", "Abot bot/", "; ", " Build/",
        "iPhone OS CPU OS ", "A-iPad/1.1.1 ", "Mozilla/5.0 (", "HTC_", "Version/1.1 Safari/",
        "SAMSUNG; SGH-", "1.",
        "Opera Mini Opera ", "Linux armv7l ", "(((((((((", "LG-a/V10 ", "MOT-1 Mozilla",
    };
    static char buffer[10 * 1024];
    for (size_t i = 0; i < COUNT_OF(units); i++)
        for (size_t n = 500; n <= sizeof buffer; n *= 4) {
            struct ua_facts f = parse(filled(buffer, n, units[i]));
            CHECK(f.browser.n && f.os.n && f.device.n);
            arena_reset(&arena);
        }
}

static void test_full_arena(void)
{
    struct arena small;
    arena_init(&small, 1);
    struct ua_facts f;
    ua_parse(table, str_of(rows[0].text), &small, &f);
    CHECK(small.failed);
    CHECK(is_unknown(f));
    arena_free(&small);
}

static void *parse_rows(void *failed)
{
    struct arena own;
    arena_init(&own, 1024 * 1024);
    for (size_t i = 0; i < 20 * COUNT_OF(rows); i++) {
        const struct row *row = &rows[i % COUNT_OF(rows)];
        struct ua_facts f;
        ua_parse(table, str_of(row->text), &own, &f);
        if (!str_eq(f.version, str_of(row->version)) || !str_eq(f.device, str_of(row->device)))
            *(bool *)failed = true;
        arena_reset(&own);
    }
    arena_free(&own);
    return NULL;
}

static void test_threads(void)
{
    pthread_t threads[4];
    bool failed[COUNT_OF(threads)] = { 0 };
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        REQUIRE(!pthread_create(&threads[i], NULL, parse_rows, &failed[i]));
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        pthread_join(threads[i], NULL);
        CHECK(!failed[i]);
    }
}

int main(void)
{
    arena_init(&arena, 1024 * 1024);
    REQUIRE(ua_table_create(&table) == ERR_OK);
    RUN(test_known_strings);
    RUN(test_cached_strings);
    RUN(test_replaced_strings);
    RUN(test_nothing);
    RUN(test_long_strings);
    RUN(test_long_names);
    RUN(test_match_limit);
    RUN(test_hostile_strings);
    RUN(test_full_arena);
    RUN(test_threads);
    ua_table_destroy(table);
    arena_free(&arena);
    return test_end();
}
