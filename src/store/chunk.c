/* chunk - see chunk.h. */
#include "store/chunk.h"

#include <assert.h>

static bool add_key(void *context, struct str key, struct str value)
{
    struct chunk *chunk = context;
    (void)value;
    struct str copy = arena_copy(chunk->arena, key);
    if (chunk->arena->failed) return false;
    chunk->keys[chunk->count++] = copy;
    return chunk->count < CHUNK;
}

enum err chunk_next(struct chunk *chunk, struct engine *engine, enum table table, struct str prefix,
                    struct key *from)
{
    struct range range = { .prefix = prefix, .from = key_str(from) };
    chunk->count = 0;
    arena_reset(chunk->arena);
    enum err e = engine->scan(engine, table, &range, add_key, chunk);
    if (!e && chunk->arena->failed) e = ERR_NO_MEMORY;
    if (e || chunk->count == 0) return e;
    struct str last = chunk->keys[chunk->count - 1];
    assert(last.n < sizeof from->bytes);
    memcpy(from->bytes, last.p, last.n);
    from->bytes[last.n] = 0; /* the first key behind it */
    from->n = last.n + 1;
    return ERR_OK;
}

enum err purge_table(struct engine *engine, enum table table)
{
    char last[64];
    memset(last, 0xff, sizeof last); /* behind every key */
    return engine->purge(engine, table, STR(""), (struct str){ last, sizeof last });
}
