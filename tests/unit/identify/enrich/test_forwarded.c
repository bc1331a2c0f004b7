#include "identify/enrich/forwarded.h"
#include "tests/unit/test.h"

static struct address parsed(const char *text)
{
    struct address a = { { 0 } };
    if (!address_parse(&a, str_of(text))) abort();
    return a;
}

/* Trusted: 10.0.0.0/8 and 2001:db8:f::/48. */
static struct forwarded found_by(const char *peer, struct forwarded_lines lines,
                                 enum forwarded_rule rule)
{
    struct networks trusted = { .count = 2 };
    struct address from = parsed(peer);
    struct forwarded out;
    if (!network_parse(&trusted.list[0], STR("10.0.0.0/8")) ||
        !network_parse(&trusted.list[1], STR("2001:db8:f::/48")))
        abort();
    forwarded_find(&out, &from, &lines, &trusted, rule);
    return out;
}

static struct str text_of(const struct address *a)
{
    static char text[2][ADDRESS_TEXT_BYTES];
    static unsigned turn;
    char *p = text[turn++ % 2];
    return (struct str){ p, address_print(p, a) };
}

static struct str client(const char *peer, const char *forwarded)
{
    struct forwarded_lines lines = { .x_for = str_of(forwarded) };
    struct forwarded out = found_by(peer, lines, FORWARDED_AUTO);
    return text_of(&out.client);
}

static void test_forwarded_for(void)
{
    static const struct { const char *peer, *forwarded, *want; } rows[] = {
        /* no proxy, or one that nobody trusts */
        { "203.0.113.7", "", "203.0.113.7" },
        { "203.0.113.7", "1.2.3.4", "203.0.113.7" },
        { "203.0.113.7", "10.0.0.1", "203.0.113.7" },
        { "::1", "1.2.3.4", "::1" },
        /* one trusted proxy: the last entry is its word, the others are the client's */
        { "10.0.0.1", "", "10.0.0.1" },
        { "10.0.0.1", "1.2.3.4", "1.2.3.4" },
        { "10.0.0.1", "9.9.9.9, 1.2.3.4", "1.2.3.4" },
        { "10.0.0.1", "9.9.9.9,8.8.8.8 ,\t1.2.3.4 ", "1.2.3.4" },
        { "10.0.0.1", "garbage, 1.2.3.4", "1.2.3.4" },
        { "10.0.0.1", "10.0.0.5, 1.2.3.4", "1.2.3.4" },
        /* a chain of them */
        { "10.0.0.1", "9.9.9.9, 1.2.3.4, 10.0.0.3, 10.0.0.2", "1.2.3.4" },
        { "10.0.0.1", "1.2.3.4, 2001:db8:f::5, 10.0.0.2", "1.2.3.4" },
        { "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3" }, /* all are ours: the first of them */
        /* garbage ends the walk at what was understood */
        { "10.0.0.1", "1.2.3.4, unknown, 10.0.0.2", "10.0.0.2" },
        { "10.0.0.1", "unknown", "10.0.0.1" },
        { "10.0.0.1", "1.2.3.4,", "10.0.0.1" },
        { "10.0.0.1", "1.2.3.4,,10.0.0.2", "10.0.0.2" },
        { "10.0.0.1", ",", "10.0.0.1" },
        { "10.0.0.1", ",1.2.3.4", "1.2.3.4" },
        { "10.0.0.1", "1.2.3.4;5", "10.0.0.1" },
        { "10.0.0.1", "\"1.2.3.4\"", "10.0.0.1" },
        /* ports and IPv6 */
        { "10.0.0.1", "1.2.3.4:8080", "1.2.3.4" },
        { "10.0.0.1", "[2001:db8::1]:443", "2001:db8::1" },
        { "10.0.0.1", "[2001:db8::1]", "2001:db8::1" },
        { "10.0.0.1", "2001:db8::1", "2001:db8::1" },
        { "10.0.0.1", "[2001:db8::1", "10.0.0.1" },
        { "10.0.0.1", "::ffff:1.2.3.4", "1.2.3.4" },
        { "10.0.0.1", "1.2.3.4, [2001:db8:f::9]:1, 10.0.0.2:99", "1.2.3.4" },
        { "2001:db8:f::1", "1.2.3.4", "1.2.3.4" },
        { "::ffff:10.0.0.1", "1.2.3.4", "1.2.3.4" },
        { "10.0.0.1", "::1%lo", "10.0.0.1" },
        { "10.0.0.1", "[]:80", "10.0.0.1" },
        { "10.0.0.1", ":80", "10.0.0.1" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str got = client(rows[i].peer, rows[i].forwarded);
        if (!str_eq(got, str_of(rows[i].want)))
            printf("# %s | %s\n", rows[i].peer, rows[i].forwarded);
        CHECK_STR(got, str_of(rows[i].want));
    }
}

static void test_long_lists(void)
{
    static char list[16000];
    size_t n = (size_t)snprintf(list, sizeof list, "1.2.3.4");
    while (n < sizeof list - 20) n += (size_t)snprintf(list + n, 20, ",10.0.0.2");
    CHECK_STR(client("10.0.0.1", list), STR("1.2.3.4"));
}

static struct str by_rfc7239(const char *peer, const char *list)
{
    struct forwarded_lines lines = { .rfc7239 = str_of(list) };
    struct forwarded out = found_by(peer, lines, FORWARDED_AUTO);
    return text_of(&out.client);
}

static void test_rfc7239(void)
{
    static const struct { const char *peer, *list, *want; } rows[] = {
        { "203.0.113.7", "for=1.2.3.4", "203.0.113.7" },
        { "10.0.0.1", "for=1.2.3.4", "1.2.3.4" },
        { "10.0.0.1", "For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17" },
        { "10.0.0.1", "for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60" },
        { "10.0.0.1", "for=192.0.2.43, for=198.51.100.17", "198.51.100.17" },
        { "10.0.0.1", "for=9.9.9.9, for=1.2.3.4;by=10.0.0.3 , for=\"10.0.0.2:99\"", "1.2.3.4" },
        { "10.0.0.1", "for=1.2.3.4, for=\"[2001:db8:f::1]\"", "1.2.3.4" },
        { "10.0.0.1", "for=\"1.2.3.4:80\"", "1.2.3.4" },
        { "10.0.0.1", "host=\"a,b\";for=1.2.3.4", "1.2.3.4" },
        { "10.0.0.1", ";;for=1.2.3.4;", "1.2.3.4" },
        /* hidden and unknown clients: the last address that was understood */
        { "10.0.0.1", "for=unknown", "10.0.0.1" },
        { "10.0.0.1", "for=1.2.3.4, for=_gazonk", "10.0.0.1" },
        { "10.0.0.1", "for=\"_SEVKISEK\", for=10.0.0.2", "10.0.0.2" },
        /* what a client writes in front changes nothing */
        { "10.0.0.1", "for=\"9.9.9.9, for=1.2.3.4", "1.2.3.4" },
        { "10.0.0.1", "\", for=1.2.3.4", "1.2.3.4" },
        { "10.0.0.1", "for=\"\\, for=\"[2001:db8::1]\"", "2001:db8::1" },
        /* faults */
        { "10.0.0.1", "for=1.2.3.4, by=x", "10.0.0.1" },
        { "10.0.0.1", "for=1.2.3.4;for=1.2.3.5", "10.0.0.1" },
        { "10.0.0.1", "for", "10.0.0.1" },
        { "10.0.0.1", "for=", "10.0.0.1" },
        { "10.0.0.1", "for=\"1.2.3.4", "10.0.0.1" },
        { "10.0.0.1", "for=\"1.2.\\3.4\"", "10.0.0.1" },
        { "10.0.0.1", "for=1.2.3.4,", "10.0.0.1" },
        { "10.0.0.1", "", "10.0.0.1" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str got = by_rfc7239(rows[i].peer, rows[i].list);
        if (!str_eq(got, str_of(rows[i].want))) printf("# %s | %s\n", rows[i].peer, rows[i].list);
        CHECK_STR(got, str_of(rows[i].want));
    }
}

static void test_rules(void)
{
    struct forwarded_lines both = { .x_for = STR("1.1.1.1"), .rfc7239 = STR("for=2.2.2.2") };
    struct forwarded f = found_by("10.0.0.1", both, FORWARDED_AUTO);
    CHECK(f.source == FORWARDED_BY_X && f.peer_trusted && !f.cut && f.hops == 1);
    CHECK_STR(text_of(&f.client), STR("1.1.1.1"));
    f = found_by("10.0.0.1", both, FORWARDED_RFC7239_ONLY);
    CHECK(f.source == FORWARDED_BY_RFC7239);
    CHECK_STR(text_of(&f.client), STR("2.2.2.2"));
    both.x_for = STR("");
    f = found_by("10.0.0.1", both, FORWARDED_X_ONLY);
    CHECK(f.source == FORWARDED_BY_NOBODY);
    CHECK_STR(text_of(&f.client), STR("10.0.0.1"));
    f = found_by("203.0.113.7", both, FORWARDED_AUTO);
    CHECK(f.source == FORWARDED_BY_NOBODY && !f.peer_trusted);
    enum forwarded_rule rule;
    CHECK(forwarded_rule_parse(&rule, NULL) && rule == FORWARDED_AUTO);
    CHECK(forwarded_rule_parse(&rule, "Forwarded") && rule == FORWARDED_RFC7239_ONLY);
    CHECK(forwarded_rule_parse(&rule, "x-forwarded-for") && rule == FORWARDED_X_ONLY);
    CHECK(!forwarded_rule_parse(&rule, "cf-connecting-ip"));
}

static void test_scheme(void)
{
    static const struct { const char *peer, *x_for, *proto, *rfc7239; int want; } rows[] = {
        { "203.0.113.7", "", "https", "", -1 }, /* nobody trusts it */
        { "10.0.0.1", "1.2.3.4", "", "", -1 },
        { "10.0.0.1", "1.2.3.4", "https", "", 1 },
        { "10.0.0.1", "1.2.3.4", "HTTP", "", 0 },
        { "10.0.0.1", "", "https", "", 1 },
        { "10.0.0.1", "1.2.3.4", "gopher", "", -1 },
        { "10.0.0.1", "1.2.3.4", "http, https", "", 1 },   /* the client's own, then the proxy's */
        { "10.0.0.1", "1.2.3.4, 10.0.0.2", "https,http", "", 1 }, /* one of each proxy */
        { "10.0.0.1", "1.2.3.4, 10.0.0.2", "https", "", 1 },
        { "10.0.0.1", "9.9.9.9, 1.2.3.4", "https,http", "", 0 },
        { "10.0.0.1", "", "", "for=1.2.3.4;proto=https", 1 },
        { "10.0.0.1", "", "", "for=9.9.9.9;proto=https, for=1.2.3.4;proto=http", 0 },
        { "10.0.0.1", "", "", "for=1.2.3.4;proto=https, for=10.0.0.2;proto=http", 1 },
        { "10.0.0.1", "", "", "for=_hidden;proto=https", 1 },
        { "10.0.0.1", "", "https", "for=1.2.3.4", 1 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct forwarded_lines lines = { .x_for = str_of(rows[i].x_for),
                                         .x_proto = str_of(rows[i].proto),
                                         .rfc7239 = str_of(rows[i].rfc7239) };
        struct forwarded f = found_by(rows[i].peer, lines, FORWARDED_AUTO);
        if (f.https != rows[i].want) printf("# row %zu\n", i);
        CHECK_INT(f.https, rows[i].want);
    }
}

int main(void)
{
    RUN(test_forwarded_for);
    RUN(test_long_lists);
    RUN(test_rfc7239);
    RUN(test_rules);
    RUN(test_scheme);
    return test_end();
}
