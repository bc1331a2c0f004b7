/* facets - what search knows of each event: the newest in memory, the others in blocks.
 *
 *     commit thread:  an event is written, and its id is noted in the log (a row per write)
 *                     - its codes stand in the tail, in memory
 *     own thread:     the tail has BLOCK_EVENTS: it is sorted, written as blocks, and its rows of the
 *                     log are erased, in one write; searches see the change at once and whole
 *     opening:        summaries of blocks and the events that the log names are read
 *
 * So an event costs search 12 bytes of the log when it is written, and a few dozen in a block later.
 * Times may arrive out of order: blocks may overlap, and searches merge them.
 *
 * An update of an event (store_update) puts its new codes into the tail, as a patch, and the block
 * that has the event is written anew with the next seal. Codes only say where to look: whether an
 * event fits, the event itself decides, so what is stale in between does no harm.
 *
 *     table FACETS, besides block.h
 *     'l' sequence:8          ids in the tail: for each, patch:1 and the id:11
 *     'v'                     hash of the Q rows; when it is another one, all is made anew from events
 */
#ifndef WHORL_STORE_FACETS_H
#define WHORL_STORE_FACETS_H

#include "base/bytes.h"
#include "store/block.h"
#include "store/commit.h"

struct facets;

/* Reads what is stored, and makes it when there are events without. The engine is borrowed. */
enum err facets_open(struct facets **out, struct engine *engine);
/* Starts the thread that seals. ERR_NO_MEMORY. */
enum err facets_start(struct facets *f, struct commit *commit);
/* Before commit_destroy: ends the thread. */
void facets_stop(struct facets *f);
void facets_close(struct facets *f);

/* ---- for the commit thread ---- */

/* Puts the log's row for what is about to be written. False without memory. */
bool facets_log(struct facets *f, const struct save *list, struct arena *arena, struct batch *batch);
/* It is written. */
void facets_add(struct facets *f, const struct save *list);
/* The engine was revived, and may have brought back what was refused: everything is read again. */
enum err facets_reload(struct facets *f);

/* ---- for searches ---- */

/* What there is at one moment. */
struct version {
    atomic_uint references;
    size_t count;
    struct block *blocks[];
};
struct facets_view {
    struct version *version;
    struct event_id *ids; /* in the tail, those that pass */
    size_t count;
};
/* ids are in arena. ERR_NO_MEMORY. */
enum err facets_view(struct facets *f, const struct filters *filters, struct arena *arena,
                     struct facets_view *out);
void facets_leave(struct facets_view *view);

/* ---- for erasing; not from the commit thread ---- */

/* Makes the tail a block, so that the log holds nothing. */
enum err facets_seal(struct facets *f);
/* Takes events out of all blocks; call facets_seal before. Calls gone, unless it is NULL, for each block that was
 * erased: its rows begin with these bytes. */
enum err facets_remove(struct facets *f, const struct event_id *ids, size_t count,
                       void (*gone)(void *context, struct str prefix), void *context);

#endif
