/* fuzz_command - any JSON as a request to the control socket, over a store that remembers: answered with an object,
 * and what was stored can be loaded again. */
#include "base/limits.h"
#include "control/command.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct command_context context;
static const uint8_t master[32] = "thirty-two bytes to seal keys in";

static void begin(void)
{
    if (context.keys) keys_free(context.keys);
    if (context.store) store_close(context.store);
    context = (struct command_context){ .master = master };
    if (store_open_memory(&context.store) || keys_load(&context.keys, context.store, master)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json_parser *parser, *reader;
    static struct arena arena;
    static unsigned count;
    struct json request, answer, v;
    struct json_out out;
    if (!parser) {
        parser = json_parser_create(), reader = json_parser_create();
        arena_init(&arena, (size_t)64 << 20);
    }
    if (count++ % 50 == 0) begin(); /* or the store would grow without end */
    arena_reset(&arena);
    struct str text = json_padded(&arena, (struct str){ (const char *)data, size });
    if (!parser || !reader || !text.p || json_parse(parser, text, &request)) return 0;
    json_out_init(&out, &arena);
    bool good = command_run(&context, request, &arena, &out);
    text = json_padded(&arena, json_out_text(&out));
    assert(text.p && !json_parse(reader, text, &answer) && json_type(answer) == JSON_OBJECT);
    assert(good != json_get(answer, STR("error"), &v));
    assert(keys_reload(context.keys, context.store) == ERR_OK);
    return 0;
}
