/* identify - one identification, from a body and a connection to a stored event.
 *
 * The steps stand in a table in identify.c. Each fills its part of struct identify; the last hands
 * the event to the store and returns ERR_PENDING, and `done` is called when the event is on disk:
 *
 *     struct identify *id = ARENA_NEW(req->arena, struct identify);
 *     id->... the inputs ...
 *     enum err e = identify_run(id);      ERR_PENDING: done() comes, on the store's commit thread
 *     if (e != ERR_PENDING) refuse(e, id->problem);
 *
 * All memory is the request's arena. identify/ knows no dialect and no HTTP beyond the header list.
 */
#ifndef WHORL_IDENTIFY_IDENTIFY_H
#define WHORL_IDENTIFY_IDENTIFY_H

#include "event/reason.h"
#include "identify/enrich/bots.h"
#include "identify/enrich/edge.h"
#include "identify/clients.h"
#include "identify/enrich/forwarded.h"
#include "identify/enrich/rtt.h"
#include "identify/enrich/tcp.h"
#include "identify/enrich/headers.h"
#include "identify/enrich/geo_data.h"
#include "identify/enrich/iplist.h"
#include "identify/enrich/tls.h"
#include "identify/enrich/ua.h"
#include "identify/enrich/wire.h"
#include "identify/enrich/zone.h"
#include "identify/link/linkage.h"
#include "identify/mobile.h"
#include "identify/recent/rarity.h"
#include "identify/recent/recent.h"
#include "identify/recompute.h"
#include "identify/signals.h"
#include "identify/token.h"
#include "identify/weights.h"
#include "net/server.h"
#include "store/store.h"

/* What all identifications share; read-only while the server runs. */
struct identify_shared {
    struct store *store;
    struct linkage *linkage; /* who is who, without a token */
    struct ua_table *ua;
    const struct token_keys *token_keys;
    const struct hmac *receipts; /* hashes visitor ids for receipts of deletions (forget.h); NULL: they have none */
    const struct networks *trusted_proxies;
    enum forwarded_rule forwarded_rule; /* which header they write */
    struct clients *clients;            /* the self-check of addresses; NULL: none */
    const struct location *location;    /* of this server; NULL: unknown */
    struct geo_data *geo; /* NULL: no geo and ASN files */
    struct iplists *lists;        /* what --list and --feed gave */
    struct recent *recent;   /* the last 24 hours; NULL: nothing is counted */
    struct rarity *rarity;   /* NULL: nobody is rare */
    struct weight_tables *weights; /* NULL: the defaults */
    uint32_t activity_limit[VELOCITY_WINDOWS]; /* events of a visitor that are too many; 0: never */
    struct bots *bots;    /* NULL: bots' names are not looked for */
    const char *const *test_faults; /* --test-fault: verdicts that are to fail */
    size_t test_faults_count;
};

struct identify {
    /* inputs */
    const struct identify_shared *shared;
    struct json_parser *parser;   /* this thread's */
    struct proven *proven;        /* this thread's; NULL: every hash is made again */
    const struct request *req;
    struct arena *arena;
    uint32_t workspace, environment;
    int64_t now_ms;
    struct str cookie_token;      /* of the cookie _iidt; may be empty */
    bool integration;             /* a proxy of the site's own, which showed its secret, passed it on */
    struct address integration_client; /* ... for this client */
    struct str integrations;      /* what the agent's request names, a JSON array; empty: nothing */
    void (*done)(struct identify *id, enum err result);
    void *context;

    /* decode: what the body says */
    struct signals signals;
    struct str body_token;
    bool from_agent;              /* our agent sent it: it wants its token in the answer */
    struct str agent_dialect;     /* ... in the form of "v3" or "v4", as it says; or empty */
    bool agent_extended;          /* ... with all about the device */
    struct str steady, changing;  /* the payload, packed */
    struct mobile_facts mobile;   /* of an app's event: mobile.h */
    struct recomputed recomputed; /* hashes that its own values contradict */

    /* enrich: what else is true */
    struct address client;
    struct ua_facts ua;
    struct header_facts headers;
    struct wire_facts wire;       /* does the connection look like the browser it claims? */
    enum zone_match zones;        /* the device's time zone and its address's */
    struct str zone_country;      /* of the device's time zone, empty: it has none */
    struct geo_facts geo;         /* where the client's address is, whose network */
    /* the connection: how the client was found, and what its proxy passes on */
    struct forwarded forwarded;
    struct edge_facts edge; /* empty unless a trusted proxy wrote it */
    struct tcp_syn syn;     /* ttl 0: unknown, or not the client's own */
    bool https;             /* the client speaks TLS, to us or to the proxy in front */

    /* match */
    struct visit *visit;
    struct claim claim;
    struct look look;             /* what the event shows of the device */
    bool newcomer;                /* this visit made the visitor */

    /* recall: what has been seen before */
    struct recent_answer recall;
    enum rarity_bucket rarity;

    /* the result so far; verdicts write into it */
    struct event event;

    /* after a failure: a sentence for the client, or NULL for the error's own text */
    const char *problem;

    /* private to identify/ */
    struct save save;
};

enum err identify_run(struct identify *id);

/* Are the bytes on this connection the client's own (TLS hello, HTTP/2 frames, header order)? False
 * when the connection is a trusted proxy's: then they are that proxy's, and no evidence. */
bool connection_is_clients(const struct identify *id);
/* Is the TCP connection the client's too (round trip, SYN)? A proxy that speaks the PROXY protocol
 * passes the client's bytes on, over a connection of its own. */
bool tcp_is_clients(const struct identify *id);

/* The steps, in the order of the table. Each returns ERR_OK to go on. */
enum err decode_body(struct identify *id);      /* decode.c */
enum err decode_hashes(struct identify *id);    /* decode.c; right after, while the parser's tape lives */
enum err enrich_facts(struct identify *id);     /* enrich.c */
enum err match_visitor(struct identify *id);    /* match.c */
enum err recall_recent(struct identify *id);     /* recall.c */
enum err judge_verdicts(struct identify *id);   /* judge.c */
enum err score_event(struct identify *id);      /* score.c */
enum err persist_event(struct identify *id);    /* persist.c */

/* Two of them in part, for a request that somebody else received (edge_event.h): the facts of its headers and of
 * id->client; the verdicts about the address. */
enum err enrich_request(struct identify *id);   /* enrich.c */
void judge_network(struct identify *id);        /* judge.c */
/* Is there a verdict of this name, for --test-fault? Parts of an answer that can fail like one count,
 * such as "identification". */
bool judge_knows(const char *name);

/* After recall_recent, when the event is not stored after all. */
void recall_undo(struct identify *id);

/* Sets a field of id->event: SET(id, url, value). */
#define SET(id, member, ...)                                                                       \
    (event_set(&(id)->event, EVENT_##member), (id)->event.member = (__VA_ARGS__))

#endif
