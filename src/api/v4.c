/* v4 - Fingerprint's Server API v4. So far: GET /v4/events/{id}. */
#include "api/lookup.h"
#include "api/raw_attributes.h"
#include "api/rulesets.h"

/* The event, and what the ruleset says is to be done about it. */
static void reply_with_action(struct reply *reply, struct app *app, const struct api_key *key,
                              const struct event *ev, struct str ruleset)
{
    struct request *req = reply->req;
    struct json_out whole, out;
    json_out_init(&whole, req->arena); /* what the rules read */
    json_out_open(&whole, '{');
    render_event(&whole, DIALECT_V4, ev);
    json_out_close(&whole, '}');
    json_out_init(&out, req->arena);
    json_out_open(&out, '{');
    render_event(&out, DIALECT_V4, ev);
    enum err e = whole.failed ? ERR_NO_MEMORY
                              : ruleset_put_action(&out, app->identify.store, app->parser[loop_index(req->loop)],
                                                   key->workspace, ruleset, json_out_text(&whole), req->arena);
    json_out_close(&out, '}');
    if (!e && out.failed) e = ERR_NO_MEMORY;
    if (e) reply_error(reply, e, NULL);
    else reply_json(reply, 200, json_out_text(&out));
}

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
    struct str ruleset;
    if (e || !query_find(req, STR("ruleset_id"), &ruleset)) reply_event(&reply, e, DIALECT_V4, &ev);
    else reply_with_action(&reply, app, key, &ev, ruleset);
}
