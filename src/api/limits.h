/* limits - how much a key or a workspace may ask: requests a second, deletions, identifications a month.
 *
 * Rates are token buckets, kept as one number each: the time at which the bucket would be full again (the
 * generic cell rate algorithm, ITU-T I.371: the same answers as counting tokens). They live in memory, and are
 * full after a start. The counts of the month are written to the store every few seconds and when the server
 * stops: a crash forgets what was counted since. All functions may be called from any thread. */
#ifndef WHORL_API_LIMITS_H
#define WHORL_API_LIMITS_H

#include "store/store.h"

struct limits;

/* Reads the counts of the months. ERR_NO_MEMORY, ERR_IO, ERR_CORRUPT. */
enum err limits_create(struct limits **out, struct store *st);
void limits_destroy(struct limits *limits);
/* Writes the counts that changed; waits for the disk. Not from a loop's thread. */
enum err limits_save(struct limits *limits);

/* A bucket holds three seconds' worth, as the vendor's (5 a second, 15 at once). */
enum { RATE_BURST_SECONDS = 3 };
/* One request of a key that may ask `rate` times a second; false when it has to wait. Since a rate is at least
 * 1, it never has to wait for longer than a second. */
bool limits_take(struct limits *limits, uint32_t key, uint32_t rate, int64_t mono_us);

/* One deletion: 30 an hour and 500 a day for each workspace, in hours and days of the monotonic clock. When
 * false, *wait_s says how long to wait. */
enum { DELETIONS_HOUR_MAX = 30, DELETIONS_DAY_MAX = 500 };
bool limits_take_deletion(struct limits *limits, uint32_t workspace, int64_t mono_us, int64_t *wait_s);

/* Counts an identification in the calendar month (UTC) of now_ms, unless that would be more than quota (0: no
 * limit). False then, with *wait_s until the next month. *usage: the count with this one. */
bool limits_count(struct limits *limits, uint32_t workspace, uint64_t quota, int64_t now_ms, uint64_t *usage,
                  int64_t *wait_s);
/* What was counted in the month of now_ms, and how long it still is. Returns the month: 202611. */
uint32_t limits_usage(struct limits *limits, uint32_t workspace, int64_t now_ms, uint64_t *usage, int64_t *left_s);
/* Takes one back: it was refused for what it said. */
void limits_return(struct limits *limits, uint32_t workspace, int64_t now_ms);

#endif
