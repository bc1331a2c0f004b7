/* forwarded - which address a request is from, when proxies pass it on.
 *
 * The connection's own address counts, unless it is a trusted proxy's. Then the list that proxies
 * write is walked from right to left through trusted proxies only, and the first entry that is not
 * one of them is the client: what stands further left the client may have written itself. An entry
 * that cannot be read (also RFC 7239's "unknown" and "_hidden" names) ends the walk, and the last
 * address that was understood counts.
 *
 * Both lists are read backwards byte by byte, so that nothing a client puts in front, an open
 * quotation mark for example, changes how the proxies' own part is understood.
 *
 * Pure: no allocation; addresses and flags out.
 */
#ifndef WHORL_IDENTIFY_ENRICH_FORWARDED_H
#define WHORL_IDENTIFY_ENRICH_FORWARDED_H

#include "identify/enrich/address.h"

enum forwarded_source {
    FORWARDED_BY_NOBODY, /* the connection's own address */
    FORWARDED_BY_X,      /* X-Forwarded-For */
    FORWARDED_BY_RFC7239, /* Forwarded */
    FORWARDED_BY_INTEGRATION /* FPJS-Proxy-Client-IP, with its secret (api/integration.h) */
};

/* Which list the trusted proxies write. With AUTO it is X-Forwarded-For when there is one, else
 * Forwarded: right for proxies that write X-Forwarded-For or remove it. For those that write
 * Forwarded only and let a client's X-Forwarded-For through, say RFC7239. */
enum forwarded_rule { FORWARDED_AUTO, FORWARDED_X_ONLY, FORWARDED_RFC7239_ONLY };

struct forwarded {
    struct address client;
    enum forwarded_source source;
    bool peer_trusted;   /* the connection is a trusted proxy's */
    bool cut;            /* an entry that could not be read ended the walk */
    size_t hops;         /* entries that were taken from the list */
    int https;           /* as the proxies say: 1, 0, -1 nothing */
};

/* The headers of a request that matter here; members without one are empty. Several lines of a
 * name are joined by commas. */
struct forwarded_lines {
    struct str x_for, x_proto, rfc7239;
};

void forwarded_find(struct forwarded *out, const struct address *peer,
                    const struct forwarded_lines *lines, const struct networks *trusted,
                    enum forwarded_rule rule);

/* For the event and the operator: "connection", "x-forwarded-for", "forwarded". */
const char *forwarded_source_name(enum forwarded_source source);

/* "auto", "x-forwarded-for", "forwarded"; NULL is "auto". False: none of them. */
bool forwarded_rule_parse(enum forwarded_rule *out, const char *text);

#endif
