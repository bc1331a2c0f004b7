/* fuzz_client_hints - any text as a structured field, a brand list, Accept-Language, and as a head
 * full of hint headers. What a list holds must read the same when it is read item by item. */
#include "base/structured.h"
#include "identify/enrich/headers.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool inside(struct str part, struct str all)
{
    return part.n == 0 || (part.p >= all.p && part.p + part.n <= all.p + all.n);
}

static void check_value(const struct structured_value *value, struct str all, struct arena *arena)
{
    struct structured parameters = structured_of(value->parameters), inner;
    struct structured_value item;
    struct str key;
    assert(inside(value->text, all) || str_eq(value->text, STR("?1")));
    assert(inside(value->parameters, all));
    assert(structured_text(value, arena).n <= value->text.n);
    while (structured_next_parameter(&parameters, &key, &item)) assert(key.n > 0);
    assert(!parameters.bad && parameters.rest.n == 0); /* they were checked before */
    if (value->type != STRUCTURED_INNER_LIST) return;
    inner = structured_of(value->text);
    while (structured_next_inner(&inner, &item)) assert(inside(item.text, all));
    assert(!inner.bad);
}

static void check_structured(struct str text, struct arena *arena)
{
    struct structured list = structured_of(text), dictionary = list;
    struct structured_value value;
    struct str key;
    if (structured_item(text, &value)) check_value(&value, text, arena);
    while (structured_next(&list, &value)) check_value(&value, text, arena);
    while (structured_next_member(&dictionary, &key, &value)) check_value(&value, text, arena);
    assert(list.bad || list.rest.n == 0);
    assert(dictionary.bad || dictionary.rest.n == 0);
}

/* One header per line of the input, names by turns. */
static void check_head(struct str text, struct arena *arena)
{
    static const char *const names[] = { "sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform", "sec-ch-ua-model",
                                         "sec-ch-ua-full-version-list", "accept-language",
                                         "sec-fetch-site", "sec-fetch-user" };
    struct header headers[HEADERS_MAX];
    struct request req = { .arena = arena, .version = HTTP_1_1, .headers = headers };
    struct header_facts facts;
    struct str line;
    while (req.headers_count < HEADERS_MAX && str_split(&text, '\n', &line)) {
        struct str name = str_of(names[req.headers_count % COUNT_OF(names)]);
        headers[req.headers_count++] = (struct header){ name, str_trim(line) };
    }
    headers_read(&facts, &req, arena);
    assert(facts.hints.brands.count <= BRANDS_MAX && facts.languages.count <= LANGUAGES_MAX);
    assert(headers_order(&req, arena).n > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    char *copy = malloc(size + 1);
    if (!copy) abort();
    if (size) memcpy(copy, data, size);
    struct str text = { copy, size };
    struct languages languages;
    struct brands brands;
    arena_init(&arena, 8 << 20);
    check_structured(text, &arena);
    if (!brands_read(&brands, text, &arena)) assert(brands.count == 0);
    languages_read(&languages, text);
    for (size_t i = 0; i < languages.count; i++) {
        assert(inside(languages.list[i].tag, text) && languages.list[i].tag.n > 0);
        assert(languages.list[i].q_thousandths <= 1000);
    }
    check_head(text, &arena);
    arena_free(&arena);
    free(copy);
    return 0;
}
