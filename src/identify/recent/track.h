/* track - the visits of one visitor, address or linked id in the last 24 hours, and how many there are in each
 * window that ends now. Exact, and cheap where times come in order: a visit is added, and leaves each window,
 * once. A visit that comes late is put where it belongs and counted by looking back.
 *
 * A track holds numbers of visits; what happened stands once, in the log that all tracks share. Not safe for
 * several threads at once.
 */
#ifndef WHORL_IDENTIFY_RECENT_TRACK_H
#define WHORL_IDENTIFY_RECENT_TRACK_H

#include "base/keyed.h"
#include "event/velocity.h"

/* What a visit is remembered by: hashes, 0 for what is absent. */
enum recent_of { RECENT_ADDRESS, RECENT_LINKED, RECENT_COUNTRY, RECENT_VISITOR, RECENT_OF };

struct recent_entry {
    int64_t time_ms, client_ms;
    uint64_t of[RECENT_OF];
    uint64_t payload;
    uint32_t workspace;
    bool gone; /* its visitor was deleted, or it could not be stored */
};

/* All visits by their numbers, in the order of arrival. */
struct recent_log {
    struct recent_entry **chunk;
    uint32_t first, next; /* numbers in use: first <= n < next */
    uint32_t chunks;      /* room in `chunk`, a power of two */
};
enum { RECENT_CHUNK = 4096 };

static inline struct recent_entry *recent_at(const struct recent_log *log, uint32_t number)
{
    return &log->chunk[number / RECENT_CHUNK & (log->chunks - 1)][number % RECENT_CHUNK];
}
/* A place for one more, zeroed; NULL without memory. */
struct recent_entry *recent_log_add(struct recent_log *log);
void recent_log_drop_first(struct recent_log *log);
void recent_log_free(struct recent_log *log);

/* A value, and when it was last seen. */
struct track_seen {
    uint64_t value;
    int64_t last_ms;
    uint32_t number;
};

struct track_distinct {
    struct keyed seen; /* struct track_seen by value */
    uint32_t within[VELOCITY_WINDOWS];
};

enum { TRACK_DISTINCT_MAX = 3 };

struct track {
    uint64_t key;
    uint32_t *number;        /* of visits, by time, then arrival: places from `front` to `end` */
    uint32_t front, end, room;
    uint32_t head[VELOCITY_WINDOWS]; /* the place of the first that is within */
    int64_t at_ms;           /* the windows end here: the latest time seen */
    uint8_t distinct_count;
    uint8_t what[TRACK_DISTINCT_MAX]; /* enum recent_of: which values are told apart */
    struct track_distinct distinct[TRACK_DISTINCT_MAX];
};

/* A new track is all zero; then this says, at most TRACK_DISTINCT_MAX times, which values it counts. */
void track_tell_apart(struct track *t, enum recent_of what);
/* False without memory: then the visit is not counted. */
bool track_add(struct track *t, const struct recent_log *log, uint32_t number);
/* Takes it out, as if it had never been. Nothing happens when it is not there. */
void track_remove(struct track *t, const struct recent_log *log, uint32_t number);
/* Visits in the window that ends at time_ms, and how many values of each kind. */
struct track_count {
    uint32_t visits, distinct[TRACK_DISTINCT_MAX];
};
void track_count(struct track_count *out, const struct track *t, const struct recent_log *log, int64_t time_ms,
                 int64_t window_ms);
/* The same for all windows, from what is kept up to date: time_ms must be t->at_ms. */
void track_count_now(struct track_count out[VELOCITY_WINDOWS], const struct track *t);
static inline bool track_empty(const struct track *t)
{
    return t->front == t->end;
}
void track_free(struct track *t); /* what it holds, not itself */
size_t track_bytes(const struct track *t);

#endif
