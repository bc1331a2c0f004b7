/* block - the facets of some thousand events, column by column, so that a search reads only what it
 * asks for.
 *
 *     table FACETS
 *     's' number:4            summary: version 1 | varint count | first id:11 | last id:11
 *                             | for each facet that some event has: number:1 | kind:1 | mask:8 | code:4
 *     'b' number:4 facet:1    the facet's codes in the order of the ids: one byte each for kinds with
 *                             few values, else four, little-endian. Facet 0: the ids, 11 bytes each
 *
 * Ids are in order, and each stands once. A column whose codes are all the same is not written: its
 * summary says the code (kind 1); kind 2 has a column. The mask has bit code % 64 of each code that is
 * there, after mixing for 32-bit ones: a search passes blocks whose masks say no.
 *
 * A written block is never changed. Changing one is writing another under a new number and erasing
 * the old one, so that whoever reads the old one meanwhile finds all of it or ERR_NOT_FOUND. */
#ifndef WHORL_STORE_BLOCK_H
#define WHORL_STORE_BLOCK_H

#include "event/facet.h"
#include "store/engine.h"

#include <stdatomic.h>

enum { BLOCK_EVENTS = 4096, BLOCK_SUMMARY = 's', BLOCK_COLUMN = 'b' };

struct facet_entry {
    struct event_id id;
    bool patch; /* newer than what a block says of this event */
    uint32_t codes[FACET_COUNT];
};

/* The summary, in memory. Shared by counting. */
struct block {
    atomic_uint references;
    uint32_t number, count;
    struct event_id first, last;
    bool uniform[FACET_COUNT];  /* all events have codes[] */
    uint32_t codes[FACET_COUNT];
    uint64_t mask[FACET_COUNT];
};

int event_id_order(struct event_id a, struct event_id b); /* as memcmp */

/* Puts a block of entries in order, 1 to BLOCK_EVENTS. *out has one reference. ERR_NO_MEMORY. */
enum err block_write(struct block **out, uint32_t number, const struct facet_entry *entries,
                     size_t count, struct arena *arena, struct batch *batch);
/* Erases its rows. False without memory. */
bool block_erase(const struct block *block, struct arena *arena, struct batch *batch);
/* From its summary's row. ERR_CORRUPT, ERR_NO_MEMORY. */
enum err block_read(struct block **out, struct str key, struct str value);
void block_take(struct block *block);
void block_drop(struct block *block);

/* The ids, in arena. */
enum err block_ids(struct engine *engine, const struct block *block, struct arena *arena,
                   struct event_id **out);
/* All of it, in arena. */
enum err block_load(struct engine *engine, const struct block *block, struct arena *arena,
                    struct facet_entry **out);
/* The ids of the events whose codes pass all filters; *count of them, in order. */
enum err block_select(struct engine *engine, const struct block *block,
                      const struct filters *filters, struct arena *arena, struct event_id **out,
                      size_t *count);

#endif
