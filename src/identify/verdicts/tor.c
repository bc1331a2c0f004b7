/* tor - does the request come out of the Tor network?
 *
 * Shown: v4 ip_blocklist.tor_node; v3 products.tor; FingerprintIQ verdicts.tor, risk factor TOR_EXIT_NODE
 * Evidence:
 *   TOR_LIST   a list of the kind tor holds the address: the Tor Project's own bulk list, exit-addresses and
 *              Onionoo documents are read (docs/facts.md)
 * Confidence: none is stated; the network publishes its exits, so a list is exact on the day it was made
 * Never alone: a browser that calls itself Tor Browser, or behaves like it, does not make an address an exit
 * Blind spots: exits that are newer than the list; relays whose exit address is not the one they announce */
#include "identify/verdicts/network.h"
#include "identify/verdicts/verdict.h"

static void tor_judge(struct identify *id)
{
    if (!network_knows(id, IPLIST_TOR)) return;
    SET(id, tor, network_is(id, IPLIST_TOR));
    if (id->event.tor) network_because(id, REASON_TOR_LIST);
}

const struct verdict_kind verdict_tor = { "tor", tor_judge };
