#include "base/str.h"
#include "tests/unit/test.h"

static void test_parts(void)
{
    struct str s = STR("hello");
    CHECK_STR(str_sub(s, 1, 3), STR("el"));
    CHECK_STR(str_sub(s, 3, SIZE_MAX), STR("lo"));
    CHECK_STR(str_sub(s, 9, 12), STR(""));
    CHECK_STR(str_sub(s, 4, 2), STR(""));
    CHECK_STR(str_sub((struct str){ NULL, 0 }, 1, 2), STR(""));
    CHECK(str_find_char(s, 'l', 0) == 2 && str_find_char(s, 'l', 3) == 3);
    CHECK(str_find_char(s, 'l', 4) == SIZE_MAX && str_find_char(s, 'x', 0) == SIZE_MAX);
    CHECK(str_find_char((struct str){ NULL, 0 }, 'x', 0) == SIZE_MAX);
    CHECK(str_starts(s, STR("hell")) && !str_starts(s, STR("hello!")) && str_starts(s, STR("")));
    CHECK(str_ends(s, STR("lo")) && !str_ends(s, STR("hel")) && str_ends(STR(""), STR("")));
    CHECK(str_eq((struct str){ NULL, 0 }, STR("")) && !str_eq(STR("a"), STR("A")));
    CHECK(str_eq_nocase(STR("Content-Type"), STR("content-type")));
    CHECK(!str_eq_nocase(STR("a"), STR("ab")));
    CHECK(str_has(s, STR("ell")) && str_has(s, STR("")) && !str_has(s, STR("hello!")));
}

static void test_bytes_beyond_text(void)
{
    CHECK(str_eq(STR("a\0b"), STR("a\0b")) && !str_eq(STR("a\0b"), STR("a\0c")));
    CHECK(str_find_char(STR("a\0b"), 'b', 0) == 2);
    CHECK(str_has(STR("x\0y\xff"), STR("\0y\xff")));
}

static void test_trim(void)
{
    CHECK_STR(str_trim(STR(" \t a b\t ")), STR("a b"));
    CHECK_STR(str_trim(STR(" \t ")), STR(""));
    CHECK_STR(str_trim(STR("")), STR(""));
    CHECK_STR(str_trim(STR("\na\n")), STR("\na\n"));
    CHECK_STR(str_trim((struct str){ NULL, 0 }), STR(""));
}

static size_t split(const char *text, struct str *parts)
{
    struct str rest = str_of(text);
    size_t count = 0;
    while (count < 8 && str_split(&rest, ',', &parts[count])) count++;
    return count;
}

static void test_split(void)
{
    struct str p[8];
    CHECK_INT(split("a,,b", p), 3);
    CHECK_STR(p[0], STR("a"));
    CHECK_STR(p[1], STR(""));
    CHECK_STR(p[2], STR("b"));
    CHECK_INT(split("a,", p), 2);
    CHECK_STR(p[1], STR(""));
    CHECK_INT(split(",a", p), 2);
    CHECK_INT(split("", p), 1);
    CHECK_STR(p[0], STR(""));
    CHECK_INT(split("one", p), 1);
    CHECK_INT(split(NULL, p), 0);
}

static void test_unsigned(void)
{
    static const char *const bad[] = { "", "-1", "+1", " 1", "1 ", "1.0", "0x1", "a",
                                       "18446744073709551616", "99999999999999999999",
                                       "184467440737095516150", "000000000000000000001" };
    uint64_t v = 7;
    for (size_t i = 0; i < COUNT_OF(bad); i++) CHECK(!str_to_u64(str_of(bad[i]), &v));
    CHECK(!str_to_u64(STR("1\0"), &v));
    CHECK(!str_to_u64((struct str){ NULL, 0 }, &v));
    CHECK(v == 7); /* untouched by failures */
    CHECK(str_to_u64(STR("0"), &v) && v == 0);
    CHECK(str_to_u64(STR("00000000000000000042"), &v) && v == 42);
    CHECK(str_to_u64(STR("18446744073709551615"), &v) && v == UINT64_MAX);
}

static void test_signed(void)
{
    static const char *const bad[] = { "", "-", "--1", "+1", "1-", "9223372036854775808",
                                       "-9223372036854775809", "-99999999999999999999" };
    int64_t v = 7;
    for (size_t i = 0; i < COUNT_OF(bad); i++) CHECK(!str_to_i64(str_of(bad[i]), &v));
    CHECK(v == 7);
    CHECK(str_to_i64(STR("9223372036854775807"), &v) && v == INT64_MAX);
    CHECK(str_to_i64(STR("-9223372036854775807"), &v) && v == -INT64_MAX);
    CHECK(str_to_i64(STR("-9223372036854775808"), &v) && v == INT64_MIN);
    CHECK(str_to_i64(STR("-0"), &v) && v == 0);
}

/* These are on disks. If one changes, data of earlier versions is lost. */
static void test_hash_is_the_same_for_ever(void)
{
    static const char text[] =
        "the quick brown fox jumps over the lazy dog, twice, and then once more.";
    static const struct { size_t n; uint64_t seed, want; } rows[] = {
        { 0, 0, 0xb85bef2e72559eec },
        { 0, 1, 0xb6ce99a6f25129f9 },
        { 1, 0, 0x9a4ee319fa04b7db },
        { 3, 0, 0xabbc274e6ba6b83c },
        { 7, 0, 0x8d56c167212ff8ef },
        { 8, 0, 0x348a441c540715e6 },
        { 9, 0, 0x546d482ed8382e50 },
        { 15, 0, 0x4498853997d069d7 },
        { 16, 0, 0x810fc5bc73d66ebf },
        { 17, 2, 0x9bed0b46b16cdfe5 },
        { 24, 0, 0x92696a4dc8814e03 },
        { 31, 0, 0xb20f004b6becf2df },
        { 32, 0, 0x0306f7c6b7a6d50c },
        { 33, 0, 0x3b09a87680f96ed0 },
        { 63, 3, 0x6aad6de07747eeb1 },
        { 64, 0, 0x7dba9b27928d0a6d },
        { 71, 0, 0xbd93b5d2ce386588 },
        { 71, 1936613744, 0x26568eff800f25ac },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t got = str_hash((struct str){ text, rows[i].n }, rows[i].seed);
        CHECK(got == rows[i].want);
    }
    CHECK(str_hash((struct str){ NULL, 0 }, 3) == str_hash(STR(""), 3));
}

/* Regression: with seed 0 the first version told texts of up to 7 bytes apart by their length only.
 * */
static void test_hash_of_short_text(void)
{
    CHECK(str_hash(STR("Windows"), 0) != str_hash(STR("Android"), 0));
    for (unsigned a = 0; a < 256; a++)
        for (unsigned b = 0; b < a; b++) {
            char x = (char)a, y = (char)b;
            CHECK(str_hash((struct str){ &x, 1 }, 0) != str_hash((struct str){ &y, 1 }, 0));
        }
}

/* Each bit of the input, its length and the seed change the hash; no two of these are equal. */
static void test_hash_tells_apart(void)
{
    enum { BYTES = 80 };
    static uint64_t seen[BYTES * 8 + 2 * BYTES];
    char text[BYTES] = { 0 };
    size_t count = 0;
    for (size_t bit = 0; bit < sizeof text * 8; bit++) {
        text[bit / 8] = (char)(1u << bit % 8);
        seen[count++] = str_hash((struct str){ text, sizeof text }, 0);
        text[bit / 8] = 0;
    }
    for (size_t n = 0; n < sizeof text; n++) {
        seen[count++] = str_hash((struct str){ text, n }, 0);
        seen[count++] = str_hash((struct str){ text, n }, 1);
    }
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++) CHECK(seen[i] != seen[k]);
}

/* Eight digits are read at a time: every byte at every place among them. */
static void test_hex_of_every_byte(void)
{
    for (unsigned place = 0; place < 10; place++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            char text[10] = { '0', '9', 'a', 'f', '3', 'c', '7', 'e', '5', 'b' };
            uint8_t raw[5];
            char back[10];
            text[place] = (char)byte;
            bool digit = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');
            CHECK(hex_decode(raw, (struct str){ text, sizeof text }) == digit);
            if (!digit) continue;
            hex_encode(back, raw, sizeof raw);
            CHECK(memcmp(text, back, sizeof text) == 0);
        }
    }
}

static void test_hex(void)
{
    uint8_t raw[4] = { 0, 0x0f, 0xa0, 0xff }, back[4];
    char text[8];
    hex_encode(text, raw, sizeof raw);
    CHECK_STR(((struct str){ text, 8 }), STR("000fa0ff"));
    CHECK(hex_decode(back, STR("000fa0ff")) && memcmp(raw, back, 4) == 0);
    CHECK(hex_decode(back, STR("")));
    CHECK(!hex_decode(back, STR("0")) && !hex_decode(back, STR("0g")) &&
          !hex_decode(back, STR("AA")));
    CHECK(!hex_decode(back, STR("/0")) && !hex_decode(back, STR(":0")) &&
          !hex_decode(back, STR("`0")));
}

static void test_base64url_known(void)
{
    static const struct { const char *plain, *text; } rows[] = { /* RFC 4648, section 10 */
        { "", "" }, { "f", "Zg" }, { "fo", "Zm8" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg" },
        { "fooba", "Zm9vYmE" }, { "foobar", "Zm9vYmFy" }, { "\xfb\xff\xbf", "-_-_" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[16];
        uint8_t back[8];
        size_t n = strlen(rows[i].plain);
        size_t length = base64url_encode(text, (const uint8_t *)rows[i].plain, n);
        CHECK_STR(((struct str){ text, length }), str_of(rows[i].text));
        CHECK(base64url_decode(back, sizeof back, str_of(rows[i].text)) == n);
        CHECK(memcmp(back, rows[i].plain, n) == 0);
    }
}

/* One text per value: a token cannot be respelled. */
static void test_base64url_is_canonical(void)
{
    static const char *const bad[] = { "Zg==",  "Zg=", "Zh",    "Zm9",  "Zm9vYmF", "Z",
                                       "Zm9vY", "Z g", "Zm8\n", "+/+/", "Zg.",     "\303\244aa" };
    uint8_t out[16];
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CHECK(base64url_decode(out, sizeof out, str_of(bad[i])) == SIZE_MAX);
    CHECK(base64url_decode(out, sizeof out, STR("Zm9v\0AAA")) == SIZE_MAX);
    CHECK(base64url_decode(out, 2, STR("Zm9v")) == SIZE_MAX);
    CHECK(base64url_decode(out, 3, STR("Zm9v")) == 3);
    size_t accepted = 0;
    for (unsigned a = 0; a < 256; a++)
        for (unsigned b = 0; b < 256; b++) {
            char text[2] = { (char)a, (char)b };
            accepted += base64url_decode(out, sizeof out, (struct str){ text, 2 }) == 1;
        }
    CHECK_INT(accepted, 256);
}

int main(void)
{
    RUN(test_parts);
    RUN(test_bytes_beyond_text);
    RUN(test_trim);
    RUN(test_split);
    RUN(test_unsigned);
    RUN(test_signed);
    RUN(test_hash_is_the_same_for_ever);
    RUN(test_hash_of_short_text);
    RUN(test_hash_tells_apart);
    RUN(test_hex);
    RUN(test_hex_of_every_byte);
    RUN(test_base64url_known);
    RUN(test_base64url_is_canonical);
    return test_end();
}
