/* fuzz_event - any bytes as a stored event: ERR_CORRUPT, or an event that is stored again as the
 * same one and that every dialect can show. */
#include "api/render.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct event_id id = { 1765432100123, 0x123456789 };
    struct arena arena;
    struct event ev, again;
    char *bytes = malloc(size + 1); /* exact, and on its own */
    if (!bytes) abort();
    if (size) memcpy(bytes, data, size);
    arena_init(&arena, 16 << 20);
    enum err e = event_decode(&ev, id, (struct str){ bytes, size });
    assert(e == ERR_OK || e == ERR_CORRUPT);
    if (!e) {
        struct str encoded = event_encode(&ev, &arena);
        e = event_decode(&again, id, encoded);
        assert(!e && event_same_fields(&again, &ev) &&
               str_eq(event_encode(&again, &arena), encoded));
        for (enum dialect d = 0; d < DIALECT_COUNT; d++) {
            struct json_out out;
            json_out_init(&out, &arena);
            json_out_open(&out, '{');
            render_event(&out, d, &ev);
            json_out_close(&out, '}');
            assert(!out.failed && json_out_text(&out).n > 1);
        }
    }
    free(bytes);
    arena_free(&arena);
    return 0;
}
