/* fuzz_packed - any two streams: an error, or JSON that the parser takes; printing and skipping
 * walk alike and never leave the streams. The first byte says where the second stream begins. */
#include "base/json_in.h"
#include "event/packed.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str exact(const uint8_t *p, size_t n)
{
    char *copy = malloc(n + 1);
    if (!copy) abort();
    if (n) memcpy(copy, p, n);
    return (struct str){ copy, n };
}

static void check_json(struct str text)
{
    static struct json_parser *parser;
    struct json root;
    if (!parser && !(parser = json_parser_create())) abort();
    char *copy = malloc(text.n + JSON_PADDING);
    if (!copy) abort();
    memcpy(copy, text.p, text.n);
    enum err e = json_parse(parser, (struct str){ copy, text.n }, &root);
    /* a number inside of the deepest container is one level too deep for the parser */
    assert(!e || strstr(json_parse_problem(parser), "nested deeper"));
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct json_out out;
    if (size == 0) return 0;
    size_t cut = data[0] < size ? data[0] : size - 1;
    struct str steady = exact(data + 1, cut), changing = exact(data + 1 + cut, size - 1 - cut);
    struct cursor a = cursor_of(steady), b = cursor_of(changing), c = a, d = b;
    arena_init(&arena, 64 << 20);
    json_out_init(&out, &arena);
    enum err e = packed_to_json(&out, &a, &b);
    assert(e == ERR_OK || e == ERR_CORRUPT);
    assert(packed_skip(&c, &d) == e);
    assert(e || (a.p == c.p && b.p == d.p));
    if (!e) check_json(json_out_text(&out));

    struct str key;
    a = cursor_of(steady), b = cursor_of(changing);
    if (packed_enter_object(&a))
        while (packed_next_key(&a, &key))
            if (packed_skip(&a, &b)) break;
    assert(a.p <= a.end && b.p <= b.end);
    free((char *)steady.p), free((char *)changing.p);
    arena_free(&arena);
    return 0;
}
