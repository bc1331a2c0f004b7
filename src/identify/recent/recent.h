/* recent - what the last 24 hours saw: how often a visitor, an address and a linked id came, from how many
 * places, and whether a payload was here before. Behind it stand velocity, high activity and replay.
 *
 * Memory only: it is rebuilt from the stored events when the server starts. 126 bytes a visit when
 * most devices come often, 482 when nearly each is new (build/bench/facts velocity, 2026-11-26). Counts are
 * exact while times are no more than an hour out of order; a visit later than that counts what is still known.
 * With more visits than it was opened for, the oldest are let go, though never those of the last two hours: then the
 * counts of 24 hours are said to be unknown, until a whole day is remembered again. /metrics has the sizes.
 * All functions may be called from any thread.
 */
#ifndef WHORL_IDENTIFY_RECENT_RECENT_H
#define WHORL_IDENTIFY_RECENT_RECENT_H

#include "event/velocity.h"
#include "store/store.h"

struct recent;

/* A payload with less that changes from load to load may well be the same for two devices. */
enum { RECENT_TELLING_BYTES = 64 };
/* Visits of this time are all remembered, unless there are too many. */
#define RECENT_SURE_MS ((int64_t)24 * 60 * 60 * 1000)

/* Reads the events of the last day. `visits_max`: how many are remembered; 0: all. ERR_NO_MEMORY, or the store's. */
enum err recent_open(struct recent **out, struct store *store, uint32_t visits_max);
void recent_close(struct recent *r);

enum recent_replay {
    RECENT_FIRST,       /* this payload has not been here */
    RECENT_SAME,        /* the same payload, client's time included */
    RECENT_AGAIN,       /* ... with another client's time, by the same visitor from the same address within a minute:
                           an agent that did not get its answer asks again */
    RECENT_SAME_SIGNALS /* ... with another client's time, later or from elsewhere */
};

struct recent_answer {
    struct velocity velocity;   /* this visit included */
    enum recent_replay replay;
    uint32_t ticket;            /* for recent_undo */
    bool noted;                 /* false without memory: nothing is known */
};

/* Counts the visit of an event: time, workspace, visitor, ip, linked_id, geo_country, client_time_ms and
 * volatile_signals are read. */
void recent_note(struct recent *r, const struct event *ev, struct recent_answer *out);
/* It could not be stored: as if it had never been. */
void recent_undo(struct recent *r, uint32_t ticket);
/* The visitor was deleted, and all its events with it. */
void recent_forget(struct recent *r, uint32_t workspace, struct visitor_id id);

/* Bytes in use and visits remembered. */
void recent_size(struct recent *r, size_t *bytes, size_t *visits);

#endif
