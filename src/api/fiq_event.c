/* fiq_event - FingerprintIQ's GET /v1/events/{id}: the event with every signal that the client
 * sent, as bare values, and what the server found out, with reasons. */
#include "api/explain.h"
#include "api/lookup.h"
#include "api/sealed.h"
#include "event/packed.h"

/* The members of one packed entry {value, duration}; only value is printed. */
static enum err put_entry(struct json_out *out, struct cursor *steady, struct cursor *changing)
{
    struct str key;
    bool printed = false;
    enum err e = ERR_OK;
    if (!packed_enter_object(steady)) { /* null: it was collected and failed */
        json_out_null(out);
        return steady->bad ? ERR_CORRUPT : ERR_OK;
    }
    while (!e && packed_next_key(steady, &key)) {
        if (!printed && str_eq(key, STR("value"))) {
            e = packed_to_json(out, steady, changing);
            printed = true;
        } else {
            e = packed_skip(steady, changing);
        }
    }
    if (!printed) json_out_null(out);
    return e ? e : steady->bad ? ERR_CORRUPT : ERR_OK;
}

static enum err put_signals(struct json_out *out, struct cursor *steady, struct cursor *changing)
{
    struct str key;
    enum err e = ERR_OK;
    if (!packed_enter_object(steady)) return ERR_CORRUPT;
    json_out_open(out, '{');
    while (!e && packed_next_key(steady, &key)) {
        json_out_key_str(out, key);
        e = put_entry(out, steady, changing);
    }
    json_out_close(out, '}');
    return e ? e : steady->bad ? ERR_CORRUPT : ERR_OK;
}

/* "client": {...}, "headers": [...] of the snapshot. */
enum err fiq_put_signals(struct json_out *out, const struct event *ev, struct str packed)
{
    struct str key;
    enum err e = ERR_OK;
    struct cursor steady = cursor_of(packed), changing = cursor_of(ev->volatile_signals);
    if (!packed_enter_object(&steady)) return ERR_CORRUPT;
    while (!e && packed_next_key(&steady, &key)) {
        bool signals = str_eq(key, STR("signals"));
        json_out_key_str(out, signals ? STR("client") : key);
        e = signals ? put_signals(out, &steady, &changing)
                    : packed_to_json(out, &steady, &changing);
    }
    return e ? e : steady.bad ? ERR_CORRUPT : ERR_OK;
}

static void put_codes(struct json_out *out, struct str name, const struct codes *codes)
{
    json_out_key_str(out, name);
    json_out_open(out, '[');
    for (size_t i = 0; i < codes->count; i++) {
        const struct reason_info *info = reason_info(codes->code[i]);
        if (info) json_out_str(out, str_of(info->name));
    }
    json_out_close(out, ']');
}

static const struct codes *codes_of(const struct event *ev, unsigned field)
{
    const struct event_field_info *info = &event_fields[field];
    if (info->type != EVENT_CODES || !event_has(ev, (enum event_field)field)) return NULL;
    return (const void *)((const char *)ev + info->offset);
}

/* Of every verdict that was given, under the name of its field: "bot" of bot_reasons. And each reason's sentence. */
static void put_reasons(struct json_out *out, const struct event *ev)
{
    json_out_key(out, "reasons");
    json_out_open(out, '{');
    for (unsigned f = 0; f < EVENT_FIELD_COUNT; f++) {
        struct str name = str_of(event_fields[f].name);
        if (!codes_of(ev, f)) continue;
        name = f == EVENT_match_reasons ? STR("identification") : str_sub(name, 0, name.n - strlen("_reasons"));
        put_codes(out, name, codes_of(ev, f));
    }
    json_out_close(out, '}');
    json_out_key(out, "words");
    json_out_open(out, '{');
    for (unsigned f = 0; f < EVENT_FIELD_COUNT; f++)
        for (size_t i = 0; codes_of(ev, f) && i < codes_of(ev, f)->count; i++) {
            const struct reason_info *info = reason_info(codes_of(ev, f)->code[i]);
            if (info) json_out_key(out, info->name), json_out_str(out, str_of(info->words));
        }
    json_out_close(out, '}');
}

static void put_text(struct json_out *out, const char *name, bool has, struct str text)
{
    if (has) json_out_key(out, name), json_out_str(out, text);
}

enum err fiq_put_event(struct json_out *out, struct store *st, const struct event *ev, struct str steady)
{
    enum err e = ERR_OK;
    json_out_open(out, '{');
    render_event(out, DIALECT_FIQ, ev);
    put_text(out, "linkedId", event_has(ev, EVENT_linked_id), ev->linked_id);
    put_text(out, "url", event_has(ev, EVENT_url), ev->url);
    put_text(out, "referrer", event_has(ev, EVENT_referrer), ev->referrer);
    if (event_has(ev, EVENT_tag)) json_out_key(out, "tag"), json_out_value(out, ev->tag);
    json_out_key(out, "suspect");
    json_out_bool(out, event_has(ev, EVENT_suspect) && ev->suspect);
    put_reasons(out, ev);
    explain_identification(out, st, ev);
    json_out_key(out, "signals");
    json_out_open(out, '{');
    if (steady.n) e = fiq_put_signals(out, ev, steady);
    render_server(out, ev);
    json_out_close(out, '}');
    json_out_close(out, '}');
    return e ? e : out->failed ? ERR_NO_MEMORY : ERR_OK;
}

/* This dialect's texts and statuses: 401 and 404 with {"error": text}. */
void fiq_get_event(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    const struct api_key *key;
    struct event ev;
    struct json_out out;
    struct str steady = { NULL, 0 };
    enum err e = auth_bearer(app, req, &key);
    if (e) {
        reply_error(&reply, e == ERR_KEY_REQUIRED || e == ERR_KEY_NOT_FOUND ? ERR_KEY_INVALID : e, NULL);
        return;
    }
    json_out_init(&out, req->arena);
    e = lookup_device_event(app, req->arena, key, tail, &ev);
    if (!e && event_has(&ev, EVENT_snapshot) && event_has(&ev, EVENT_visitor))
        e = store_find_snapshot(app->identify.store, (uint32_t)ev.workspace, ev.visitor, (uint32_t)ev.snapshot,
                                req->arena, &steady);
    if (!e) e = fiq_put_event(&out, app->identify.store, &ev, steady);
    if (e == ERR_EVENT_NOT_FOUND || e == ERR_EVENT_ID_INVALID)
        reply_error(&reply, ERR_EVENT_NOT_FOUND, "there is no event with this id");
    else if (e) reply_error(&reply, e, NULL);
    else reply_json(&reply, 200, json_out_text(&out));
}
