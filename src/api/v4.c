/* v4 - Fingerprint's Server API v4. So far: GET /v4/events/{id}. */
#include "api/lookup.h"
#include "api/render.h"

void v4_get_event(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    const struct api_key *key;
    struct event ev;
    struct json_out out;
    enum err e = auth_bearer(app, req, &key);
    if (!e) e = lookup_event(app, req->arena, key, tail, &ev);
    if (e) {
        reply_error(&reply, e, NULL);
        return;
    }
    json_out_init(&out, req->arena);
    json_out_open(&out, '{');
    render_event(&out, DIALECT_V4, &ev);
    json_out_close(&out, '}');
    if (out.failed) reply_error(&reply, ERR_NO_MEMORY, NULL);
    else reply_json(&reply, 200, json_out_text(&out));
}
