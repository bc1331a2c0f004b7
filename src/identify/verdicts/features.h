/* features - which engine, and which version of it, has what the page found. */
#ifndef WHORL_IDENTIFY_VERDICTS_FEATURES_H
#define WHORL_IDENTIFY_VERDICTS_FEATURES_H

#include "identify/verdicts/claims.h"

/* Experiments and trials come some versions early, and withdrawals late: what is nearer counts neither way. */
enum { FEATURE_MARGIN = 10 };

struct feature_ages {
    unsigned ahead;  /* features that are there, and came more than FEATURE_MARGIN versions later */
    unsigned behind; /* features that are not there, and came more than FEATURE_MARGIN versions before */
};

/* Of the major version of an engine: Chromium's or Firefox'. Nothing of WebKit, whose version no user agent says for
 * sure, and of version 0. Versions are those of features.def. */
struct feature_ages features_of_version(const struct signal *v, enum engine engine, unsigned major);

/* How many interfaces only Blink, or only Gecko, has are there: deviceMemory, performance.memory, Google as vendor;
 * oscpu, productSub 20100101, names that begin with moz (the recorded bodies, 2026-11-20). */
unsigned features_of_blink(const struct signal *v);
unsigned features_of_gecko(const struct signal *v);

#endif
