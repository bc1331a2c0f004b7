/* Blocks of facets, as a damaged disk could hand them out: a summary's row, and columns of any length
 * behind it. The first byte is the length of the row's value. What can be read must be safe to select
 * from and to load. */
#include "store/block.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An engine whose every column is the rest of the input, cut or repeated to a length it chooses. */
static struct str rest;
static struct arena arena;

static enum err get(struct engine *engine, enum table table, struct str key, struct arena *a, struct str *value)
{
    (void)engine, (void)table;
    if (rest.n == 0) return ERR_NOT_FOUND;
    size_t n = ((uint8_t)rest.p[0] + 1u) * (key.p[5] ? 1 : 11);
    char *out = arena_alloc(a, n);
    if (!out) return ERR_NO_MEMORY;
    for (size_t i = 0; i < n; i++) out[i] = rest.p[i % rest.n];
    *value = (struct str){ out, n };
    return ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct engine engine = { .get = get };
    static const char key[] = { BLOCK_SUMMARY, 0, 0, 0, 1 };
    struct block *block;
    struct facet_entry *entries;
    struct event_id *ids;
    size_t count;
    if (size < 1) return 0;
    if (!arena.max_bytes) arena_init(&arena, 16 << 20);
    arena_reset(&arena);
    size_t n = data[0] < size - 1 ? data[0] : size - 1;
    rest = (struct str){ (const char *)data + 1 + n, size - 1 - n };
    if (block_read(&block, (struct str){ key, sizeof key }, (struct str){ (const char *)data + 1, n })) return 0;
    assert(block->count > 0 && block->count <= BLOCK_EVENTS);
    struct filters filters = { .count = 0 };
    filter_add_code(filters_add(&filters, FACET_vpn), 2);
    filter_add_code(filters_add(&filters, FACET_workspace), 2);
    if (!block_select(&engine, block, &filters, &arena, &ids, &count)) assert(count <= block->count);
    if (!block_load(&engine, block, &arena, &entries)) {
        /* ids may be out of order in a damaged one; the codes are what the columns say */
        for (size_t i = 0; i < block->count; i++) assert(event_id_valid(entries[i].id));
    }
    block_drop(block);
    return 0;
}
