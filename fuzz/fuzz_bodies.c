/* fuzz_bodies - any JSON as the small bodies of the APIs: updates of v3 and v4, and wallets. What is accepted keeps the
 * limits; what the same JSON says as a device's signals comes out as JSON (raw device attributes). */
#include "api/raw_attributes.h"
#include "api/update.h"
#include "api/wallets.h"
#include "base/limits.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_update(struct json root, enum dialect d, struct arena *arena)
{
    struct event values = { 0 };
    enum err e = update_read(&values, root, d, arena);
    assert(!e || e == ERR_MALFORMED);
    if (e) return;
    if (event_has(&values, EVENT_linked_id)) assert(str_count_chars(values.linked_id) <= LINKED_ID_CHARS_MAX);
    if (event_has(&values, EVENT_tag)) assert(values.tag.n <= TAG_BYTES_MAX && values.tag.p[0] == '{');
}

static void check_wallets(struct json root, bool lenient, struct arena *arena)
{
    struct wallets w;
    const char *problem = NULL;
    enum err e = wallets_read(&w, root, lenient, arena, &problem);
    if (e) {
        assert(e == ERR_MALFORMED && problem);
        return;
    }
    assert(w.count <= WALLETS_MAX);
    for (size_t i = 0; i < w.count; i++) {
        assert(w.address[i].n >= 32 && w.address[i].n <= 44);
        for (size_t c = 0; c < w.address[i].n; c++) assert(w.address[i].p[c] < 'A' || w.address[i].p[c] > 'Z');
    }
}

static void check_attributes(struct json root, enum dialect d, struct arena *arena)
{
    static struct json_parser *parser;
    struct json_out out;
    struct json again;
    if (!parser) parser = json_parser_create();
    json_out_init(&out, arena);
    json_out_open(&out, '{');
    raw_attributes_put(&out, arena, d, root);
    json_out_close(&out, '}');
    struct str text = json_padded(arena, json_out_text(&out));
    assert(parser && text.p && !json_parse(parser, text, &again) && json_type(again) == JSON_OBJECT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json_parser *parser;
    static struct arena arena;
    struct json root;
    if (!parser) {
        parser = json_parser_create();
        arena_init(&arena, (size_t)256 << 20);
    }
    arena_reset(&arena);
    if (size > BODY_BYTES_MAX) return 0;
    struct str text = json_padded(&arena, (struct str){ (const char *)data, size });
    if (!parser || !text.p || json_parse(parser, text, &root)) return 0;
    for (enum dialect d = DIALECT_V4; d <= DIALECT_V3; d++) check_update(root, d, &arena);
    check_wallets(root, false, &arena);
    check_wallets(root, true, &arena);
    if (json_type(root) != JSON_OBJECT) return 0;
    for (enum dialect d = DIALECT_V4; d <= DIALECT_V3; d++) check_attributes(root, d, &arena);
    return 0;
}
