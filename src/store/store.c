/* store - see store.h. The front: turns events, visitors and keys into keys and values, and knows
 * who does what with them: pending.c (in flight), snapshot.c (payloads), commit.c (writing), an
 * engine. */
#include "store/store.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/age.h"
#include "store/record.h"
#include "store/snapshot.h"
#include "store/store_parts.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

static enum err write_now(struct store *st, const struct key *key, struct str value);

/* ---- opening ------------------------------------------------------------------------------- */

/* RocksDB starts a log at each opening and removes the old ones once something newer was flushed: a
 * record that is always new keeps a server that is only started and stopped from piling them up. */
static void note_close(struct store *st)
{
    struct arena arena;
    struct key key;
    arena_init(&arena, 4096);
    key_value(&key, VALUE_CLOSED, STR(""));
    write_now(st, &key, time_encode(clock_wall_ms(), &arena)); /* refused when unsound: no matter */
    arena_free(&arena);
}

/* In reverse order of making; those that were not made are NULL. */
static void free_store(struct store *st)
{
    if (st->ager) ager_destroy(st->ager);
    if (st->eraser) eraser_destroy(st->eraser); /* what is left of its work, the next opening does */
    if (st->facets) facets_stop(st->facets);
    if (st->commit) {
        note_close(st);
        commit_destroy(st->commit);
    }
    if (st->facets) facets_close(st->facets);
    if (st->snapshots) snapshots_destroy(st->snapshots);
    if (st->pending) pending_destroy(st->pending);
    if (st->retention) retention_destroy(st->retention);
    st->engine->close(st->engine);
    pthread_mutex_destroy(&st->updates_lock);
    free(st);
}

enum err store_open_engine(struct store **out, struct engine *engine)
{
    struct store *st = calloc(1, sizeof *st);
    if (!st) {
        engine->close(engine);
        return ERR_NO_MEMORY;
    }
    st->engine = engine;
    pthread_mutex_init(&st->updates_lock, NULL);
    st->pending = pending_create(engine);
    st->snapshots = snapshots_create(engine);
    st->retention = retention_create();
    enum err e = st->pending && st->snapshots && st->retention ? facets_open(&st->facets, engine) : ERR_NO_MEMORY;
    if (!e) st->commit = commit_create(engine, st->pending, st->facets);
    if (!e && !st->commit) e = ERR_NO_MEMORY;
    if (!e) e = facets_start(st->facets, st->commit);
    if (!e)
        e = eraser_create(&st->eraser, engine, st->pending, st->commit, st->facets);
    if (!e) e = retention_load(st);
    if (!e) e = ager_create(&st->ager, st);
    if (e) free_store(st);
    else *out = st;
    return e;
}

enum err store_open_memory(struct store **out)
{
    struct engine *engine;
    enum err e = engine_open_memory(&engine);
    return e ? e : store_open_engine(out, engine);
}

enum err store_open_rocksdb(struct store **out, const char *dir)
{
    struct engine *engine;
    enum err e = engine_open_rocksdb(&engine, dir);
    return e ? e : store_open_engine(out, engine);
}

void store_close(struct store *st)
{
    free_store(st);
}

bool store_is_sound(struct store *st)
{
    return commit_is_sound(st->commit);
}

void store_slow_down(struct store *st, int ms)
{
    commit_slow_down(st->commit, ms);
}

static enum err get(struct store *st, enum table table, const struct key *key, struct arena *arena,
                    struct str *value)
{
    return st->engine->get(st->engine, table, key_str(key), arena, value);
}

/* ---- visitors ------------------------------------------------------------------------------ */

/* In flight first: what has just been committed there is in the engine by then. */
enum err store_find_visitor(struct store *st, uint32_t workspace, struct visitor_id id,
                            struct arena *arena, struct visitor *out)
{
    struct key key;
    struct str record;
    if (pending_find(st->pending, workspace, id, commit_epoch(st->commit), arena, out))
        return arena->failed ? ERR_NO_MEMORY : ERR_OK;
    key_visitor(&key, workspace, id);
    enum err e = get(st, TABLE_VISITORS, &key, arena, &record);
    if (e) return e;
    out->workspace = workspace;
    out->id = id;
    return visitor_decode(out, record);
}

bool store_knows_visitor(struct store *st, uint32_t workspace, struct visitor_id id)
{
    struct arena arena;
    struct visitor visitor;
    arena_init(&arena, 16 * 1024);
    enum err e = store_find_visitor(st, workspace, id, &arena, &visitor);
    arena_free(&arena);
    return !e;
}

struct each_visitor {
    void (*visit)(void *context, const struct visitor *visitor);
    void *context;
    size_t unreadable;
};

static bool each_visitor(void *context, struct str key, struct str value)
{
    struct each_visitor *each = context;
    struct visitor visitor;
    enum err e = key_visitor_read(key, &visitor.workspace, &visitor.id);
    if (!e) e = visitor_decode(&visitor, value);
    if (e) each->unreadable++;
    else each->visit(each->context, &visitor);
    return true;
}

enum err store_each_visitor(struct store *st,
                            void (*visit)(void *context, const struct visitor *visitor),
                            void *context)
{
    struct each_visitor each = { visit, context, 0 };
    struct range all = { .bulk = true };
    enum err e = st->engine->scan(st->engine, TABLE_VISITORS, &all, each_visitor, &each);
    if (e || !each.unreadable) return e;
    log_error("store", "%zu visitors cannot be read", each.unreadable);
    return ERR_CORRUPT;
}

enum err store_enter(struct store *st, const struct claim *claim, struct visit **out)
{
    if (!commit_is_sound(st->commit)) return ERR_UNAVAILABLE;
    return pending_enter(st->pending, claim, commit_epoch(st->commit), clock_mono_ms(), out);
}

void store_leave(struct store *st, struct visit *visit)
{
    pending_leave(st->pending, visit);
}

/* ---- saving events ------------------------------------------------------------------------- */

/* Which snapshot holds the steady part; puts it when it is a new one. */
static enum err save_snapshot(struct store *st, struct save *save, struct batch *batch)
{
    struct visit *visit = save->visit;
    uint32_t workspace = visit_workspace(visit);
    struct snapshot_plan plan;
    struct str record;
    struct key key;
    bool whole;
    if (save->steady.n == 0) return ERR_OK;
    uint64_t hash = snapshot_hash(save->steady);
    pending_plan_snapshot(st->pending, visit, hash, &plan);
    event_set(save->event, EVENT_snapshot), save->event->snapshot = plan.number;
    if (!plan.needed) return ERR_OK;
    enum err e = snapshot_pack(st->snapshots, workspace, visit->id, plan.base, plan.base_bytes,
                               save->steady, save->arena, &record, &whole);
    if (e) return e;
    if (whole) plan.base = plan.number, plan.base_bytes = (uint32_t)record.n;
    pending_set_snapshot(st->pending, visit, hash, plan.number, plan.base, plan.base_bytes);
    key_snapshot(&key, workspace, visit->id, plan.number);
    return batch_put(batch, save->arena, TABLE_SNAPSHOTS, key_str(&key), record) ? ERR_OK
                                                                                 : ERR_NO_MEMORY;
}

static bool save_event(struct save *save, struct batch *batch)
{
    struct key event, visit;
    struct str record = event_encode(save->event, save->arena);
    key_event(&event, save->event->id);
    if (!record.n || !batch_put(batch, save->arena, TABLE_EVENTS, key_str(&event), record)) return false;
    if (!save->visit) return true;
    uint32_t workspace = visit_workspace(save->visit);
    key_visit(&visit, workspace, save->visit->id, save->event->id);
    return batch_put(batch, save->arena, TABLE_VISITS, key_str(&visit), (struct str){ NULL, 0 });
}

enum err store_save(struct store *st, struct save *save)
{
    struct event *ev = save->event;
    struct visit *visit = save->visit;
    assert(event_has(ev, EVENT_workspace) && (!visit || ev->workspace == visit_workspace(visit)));
    assert(!event_has(ev, EVENT_visitor) || (visit && visitor_id_eq(ev->visitor, visit->id)));
    struct batch *batch = ARENA_NEW(save->arena, struct batch);
    enum err e = batch ? ERR_OK : ERR_NO_MEMORY;
    if (!e && !commit_is_sound(st->commit)) e = ERR_UNAVAILABLE;
    if (!e && visit) e = save_snapshot(st, save, batch);
    if (!e && !save_event(save, batch)) e = ERR_NO_MEMORY;
    if (!e && !(save->entry = ARENA_NEW(save->arena, struct facet_entry))) e = ERR_NO_MEMORY;
    if (!e) {
        save->entry->id = ev->id;
        facets_of(ev, save->entry->codes);
    }
    save->batch = batch;
    int64_t time_ms = ev->id.time_ms;
    bool is_late = !e && retention_hides(st->retention, ev);
    if (!e) e = commit_push(st->commit, save); /* then ev may be gone */
    if (!e && is_late) ager_note(st->ager, time_ms);
    if (e && visit) pending_leave(st->pending, visit);
    return e;
}

/* ---- reading events ------------------------------------------------------------------------ */

static bool names_nobody(struct store *st, const struct event *ev, enum event_field field, struct visitor_id id)
{
    if (!event_has(ev, field) || (event_has(ev, EVENT_visitor) && visitor_id_eq(id, ev->visitor))) return false;
    return !store_knows_visitor(st, (uint32_t)ev->workspace, id);
}

void event_leave_out_deleted(struct store *st, struct event *ev)
{
    static const enum event_field high[] = {
        EVENT_high_recall, EVENT_high_recall_found, EVENT_high_recall_score, EVENT_high_recall_first_seen_ms,
        EVENT_high_recall_last_seen_ms,
    };
    bool alias = event_has(ev, EVENT_high_recall_alias); /* no visitor of ours was ever called so */
    if (!alias && names_nobody(st, ev, EVENT_high_recall, ev->high_recall))
        for (size_t i = 0; i < COUNT_OF(high); i++) event_clear(ev, high[i]);
    if (names_nobody(st, ev, EVENT_token_visitor, ev->token_visitor))
        event_clear(ev, EVENT_token_visitor), event_clear(ev, EVENT_token_differs);
    if (names_nobody(st, ev, EVENT_link_visitor, ev->link_visitor)) event_clear(ev, EVENT_link_visitor);
}

enum err store_find_event(struct store *st, uint32_t workspace, struct event_id id,
                          struct arena *arena, struct event *out)
{
    struct key key;
    struct str record;
    key_event(&key, id);
    enum err e = get(st, TABLE_EVENTS, &key, arena, &record);
    if (!e) e = event_decode(out, id, record);
    if (e) return e;
    if (!event_has(out, EVENT_workspace)) return ERR_CORRUPT;
    bool hidden = retention_hides(st->retention, out) ||
                  (event_has(out, EVENT_visitor) && eraser_hides(st->eraser, workspace, out->visitor));
    if (out->workspace != workspace || hidden) return ERR_NOT_FOUND;
    event_leave_out_deleted(st, out);
    return ERR_OK;
}

struct each_event {
    struct store *st;
    void (*visit)(void *context, const struct event *ev);
    void *context;
    size_t unreadable;
};

static bool each_event(void *context, struct str key, struct str value)
{
    struct each_event *each = context;
    struct event ev;
    struct event_id id;
    enum err e = key_event_read(key, &id);
    if (!e) e = event_decode(&ev, id, value);
    if (!e && !event_has(&ev, EVENT_workspace)) e = ERR_CORRUPT;
    bool hidden = !e && (retention_hides(each->st->retention, &ev) ||
                         (event_has(&ev, EVENT_visitor) &&
                          eraser_hides(each->st->eraser, (uint32_t)ev.workspace, ev.visitor)));
    if (e) each->unreadable++;
    else if (!hidden) each->visit(each->context, &ev);
    return true;
}

enum err store_each_event(struct store *st, int64_t from_ms,
                          void (*visit)(void *context, const struct event *ev), void *context)
{
    struct each_event each = { st, visit, context, 0 };
    struct key from;
    key_event(&from, (struct event_id){ from_ms > 0 ? from_ms : 0, 0 });
    struct range range = { .from = key_str(&from), .bulk = true };
    enum err e = st->engine->scan(st->engine, TABLE_EVENTS, &range, each_event, &each);
    if (e || !each.unreadable) return e;
    log_error("store", "%zu events cannot be read", each.unreadable);
    return ERR_CORRUPT;
}

static bool take_time(void *context, struct str key, struct str value)
{
    struct event_id id;
    (void)value;
    if (!key_event_read(key, &id)) *(int64_t *)context = id.time_ms;
    return false;
}

int64_t store_latest_event_ms(struct store *st)
{
    int64_t latest_ms = 0;
    struct range range = { .backward = true };
    st->engine->scan(st->engine, TABLE_EVENTS, &range, take_time, &latest_ms);
    return latest_ms;
}

struct visit_ids {
    struct event_id *ids;
    size_t max, count;
    enum err e;
};

static bool add_visit_id(void *context, struct str key, struct str value)
{
    struct visit_ids *found = context;
    (void)value;
    found->e = key_visit_read(key, &found->ids[found->count]);
    if (found->e) return false;
    return ++found->count < found->max;
}

enum err store_find_visits(struct store *st, uint32_t workspace, struct visitor_id visitor,
                           struct event_id before, size_t max, struct arena *arena,
                           struct event *out, size_t *count)
{
    struct key prefix, from;
    *count = 0;
    if (max == 0 || eraser_hides(st->eraser, workspace, visitor)) return ERR_OK;
    struct visit_ids found = { ARENA_ARRAY(arena, struct event_id, max), max, 0, ERR_OK };
    if (!found.ids) return ERR_NO_MEMORY;
    key_visitor(&prefix, workspace, visitor);
    enum err e;
    do { /* some may be hidden by their age, or erased since the scan: the next ones take their places */
        key_visit(&from, workspace, visitor, before);
        struct range range = { .prefix = key_str(&prefix), .from = key_str(&from), .backward = true };
        found.count = 0;
        e = st->engine->scan(st->engine, TABLE_VISITS, &range, add_visit_id, &found);
        if (!e) e = found.e;
        for (size_t i = 0; i < found.count && *count < max && !e; i++) {
            e = store_find_event(st, workspace, found.ids[i], arena, &out[*count]);
            if (e == ERR_NOT_FOUND) e = ERR_OK;
            else if (!e) ++*count;
        }
        if (found.count) before = found.ids[found.count - 1];
    } while (!e && *count < max && found.count == max);
    return e;
}

enum err store_find_snapshot(struct store *st, uint32_t workspace, struct visitor_id visitor,
                             uint32_t snapshot, struct arena *arena, struct str *out)
{
    if (eraser_hides(st->eraser, workspace, visitor)) return ERR_NOT_FOUND;
    return snapshot_read(st->snapshots, workspace, visitor, snapshot, arena, out);
}

/* ---- wallets ------------------------------------------------------------------------------- */

/* On the commit thread, where all that came before is written: a deletion may have come since the link was begun. */
static bool still_there(struct save *save)
{
    const struct wallet_link *link = save->context;
    struct key key;
    struct str record;
    key_visitor(&key, link->workspace, link->visitor);
    return !get(link->store, TABLE_VISITORS, &key, link->arena, &record);
}

static void linked(struct save *save, enum err result)
{
    struct wallet_link *link = save->context;
    link->done(link, result);
}

enum err store_start_link(struct store *st, struct wallet_link *link)
{
    struct batch *batch = ARENA_NEW(link->arena, struct batch);
    if (!batch) return ERR_NO_MEMORY;
    for (size_t i = 0; i < link->count; i++) {
        uint64_t wallet = wallet_hash(link->addresses[i]);
        struct key mine, its;
        key_visitor_wallet(&mine, link->workspace, link->visitor, wallet);
        key_wallet_visitor(&its, link->workspace, wallet, link->visitor);
        struct str address = arena_copy(link->arena, link->addresses[i]);
        if (!batch_put(batch, link->arena, TABLE_SNAPSHOTS, key_str(&mine), address) ||
            !batch_put(batch, link->arena, TABLE_VALUES, key_str(&its), (struct str){ NULL, 0 }))
            return ERR_NO_MEMORY;
    }
    link->store = st;
    link->save = (struct save){ .done = linked, .allowed = still_there, .context = link, .batch = batch,
                                .arena = link->arena };
    return commit_push(st->commit, &link->save);
}

struct counting {
    struct store *st;
    uint32_t workspace;
    bool visitors; /* a wallet's visitors, not a visitor's wallets */
    size_t max, count;
};

static bool count_link(void *context, struct str key, struct str value)
{
    struct counting *c = context;
    struct visitor_id id;
    (void)value;
    if (c->visitors && (key_wallet_visitor_read(key, &id) || eraser_hides(c->st->eraser, c->workspace, id)))
        return true;
    return ++c->count < c->max;
}

static enum err count_links(struct counting *c, enum table table, const struct key *prefix, size_t *count)
{
    struct range range = { .prefix = key_str(prefix) };
    enum err e = c->st->engine->scan(c->st->engine, table, &range, count_link, c);
    *count = c->count;
    return e;
}

enum err store_count_wallets(struct store *st, uint32_t workspace, struct visitor_id visitor, size_t max,
                             size_t *count)
{
    struct counting c = { .st = st, .workspace = workspace, .max = max };
    struct key prefix;
    key_visitor_wallets(&prefix, workspace, visitor);
    return count_links(&c, TABLE_SNAPSHOTS, &prefix, count);
}

enum err store_count_wallet_visitors(struct store *st, uint32_t workspace, struct str address, size_t max,
                                     size_t *count)
{
    struct counting c = { .st = st, .workspace = workspace, .visitors = true, .max = max };
    struct key prefix;
    key_wallet_visitors(&prefix, workspace, wallet_hash(address));
    return count_links(&c, TABLE_VALUES, &prefix, count);
}

/* ---- deleting visitors --------------------------------------------------------------------- */

enum err store_start_deletion(struct store *st, struct deletion *d)
{
    struct visitor visitor;
    enum err e = store_find_visitor(st, d->workspace, d->id, d->arena, &visitor);
    return e && e != ERR_CORRUPT ? e : eraser_start(st->eraser, d); /* damaged ones can go, too */
}

enum err store_delete_visitor(struct store *st, const struct deletion *wanted)
{
    struct arena arena;
    struct visitor visitor;
    struct deletion d = { .workspace = wanted->workspace, .id = wanted->id, .key = wanted->key, .arena = &arena };
    memcpy(d.hash, wanted->hash, sizeof d.hash);
    arena_init(&arena, 64 * 1024);
    enum err e = store_find_visitor(st, d.workspace, d.id, &arena, &visitor);
    if (!e || e == ERR_CORRUPT) e = eraser_run(st->eraser, &d);
    arena_free(&arena);
    return e;
}

struct each_receipt {
    bool (*visit)(void *context, const struct receipt *receipt);
    void *context;
};

static bool each_receipt(void *context, struct str key, struct str value)
{
    struct each_receipt *each = context;
    struct receipt receipt;
    if (key_receipt_read(&receipt, key) || receipt_decode(&receipt, value)) return true; /* says nothing */
    return each->visit(each->context, &receipt);
}

enum err store_each_receipt(struct store *st, uint32_t workspace,
                            bool (*visit)(void *context, const struct receipt *receipt), void *context)
{
    struct each_receipt each = { visit, context };
    struct key prefix;
    key_receipts(&prefix, workspace);
    struct range range = { .prefix = key_str(&prefix), .backward = true };
    return st->engine->scan(st->engine, TABLE_VALUES, &range, each_receipt, &each);
}

enum err store_finish_deletions(struct store *st)
{
    return eraser_finish(st->eraser);
}

/* ---- synchronous writes -------------------------------------------------------------------- */

static enum err write_now(struct store *st, const struct key *key, struct str value)
{
    struct arena arena;
    struct batch batch = { 0 };
    arena_init(&arena, 64 * 1024);
    bool fits = batch_put(&batch, &arena, TABLE_VALUES, key_str(key), value);
    enum err e = fits ? commit_write(st->commit, &batch) : ERR_NO_MEMORY;
    arena_free(&arena);
    return e;
}

void store_set_dictionary(struct store *st, struct str bytes)
{
    struct arena arena;
    struct str known;
    struct key key;
    arena_init(&arena, 16 * 1024 * 1024);
    key_dictionary(&key, snapshot_dictionary_hash(bytes));
    enum err e = get(st, TABLE_VALUES, &key, &arena, &known);
    if (!e && !str_eq(known, bytes)) e = ERR_CORRUPT;
    if (e == ERR_NOT_FOUND) e = write_now(st, &key, bytes);
    if (!e) e = snapshots_use_dictionary(st->snapshots, bytes);
    if (e) log_warn("store", "snapshots go without a dictionary (%s)", err_name(e));
    arena_free(&arena);
}

/* ---- keys and settings --------------------------------------------------------------------- */

enum err store_save_key(struct store *st, const struct api_key *api_key)
{
    struct arena arena;
    struct key key;
    assert(api_key->id != 0);
    arena_init(&arena, 256 * 1024);
    key_api_key(&key, api_key->id);
    struct str record = api_key_encode(api_key, &arena);
    enum err e = record.n ? write_now(st, &key, record) : ERR_NO_MEMORY;
    arena_free(&arena);
    return e;
}

struct each_key {
    void (*visit)(void *context, const struct api_key *key);
    void *context;
    enum err e;
};

static bool each_key(void *context, struct str key, struct str value)
{
    struct each_key *each = context;
    struct api_key api_key = { 0 };
    each->e = key.n == 1 + 4 ? api_key_decode(&api_key, value) : ERR_CORRUPT;
    if (each->e) return false;
    for (size_t i = 1; i < key.n; i++) api_key.id = api_key.id << 8 | (uint8_t)key.p[i];
    each->visit(each->context, &api_key);
    return true;
}

enum err store_each_key(struct store *st, void (*visit)(void *context, const struct api_key *key),
                        void *context)
{
    struct each_key each = { visit, context, ERR_OK };
    struct key prefix;
    key_value(&prefix, VALUE_KEY, STR(""));
    struct range range = { .prefix = key_str(&prefix) };
    enum err e = st->engine->scan(st->engine, TABLE_VALUES, &range, each_key, &each);
    return e ? e : each.e;
}

enum err store_set_value(struct store *st, struct str name, struct str value)
{
    struct key key;
    assert(name.n > 0 && name.n <= VALUE_NAME_BYTES_MAX);
    key_value(&key, VALUE_NAMED, name);
    return write_now(st, &key, value);
}

enum err store_unset_value(struct store *st, struct str name)
{
    struct arena arena;
    struct batch batch = { 0 };
    struct key key;
    arena_init(&arena, 4096);
    key_value(&key, VALUE_NAMED, name);
    bool fits = batch_erase(&batch, &arena, TABLE_VALUES, key_str(&key));
    enum err e = fits ? commit_write(st->commit, &batch) : ERR_NO_MEMORY;
    arena_free(&arena);
    return e;
}

enum err store_get_value(struct store *st, struct str name, struct arena *arena, struct str *out)
{
    struct key key;
    if (name.n > VALUE_NAME_BYTES_MAX) return ERR_NOT_FOUND;
    key_value(&key, VALUE_NAMED, name);
    return get(st, TABLE_VALUES, &key, arena, out);
}

struct each_value {
    void (*visit)(void *context, struct str name, struct str value);
    void *context;
};

static bool each_value(void *context, struct str key, struct str value)
{
    struct each_value *each = context;
    each->visit(each->context, str_sub(key, 1, key.n), value);
    return true;
}

enum err store_each_value(struct store *st, struct str prefix,
                          void (*visit)(void *context, struct str name, struct str value),
                          void *context)
{
    struct each_value each = { visit, context };
    struct key key;
    if (prefix.n > VALUE_NAME_BYTES_MAX) return ERR_OK;
    key_value(&key, VALUE_NAMED, prefix);
    struct range range = { .prefix = key_str(&key) };
    return st->engine->scan(st->engine, TABLE_VALUES, &range, each_value, &each);
}
