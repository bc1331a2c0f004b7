/* bot_dns - does an address belong to whom its bot claims to be? Reverse DNS, confirmed forward: the
 * address's PTR name must be one of the provider's, and that name must lead back to the address. (The
 * owner of an address writes its PTR record and may write anything; only the owner of the name can
 * make it lead back.) That is how Google, Microsoft, Apple and others say to check their crawlers.
 *
 * The asking happens on a thread of its own. bot_dns_ask never waits: it gives what the cache has,
 * and puts an address that is not there into a queue; so the first event of an address says
 * "unknown". Answers are kept as long as their TTL says, within the bounds below.
 *
 * This is outgoing traffic, the resolver and the bot's provider see that the address was here:
 * nothing is asked unless the operator has set --verify-bots, and then only for an address that
 * claims to be a bot whose names are known. Forward queries are made only for names that match a
 * mask of the table, so a stranger's PTR record cannot make us ask for a name of its choice.
 *
 * Cache and queue have fixed sizes: a flood of claims costs entries their place, and further ones
 * get "unknown".
 */
#ifndef WHORL_IDENTIFY_ENRICH_BOT_DNS_H
#define WHORL_IDENTIFY_ENRICH_BOT_DNS_H

#include "identify/enrich/address.h"
#include "identify/enrich/bot_table.h"

struct bot_dns;

enum bot_dns_answer {
    BOT_DNS_UNKNOWN,   /* not asked yet, or no answer */
    BOT_DNS_CONFIRMED, /* the name is the provider's, and leads back */
    BOT_DNS_SHARED,    /* so it is, but of a host that anybody can rent */
    BOT_DNS_REFUTED,   /* there is no such name, or it does not lead back */
};

struct bot_dns_config {
    const char *resolver; /* "9.9.9.9", "127.0.0.1:5353", "[::1]:53"; NULL: the system's */
    int timeout_ms;       /* of one try, of which there are two; 0: BOT_DNS_TIMEOUT_MS */
    int64_t (*now_ms)(void); /* of the cache; NULL: clock_mono_ms. For tests */
};

/* Starts the thread. ERR_USAGE: the resolver is no address (logged); ERR_NO_MEMORY; ERR_IO: no
 * sockets or thread (logged). */
enum err bot_dns_create(struct bot_dns **out, const struct bot_dns_config *config);
/* Stops the thread, whatever it waits for. */
void bot_dns_destroy(struct bot_dns *dns);

/* From any thread; holds a lock for a look-up only. A row without dns masks is "unknown". */
enum bot_dns_answer bot_dns_ask(struct bot_dns *dns, const struct address *address,
                                const struct bot_row *row);
/* Waits until nothing is queued or on its way. For tests. */
void bot_dns_wait(struct bot_dns *dns);

/* The names in an answer to a PTR query, lower case or not, each at most 255 bytes; and the smallest
 * TTL. Returns how many, 0 for anything that is no such answer. `names` are from malloc. For
 * fuzzing. */
size_t bot_dns_read_ptr(const unsigned char *answer, size_t n, char *names[], size_t max,
                        uint32_t *ttl_s);

#endif
