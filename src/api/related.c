/* related - GET /related-visitors: other visitors of the same mobile device. */
#include "api/app.h"

#include "base/json_out.h"

static enum err find(struct app *app, const struct request *req, const struct api_key *key)
{
    struct str text;
    struct visitor_id id;
    struct visitor visitor;
    if (!query_find(req, STR("visitor_id"), &text) || text.n == 0) return ERR_VISITOR_ID_REQUIRED;
    if (!visitor_id_parse(text, &id)) return ERR_VISITOR_ID_INVALID;
    enum err e =
        store_find_visitor(app->identify.store, key->workspace, id, req->arena, &visitor);
    return e == ERR_NOT_FOUND ? ERR_VISITOR_NOT_FOUND : e;
}

/* Nothing links visitors to devices yet, so the list is empty: true of every visitor of a web page. */
void v3_get_related(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    const struct api_key *key;
    struct json_out out;
    (void)tail;
    enum err e = auth_api_key(app, req, &key);
    if (!e) e = find(app, req, key);
    if (e) {
        reply_error(&reply, e, NULL);
        return;
    }
    json_out_init(&out, req->arena);
    json_out_open(&out, '{');
    json_out_key(&out, "relatedVisitors");
    json_out_open(&out, '[');
    json_out_close(&out, ']');
    json_out_close(&out, '}');
    if (out.failed) reply_error(&reply, ERR_NO_MEMORY, NULL);
    else reply_json(&reply, 200, json_out_text(&out));
}
