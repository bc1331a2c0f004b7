#include "identify/enrich/headers.h"

#include "tests/unit/test.h"

static struct arena arena;

#define H(name, value) { { name, sizeof name - 1 }, { value, sizeof value - 1 } }

static struct request request_of(struct header *headers, size_t count)
{
    return (struct request){ .arena = &arena, .version = HTTP_1_1, .headers = headers,
                             .headers_count = count };
}

static struct str order_of(struct header *headers, size_t count)
{
    struct request req = request_of(headers, count);
    return headers_order(&req, &arena);
}

/* Two requests of one Chromium, by what differs between them. */
static void test_order_is_the_clients(void)
{
    struct header first[] = { H("Host", "a"), H("Connection", "keep-alive"), H("Content-Length", "9"),
                              H("sec-ch-ua", "x"), H("User-Agent", "u"), H("Accept", "*/*") };
    struct header second[] = { H("Host", "b"), H("Connection", "keep-alive"), H("Pragma", "no-cache"),
                               H("sec-ch-ua-platform-version", "\"1\""), H("sec-ch-ua", "y"),
                               H("User-Agent", "v"), H("If-None-Match", "e"), H("Accept", "*/*"),
                               H("Cookie", "c"), H("X-Forwarded-For", "1.2.3.4") };
    struct str order = order_of(first, COUNT_OF(first));
    CHECK_STR(str_sub(order, 0, 5), STR("11_5_"));
    CHECK_INT(order.n, 5 + 16);
    CHECK_STR(order_of(second, COUNT_OF(second)), order);
    arena_reset(&arena);
}

static void test_order_tells_order_and_spelling(void)
{
    struct header plain[] = { H("Host", "a"), H("Accept", "*/*") };
    struct header turned[] = { H("Accept", "*/*"), H("Host", "a") };
    struct header lower[] = { H("host", "a"), H("accept", "*/*") };
    struct str order = order_of(plain, 2);
    CHECK(!str_eq(order, order_of(turned, 2)));
    CHECK(!str_eq(order, order_of(lower, 2)));
    struct request req = request_of(lower, 2);
    req.version = HTTP_2;
    CHECK(str_starts(headers_order(&req, &arena), STR("20_2_")));
    CHECK(str_starts(order_of(plain, 0), STR("11_0_")));
    /* stored values: the hash must never change */
    CHECK_STR(order, STR("11_2_627b9c6de29e15d8"));
    arena_reset(&arena);
}

static void test_languages(void)
{
    struct languages l;
    languages_read(&l, STR("de-CH, de;q=0.9,en-US ; q=0.825, *;Q=0 ,, zh-Hant-TW;q=1.000"));
    CHECK_INT(l.count, 5);
    CHECK_STR(l.list[0].tag, STR("de-CH"));
    CHECK_INT(l.list[0].q_thousandths, 1000);
    CHECK_INT(l.list[1].q_thousandths, 900);
    CHECK_STR(l.list[2].tag, STR("en-US"));
    CHECK_INT(l.list[2].q_thousandths, 825);
    CHECK_INT(l.list[3].q_thousandths, 0);
    CHECK_INT(l.list[4].q_thousandths, 1000);
    CHECK(!l.malformed);
}

static void test_language_faults(void)
{
    static const char *const bad[] = { "e n", "en;q=2", "en;q=1.1", "en;q=0.1234", "en;q=", "en;q", "en;", "-",
                                       "en-", "en--US", "abcdefghi", "1a", "en;q=0,5x", "en_US", "en;q=.5" };
    struct languages l;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        languages_read(&l, str_of(bad[i]));
        CHECK_STR(str_of(l.malformed ? "" : bad[i]), STR(""));
    }
    languages_read(&l, STR("fr, e n, de"));
    CHECK_INT(l.count, 2);
    CHECK(l.malformed);
    languages_read(&l, (struct str){ NULL, 0 });
    CHECK(l.count == 0 && !l.malformed);
    languages_read(&l, STR("a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a"));
    CHECK_INT(l.count, LANGUAGES_MAX);
}

/* Spellings that Chromium has sent since version 90, one per scheme. */
static void test_grease(void)
{
    static const char *const grease[] = {
        "\" Not A;Brand\";v=\"99\"", "\"Not)A;Brand\";v=\"24\"", "\"Not/A)Brand\";v=\"8\"",
        "\"Not_A Brand\";v=\"8\"", "\"Not?A_Brand\";v=\"24\"", "\"Not.A/Brand\";v=\"8\"",
        "\"\\\\Not\\\"A;Brand\";v=\"99\"", "\"(Not(A:Brand\";v=\"8\"", "\"Not=A?Brand\";v=\"99\"",
        "\";Not A Brand\";v=\"99\"",
    };
    struct brands b;
    for (size_t i = 0; i < COUNT_OF(grease); i++) {
        CHECK(brands_read(&b, str_of(grease[i]), &arena));
        CHECK_STR(str_of(b.greased && b.count == 0 ? "" : grease[i]), STR(""));
    }
    CHECK(brands_read(&b, STR("\"Notable Browser\";v=\"1\", \"Brandy\", \"Note\""), &arena));
    CHECK(b.count == 3 && !b.greased);
    CHECK_STR(b.list[1].version, STR(""));
    arena_reset(&arena);
}

static void test_hints_of_chromium(void)
{
    struct header headers[] = {
        H("sec-ch-ua", "\"Chromium\";v=\"156\", \"Google Chrome\";v=\"156\", \"Not)A;Brand\";v=\"99\""),
        H("sec-ch-ua-mobile", "?0"), H("Sec-CH-UA-Platform", "\"Windows\""),
        H("sec-ch-ua-platform-version", "\"15.0.0\""), H("sec-ch-ua-arch", "\"x86\""),
        H("sec-ch-ua-bitness", "\"64\""), H("sec-ch-ua-model", "\"\""),
        H("sec-ch-ua-full-version-list", "\"Chromium\";v=\"156.0.1.2\""),
        H("Accept-Language", "en-US,en;q=0.9"), H("Sec-Fetch-Site", "same-origin"),
        H("Sec-Fetch-Mode", "cors"), H("Sec-Fetch-Dest", "empty"), H("Sec-Fetch-User", "?1"),
    };
    struct request req = request_of(headers, COUNT_OF(headers));
    struct header_facts f;
    headers_read(&f, &req, &arena);
    CHECK(f.hints.any && !f.hints.malformed && f.hints.brands.greased);
    CHECK_INT(f.hints.brands.count, 2);
    CHECK_STR(f.hints.brands.list[1].name, STR("Google Chrome"));
    CHECK_STR(f.hints.brands.list[1].version, STR("156"));
    CHECK_INT(client_hints_mobile(&f.hints), 0);
    CHECK_STR(f.hints.platform, STR("Windows"));
    CHECK_STR(f.hints.platform_version, STR("15.0.0"));
    CHECK_STR(f.hints.arch, STR("x86"));
    CHECK_STR(f.hints.bitness, STR("64"));
    CHECK(f.hints.model.p && f.hints.model.n == 0); /* sent, and empty */
    CHECK_STR(f.hints.full.list[0].version, STR("156.0.1.2"));
    CHECK(f.languages.count == 2 && f.fetch_user);
    CHECK_STR(f.fetch_site, STR("same-origin"));
    CHECK_STR(f.fetch_mode, STR("cors"));
    CHECK_STR(f.fetch_dest, STR("empty"));
    arena_reset(&arena);
}

static void test_hints_with_faults(void)
{
    struct header headers[] = { H("sec-ch-ua", "\"Chromium\";v=\"156\", oops!"), H("sec-ch-ua-mobile", "0"),
                                H("sec-ch-ua-platform", "Windows"), H("sec-fetch-site", "\"none\""),
                                H("sec-fetch-mode", "cors"), H("Sec-Fetch-Mode", "cors") };
    struct request req = request_of(headers, COUNT_OF(headers));
    struct header_facts f;
    headers_read(&f, &req, &arena);
    CHECK(f.hints.any && f.hints.malformed);
    CHECK_INT(f.hints.brands.count, 0);
    CHECK_INT(client_hints_mobile(&f.hints), -1);
    CHECK(!f.hints.platform.p && !f.fetch_site.p && !f.fetch_mode.p);
    CHECK(!f.hints.model.p && !f.fetch_user);
    arena_reset(&arena);
}

static void test_lists_in_several_lines(void)
{
    struct header headers[] = { H("sec-ch-ua", "\"A\";v=\"1\""), H("Accept-Language", "en"),
                                H("Sec-Ch-Ua", "\"B\";v=\"2\""), H("accept-language", "de;q=0.5") };
    struct request req = request_of(headers, COUNT_OF(headers));
    struct header_facts f;
    headers_read(&f, &req, &arena);
    CHECK_INT(f.hints.brands.count, 2);
    CHECK_STR(f.hints.brands.list[1].name, STR("B"));
    CHECK_STR(f.accept_language, STR("en, de;q=0.5"));
    CHECK_INT(f.languages.count, 2);
    CHECK(!headers_joined(&req, STR("x"), &arena).p);
    arena_reset(&arena);
}

/* A head full of one name costs its size in memory, not the square of it. */
static void test_many_lines(void)
{
    static struct header headers[HEADERS_MAX];
    static char text[160];
    struct header_facts f;
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < HEADERS_MAX; i++)
        headers[i] = (struct header){ STR("sec-ch-ua-model"), { text, sizeof text } };
    struct request req = request_of(headers, HEADERS_MAX);
    headers_read(&f, &req, &arena);
    CHECK(arena.used_bytes < 64 * 1024);
    CHECK(f.hints.malformed && !arena.failed);
    arena_reset(&arena);
}

int main(void)
{
    arena_init(&arena, 1 << 20);
    RUN(test_order_is_the_clients);
    RUN(test_order_tells_order_and_spelling);
    RUN(test_languages);
    RUN(test_language_faults);
    RUN(test_grease);
    RUN(test_hints_of_chromium);
    RUN(test_hints_with_faults);
    RUN(test_lists_in_several_lines);
    RUN(test_many_lines);
    arena_free(&arena);
    return test_end();
}
