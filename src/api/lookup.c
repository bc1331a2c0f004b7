/* lookup - see lookup.h. */
#include "api/lookup.h"

enum err lookup_event(struct app *app, struct arena *arena, const struct api_key *key,
                      struct str id, struct event *out)
{
    struct event_id event_id;
    if (!event_id_parse(id, &event_id)) return ERR_EVENT_ID_INVALID;
    enum err e = store_find_event(app->identify.store, key->workspace, event_id, arena, out);
    if (e == ERR_NOT_FOUND || (!e && !auth_sees(key, out))) return ERR_EVENT_NOT_FOUND;
    return e;
}
