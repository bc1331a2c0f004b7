/* geo_data - the geo and ASN files in use, and what they say about an address.
 *
 * The files are named when the server starts; each is looked at every few seconds, and one that has
 * changed and has stopped changing is loaded and takes the place of the old one. Look-ups go on
 * meanwhile and never wait. A file that is damaged, cut off, about something else, or no longer
 * knows the kind of addresses (IPv4, IPv6) it knew, is refused with a line in the log, and the old
 * one stays in use.
 *
 * Where several files of a kind know an address, the first one named counts.
 */
#ifndef WHORL_IDENTIFY_ENRICH_GEO_DATA_H
#define WHORL_IDENTIFY_ENRICH_GEO_DATA_H

#include "event/event.h"
#include "identify/enrich/asn.h"
#include "identify/enrich/geo.h"

struct geo_data;

struct geo_files {
    const char *const *city; /* paths of MaxMind DB files with places */
    size_t city_count;
    const char *const *asn;  /* paths of MaxMind DB or CSV files with autonomous systems */
    size_t asn_count;
    bool unwatched;          /* start no thread: tests look themselves */
    const char *dir;         /* for copies and compiled files, made when missing; NULL: memory */
};

/* Loads all files and starts the thread that watches them. ERR_USAGE when a file cannot be used, after a
 * line in the log that says why. No files are fine: nothing is known then. */
enum err geo_data_open(struct geo_data **out, const struct geo_files *files);
void geo_data_close(struct geo_data *data); /* NULL is fine */

/* What is known about an address. Texts are in the arena or live for ever. */
struct geo_facts {
    bool has_place, has_asn;
    struct geo_place place;
    struct asn_facts asn;
};
/* NULL data: nothing. Safe from any thread. */
void geo_data_find(struct geo_data *data, const struct address *a, struct arena *arena,
                   struct geo_facts *out);

/* Puts them into the event: fields 70 to 89. */
void geo_put_facts(struct event *ev, const struct geo_facts *facts, struct arena *arena);

/* One look at all files, as the thread does it every few seconds; a changed file is loaded at the second
 * look that finds it the same. For tests. */
void geo_data_look(struct geo_data *data);

struct geo_status {
    bool has_city, has_asn;               /* is a file of that kind in use? */
    int64_t city_built_s, asn_built_s;    /* when the oldest one in use was made, since 1970 */
    const char *attribution[2];           /* what pages that show results must say; NULL: nothing */
    const char *attribution_link[2];
};
/* NULL data: nothing. */
void geo_data_status(struct geo_data *data, struct geo_status *out);

#endif
