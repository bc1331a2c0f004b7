/* iplist_table - which lists hold an address: millions of networks in a few megabytes.
 *
 *     struct iplist_builder b = { 0 };
 *     iplist_add(&b, 3, &network);  iplist_add_asn(&b, 3, 9009);         lists are small numbers
 *     struct iplist_table *t;
 *     enum err e = iplist_table_build(&t, &b);                           the builder is empty again
 *     struct iplist_hit hits[IPLISTS_MAX];
 *     size_t n = iplist_table_find(t, &address, hits);                   every list that holds it
 *
 * A table never changes, so any number of threads may read one. Nothing here is in the request path
 * but the two find functions, which neither allocate nor wait.
 */
#ifndef WHORL_IDENTIFY_ENRICH_IPLIST_TABLE_H
#define WHORL_IDENTIFY_ENRICH_IPLIST_TABLE_H

#include "base/err.h"
#include "identify/enrich/address.h"

struct iplist_prefix6 {
    uint64_t high, low;
    uint32_t tail; /* bits << 16 | list */
};

/* All zero is an empty one. Memory failure is latched: `failed`, and building gives ERR_NO_MEMORY. */
struct iplist_builder {
    bool failed;
    /* private to iplist_table.c */
    uint64_t *v4;            /* base << 32 | bits << 16 | list: sorts as a number */
    struct iplist_prefix6 *v6;
    uint64_t *asn;           /* number << 32 | list */
    size_t v4_count, v6_count, asn_count, v4_room, v6_room, asn_room;
};

/* Bits behind network->bits are cleared. list < IPLISTS_MAX. */
void iplist_add(struct iplist_builder *b, unsigned list, const struct network *network);
void iplist_add_asn(struct iplist_builder *b, unsigned list, uint32_t asn);
size_t iplist_builder_count(const struct iplist_builder *b);
/* Forgets what was added after iplist_builder_count had these three values. */
struct iplist_mark {
    size_t v4, v6, asn;
};
struct iplist_mark iplist_builder_mark(const struct iplist_builder *b);
void iplist_builder_cut(struct iplist_builder *b, struct iplist_mark mark);
/* Of the entries so far: how many are there twice in the same list, and how many lie inside a wider
 * one of the same list. */
void iplist_builder_overlaps(struct iplist_builder *b, size_t *twice, size_t *inside);
void iplist_builder_free(struct iplist_builder *b);

struct iplist_table;

/* ERR_NO_MEMORY. The builder is emptied and freed in any case. */
enum err iplist_table_build(struct iplist_table **out, struct iplist_builder *b);
void iplist_table_destroy(struct iplist_table *t); /* NULL is fine */
/* Memory held, in bytes. */
size_t iplist_table_bytes(const struct iplist_table *t);

struct iplist_hit {
    uint16_t list;
    uint8_t bits; /* of the narrowest network of that list around the address: of 32 or of 128.
                   * 0 for an AS number. */
};

/* In the order of the lists, each list once; the number of hits. Other addresses than IPv4-mapped
 * ones are IPv6. */
size_t iplist_table_find(const struct iplist_table *t, const struct address *a,
                         struct iplist_hit out[IPLISTS_MAX]);
size_t iplist_table_find_asn(const struct iplist_table *t, uint32_t asn,
                             struct iplist_hit out[IPLISTS_MAX]);

/* Adds list `from` of a table to a builder as list `to`: the same answers, though networks that
 * narrower ones of the same list cover wholly may be missing. */
void iplist_table_copy(const struct iplist_table *t, unsigned from, struct iplist_builder *b,
                       unsigned to);

#endif
