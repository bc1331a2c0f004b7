/* Habits of engines: recorded browsers have none of the faults, programs under their name have several. */
#include "identify/enrich/wire.c"

#include "tests/unit/test.h"

#define CHROME                                                                                     \
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 "     \
    "Safari/537.36"
#define FIREFOX "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
#define SAFARI                                                                                     \
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "    \
    "Version/18.6 Safari/605.1.15"

static struct arena arena;

/* "Name: value" lines, in order; of a POST when they begin with that. */
static unsigned faults_of(const char *lines, struct event ev, enum http_version version,
                          bool secure)
{
    struct header headers[24];
    struct header_facts facts;
    struct request req = { .arena = &arena, .version = version, .headers = headers };
    struct str rest = str_of(lines), line;
    if (str_starts(rest, STR("POST "))) {
        req.method = STR("POST");
        rest = str_sub(rest, 5, rest.n);
    }
    while (str_split(&rest, '\n', &line)) {
        if (!line.n) continue;
        size_t colon = str_find_char(line, ':', 0);
        headers[req.headers_count++] = (struct header){ str_sub(line, 0, colon),
                                                        str_trim(str_sub(line, colon + 1, line.n)) };
    }
    headers_read(&facts, &req, &arena);
    ev.user_agent = request_header(&req, STR("User-Agent"));
    uint64_t major;
    enum wire_engine engine = wire_claimed(ev.user_agent, &major);
    return wire_faults(&req, &facts, &ev, engine, major, secure);
}

static unsigned plain(const char *lines)
{
    return faults_of(lines, (struct event){ .present = { { 0 } } }, HTTP_1_1, false);
}

static void test_claims(void)
{
    static const struct { const char *agent; enum wire_engine engine; uint64_t major; } rows[] = {
        { CHROME, WIRE_CHROMIUM, 156 },
        { FIREFOX, WIRE_FIREFOX, 153 },
        { SAFARI, WIRE_SAFARI, 18 },
        { "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
          "Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
          WIRE_SAFARI, 18 },
        { "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
          "Gecko) CriOS/156.0.0.0 Mobile/15E148 Safari/604.1",
          WIRE_UNKNOWN, 0 },
        { "Mozilla/5.0 (Linux; Android 14; SM-S901B; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
          "Version/4.0 Chrome/120.0.0.0 Mobile Safari/537.36",
          WIRE_UNKNOWN, 0 },
        { "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/60.5 "
          "Safari/605.1.15",
          WIRE_WEBKITGTK, 60 },
        { "curl/8.5.0", WIRE_UNKNOWN, 0 },
        { "Mozilla/5.0 (X11) Chrome/", WIRE_UNKNOWN, 0 },
        { "", WIRE_UNKNOWN, 0 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t major;
        enum wire_engine engine = wire_claimed(str_of(rows[i].agent), &major);
        if (engine != rows[i].engine) printf("# %s\n", rows[i].agent);
        CHECK_INT(engine, rows[i].engine);
        if (engine != WIRE_UNKNOWN) CHECK(major == rows[i].major);
    }
}

/* As recorded 2026-11-20 on loopback, from a browser's own connection. */
#define CHROME_HEADERS                                                                             \
    "Host: 127.0.0.1:8924\nConnection: keep-alive\nContent-Length: 11948\n"                        \
    "sec-ch-ua-platform: \"Linux\"\nUser-Agent: " CHROME                                           \
    "\nsec-ch-ua: \"Not:A-Brand\";v=\"8\", \"Chromium\";v=\"156\"\n"                               \
    "Content-Type: application/json\nsec-ch-ua-mobile: ?0\nAccept: */*\n"                          \
    "Origin: http://127.0.0.1:8924\nSec-Fetch-Site: same-origin\nSec-Fetch-Mode: cors\n"           \
    "Sec-Fetch-Dest: empty\nReferer: http://127.0.0.1:8924/\n"                                     \
    "Accept-Encoding: gzip, deflate, br, zstd\nAccept-Language: en-US,en;q=0.9"
#define FIREFOX_HEADERS                                                                            \
    "Host: 127.0.0.1:8931\nUser-Agent: " FIREFOX                                                   \
    "\nAccept: */*\nAccept-Language: en-US,en;q=0.9\nAccept-Encoding: gzip, deflate, br, zstd\n"   \
    "Content-Type: application/json\nContent-Length: 12202\nOrigin: http://127.0.0.1:8931\n"       \
    "Connection: keep-alive\nSec-Fetch-Dest: empty\nSec-Fetch-Mode: cors\n"                        \
    "Sec-Fetch-Site: same-origin"
#define SAFARI_HEADERS                                                                             \
    "Content-Type: application/json\nAccept: */*\nOrigin: http://127.0.0.1:8932\nUser-Agent: "     \
    SAFARI "\nContent-Length: 12325\nAccept-Encoding: gzip, deflate\nAccept-Language: C\n"         \
    "Connection: Keep-Alive\nHost: 127.0.0.1:8932\nSec-Fetch-Dest: empty\n"                        \
    "Sec-Fetch-Mode: cors\nSec-Fetch-Site: same-origin"

static void test_browsers(void)
{
    CHECK_INT(plain(CHROME_HEADERS), 0);
    CHECK_INT(plain(FIREFOX_HEADERS), 0);
    CHECK_INT(plain(SAFARI_HEADERS), 0);
    /* without TLS and not on loopback a browser sends no Sec-Fetch, no hints and no br */
    CHECK_INT(plain("Host: shop.example\nConnection: keep-alive\nUser-Agent: " CHROME
                    "\nAccept-Encoding: gzip, deflate\nAccept-Language: en-US"),
              0);
    /* an engine of before these headers */
    CHECK_INT(plain("Host: localhost\nConnection: keep-alive\nUser-Agent: Mozilla/5.0 (X11; Linux "
                    "x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/70.0.0.0 Safari/537.36\n"
                    "Accept-Encoding: gzip, deflate, br\nAccept-Language: en-US"),
              0);
}

static void test_programs(void)
{
    /* curl -A, Node's http and fetch, Python's urllib, each with the name of Chromium alone */
    CHECK_INT(plain("Host: 127.0.0.1:8080\nUser-Agent: " CHROME "\nAccept: */*\n"
                    "Content-Type: application/json"),
              WIRE_NO_FETCH_METADATA | WIRE_NO_HINTS | WIRE_NO_LANGUAGE | WIRE_ENCODING | WIRE_CLOSE);
    CHECK_INT(plain("host: localhost:8080\nconnection: keep-alive\ncontent-type: application/json\n"
                    "user-agent: " CHROME "\naccept: */*\naccept-language: *\nsec-fetch-mode: cors\n"
                    "accept-encoding: gzip, deflate"),
              WIRE_NO_FETCH_METADATA | WIRE_NO_HINTS | WIRE_ENCODING | WIRE_SPELLING | WIRE_ORDER);
    CHECK_INT(plain("Accept-Encoding: identity\nContent-Type: application/json\nHost: [::1]:8080\n"
                    "User-Agent: " FIREFOX "\nConnection: close"),
              WIRE_NO_FETCH_METADATA | WIRE_NO_LANGUAGE | WIRE_ENCODING | WIRE_ORDER | WIRE_CLOSE);
    /* a proxy that closes, as tinyproxy does; and who closes without one */
    CHECK_INT(plain("Host: shop.example\nConnection: close\nVia: 1.1 tinyproxy\nUser-Agent: " CHROME
                    "\nAccept-Encoding: gzip, deflate\nAccept-Language: en"), 0);
    CHECK(plain("Host: shop.example\nConnection: close\nUser-Agent: " CHROME
                "\nAccept-Encoding: gzip, deflate\nAccept-Language: en") & WIRE_CLOSE);
    /* all headers of Chromium by Node's fetch, then by urllib, which writes every name in title case */
    CHECK_INT(plain("host: 127.0.0.1:1\nconnection: keep-alive\nsec-ch-ua: \"Chromium\";v=\"156\"\n"
                    "User-Agent: " CHROME "\nSec-Fetch-Site: same-site\n"
                    "Accept-Encoding: gzip, deflate, br\nAccept-Language: en-US\ncontent-length: 7"),
              WIRE_SPELLING | WIRE_SPELLING_MIXED | WIRE_LENGTH_PLACE | WIRE_ORDER);
    CHECK_INT(plain("Content-Length: 7\nHost: 127.0.0.1:1\nSec-Ch-Ua: \"Chromium\";v=\"156\"\n"
                    "User-Agent: " CHROME "\nSec-Fetch-Site: same-site\n"
                    "Accept-Encoding: gzip, deflate, br\nAccept-Language: en-US\nConnection: close"),
              WIRE_SPELLING | WIRE_CLOSE | WIRE_LENGTH_PLACE | WIRE_HEAD);
    CHECK_INT(plain("Host: 127.0.0.1\nAccept: */*"), WIRE_NO_AGENT);
    CHECK_INT(plain("Host: 127.0.0.1\nUser-Agent: curl/8.5.0"), 0); /* claims nothing */
}

/* A browser's headers, all of them and spelled well, one of them in a place that only programs choose. */
static void test_places(void)
{
    static const char *const chrome[] = { "Connection: keep-alive\n", "Content-Length: 7\n",
                                          "User-Agent: " CHROME "\n", "Origin: https://a.example\n",
                                          "Accept-Encoding: gzip, deflate\n", "Accept-Language: en\n" };
    static const char *const firefox[] = { "User-Agent: " FIREFOX "\n", "Accept-Language: en\n",
                                           "Accept-Encoding: gzip, deflate\n", "Content-Length: 7\n",
                                           "Origin: https://a.example\n", "Connection: keep-alive\n" };
    static const struct { const char *const *lines; size_t from, to; const char *more; unsigned faults; } rows[] = {
        { chrome, 0, 0, "", 0 },
        { firefox, 0, 0, "", 0 },
        { chrome, 1, 2, "", WIRE_LENGTH_PLACE },
        { chrome, 1, 5, "", WIRE_LENGTH_PLACE | WIRE_ORDER },
        { chrome, 3, 5, "", WIRE_ORDER },
        { chrome, 0, 5, "", WIRE_HEAD }, /* as Privoxy passes it on */
        { chrome, 0, 5, "Via: 1.1 proxy\n", 0 },
        { chrome, 3, 5, "X-Forwarded-For: 10.0.0.7\n", 0 },
        { chrome, 1, 5, "Via: 1.1 proxy\n", 0 },
        { firefox, 3, 5, "", WIRE_LENGTH_PLACE },
        { firefox, 1, 2, "", WIRE_ORDER },
        { firefox, 4, 5, "Sec-Fetch-Dest: empty\n", 0 },
        { firefox, 4, 0, "", WIRE_ORDER },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *order[6];
        size_t n = 0;
        for (size_t k = 0; k < 6; k++) {
            if (k != rows[i].from || rows[i].from == rows[i].to) order[n++] = rows[i].lines[k];
            if (k == rows[i].to && rows[i].from != rows[i].to) order[n++] = rows[i].lines[rows[i].from];
        }
        struct str text = arena_format(&arena, "Host: shop.example\n%s%s%s%s%s%s%s", order[0], order[1],
                                       order[2], order[3], order[4], order[5], rows[i].more);
        if (plain(text.p) != rows[i].faults) printf("# %s", text.p);
        CHECK_INT(plain(text.p), rows[i].faults);
    }
}

/* What a page's script cannot send. */
static void test_scripts(void)
{
#define POSTED(more) "POST Host: shop.example\nConnection: keep-alive\nUser-Agent: " CHROME "\n" more             \
                     "Accept-Encoding: gzip, deflate\nAccept-Language: en"
    static const struct { const char *lines; unsigned faults; } rows[] = {
        { POSTED("Origin: http://shop.example\n"), 0 },
        { POSTED("Origin: null\n"), 0 },
        { POSTED(""), WIRE_NO_ORIGIN },
        { POSTED("Origin: http://shop.example\nSec-Fetch-Site: same-origin\n"), 0 },
        { POSTED("Origin: https://www.example\nSec-Fetch-Site: cross-site\n"), 0 },
        { POSTED("Origin: https://shop.example\nSec-Fetch-Site: same-site\n"), 0 }, /* another scheme */
        { POSTED("Origin: http://shop.example\nSec-Fetch-Site: cross-site\n"), WIRE_SITE },
        { POSTED("Origin: https://www.example\nSec-Fetch-Site: same-origin\n"), WIRE_SITE },
        { POSTED("Origin: https://www.example\nSec-Fetch-Site: none\n"), WIRE_SITE },
        { POSTED("Origin: null\nUpgrade-Insecure-Requests: 1\n"), WIRE_NAVIGATION },
        { POSTED("Origin: null\nSec-Fetch-Mode: navigate\n"), WIRE_NAVIGATION },
        { POSTED("Origin: null\nSec-Fetch-Dest: document\n"), WIRE_NAVIGATION },
        { POSTED("Sec-Fetch-User: ?1\n"), WIRE_NAVIGATION | WIRE_NO_ORIGIN },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (plain(rows[i].lines) != rows[i].faults) printf("# %s\n", rows[i].lines);
        CHECK_INT(plain(rows[i].lines), rows[i].faults);
    }
    /* a page that is opened is no script's request */
    CHECK_INT(plain(&POSTED("Upgrade-Insecure-Requests: 1\n")[5]), 0);
#undef POSTED
}

static void test_page(void)
{
    struct event ev = { .url = STR("http://127.0.0.1:8924/cart?x=1") };
    event_set(&ev, EVENT_url);
    CHECK_INT(faults_of(CHROME_HEADERS, ev, HTTP_1_1, false), 0);
    ev.url = STR("http://127.0.0.1:8925/cart");
    CHECK_INT(faults_of(CHROME_HEADERS, ev, HTTP_1_1, false), WIRE_PAGE);
    ev.url = STR("http://127.0.0.1:8924");
    CHECK_INT(faults_of(CHROME_HEADERS, ev, HTTP_1_1, false), 0);
    ev.url = STR("about:srcdoc");
    CHECK_INT(faults_of(CHROME_HEADERS, ev, HTTP_1_1, false), 0);
}

static void test_tls(void)
{
    struct event ev = { .ja4 = STR("t13d1517h2_8daaf6152771_cb7bf5808d99"), .tls_grease = true };
    event_set(&ev, EVENT_ja4), event_set(&ev, EVENT_tls_grease);
    const char *chrome = "host: shop.example\nuser-agent: " CHROME
                         "\nsec-ch-ua: \"Chromium\";v=\"156\"\nsec-fetch-site: same-site\n"
                         "accept-encoding: gzip, deflate, br, zstd\naccept-language: en-US";
    const char *firefox = "host: shop.example\nuser-agent: " FIREFOX
                          "\naccept-language: en-US\naccept-encoding: gzip, deflate, br\n"
                          "sec-fetch-site: same-site";
    const char *bare = chrome; /* without the header that Chromium sends since 124 */
    chrome = arena_format(&arena, "%s\npriority: u=1, i", bare).p;
    event_set(&ev, EVENT_http2);
    ev.http2 = STR("1:65536;2:0;4:6291456;6:262144|15663105|0|m,a,s,p");
    CHECK_INT(faults_of(chrome, ev, HTTP_2, true), 0);
    CHECK_INT(faults_of(bare, ev, HTTP_2, true), WIRE_NO_PRIORITY);
    CHECK_INT(faults_of(arena_format(&arena, "%s\nvia: 2 proxy", bare).p, ev, HTTP_2, true), 0);
    CHECK_INT(faults_of(firefox, ev, HTTP_2, true), WIRE_TLS_FAMILY | WIRE_HTTP2_FAMILY);
    ev.ja4 = STR("t13d1617h2_86a278354501_3cbfd9057e0d"), ev.tls_grease = false;
    ev.http2 = STR("1:65536;2:0;4:131072;5:16384|12517377|0|m,p,a,s");
    CHECK_INT(faults_of(firefox, ev, HTTP_2, true), 0);
    CHECK_INT(faults_of(chrome, ev, HTTP_2, true), WIRE_TLS_FAMILY | WIRE_HTTP2_FAMILY);
    /* without GREASE like Firefox, by OpenSSL (curl, PHP, Ruby, aiohttp), and by requests and httpx */
    ev.ja4 = STR("t13i3111h2_e8f1e7e78f70_b26ce05bbdd6");
    CHECK_INT(faults_of(firefox, ev, HTTP_2, true), WIRE_TLS_FAMILY);
    ev.ja4 = STR("t13i4312h1_c7886603b240_d339722ba4af");
    CHECK_INT(faults_of(firefox, ev, HTTP_2, true), WIRE_TLS_FAMILY | WIRE_TLS_PROGRAM);
    ev.ja4 = STR("t13d521100_b262b3658495_8e6e362c5eac"); /* Node's https, by a browser's headers */
    ev.present.word[EVENT_http2 / 64] &= ~(1ull << (EVENT_http2 % 64));
    CHECK_INT(faults_of(CHROME_HEADERS, ev, HTTP_1_1, true),
              WIRE_TLS_FAMILY | WIRE_TLS_PROGRAM | WIRE_HTTP1_OVER_TLS);
}

int main(void)
{
    arena_init(&arena, 1 << 20);
    RUN(test_claims);
    RUN(test_browsers);
    RUN(test_programs);
    RUN(test_places);
    RUN(test_scripts);
    RUN(test_page);
    RUN(test_tls);
    arena_free(&arena);
    return test_end();
}
