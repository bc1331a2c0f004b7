/* v4 - Fingerprint's Server API v4. So far: GET /v4/events/{id}. */
#include "api/lookup.h"
#include "api/raw_attributes.h"

void v4_get_event(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    const struct api_key *key;
    struct event ev;
    enum err e = auth_bearer(app, req, &key);
    if (!e) e = lookup_event(app, req->arena, key, tail, &ev);
    if (!e)
        e = raw_attributes_load(app->identify.store, app->parser[loop_index(req->loop)], req->arena,
                                DIALECT_V4, &ev);
    reply_event(&reply, e, DIALECT_V4, &ev);
}
