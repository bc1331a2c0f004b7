/* recall - what has been seen before: counts this visit among those of the last 24 hours (recent/), and looks up
 * how common such devices are. The verdicts about activity, rarity and replay read id->recall and id->rarity. */
#include "identify/identify.h"

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
    struct str packed = velocity_encode(&id->recall.velocity, id->arena);
    if (packed.n) SET(id, velocity, packed);
    return id->arena->failed ? ERR_NO_MEMORY : ERR_OK;
}

void recall_undo(struct identify *id)
{
    if (id->recall.noted) recent_undo(id->shared->recent, id->recall.ticket);
    id->recall.noted = false;
}
