/* fiq_server - "signals.server" of FingerprintIQ's GET /v1/events/{id}: what the server found out
 * about the connection and the address. The dialect names asn, geo and tls {cipher, version, ja4}
 * "and more"; what we know beyond stands beside its names. A group without facts is left out. */
#include "api/fiq_server.h"

#include "identify/enrich/asn.h"
#include "identify/enrich/iplist.h"

static void put_str(struct json_out *out, const struct event *ev, enum event_field field,
                    const char *name, struct str value)
{
    if (event_has(ev, field)) json_out_key(out, name), json_out_str(out, value);
}

static void put_bool(struct json_out *out, const struct event *ev, enum event_field field,
                     const char *name, bool value)
{
    if (event_has(ev, field)) json_out_key(out, name), json_out_bool(out, value);
}

/* This dialect's word for our guess of the kind of network; a large hoster is one of our table. */
const char *fiq_asn_category(const struct event *ev)
{
    if (ev->tor) return "TOR_EXIT";
    if (ev->vpn_public) return "VPN_COMMERCIAL";
    if (ev->proxy && str_eq(ev->proxy_type, STR("residential"))) return "PROXY_RESIDENTIAL";
    if (!event_has(ev, EVENT_asn_type)) return NULL;
    if (str_eq(ev->asn_type, STR("education"))) return "UNIVERSITY";
    if (str_eq(ev->asn_type, STR("isp"))) return "RESIDENTIAL_ISP";
    if (!str_eq(ev->asn_type, STR("hosting"))) return NULL;
    return asn_kind_of((uint32_t)ev->asn, STR("")) ? "DATACENTER_MAJOR" : "DATACENTER_MINOR";
}

static void put_asn(struct json_out *out, const struct event *ev)
{
    const char *category = fiq_asn_category(ev);
    if (!event_has(ev, EVENT_asn)) return;
    json_out_key(out, "asn");
    json_out_open(out, '{');
    json_out_key(out, "asn"), json_out_int(out, ev->asn);
    put_str(out, ev, EVENT_asn_name, "org", ev->asn_name);
    if (category) json_out_key(out, "category"), json_out_str(out, str_of(category));
    put_str(out, ev, EVENT_asn_network, "network", ev->asn_network);
    put_bool(out, ev, EVENT_datacenter, "isDatacenter", ev->datacenter);
    json_out_close(out, '}');
}

static void put_geo(struct json_out *out, const struct event *ev)
{
    if (!event_has(ev, EVENT_geo_country)) return;
    json_out_key(out, "geo");
    json_out_open(out, '{');
    put_str(out, ev, EVENT_geo_country, "country", ev->geo_country);
    put_str(out, ev, EVENT_geo_city, "city", ev->geo_city);
    put_str(out, ev, EVENT_geo_region, "region", ev->geo_region);
    put_str(out, ev, EVENT_geo_timezone, "timezone", ev->geo_timezone);
    if (event_has(ev, EVENT_geo_radius_km)) {
        json_out_key(out, "accuracyRadius");
        json_out_int(out, ev->geo_radius_km);
    }
    if (event_has(ev, EVENT_rtt_coherence)) {
        json_out_key(out, "rttCoherence");
        json_out_double(out, ev->rtt_coherence);
    }
    json_out_close(out, '}');
}

/* This dialect names the suites of TLS 1.3 as BoringSSL does; those of TLS 1.2 have one name. */
static struct str cipher_name(struct str cipher)
{
    static const char *const names[][2] = {
        { "TLS_AES_128_GCM_SHA256", "AEAD-AES128-GCM-SHA256" },
        { "TLS_AES_256_GCM_SHA384", "AEAD-AES256-GCM-SHA384" },
        { "TLS_CHACHA20_POLY1305_SHA256", "AEAD-CHACHA20-POLY1305-SHA256" },
    };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_eq(cipher, str_of(names[i][0]))) return str_of(names[i][1]);
    return cipher;
}

static void put_tls(struct json_out *out, const struct event *ev)
{
    if (!event_has(ev, EVENT_tls_version) && !event_has(ev, EVENT_ja4) &&
        !event_has(ev, EVENT_ja3))
        return;
    json_out_key(out, "tls");
    json_out_open(out, '{');
    put_str(out, ev, EVENT_tls_cipher, "cipher", cipher_name(ev->tls_cipher));
    put_str(out, ev, EVENT_tls_version, "version", ev->tls_version);
    put_str(out, ev, EVENT_ja4, "ja4", ev->ja4);
    put_str(out, ev, EVENT_ja3, "ja3", ev->ja3);
    put_str(out, ev, EVENT_tls_alpn, "alpn", ev->tls_alpn);
    put_bool(out, ev, EVENT_tls_grease, "grease", ev->tls_grease);
    put_bool(out, ev, EVENT_tls_post_quantum, "postQuantum", ev->tls_post_quantum);
    put_bool(out, ev, EVENT_tls_resumed, "resumed", ev->tls_resumed);
    if (event_has(ev, EVENT_tls_hello_bytes)) {
        json_out_key(out, "helloBytes");
        json_out_int(out, ev->tls_hello_bytes);
    }
    json_out_close(out, '}');
}

/* How whorl came to this address, and what the connection under the request shows. */
static void put_connection(struct json_out *out, const struct event *ev)
{
    if (!event_has(ev, EVENT_address_from)) return; /* an event of an older version */
    json_out_key(out, "connection");
    json_out_open(out, '{');
    put_str(out, ev, EVENT_address_from, "addressFrom", ev->address_from);
    if (event_has(ev, EVENT_rtt_us)) {
        json_out_key(out, "rttMs");
        json_out_double(out, (double)ev->rtt_us / 1000);
    }
    if (event_has(ev, EVENT_rtt_coherence)) {
        json_out_key(out, "rttCoherence");
        json_out_double(out, ev->rtt_coherence);
    }
    put_str(out, ev, EVENT_tcp_syn, "tcpSyn", ev->tcp_syn);
    put_str(out, ev, EVENT_tcp_os, "tcpOs", ev->tcp_os);
    put_str(out, ev, EVENT_header_order, "headerOrder", ev->header_order);
    put_str(out, ev, EVENT_http2, "http2", ev->http2);
    json_out_close(out, '}');
}

static void put_kinds(struct json_out *out, const char *name, int64_t kinds)
{
    json_out_key(out, name);
    json_out_open(out, '[');
    for (unsigned i = 0; i < IPLIST_KINDS; i++)
        if (kinds >> i & 1) json_out_str(out, str_of(iplist_kind_name((enum iplist_kind)i)));
    json_out_close(out, ']');
}

/* known: of these kinds there was data that could have held the address; hit: they did. */
static void put_lists(struct json_out *out, const struct event *ev)
{
    if (!event_has(ev, EVENT_lists_known)) return;
    json_out_key(out, "lists");
    json_out_open(out, '{');
    put_kinds(out, "known", ev->lists_known);
    put_kinds(out, "hit", event_has(ev, EVENT_lists_hit) ? ev->lists_hit : 0);
    if (event_has(ev, EVENT_lists)) json_out_key(out, "entries"), json_out_value(out, ev->lists);
    put_str(out, ev, EVENT_datacenter_name, "datacenter", ev->datacenter_name);
    put_str(out, ev, EVENT_goodbot_provider, "goodBot", ev->goodbot_provider);
    json_out_close(out, '}');
}

/* The dialect names this group and not its members: those are ours, after the methods of v3. */
static void put_vpn(struct json_out *out, const struct event *ev)
{
    if (!event_has(ev, EVENT_vpn)) return;
    json_out_key(out, "vpnDetection");
    json_out_open(out, '{');
    put_bool(out, ev, EVENT_vpn, "result", ev->vpn);
    put_str(out, ev, EVENT_vpn_confidence, "confidence", ev->vpn_confidence);
    put_bool(out, ev, EVENT_vpn_timezone_mismatch, "timezoneMismatch", ev->vpn_timezone_mismatch);
    put_bool(out, ev, EVENT_vpn_public, "publicVPN", ev->vpn_public);
    put_bool(out, ev, EVENT_vpn_auxiliary_mobile, "auxiliaryMobile", ev->vpn_auxiliary_mobile);
    put_bool(out, ev, EVENT_vpn_os_mismatch, "osMismatch", ev->vpn_os_mismatch);
    put_bool(out, ev, EVENT_vpn_relay, "relay", ev->vpn_relay);
    put_str(out, ev, EVENT_vpn_origin_timezone, "originTimezone", ev->vpn_origin_timezone);
    put_str(out, ev, EVENT_vpn_origin_country, "originCountry", ev->vpn_origin_country);
    json_out_close(out, '}');
}

/* Who it says it is: identify/enrich/bots.h. */
static void put_bot(struct json_out *out, const struct event *ev)
{
    if (!event_has(ev, EVENT_bot_name) && !event_has(ev, EVENT_signature_error)) return;
    json_out_key(out, "bot");
    json_out_open(out, '{');
    put_str(out, ev, EVENT_bot_name, "name", ev->bot_name);
    put_str(out, ev, EVENT_bot_provider, "provider", ev->bot_provider);
    put_str(out, ev, EVENT_bot_category, "category", ev->bot_category);
    put_str(out, ev, EVENT_bot_identity, "identity", ev->bot_identity);
    put_str(out, ev, EVENT_bot_confidence, "confidence", ev->bot_confidence);
    put_str(out, ev, EVENT_signature_error, "signatureError", ev->signature_error);
    json_out_close(out, '}');
}

/* v3's and v4's score, as the sum it is. */
static void put_suspect_score(struct json_out *out, const struct event *ev)
{
    if (!event_has(ev, EVENT_suspect_score)) return;
    json_out_key(out, "suspectScore");
    json_out_open(out, '{');
    json_out_key(out, "sum"), json_out_int(out, ev->suspect_score);
    json_out_key(out, "parts");
    json_out_value(out, event_has(ev, EVENT_suspect_parts) ? ev->suspect_parts : STR("[]"));
    json_out_close(out, '}');
}

void fiq_put_server(struct json_out *out, const struct event *ev)
{
    json_out_key(out, "server");
    json_out_open(out, '{');
    put_connection(out, ev);
    put_asn(out, ev);
    put_geo(out, ev);
    put_tls(out, ev);
    put_lists(out, ev);
    put_vpn(out, ev);
    put_bot(out, ev);
    put_suspect_score(out, ev);
    json_out_close(out, '}');
}
