/* vpn - does the address hide where the device is?
 *
 * Shown: v4 vpn, vpn_confidence, vpn_methods, vpn_origin_timezone, vpn_origin_country; v3 products.vpn; FingerprintIQ
 *   verdicts.vpn, signals.server.vpnDetection, risk factor LOW_RTT_COHERENCE
 * Evidence:
 *   VPN_LIST              publicVPN: a list of the kind vpn holds the address, and none of Tor or relays does
 *   VPN_RELAY             relay: a list of the kind relay holds it (Apple publishes iCloud Private Relay's)
 *   VPN_TIMEZONE          timezoneMismatch: at the time of the event, the offset from UTC of the device's zone is not
 *                         that of the zone at the address's city. Zones of one offset never differ. Two free databases
 *                         that both know a city agree on the offset for 95 % of addresses (measured 2026-11-20)
 *   VPN_TIMEZONE_COARSE   the same without a city: no zone of the country has the device's offset. A database's
 *                         zone for a country alone is wrong for 27 % of addresses (measured 2026-11-20), so only all
 *                         zones together count
 *   VPN_DEVICE            auxiliaryMobile: an app saw that the system routes through a VPN (docs/mobile.md)
 *   VPN_TCP_OS            osMismatch: the SYN's stack (enrich/tcp.h) is of another family than the system that the
 *                         user agent names; only where the TCP connection is the client's own
 *   LOW_RTT_COHERENCE     the round trip does not fit the place (enrich/rtt.h); raises confidence
 * Confidence: high by a list or by the device itself; medium by a time zone with a city together with VPN_TCP_OS or
 *   LOW_RTT_COHERENCE; low by a time zone alone. Without a VPN: high when a list of VPNs was asked and the zones
 *   compared, medium when only a list was asked. No list of VPNs and nothing found: not answered
 * Never alone: VPN_TCP_OS (guests of virtual machines, carriers' accelerators, corporate proxies show another stack),
 *   LOW_RTT_COHERENCE (satellites, bad cells). A device whose zone is UTC, or Reykjavik outside of Iceland, is not
 *   compared: servers have no zone, and Tor Browser and Firefox's fingerprinting protection say so on purpose
 * Blind spots: private VPNs whose exit is in the user's own zone; travellers whose laptop keeps the time of home look
 *   like a VPN, hence low. There is no model: mlPrediction and mlScore are absent */
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

/* Each method that was asked, and what it found. */
static void ask_methods(struct identify *id, enum zone_match zones)
{
    struct event *ev = &id->event;
    struct codes *reasons = &ev->vpn_reasons;
    int other = other_system(ev);
    event_set(ev, EVENT_vpn_reasons);
    if (network_knows(id, IPLIST_VPN)) SET(id, vpn_public, network_is(id, IPLIST_VPN));
    if (network_knows(id, IPLIST_RELAY)) SET(id, vpn_relay, network_is(id, IPLIST_RELAY));
    if (zones != ZONES_UNKNOWN) SET(id, vpn_timezone_mismatch, zones != ZONES_AGREE);
    if (other >= 0) SET(id, vpn_os_mismatch, other == 1);
    const struct signal *device = &id->signals.value[S_APP_VPN];
    if (device->present) SET(id, vpn_auxiliary_mobile, device->number != 0);
    if (ev->vpn_auxiliary_mobile) codes_add(reasons, REASON_VPN_DEVICE);
    if (ev->vpn_public) codes_add(reasons, REASON_VPN_LIST);
    if (ev->vpn_relay) codes_add(reasons, REASON_VPN_RELAY);
    if (zones == ZONES_DIFFER) codes_add(reasons, REASON_VPN_TIMEZONE);
    if (zones == ZONES_DIFFER_COARSELY) codes_add(reasons, REASON_VPN_TIMEZONE_COARSE);
    if (other == 1) codes_add(reasons, REASON_VPN_TCP_OS);
    if (event_has(ev, EVENT_rtt_coherence) && ev->rtt_coherence < RTT_COHERENCE_LOW)
        codes_add(reasons, REASON_LOW_RTT_COHERENCE);
}

/* Set by ask_methods; members that were not asked are zero. */
static void conclude(struct identify *id, enum zone_match zones)
{
    struct event *ev = &id->event;
    bool sure = ev->vpn_public || ev->vpn_relay || ev->vpn_auxiliary_mobile;
    bool supported = codes_have(&ev->vpn_reasons, REASON_VPN_TCP_OS) ||
                     codes_have(&ev->vpn_reasons, REASON_LOW_RTT_COHERENCE);
    bool differ = zones == ZONES_DIFFER || zones == ZONES_DIFFER_COARSELY;
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
    ask_methods(id, id->zones);
    conclude(id, id->zones);
}

const struct verdict_kind verdict_vpn = { "vpn", vpn_judge };
