/* fuzz_rules - expressions of rulesets, and whole rulesets: the first line is an expression, the rest a document. */
#include "api/rules.h"
#include "api/rulesets.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json_parser *parser;
    static struct arena arena;
    struct str rest = { (const char *)data, size }, expression = { "", 0 };
    struct json event, root;
    if (!parser) {
        parser = json_parser_create();
        arena_init(&arena, (size_t)64 << 20);
    }
    arena_reset(&arena);
    str_split(&rest, '\n', &expression);
    struct str text = json_padded(&arena, STR("{\"bot\":\"bad\",\"suspect_score\":3,\"incognito\":true}"));
    bool ok = parser && text.p && !json_parse(parser, text, &event);
    assert(ok);
    if (rule_holds(expression, event)) assert(!rule_problem(expression));
    text = json_padded(&arena, rest);
    if (text.p && !json_parse(parser, text, &root)) ruleset_problem(root, &arena);
    return 0;
}
