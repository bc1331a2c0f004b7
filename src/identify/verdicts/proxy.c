/* proxy - is the address one that proxies rent or give away?
 *
 * Shown: v4 proxy, proxy_confidence, proxy_details; v3 products.proxy; FingerprintIQ verdicts.proxy
 * Evidence:
 *   PROXY_LIST            a list of the kind proxy holds the address, and none of Tor, relays or VPNs does
 *   PROXY_SEVERAL_LISTS   more than one of them does
 * Confidence: high when it is none. When it is one: high with several lists, medium with one address of one list, low
 *   when only a network wider than /24 (IPv6: /48) or an AS number is listed. The type is data_center when a hosting
 *   list holds the address too, residential when the operator named the list so (proxy:residential or
 *   proxy:residential-PROVIDER, which also names the provider; datacenter-PROVIDER likewise), else unknown. Last seen
 *   is when the newest of these lists was written, in whole hours
 * Never alone: headers such as Via (caches and companies add them); hosting
 * Blind spots: residential proxies, of which no free list exists: home addresses go in and out within hours, and a
 *   listed one may be clean again */
#include "identify/verdicts/network.h"
#include "identify/verdicts/verdict.h"

static void proxy_judge(struct identify *id)
{
    struct event *ev = &id->event;
    bool hit = network_is(id, IPLIST_PROXY);
    if (!network_knows(id, IPLIST_PROXY)) return;
    SET(id, proxy, hit);
    event_set(ev, EVENT_proxy_reasons);
    if (!hit) { /* what the lists say of a Tor exit or a VPN's server is no proxy's */
        event_clear(ev, EVENT_proxy_type), event_clear(ev, EVENT_proxy_provider);
        event_clear(ev, EVENT_proxy_last_seen_ms);
        SET(id, proxy_confidence, STR("high"));
        return;
    }
    codes_add(&ev->proxy_reasons, REASON_PROXY_LIST);
    if (str_eq(ev->proxy_confidence, STR("high"))) codes_add(&ev->proxy_reasons, REASON_PROXY_SEVERAL_LISTS);
    if (event_has(ev, EVENT_proxy_type)) return;
    bool hosted = network_hits(id, IPLIST_DATACENTER) || network_hits(id, IPLIST_CLOUD);
    SET(id, proxy_type, hosted ? STR("data_center") : STR("unknown"));
}

const struct verdict_kind verdict_proxy = { "proxy", proxy_judge };
