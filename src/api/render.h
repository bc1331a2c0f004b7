/* render - one event, as one dialect's JSON. Everything that differs between dialects is in the
 * rows of event_fields.def and in one function per way of printing; nothing is decided per field
 * here. */
#ifndef WHORL_API_RENDER_H
#define WHORL_API_RENDER_H

#include "base/json_out.h"
#include "event/event.h"

enum dialect {
    DIALECT_V4,    /* GET /v4/events/{id}: snake_case, absent rather than null */
    DIALECT_V3,    /* GET /events/{id}: products */
    DIALECT_VISIT, /* one element of GET /visitors/{id} */
    DIALECT_V2,    /* the same for v2: its paths are those of visits, and botProbability */
    DIALECT_FIQ,   /* FingerprintIQ */
    DIALECT_FIQ_SERVER, /* "signals.server" of its events: SERVER rows */
    /* The payload of v3's webhooks: GET /events/{id} without the wrapping, and W rows. v4's is DIALECT_V4. */
    DIALECT_WEBHOOK_V3,
    DIALECT_COUNT
};

/* Members of V and W rows that are not stored fields. */
enum { EVENT_id = EVENT_FIELD_COUNT, EVENT_time_ms, EVENT_risk_factors, EVENT_place, EVENT_ip_info,
       EVENT_raw_attributes, EVENT_none };

/* Writes the members of the event's object, without its braces, so that a caller may add others. */
void render_event(struct json_out *out, enum dialect dialect, const struct event *ev);

/* FingerprintIQ's member "server": {"tls": {...}, ...}. */
void render_server(struct json_out *out, const struct event *ev);

/* Does an event of POST /v4/edge show this v4 path? The closed list of EdgeResponse. */
bool render_is_for_edge(const char *path);

/* FingerprintIQ's member "riskFactors". */
void render_risk_factors(struct json_out *out, const struct event *ev);

/* A probability or share, to three decimals: so everywhere, or two answers about one event would differ. */
void render_score(struct json_out *out, double score);

#endif
