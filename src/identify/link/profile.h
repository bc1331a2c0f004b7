/* profile - what is remembered of a visitor, to know it again: the latest values of each trait, the networks it
 * came from, and how it comes and goes.
 *
 * Kept in memory for every visitor, and with the visitor's record in the store (profile_write).
 */
#ifndef WHORL_IDENTIFY_LINK_PROFILE_H
#define WHORL_IDENTIFY_LINK_PROFILE_H

#include "base/bytes.h"
#include "event/id.h"
#include "identify/link/look.h"

enum { PROFILE_NETS = 5, PROFILE_KEYS = 24 };

/* Visits further apart than this are sessions of their own: 30 minutes, as in web analytics. */
enum { SESSION_GAP_MS = 30 * 60 * 1000 };

enum profile_slot {
#define T(trait, how, given, also, slots, share, sigma, daily, wobble, private, words)                    \
    SLOT_##trait, SLOT_END_##trait = SLOT_##trait + (slots) - 1,
#include "identify/link/traits.def"
    SLOT_COUNT
};
extern const uint8_t profile_slot_of[TRAIT_COUNT]; /* a trait's first slot */

/* In the order in which a search needs it: whether to compare at all, the comparison, the rest. */
struct profile {
    struct visitor_id id;
    int64_t first_ms, last_ms;   /* earliest and latest visit */
    uint32_t family, class;      /* class 0: forgotten */
    uint32_t stock;              /* what machines of one purchase share */
    uint32_t release;
    uint8_t kind;
    bool made_private;           /* by a visit that said it was a private window */
    bool proven;                 /* in use while another of its stock was: a device of its own */
    float purity;                /* how likely all its visits are of the device that came first */
    float sessions;              /* may hold fractions: of visits that were probably its own */
    float private_sessions;
    float kept[2], lost[2];      /* returns with and without its token, after gaps under and over a week */
    uint64_t version[2];         /* the highest seen */
    uint64_t fonts;
    float of_parent;             /* how likely it is the device of `parent` */
    float moved_on;              /* how likely its device lives on as `child` */
    uint32_t parent, child;      /* places in the population; NOBODY */
    uint32_t slot[SLOT_COUNT];   /* values, the latest first; 0: none */
    uint32_t net[PROFILE_NETS][NET_LEVELS]; /* the latest first */
    /* not for comparing */
    uint32_t key[PROFILE_KEYS];  /* under which it is found, the latest first */
    float weight;                /* how likely it was a new device when it was made */
    uint32_t high_recall;        /* the visitor that stands for it when recall matters most; itself mostly */
    uint32_t last_net[2];        /* NET_BLOCK of the last two visits, and when: a token in two places */
    int64_t net_ms;
    uint64_t hardware;           /* of an app's device: the latest; 0: none */
};
#define NOBODY UINT32_MAX

/* Takes what a visit shows. `bare`: a bit per trait whose value must not be remembered (noise, private
 * windows). Returns a bit per trait that got a value it did not have; the caller counts those. */
uint64_t profile_remember(struct profile *p, const struct look *look, const uint32_t *value,
                          uint64_t bare, int64_t now_ms);
/* The network moves to the front; true when it was not among the remembered ones. fresh: the levels that were
 * in none of them. */
bool profile_remember_network(struct profile *p, const struct look *look, bool fresh[NET_LEVELS]);

/* At most VISITOR_PROFILE_BYTES_MAX. The ids are those of parent, child and high_recall, when there are any. */
struct profile_ids {
    struct visitor_id parent, child, high_recall;
};
/* An id that may be missing: all zero. What is read from damaged bytes is missing, too. */
void profile_put_id(struct bytes_out *out, struct visitor_id id);
struct visitor_id profile_get_id(struct cursor *c);
void profile_write(struct bytes_out *out, const struct profile *p, const struct profile_ids *ids);
/* False: not readable, or of a form that this version does not know. Unknown ids are all zero. */
bool profile_read(struct profile *p, struct profile_ids *ids, struct str bytes);

#endif
