/* datacenter - does the address belong to a hosting provider?
 *
 * Shown: v4 ip_info.*.datacenter_result, datacenter_name; v3 products.ipInfo.data.*.datacenter; FingerprintIQ
 *   signals.server.asn.isDatacenter, risk factor DATACENTER_ASN (not for privacy relays, whose users are people)
 * Evidence:
 *   DATACENTER_LIST   a list of the kind datacenter or cloud holds the address or its AS number; the name is that
 *                     of the cloud list with the narrowest network (docs/facts.md)
 * Confidence: none is stated; clouds publish their own ranges, which are exact; lists of many providers are not
 * Never alone: the kind of network that whorl guesses from an organisation's name (asn_type) is shown and judges nobody
 * Blind spots: providers that no list holds. Offices and VPNs send people's traffic through datacenters: by itself
 *   it says where an address is, not who uses it */
#include "identify/verdicts/network.h"
#include "identify/verdicts/verdict.h"

static void datacenter_judge(struct identify *id)
{
    if (!network_knows(id, IPLIST_DATACENTER) && !network_knows(id, IPLIST_CLOUD)) return;
    SET(id, datacenter, network_hits(id, IPLIST_DATACENTER) || network_hits(id, IPLIST_CLOUD));
    if (id->event.datacenter) network_because(id, REASON_DATACENTER_LIST);
}

const struct verdict_kind verdict_datacenter = { "datacenter", datacenter_judge };
