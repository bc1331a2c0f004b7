/* network - what the verdicts about the address share: what the operator's lists say, in the order in which
 * they are believed. Lists overlap (a public list of VPNs holds iCloud's relays and a Tor operator, measured
 * 2026-11-20), so an address is only what the first kind that holds it says: Tor, relay, VPN, proxy. Hosting
 * is asked apart from these: a VPN's server in a datacenter is both. */
#ifndef WHORL_IDENTIFY_VERDICTS_NETWORK_H
#define WHORL_IDENTIFY_VERDICTS_NETWORK_H

#include "identify/identify.h"

/* Was there a list of this kind that could have held the address? */
static inline bool network_knows(const struct identify *id, enum iplist_kind kind)
{
    return event_has(&id->event, EVENT_lists_known) && (id->event.lists_known >> kind & 1);
}

static inline bool network_hits(const struct identify *id, enum iplist_kind kind)
{
    return network_knows(id, kind) && event_has(&id->event, EVENT_lists_hit) &&
           (id->event.lists_hit >> kind & 1);
}

/* Does a list of this kind hold the address, and none of a kind that is believed first? */
static inline bool network_is(const struct identify *id, enum iplist_kind kind)
{
    static const enum iplist_kind order[] = { IPLIST_TOR, IPLIST_RELAY, IPLIST_VPN, IPLIST_PROXY };
    for (size_t i = 0; i < COUNT_OF(order) && order[i] != kind; i++)
        if (network_hits(id, order[i])) return false;
    return network_hits(id, kind);
}

static inline void network_because(struct identify *id, enum reason reason)
{
    event_set(&id->event, EVENT_network_reasons);
    codes_add(&id->event.network_reasons, reason);
}

#endif
