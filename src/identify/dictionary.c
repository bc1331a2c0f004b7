/* dictionary - see dictionary.h. The likeliest body comes last: matches near the end of a zstd
 * dictionary have the shortest offsets. */
#include "identify/dictionary.h"

#include "base/limits.h"
#include "event/packed.h"
#include "identify/signals.h"

static enum err add(struct bytes_out *out, struct json_parser *parser, struct str body,
                    struct arena *arena)
{
    struct json root, object;
    struct signals signals;
    struct bytes_out changing;
    struct str padded = json_padded(arena, body);
    if (!padded.p) return ERR_NO_MEMORY;
    enum err e = json_parse(parser, padded, &root);
    if (!e && !json_get(root, STR("signals"), &object)) e = ERR_MALFORMED;
    if (e) return e;
    bytes_out_init(&changing, arena, 1024);
    packed_key(out, STR("signals"));
    return signals_read(&signals, object, arena, out, &changing);
}

enum err dictionary_make(const struct str *bodies, size_t count, struct arena *arena,
                         struct str *out)
{
    struct bytes_out bytes;
    enum err e = ERR_OK;
    struct json_parser *parser = json_parser_create();
    if (!parser) return ERR_NO_MEMORY;
    bytes_out_init(&bytes, arena, 64 * 1024);
    for (size_t i = 0; i < count && !e; i++) e = add(&bytes, parser, bodies[i], arena);
    json_parser_destroy(parser);
    *out = bytes_out_text(&bytes);
    return e;
}
