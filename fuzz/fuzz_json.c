/* fuzz_json - any text as JSON: what is accepted can be walked, packs, and comes back as JSON with
 * the same meaning. The text is followed by exactly the padding that json_parse may read. */
#include "base/json_in.h"
#include "event/packed.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str padded(const void *p, size_t n)
{
    char *copy = malloc(n + JSON_PADDING);
    if (!copy) abort();
    if (n) memcpy(copy, p, n);
    memset(copy + n, '"', JSON_PADDING);
    return (struct str){ copy, n };
}

/* Packed and unpacked. */
static struct str passed_through(struct json root, struct arena *arena)
{
    struct bytes_out packed;
    struct json_out text;
    bytes_out_init(&packed, arena, 64);
    packed_value(&packed, root);
    assert(!packed.failed);
    struct cursor c = cursor_of(bytes_out_text(&packed)), none = cursor_of(STR(""));
    json_out_init(&text, arena);
    enum err e = packed_to_json(&text, &c, &none);
    assert(!e && cursor_left(&c) == 0);
    return json_out_text(&text);
}

static void check(struct json_parser *parser, struct json root, struct arena *arena)
{
    struct json again;
    struct str text = passed_through(root, arena);
    struct str copy = padded(text.p, text.n);
    enum err e = json_parse(parser, copy, &again);
    assert(!e && str_eq(passed_through(again, arena), text));
    free((char *)copy.p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json_parser *parser;
    struct arena arena;
    struct json root;
    if (!parser && !(parser = json_parser_create())) abort();
    arena_init(&arena, 64 << 20);
    struct str text = padded(data, size);
    enum err e = json_parse(parser, text, &root);
    if (!e) check(parser, root, &arena);
    else assert(e == ERR_MALFORMED && json_parse_problem(parser)[0]);
    free((char *)text.p);
    arena_free(&arena);
    return 0;
}
