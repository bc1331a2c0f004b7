#include "base/limits.h"
#include "event/packed.h"
#include "tests/unit/test.h"

static struct arena arena;
static struct json_parser *parser;

static struct json parsed(struct str text)
{
    static char copy[64 * 1024 + JSON_PADDING];
    struct json root;
    memcpy(copy, text.p, text.n);
    if (text.n > sizeof copy - JSON_PADDING ||
        json_parse(parser, (struct str){ copy, text.n }, &root)) {
        printf("# not JSON: %.60s\n", text.p);
        abort();
    }
    return root;
}

static struct str packed(struct str text)
{
    struct bytes_out out;
    bytes_out_init(&out, &arena, 16);
    packed_value(&out, parsed(text));
    CHECK(!out.failed);
    return bytes_out_text(&out);
}

static enum err unpack(struct str steady, struct str changing, struct str *text)
{
    struct json_out out;
    struct cursor a = cursor_of(steady), b = cursor_of(changing), c = a, d = b;
    json_out_init(&out, &arena);
    enum err e = packed_to_json(&out, &a, &b);
    CHECK(packed_skip(&c, &d) == e); /* both walk alike */
    if (!e) CHECK(a.p == c.p && b.p == d.p);
    *text = json_out_text(&out);
    return e;
}

/* Through both directions; the text must come back as it was. */
static void check_round_trip(const char *json)
{
    struct str bytes = packed(str_of(json)), text;
    CHECK_INT(unpack(bytes, STR(""), &text), ERR_OK);
    CHECK_STR(text, str_of(json));
    arena_reset(&arena);
}

static void test_every_type(void)
{
    check_round_trip("null"), check_round_trip("true"), check_round_trip("false");
    check_round_trip("0"), check_round_trip("-1"), check_round_trip("9223372036854775807");
    check_round_trip("-9223372036854775808"), check_round_trip("1.5"), check_round_trip("5e-324");
    check_round_trip("1.7976931348623157e+308"), check_round_trip("18446744073709552000");
    check_round_trip("\"\""), check_round_trip("\"\\u0000\xc3\xa4\\\"\"");
    check_round_trip("[]"), check_round_trip("{}"), check_round_trip("[[],{},[[]]]");
    check_round_trip("{\"\":{\"\":1},\"a\":[1,2.5,\"x\",null,{\"b\":[true]}],\"a\":2}");
    check_round_trip("[0.30000000000000004,12.25,100.1]"); /* only durations are rounded */
}

static void test_hex_strings(void)
{
    check_round_trip("\"0123456789abcdef\""); /* the shortest that is kept as bytes */
    check_round_trip("\"0123456789abcde\""), check_round_trip("\"0123456789ABCDEF\"");
    check_round_trip("\"0123456789abcdeg\""), check_round_trip("\"0123456789abcdef0\"");
    char text[140] = "\"";
    memset(text + 1, 'e', 128), text[129] = '"', text[130] = 0;
    check_round_trip(text);
    CHECK(packed(str_of(text)).n == 1 + 1 + 64);
    memset(text + 1, 'e', 130), text[131] = '"', text[132] = 0;
    check_round_trip(text);
}

static void test_long_things(void)
{
    static char text[40000];
    size_t n = 0;
    text[n++] = '"';
    while (n < 30000) text[n++] = 'x';
    text[n++] = '"', text[n] = 0;
    check_round_trip(text);
    n = 0;
    text[n++] = '[';
    for (int i = 0; i < 5000; i++) n += (size_t)snprintf(text + n, 16, i ? ",%d" : "%d", i);
    text[n++] = ']', text[n] = 0;
    check_round_trip(text);
}

static void test_depth(void)
{
    static char text[8000];
    for (int objects = 0; objects < 2; objects++) {
        size_t n = 0;
        for (int i = 0; i < JSON_DEPTH_MAX; i++) {
            if (objects && i + 1 < JSON_DEPTH_MAX) memcpy(text + n, "{\"k\":", 5), n += 5;
            else text[n++] = objects ? '{' : '[';
        }
        for (int i = 0; i < JSON_DEPTH_MAX; i++) text[n++] = objects ? '}' : ']';
        text[n] = 0;
        check_round_trip(text);
    }
    char deeper[2 * JSON_DEPTH_MAX + 2];
    struct str out;
    memset(deeper, 8, JSON_DEPTH_MAX + 1),
        memset(deeper + JSON_DEPTH_MAX + 1, 9, JSON_DEPTH_MAX + 1);
    CHECK_INT(unpack((struct str){ deeper, sizeof deeper }, STR(""), &out), ERR_CORRUPT);
    CHECK_INT(unpack((struct str){ deeper + 1, sizeof deeper - 2 }, STR(""), &out), ERR_OK);
}

/* {"a": hole, "b": [hole, 1], "c": hole} and values of every kind for the holes. */
static void test_holes(void)
{
    struct bytes_out steady, changing;
    struct str text;
    bytes_out_init(&steady, &arena, 16), bytes_out_init(&changing, &arena, 16);
    packed_open_object(&steady);
    packed_key(&steady, STR("a")), packed_hole(&steady);
    packed_key(&steady, STR("b")), packed_open_array(&steady), packed_hole(&steady);
    packed_value(&steady, parsed(STR("1"))), packed_close_array(&steady);
    packed_key(&steady, STR("c")), packed_hole(&steady);
    packed_key(&steady, STR("d")), packed_hole(&steady);
    packed_close_object(&steady);
    packed_value(&changing, parsed(STR("{\"x\":[{}],\"y\":{\"z\":[]}}")));
    packed_tenths(&changing, 12.34);
    packed_value(&changing, parsed(STR("[]")));
    packed_str(&changing, STR("0123456789abcdef"));
    CHECK_INT(unpack(bytes_out_text(&steady), bytes_out_text(&changing), &text), ERR_OK);
    CHECK_STR(text, STR("{\"a\":{\"x\":[{}],\"y\":{\"z\":[]}},\"b\":[12.3,1],\"c\":[],"
                        "\"d\":\"0123456789abcdef\"}"));
    /* too few values, and holes where none may be */
    CHECK_INT(unpack(bytes_out_text(&steady), STR("\x00\x00\x00"), &text), ERR_CORRUPT);
    CHECK_INT(unpack(bytes_out_text(&steady), STR(""), &text), ERR_CORRUPT);
    CHECK_INT(unpack(STR("\x0a"), STR("\x0a\x00"), &text), ERR_CORRUPT);
    CHECK_INT(unpack(STR("\x0a"), STR("\x08\x0a\x09"), &text), ERR_CORRUPT);
    CHECK_INT(unpack(STR("\x0a"), STR("\x09"), &text), ERR_CORRUPT);
    CHECK_INT(unpack(STR("\x0a"), STR("\x00"), &text), ERR_OK);
}

static void test_tenths(void)
{
    static const struct { double ms; const char *text; } rows[] = {
        { 0, "0" },
        { 0.04, "0" },
        { 0.05, "0.1" },
        { 12.34, "12.3" },
        { 12.35, "12.4" },
        { 99.96, "100" },
        { -1.26, "-1.3" },
        { 1e12, "1000000000000" },
        { 1e15, "1000000000000000" },
        { 1e300, "1e+300" },
        { -1e300, "-1e+300" },
        { 5e-324, "0" },
        { 1.7976931348623157e308, "1.7976931348623157e+308" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct bytes_out out;
        struct str text;
        bytes_out_init(&out, &arena, 16);
        packed_tenths(&out, rows[i].ms);
        CHECK_INT(unpack(bytes_out_text(&out), STR(""), &text), ERR_OK);
        CHECK_STR(text, str_of(rows[i].text));
    }
}

static void test_walk_of_an_object(void)
{
    struct str bytes = packed(STR("{\"a\":[1,{\"x\":2}],\"b\":\"text\",\"c\":{}}")), key, text;
    struct cursor c = cursor_of(bytes), none = cursor_of(STR(""));
    struct json_out out;
    json_out_init(&out, &arena);
    CHECK(packed_enter_object(&c));
    CHECK(packed_next_key(&c, &key) && str_eq(key, STR("a")) && packed_skip(&c, &none) == ERR_OK);
    CHECK(packed_next_key(&c, &key) && str_eq(key, STR("b")) &&
          packed_to_json(&out, &c, &none) == ERR_OK);
    CHECK(packed_next_key(&c, &key) && str_eq(key, STR("c")) && packed_skip(&c, &none) == ERR_OK);
    CHECK(!packed_next_key(&c, &key) && !c.bad && cursor_left(&c) == 0);
    text = json_out_text(&out);
    CHECK_STR(text, STR("\"text\""));
    c = cursor_of(STR(""));
    CHECK(!packed_enter_object(&c) && c.bad);
    c = cursor_of(STR("\x07"));
    CHECK(packed_enter_object(&c) && !packed_next_key(&c, &key) && c.bad);
    c = cursor_of(STR("\x07\x09" "abc"));
    CHECK(packed_enter_object(&c) && !packed_next_key(&c, &key) && c.bad);
}

static const char sample[] =
    "{\"canvas\":{\"value\":{\"hash\":\"0123456789abcdef0123456789abcdef\",\"n\":[1,-2,"
    "3.25,null,true]},"
    "\"duration\":1.5},\"x\":{\"\":\"\xc3\xa4\"},\"deep\":[[[{\"a\":[{}]}]]]}";

static void test_cut_at_every_byte(void)
{
    struct str bytes = packed(STR(sample)), text;
    for (size_t n = 0; n < bytes.n; n++) {
        char *exact = malloc(n + 1);
        memcpy(exact, bytes.p, n);
        CHECK_INT(unpack((struct str){ exact, n }, STR(""), &text), ERR_CORRUPT);
        free(exact);
    }
}

/* Damaged bytes: an error or some JSON, and never a byte read beyond the end. */
static void test_each_byte_changed(void)
{
    struct str bytes = packed(STR(sample)), text;
    char *damaged = malloc(bytes.n), *check = malloc(256 * 1024);
    struct json root;
    for (size_t i = 0; i < bytes.n; i++)
        for (unsigned value = 0; value < 256; value++) {
            memcpy(damaged, bytes.p, bytes.n);
            damaged[i] = (char)value;
            if (unpack((struct str){ damaged, bytes.n }, (struct str){ damaged, bytes.n }, &text))
                continue;
            REQUIRE(text.n < 256 * 1024 - JSON_PADDING);
            memcpy(check, text.p, text.n);
            CHECK(json_parse(parser, (struct str){ check, text.n }, &root) == ERR_OK);
            if (arena.used_bytes > 1 << 20) bytes = (arena_reset(&arena), packed(STR(sample)));
        }
    free(damaged), free(check);
}

static void test_no_memory(void)
{
    struct arena small;
    struct bytes_out out;
    struct json_out text;
    static char deep[400];
    memset(deep, '[', 200), memset(deep + 200, ']', 200);
    for (size_t bytes = 0; bytes < 40000; bytes += 64) {
        arena_init(&small, bytes);
        bytes_out_init(&out, &small, 16);
        packed_value(&out, parsed((struct str){ deep, sizeof deep }));
        struct str got = bytes_out_text(&out);
        CHECK(out.failed ? got.n == 0 : got.n == 400);
        struct cursor c = cursor_of(got), none = cursor_of(STR(""));
        json_out_init(&text, &small);
        enum err e = packed_to_json(&text, &c, &none);
        CHECK(e == (out.failed ? ERR_CORRUPT : text.failed ? ERR_NO_MEMORY : ERR_OK));
        arena_free(&small);
    }
}

int main(void)
{
    arena_init(&arena, 64 << 20);
    parser = json_parser_create();
    RUN(test_every_type);
    RUN(test_hex_strings);
    RUN(test_long_things);
    RUN(test_depth);
    RUN(test_holes);
    RUN(test_tenths);
    RUN(test_walk_of_an_object);
    RUN(test_cut_at_every_byte);
    RUN(test_each_byte_changed);
    RUN(test_no_memory);
    json_parser_destroy(parser);
    arena_free(&arena);
    return test_end();
}
