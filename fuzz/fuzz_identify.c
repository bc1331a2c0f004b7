/* fuzz_identify - any body through all steps of an identification over the memory store: refused
 * with a sentence, or stored so that the event and its payload can be read again. */
#include "event/packed.h"
#include "tests/unit/identify/fixture.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_stored(struct world *w, struct answered *o)
{
    struct event back;
    struct str steady;
    struct json_out out;
    const struct event *ev = &o->event;
    assert(ev->completeness >= 0 && ev->completeness <= 1 && ev->visits_count >= 1);
    assert(ev->suspect_points >= 0 && ev->suspect_points <= 100);
    enum err e = store_find_event(w->store, 1, ev->id, &o->arena, &back);
    assert(!e && event_same_fields(&back, ev) && visitor_id_eq(back.visitor, ev->visitor));
    e = store_find_snapshot(w->store, 1, back.visitor, (uint32_t)back.snapshot, &o->arena, &steady);
    assert(!e);
    struct cursor a = cursor_of(steady), b = cursor_of(back.volatile_signals);
    json_out_init(&out, &o->arena);
    e = packed_to_json(&out, &a, &b);
    assert(e == ERR_OK && cursor_left(&a) == 0 && cursor_left(&b) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world w;
    static struct json_parser *parser;
    static unsigned count;
    struct answered o;
    if (size > BODY_BYTES_MAX) return 0;
    if (count++ % 2000 == 0) { /* or the store would grow without end */
        if (w.store) world_close(&w);
        if (!parser) parser = json_parser_create();
        world_open(&w);
    }
    char *body = malloc(size + JSON_PADDING);
    if (!body || !parser) abort();
    if (size) memcpy(body, data, size);
    memset(body + size, '}', JSON_PADDING);
    struct ask ask = { .body = { body, size },
                       .user_agent = CHROME_WINDOWS("156"),
                       .parser = parser,
                       .arena_bytes_max = 2 * ARENA_BYTES_MAX }; /* room to read it back */
    identify_ask(&w, &ask, &o);
    if (o.e == ERR_OK) check_stored(&w, &o);
    else assert(o.e == ERR_MALFORMED && o.problem && o.problem[0]);
    outcome_free(&o);
    free(body);
    w.now_ms++;
    return 0;
}
