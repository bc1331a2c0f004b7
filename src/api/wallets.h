/* wallets - which wallets a visitor has connected, and what that says about one person behind many (Sybil).
 *
 * The score, 0 to 100, is 100 * (1 - (1-a)(1-b)(1-c)):
 *
 *     a  the wallet among these that most visitors have shown: 1 visitor 0; 2: 0.2 (a person with two devices);
 *        3: 0.35; 4: 0.5; from 5: 0.7; from 10: 0.9
 *     b  wallets that this visitor has shown: up to 3: 0; 4 or 5: 0.15; from 6: 0.35; from 11: 0.6; from 21: 0.8
 *     c  0.3 when a program is at the wheel (botProbability from 0.7)
 *
 * Levels: low below 30, medium below 60, high. The steps are our judgement, not a measurement: nobody publishes
 * labelled data. Two devices of one person, or a family's shared machine, stay below medium. */
#ifndef WHORL_API_WALLETS_H
#define WHORL_API_WALLETS_H

#include "base/json_in.h"
#include "base/json_out.h"
#include "base/limits.h"
#include "store/store.h"

enum { WALLETS_COUNTED_MAX = 100, WALLETS_OF_VISITOR_MAX = 200 };

struct wallets {
    struct str address[WALLETS_MAX]; /* lower case, in arena */
    size_t count;
};

/* Reads an array of addresses: "0x" and 40 hex digits, or 32 to 44 letters and digits (Solana). Others are left
 * out when `lenient`, else ERR_MALFORMED with *problem; so are more than WALLETS_MAX. */
enum err wallets_read(struct wallets *out, struct json list, bool lenient, struct arena *arena, const char **problem);

struct sybil {
    size_t wallets_of_visitor, visitors_of_wallet; /* these wallets included; counted up to WALLETS_COUNTED_MAX */
    double score;
    const char *level;
    const char *reasons[3];
    size_t reasons_count;
};

/* The score of what was counted. */
void sybil_score(struct sybil *sybil, double bot_probability);
/* Counts and scores; the wallets have been linked to the visitor. */
enum err sybil_find(struct sybil *out, struct store *st, uint32_t workspace, struct visitor_id visitor,
                    const struct wallets *wallets, double bot_probability);
/* {"score", "level", "reasons"} */
void sybil_put(struct json_out *out, const struct sybil *sybil);

#endif
