/* feed_fetch - one https request for a feed or a key directory. The only file of whorl that opens connections to the
 * outside; feeds.h and bot_key_feeds.h say under which conditions. */
#ifndef WHORL_CONTROL_FEED_FETCH_H
#define WHORL_CONTROL_FEED_FETCH_H

#include "control/feeds.h"

#include <stdatomic.h>
#include <stdio.h>

enum { FEED_PATH_BYTES = 1024, FEED_VERSION_BYTES = 256 };

struct fetch_rules {
    const char *ca;          /* a file with further authorities, or NULL */
    bool allow_private;
    int64_t timeout_s;
    int64_t bytes_max;       /* 0: FEED_BYTES_MAX */
    bool directly;           /* follow no redirect, and the time limit is not --feed-timeout */
    const atomic_bool *stop; /* becomes true when the process wants to end */
};

/* What the publisher calls the version we have; empty: unknown. */
struct fetch_version {
    char etag[FEED_VERSION_BYTES], modified[FEED_VERSION_BYTES];
    int64_t max_age_s; /* of Cache-Control; 0 for no-cache and no-store, -1 without */
};

enum fetch_outcome { FETCH_DONE, FETCH_UNCHANGED, FETCH_FAILED };

/* Writes the body to file. `version`: the one we have, then the one that came. FETCH_FAILED with a
 * sentence in problem. */
enum fetch_outcome feed_fetch(const struct fetch_rules *rules, const char *url, FILE *file,
                              struct fetch_version *version, char problem[IPLIST_PROBLEM_BYTES]);

#endif
