/* Reading ClientHellos: what is found in right ones, and that nothing else is taken for one. */
#include "net/hello.h"

#include "tests/unit/net/hello_maker.h"
#include "tests/unit/test.h"

static struct hello hello;
static const uint16_t ciphers[] = { 0x4a4a, 0x1301, 0x1302, 0xc02b };
static const uint16_t groups[] = { 0x11ec, 29, 23 };
static const uint16_t algorithms[] = { 0x0403, 0x0804 };
static const uint16_t versions[] = { 0x5a5a, 0x0304, 0x0303 };

/* One of everything, at its usual place. */
static struct maker full_hello(void)
{
    struct maker m = make_hello(0x0303, ciphers, COUNT_OF(ciphers));
    make_extension(&m, HELLO_SERVER_NAME, "\0\x0c\0\0\x09localhost", 14);
    make_extension(&m, 23, "", 0);
    make_numbers(&m, HELLO_SUPPORTED_GROUPS, 2, groups, COUNT_OF(groups));
    make_extension(&m, HELLO_POINT_FORMATS, "\2\0\1", 3);
    make_numbers(&m, HELLO_SIGNATURE_ALGORITHMS, 2, algorithms, COUNT_OF(algorithms));
    make_alpn(&m, STR("\2h2\10http/1.1"));
    make_numbers(&m, HELLO_SUPPORTED_VERSIONS, 1, versions, COUNT_OF(versions));
    make_extension(&m, HELLO_KEY_SHARE, "\0\x0b\0\x1d\0\2ab\0\x17\0\1c", 13);
    make_extension(&m, 0xff01, "\0", 1);
    return m;
}

static void check_numbers(const uint16_t *got, size_t got_count, const uint16_t *want,
                          size_t want_count)
{
    CHECK_INT(got_count, want_count);
    for (size_t i = 0; i < want_count && i < got_count; i++) CHECK_INT(got[i], want[i]);
}

static void test_everything_is_found(void)
{
    static const uint16_t types[] = { 0, 23, 10, 11, 13, 16, 43, 51, 0xff01 };
    static const uint16_t keys[] = { 29, 23 };
    struct maker m = full_hello();
    struct str message = make_end(&m);
    REQUIRE(hello_parse(&hello, message) == ERR_OK);
    CHECK_INT(hello.version, 0x0303);
    CHECK_INT(hello.bytes, message.n);
    CHECK(hello.server_name);
    check_numbers(hello.ciphers, hello.ciphers_count, ciphers, COUNT_OF(ciphers));
    check_numbers(hello.extensions, hello.extensions_count, types, COUNT_OF(types));
    check_numbers(hello.groups, hello.groups_count, groups, COUNT_OF(groups));
    check_numbers(hello.algorithms, hello.algorithms_count, algorithms, COUNT_OF(algorithms));
    check_numbers(hello.versions, hello.versions_count, versions, COUNT_OF(versions));
    check_numbers(hello.key_shares, hello.key_shares_count, keys, COUNT_OF(keys));
    CHECK_INT(hello.point_formats_count, 2);
    CHECK_INT(hello.point_formats[1], 1);
    REQUIRE(hello.alpn_count == 2);
    CHECK_STR(hello.alpn[0], STR("h2"));
    CHECK_STR(hello.alpn[1], STR("http/1.1"));
}

static void test_no_extensions(void)
{
    struct maker m = make_hello(0x0301, ciphers, 2);
    CHECK_INT(hello_parse(&hello, make_end_without_extensions(&m)), ERR_OK);
    CHECK_INT(hello.extensions_count, 0);
    CHECK(!hello.server_name);
    m = make_hello(0x0301, ciphers, 0);
    CHECK_INT(hello_parse(&hello, make_end(&m)), ERR_OK); /* there, and empty */
    CHECK_INT(hello.ciphers_count, 0);
}

/* Counts of an earlier hello do not shine through. */
static void test_again(void)
{
    struct maker m = full_hello();
    CHECK_INT(hello_parse(&hello, make_end(&m)), ERR_OK);
    m = make_hello(0x0301, ciphers, 1);
    CHECK_INT(hello_parse(&hello, make_end(&m)), ERR_OK);
    CHECK_INT(hello.ciphers_count, 1);
    CHECK_INT(hello.extensions_count + hello.groups_count + hello.alpn_count +
                  hello.versions_count + hello.key_shares_count + hello.point_formats_count +
                  hello.algorithms_count,
              0);
    CHECK(!hello.server_name);
}

static void test_every_cut_is_malformed(void)
{
    struct maker m = full_hello();
    struct str message = make_end(&m);
    for (size_t n = 0; n < message.n; n++) {
        char *copy = malloc(n + 1); /* so that a reader beyond the end is seen */
        memcpy(copy, message.p, n);
        CHECK_INT(hello_parse(&hello, (struct str){ copy, n }), ERR_MALFORMED);
        if (n >= 4) { /* the same with a length that fits */
            copy[2] = (char)((n - 4) >> 8), copy[3] = (char)(n - 4);
            bool before_extensions = n == m.extensions_at;
            CHECK_INT(hello_parse(&hello, (struct str){ copy, n }),
                      before_extensions ? ERR_OK : ERR_MALFORMED);
        }
        free(copy);
    }
}

static void test_left_over_bytes(void)
{
    struct maker m = full_hello();
    struct str message = make_end(&m);
    make_u8(&m, 0);
    CHECK_INT(hello_parse(&hello, (struct str){ message.p, m.n }), ERR_MALFORMED);
    m.p[3]++; /* behind the extensions, and counted */
    CHECK_INT(hello_parse(&hello, (struct str){ message.p, m.n }), ERR_MALFORMED);
}

static void test_another_message(void)
{
    struct maker m = full_hello();
    struct str message = make_end(&m);
    m.p[0] = 2; /* ServerHello */
    CHECK_INT(hello_parse(&hello, message), ERR_MALFORMED);
}

static void test_bad_extension_bodies(void)
{
    static const struct { unsigned type; const char *body; size_t n; } examples[] = {
        { HELLO_SUPPORTED_GROUPS, "", 0 },
        { HELLO_SUPPORTED_GROUPS, "\0\3\0\x1d\0", 5 },      /* half a number */
        { HELLO_SUPPORTED_GROUPS, "\0\4\0\x1d", 4 },        /* longer than it is */
        { HELLO_SUPPORTED_GROUPS, "\0\2\0\x1d\0", 5 },      /* shorter */
        { HELLO_POINT_FORMATS, "\2\0", 2 },
        { HELLO_SIGNATURE_ALGORITHMS, "\0\1\4", 3 },
        { HELLO_ALPN, "\0\3\3h2", 5 },
        { HELLO_ALPN, "\0\3\2h2\0", 6 },
        { HELLO_SUPPORTED_VERSIONS, "\1\3", 2 },
        { HELLO_KEY_SHARE, "\0\5\0\x1d\0\2a", 7 },
    };
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct maker m = make_hello(0x0303, ciphers, 1);
        make_extension(&m, examples[i].type, examples[i].body, examples[i].n);
        CHECK_INT(hello_parse(&hello, make_end(&m)), ERR_MALFORMED);
    }
}

static void test_extensions_twice(void)
{
    struct maker m = make_hello(0x0303, ciphers, 1);
    make_numbers(&m, HELLO_SUPPORTED_GROUPS, 2, groups, 1);
    make_numbers(&m, HELLO_SUPPORTED_GROUPS, 2, groups, 2);
    CHECK_INT(hello_parse(&hello, make_end(&m)), ERR_MALFORMED);
    m = make_hello(0x0303, ciphers, 1);
    make_extension(&m, 0x1a1a, "", 0);
    make_extension(&m, 0x1a1a, "", 0); /* of no interest: counted as sent */
    CHECK_INT(hello_parse(&hello, make_end(&m)), ERR_OK);
    CHECK_INT(hello.extensions_count, 2);
}

static uint16_t many[HELLO_BYTES_MAX];

/* Each limit: the last good number, and one more. */
static void test_limits(void)
{
    static const struct { unsigned type; size_t length_bytes, max; } lists[] = {
        { HELLO_SUPPORTED_GROUPS, 2, HELLO_GROUPS_MAX },
        { HELLO_SIGNATURE_ALGORITHMS, 2, HELLO_ALGORITHMS_MAX },
    };
    for (size_t i = 0; i < COUNT_OF(lists); i++)
        for (size_t more = 0; more < 2; more++) {
            struct maker m = make_hello(0x0303, ciphers, 1);
            make_numbers(&m, lists[i].type, lists[i].length_bytes, many, lists[i].max + more);
            CHECK_INT(hello_parse(&hello, make_end(&m)), more ? ERR_MALFORMED : ERR_OK);
        }
    for (size_t more = 0; more < 2; more++) {
        enum err want = more ? ERR_MALFORMED : ERR_OK;
        struct maker m = make_hello(0x0303, many, HELLO_CIPHERS_MAX + more);
        CHECK_INT(hello_parse(&hello, make_end(&m)), want);
        m = make_hello(0x0303, ciphers, 1);
        for (unsigned i = 0; i < HELLO_EXTENSIONS_MAX + more; i++)
            make_extension(&m, 1000 + i, "", 0);
        CHECK_INT(hello_parse(&hello, make_end(&m)), want);
        m = make_hello(0x0303, ciphers, 1);
        char names[2 * (HELLO_ALPN_MAX + 1)];
        memset(names, 1, sizeof names);
        make_alpn(&m, (struct str){ names, 2 * (HELLO_ALPN_MAX + more) });
        CHECK_INT(hello_parse(&hello, make_end(&m)), want);
        m = make_hello(0x0303, ciphers, 1);
        char keys[2 + 4 * (HELLO_KEY_SHARES_MAX + 1)] = { 0 };
        keys[1] = (char)(4 * (HELLO_KEY_SHARES_MAX + more));
        make_extension(&m, HELLO_KEY_SHARE, keys, 2 + 4 * (HELLO_KEY_SHARES_MAX + more));
        CHECK_INT(hello_parse(&hello, make_end(&m)), want);
    }
}

static void test_size(void)
{
    for (size_t more = 0; more < 2; more++) {
        struct maker m = make_hello(0x0303, ciphers, 1);
        make_extension(&m, 21, many, HELLO_BYTES_MAX - m.n - 4 + more); /* padding */
        struct str message = make_end(&m);
        CHECK_INT(message.n, HELLO_BYTES_MAX + more);
        CHECK_INT(hello_parse(&hello, message), more ? ERR_MALFORMED : ERR_OK);
    }
}

/* RFC 8701 2: sixteen values, and nothing that only looks like them. */
static void test_grease_values(void)
{
    unsigned found = 0;
    for (unsigned value = 0; value <= 0xffff; value++) found += hello_is_grease((uint16_t)value);
    CHECK_INT(found, 16);
    CHECK(hello_is_grease(0x0a0a) && hello_is_grease(0xfafa));
    CHECK(!hello_is_grease(0x0a1a) && !hello_is_grease(0x1301));
    CHECK(hello_is_grease_name(STR("\x8a\x8a")) && !hello_is_grease_name(STR("h2")));
    CHECK(!hello_is_grease_name(STR("\x8a\x8a\x8a")) && !hello_is_grease_name(STR("")));
}

static void test_has_grease(void)
{
    static const uint16_t grease[] = { 29, 0x3a3a };
    struct maker m = make_hello(0x0303, groups, 2);
    make_extension(&m, 23, "", 0);
    REQUIRE(hello_parse(&hello, make_end(&m)) == ERR_OK);
    CHECK(!hello_has_grease(&hello));
    for (int place = 0; place < 7; place++) {
        m = make_hello(0x0303, place == 0 ? grease : groups, 2);
        if (place == 1) make_extension(&m, 0x3a3a, "", 0);
        if (place == 2) make_numbers(&m, HELLO_SUPPORTED_GROUPS, 2, grease, 2);
        if (place == 3) make_numbers(&m, HELLO_SIGNATURE_ALGORITHMS, 2, grease, 2);
        if (place == 4) make_numbers(&m, HELLO_SUPPORTED_VERSIONS, 1, grease, 2);
        if (place == 5) make_extension(&m, HELLO_KEY_SHARE, "\0\5\x3a\x3a\0\1a", 7);
        if (place == 6) make_alpn(&m, STR("\2\x3a\x3a"));
        REQUIRE(hello_parse(&hello, make_end(&m)) == ERR_OK);
        CHECK(hello_has_grease(&hello));
    }
}

static void test_post_quantum(void)
{
    static const uint16_t quantum[] = { 0x0200, 0x0202, 0x11eb, 0x11ec, 0x11ed,
                                        0x4138, 0x6399, 0x639a, 0xfe31 };
    static const uint16_t classical[] = { 29, 30, 23, 24, 25, 256, 0x0a0a };
    for (size_t i = 0; i < COUNT_OF(quantum); i++) {
        struct maker m = make_hello(0x0303, ciphers, 1);
        make_numbers(&m, HELLO_SUPPORTED_GROUPS, 2, (uint16_t[]){ 29, quantum[i] }, 2);
        REQUIRE(hello_parse(&hello, make_end(&m)) == ERR_OK);
        CHECK(hello_has_post_quantum(&hello));
    }
    struct maker m = make_hello(0x0303, quantum, COUNT_OF(quantum)); /* ciphers: other numbers */
    make_numbers(&m, HELLO_SUPPORTED_GROUPS, 2, classical, COUNT_OF(classical));
    REQUIRE(hello_parse(&hello, make_end(&m)) == ERR_OK);
    CHECK(!hello_has_post_quantum(&hello));
}

int main(void)
{
    for (size_t i = 0; i < COUNT_OF(many); i++) many[i] = (uint16_t)i;
    RUN(test_everything_is_found);
    RUN(test_no_extensions);
    RUN(test_again);
    RUN(test_every_cut_is_malformed);
    RUN(test_left_over_bytes);
    RUN(test_another_message);
    RUN(test_bad_extension_bodies);
    RUN(test_extensions_twice);
    RUN(test_limits);
    RUN(test_size);
    RUN(test_grease_values);
    RUN(test_has_grease);
    RUN(test_post_quantum);
    return test_end();
}
