/* batch - lists of changes for an engine; see engine.h. Each save builds its own on its own thread,
 * and the commit thread strings them together without copying. */
#include "store/engine.h"

static bool add(struct batch *batch, struct arena *arena, struct put put)
{
    struct put *p = arena_alloc(arena, sizeof *p + put.key.n);
    if (!p) return false;
    *p = put;
    memcpy(p + 1, put.key.p, put.key.n);
    p->key.p = (const char *)(p + 1);
    p->next = NULL;
    if (batch->last) batch->last->next = p;
    else batch->first = p;
    batch->last = p;
    batch->count++;
    batch->bytes += put.key.n + put.value.n;
    return true;
}

bool batch_put(struct batch *batch, struct arena *arena, enum table table, struct str key,
               struct str value)
{
    return add(batch, arena, (struct put){ .table = table, .key = key, .value = value });
}

bool batch_erase(struct batch *batch, struct arena *arena, enum table table, struct str key)
{
    return add(batch, arena, (struct put){ .table = table, .key = key, .erase = true });
}

void batch_append(struct batch *target, struct batch *source)
{
    if (!source->first) return;
    if (target->last) target->last->next = source->first;
    else target->first = source->first;
    target->last = source->last;
    target->count += source->count;
    target->bytes += source->bytes;
    *source = (struct batch){ 0 };
}
