/* vpn - does the address hide where the device is?
 *
 * Shown: v4 vpn, vpn_confidence, vpn_methods, vpn_origin_timezone, vpn_origin_country; v3 products.vpn; FingerprintIQ
 *   verdicts.vpn, signals.server.vpnDetection, risk factor LOW_RTT_COHERENCE
 * Evidence:
 *   VPN_LIST              publicVPN: a list of the kind vpn holds the address, and none of Tor or relays does
 *   VPN_RELAY             relay: a list of the kind relay holds it (Apple publishes iCloud Private Relay's)
 *   VPN_TIMEZONE          timezoneMismatch: at the time of the event, the offset from UTC of the device's zone is that
 *                         of no zone of the address's country, nor of its city's. Zones of one offset never differ
 *   VPN_TIMEZONE_COARSE   the same where the city is not known. A database's zone for a country alone is wrong for
 *                         27 % of addresses (measured 2026-11-20), so only all zones together count
 *   VPN_DEVICE            auxiliaryMobile: an app saw that the system routes through a VPN (docs/mobile.md)
 *   VPN_TCP_OS            osMismatch: the SYN's stack (enrich/tcp.h) is of another family than the system that the
 *                         user agent names; only where the TCP connection is the client's own
 *   LOW_RTT_COHERENCE     the round trip does not fit the place (enrich/rtt.h); raises confidence
 *   VPN_HOSTED            a list of hosting networks holds the address, and the time zones differ; raises confidence
 *   VPN_ROAMING           a phone's zone differs from an address of a mobile or home network (asn_type isp)
 * Confidence: high by a list or by the device itself; medium by VPN_TIMEZONE together with VPN_TCP_OS, VPN_HOSTED or
 *   LOW_RTT_COHERENCE; low by a time zone alone. Without a VPN: high when a list of VPNs was asked and the zones
 *   compared, medium when only a list was asked. No list of VPNs and nothing found: not answered. A method is only
 *   said to have fired where the verdict is yes
 * Never alone: another zone of the same country (16 % of the addresses of national providers have one, because
 *   gateways stand elsewhere than their users: docs/verdict-accuracy.md); VPN_ROAMING (abroad, a phone's traffic
 *   leaves through its home carrier); VPN_TCP_OS (guests of virtual machines, carriers' accelerators, corporate proxies
 *   show another stack), LOW_RTT_COHERENCE (satellites, bad cells), VPN_HOSTED. A device whose zone is UTC, or
 *   Reykjavik outside of Iceland, is not compared: servers have no zone, and Tor Browser and Firefox's fingerprinting
 *   protection say so on purpose
 * Blind spots: private VPNs whose exit is in the user's own country; phones behind a private VPN at a provider of
 *   homes; travellers whose laptop keeps the time of home look like a VPN, hence low. There is no model: mlPrediction
 *   and mlScore are absent */
#include "identify/verdicts/claims.h"
#include "identify/verdicts/network.h"
#include "identify/verdicts/verdict.h"

/* -1: one of the two is not known. The stack of Linux is Android's and ChromeOS' too. */
static int other_system(const struct event *ev)
{
    static const struct { const char *os, *stack; } rows[] = {
        { "Windows", "windows" }, { "Mac OS X", "apple" }, { "iOS", "apple" },  { "Android", "linux" },
        { "Linux", "linux" },     { "Ubuntu", "linux" },   { "Debian", "linux" }, { "Fedora", "linux" },
        { "Chrome OS", "linux" },
    };
    if (!event_has(ev, EVENT_tcp_os) || !event_has(ev, EVENT_os)) return -1;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (str_eq(ev->os, str_of(rows[i].os))) return !str_eq(ev->tcp_os, str_of(rows[i].stack));
    return -1;
}

static bool is_hosted(const struct identify *id)
{
    return network_hits(id, IPLIST_DATACENTER) || network_hits(id, IPLIST_CLOUD);
}

/* Abroad, a phone has the time of the place and the address of its home carrier. The kind of a network is a guess,
 * good enough to acquit. */
static bool may_roam(const struct identify *id)
{
    enum os_family os = os_of_name(id->event.os);
    return (os == OS_ANDROID || os == OS_IOS) && str_eq(id->event.asn_type, STR("isp")) && !is_hosted(id);
}

static bool zones_differ(enum zone_match zones)
{
    return zones == ZONES_DIFFER || zones == ZONES_DIFFER_COARSELY;
}

static bool zones_tell(const struct identify *id, enum zone_match zones)
{
    return zones_differ(zones) && !may_roam(id);
}

static void find_reasons(struct identify *id, enum zone_match zones, bool other_system)
{
    struct event *ev = &id->event;
    struct codes *reasons = &ev->vpn_reasons;
    bool tell = zones_tell(id, zones);
    event_set(ev, EVENT_vpn_reasons);
    if (ev->vpn_auxiliary_mobile) codes_add(reasons, REASON_VPN_DEVICE);
    if (ev->vpn_public) codes_add(reasons, REASON_VPN_LIST);
    if (ev->vpn_relay) codes_add(reasons, REASON_VPN_RELAY);
    if (tell) codes_add(reasons, zones == ZONES_DIFFER ? REASON_VPN_TIMEZONE : REASON_VPN_TIMEZONE_COARSE);
    if (tell && is_hosted(id)) codes_add(reasons, REASON_VPN_HOSTED);
    if (zones_differ(zones) && !tell) codes_add(reasons, REASON_VPN_ROAMING);
    if (other_system) codes_add(reasons, REASON_VPN_TCP_OS);
    if (event_has(ev, EVENT_rtt_coherence) && ev->rtt_coherence < RTT_COHERENCE_LOW)
        codes_add(reasons, REASON_LOW_RTT_COHERENCE);
}

/* What lists and the device itself say. */
static bool ask_sources(struct identify *id)
{
    const struct signal *device = &id->signals.value[S_APP_VPN];
    if (network_knows(id, IPLIST_VPN)) SET(id, vpn_public, network_is(id, IPLIST_VPN));
    if (network_knows(id, IPLIST_RELAY)) SET(id, vpn_relay, network_is(id, IPLIST_RELAY));
    if (device->present) SET(id, vpn_auxiliary_mobile, device->number != 0);
    return id->event.vpn_public || id->event.vpn_relay || id->event.vpn_auxiliary_mobile;
}

/* Methods that support a yes. Where a list has said it, any difference of zones does, too. */
static void tell_methods(struct identify *id, enum zone_match zones, int other_system, bool sure)
{
    bool tell = zones_tell(id, zones);
    if (zones != ZONES_UNKNOWN) SET(id, vpn_timezone_mismatch, sure ? zones != ZONES_AGREE : tell);
    if (other_system >= 0) SET(id, vpn_os_mismatch, other_system == 1 && (sure || tell));
}

static void conclude(struct identify *id, enum zone_match zones, bool sure)
{
    static const enum reason supports[] = { REASON_VPN_TCP_OS, REASON_LOW_RTT_COHERENCE, REASON_VPN_HOSTED };
    const struct event *ev = &id->event;
    bool supported = false, differ = zones_tell(id, zones);
    for (size_t i = 0; i < COUNT_OF(supports); i++) supported |= codes_have(&ev->vpn_reasons, supports[i]);
    if (!sure && !differ && !network_knows(id, IPLIST_VPN)) return;
    SET(id, vpn, sure || differ);
    SET(id, vpn_confidence, sure                                        ? STR("high")
                            : differ && zones == ZONES_DIFFER && supported ? STR("medium")
                            : differ                                    ? STR("low")
                            : zones == ZONES_AGREE                      ? STR("high")
                                                                        : STR("medium"));
    SET(id, vpn_probability, sure ? 0.98 : differ ? (supported ? 0.85 : 0.6) : zones == ZONES_AGREE ? 0.03 : 0.1);
    if (!event_has(ev, EVENT_vpn_auxiliary_mobile)) SET(id, vpn_auxiliary_mobile, false);
}

static void vpn_judge(struct identify *id)
{
    const struct signal *zone = &id->signals.value[S_ZONE];
    if (zone->present && zone->text.n) {
        SET(id, vpn_origin_timezone, zone->text);
        SET(id, vpn_origin_country, id->zone_country.n ? id->zone_country : STR("unknown"));
    }
    const int other = other_system(&id->event);
    const bool sure = ask_sources(id);
    find_reasons(id, id->zones, other == 1);
    tell_methods(id, id->zones, other, sure);
    conclude(id, id->zones, sure);
}

const struct verdict_kind verdict_vpn = { "vpn", vpn_judge };
