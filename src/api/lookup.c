/* lookup - see lookup.h. */
#include "api/lookup.h"

enum err lookup_event(struct app *app, struct arena *arena, const struct api_key *key,
                      struct str id, struct event *out)
{
    struct event_id event_id;
    if (!event_id_parse(id, &event_id)) return ERR_EVENT_ID_INVALID;
    enum err e = app_has_fault(app, FAULT_EVENT_READ)
                     ? ERR_IO
                     : store_find_event(app->identify.store, key->workspace, event_id, arena, out);
    if (e == ERR_NOT_FOUND || (!e && !auth_sees(key, out))) return ERR_EVENT_NOT_FOUND;
    return e;
}

enum err lookup_device_event(struct app *app, struct arena *arena, const struct api_key *key,
                             struct str id, struct event *out)
{
    enum err e = lookup_event(app, arena, key, id, out);
    return !e && event_has(out, EVENT_edge) && out->edge ? ERR_EVENT_NOT_FOUND : e;
}

void reply_event(struct reply *reply, enum err e, enum dialect dialect, const struct event *ev)
{
    struct json_out out;
    if (e) {
        reply_error(reply, e, NULL);
        return;
    }
    json_out_init(&out, reply->req->arena);
    json_out_open(&out, '{');
    render_event(&out, dialect, ev);
    json_out_close(&out, '}');
    if (out.failed) reply_error(reply, ERR_NO_MEMORY, NULL);
    else reply_json(reply, 200, json_out_text(&out));
}
