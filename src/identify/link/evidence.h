/* evidence - why a visitor was chosen, as the event keeps it: what agreed, what did not, what each weighed, who
 * came second.
 */
#ifndef WHORL_IDENTIFY_LINK_EVIDENCE_H
#define WHORL_IDENTIFY_LINK_EVIDENCE_H

#include "identify/link/linkage.h"

struct evidence {
    unsigned candidates;               /* compared */
    double newcomer;                   /* probability of a device that was never here; 0 to 1, in 255ths */
    double share, second_share;        /* of the best candidate, whether it was chosen or not, and the next */
    struct visitor_id best, second;    /* all zero when there is none */
    struct evidence_trait {
        enum trait trait;
        enum outcome outcome;
        double weight;                 /* natural logarithm of a likelihood ratio, in tenths, -12.8 to 12.7 */
    } traits[TRAIT_COUNT];             /* of the best candidate; those that were compared */
    size_t count;
};

/* Bytes in arena, at most some 130; empty without a search or memory. */
struct str evidence_write(const struct linkage_answer *answer, struct arena *arena);
/* False: no evidence, or of a form that this version does not know. */
bool evidence_read(struct evidence *out, struct str bytes);

#endif
