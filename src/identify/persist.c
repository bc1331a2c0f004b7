/* persist - hands the finished event to the store. The answer waits for the sync: id->done is
 * called on the store's commit thread. */
#include "identify/identify.h"

#include "base/metrics.h"

static void saved(struct save *save, enum err result)
{
    struct identify *id = save->context;
    /* The visitor was deleted in between: asked again, the client gets a new one. */
    if (result == ERR_NOT_FOUND) result = ERR_UNAVAILABLE;
    if (result != ERR_OK) recall_undo(id);
    if (result == ERR_OK) metric_add(METRIC_identify_total, 1);
    else if (id->newcomer) linkage_forget(id->shared->linkage, id->workspace, id->event.visitor);
    id->done(id, result);
}

enum err persist_event(struct identify *id)
{
    id->save = (struct save){ .visit = id->visit, .event = &id->event, .steady = id->steady,
                              .done = saved, .context = id, .arena = id->arena };
    if (id->arena->failed) return ERR_NO_MEMORY;
    id->visit = NULL; /* the store's from here on */
    enum err e = store_save(id->shared->store, &id->save);
    return e ? e : ERR_PENDING;
}
