/* update - store_start_update: an event is read, changed and written again. One update of an event is
 * under way at a time; a second one is told to try again. */
#include "store/record.h"
#include "store/store_parts.h"

static bool claim(struct store *st, struct update *u)
{
    bool free_now = true;
    pthread_mutex_lock(&st->updates_lock);
    for (const struct update *other = st->updates; other; other = other->next)
        if (event_id_order(other->id, u->id) == 0) free_now = false;
    if (free_now) {
        u->next = st->updates;
        st->updates = u;
    }
    pthread_mutex_unlock(&st->updates_lock);
    return free_now;
}

static void release(struct store *st, struct update *u)
{
    pthread_mutex_lock(&st->updates_lock);
    struct update **link = &st->updates;
    while (*link != u) link = &(*link)->next;
    *link = u->next;
    pthread_mutex_unlock(&st->updates_lock);
}

/* A deletion's write that came before this one has set its mark; and an event that has grown too old since may be
 * erased already, and must not come back. */
static bool allowed(struct save *save)
{
    const struct update *u = save->context;
    const struct retention *r = u->store->retention;
    int64_t cutoff_ms =
        retention_cutoff_ms(retention_rules(r), u->workspace, u->environment, retention_now_ms(r));
    return u->id.time_ms >= cutoff_ms && !eraser_hides(u->store->eraser, u->workspace, u->visitor);
}

static void written(struct save *save, enum err result)
{
    struct update *u = save->context;
    release(u->store, u);
    u->done(u, result);
}

static void apply(struct event *ev, const struct event *values)
{
    if (event_has(values, EVENT_suspect)) event_set(ev, EVENT_suspect), ev->suspect = values->suspect;
    if (event_has(values, EVENT_linked_id))
        event_set(ev, EVENT_linked_id), ev->linked_id = values->linked_id;
    if (event_has(values, EVENT_tag)) event_set(ev, EVENT_tag), ev->tag = values->tag;
}

static enum err start(struct store *st, struct update *u)
{
    struct event ev;
    struct key key;
    enum err e = store_find_event(st, u->workspace, u->id, u->arena, &ev);
    if (e) return e;
    apply(&ev, &u->values);
    if (event_has(&ev, EVENT_visitor)) u->visitor = ev.visitor;
    if (event_has(&ev, EVENT_environment)) u->environment = (uint32_t)ev.environment;
    struct facet_entry *entry = ARENA_NEW(u->arena, struct facet_entry);
    if (!entry) return ERR_NO_MEMORY;
    entry->id = u->id;
    entry->patch = true;
    facets_of(&ev, entry->codes);
    struct batch *batch = ARENA_NEW(u->arena, struct batch);
    struct str record = event_encode(&ev, u->arena);
    key_event(&key, u->id);
    if (!batch || !record.n || !batch_put(batch, u->arena, TABLE_EVENTS, key_str(&key), record))
        return ERR_NO_MEMORY;
    u->save = (struct save){ .done = written, .allowed = allowed, .context = u, .batch = batch,
                             .entry = entry };
    return commit_push(st->commit, &u->save);
}

enum err store_start_update(struct store *st, struct update *u)
{
    u->store = st;
    if (!claim(st, u)) return ERR_STATE_NOT_READY;
    enum err e = start(st, u);
    if (e) release(st, u);
    return e;
}

enum err store_seal(struct store *st)
{
    return facets_seal(st->facets);
}
