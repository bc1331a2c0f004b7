/* engine - what the store needs from a database: ordered tables of plain keys and values.
 *
 * An engine knows nothing of events and visitors; the front (store.c) knows nothing of files. To
 * add one: fill in the functions, call store_open_engine, and run tests/unit/store/suite.h
 * over it.
 *
 * Rules every engine keeps:
 *  - write is atomic, and durable when it returns ERR_OK: acknowledged data survive a power cut.
 *  - After write has failed, the batch counts as refused, but an engine whose log may hold it may
 *    bring it back, whole, in revive. Nothing is written between the failure and revive, so what
 *    came back is never mixed with later data. Reads go on where they can.
 *  - get and scan may be called from any thread, at any time; write and revive from one thread.
 */
#ifndef WHORL_STORE_ENGINE_H
#define WHORL_STORE_ENGINE_H

#include "base/arena.h"
#include "base/err.h"

enum table {
    TABLE_VALUES,    /* kind byte + name -> value; API keys and dictionaries too (record.h) */
    TABLE_EVENTS,    /* event key -> event record */
    TABLE_VISITORS,  /* workspace + visitor id -> visitor record */
    TABLE_VISITS,    /* workspace + visitor id + event key -> empty */
    TABLE_SNAPSHOTS, /* workspace + visitor id + number -> snapshot record */
    TABLE_FACETS,    /* what search reads: block.h, facets.h */
    TABLE_COUNT
};

/* One change. Keys are copied into the arena of the batch's maker, values are borrowed. */
struct put {
    struct put *next;
    enum table table;
    bool erase;
    struct str key, value;
};

/* Changes that happen together or not at all. */
struct batch {
    struct put *first, *last;
    size_t count, bytes;
};

/* False when the arena is used up. */
bool batch_put(struct batch *batch, struct arena *arena, enum table table, struct str key,
               struct str value);
bool batch_erase(struct batch *batch, struct arena *arena, enum table table, struct str key);
/* Moves all of source to the end of target. */
void batch_append(struct batch *target, struct batch *source);

/* The keys of a table that start with `prefix`, in order; `from` limits them when it is not
 * empty. */
struct range {
    struct str prefix;
    struct str from; /* forward: at or after this key; backward: before it */
    bool backward;
    bool bulk;       /* much of the table will be read: read ahead, leave the cache to others */
};

/* Called for each hit; false ends the scan. Key and value are borrowed for the call, which must not
 * call the engine. */
typedef bool engine_visit(void *context, struct str key, struct str value);

struct engine {
    /* The value is copied to arena. ERR_NOT_FOUND, ERR_IO, ERR_CORRUPT, ERR_NO_MEMORY. */
    enum err (*get)(struct engine *, enum table, struct str key, struct arena *, struct str *value);
    enum err (*scan)(struct engine *, enum table, const struct range *, engine_visit *,
                     void *context);
    enum err (*write)(struct engine *, const struct batch *);
    /* After a failed write: makes the engine writable again, or says that it is too early. */
    enum err (*revive)(struct engine *);
    /* Erased data leave the disk in two steps, both slow and for a thread in the background: flush
     * writes buffers to their final place, so that no log holds them any more; then purge, for the
     * keys from `first` to `last`, both included, rewrites the files in which they still stand. */
    enum err (*flush)(struct engine *);
    enum err (*purge)(struct engine *, enum table, struct str first, struct str last);
    /* Writes buffers to their final place and frees the engine. */
    void (*close)(struct engine *);
};

enum err engine_open_memory(struct engine **out);
enum err engine_open_rocksdb(struct engine **out, const char *dir);

struct store;
/* Takes the engine over, also when it fails. For tests with engines of their own. */
enum err store_open_engine(struct store **out, struct engine *engine);

#endif
