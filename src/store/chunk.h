/* chunk - walks over the keys of a table in bounded pieces, so that nobody holds an iterator for long. */
#ifndef WHORL_STORE_CHUNK_H
#define WHORL_STORE_CHUNK_H

#include "store/record.h"
#include "store/engine.h"

/* Keys of one write: its sync lasts as long as any other, and visits wait for no more. */
enum { CHUNK = 512 };

struct chunk {
    struct str keys[CHUNK]; /* in `arena` */
    size_t count;           /* CHUNK: there may be more */
    struct arena *arena;
};

/* The next keys of a table that start with `prefix`; *from is empty at first, and moves behind them. Resets the
 * arena. ERR_NO_MEMORY, and the engine's. */
enum err chunk_next(struct chunk *chunk, struct engine *engine, enum table table, struct str prefix,
                    struct key *from);

/* Purges all of a table. */
enum err purge_table(struct engine *engine, enum table table);

#endif
