#include "base/json_in.h"
#include "base/json_out.h"
#include "tests/unit/test.h"

#include <math.h>

static struct arena arena;

static struct str written(struct str s)
{
    struct json_out out;
    json_out_init(&out, &arena);
    json_out_str(&out, s);
    return json_out_text(&out);
}

static void test_structure(void)
{
    struct json_out out;
    json_out_init(&out, &arena);
    CHECK_STR(json_out_text(&out), STR(""));
    json_out_open(&out, '{');
    json_out_key(&out, "a"), json_out_int(&out, 1);
    json_out_key(&out, "b"), json_out_open(&out, '['), json_out_close(&out, ']');
    json_out_key(&out, "c"), json_out_open(&out, '[');
    json_out_null(&out), json_out_bool(&out, true), json_out_bool(&out, false),
        json_out_double(&out, 0.5);
    json_out_open(&out, '{'), json_out_close(&out, '}');
    json_out_str(&out, STR("x")), json_out_value(&out, STR("{\"raw\":1}"));
    json_out_close(&out, ']');
    json_out_key_str(&out, STR("q\"")), json_out_str(&out, STR(""));
    json_out_close(&out, '}');
    CHECK_STR(
        json_out_text(&out),
        STR("{\"a\":1,\"b\":[],\"c\":[null,true,false,0.5,{},\"x\",{\"raw\":1}],\"q\\\"\":\"\"}"));
}

static void test_integers(void)
{
    struct json_out out;
    json_out_init(&out, &arena);
    json_out_open(&out, '[');
    json_out_int(&out, 0), json_out_int(&out, -1), json_out_int(&out, INT64_MAX);
    json_out_int(&out, INT64_MIN);
    json_out_close(&out, ']');
    CHECK_STR(json_out_text(&out), STR("[0,-1,9223372036854775807,-9223372036854775808]"));
}

static void test_numbers_that_json_lacks(void)
{
    struct json_out out;
    json_out_init(&out, &arena);
    json_out_open(&out, '[');
    json_out_double(&out, (double)NAN), json_out_double(&out, (double)INFINITY);
    json_out_double(&out, -(double)INFINITY), json_out_double(&out, -0.0);
    json_out_close(&out, ']');
    CHECK_STR(json_out_text(&out), STR("[null,null,null,0]"));
}

static void test_escapes(void)
{
    CHECK_STR(written(STR("\"\\/\n\r\t")), STR("\"\\\"\\\\/\\n\\r\\t\""));
    CHECK_STR(written(STR("a\0b\x01\x1f\x7f")), STR("\"a\\u0000b\\u0001\\u001f\x7f\""));
    CHECK_STR(written(STR("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80")),
              STR("\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\""));
    CHECK_STR(written((struct str){ NULL, 0 }), STR("\"\""));
}

/* Text is looked at in blocks of eight: each byte is seen for what it is in each place. */
static void test_each_byte_in_each_place(void)
{
    for (unsigned c = 0; c < 256; c++) {
        for (size_t at = 0; at < 19; at++) {
            char in[19], plain[22];
            memset(in, '~', sizeof in);
            in[at] = (char)c;
            int n = snprintf(plain, sizeof plain, "\"%.*s\"", (int)sizeof in, in);
            bool same = str_eq(written((struct str){ in, sizeof in }), (struct str){ plain, (size_t)n });
            arena_reset(&arena);
            CHECK(same == (c >= 0x20 && c < 0x80 && c != '"' && c != '\\'));
        }
    }
}

/* Table 3-7 of Unicode: what is well-formed stays, each other byte becomes U+FFFD. */
static void test_bytes_that_are_not_utf8(void)
{
#define R "\xef\xbf\xbd"
    static const struct { const char *in, *out; } rows[] = {
        { "\x80", "\"" R "\"" },
        { "a\xff"
          "b",
          "\"a" R "b\"" },
        { "\xc0\xaf", "\"" R R "\"" },
        { "\xc3", "\"" R "\"" },
        { "\xc3(", "\"" R "(\"" },
        { "\xe0\x9f\xbf", "\"" R R R "\"" },
        { "\xe2\x82", "\"" R R "\"" },
        { "\xed\xa0\x80", "\"" R R R "\"" },
        { "\xf0\x8f\xbf\xbf", "\"" R R R R "\"" },
        { "\xf4\x90\x80\x80", "\"" R R R R "\"" },
        { "\xf0\x9f\x98", "\"" R R R "\"" },
        { "\xf5\x80\x80\x80", "\"" R R R R "\"" },
        { "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf",
          "\"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\"" },
        { "\xc2\x80\xdf\xbf\xe0\xa0\x80\xf0\x90\x80\x80",
          "\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xf0\x90\x80\x80\"" },
    };
#undef R
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_STR(written(str_of(rows[i].in)), str_of(rows[i].out));
}

/* Any bytes: what comes out is JSON. The parser checks UTF-8 strictly. */
static void test_any_bytes_become_json(void)
{
    struct json_parser *parser = json_parser_create();
    uint64_t state = 7;
    for (int round = 0; round < 20000; round++) {
        char raw[24], text[24 * 6 + 2 + JSON_PADDING];
        struct json root;
        for (size_t i = 0; i < sizeof raw; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            raw[i] = (char)(state >> 40);
            if (state >> 62) raw[i] |= (char)0x80; /* mostly beyond ASCII */
        }
        struct str out = written((struct str){ raw, sizeof raw });
        memcpy(text, out.p, out.n);
        CHECK(out.n <= sizeof text - JSON_PADDING);
        CHECK(json_parse(parser, (struct str){ text, out.n }, &root) == ERR_OK);
        arena_reset(&arena);
    }
    json_parser_destroy(parser);
}

static void test_failure_is_latched(void)
{
    struct arena small;
    struct json_out out;
    char big[3000];
    memset(big, 'x', sizeof big);
    arena_init(&small, 2500);
    json_out_init(&out, &small);
    json_out_open(&out, '[');
    json_out_str(&out, (struct str){ big, sizeof big });
    CHECK(out.failed);
    json_out_int(&out, 1), json_out_close(&out, ']');
    CHECK_STR(json_out_text(&out), STR(""));
    arena_free(&small);
}

static void test_grows(void)
{
    struct json_out out;
    json_out_init(&out, &arena);
    json_out_open(&out, '[');
    for (int i = 0; i < 3000; i++) json_out_str(&out, STR("0123456789"));
    json_out_close(&out, ']');
    CHECK_INT(json_out_text(&out).n, 3000 * 13 + 1);
}

int main(void)
{
    arena_init(&arena, 1 << 20);
    RUN(test_structure);
    RUN(test_integers);
    RUN(test_numbers_that_json_lacks);
    RUN(test_escapes);
    RUN(test_each_byte_in_each_place);
    RUN(test_bytes_that_are_not_utf8);
    RUN(test_any_bytes_become_json);
    RUN(test_failure_is_latched);
    RUN(test_grows);
    arena_free(&arena);
    return test_end();
}
