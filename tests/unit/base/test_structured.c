#include "base/structured.h"

#include "tests/unit/test.h"

/* Cases in the manner of RFC 8941's examples; what is refused follows its algorithms. */

static void test_items(void)
{
    struct structured_value v;
    CHECK(structured_item(STR("42"), &v) && v.type == STRUCTURED_INTEGER);
    CHECK_INT(v.thousandths, 42000);
    CHECK(structured_item(STR("  -999999999999999 "), &v));
    CHECK_INT(v.thousandths, -999999999999999000);
    CHECK(structured_item(STR("4.5"), &v) && v.type == STRUCTURED_DECIMAL);
    CHECK_INT(v.thousandths, 4500);
    CHECK(structured_item(STR("-0.125"), &v));
    CHECK_INT(v.thousandths, -125);
    CHECK(structured_item(STR("\"hello \\\"w\\\\\""), &v) && v.type == STRUCTURED_STRING);
    CHECK_STR(v.text, STR("hello \\\"w\\\\"));
    CHECK(structured_item(STR("foo123/456:*"), &v) && v.type == STRUCTURED_TOKEN);
    CHECK_STR(v.text, STR("foo123/456:*"));
    CHECK(structured_item(STR(":cHJldGVuZA==:"), &v) && v.type == STRUCTURED_BYTES);
    CHECK_STR(v.text, STR("cHJldGVuZA=="));
    CHECK(structured_item(STR("?1"), &v) && v.type == STRUCTURED_BOOLEAN && v.boolean);
    CHECK(structured_item(STR("?0;a;b=2"), &v) && !v.boolean);
    CHECK_STR(v.parameters, STR(";a;b=2"));
}

static void test_no_items(void)
{
    static const char *const bad[] = {
        "", " ", "?", "?2", "?1 x", "\"", "\"a", "\"\\a\"", "\"\t\"", "\"\x7f\"", "\"\xc3\xa9\"",
        "-", "-a", "1.", "1.2345", "1000000000000000", "1234567890123.1", "1,2", "a b", ":a", ":a b:",
        "a;B=1", "a;=1", "a; ;b", "a;b=", "(1)", "'a'", "\ta",
    };
    struct structured_value v;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CHECK_STR(str_of(structured_item(str_of(bad[i]), &v) ? bad[i] : ""), STR(""));
}

static void test_list(void)
{
    struct structured list = structured_of(STR("a, \"b\" ,\t3;q=1;r , ( x  y;z \"w\" );p=?0"));
    struct structured_value v, inner;
    struct str key;
    CHECK(structured_next(&list, &v));
    CHECK_STR(v.text, STR("a"));
    CHECK(structured_next(&list, &v) && v.type == STRUCTURED_STRING);
    CHECK(structured_next(&list, &v));
    struct structured parameters = structured_of(v.parameters);
    CHECK(structured_next_parameter(&parameters, &key, &inner) && inner.thousandths == 1000);
    CHECK_STR(key, STR("q"));
    CHECK(structured_next_parameter(&parameters, &key, &inner) && inner.boolean);
    CHECK(!structured_next_parameter(&parameters, &key, &inner) && !parameters.bad);
    CHECK(structured_next(&list, &v) && v.type == STRUCTURED_INNER_LIST);
    CHECK_STR(v.parameters, STR(";p=?0"));
    struct structured items = structured_of(v.text);
    CHECK(structured_next_inner(&items, &inner));
    CHECK_STR(inner.text, STR("x"));
    CHECK(structured_next_inner(&items, &inner));
    CHECK_STR(inner.parameters, STR(";z"));
    CHECK(structured_next_inner(&items, &inner));
    CHECK_STR(inner.text, STR("w"));
    CHECK(!structured_next_inner(&items, &inner) && !items.bad);
    CHECK(!structured_next(&list, &v) && !list.bad);
}

static void test_list_faults(void)
{
    static const char *const bad[] = { "a,", "a,,b", ",a", "a b", "(a", "(a,b)", "(a\"b\")", "a;", "(a;)",
                                       "\"a\"\"b\"", "a, \x01" };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct structured list = structured_of(str_of(bad[i]));
        struct structured_value v;
        while (structured_next(&list, &v)) {}
        CHECK_STR(str_of(list.bad ? "" : bad[i]), STR(""));
    }
    struct structured empty = structured_of((struct str){ NULL, 0 });
    struct structured_value v;
    CHECK(!structured_next(&empty, &v) && !empty.bad);
}

/* The shape of an RFC 9421 Signature-Input. */
static void test_dictionary(void)
{
    struct structured d = structured_of(
        STR("sig1=(\"@authority\" \"signature-agent\";key=\"a\");created=1735689600;tag=\"t\", b, c=?0;x"));
    struct structured_value v;
    struct str key;
    CHECK(structured_next_member(&d, &key, &v) && v.type == STRUCTURED_INNER_LIST);
    CHECK_STR(key, STR("sig1"));
    CHECK_STR(v.parameters, STR(";created=1735689600;tag=\"t\""));
    CHECK(structured_next_member(&d, &key, &v) && v.boolean);
    CHECK_STR(key, STR("b"));
    CHECK(structured_next_member(&d, &key, &v) && !v.boolean);
    CHECK_STR(v.parameters, STR(";x"));
    CHECK(!structured_next_member(&d, &key, &v) && !d.bad);
    d = structured_of(STR("A=1"));
    CHECK(!structured_next_member(&d, &key, &v) && d.bad);
}

static void test_text(void)
{
    struct arena a;
    struct structured_value v;
    arena_init(&a, 4096);
    CHECK(structured_item(STR("\"a\\\"b\\\\c\""), &v));
    CHECK_STR(structured_text(&v, &a), STR("a\"b\\c"));
    CHECK(structured_item(STR("\"abc\""), &v));
    CHECK(structured_text(&v, &a).p == v.text.p);
    arena_free(&a);
}

int main(void)
{
    RUN(test_items);
    RUN(test_no_items);
    RUN(test_list);
    RUN(test_list_faults);
    RUN(test_dictionary);
    RUN(test_text);
    return test_end();
}
