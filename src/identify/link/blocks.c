/* blocks - see blocks.h. Lists are chains through one array in chunks; a table in parts finds their heads. */
#include "identify/link/blocks.h"

#include <stdlib.h>

enum { FIRST_SIZE = 4 };

/* The row of the key, or the empty one where it belongs. Heads stay when their list becomes empty. */
static struct block *find(const struct blocks_part *part, uint32_t key)
{
    uint32_t mask = part->size - 1, at = key >> COUNTS_PARTS_BITS & mask;
    while (part->row[at].key && part->row[at].key != key) at = (at + 1) & mask;
    return &part->row[at];
}

static const struct block *lookup(const struct blocks *b, uint32_t key)
{
    const struct blocks_part *part = &b->part[key & (COUNTS_PARTS - 1)];
    return part->size && key ? find(part, key) : NULL;
}

static bool grow_part(struct blocks_part *part)
{
    struct blocks_part larger = { .size = part->size ? part->size * 2 : FIRST_SIZE };
    larger.row = calloc(larger.size, sizeof *larger.row);
    if (!larger.row) return false;
    for (uint32_t i = 0; i < part->size; i++) {
        if (!part->row[i].key || !part->row[i].count) continue; /* empty lists are dropped here */
        *find(&larger, part->row[i].key) = part->row[i];
        larger.used++;
    }
    free(part->row);
    *part = larger;
    return true;
}

static uint32_t new_entry(struct blocks *b)
{
    uint32_t e = b->entries_free;
    if (e) {
        b->entries_free = blocks_entry(b, e)->next;
        return e;
    }
    if (b->entries == b->chunks * BLOCKS_CHUNK) {
        void *larger = realloc(b->chunk, (b->chunks + 1) * sizeof *b->chunk);
        if (!larger) return 0;
        b->chunk = larger;
        b->chunk[b->chunks] = malloc(BLOCKS_CHUNK * sizeof **b->chunk);
        if (!b->chunk[b->chunks]) return 0;
        b->chunks++;
        if (!b->entries) b->entries = 1;
    }
    return b->entries++;
}

bool blocks_add(struct blocks *b, uint32_t key, uint32_t visitor)
{
    struct blocks_part *part = &b->part[key & (COUNTS_PARTS - 1)];
    if (!key) return true;
    if (part->used + 1 > part->size / 4 * 3 && !grow_part(part)) return false;
    uint32_t e = new_entry(b);
    if (!e) return false;
    struct block *head = find(part, key);
    if (!head->key) {
        *head = (struct block){ .key = key };
        part->used++;
    }
    *blocks_entry(b, e) = (struct block_entry){ head->first, visitor };
    head->first = e;
    head->count++;
    return true;
}

void blocks_remove(struct blocks *b, uint32_t key, uint32_t visitor)
{
    struct block *head = (struct block *)lookup(b, key);
    if (!head || !head->key) return;
    uint32_t *link = &head->first;
    for (unsigned i = 0; *link && blocks_entry(b, *link)->visitor != visitor; i++) {
        if (i == BLOCKS_SCAN_MAX) return;
        link = &blocks_entry(b, *link)->next;
    }
    uint32_t e = *link;
    if (!e) return;
    *link = blocks_entry(b, e)->next;
    blocks_entry(b, e)->next = b->entries_free;
    b->entries_free = e;
    head->count--;
}

void blocks_prefetch(const struct blocks *b, uint32_t key)
{
    const struct blocks_part *part = &b->part[key & (COUNTS_PARTS - 1)];
    if (part->size) __builtin_prefetch(&part->row[key >> COUNTS_PARTS_BITS & (part->size - 1)]);
}

uint32_t blocks_size(const struct blocks *b, uint32_t key)
{
    const struct block *head = lookup(b, key);
    return head ? head->count : 0;
}

uint32_t blocks_first(const struct blocks *b, uint32_t key)
{
    const struct block *head = lookup(b, key);
    return head ? head->first : 0;
}

size_t blocks_bytes(const struct blocks *b)
{
    size_t bytes = b->chunks * (BLOCKS_CHUNK * sizeof **b->chunk + sizeof *b->chunk);
    for (size_t i = 0; i < COUNTS_PARTS; i++) bytes += b->part[i].size * sizeof(struct block);
    return bytes;
}

void blocks_free(struct blocks *b)
{
    for (size_t i = 0; i < COUNTS_PARTS; i++) free(b->part[i].row);
    for (uint32_t i = 0; i < b->chunks; i++) free(b->chunk[i]);
    free(b->chunk);
    *b = (struct blocks){ 0 };
}
