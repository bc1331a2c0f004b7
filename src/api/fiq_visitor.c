/* fiq_visitor - FingerprintIQ's two looks at a visitor: GET /v1/identify/{visitorId}, what is known of it now, and
 * GET /v1/demo/visits/{visitorId}, its latest visits with their signals.
 *
 * The first takes public keys, too, as the Python SDK's own documentation has it, unless the workspace has the
 * feature "public-lookup" switched off; the second shows signals and takes secret keys alone. */
#include "api/lookup.h"
#include "api/render_geo.h"
#include "api/render_server.h"
#include "api/sealed.h"

enum { VISITS_SHOWN_MAX = 20, LOOKED_AT_MAX = 100 };

#define NO_VISITOR "there is no visitor with this id"

/* The latest visits that the key may see, newest first. ERR_VISITOR_NOT_FOUND when there is none. */
static enum err find_visits(struct app *app, struct request *req, const struct api_key *key, struct str id,
                            struct event **out, size_t *count)
{
    struct visitor_id visitor;
    size_t found = 0, kept = 0;
    struct event *events = ARENA_ARRAY(req->arena, struct event, LOOKED_AT_MAX);
    if (!events) return ERR_NO_MEMORY;
    if (!visitor_id_parse(id, &visitor)) return ERR_VISITOR_NOT_FOUND;
    enum err e = store_find_visits(app->identify.store, key->workspace, visitor, EVENT_ID_LAST, LOOKED_AT_MAX,
                                   req->arena, events, &found);
    for (size_t i = 0; i < found && !e; i++)
        if (auth_sees(key, &events[i])) events[kept++] = events[i];
    *out = events;
    *count = kept;
    return e ? e : kept ? ERR_OK : ERR_VISITOR_NOT_FOUND;
}

/* Both sets of names: those of the identify answer, and those that the Python SDK reads. */
static void put_visitor(struct json_out *out, struct event *latest)
{
    event_set(latest, EVENT_last_seen_ms), latest->last_seen_ms = latest->id.time_ms;
    json_out_open(out, '{');
    render_event(out, DIALECT_FIQ, latest);
    json_out_key(out, "firstSeen"), json_out_int(out, latest->first_seen_ms);
    json_out_key(out, "lastSeen"), json_out_int(out, latest->last_seen_ms);
    json_out_key(out, "visitsCount"), json_out_int(out, latest->visits_count);
    json_out_close(out, '}');
}

void fiq_get_visitor(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    const struct api_key *key;
    struct event *visits;
    struct json_out out;
    size_t count;
    enum err e = auth_fiq(app, req, &key);
    if (!e && key->kind == KEY_PUBLIC &&
        keys_workspace(app->keys, key->workspace)->features_off >> FEATURE_PUBLIC_LOOKUP & 1)
        e = ERR_KEY_INVALID;
    if (!e) e = find_visits(app, req, key, tail, &visits, &count);
    if (e) {
        reply_error(&reply, e, e == ERR_VISITOR_NOT_FOUND ? NO_VISITOR : NULL);
        return;
    }
    json_out_init(&out, req->arena);
    put_visitor(&out, &visits[0]);
    if (out.failed) reply_error(&reply, ERR_NO_MEMORY, NULL);
    else reply_json(&reply, 200, json_out_text(&out));
}

/* ---- visits ---- */

/* The event's id in the form of a UUID of version 8 (RFC 9562): its milliseconds, then the 36 bits of its other
 * part, the highest of them in the digit of the variant; what is left over is zero. */
static void put_uuid(struct json_out *out, struct event_id id)
{
    uint64_t ms = (uint64_t)id.time_ms;
    char text[40];
    int n = snprintf(text, sizeof text, "%08llx-%04llx-8%03llx-%llx%03llx-%03llx000000000",
                     (unsigned long long)(ms >> 16 & 0xffffffff), (unsigned long long)(ms & 0xffff),
                     (unsigned long long)(id.random >> 23 & 0xfff), (unsigned long long)(8 | id.random >> 35),
                     (unsigned long long)(id.random >> 11 & 0xfff),
                     (unsigned long long)(id.random & 0x7ff));
    json_out_key(out, "id"), json_out_str(out, (struct str){ text, (size_t)n });
}

static void put_text(struct json_out *out, const char *name, const struct event *ev, enum event_field field,
                     struct str value)
{
    json_out_key(out, name);
    if (event_has(ev, field)) json_out_str(out, value);
    else json_out_null(out);
}

static enum err put_visit(struct json_out *out, struct app *app, struct arena *arena, const struct event *ev)
{
    struct str steady = { NULL, 0 };
    enum err e = ERR_OK;
    json_out_open(out, '{');
    put_uuid(out, ev->id);
    json_out_key(out, "timestamp"), json_out_int(out, ev->id.time_ms);
    put_text(out, "country", ev, EVENT_geo_country, ev->geo_country);
    put_text(out, "city", ev, EVENT_geo_city, ev->geo_city);
    render_region_fiq(out, ev);
    json_out_key(out, "asn");
    if (event_has(ev, EVENT_asn)) json_out_int(out, ev->asn);
    else json_out_null(out);
    put_text(out, "asnOrg", ev, EVENT_asn_name, ev->asn_name);
    const char *category = render_asn_category(ev);
    json_out_key(out, "asnCategory");
    if (category) json_out_str(out, str_of(category));
    else json_out_null(out);
    json_out_key(out, "botProbability"), render_score(out, ev->bot_probability);
    json_out_key(out, "confidence"), render_score(out, ev->completeness);
    render_risk_factors(out, ev);
    json_out_key(out, "signals");
    json_out_open(out, '{');
    if (event_has(ev, EVENT_snapshot))
        e = store_find_snapshot(app->identify.store, (uint32_t)ev->workspace, ev->visitor, (uint32_t)ev->snapshot,
                                arena, &steady);
    if (!e && steady.n) e = fiq_put_signals(out, ev, steady);
    render_server(out, ev);
    json_out_close(out, '}');
    json_out_close(out, '}');
    return e;
}

void fiq_get_visits(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    const struct api_key *key;
    struct event *visits;
    struct json_out out;
    size_t count;
    enum err e = auth_fiq(app, req, &key);
    if (!e && key->kind != KEY_SECRET) e = ERR_KEY_INVALID;
    if (!e) e = find_visits(app, req, key, tail, &visits, &count);
    json_out_init(&out, req->arena);
    if (!e) {
        json_out_open(&out, '{');
        json_out_key(&out, "visits");
        json_out_open(&out, '[');
        for (size_t i = 0; i < count && i < VISITS_SHOWN_MAX && !e; i++)
            e = put_visit(&out, app, req->arena, &visits[i]);
        json_out_close(&out, ']');
        json_out_key(&out, "totalVisits"), json_out_int(&out, visits[0].visits_count);
        json_out_key(&out, "firstSeenAt"), json_out_int(&out, visits[0].first_seen_ms);
        json_out_close(&out, '}');
    }
    if (!e && out.failed) e = ERR_NO_MEMORY;
    if (e) reply_error(&reply, e, e == ERR_VISITOR_NOT_FOUND ? NO_VISITOR : NULL);
    else reply_json(&reply, 200, json_out_text(&out));
}
