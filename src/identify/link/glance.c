/* glance - see glance.h. */
#include "identify/link/glance.h"

bool glance_has(enum trait t)
{
    enum trait_how how = trait_infos[t].how;
    return t < GLANCE_TRAITS && trait_infos[t].slots && how != TRAIT_TIMED && how != TRAIT_TINTED;
}

/* Values are hashes, but for FILLED's 1 and 2 and FULL's: all their bits count. */
uint8_t glance_tag(uint32_t value)
{
    return value ? (uint8_t)((value * 2654435761u >> 24) % 255 + 1) : 0;
}

uint16_t glance_net(uint32_t net)
{
    return net ? (uint16_t)(net >> 16 | 1) : 0;
}

uint16_t glance_major(uint64_t version)
{
    return (uint16_t)(version >> 48);
}

void glance_take(struct glance *out, const struct profile *p)
{
    *out = (struct glance){ .class = p->class, .major = glance_major(p->version[0]) };
    for (unsigned t = 0; t < GLANCE_TRAITS; t++)
        if (glance_has((enum trait)t)) out->tag[t] = glance_tag(p->slot[profile_slot_of[t]]);
    for (unsigned n = 0; n < GLANCE_NETS; n++)
        for (unsigned l = 0; l < NET_LEVELS; l++) out->net[n][l] = glance_net(p->net[n][l]);
}
