/* blocks - which visitors have a blocking key (Fellegi and Sunter's "comparison space reduced"): the candidates
 * of a search share at least one of its keys.
 *
 * A list per key, the latest visitor first. Keys have 32 bits: with 100 million in use, one in forty finds a
 * stranger's list, which costs a comparison and changes no answer. Not safe for several threads at once; reading
 * beside reading is.
 */
#ifndef WHORL_IDENTIFY_LINK_BLOCKS_H
#define WHORL_IDENTIFY_LINK_BLOCKS_H

#include "identify/link/counts.h" /* key_mix */

struct blocks {
    struct blocks_part {
        struct block { uint32_t key, first, count; } *row;
        uint32_t size, used;
    } part[COUNTS_PARTS];
    struct block_entry { uint32_t next, visitor; } **chunk; /* BLOCKS_CHUNK each: entries never move */
    uint32_t entries, chunks, entries_free;                 /* entry 0 ends a list */
};
enum { BLOCKS_CHUNK = 1 << 15 };

static inline struct block_entry *blocks_entry(const struct blocks *b, uint32_t e)
{
    return &b->chunk[e / BLOCKS_CHUNK][e % BLOCKS_CHUNK];
}

/* False without memory. A key of 0 is taken and ignored. */
bool blocks_add(struct blocks *b, uint32_t key, uint32_t visitor);
/* Looks at the latest BLOCKS_SCAN_MAX entries only: what stands deeper stays, and is one candidate more for
 * whoever searches there. */
enum { BLOCKS_SCAN_MAX = 1024 };
void blocks_remove(struct blocks *b, uint32_t key, uint32_t visitor);
/* How many visitors have the key. */
uint32_t blocks_size(const struct blocks *b, uint32_t key);

/* Starts to fetch the head of the key's list from memory, or an entry. */
void blocks_prefetch(const struct blocks *b, uint32_t key);
static inline void blocks_prefetch_entry(const struct blocks *b, uint32_t e)
{
    if (e) __builtin_prefetch(blocks_entry(b, e));
}

/* for (uint32_t e = blocks_first(b, key); e; e = blocks_entry(b, e)->next) use(blocks_entry(b, e)->visitor); */
uint32_t blocks_first(const struct blocks *b, uint32_t key);
size_t blocks_bytes(const struct blocks *b);
void blocks_free(struct blocks *b);

#endif
