/* retention - how long events and visitors are kept: the rules, and what is hidden by them at this moment.
 *
 * A rule is a named value "retention/<workspace>/<environment>" = days; environment 0 is every event of the workspace
 * without a rule of its own, RETENTION_VISITORS is its visitors. 0 days: for ever. An event is hidden from the
 * moment that it is older; age.h erases it later.
 *
 * Time is the machine's clock until retention_set_time was called; then it is what was said last (--test-clock).
 * All functions may be called from any thread; reading takes no lock. */
#ifndef WHORL_STORE_RETENTION_H
#define WHORL_STORE_RETENTION_H

#include "store/engine.h"
#include "store/store.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)

struct rule {
    uint32_t workspace, environment;
    uint32_t days;
};

/* Never changed; kept until retention_destroy, since nobody knows who still reads it. */
struct rules {
    struct rules *older;
    size_t count;
    struct rule list[];
};

struct retention;

/* Without rules. NULL without memory. */
struct retention *retention_create(void);
void retention_destroy(struct retention *r);

/* Reads the rules that are stored. ERR_CORRUPT, and the store's. */
enum err retention_load(struct store *st);

/* A rule from its value; ERR_CORRUPT when it is none. */
enum err rule_read(struct rule *out, struct str name, struct str value);
/* Takes the place of all rules. ERR_NO_MEMORY. */
enum err retention_replace(struct retention *r, const struct rule *list, size_t count);
const struct rules *retention_rules(const struct retention *r);

int64_t retention_now_ms(const struct retention *r);
void retention_set_time(struct retention *r, int64_t now_ms);
/* Was the time set? */
bool retention_is_told(const struct retention *r);

/* Events of this place before this time are hidden; INT64_MIN: none. */
int64_t retention_cutoff_ms(const struct rules *rules, uint32_t workspace, uint32_t environment, int64_t now_ms);
bool retention_hides(const struct retention *r, const struct event *ev);
/* No event of the workspace before this time is visible; INT64_MIN: any may be. */
int64_t retention_horizon_ms(const struct retention *r, uint32_t workspace);

#endif
