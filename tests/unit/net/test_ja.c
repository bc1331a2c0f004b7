/* JA3 and JA4 of messages made by hand. Expected values: the examples that the authors of both
 * publish, and for the odd cases of JA4 its description. More cases: tests/hello_cases.mjs. */
#include "net/ja.h"

#include "base/crypto.h"
#include "net/hello_facts.h"
#include "tests/unit/net/hello_maker.h"
#include "tests/unit/test.h"

static struct hello hello;

static struct str ja3_of(struct maker *m)
{
    static char out[JA3_CHARS + 1];
    REQUIRE(hello_parse(&hello, make_end(m)) == ERR_OK);
    CHECK(ja3_write(out, &hello));
    return str_of(out);
}

static struct str ja4_of(struct maker *m)
{
    static char out[JA4_CHARS + 1];
    REQUIRE(hello_parse(&hello, make_end(m)) == ERR_OK);
    ja4_write(out, &hello, JA4_TCP);
    CHECK_INT(strlen(out), JA4_CHARS);
    return str_of(out);
}

static struct str part(struct str ja4, char which)
{
    return which == 'a' ? str_sub(ja4, 0, 10)
                        : which == 'b' ? str_sub(ja4, 11, 23) : str_sub(ja4, 24, 36);
}

/* The two examples in the README of salesforce/ja3. */
static void test_published_ja3(void)
{
    static const uint16_t first[] = { 47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4 };
    static const uint16_t second[] = { 4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99 };
    static const uint16_t groups[] = { 23, 24, 25 };
    char text[JA3_TEXT_BYTES_MAX];
    struct maker m = make_hello(769, first, COUNT_OF(first));
    make_extension(&m, 0, "", 0);
    make_numbers(&m, 10, 2, groups, COUNT_OF(groups));
    make_extension(&m, 11, "\1\0", 2);
    CHECK_STR(ja3_of(&m), STR("ada70206e40642a3e4461f35503241d5"));
    CHECK_STR(((struct str){ text, ja3_text(text, &hello) }),
              STR("769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0"));
    m = make_hello(769, second, COUNT_OF(second));
    make_end_without_extensions(&m);
    REQUIRE(hello_parse(&hello, make_end_without_extensions(&m)) == ERR_OK);
    CHECK_STR(((struct str){ text, ja3_text(text, &hello) }),
              STR("769,4-5-10-9-100-98-3-6-19-18-99,,,"));
    char hash[JA3_CHARS + 1];
    CHECK(ja3_write(hash, &hello));
    CHECK_STR(str_of(hash), STR("de350869b8c85de67a350c8d186f11e6"));
}

/* The example of JA4's description, here with GREASE strewn in, which must not count. */
static struct maker published_hello(void)
{
    static const uint16_t ciphers[] = { 0xdada, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f,
                                        0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014,
                                        0x009c, 0x009d, 0x002f, 0x0035 };
    static const uint16_t types[] = { 0x1a1a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469,
                                      0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012,
                                      0x002b, 0xff01, 0x000b, 0x000a, 0x0015, 0xcaca };
    static const uint16_t algorithms[] = { 0x0403, 0x0804, 0x0401, 0x0503,
                                           0x0805, 0x0501, 0x0806, 0x0601 };
    static const uint16_t versions[] = { 0xfafa, 0x0304, 0x0303 };
    static const uint16_t groups[] = { 0xbaba, 29, 23, 24 };
    struct maker m = make_hello(0x0303, ciphers, COUNT_OF(ciphers));
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        switch (types[i]) {
        case 0x000a: make_numbers(&m, 10, 2, groups, COUNT_OF(groups)); break;
        case 0x000b: make_extension(&m, 11, "\1\0", 2); break;
        case 0x000d: make_numbers(&m, 13, 2, algorithms, COUNT_OF(algorithms)); break;
        case 0x0010: make_alpn(&m, STR("\2h2\10http/1.1")); break;
        case 0x002b: make_numbers(&m, 43, 1, versions, COUNT_OF(versions)); break;
        case 0x0033: make_extension(&m, 51, "\0\5\xba\xba\0\1x", 7); break;
        default: make_extension(&m, types[i], "", 0); break;
        }
    }
    return m;
}

static void test_published_ja4(void)
{
    struct maker m = published_hello();
    CHECK_STR(ja4_of(&m), STR("t13d1516h2_8daaf6152771_e5627efa2ab1"));
    char quic[JA4_CHARS + 1];
    ja4_write(quic, &hello, JA4_QUIC);
    CHECK_STR(str_of(quic), STR("q13d1516h2_8daaf6152771_e5627efa2ab1"));
}

/* The order of ciphers and extensions makes another JA3 and the same JA4. */
static void test_order(void)
{
    static const uint16_t up[] = { 0x1301, 0x1302 }, down[] = { 0x1302, 0x1301 };
    struct maker a = make_hello(0x0303, up, 2), b = make_hello(0x0303, down, 2);
    make_extension(&a, 23, "", 0), make_extension(&a, 21, "", 0);
    make_extension(&b, 21, "", 0), make_extension(&b, 23, "", 0);
    char first[JA4_CHARS + 1], first_ja3[JA3_CHARS + 1];
    memcpy(first, ja4_of(&a).p, sizeof first);
    memcpy(first_ja3, ja3_of(&a).p, sizeof first_ja3);
    CHECK_STR(ja4_of(&b), str_of(first));
    CHECK(!str_eq(ja3_of(&b), str_of(first_ja3)));
}

/* The description: signature algorithms are not sorted. */
static void test_order_of_algorithms(void)
{
    struct maker a = make_hello(0x0303, NULL, 0), b = a;
    char first[JA4_CHARS + 1];
    make_numbers(&a, 13, 2, (uint16_t[]){ 0x0403, 0x0804 }, 2);
    make_numbers(&b, 13, 2, (uint16_t[]){ 0x0804, 0x0403 }, 2);
    memcpy(first, ja4_of(&a).p, sizeof first);
    CHECK(!str_eq(part(ja4_of(&b), 'c'), part(str_of(first), 'c')));
}

static void test_alpn(void)
{
    static const struct { const char *names; size_t n; const char *want; } examples[] = {
        { "\2h2", 3, "h2" },
        { "\10http/1.1\2h2", 12, "h1" },
        { "\1x", 2, "xx" },
        { "", 0, "00" },
        { "\0", 1, "00" },
        { "\1\xab", 2, "ab" }, /* from here on: the description's own examples */
        { "\2\xab\xcd", 3, "ad" },
        { "\2\x30\xab", 3, "3b" },
        { "\4\x30\x31\xab\xcd", 5, "3d" },
        { "\4\x30\xab\xcd\x31", 5, "01" },
        { "\2\x1a\x1a\2h2", 6, "h2" }, /* GREASE is passed over */
        { "\2\x1a\x1a", 3, "00" },
        { "\2\x7a\x7a", 3, "00" }, /* also where it looks like a name: "zz" */
    };
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct maker m = make_hello(0x0303, NULL, 0);
        make_alpn(&m, (struct str){ examples[i].names, examples[i].n });
        CHECK_STR(str_sub(ja4_of(&m), 8, 10), str_of(examples[i].want));
    }
}

static void test_versions(void)
{
    static const struct { uint16_t legacy, offered; const char *want; } examples[] = {
        { 0x0303, 0x0304, "13" }, { 0x0303, 0x0302, "11" }, { 0x0303, 0, "12" },
        { 0x0302, 0, "11" },      { 0x0301, 0, "10" },      { 0x0300, 0, "s3" },
        { 0x0002, 0, "s2" },      { 0x0305, 0, "00" },      { 0x0303, 0x7f17, "00" },
        { 0x0303, 0x1a1a, "00" }, /* GREASE alone */
    };
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct maker m = make_hello(examples[i].legacy, NULL, 0);
        uint16_t offered[] = { 0x8a8a, examples[i].offered };
        if (examples[i].offered) make_numbers(&m, 43, 1, offered, 2);
        CHECK_STR(str_sub(ja4_of(&m), 1, 3), str_of(examples[i].want));
    }
}

static void test_empty_lists(void)
{
    struct maker m = make_hello(0x0303, NULL, 0);
    CHECK_STR(ja4_of(&m), STR("t12i000000_000000000000_000000000000"));
    make_extension(&m, HELLO_SERVER_NAME, "", 0); /* counted, and nothing is left to hash */
    make_alpn(&m, STR("\2h2"));
    CHECK_STR(ja4_of(&m), STR("t12d0002h2_000000000000_000000000000"));
    m = make_hello(0x0303, (uint16_t[]){ 0x0a0a }, 1);
    make_extension(&m, 0x2a2a, "", 0);
    CHECK_STR(ja4_of(&m), STR("t12i000000_000000000000_000000000000"));
    /* extensions without algorithms end without an underscore: sha256("0017") */
    m = make_hello(0x0303, NULL, 0);
    make_extension(&m, 0x17, "", 0);
    struct str hashed = part(ja4_of(&m), 'c');
    uint8_t sum[SHA256_BYTES];
    char want[12];
    crypto_sha256(sum, STR("0017"));
    hex_encode(want, sum, 6);
    CHECK_STR(hashed, ((struct str){ want, sizeof want }));
}

/* Two digits for each count, however many there are; and the largest lists fit everywhere. */
static void test_largest(void)
{
    static uint16_t many[HELLO_CIPHERS_MAX], algorithms[HELLO_ALGORITHMS_MAX];
    for (size_t i = 0; i < COUNT_OF(many); i++) many[i] = (uint16_t)(0xffff - i);
    memset(algorithms, 0xff, sizeof algorithms);
    struct maker m = make_hello(0x0303, many, COUNT_OF(many));
    make_numbers(&m, 10, 2, many, HELLO_GROUPS_MAX);
    make_numbers(&m, 13, 2, algorithms, COUNT_OF(algorithms));
    for (unsigned i = 0; i < HELLO_EXTENSIONS_MAX - 2; i++)
        make_extension(&m, 0xffff - i, "", 0);
    CHECK_STR(part(ja4_of(&m), 'a'), STR("t12i999900"));
    CHECK_INT(ja3_of(&m).n, JA3_CHARS);
    struct maker few = make_hello(0x0303, many, 7);
    for (unsigned i = 0; i < 99; i++) make_extension(&few, 0xff00 - i, "", 0);
    CHECK_STR(part(ja4_of(&few), 'a'), STR("t12i079900"));
}

static void test_facts(void)
{
    struct hello_facts facts = { .known = false };
    struct maker m = published_hello();
    struct str message = make_end(&m);
    hello_facts_read(&facts, message);
    CHECK(facts.known && facts.has_grease && !facts.has_post_quantum);
    CHECK_STR(str_of(facts.ja4), STR("t13d1516h2_8daaf6152771_e5627efa2ab1"));
    CHECK_INT(strlen(facts.ja3), JA3_CHARS);
    CHECK_INT(facts.bytes, message.n);
    CHECK_STR(((struct str){ facts.alpn, facts.alpn_bytes }), STR("h2"));
}

static void test_facts_of_a_long_protocol_name(void)
{
    char name[1 + HELLO_ALPN_KEPT_BYTES_MAX + 1];
    memset(name, 'a', sizeof name);
    for (size_t more = 0; more < 2; more++) {
        struct hello_facts facts = { .known = false };
        struct maker m = make_hello(0x0303, NULL, 0);
        name[0] = (char)(HELLO_ALPN_KEPT_BYTES_MAX + more);
        make_alpn(&m, (struct str){ name, 1 + HELLO_ALPN_KEPT_BYTES_MAX + more });
        hello_facts_read(&facts, make_end(&m));
        CHECK(facts.known);
        CHECK_INT(facts.alpn_bytes, more ? 0 : HELLO_ALPN_KEPT_BYTES_MAX);
    }
}

static void test_facts_of_a_bad_hello(void)
{
    struct hello_facts facts = { .known = true };
    hello_facts_read(&facts, STR("\1\0\0\0"));
    CHECK(!facts.known && !facts.ja3[0] && !facts.ja4[0]);
}

int main(void)
{
    RUN(test_published_ja3);
    RUN(test_published_ja4);
    RUN(test_order);
    RUN(test_order_of_algorithms);
    RUN(test_alpn);
    RUN(test_versions);
    RUN(test_empty_lists);
    RUN(test_largest);
    RUN(test_facts);
    RUN(test_facts_of_a_long_protocol_name);
    RUN(test_facts_of_a_bad_hello);
    return test_end();
}
