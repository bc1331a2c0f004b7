/* iplist - the lists of addresses that the operator configured, and what they say of a client.
 *
 *     struct iplists *lists;
 *     iplists_create(&lists, specs, count);       reads all files; what fails is logged and tried again
 *     iplists_start(lists);                       from now on looks every few seconds for changed files
 *     iplist_put_facts(&ev, lists, &client, asn, arena);
 *     iplists_destroy(lists);
 *
 * A changed file is read by a thread of its own and swapped in as a whole (base/swap.h): requests never
 * wait. It is read when it looks the same twice in a row, so that a file which somebody is still
 * writing is left alone. A file that is refused is logged, and what it held before stays.
 */
#ifndef WHORL_IDENTIFY_ENRICH_IPLIST_H
#define WHORL_IDENTIFY_ENRICH_IPLIST_H

#include "event/event.h"
#include "identify/enrich/iplist_read.h"

/* Stored in events as bits (1 << kind): never reuse a number. */
enum iplist_kind {
    IPLIST_TOR = 0,        /* exits of the Tor network */
    IPLIST_VPN = 1,        /* public VPNs */
    IPLIST_RELAY = 2,      /* privacy relays, iCloud Private Relay say */
    IPLIST_PROXY = 3,      /* public proxies */
    IPLIST_DATACENTER = 4, /* hosting */
    IPLIST_CLOUD = 5,      /* hosting whose provider is the list's name */
    IPLIST_ATTACK = 6,     /* sources of attacks */
    IPLIST_SPAM = 7,       /* sources of e-mail spam */
    IPLIST_GOODBOT = 8,    /* crawlers; the list's name is their provider */
    IPLIST_KINDS
};
const char *iplist_kind_name(enum iplist_kind kind); /* "tor" */

struct iplist_spec {
    enum iplist_kind kind;
    char name[IPLIST_NAME_BYTES_MAX + 1];
    const char *path;      /* borrowed; lives as long as the lists */
    bool optional;         /* not an error while it is not there: a feed before its first update */
};

/* "KIND[:NAME]=REST": kind and name, and where REST begins in text. Without a name: empty. False with
 * a sentence in problem. */
bool iplist_spec_parse(struct iplist_spec *out, const char *text, const char **rest,
                       char problem[IPLIST_PROBLEM_BYTES]);
/* A name from a file's: without folders, endings and -ipv4, -ipv6. "aws" of "lists/aws-ipv4.txt". */
void iplist_name_from_path(char out[IPLIST_NAME_BYTES_MAX + 1], const char *path);

struct iplists;

/* ERR_USAGE: more than IPLISTS_MAX. ERR_NO_MEMORY. */
enum err iplists_create(struct iplists **out, const struct iplist_spec *specs, size_t count);
void iplists_start(struct iplists *lists);
/* Looks once for changed files; what the thread does every few seconds. One caller at a time. */
void iplists_check(struct iplists *lists);
void iplists_destroy(struct iplists *lists); /* NULL is fine; stops the thread */

/* ---- what is loaded ---- */

struct iplist_info {
    enum iplist_kind kind;
    char name[IPLIST_NAME_BYTES_MAX + 1];
    bool loaded;           /* there is data, perhaps from before */
    bool failed;           /* the file as it is now was refused or cannot be read */
    size_t v4, v6, asn;    /* entries */
    int64_t data_ms;       /* when the data was written: the file's time */
};

struct iplist_set {
    struct iplist_info info[IPLISTS_MAX];
    size_t count;
    /* 1 << kind of each kind with data of that sort. A list of IPv4 networks knows nothing of an
     * IPv6 address. */
    unsigned known_v4, known_v6, known_asn;
    size_t bytes;          /* memory of the table */
    struct iplist_table *table;
};

/* Between these two calls the set stays; do not sleep there. Never NULL. */
const struct iplist_set *iplists_enter(struct iplists *lists, unsigned *ticket);
void iplists_leave(struct iplists *lists, unsigned ticket);

/* ---- facts ---- */

/* Sets lists_known (kinds that could have held it), lists_hit, lists, datacenter_name and
 * goodbot_provider of the event; of an address on lists of proxies also proxy_confidence (high: several
 * lists; medium: one, of a network of at most /24 or /48; low), proxy_last_seen_ms, and type and provider
 * where the list's name tells (residential-PROVIDER, datacenter-PROVIDER): the verdict keeps or clears
 * them. asn: 0 when it is not known. Nothing is set for an address that no
 * client on the internet can have. lists may be NULL. */
void iplist_put_facts(struct event *ev, struct iplists *lists, const struct address *client,
                      uint32_t asn, struct arena *arena);

#endif
