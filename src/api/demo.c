/* demo - a page that shows a person their id, their verdicts and why. It needs no secret key, so it
 * answers loopback connections only, and only with --demo. */
#include "api/asset_reply.h"
#include "api/explain.h"
#include "api/lookup.h"

/* True when the demo may answer; otherwise it has answered. */
static bool admit(struct app *app, struct reply *reply)
{
    if (!app->demo)
        reply_error(reply, ERR_NOT_FOUND, "the demo is off; start the server with --demo");
    else if (!from_loopback(reply->req)) reply_error(reply, ERR_LOOPBACK_ONLY, NULL);
    else return true;
    return false;
}

static void serve(struct app *app, struct request *req, const char *name)
{
    struct reply reply = reply_to(req);
    if (!admit(app, &reply)) return;
    reply_header(&reply, "Cache-Control", STR("no-cache"));
    reply_header(&reply, "Content-Security-Policy",
                 STR("default-src 'self'; img-src 'self' data:; worker-src 'self' blob:; "
                     "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"));
    reply_asset(&reply, name, app->demo_key);
}

void demo_get_page(struct app *app, struct request *req, struct str tail)
{
    (void)tail;
    serve(app, req, "demo.html");
}

void demo_get_file(struct app *app, struct request *req, struct str tail)
{
    if (str_eq(tail, STR("demo.js"))) serve(app, req, "demo.js");
    else if (str_eq(tail, STR("demo.css"))) serve(app, req, "demo.css");
    else serve(app, req, "");
}

/* What the licences of the geo data ask for on pages that show results. */
static void put_attribution(struct json_out *out, struct app *app)
{
    struct geo_status status;
    geo_data_status(app->identify.geo, &status);
    json_out_key(out, "attribution");
    json_out_open(out, '[');
    for (size_t i = 0; i < COUNT_OF(status.attribution); i++) {
        if (!status.attribution[i]) continue;
        json_out_open(out, '{');
        json_out_key(out, "text"), json_out_str(out, str_of(status.attribution[i]));
        json_out_key(out, "link"), json_out_str(out, str_of(status.attribution_link[i]));
        json_out_close(out, '}');
    }
    json_out_close(out, ']');
}

static void put_reasons(struct json_out *out, const struct codes *codes)
{
    for (size_t i = 0; i < codes->count; i++) {
        const struct reason_info *info = reason_info(codes->code[i]);
        if (!info) continue;
        json_out_open(out, '{');
        json_out_key(out, "verdict"), json_out_str(out, str_of(info->verdict));
        json_out_key(out, "reason"), json_out_str(out, str_of(info->name));
        json_out_key(out, "words"), json_out_str(out, str_of(info->words));
        json_out_close(out, '}');
    }
}

void demo_get_event(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    struct event ev;
    struct json_out out;
    if (!admit(app, &reply)) return;
    const struct api_key *key = keys_find(app->keys, KEY_PUBLIC, app->demo_key);
    enum err e = key ? lookup_device_event(app, req->arena, key, tail, &ev) : ERR_EVENT_NOT_FOUND;
    if (e) {
        reply_error(&reply, e, NULL);
        return;
    }
    json_out_init(&out, req->arena);
    json_out_open(&out, '{');
    json_out_key(&out, "event");
    json_out_open(&out, '{');
    render_event(&out, DIALECT_FIQ, &ev);
    json_out_close(&out, '}');
    explain_identification(&out, app->identify.store, &ev);
    json_out_key(&out, "why");
    json_out_open(&out, '[');
    for (unsigned f = 0; f < EVENT_FIELD_COUNT; f++)
        if (event_fields[f].type == EVENT_CODES && event_has(&ev, (enum event_field)f))
            put_reasons(&out, (const void *)((const char *)&ev + event_fields[f].offset));
    json_out_close(&out, ']');
    put_attribution(&out, app);
    json_out_close(&out, '}');
    if (out.failed) reply_error(&reply, ERR_NO_MEMORY, NULL);
    else reply_json(&reply, 200, json_out_text(&out));
}

void demo_forget(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    (void)tail;
    if (!admit(app, &reply)) return;
    reply_header(&reply, "Set-Cookie", STR("_iidt=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"));
    reply_empty(&reply, 204);
}
