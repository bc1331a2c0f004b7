/* list - walks through the events for those who move them: store_list_events and
 * store_look_up_import. */
#include "store/record.h"
#include "store/retention.h"
#include "store/store_parts.h"

struct list {
    struct store *st;
    struct event_list *listing;
    struct arena *arena;
    struct event *out;
    size_t max, count, looked_at;
    bool stopped; /* there may be more */
};

/* So many records are passed in one call, whosever they are: no iterator stays open for long. */
enum { LOOKED_AT_MAX = 4096 };

static bool is_after(struct event_id a, struct event_id b)
{
    return a.time_ms != b.time_ms ? a.time_ms > b.time_ms : a.random > b.random;
}

static bool is_hidden(struct store *st, const struct event *ev)
{
    return retention_hides(st->retention, ev) ||
           (event_has(ev, EVENT_visitor) &&
            eraser_hides(st->eraser, (uint32_t)ev->workspace, ev->visitor));
}

static bool add_event(void *context, struct str key, struct str value)
{
    struct list *l = context;
    struct event_list *listing = l->listing;
    struct event_id id;
    struct event *ev = &l->out[l->count];
    if (key_event_read(key, &id)) return listing->unreadable++, true;
    if (is_after(id, listing->until)) return false;
    if (listing->started && !is_after(id, listing->last)) return true;
    listing->last = id;
    listing->started = true;
    if (event_decode(ev, id, arena_copy(l->arena, value)) || !event_has(ev, EVENT_workspace))
        listing->unreadable++;
    else if (ev->workspace == listing->workspace && !is_hidden(l->st, ev))
        l->count++;
    l->stopped = ++l->looked_at == LOOKED_AT_MAX || l->count == l->max || l->arena->failed;
    return !l->stopped;
}

enum err store_list_events(struct store *st, struct event_list *listing, size_t max,
                           struct arena *arena, struct event *out, size_t *count)
{
    struct list l = { .st = st, .listing = listing, .arena = arena, .out = out, .max = max };
    struct key from;
    key_event(&from, listing->last);
    struct range range = { .from = key_str(&from), .bulk = true };
    enum err e = st->engine->scan(st->engine, TABLE_EVENTS, &range, add_event, &l);
    if (!e && arena->failed) e = ERR_NO_MEMORY;
    for (size_t i = 0; !e && i < l.count; i++) event_leave_out_deleted(st, &out[i]);
    listing->end = !l.stopped;
    *count = l.count;
    return e;
}

enum err store_look_up_import(struct store *st, const struct event *ev, struct arena *arena,
                              enum import_state *out)
{
    struct key key;
    struct str record;
    struct event there;
    uint32_t workspace = (uint32_t)ev->workspace;
    *out = IMPORT_NEW;
    if (retention_hides(st->retention, ev)) {
        *out = IMPORT_TOO_OLD;
        return ERR_OK;
    }
    if (event_has(ev, EVENT_visitor) && eraser_hides(st->eraser, workspace, ev->visitor)) {
        *out = IMPORT_DELETED;
        return ERR_OK;
    }
    key_event(&key, ev->id);
    enum err e = st->engine->get(st->engine, TABLE_EVENTS, key_str(&key), arena, &record);
    if (e == ERR_NOT_FOUND) return ERR_OK;
    if (!e) e = event_decode(&there, ev->id, record);
    if (!e) *out = there.workspace == workspace ? IMPORT_STORED : IMPORT_OTHER_WORKSPACE;
    return e;
}
