/* render_server - see render_server.h. */
#include "api/render_server.h"

#include "identify/enrich/asn.h"
#include "identify/enrich/iplist.h"

/* Our guess of the kind of network in this dialect's words; a large hoster is one of our table. */
const char *render_asn_category(const struct event *ev)
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

struct str render_cipher_name(struct str cipher)
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

void render_list_kinds(struct json_out *out, int64_t kinds)
{
    json_out_open(out, '[');
    for (unsigned i = 0; i < IPLIST_KINDS; i++)
        if (kinds >> i & 1) json_out_str(out, str_of(iplist_kind_name((enum iplist_kind)i)));
    json_out_close(out, ']');
}
