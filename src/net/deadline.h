/* deadline - when to give up on a connection.
 *
 * Each kind of waiting has one constant duration, so that a list in order of arrival is also in
 * order of expiry: setting a deadline is an append, expiry looks at the heads only. A heap of
 * timers (libuv's) would cost a rebalancing per request and change nothing else.
 *
 * Pure: the caller says what time it is.
 */
#ifndef WHORL_NET_DEADLINE_H
#define WHORL_NET_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

enum deadline_kind {
    DEADLINE_HEAD,
    DEADLINE_BODY,
    DEADLINE_BRIEF_BODY, /* for server_config.brief_path */
    DEADLINE_IDLE,
    DEADLINE_WRITE,
    DEADLINE_LINGER,
    DEADLINE_COUNT,
    DEADLINE_NONE = DEADLINE_COUNT
};

struct deadline {
    enum deadline_kind kind; /* DEADLINE_NONE: not in a list */
    int64_t due_ms;
    bool of_stream; /* an HTTP/2 stream's, not a connection's; for whoever it expires to */
    struct deadline *prev, *next; /* private to deadline.c */
};

struct deadlines {
    int64_t duration_ms[DEADLINE_COUNT]; /* set by the owner after deadlines_init */
    struct deadline list[DEADLINE_COUNT]; /* ring heads; private to deadline.c */
};

void deadlines_init(struct deadlines *all);
void deadline_init(struct deadline *d);
/* The same kind again changes nothing: a client that drips bytes does not get more time. To start
 * anew, clear first. DEADLINE_NONE clears. */
void deadline_set(struct deadlines *all, struct deadline *d, enum deadline_kind kind,
                  int64_t now_ms);
/* One that is due, taken out of its list (its kind stays readable in *kind); NULL when none is. */
struct deadline *deadlines_expired(struct deadlines *all, int64_t now_ms,
                                   enum deadline_kind *kind);
/* When the next one is due; INT64_MAX when none is set. */
int64_t deadlines_next_ms(const struct deadlines *all);

#endif
