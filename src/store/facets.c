/* facets - see facets.h. */
#include "store/facets.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/outcome.h"
#include "store/facet_tail.h"
#include "store/facets_make.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>

enum {
    LOG = 'l',
    LOG_ID_BYTES = 1 + EVENT_ID_KEY_BYTES,
    ARENA_BYTES = 256 << 20, /* two blocks of entries are 2 MB, and the tail after a stall is more */
    RETRY_MS = 1000,
    OPEN_MS = 3600 * 1000, /* blocks further apart are not joined: they would span too much time */
    NICENESS = 10, /* as rocksdb.c's BACKGROUND_NICE */
};

struct facets {
    struct engine *engine;
    struct commit *commit;
    pthread_t thread;
    bool started;
    pthread_mutex_t making; /* held while blocks are made: one at a time */
    pthread_mutex_t lock;   /* all below */
    pthread_cond_t wake;
    struct tail *active, *sealing; /* sealing: NULL unless under way; nothing is added to it */
    struct version *version;
    uint32_t next_block;
    bool stop;
    uint64_t next_log; /* of the commit thread */
    struct arena arena; /* under `making` */
};

/* ---- versions ------------------------------------------------------------------------------ */

static struct version *new_version(size_t room)
{
    struct version *v = calloc(1, sizeof *v + room * sizeof v->blocks[0]);
    if (v) atomic_init(&v->references, 1);
    return v;
}

static void drop_version(struct version *v)
{
    if (!v || atomic_fetch_sub(&v->references, 1) != 1) return;
    for (size_t i = 0; i < v->count; i++) block_drop(v->blocks[i]);
    free(v);
}

/* Old without `gone` and with `fresh`. */
static struct version *next_version(const struct version *old, struct block *const *gone,
                                    size_t gone_count, struct block *const *fresh,
                                    size_t fresh_count)
{
    struct version *v = new_version(old->count + fresh_count);
    if (!v) return NULL;
    for (size_t i = 0; i < old->count; i++) {
        bool keep = true;
        for (size_t g = 0; g < gone_count; g++) keep &= old->blocks[i] != gone[g];
        if (!keep) continue;
        block_take(old->blocks[i]);
        v->blocks[v->count++] = old->blocks[i];
    }
    for (size_t i = 0; i < fresh_count; i++) v->blocks[v->count++] = fresh[i];
    return v;
}

/* ---- on the commit thread ------------------------------------------------------------------ */

static struct str small_key(char bytes[9], char kind, uint64_t number, size_t n)
{
    bytes[0] = kind;
    for (size_t i = 0; i < 8; i++) bytes[1 + i] = (char)(number >> (56 - 8 * i));
    return (struct str){ bytes, n };
}

bool facets_log(struct facets *f, const struct save *list, struct arena *arena, struct batch *batch)
{
    struct bytes_out out;
    char key[9];
    size_t count = 0;
    for (const struct save *s = list; s; s = s->next) count += s->entry && !s->dropped;
    if (!count) return true;
    bytes_out_init(&out, arena, count * LOG_ID_BYTES);
    for (const struct save *s = list; s; s = s->next) {
        if (!s->entry || s->dropped) continue;
        uint8_t *at = bytes_room(&out, LOG_ID_BYTES);
        if (!at) return false;
        at[0] = s->entry->patch;
        event_id_to_key(at + 1, s->entry->id);
    }
    struct str row = bytes_out_text(&out);
    return row.n && batch_put(batch, arena, TABLE_FACETS, small_key(key, LOG, ++f->next_log, 9), row);
}

void facets_add(struct facets *f, const struct save *list)
{
    bool any = false;
    pthread_mutex_lock(&f->lock);
    for (const struct save *s = list; s; s = s->next) {
        if (!s->entry || s->dropped) continue;
        any = true;
        if (!tail_add(f->active, s->entry))
            log_error("store", "no memory for what search knows: an event is not found until a restart");
    }
    if (any) tail_note_log(f->active, f->next_log);
    if (f->active->count >= BLOCK_EVENTS) pthread_cond_signal(&f->wake);
    pthread_mutex_unlock(&f->lock);
}

/* ---- opening ------------------------------------------------------------------------------- */

struct ids {
    struct facet_entry *entries; /* malloc'd; only id and patch are set */
    size_t count, capacity;
    uint64_t first, last;
    enum err e;
};

static bool add_log_row(void *context, struct str key, struct str value)
{
    struct ids *ids = context;
    uint64_t number = 0;
    if (key.n != 9 || value.n % LOG_ID_BYTES) return ids->e = ERR_CORRUPT, false;
    for (size_t i = 1; i < 9; i++) number = number << 8 | (uint8_t)key.p[i];
    if (!ids->first) ids->first = number;
    ids->last = number;
    for (size_t at = 0; at < value.n; at += LOG_ID_BYTES) {
        if (ids->count == ids->capacity) {
            size_t capacity = ids->capacity ? 2 * ids->capacity : 1024;
            void *larger = realloc(ids->entries, capacity * sizeof *ids->entries);
            if (!larger) return ids->e = ERR_NO_MEMORY, false;
            ids->entries = larger, ids->capacity = capacity;
        }
        struct facet_entry *entry = &ids->entries[ids->count++];
        *entry = (struct facet_entry){ .patch = value.p[at] != 0 };
        entry->id = event_id_from_key((const uint8_t *)value.p + at + 1);
    }
    return true;
}

/* The events that the log names; those erased since are left out. */
static enum err load_tail(struct engine *engine, struct tail *tail, uint64_t *last_log)
{
    struct ids ids = { .e = ERR_OK };
    struct arena arena;
    char prefix[] = { LOG };
    struct range range = { .prefix = { prefix, 1 } };
    arena_init(&arena, 16 << 20);
    enum err e = engine->scan(engine, TABLE_FACETS, &range, add_log_row, &ids);
    if (!e) e = ids.e;
    for (size_t i = 0; i < ids.count && !e; i++) {
        uint8_t raw[EVENT_ID_KEY_BYTES];
        struct str record;
        arena_reset(&arena);
        event_id_to_key(raw, ids.entries[i].id);
        e = engine->get(engine, TABLE_EVENTS, (struct str){ (char *)raw, sizeof raw }, &arena, &record);
        if (!e && facet_entry_read(&ids.entries[i], record) && !tail_add(tail, &ids.entries[i]))
            e = ERR_NO_MEMORY;
        if (e == ERR_NOT_FOUND) e = ERR_OK;
    }
    if (ids.count) tail->first_log = ids.first, tail->last_log = ids.last;
    if (ids.last > *last_log) *last_log = ids.last;
    arena_free(&arena);
    free(ids.entries);
    return e;
}

struct blocks {
    struct version *version;
    size_t capacity;
    uint32_t highest;
    enum err e;
};

static bool add_block(void *context, struct str key, struct str value)
{
    struct blocks *blocks = context;
    struct version *v = blocks->version;
    if (v->count == blocks->capacity) {
        blocks->capacity *= 2;
        v = realloc(v, sizeof *v + blocks->capacity * sizeof v->blocks[0]);
        if (!v) return blocks->e = ERR_NO_MEMORY, false;
        blocks->version = v;
    }
    blocks->e = block_read(&v->blocks[v->count], key, value);
    if (blocks->e) return false;
    if (v->blocks[v->count]->number > blocks->highest) blocks->highest = v->blocks[v->count]->number;
    v->count++;
    return true;
}

static enum err load_blocks(struct engine *engine, struct version **out, uint32_t *highest)
{
    char prefix[] = { BLOCK_SUMMARY };
    struct range range = { .prefix = { prefix, 1 } };
    struct blocks blocks = { new_version(1024), 1024, *highest, ERR_OK };
    if (!blocks.version) return ERR_NO_MEMORY;
    enum err e = engine->scan(engine, TABLE_FACETS, &range, add_block, &blocks);
    if (!e) e = blocks.e;
    *highest = blocks.highest;
    if (e) drop_version(blocks.version);
    else *out = blocks.version;
    return e;
}

static enum err load(struct facets *f)
{
    struct version *version = NULL;
    struct tail *tail = tail_new(2 * BLOCK_EVENTS);
    uint32_t highest = f->next_block;
    enum err e = tail ? load_blocks(f->engine, &version, &highest) : ERR_NO_MEMORY;
    if (!e) e = load_tail(f->engine, tail, &f->next_log);
    if (e) {
        drop_version(version);
        tail_free(tail);
        return e;
    }
    pthread_mutex_lock(&f->lock);
    struct version *old = f->version;
    f->version = version;
    tail_free(f->active);
    tail_free(f->sealing);
    f->active = tail, f->sealing = NULL;
    f->next_block = highest + 1;
    pthread_mutex_unlock(&f->lock);
    drop_version(old);
    return ERR_OK;
}

/* Writes are refused meanwhile, so whoever makes blocks gives up soon. */
enum err facets_reload(struct facets *f)
{
    pthread_mutex_lock(&f->making);
    enum err e = load(f);
    pthread_mutex_unlock(&f->making);
    return e;
}

enum err facets_open(struct facets **out, struct engine *engine)
{
    struct facets *f = calloc(1, sizeof *f);
    if (!f) return ERR_NO_MEMORY;
    f->engine = engine;
    pthread_mutex_init(&f->making, NULL);
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->wake, NULL);
    arena_init(&f->arena, ARENA_BYTES);
    enum err e = facets_make(engine);
    if (!e) e = load(f);
    if (e) facets_close(f);
    else *out = f;
    return e;
}

void facets_close(struct facets *f)
{
    tail_free(f->active);
    tail_free(f->sealing);
    drop_version(f->version);
    arena_free(&f->arena);
    pthread_cond_destroy(&f->wake);
    pthread_mutex_destroy(&f->lock);
    pthread_mutex_destroy(&f->making);
    free(f);
}

/* ---- changing blocks ----------------------------------------------------------------------- */

/* One write that replaces blocks by others. */
struct change {
    struct save save;
    struct facets *f;
    struct batch batch;
    struct block *gone[1], *fresh[2];
    size_t gone_count, fresh_count;
    struct version *version;
    bool sealed; /* what was being sealed is in the blocks now */
    struct outcome outcome;
};

static void publish(struct save *save)
{
    struct change *c = save->context;
    struct facets *f = c->f;
    pthread_mutex_lock(&f->lock);
    struct version *old = f->version;
    f->version = c->version;
    if (c->sealed) {
        tail_free(f->sealing);
        f->sealing = NULL;
    }
    pthread_mutex_unlock(&f->lock);
    c->version = NULL;
    drop_version(old);
}

static void changed(struct save *save, enum err result)
{
    struct change *c = save->context;
    outcome_tell(&c->outcome, result);
}

/* `making` is held: nobody else changes the version meanwhile. */
static enum err commit_change(struct facets *f, struct change *c)
{
    c->f = f;
    c->save = (struct save){ .done = changed, .committed = publish, .context = c,
                             .batch = &c->batch };
    pthread_mutex_lock(&f->lock);
    c->version = next_version(f->version, c->gone, c->gone_count, c->fresh, c->fresh_count);
    pthread_mutex_unlock(&f->lock);
    if (!c->version) {
        for (size_t i = 0; i < c->fresh_count; i++) block_drop(c->fresh[i]);
        return ERR_NO_MEMORY;
    }
    outcome_init(&c->outcome);
    enum err e = outcome_await(&c->outcome, commit_push(f->commit, &c->save));
    drop_version(c->version); /* unless published; the fresh blocks are its */
    return e;
}

static int by_id(const void *a, const void *b)
{
    return event_id_order(((const struct facet_entry *)a)->id, ((const struct facet_entry *)b)->id);
}

static uint32_t take_number(struct facets *f)
{
    pthread_mutex_lock(&f->lock);
    uint32_t number = f->next_block++;
    pthread_mutex_unlock(&f->lock);
    return number;
}

static bool holds(const struct block *block, struct event_id id)
{
    return event_id_order(block->first, id) <= 0 && event_id_order(block->last, id) >= 0;
}

static bool has_range(const struct block *block, const struct facet_entry *sorted, size_t count)
{
    size_t low = 0, high = count; /* the first at or after block->first */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (event_id_order(sorted[middle].id, block->first) < 0) low = middle + 1;
        else high = middle;
    }
    return low < count && holds(block, sorted[low].id);
}

/* Writes a block anew: entries with the id of a change take its codes, or go when `remove`. ERR_NOT_FOUND:
 * it has none of them. */
static enum err rewrite(struct facets *f, struct block *old, const struct facet_entry *changes,
                        size_t changes_count, bool remove)
{
    struct change c = { .gone = { old }, .gone_count = 1 };
    struct facet_entry *entries;
    size_t kept = 0, hits = 0;
    arena_reset(&f->arena);
    enum err e = block_load(f->engine, old, &f->arena, &entries);
    if (e) return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
    for (size_t i = 0; i < old->count; i++) {
        const struct facet_entry *hit =
            bsearch(&entries[i], changes, changes_count, sizeof *changes, by_id);
        hits += hit != NULL;
        if (hit && remove) continue;
        entries[kept] = entries[i];
        if (hit) memcpy(entries[kept].codes, hit->codes, sizeof hit->codes);
        kept++;
    }
    if (!hits) return ERR_NOT_FOUND;
    if (!block_erase(old, &f->arena, &c.batch)) return ERR_NO_MEMORY;
    if (kept) {
        e = block_write(&c.fresh[0], take_number(f), entries, kept, &f->arena, &c.batch);
        if (e) return e;
        c.fresh_count = 1;
    }
    return commit_change(f, &c);
}

static struct version *take_version(struct facets *f)
{
    pthread_mutex_lock(&f->lock);
    struct version *v = f->version;
    atomic_fetch_add(&v->references, 1);
    pthread_mutex_unlock(&f->lock);
    return v;
}

static enum err rewrite_all(struct facets *f, const struct facet_entry *changes, size_t count,
                            bool remove, void (*gone)(void *context, struct str prefix),
                            void *context)
{
    struct version *v = take_version(f);
    enum err e = ERR_OK;
    for (size_t i = 0; i < v->count && !e; i++) {
        if (!has_range(v->blocks[i], changes, count)) continue;
        uint32_t number = v->blocks[i]->number;
        e = rewrite(f, v->blocks[i], changes, count, remove);
        if (!e && gone) {
            char prefix[9];
            small_key(prefix, BLOCK_COLUMN, (uint64_t)number << 32, 9);
            gone(context, (struct str){ prefix, 5 });
        }
        if (e == ERR_NOT_FOUND) e = ERR_OK;
    }
    drop_version(v);
    return e;
}

/* ---- sealing ------------------------------------------------------------------------------- */

/* A small block of nearly the same time, or NULL. Its entries are written again with the new ones. */
static struct block *find_open(const struct version *v, struct event_id first)
{
    for (size_t i = v->count; i-- > 0;)
        if (v->blocks[i]->count < BLOCK_EVENTS / 2 &&
            v->blocks[i]->last.time_ms + OPEN_MS >= first.time_ms)
            return v->blocks[i];
    return NULL;
}

static enum err erase_log(const struct tail *tail, struct arena *arena, struct batch *batch)
{
    char key[9];
    for (uint64_t n = tail->first_log; n && n <= tail->last_log; n++)
        if (!batch_erase(batch, arena, TABLE_FACETS, small_key(key, LOG, n, 9))) return ERR_NO_MEMORY;
    return ERR_OK;
}

/* Writes entries in order as blocks, a few in each write; the last one ends the sealing. */
static enum err write_sealed(struct facets *f, struct facet_entry *entries, size_t count,
                             struct block *open, const struct tail *tail)
{
    enum err e = ERR_OK;
    size_t at = 0;
    bool last;
    struct facet_entry *loaded = NULL, *all = entries;
    if (open) {
        e = block_load(f->engine, open, &f->arena, &loaded);
        all = e ? NULL : ARENA_ARRAY(&f->arena, struct facet_entry, count + open->count);
        if (!all) return e ? e : ERR_NO_MEMORY;
        memcpy(all, entries, count * sizeof *all);
        memcpy(all + count, loaded, open->count * sizeof *all);
        count += open->count;
        qsort(all, count, sizeof *all, by_id);
    }
    do {
        struct change c = { .gone_count = 0 };
        while (at < count && c.fresh_count < COUNT_OF(c.fresh) && !e) {
            size_t n = count - at < BLOCK_EVENTS ? count - at : BLOCK_EVENTS;
            e = block_write(&c.fresh[c.fresh_count], take_number(f), all + at, n, &f->arena, &c.batch);
            if (!e) c.fresh_count++, at += n;
        }
        last = at == count;
        if (!e && open && !block_erase(open, &f->arena, &c.batch)) e = ERR_NO_MEMORY;
        if (open) c.gone[0] = open, c.gone_count = 1, open = NULL;
        c.sealed = last;
        if (!e && last) e = erase_log(tail, &f->arena, &c.batch);
        if (!e) e = commit_change(f, &c);
        else
            for (size_t i = 0; i < c.fresh_count; i++) block_drop(c.fresh[i]);
    } while (!e && !last);
    return e;
}

/* The fresh ones or the patches, in order; malloc'd. */
static struct facet_entry *split(const struct tail *tail, bool patch, size_t *count)
{
    struct facet_entry *out = malloc((tail->count + 1) * sizeof *out);
    *count = 0;
    for (size_t i = 0; out && i < tail->count; i++)
        if (tail->entries[i].patch == patch) out[(*count)++] = tail->entries[i];
    if (out) qsort(out, *count, sizeof *out, by_id);
    return out;
}

static enum err seal(struct facets *f)
{
    size_t fresh_count = 0, patches_count = 0;
    struct tail *larger = tail_new(2 * BLOCK_EVENTS);
    if (!larger) return ERR_NO_MEMORY;
    pthread_mutex_lock(&f->lock);
    if (!f->sealing) { /* else what failed before is tried again */
        f->sealing = f->active;
        f->active = larger;
        larger = NULL;
    }
    const struct tail *tail = f->sealing;
    pthread_mutex_unlock(&f->lock);
    tail_free(larger);
    struct facet_entry *fresh = split(tail, false, &fresh_count);
    struct facet_entry *patches = split(tail, true, &patches_count);
    enum err e = fresh && patches ? ERR_OK : ERR_NO_MEMORY;
    if (!e && patches_count) e = rewrite_all(f, patches, patches_count, false, NULL, NULL);
    if (!e) {
        struct version *v = take_version(f);
        struct block *open = fresh_count ? find_open(v, fresh[0].id) : NULL;
        arena_reset(&f->arena);
        e = write_sealed(f, fresh, fresh_count, open, tail);
        drop_version(v);
    }
    free(fresh);
    free(patches);
    return e;
}

enum err facets_seal(struct facets *f)
{
    pthread_mutex_lock(&f->making);
    enum err e = ERR_OK;
    for (;;) {
        pthread_mutex_lock(&f->lock);
        bool again = f->sealing != NULL, more = f->active->count || f->active->last_log;
        pthread_mutex_unlock(&f->lock);
        if (!again && !more) break;
        e = seal(f);
        if (e || !again) break;
    }
    pthread_mutex_unlock(&f->making);
    return e;
}

enum err facets_remove(struct facets *f, const struct event_id *ids, size_t count,
                       void (*gone)(void *context, struct str prefix), void *context)
{
    struct facet_entry *changes = calloc(count + 1, sizeof *changes);
    if (!changes) return ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) changes[i].id = ids[i];
    qsort(changes, count, sizeof *changes, by_id);
    pthread_mutex_lock(&f->making);
    enum err e = rewrite_all(f, changes, count, true, gone, context);
    pthread_mutex_unlock(&f->making);
    free(changes);
    return e;
}

static void *run(void *context)
{
    struct facets *f = context;
    enum err e = ERR_OK;
    setpriority(PRIO_PROCESS, 0, NICENESS);
    for (;;) {
        pthread_mutex_lock(&f->lock);
        struct timespec until = clock_mono_after(RETRY_MS);
        while (!f->stop && f->active->count < BLOCK_EVENTS && !f->sealing)
            pthread_cond_wait(&f->wake, &f->lock);
        while (e && !f->stop && !pthread_cond_timedwait(&f->wake, &f->lock, &until)) continue;
        bool stop = f->stop;
        pthread_mutex_unlock(&f->lock);
        if (stop) return NULL;
        e = facets_seal(f);
        if (e) log_warn("store", "what search knows stays in memory (%s); trying again", err_name(e));
    }
}

enum err facets_start(struct facets *f, struct commit *commit)
{
    f->commit = commit;
    if (pthread_create(&f->thread, NULL, run, f)) return ERR_NO_MEMORY;
    pthread_setname_np(f->thread, "facets");
    f->started = true;
    return ERR_OK;
}

void facets_stop(struct facets *f)
{
    pthread_mutex_lock(&f->lock);
    f->stop = true;
    pthread_cond_signal(&f->wake);
    pthread_mutex_unlock(&f->lock);
    if (f->started) pthread_join(f->thread, NULL);
    f->started = false;
}

/* ---- for searches -------------------------------------------------------------------------- */

static bool passes_all(const struct filters *filters, const struct facet_entry *entry)
{
    for (size_t i = 0; i < filters->count; i++)
        if (!filter_passes(&filters->list[i], entry->codes[filters->list[i].facet])) return false;
    return true;
}

static void view_tail(const struct tail *tail, const struct filters *filters,
                      struct facets_view *out)
{
    for (size_t i = 0; tail && i < tail->count; i++)
        if (passes_all(filters, &tail->entries[i])) out->ids[out->count++] = tail->entries[i].id;
}

enum err facets_view(struct facets *f, const struct filters *filters, struct arena *arena,
                     struct facets_view *out)
{
    pthread_mutex_lock(&f->lock);
    size_t most = f->active->count + (f->sealing ? f->sealing->count : 0);
    *out = (struct facets_view){ .ids = ARENA_ARRAY(arena, struct event_id, most) };
    if (out->ids) {
        view_tail(f->active, filters, out);
        view_tail(f->sealing, filters, out);
        out->version = f->version;
        atomic_fetch_add(&f->version->references, 1);
    }
    pthread_mutex_unlock(&f->lock);
    return out->ids ? ERR_OK : ERR_NO_MEMORY;
}

void facets_leave(struct facets_view *view)
{
    drop_version(view->version);
    view->version = NULL;
}
