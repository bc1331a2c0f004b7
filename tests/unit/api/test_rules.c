#include "api/rules.h"
#include "tests/unit/test.h"

static struct arena arena;
static struct json_parser *parser;

static const char event[] =
    "{\"bot\":\"bad\",\"incognito\":true,\"vpn\":false,\"suspect_score\":12,\"environment_id\":\"ae_1\","
    "\"tampering_details\":{\"anomaly_score\":0.25},\"url\":\"https://x/?a=\\\"b\\\\c\",\"tags\":{\"in\":1}}";

static void check(const char *expression, bool expected)
{
    struct json root;
    REQUIRE(!json_parse(parser, json_padded(&arena, str_of(event)), &root));
    const char *problem = rule_problem(str_of(expression));
    bool holds = rule_holds(str_of(expression), root);
    if (problem || holds != expected) printf("# %s: %s\n", expression, problem ? problem : "otherwise");
    CHECK(!problem && holds == expected);
}

static void test_holds(void)
{
    check("incognito", true), check("vpn", false), check("!vpn", true), check("!!incognito", true);
    check("bot in [\"bad\"] || incognito", true), check("bot in [\"good\", \"bad\"]", true);
    check("bot == \"bad\"", true), check("bot != \"bad\"", false), check("bot!=\"good\"", true);
    check("suspect_score > 11", true), check("suspect_score >= 12", true), check("suspect_score < 12", false);
    check("suspect_score <= 12", true), check("suspect_score == 12.0", true), check("suspect_score > -1e3", true);
    check("tampering_details.anomaly_score < 0.5", true);
    check("tags.in == 1", true);
    check("url == \"https://x/?a=\\\"b\\\\c\"", true);
    check("incognito == true && vpn == false", true);
    check("vpn || incognito && vpn", false), check("(vpn || incognito) && !vpn", true);
    check("incognito || vpn && vpn", true);
    check("bot not in [\"good\"]", true), check("bot not in [\"bad\"]", false);
    check("  ( incognito )\n", true);
    check("bot", false), check("suspect_score", false); /* neither is true */
}

static void test_what_is_absent_decides_nothing(void)
{
    check("proxy", false), check("proxy == true", false), check("proxy == false", false);
    check("proxy != true", false), check("proxy_details.provider != \"x\"", false);
    check("proxy_confidence not in [\"low\"]", false), check("suspect_score == \"12\"", false);
    check("suspect_score != \"12\"", false), check("bot > 1", false), check("incognito.more", false);
}

static void test_problems(void)
{
    static const char *const rows[] = {
        "", " ", "(", ")", "incognito)", "(incognito", "!", "incognito &&", "|| incognito", "incognito incognito",
        "bot ==", "bot == bad", "bot in", "bot in [", "bot in []", "bot in [\"bad\"", "bot in [\"bad\",]",
        "bot == \"bad", "nonsense", "bot. == 1", ".bot", "bot = \"bad\"", "bot & incognito", "bot > \"a\"",
        "suspect_score > 1.2.3", "suspect_score > --1", "bot not [\"a\"]", "bot == \"a\\",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str row = str_of(rows[i]);
        if (!rule_problem(row)) printf("# %.*s\n", STR_ARG(row));
        CHECK(rule_problem(row) != NULL);
    }
    char deep[RULE_BYTES_MAX + 2];
    memset(deep, '!', sizeof deep);
    memcpy(deep + 40, "vpn", 4); /* with its NUL */
    CHECK(rule_problem(str_of(deep)) != NULL);
    CHECK(rule_problem(str_of(deep + 20)) == NULL);
    memset(deep, ' ', sizeof deep);
    CHECK(rule_problem((struct str){ deep, sizeof deep }) != NULL);
}

int main(void)
{
    arena_init(&arena, 1 << 20);
    parser = json_parser_create();
    RUN(test_holds);
    RUN(test_what_is_absent_decides_nothing);
    RUN(test_problems);
    json_parser_destroy(parser);
    arena_free(&arena);
    return test_end();
}
