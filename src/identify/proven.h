/* proven - remembers signals whose hash was found right, so that the same bytes are not hashed again.
 *
 * Most of what recompute.h checks does not change between two visits, and is alike in all browsers of one
 * version. A signal is remembered whole, as it was packed, and found again by comparing all of its bytes: what
 * is skipped is exactly what was proven before. Only right hashes are remembered; a wrong one is made again
 * each time.
 *
 * One thread's. Memory: at most 2 MiB, touched as it fills.
 */
#ifndef WHORL_IDENTIFY_PROVEN_H
#define WHORL_IDENTIFY_PROVEN_H

#include "base/str.h"

struct proven;

struct proven *proven_create(void); /* NULL without memory */
void proven_destroy(struct proven *proven);

/* Has this signal, whose name the number `key` stands for, been remembered with these bytes? */
bool proven_has(const struct proven *proven, unsigned key, struct str packed);
/* From now on it has; another signal may be forgotten for it. Long ones are not remembered. */
void proven_add(struct proven *proven, unsigned key, struct str packed);

#endif
