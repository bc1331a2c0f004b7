/* recall - what has been seen before: counts this visit among those of the last 24 hours (recent/), and looks up
 * how common such devices are. A payload whose own time is older than that is looked for among the visitor's stored
 * events of then. The verdicts about activity, rarity and replay read id->recall and id->rarity. */
#include "identify/identify.h"

/* A stored event is looked for around the client's time: so far may the client's clock have been off, and so many of
 * the visitor's events are read. */
enum { OFF_MS = 10 * 60 * 1000, LOOKED_AT_MAX = 16 };

/* Recorded before what recent/ remembers, and sent again: the client's time says where to look. */
static bool was_stored(struct identify *id)
{
    const struct event *ev = &id->event;
    size_t count = 0;
    if (id->newcomer || !event_has(ev, EVENT_client_time_ms) || id->changing.n < RECENT_TELLING_BYTES) return false;
    if (ev->client_time_ms < 0 || ev->client_time_ms > id->now_ms - RECENT_SURE_MS) return false;
    struct event *before = ARENA_ARRAY(id->arena, struct event, LOOKED_AT_MAX);
    struct event_id until = { ev->client_time_ms + OFF_MS, EVENT_ID_RANDOM_MAX };
    if (!before || store_find_visits(id->shared->store, id->workspace, ev->visitor, until, LOOKED_AT_MAX, id->arena,
                                     before, &count))
        return false; /* said in the log */
    for (size_t i = 0; i < count && before[i].id.time_ms >= ev->client_time_ms - OFF_MS; i++)
        if (event_has(&before[i], EVENT_client_time_ms) && before[i].client_time_ms == ev->client_time_ms &&
            event_has(&before[i], EVENT_volatile_signals) && str_eq(before[i].volatile_signals, id->changing))
            return true;
    return false;
}

enum err recall_recent(struct identify *id)
{
    const struct identify_shared *shared = id->shared;
    SET(id, workspace, (int64_t)id->workspace);
    SET(id, environment, (int64_t)id->environment);
    SET(id, volatile_signals, id->changing);
    if (shared->rarity) id->rarity = rarity_note(shared->rarity, id->workspace, &id->look, id->newcomer);
    if (!shared->recent) return ERR_OK;
    recent_note(shared->recent, &id->event, &id->recall);
    if (!id->recall.noted) return ERR_OK;
    if (id->recall.replay == RECENT_FIRST && was_stored(id)) id->recall.replay = RECENT_SAME;
    struct str packed = velocity_encode(&id->recall.velocity, id->arena);
    if (packed.n) SET(id, velocity, packed);
    return id->arena->failed ? ERR_NO_MEMORY : ERR_OK;
}

void recall_undo(struct identify *id)
{
    if (id->recall.noted) recent_undo(id->shared->recent, id->recall.ticket);
    id->recall.noted = false;
}
