/* erase - see erase.h. */
#include "store/erase.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/outcome.h"
#include "base/rounds.h"
#include "store/chunk.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum {
    CHAINS = 1024,
    /* One purge for all deletions of this long. "Within minutes" leaves room for more, but a disk
     * that is nearly full, or an operator who waits, gains by less. */
    GATHER_MS = 10 * 1000,
    RETRY_MS = 1000, /* after a failure */
    /* Events this close are purged as one range: they are in one file anyway. A site with 40,000
     * events an hour, 7 million a week, at some 400 bytes each, writes half a file of 32 MiB. */
    RANGE_MS = 3600 * 1000,
    /* A purge takes some ms and rewrites a file of up to 32 MiB; with more marks than this, ... of each table. */
    WHOLE_MARKS = 256,
    ARENA_BYTES = 4 << 20,
};

struct erased {
    struct erased *next;
    uint32_t workspace;
    struct visitor_id id;
    struct mark mark;
    uint64_t events; /* seen in this round */
};

struct eraser {
    struct engine *engine;
    struct pending *pending;
    struct commit *commit;
    struct facets *facets;
    struct rounds rounds;
    pthread_mutex_t lock; /* all below but `count` for reading, and what the thread keeps */
    struct erased *chains[CHAINS];
    atomic_size_t count;
    bool reload;          /* a mark may have come back from the log */
    struct arena arena;   /* of the thread, as is what follows */
    /* Blocks of facets that were erased in this round, as a range of keys. */
    struct {
        struct key first, last;
        bool any;
    } stale;
    bool whole; /* tables are purged as a whole in this round */
};

/* ---- the marks in memory ------------------------------------------------------------------- */

static struct erased **chain_of(struct eraser *er, struct visitor_id id)
{
    return &er->chains[(id.low ^ id.low >> 32 ^ id.high) % CHAINS]; /* ids are random enough */
}

static struct erased **find_link(struct eraser *er, uint32_t workspace, struct visitor_id id)
{
    struct erased **link = chain_of(er, id);
    while (*link && !((*link)->workspace == workspace && visitor_id_eq((*link)->id, id)))
        link = &(*link)->next;
    return link;
}

bool eraser_hides(struct eraser *er, uint32_t workspace, struct visitor_id id)
{
    if (atomic_load_explicit(&er->count, memory_order_acquire) == 0) return false;
    pthread_mutex_lock(&er->lock);
    bool hidden = *find_link(er, workspace, id) != NULL;
    pthread_mutex_unlock(&er->lock);
    return hidden;
}

/* Takes it over; a round is due. */
static void add_mark(struct eraser *er, struct erased *mark)
{
    pthread_mutex_lock(&er->lock);
    struct erased **link = find_link(er, mark->workspace, mark->id);
    if (*link) {
        free(mark);
    } else {
        *link = mark;
        atomic_fetch_add_explicit(&er->count, 1, memory_order_release);
    }
    pthread_mutex_unlock(&er->lock);
    rounds_due(&er->rounds, GATHER_MS);
}

static void drop_mark(struct eraser *er, const struct erased *mark)
{
    pthread_mutex_lock(&er->lock);
    struct erased **link = find_link(er, mark->workspace, mark->id), *found = *link;
    if (found) {
        *link = found->next;
        free(found);
        atomic_fetch_sub_explicit(&er->count, 1, memory_order_release);
    }
    pthread_mutex_unlock(&er->lock);
}

static struct erased *new_mark(uint32_t workspace, struct visitor_id id, const struct mark *kept)
{
    struct erased *mark = calloc(1, sizeof *mark);
    if (mark) mark->workspace = workspace, mark->id = id, mark->mark = *kept;
    return mark;
}

struct reading {
    struct eraser *er;
    enum err e;
};

static bool read_mark(void *context, struct str key, struct str value)
{
    struct reading *reading = context;
    uint32_t workspace;
    struct visitor_id id;
    struct mark kept;
    reading->e = key_mark_read(key, &workspace, &id);
    if (!reading->e) reading->e = mark_decode(&kept, value);
    if (reading->e) return false;
    struct erased *mark = new_mark(workspace, id, &kept);
    if (!mark) reading->e = ERR_NO_MEMORY;
    else add_mark(reading->er, mark);
    return mark != NULL;
}

/* Not under our lock: readers of the engine ask eraser_hides. */
static enum err read_marks(struct eraser *er)
{
    struct reading reading = { er, ERR_OK };
    struct key prefix;
    key_value(&prefix, VALUE_ERASED, STR(""));
    struct range range = { .prefix = key_str(&prefix) };
    enum err e = er->engine->scan(er->engine, TABLE_VALUES, &range, read_mark, &reading);
    return e ? e : reading.e;
}

/* ---- step 1 -------------------------------------------------------------------------------- */

static void committed(struct save *save)
{
    struct deletion *d = save->context;
    struct eraser *er = d->eraser;
    add_mark(er, d->erased);
    d->erased = NULL;
    pending_erase(er->pending, d->workspace, d->id);
    if (!d->aged) metric_add(METRIC_visitors_deleted_total, 1);
}

static void written(struct save *save, enum err result)
{
    struct deletion *d = save->context;
    struct eraser *er = d->eraser;
    if (result) { /* also when it was not allowed: then there is nothing to read again, and it costs little */
        free(d->erased);
        pthread_mutex_lock(&er->lock);
        er->reload = true;
        pthread_mutex_unlock(&er->lock);
        rounds_due(&er->rounds, GATHER_MS);
    }
    d->done(d, result);
}

/* A deletion that somebody asked for leaves a receipt, in the same write. */
static bool put_receipt(struct deletion *d, struct mark *mark, struct batch *batch)
{
    struct receipt receipt = { .workspace = d->workspace, .key = d->key, .deleted_ms = mark->when_ms };
    struct key key;
    if (d->aged) return true;
    mark->has_receipt = true;
    memcpy(mark->hash, d->hash, sizeof mark->hash);
    memcpy(receipt.hash, d->hash, sizeof receipt.hash);
    key_receipt(&key, &receipt);
    struct str record = receipt_encode(&receipt, d->arena);
    return record.n && batch_put(batch, d->arena, TABLE_VALUES, key_str(&key), record);
}

enum err eraser_start(struct eraser *er, struct deletion *d)
{
    struct key visitor, marked;
    struct mark mark = { .when_ms = clock_wall_ms() };
    struct batch *batch = ARENA_NEW(d->arena, struct batch);
    key_visitor(&visitor, d->workspace, d->id);
    key_mark(&marked, VALUE_ERASED, d->workspace, d->id);
    d->eraser = er;
    d->save = (struct save){ .done = written, .committed = committed, .allowed = d->allowed, .context = d,
                             .batch = batch, .arena = d->arena };
    if (!batch || !batch_erase(batch, d->arena, TABLE_VISITORS, key_str(&visitor)) ||
        !put_receipt(d, &mark, batch))
        return ERR_NO_MEMORY;
    struct str record = mark_encode(&mark, d->arena);
    if (!record.n || !batch_put(batch, d->arena, TABLE_VALUES, key_str(&marked), record)) return ERR_NO_MEMORY;
    d->erased = new_mark(d->workspace, d->id, &mark);
    struct erased *kept = d->erased; /* once pushed, *d may be gone */
    enum err e = kept ? commit_push(er->commit, &d->save) : ERR_NO_MEMORY;
    if (e) free(kept);
    return e;
}

static void waited_for(struct deletion *d, enum err result)
{
    outcome_tell(d->context, result);
}

enum err eraser_run(struct eraser *er, struct deletion *d)
{
    struct outcome outcome;
    d->done = waited_for;
    d->context = &outcome;
    outcome_init(&outcome);
    return outcome_await(&outcome, eraser_start(er, d));
}

/* ---- steps 2 to 4, on the thread ----------------------------------------------------------- */

/* chunk_next, unless the thread is to end. */
static enum err next_chunk(struct eraser *er, enum table table, struct str prefix, struct key *from,
                           struct chunk *chunk)
{
    chunk->arena = &er->arena;
    chunk->count = 0;
    if (rounds_stopping(&er->rounds)) return ERR_UNAVAILABLE;
    enum err e = chunk_next(chunk, er->engine, table, prefix, from);
    return !e && rounds_stopping(&er->rounds) ? ERR_UNAVAILABLE : e;
}

/* Erases those keys, or the events that keys of TABLE_VISITS name. */
static enum err erase_chunk(struct eraser *er, enum table table, const struct chunk *chunk)
{
    struct batch batch = { 0 };
    for (size_t i = 0; i < chunk->count; i++) {
        struct str key = chunk->keys[i];
        struct event_id id;
        struct key event;
        if (table == TABLE_EVENTS) {
            if (key_visit_read(key, &id)) continue; /* damaged: it names no event */
            key_event(&event, id);
            key = key_str(&event);
        }
        if (!batch_erase(&batch, &er->arena, table, key)) return ERR_NO_MEMORY;
        uint32_t workspace;
        struct visitor_id visitor;
        uint64_t wallet;
        struct key other; /* the same pair from the wallet's side */
        if (table != TABLE_SNAPSHOTS || !key_visitor_wallet_read(key, &workspace, &visitor, &wallet)) continue;
        key_wallet_visitor(&other, workspace, wallet, visitor);
        if (!batch_erase(&batch, &er->arena, TABLE_VALUES, key_str(&other))) return ERR_NO_MEMORY;
    }
    return batch.first ? commit_write(er->commit, &batch) : ERR_OK;
}

/* From `source`'s keys with this prefix, erases in `target`: the same table, or events by visits. */
static enum err erase_all(struct eraser *er, enum table source, struct str prefix,
                          enum table target)
{
    struct chunk chunk;
    struct key from = { .n = 0 };
    enum err e;
    do {
        e = next_chunk(er, source, prefix, &from, &chunk);
        if (!e) e = erase_chunk(er, target, &chunk);
    } while (!e && chunk.count == CHUNK);
    return e;
}

/* Purges what the index of visits names, events near each other together. */
static enum err purge_events(struct eraser *er, struct str prefix)
{
    struct chunk chunk;
    struct key from = { .n = 0 }, first, last;
    struct event_id start = { 0 }, end = { 0 }, id;
    bool open = false;
    enum err e;
    do {
        e = next_chunk(er, TABLE_VISITS, prefix, &from, &chunk);
        for (size_t i = 0; i < chunk.count && !e; i++) {
            if (key_visit_read(chunk.keys[i], &id)) continue;
            if (open && id.time_ms - end.time_ms > RANGE_MS) {
                key_event(&first, start), key_event(&last, end);
                e = er->engine->purge(er->engine, TABLE_EVENTS, key_str(&first), key_str(&last));
                open = false;
            }
            if (!open) start = id;
            end = id, open = true;
            if (rounds_stopping(&er->rounds)) e = ERR_UNAVAILABLE;
        }
    } while (!e && chunk.count == CHUNK);
    if (e || !open) return e;
    key_event(&first, start), key_event(&last, end);
    return er->engine->purge(er->engine, TABLE_EVENTS, key_str(&first), key_str(&last));
}

/* All keys of a table that start with these bytes of a visitor. */
static enum err purge_prefix(struct eraser *er, enum table table, struct str prefix)
{
    struct key last = { .n = prefix.n };
    memcpy(last.bytes, prefix.p, prefix.n);
    while (last.n < prefix.n + EVENT_ID_KEY_BYTES) last.bytes[last.n++] = 0xff; /* the longest */
    return er->engine->purge(er->engine, table, prefix, key_str(&last));
}

/* What is known now of an erasure; its end, when there is nothing left to do. */
static bool put_progress(struct eraser *er, const struct erased *mark, int64_t erased_ms, struct batch *batch)
{
    struct receipt receipt = { .workspace = mark->workspace, .deleted_ms = mark->mark.when_ms };
    struct key key;
    struct str record;
    if (!mark->mark.has_receipt) return true;
    memcpy(receipt.hash, mark->mark.hash, sizeof receipt.hash);
    key_receipt(&key, &receipt);
    if (er->engine->get(er->engine, TABLE_VALUES, key_str(&key), &er->arena, &record) ||
        receipt_decode(&receipt, record))
        return true; /* gone or damaged: no reason to keep what is to be erased */
    /* an earlier round may have seen more, before it erased a part of the index */
    if (mark->events > receipt.events) receipt.events = mark->events;
    receipt.erased_ms = erased_ms;
    record = receipt_encode(&receipt, &er->arena);
    return record.n && batch_put(batch, &er->arena, TABLE_VALUES, key_str(&key), record);
}

static enum err note_events(struct eraser *er, const struct erased *mark)
{
    struct batch batch = { 0 };
    arena_reset(&er->arena);
    if (!put_progress(er, mark, 0, &batch)) return ERR_NO_MEMORY;
    return batch.first ? commit_write(er->commit, &batch) : ERR_OK;
}

static enum err erase_mark(struct eraser *er, const struct erased *mark)
{
    struct batch batch = { 0 };
    struct key key;
    arena_reset(&er->arena);
    key_mark(&key, VALUE_ERASED, mark->workspace, mark->id);
    if (!put_progress(er, mark, clock_wall_ms(), &batch) ||
        !batch_erase(&batch, &er->arena, TABLE_VALUES, key_str(&key)))
        return ERR_NO_MEMORY;
    return commit_write(er->commit, &batch);
}

static void add_stale(void *context, struct str prefix)
{
    struct eraser *er = context;
    struct key key = { .n = prefix.n };
    memcpy(key.bytes, prefix.p, prefix.n);
    if (!er->stale.any || memcmp(key.bytes, er->stale.first.bytes, key.n) < 0) er->stale.first = key;
    if (!er->stale.any || memcmp(key.bytes, er->stale.last.bytes, key.n) > 0) er->stale.last = key;
    er->stale.any = true;
}

static enum err erase_facets(struct eraser *er, struct str visitor, uint64_t *events)
{
    struct chunk chunk;
    struct key from = { .n = 0 };
    enum err e;
    do {
        struct event_id ids[CHUNK];
        size_t count = 0;
        e = next_chunk(er, TABLE_VISITS, visitor, &from, &chunk);
        for (size_t i = 0; i < chunk.count && !e; i++)
            count += !key_visit_read(chunk.keys[i], &ids[count]);
        *events += count;
        if (!e && count) e = facets_remove(er->facets, ids, count, add_stale, er);
    } while (!e && chunk.count == CHUNK);
    return e;
}

/* After a crash nothing says which blocks they were: then all are purged. */
static enum err purge_facets(struct eraser *er)
{
    static const char lowest[] = { BLOCK_COLUMN };
    struct key last = er->stale.last;
    last.bytes[last.n++] = 0xff;
    if (!er->stale.any) {
        last.bytes[0] = BLOCK_COLUMN + 1, last.n = 1;
        return er->engine->purge(er->engine, TABLE_FACETS, (struct str){ lowest, 1 }, key_str(&last));
    }
    return er->engine->purge(er->engine, TABLE_FACETS, key_str(&er->stale.first), key_str(&last));
}

static enum err step_2(struct eraser *er, struct erased *mark, struct str visitor)
{
    mark->events = 0;
    enum err e = erase_all(er, TABLE_VISITS, visitor, TABLE_EVENTS);
    if (!e) e = erase_facets(er, visitor, &mark->events);
    if (!e) e = erase_all(er, TABLE_SNAPSHOTS, visitor, TABLE_SNAPSHOTS);
    return e ? e : note_events(er, mark);
}

static enum err step_3(struct eraser *er, struct erased *mark, struct str visitor)
{
    (void)mark;
    enum err e = purge_events(er, visitor);
    if (er->whole) return e;
    if (!e) e = purge_prefix(er, TABLE_SNAPSHOTS, visitor);
    return e ? e : purge_prefix(er, TABLE_VISITORS, visitor);
}

static enum err step_4(struct eraser *er, struct erased *mark, struct str visitor)
{
    (void)mark;
    enum err e = erase_all(er, TABLE_VISITS, visitor, TABLE_VISITS);
    return e || er->whole ? e : purge_prefix(er, TABLE_VISITS, visitor);
}

static enum err each_mark(struct eraser *er, struct erased *marks, size_t count,
                          enum err (*step)(struct eraser *er, struct erased *mark, struct str visitor))
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < count && !e; i++) {
        struct key visitor;
        key_visitor(&visitor, marks[i].workspace, marks[i].id);
        e = step(er, &marks[i], key_str(&visitor));
    }
    return e;
}

/* A copy of the marks, since they change meanwhile. NULL without memory. */
static struct erased *copy_marks(struct eraser *er, size_t *count)
{
    pthread_mutex_lock(&er->lock);
    size_t n = 0;
    struct erased *marks = calloc(atomic_load(&er->count) + 1, sizeof *marks);
    for (size_t i = 0; i < CHAINS && marks; i++)
        for (const struct erased *mark = er->chains[i]; mark; mark = mark->next) marks[n++] = *mark;
    pthread_mutex_unlock(&er->lock);
    *count = n;
    return marks;
}

/* The log still names the visitors, in what was erased last, and files name them beside their wallets. Not made up
 * for after a crash: those are ids and nothing else. */
static enum err forget_ids(struct eraser *er)
{
    struct key first, last;
    key_value(&first, VALUE_WALLET, STR(""));
    key_value(&last, VALUE_ERASED + 1, STR(""));
    enum err e = er->engine->flush(er->engine);
    return e ? e : er->engine->purge(er->engine, TABLE_VALUES, key_str(&first), key_str(&last));
}

/* Of many visitors, purging the tables as a whole is less work than a file or two for each. */
static enum err purge_whole(struct eraser *er, enum table table)
{
    return er->whole ? purge_table(er->engine, table) : ERR_OK;
}

static enum err erase_marks(struct eraser *er, struct erased *marks, size_t count)
{
    int64_t start_ms = clock_mono_ms();
    er->stale.any = false;
    er->whole = count > WHOLE_MARKS;
    enum err e = count ? facets_seal(er->facets) : ERR_OK;
    if (!e) e = each_mark(er, marks, count, step_2);
    if (!e && count) e = er->engine->flush(er->engine);
    if (!e && count) e = purge_facets(er);
    if (!e) e = each_mark(er, marks, count, step_3);
    if (!e) e = purge_whole(er, TABLE_SNAPSHOTS);
    if (!e) e = purge_whole(er, TABLE_VISITORS);
    if (!e) e = each_mark(er, marks, count, step_4);
    if (!e) e = purge_whole(er, TABLE_VISITS);
    for (size_t i = 0; i < count && !e; i++) {
        e = erase_mark(er, &marks[i]);
        if (!e) drop_mark(er, &marks[i]);
    }
    if (!e && count) e = forget_ids(er);
    if (!e && count)
        log_info("store", "%zu deleted visitors are off the disk, after %lld ms", count,
                 (long long)(clock_mono_ms() - start_ms));
    return e;
}

static enum err erase_marked(struct eraser *er)
{
    size_t count;
    if (!commit_is_sound(er->commit)) return ERR_UNAVAILABLE;
    pthread_mutex_lock(&er->lock);
    bool reload = er->reload;
    er->reload = false;
    pthread_mutex_unlock(&er->lock);
    enum err e = reload ? read_marks(er) : ERR_OK;
    struct erased *marks = e ? NULL : copy_marks(er, &count);
    if (!e) e = marks ? erase_marks(er, marks, count) : ERR_NO_MEMORY;
    free(marks);
    if (e) {
        pthread_mutex_lock(&er->lock);
        er->reload |= reload;
        pthread_mutex_unlock(&er->lock);
    }
    return e;
}

static enum err run_round(void *context)
{
    struct eraser *er = context;
    enum err e = erase_marked(er);
    if (e && !rounds_stopping(&er->rounds))
        log_warn("store", "deleted visitors are not off the disk yet (%s); trying again", err_name(e));
    return e;
}

static const struct rounds_work erasing = { "erase", ROUNDS_NEVER, RETRY_MS, run_round };

/* A round that began after the call has all marks that were there. */
enum err eraser_finish(struct eraser *er)
{
    pthread_mutex_lock(&er->lock);
    bool idle = atomic_load(&er->count) == 0 && !er->reload;
    pthread_mutex_unlock(&er->lock);
    return idle ? ERR_OK : rounds_finish(&er->rounds);
}

/* ---- making and freeing -------------------------------------------------------------------- */

void eraser_destroy(struct eraser *er)
{
    rounds_end(&er->rounds);
    for (size_t i = 0; i < CHAINS; i++)
        for (struct erased *mark = er->chains[i], *next; mark; mark = next) {
            next = mark->next;
            free(mark);
        }
    arena_free(&er->arena);
    pthread_mutex_destroy(&er->lock);
    free(er);
}

enum err eraser_create(struct eraser **out, struct engine *engine, struct pending *pending,
                       struct commit *commit, struct facets *facets)
{
    struct eraser *er = calloc(1, sizeof *er);
    if (!er) return ERR_NO_MEMORY;
    er->engine = engine;
    er->pending = pending;
    er->commit = commit;
    er->facets = facets;
    atomic_init(&er->count, 0);
    arena_init(&er->arena, ARENA_BYTES);
    pthread_mutex_init(&er->lock, NULL);
    rounds_init(&er->rounds);
    enum err e = read_marks(er);
    if (!e && !rounds_start(&er->rounds, &erasing, er)) e = ERR_NO_MEMORY;
    if (e) eraser_destroy(er);
    else *out = er;
    return e;
}
