/* fuzz_edge - the body of POST /v4/edge. What is accepted has an address, a header, and a URL whose parts lie
 * in it. */
#include "api/edge.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json_parser *parser;
    static struct arena arena;
    struct edge_request r;
    struct json root;
    const char *problem;
    if (!parser) {
        parser = json_parser_create();
        arena_init(&arena, (size_t)64 << 20);
    }
    arena_reset(&arena);
    struct str text = json_padded(&arena, (struct str){ (const char *)data, size });
    if (!parser || !text.p || json_parse(parser, text, &root)) return 0;
    if (edge_request_read(&r, root, &arena, &problem)) return 0;
    assert(r.has_v4 || r.has_v6);
    assert(r.headers_count > 0 && r.headers[0].name.n > 0 && r.method.n > 0);
    assert(r.authority.n > 0 && r.path.n > 0 && str_find_char(r.url, '#', 0) == SIZE_MAX);
    assert(r.target.n + r.authority.n < r.url.n);
    assert(!r.has_tags || r.tags.p[0] == '{');
    return 0;
}
