/* agent_result - see agent_result.h. The shapes are those of the published type definitions of the
 * agents v3 (plain and extended get result) and v4. */
#include "api/agent_result.h"

#include "api/render.h"
#include "api/render_geo.h"
#include "base/clock.h"

static void put_text(struct json_out *out, const char *key, bool known, struct str text)
{
    json_out_key(out, key);
    json_out_str(out, known ? text : STR(""));
}

#define PUT_TEXT(out, key, ev, member) put_text(out, key, event_has(ev, EVENT_##member), (ev)->member)

static void put_event_id(struct json_out *out, const char *key, const struct event *ev)
{
    char text[ID_TEXT_BYTES];
    json_out_key(out, key);
    json_out_str(out, (struct str){ text, event_id_print_base62(text, ev->id) });
}

static void put_visitor_id(struct json_out *out, const char *key, const struct event *ev)
{
    char text[ID_TEXT_BYTES];
    json_out_key(out, key);
    json_out_str(out, (struct str){ text, visitor_id_print_base62(text, ev->visitor) });
}

/* One workspace is all we know of: `global` is the same. */
static void put_seen(struct json_out *out, const char *key, bool known, int64_t ms)
{
    static const char *const scopes[] = { "global", "subscription" };
    char text[ISO_TIME_BYTES];
    json_out_key(out, key);
    json_out_open(out, '{');
    for (size_t i = 0; i < COUNT_OF(scopes); i++) {
        json_out_key(out, scopes[i]);
        if (known) json_out_str(out, (struct str){ text, clock_iso(text, ms) });
        else json_out_null(out);
    }
    json_out_close(out, '}');
}

static void put_device(struct json_out *out, const struct event *ev)
{
    json_out_key(out, "incognito");
    json_out_bool(out, event_has(ev, EVENT_incognito) && ev->incognito);
    PUT_TEXT(out, "browserName", ev, browser_name);
    PUT_TEXT(out, "browserVersion", ev, browser_version);
    PUT_TEXT(out, "device", ev, device);
    PUT_TEXT(out, "ip", ev, ip);
    if (render_has_place(ev)) json_out_key(out, "ipLocation"), render_geolocation_v3(out, ev);
    PUT_TEXT(out, "os", ev, os);
    PUT_TEXT(out, "osVersion", ev, os_version);
    put_seen(out, "firstSeenAt", event_has(ev, EVENT_first_seen_ms), ev->first_seen_ms);
    put_seen(out, "lastSeenAt", event_has(ev, EVENT_last_seen_ms), ev->last_seen_ms);
    if (!event_has(ev, EVENT_bot_probability)) return;
    json_out_key(out, "bot");
    json_out_open(out, '{');
    json_out_key(out, "probability"), render_score(out, ev->bot_probability);
    json_out_close(out, '}');
}

static void put_v3(struct json_out *out, const struct event *ev, bool extended)
{
    put_event_id(out, "requestId", ev);
    put_visitor_id(out, "visitorId", ev);
    json_out_key(out, "visitorFound");
    json_out_bool(out, event_has(ev, EVENT_visitor_found) && ev->visitor_found);
    json_out_key(out, "confidence");
    json_out_open(out, '{');
    json_out_key(out, "score"), render_score(out, ev->match_score);
    json_out_close(out, '}');
    if (extended) put_device(out, ev);
}

static void put_v4(struct json_out *out, const struct event *ev)
{
    put_event_id(out, "event_id", ev);
    put_visitor_id(out, "visitor_id", ev);
    if (event_has(ev, EVENT_suspect_score))
        json_out_key(out, "suspect_score"), json_out_int(out, ev->suspect_score);
}

bool agent_result(struct json_out *out, const struct identify *id)
{
    bool v3 = str_eq(id->agent_dialect, STR("v3"));
    if (!v3 && !str_eq(id->agent_dialect, STR("v4"))) {
        if (!id->agent_extended) return false;
        json_out_key(out, "extended");
        json_out_open(out, '{');
        put_device(out, &id->event);
        json_out_close(out, '}');
        return false;
    }
    json_out_key(out, "result");
    json_out_open(out, '{');
    if (v3) put_v3(out, &id->event, id->agent_extended);
    else put_v4(out, &id->event);
    json_out_close(out, '}');
    return true;
}
