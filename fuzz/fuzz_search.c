/* fuzz_search - any text as the query of both searches. What is accepted keeps the limits, and a key of its next page
 * is read back as where it was; the names that an agent's query gives (ii) come out as JSON. */
#include "api/integration.h"
#include "api/search_params.h"
#include "base/json_in.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int64_t now_ms = 1765432100000;
static struct app app;
static const struct api_key key = { .workspace = 1, .environment = 2 };

static enum err read_query(struct search_params *out, struct request *req, enum dialect d, const char **problem)
{
    *problem = NULL;
    return search_params_read(out, &app, req, &key, d, now_ms, problem);
}

static void check(struct request *req, enum dialect d)
{
    struct search_params params, next;
    const char *problem;
    enum err e = read_query(&params, req, d, &problem);
    if (e) {
        assert(e == ERR_BAD_REQUEST && problem && problem[0]);
        return;
    }
    const struct search *s = &params.search;
    assert(s->workspace == 1 && s->limit >= 1);
    assert(s->limit <= (d == DIALECT_V4 ? SEARCH_LIMIT_V4_MAX : SEARCH_LIMIT_V3_MAX));
    assert(s->hits_max <= SEARCH_HITS_MAX && s->filters.count <= FILTERS_MAX);
    bool environment = false, source = false;
    for (size_t i = 0; i < s->filters.count; i++) {
        const struct filter *f = &s->filters.list[i];
        assert(f->facet < FACET_COUNT && f->count <= FILTER_VALUES_MAX);
        environment |= f->facet == FACET_environment && f->count == 1 && f->codes[0] == 2 + 1;
        source |= f->facet == FACET_source && f->count >= 1;
    }
    assert(environment && source); /* a key of an environment sees no other, and devices are not edges */

    struct event_id last = { 1765432000000, 12345 };
    struct str text = search_page_key(&app, &params, d, last, true, req->arena);
    req->query = arena_format(req->arena, "limit=1&reverse=%s&pagination_key=%.*s", s->reverse ? "true" : "false",
                              STR_ARG(text));
    e = read_query(&next, req, d, &problem);
    assert(!e && next.search.has_cursor);
    assert(next.search.cursor.time_ms == last.time_ms && next.search.cursor.random == last.random);
    if (d == DIALECT_V4)
        assert(next.search.low.time_ms == s->low.time_ms && next.search.high.time_ms == s->high.time_ms);
}

static void check_names(struct request *req)
{
    static struct json_parser *parser;
    struct identify id = { .req = req, .arena = req->arena };
    struct json root;
    if (!parser) parser = json_parser_create();
    integration_read_names(&id);
    if (!id.integrations.n || !parser) return;
    struct str text = json_padded(req->arena, id.integrations);
    assert(text.p && !json_parse(parser, text, &root) && json_type(root) == JSON_ARRAY);
    for (struct json_each it = json_each(root); json_next(&it);) assert(json_type(it.value) == JSON_OBJECT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena arena;
    static bool ready;
    if (!ready) {
        ready = true;
        arena_init(&arena, (size_t)64 << 20);
        if (token_keys_add(&app.token_keys, 1, STR("a secret of 32 bytes for testing"))) abort();
    }
    arena_reset(&arena);
    struct request req = { .arena = &arena };
    struct str query = arena_copy(&arena, (struct str){ (const char *)data, size });
    for (enum dialect d = DIALECT_V4; d <= DIALECT_V3; d++) {
        req.query = query;
        check(&req, d);
    }
    req.query = query;
    check_names(&req);
    return 0;
}
