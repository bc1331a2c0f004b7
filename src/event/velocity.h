/* velocity - the seven counters of an event: how much happened around it, in the 5 minutes, the hour and the
 * 24 hours that end with it, itself included. The event keeps them packed (field `velocity`).
 */
#ifndef WHORL_EVENT_VELOCITY_H
#define WHORL_EVENT_VELOCITY_H

#include "base/bytes.h"

enum velocity_counter {
    VELOCITY_DISTINCT_IP, /* of the visitor, like the next three */
    VELOCITY_DISTINCT_LINKED_ID,
    VELOCITY_DISTINCT_COUNTRY,
    VELOCITY_EVENTS,
    VELOCITY_IP_EVENTS,                        /* of the address */
    VELOCITY_DISTINCT_IP_BY_LINKED_ID,         /* of the linked id, like the next */
    VELOCITY_DISTINCT_VISITOR_ID_BY_LINKED_ID,
    VELOCITY_COUNTERS
};

enum { VELOCITY_5_MINUTES, VELOCITY_HOUR, VELOCITY_DAY, VELOCITY_WINDOWS };

extern const int64_t velocity_window_ms[VELOCITY_WINDOWS];

/* A visitor with more events than this in 24 hours has no 24-hour value of the distinct counters: so
 * documented by the API (Server API v3 and v4, "velocity"). */
enum { VELOCITY_DAY_EVENTS_MAX = 20000 };

struct velocity {
    bool known[VELOCITY_COUNTERS]; /* false: there is nothing to count, e.g. no linked id */
    bool day_left_out;             /* of the five distinct counters */
    bool day_unknown;              /* of all counters: counted are only those visits of the day that are remembered */
    uint32_t count[VELOCITY_COUNTERS][VELOCITY_WINDOWS];
};

/* Does the counter have a value for the window? */
bool velocity_has(const struct velocity *v, enum velocity_counter counter, unsigned window);

/* In the arena; empty when memory is refused. */
struct str velocity_encode(const struct velocity *v, struct arena *arena);
/* False: not readable. */
bool velocity_decode(struct velocity *out, struct str bytes);

#endif
