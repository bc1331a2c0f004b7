/* clients - the self-check of whose addresses whorl sees.
 *
 * The classic mistake behind a proxy is to trust it too little: then every visitor has the proxy's
 * address. A small sample of the last identifications says whether that is so, and a sentence says
 * what to do about it: in the log (each finding at most once an hour) and at GET /clients on the
 * admin listener. Clients' networks are cut to /24 and /48, and their addresses are compared by a
 * hash under a random seed that nobody keeps; only who sends a list of forwarded addresses, or is a
 * trusted proxy, is kept as a whole.
 *
 * Safe from all threads; never waits: when another thread holds the sample, the note is dropped.
 */
#ifndef WHORL_IDENTIFY_CLIENTS_H
#define WHORL_IDENTIFY_CLIENTS_H

#include "base/json_out.h"
#include "identify/enrich/forwarded.h"

struct clients;

enum client_finding {
    CLIENTS_FINE,
    /* a list of forwarded addresses comes from a peer that nobody trusts: surely a proxy when its
     * address is private, and when most requests come from it */
    CLIENTS_PROXY_UNTRUSTED,
    CLIENTS_PROXY_SILENT, /* a trusted proxy sends no list */
    CLIENTS_ONE_ADDRESS,  /* nearly all have one address, and different browsers */
    CLIENTS_ALL_PRIVATE,  /* nearly all are private addresses, and different browsers */
};

/* One identification. */
struct client_note {
    struct address client, peer; /* peer: of the connection, by its PROXY header if there was one */
    enum forwarded_source source;
    bool proxied;      /* by a PROXY header */
    bool peer_trusted;
    bool has_list;     /* it carried X-Forwarded-For or Forwarded */
    struct str user_agent;
};

struct clients *clients_create(void); /* NULL without memory */
void clients_destroy(struct clients *clients);
void clients_note(struct clients *clients, const struct client_note *note);
/* What the sample says now, as members of the open object: sample, from, private, addresses,
 * networks, finding, advice. */
void clients_print(struct clients *clients, struct json_out *out);
enum client_finding clients_judge(struct clients *clients);

#endif
