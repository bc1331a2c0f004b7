/* glance - what of a visitor fits one line of the processor's cache: enough to see who is worth comparing.
 *
 * A blocking key brings visitors that share a handful of traits; most of them differ in many others. A full
 * comparison reads some ten cache lines, a glance one. Tags are eight bits of each trait's latest value: two values
 * share a tag with a chance of one in 255, which costs a comparison and changes no answer.
 */
#ifndef WHORL_IDENTIFY_LINK_GLANCE_H
#define WHORL_IDENTIFY_LINK_GLANCE_H

#include "identify/link/profile.h"

/* Traits before TRAIT_browser: those with one value at a time; 0 for what has two sides. */
#define GLANCE_TRAITS TRAIT_browser
enum { GLANCE_NETS = 3 };

struct glance {
    uint32_t class;              /* 0: forgotten, or never there */
    uint16_t major;              /* of the highest browser version seen */
    uint8_t tag[GLANCE_TRAITS];  /* 0: absent */
    uint16_t net[GLANCE_NETS][NET_LEVELS]; /* the latest first; 0: none */
};
_Static_assert(sizeof(struct glance) <= 64, "one cache line");

/* Is the trait compared at a glance? */
bool glance_has(enum trait t);
uint8_t glance_tag(uint32_t value);
uint16_t glance_net(uint32_t net);
uint16_t glance_major(uint64_t version);
void glance_take(struct glance *out, const struct profile *p);

#endif
