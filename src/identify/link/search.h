/* search - which visitor is this, if any?
 *
 * A candidate's weight is the rate at which it visits, times its chance to come without its token, times the
 * likelihood ratio of the look (compare.h). It stands against the rate of newcomers. So one formula holds the
 * prior, the size of the population, the second best and the live tokens of the others.
 *
 * Newcomers are not only strangers: a look that fits a candidate may belong to its kin, a machine of the same
 * purchase (a company's fleet, a popular phone). How many kin a candidate has shown so far caps what all its
 * shared traits together can say: independent products go far beyond one in the population.
 */
#ifndef WHORL_IDENTIFY_LINK_SEARCH_H
#define WHORL_IDENTIFY_LINK_SEARCH_H

#include "identify/link/compare.h"

struct finding {
    uint32_t best, second;      /* places in the population; NOBODY */
    double share;               /* probability of the best; its earlier ids, as far as they are its own, included */
    double second_share;
    double newcomer;            /* probability that this device was never here */
    bool found;                 /* the best is likely enough to be chosen */
    bool as_private;            /* likelier in a private window: evidence leaves out what those change */
    unsigned candidates;
    struct comparison evidence; /* of the best */
};

/* Nobody is compared with `except` (NOBODY: no exception): the owner of a token that is not believed. */
void search(struct finding *out, const struct query *q, uint32_t except);

/* Probability, calibrated, that the event belongs to the device that first got its id. */
double score_match(double share, double purity);
double score_newcomer(double newcomer);

/* Below this probability the best is not it, nor an earlier id of it. */
#define NOT_IT 0.02

/* Above this probability a candidate gives its id to the event for high recall (v4's
 * supplementary_id_high_recall): a generous threshold. */
#define HIGH_RECALL_SHARE 0.25

#endif
