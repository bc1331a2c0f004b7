/* edge_event - see edge_event.h. */
#include "identify/edge_event.h"

#include "base/metrics.h"

enum err edge_event_look(struct identify *id)
{
    id->event.id = event_id_new(id->now_ms);
    SET(id, edge, true);
    SET(id, workspace, (int64_t)id->workspace);
    if (id->environment) SET(id, environment, (int64_t)id->environment);
    return enrich_request(id);
}

static void saved(struct save *save, enum err result)
{
    struct identify *id = save->context;
    if (result == ERR_OK) metric_add(METRIC_edge_total, 1);
    id->done(id, result);
}

enum err edge_event_store(struct identify *id)
{
    judge_network(id);
    id->save = (struct save){ .event = &id->event, .done = saved, .context = id, .arena = id->arena };
    if (id->arena->failed) return ERR_NO_MEMORY;
    enum err e = store_save(id->shared->store, &id->save);
    return e ? e : ERR_PENDING;
}
