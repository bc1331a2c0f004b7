/* rates - how often things change: learnt from visitors whose token has just confirmed who they are.
 *
 * m, in Fellegi and Sunter's terms: the probability of an outcome when both looks are of one device, by trait,
 * kind of browser, and the time between them; and how often devices come back without their token, or in
 * private windows. Counts, with the priors of traits.def worth RATES_PRIOR observations; a kind's own counts
 * start from those of all kinds together, worth RATES_KIND_PRIOR.
 */
#ifndef WHORL_IDENTIFY_LINK_RATES_H
#define WHORL_IDENTIFY_LINK_RATES_H

#include "base/bytes.h"
#include "identify/link/look.h"

/* What became of a trait. For sets BACK is "nearly the same", for versions OTHER is newer and BACK older, for
 * networks the four stand for near, wide, block and far. FRESH: a value that nobody has shown before. */
enum outcome { OUTCOME_SAME, OUTCOME_BACK, OUTCOME_OTHER, OUTCOME_FRESH, OUTCOME_COUNT, OUTCOME_ABSENT };

/* Time between two visits; the fourth edge is the week after which Safari drops script-written storage. */
enum { GAP_COUNT = 6, GAP_WEEK = 4 };
unsigned gap_of(int64_t from_ms, int64_t to_ms);

struct rates {
    /* index KIND_COUNT: all kinds. The third: the trait has changed before on this device; for versions,
     * newer ones are in use; for what browser updates change, there was one */
    float seen[TRAIT_COUNT][KIND_COUNT + 1][GAP_COUNT][2][OUTCOME_COUNT];
    float log_m[TRAIT_COUNT][KIND_COUNT][GAP_COUNT][2][OUTCOME_COUNT];
    float kept[KIND_COUNT + 1][GAP_COUNT], lost[KIND_COUNT + 1][GAP_COUNT];
    float private_sessions[KIND_COUNT + 1], sessions[KIND_COUNT + 1];
};

void rates_init(struct rates *r);
void rates_learn(struct rates *r, enum trait t, unsigned kind, unsigned gap, bool moved, enum outcome o);
/* A session: with its token, without, or in a private window. weight: how sure the match is. */
enum rates_return { RETURN_KEPT, RETURN_LOST, RETURN_PRIVATE };
void rates_learn_return(struct rates *r, unsigned kind, unsigned gap, enum rates_return how, double weight);
void rates_learn_newcomer(struct rates *r, unsigned kind, bool private_window);

/* The probability that a returning device comes without its token. */
double rates_lost(const struct rates *r, unsigned kind, unsigned gap);
/* The probability that a session says it is in a private window. */
double rates_private(const struct rates *r, unsigned kind);

void rates_write(struct bytes_out *out, const struct rates *r);
/* False when the bytes are of another form; the rates are then as after rates_init. */
bool rates_read(struct rates *r, struct cursor *c);

#endif
