/* fuzz_import - what `whorl import` reads: split into events, each parsed, and printed again in every form. What was
 * printed must be readable, with the same id and visitor. */
#include "api/parse_event.h"
#include "control/split.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct json_parser *parser;
static struct arena arena;

static void check_form(const struct parsed_event *first, enum dialect d)
{
    char problem[PARSE_PROBLEM_BYTES];
    struct parsed_event again;
    struct json_out out;
    struct json root;
    json_out_init(&out, &arena);
    json_out_open(&out, '{');
    render_event(&out, d, &first->event);
    json_out_close(&out, '}');
    struct str text = json_padded(&arena, json_out_text(&out));
    bool ok = !json_parse(parser, text, &root) && parse_event(&again, root, &arena, NULL, NULL, problem);
    assert(ok);
    assert(again.event.id.time_ms == first->event.id.time_ms && again.event.id.random == first->event.id.random);
    if (event_has(&first->event, EVENT_visitor))
        assert(visitor_id_eq(again.event.visitor, first->event.visitor));
}

static bool take(void *context, struct str text, uint64_t line, const char *problem)
{
    char why[PARSE_PROBLEM_BYTES];
    struct parsed_event parsed;
    struct json root;
    (void)context, (void)line;
    arena_reset(&arena);
    if (problem || json_parse(parser, text, &root)) return true;
    if (!parse_event(&parsed, root, &arena, NULL, NULL, why)) {
        assert(why[0]);
        return true;
    }
    assert(event_id_valid(parsed.event.id));
    struct str stored = event_encode(&parsed.event, &arena);
    struct event back;
    assert(stored.n && !event_decode(&back, parsed.event.id, stored));
    parsed.event = back; /* its strings outlive the parser's text */
    check_form(&parsed, DIALECT_V4);
    if (event_has(&back, EVENT_edge)) return true;
    check_form(&parsed, DIALECT_V3);
    check_form(&parsed, DIALECT_WEBHOOK_V3);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!parser) {
        parser = json_parser_create();
        arena_init(&arena, (size_t)64 << 20);
    }
    struct split *s = split_create(64 * 1024, take, NULL);
    assert(parser && s);
    size_t half = size / 2;
    if (split_feed(s, (struct str){ (const char *)data, half }) &&
        split_feed(s, (struct str){ (const char *)data + half, size - half }))
        split_end(s);
    split_destroy(s);
    return 0;
}
