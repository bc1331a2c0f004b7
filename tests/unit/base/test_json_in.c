#include "base/json_in.h"
#include "base/limits.h"
#include "tests/unit/test.h"

#include <math.h>

static struct json_parser *parser;
static char *copy; /* exactly as long as json_parse may read: AddressSanitizer sees one byte more */

static enum err parse(struct str text, struct json *root)
{
    free(copy);
    copy = malloc(text.n + JSON_PADDING);
    if (!copy) abort();
    if (text.n) memcpy(copy, text.p, text.n);
    memset(copy + text.n, 'x', JSON_PADDING); /* the padding's content does not matter */
    return json_parse(parser, (struct str){ copy, text.n }, root);
}

static bool accepted(const char *text)
{
    struct json root;
    return parse(str_of(text), &root) == ERR_OK;
}

static struct json parsed(const char *text)
{
    struct json root;
    if (parse(str_of(text), &root)) {
        printf("# refused: %.60s\n", text);
        test_failed_checks++;
        if (json_parse(parser,
                       STR("0"
                           "                                                                "),
                       &root))
            abort();
    }
    return root;
}

static double number(const char *text)
{
    double d = -1;
    CHECK(json_double(parsed(text), &d));
    return d;
}

static struct str string(const char *text)
{
    struct str s = { "", 0 };
    CHECK(json_str(parsed(text), &s));
    return s;
}

static void test_types(void)
{
    static const struct { const char *text; enum json_type type; } rows[] = {
        { "null", JSON_NULL },
        { "true", JSON_TRUE },
        { "false", JSON_FALSE },
        { "1", JSON_INT },
        { "-5", JSON_INT },
        { "9223372036854775807", JSON_INT },
        { "9223372036854775808", JSON_UINT },
        { "1.0", JSON_DOUBLE },
        { "\"\"", JSON_STRING },
        { "[]", JSON_ARRAY },
        { "{}", JSON_OBJECT },
        { " \t\r\n 7 \n", JSON_INT },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_INT(json_type(parsed(rows[i].text)), rows[i].type);
}

static void test_wrong_types_leave_out_untouched(void)
{
    struct str s = STR("kept");
    bool b = true;
    double d = 7;
    int64_t i = 8;
    struct json v = parsed("{\"n\":null}"), member = { 0 };
    CHECK(!json_str(v, &s) && !json_bool(v, &b) && !json_double(v, &d) && !json_i64(v, &i));
    CHECK(str_eq(s, STR("kept")) && b && d == 7 && i == 8);
    CHECK(!json_get(parsed("[1]"), STR("0"), &member) && !json_get(parsed("3"), STR("a"), &member));
    struct json_each it = json_each(parsed("\"text\""));
    CHECK(!json_next(&it));
    it = json_each(parsed("{}"));
    CHECK(!json_next(&it));
}

static void test_walk(void)
{
    struct json root = parsed("{\"a\":[1,[2,{\"x\":3}],\"s\",null,2.5],\"b\":{},\"c\":true}"), v;
    const char *const keys[] = { "a", "b", "c" };
    size_t n = 0;
    for (struct json_each it = json_each(root); json_next(&it); n++)
        CHECK_STR(it.key, str_of(keys[n]));
    CHECK_INT(n, 3);
    CHECK(json_get(root, STR("a"), &v));
    n = 0;
    for (struct json_each it = json_each(v); json_next(&it); n++) CHECK(it.key.n == 0);
    CHECK_INT(n, 5);
    CHECK(json_get(root, STR("c"), &v) && json_type(v) == JSON_TRUE);
    CHECK(!json_get(root, STR("d"), &v) && !json_get(root, STR(""), &v));
}

static void test_last_duplicate_counts(void)
{
    struct json v;
    int64_t i = 0;
    CHECK(json_get(parsed("{\"a\":1,\"b\":2,\"a\":3}"), STR("a"), &v) && json_i64(v, &i) && i == 3);
    CHECK(json_get(parsed("{\"a\":{\"x\":1},\"\\u0061\":null}"), STR("a"), &v));
    CHECK(json_type(v) == JSON_NULL); /* the same key, spelt otherwise */
}

static void test_strings(void)
{
    CHECK_STR(string("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\u20AC\""),
              STR("\"\\/\b\f\n\r\t\xc3\xa4\xe2\x82\xac"));
    CHECK_STR(string("\"\\ud83d\\ude00\""), STR("\xf0\x9f\x98\x80"));
    CHECK_STR(string("\"a\\u0000b\""), STR("a\0b"));
    CHECK_STR(string("\"\x7f\xf4\x8f\xbf\xbf\""), STR("\x7f\xf4\x8f\xbf\xbf"));
}

/* JSON.stringify escapes them since ES2019; older browsers' texts come through too. */
static void test_lone_surrogates(void)
{
#define R "\xef\xbf\xbd"
    CHECK_STR(string("\"\\ud800\""), STR(R));
    CHECK_STR(string("\"a\\uDFFFb\""), STR("a" R "b"));
    CHECK_STR(string("\"\\ud800\\ud800\\udc00\""), STR(R "\xf0\x90\x80\x80"));
    CHECK_STR(string("\"\\udc00\\ud800\""), STR(R R));
    CHECK_STR(string("\"\\ud800\\n\""), STR(R "\n"));
    CHECK_STR(string("\"\\ud800\\u0041\""), STR(R "A"));
    CHECK_STR(string("\"\\\\ud800\\ud800\""), STR("\\ud800" R)); /* an escaped backslash first */
    CHECK_STR(string("\"\\ud800x\\ud83d\\ude00\""), STR(R "x\xf0\x9f\x98\x80"));
    struct json v;
    struct json root = parsed("{\"\\udead\":1e400,\"b\":12345678901234567890123,\"c\":\"ok\"}");
    CHECK(json_get(root, STR(R), &v) && json_get(root, STR("b"), &v) &&
          json_get(root, STR("c"), &v));
#undef R
}

static void test_numbers(void)
{
    CHECK(number("0") == 0 && number("-0") == 0 && number("0.1") == 0.1 &&
          number("1e308") == 1e308);
    CHECK(number("1.7976931348623157e308") == 1.7976931348623157e308);
    CHECK(number("5e-324") == 5e-324 && number("1e-400") == 0 && number("123E+2") == 12300);
    CHECK(number("9223372036854775807") == 9223372036854775807.0);
    CHECK(number("-9223372036854775808") == -9223372036854775808.0);
    CHECK(number("18446744073709551615") == 18446744073709551615.0);
    CHECK(number("0.1000000000000000055511151231257827021181583404541015625") == 0.1);
}

/* Those that a 64-bit parser has no place for: the nearest double there is. */
static void test_numbers_out_of_range(void)
{
    static char digits[502];
    const double max = 1.7976931348623157e308;
    CHECK(number("18446744073709551616") == 18446744073709551616.0);
    CHECK(number("-9223372036854775809") == -9223372036854775808.0);
    CHECK(number("123456789012345680000") == 123456789012345680000.0);
    CHECK(number("1e400") == max && number("-1e400") == -max && number("1E+9999") == max);
    CHECK(number("-1.5e999") == -max && number("1.8e308") == max);
    memset(digits, '9', 500);
    CHECK(number(digits) == max);
    memset(digits + 1, '0', 499), digits[0] = '0', digits[1] = '.', digits[499] = '1';
    CHECK(number(digits) == 0);
    struct json_each it = json_each(parsed("[1e400,[18446744073709551616],\"1e400\",-1e400]"));
    CHECK(json_next(&it) && json_next(&it) && json_next(&it) && json_type(it.value) == JSON_STRING);
    CHECK(json_next(&it) && !json_next(&it));
}

/* Regression: one number out of range took the last digits of the others that just fit. */
static void test_repair_leaves_other_numbers(void)
{
    static const char *const texts[] = { "9223372036854675807", "-9223372036854775808",
                                         "18446744073709551615", "1234567890123456789" };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        char text[64];
        snprintf(text, sizeof text, "[%s,1e400]", texts[i]);
        enum json_type alone = json_type(parsed(texts[i]));
        struct json_each it = json_each(parsed(text));
        CHECK(json_next(&it) && json_type(it.value) == alone);
    }
}

/* Regression: a malformed number that begins like one out of range was made a good one. */
static void test_malformed_numbers_stay_wrong(void)
{
    static const char *const bad[] = {
        "01",
        "-",
        "+1",
        "1.",
        ".5",
        "1e",
        "1e+",
        "--1",
        "1-2",
        "0x10",
        "1e400-5",
        "1e400.5",
        "01e400",
        "1.e400",
        "1e400e1",
        "-01e400",
        "1e400+",
        "123456789012345678901-",
        "00000000000000000000",
        "012345678901234567890",
        "-00000000000000000001",
        "12345678901234567890.e",
        "1e999-",
        "1..e999",
        "NaN",
        "Infinity",
        "-Infinity",
        "1_000",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        char text[64];
        CHECK_STR(str_of(accepted(bad[i]) ? bad[i] : ""), STR(""));
        snprintf(text, sizeof text, "[\"\\ud800\",%s]", bad[i]); /* repaired for another reason */
        CHECK_STR(str_of(accepted(text) ? text : ""), STR(""));
    }
}

static void test_i64(void)
{
    static const struct { const char *text; bool whole; int64_t value; } rows[] = {
        { "0", true, 0 },
        { "-0", true, 0 },
        { "3.0", true, 3 },
        { "1e3", true, 1000 },
        { "-2.0", true, -2 },
        { "3.5", false, 0 },
        { "1e-1", false, 0 },
        { "9223372036854775807", true, INT64_MAX },
        { "-9223372036854775808", true, INT64_MIN },
        { "9223372036854775808", false, 0 },
        { "18446744073709551615", false, 0 },
        { "1e19", false, 0 },
        { "-1e19", false, 0 },
        { "9.2e18", true, 9200000000000000000 },
        { "-9.2e18", true, -9200000000000000000 },
        { "9223372036854775808.0", false, 0 },
        { "-9223372036854775808.0", true, INT64_MIN },
        { "9223372036854774784.0", true, 9223372036854774784 },
        { "1e400", false, 0 },
        { "\"3\"", false, 0 },
        { "null", false, 0 },
        { "true", false, 0 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t value = 0;
        bool whole = json_i64(parsed(rows[i].text), &value);
        if (whole != rows[i].whole) printf("# %s\n", rows[i].text);
        CHECK_INT(whole, rows[i].whole);
        CHECK_INT(value, rows[i].value);
    }
}

static bool nested(size_t depth, char open, const char *inner, char close)
{
    static char text[16384];
    size_t n = 0;
    for (size_t i = 0; i < depth; i++) {
        text[n++] = open;
        if (open == '{' && i + 1 < depth) memcpy(text + n, "\"a\":", 4), n += 4;
    }
    n += (size_t)snprintf(text + n, 64, "%s", inner);
    for (size_t i = 0; i < depth; i++) text[n++] = close;
    text[n] = 0;
    return accepted(text);
}

/* A value on level 1024 is the deepest: a number, or an empty container. */
static void test_depth(void)
{
    CHECK(nested(JSON_DEPTH_MAX - 1, '[', "1", ']') && !nested(JSON_DEPTH_MAX, '[', "1", ']'));
    CHECK(nested(JSON_DEPTH_MAX, '[', "", ']'));
    CHECK(nested(JSON_DEPTH_MAX, '{', "", '}'));
    CHECK(!nested(JSON_DEPTH_MAX + 1, '[', "", ']'));
    CHECK(!nested(JSON_DEPTH_MAX + 1, '{', "", '}'));
    CHECK_STR(str_of(json_parse_problem(parser)),
              STR("the JSON is nested deeper than 1024 levels"));
    CHECK(!nested(5000, '[', "", ']'));
    CHECK(nested(JSON_DEPTH_MAX - 1, '[', "\"\\ud800\",1e400", ']')); /* repaired ones too */
    CHECK(!nested(JSON_DEPTH_MAX, '[', "\"\\ud800\",1e400", ']'));
}

static void test_refused(void)
{
    static const struct { const char *text, *problem; } rows[] = {
        { "", "the body is empty" },
        { "   ", "the body is empty" },
        { "\"\xff\"", "the JSON is not UTF-8" },
        { "\"\xed\xa0\x80\"", "the JSON is not UTF-8" },
        { "\"\xc0\xaf\"", "the JSON is not UTF-8" },
        { "\"a\nb\"", "a JSON string holds a control character" },
        { "\"open", "a JSON string has no end" },
        { "\"\\x\"", "a JSON string holds a wrong escape" },
        { "\"\\u12g4\"", "a JSON string holds a wrong escape" },
        { "{\"a\":}", NULL },
        { "{\"a\"}", NULL },
        { "{a:1}", NULL },
        { "[1,]", NULL },
        { "{\"a\":1,}", NULL },
        { "[1 2]", NULL },
        { "nul", NULL },
        { "tru", NULL },
        { "[1]]", NULL },
        { "1 2", NULL },
        { "{]", NULL },
        { "'a'", NULL },
        { "// x\n1", NULL },
        { "\xef\xbb\xbf{}", NULL },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json root;
        enum err e = parse(str_of(rows[i].text), &root);
        if (e != ERR_MALFORMED) printf("# accepted: %s\n", rows[i].text);
        CHECK_INT(e, ERR_MALFORMED);
        if (rows[i].problem) CHECK_STR(str_of(json_parse_problem(parser)), str_of(rows[i].problem));
        CHECK(json_parse_problem(parser)[0]);
    }
    struct json root;
    CHECK(parse(STR("\"a\0b\""), &root) == ERR_MALFORMED &&
          parse(STR("1\0"), &root) == ERR_MALFORMED);
}

static const char sample[] =
    "{\"signals\":{\"canvas\":{\"value\":{\"hash\":\"a1\\u00e4\\ud83d\\ude00\","
    "\"isFarbled\":false},"
    "\"duration\":12.25},\"webgl\":null,\"fonts\":{\"value\":{\"detected\":[\"Arial\","
    "\"\xc3\xa4\"]}}},"
    "\"timestamp\":1765432100123,\"big\":18446744073709551616,\"lone\":\"\\ud800\",\"n\":-1.5e-7}";

static void test_cut_at_every_byte(void)
{
    struct json root;
    for (size_t n = 0; n < sizeof sample - 1; n++)
        CHECK(parse((struct str){ sample, n }, &root) == ERR_MALFORMED);
    CHECK(parse(STR(sample), &root) == ERR_OK);
}

/* Walks everything; what it adds up does not matter, only that it can be read. */
static size_t weigh(struct json v)
{
    struct str s;
    size_t sum = 1;
    if (json_str(v, &s))
        for (size_t i = 0; i < s.n; i++) sum += (unsigned char)s.p[i];
    for (struct json_each it = json_each(v); json_next(&it);) sum += it.key.n + weigh(it.value);
    return sum;
}

static void test_each_byte_changed(void)
{
    char text[sizeof sample - 1];
    for (size_t i = 0; i < sizeof text; i++) {
        static const char changes[] = "\0\"\\{}[],:0-e \xff\x80u";
        for (size_t k = 0; k < sizeof changes - 1; k++) {
            struct json root;
            memcpy(text, sample, sizeof text);
            text[i] = changes[k];
            if (parse((struct str){ text, sizeof text }, &root) == ERR_OK) CHECK(weigh(root) > 0);
        }
    }
}

static void test_used_again(void)
{
    static char large[300 * 1024];
    for (int round = 0; round < 3; round++) {
        struct json root;
        CHECK(!accepted("{\"a\":") && accepted("{\"a\":1}"));
        memset(large, ' ', sizeof large - 2);
        large[0] = '[', large[sizeof large - 2] = ']';
        CHECK(accepted(large));
        CHECK(!accepted("\"\\ud800") && !accepted("[1e400") && accepted("[1e400]"));
        CHECK(parse((struct str){ NULL, 0 }, &root) == ERR_MALFORMED);
        CHECK_STR(string("\"end\""), STR("end"));
    }
}

int main(void)
{
    parser = json_parser_create();
    REQUIRE(parser);
    RUN(test_types);
    RUN(test_wrong_types_leave_out_untouched);
    RUN(test_walk);
    RUN(test_last_duplicate_counts);
    RUN(test_strings);
    RUN(test_lone_surrogates);
    RUN(test_numbers);
    RUN(test_numbers_out_of_range);
    RUN(test_repair_leaves_other_numbers);
    RUN(test_malformed_numbers_stay_wrong);
    RUN(test_i64);
    RUN(test_depth);
    RUN(test_refused);
    RUN(test_cut_at_every_byte);
    RUN(test_each_byte_changed);
    RUN(test_used_again);
    json_parser_destroy(parser);
    free(copy);
    return test_end();
}
