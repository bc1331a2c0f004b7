/* compare - how well a look fits a visitor: Fellegi and Sunter's agreement weights, trait by trait.
 *
 * For each trait ln( P(outcome | the same device) / P(value | some newcomer of the class) ): the first from
 * rates.h, the second from population.h. Missing traits weigh nothing, and so do changes that another change
 * explains (a docked laptop's screen explains its zoom; an update explains new rendering).
 */
#ifndef WHORL_IDENTIFY_LINK_COMPARE_H
#define WHORL_IDENTIFY_LINK_COMPARE_H

#include "identify/link/population.h"

/* What is known of a look before anybody is compared with it. Natural logarithms. */
struct query {
    const struct population *population;
    struct subject subject;
    int64_t now_ms;
    float visitors;                   /* of the class */
    float versions_seen[2];           /* recent visits of the class with any version */
    /* by query_weigh */
    bool weighed;
    uint32_t key[POPULATION_KEYS];
    float log_u[TRAIT_COUNT];         /* how common each value is */
    float log_kin[TRAIT_COUNT];       /* how common it is among machines of one purchase */
    float log_fresh[TRAIT_COUNT];     /* how common it is to show a value that nobody has shown */
    float log_known[TRAIT_COUNT];     /* the rest */
    float log_net[NET_LEVELS + 1];    /* the last: another block */
    bool fresh[TRAIT_COUNT];
    float private_gain;               /* the look's odds under "an unannounced private window" */
};
void query_init(struct query *q, const struct population *p, const struct look *look, int64_t now_ms);
/* Counts how common everything is: needed by compare and search, not by outcomes. */
void query_weigh(struct query *q);

/* What became of each trait since the visitor was here last. */
struct outcomes {
    uint8_t outcome[TRAIT_COUNT]; /* enum outcome */
    bool moved[TRAIT_COUNT];
    bool differs[TRAIT_COUNT];    /* not a value it had lately; also where another change explains that */
    float same_version[2], newer_version[2]; /* recent visits with the visitor's version, and with newer ones */
};
void outcomes_of(struct outcomes *out, const struct query *q, const struct profile *v);

struct comparison {
    struct outcomes traits;
    float weight[TRAIT_COUNT];
    float common, private_part;   /* sums: traits that are the same in private windows, and the others */
    /* The same against a machine of one purchase instead of any newcomer; network left out. */
    float kin_common, kin_private;
};
void compare(struct comparison *out, const struct query *q, const struct profile *v);

#endif
