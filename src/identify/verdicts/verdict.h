/* verdict - the one face of every smart signal. A file per signal under verdicts/ defines one
 * `struct verdict_kind`; judge.c lists them by hand, so that the order can be seen.
 *
 * A verdict reads facts and signals and writes its fields of the event, with reasons (reasons.def).
 * No verdict from one weak tell; what the client concludes about itself is a hint to recompute. */
#ifndef WHORL_IDENTIFY_VERDICTS_VERDICT_H
#define WHORL_IDENTIFY_VERDICTS_VERDICT_H

#include "identify/identify.h"

struct verdict_kind {
    const char *name;
    void (*judge)(struct identify *id);
};

extern const struct verdict_kind verdict_bot, verdict_incognito;

#endif
