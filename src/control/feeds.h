/* feeds - lists of addresses that are fetched from their publishers, because the operator said so.
 *
 *     feeds_create(&feeds, &config, &arena, problem)    the rows "feed = KIND:NAME=https://..."
 *     feeds_update(feeds, false, on_result, context)    `whorl lists update`
 *     feeds_start(feeds, hours)                         the same every few hours inside the server
 *     feeds_destroy(feeds)
 *
 * Each feed has a file DATA/lists/KIND.NAME, which the server loads like any list of --list. It is
 * replaced by rename after the new one was read through by the same loader and is on disk, so the last
 * good copy stays whatever the network or the publisher does. Beside it, KIND.NAME.meta keeps what the
 * publisher said about its version (ETag, Last-Modified), for asking again only after a change.
 *
 * What is let in: https with a certificate that the system's authorities (and --feed-ca) vouch for; at
 * most FEED_REDIRECTS_MAX redirects, to https too; at most FEED_BYTES_MAX bytes within --feed-timeout
 * seconds. Private and loopback addresses are refused unless --feed-allow-private, at the moment each
 * connection is made, so that neither a redirect nor a name that resolves differently the second time
 * leads anywhere else. Proxies of the environment are not used: they would see the address instead.
 */
#ifndef WHORL_CONTROL_FEEDS_H
#define WHORL_CONTROL_FEEDS_H

#include "control/config.h"
#include "identify/enrich/iplist.h"

struct feeds;

enum feed_outcome { FEED_UPDATED, FEED_UNCHANGED, FEED_FAILED };

struct feed_result {
    const struct iplist_spec *spec;
    enum feed_outcome outcome;
    struct iplist_report report;  /* FEED_UPDATED: what came */
    char problem[IPLIST_PROBLEM_BYTES]; /* FEED_FAILED; names no address, which may hold a password */
    int64_t kept_ms;              /* FEED_FAILED: when the copy that stays was fetched; 0: there is none */
};

/* May a feed be fetched from there? Public unicast, and not for documentation. */
bool feed_address_is_public(const struct address *a);

/* ERR_USAGE with a sentence in problem, ERR_NO_MEMORY. Texts of the configuration must live on. */
enum err feeds_create(struct feeds **out, const struct config *config,
                      char problem[IPLIST_PROBLEM_BYTES]);
void feeds_destroy(struct feeds *feeds); /* stops the thread; NULL is fine */
size_t feeds_count(const struct feeds *feeds);

/* Fetches all, or with only_due those whose copy is older than the interval; calls on_result for each.
 * ERR_IO: DATA/lists cannot be written. ERR_IN_USE: another process is at it. Else ERR_OK, also when
 * feeds failed. */
enum err feeds_update(struct feeds *feeds, bool only_due,
                      void (*on_result)(void *context, const struct feed_result *result),
                      void *context);
/* From now on a thread keeps every feed's copy younger than that, as far as the publisher lets. */
void feeds_start(struct feeds *feeds, int64_t interval_hours);

/* --list and --feed of a configuration together. ERR_USAGE with a sentence in problem. */
enum err lists_of_config(struct iplist_spec out[IPLISTS_MAX], size_t *count,
                         const struct config *config, const struct feeds *feeds,
                         char problem[IPLIST_PROBLEM_BYTES]);

#endif
