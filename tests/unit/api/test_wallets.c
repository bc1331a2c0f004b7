#include "api/wallets.h"
#include "tests/unit/test.h"

static void check(size_t visitors, size_t wallets, double bot, double score, const char *level, size_t reasons)
{
    struct sybil s = { .wallets_of_visitor = wallets, .visitors_of_wallet = visitors };
    sybil_score(&s, bot);
    CHECK(s.score == score);
    CHECK_STR(str_of(s.level), str_of(level));
    CHECK_INT(s.reasons_count, reasons);
}

static void test_score(void)
{
    check(0, 0, 0, 0, "low", 0);
    check(1, 3, 0.69, 0, "low", 0);
    check(2, 1, 0, 20, "low", 1);
    check(2, 4, 0, 32, "medium", 2);
    check(3, 1, 0, 35, "medium", 1);
    check(5, 1, 0, 70, "high", 1);
    check(1, 21, 0, 80, "high", 1);
    check(1, 1, 0.7, 30, "medium", 1);
    check(100, 100, 1, 99, "high", 3);
}

static void test_read(void)
{
    static const struct { const char *text; size_t count; bool strict; } rows[] = {
        { "[\"0xABCDEF0123456789abcdef0123456789abcdef01\"]", 1, true },
        { "[\"0xabcdef0123456789abcdef0123456789abcdef01\",\"0xABCDEF0123456789abcdef0123456789abcdef01\"]", 1, true },
        { "[\"0xabcdef0123456789abcdef0123456789abcdef0\"]", 0, false },
        { "[\"0xabcdef0123456789abcdef0123456789abcdefgg\"]", 0, false },
        { "[\"7xkxtg2cw87d97txjsdpbd5jbkhetqa83tzrujosgasu\"]", 1, true },
        { "[1,null,\"\",{}]", 0, false },
        { "[]", 0, false },
    };
    struct arena arena;
    struct json_parser *parser = json_parser_create();
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct wallets w;
        struct json root;
        const char *problem;
        REQUIRE(!json_parse(parser, json_padded(&arena, str_of(rows[i].text)), &root));
        CHECK_INT(wallets_read(&w, root, true, &arena, &problem), ERR_OK);
        CHECK_INT(w.count, rows[i].count);
        CHECK_INT(wallets_read(&w, root, false, &arena, &problem), rows[i].strict ? ERR_OK : ERR_MALFORMED);
    }
    json_parser_destroy(parser);
    arena_free(&arena);
}

int main(void)
{
    RUN(test_score);
    RUN(test_read);
    return test_end();
}
