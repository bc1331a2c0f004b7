/* zone_tables - the IANA time zones as C arrays that tools/zone_tables.mjs writes when whorl is built.
 * zone.h reads them. */
#ifndef WHORL_IDENTIFY_ENRICH_ZONE_TABLES_H
#define WHORL_IDENTIFY_ENRICH_ZONE_TABLES_H

#include <stddef.h>
#include <stdint.h>

struct zone_row {
    const char *name;  /* "Europe/Berlin" */
    char country[3];   /* ISO 3166-1 alpha-2; empty where the name is no place */
    uint16_t from, count; /* its changes */
};

/* From this moment on the offset is so; the first of a zone stands for the beginning of the table. */
struct zone_change {
    int64_t at_s;    /* since 1970 */
    int16_t minutes; /* east of UTC */
};

/* Sorted by name. */
extern const struct zone_row zone_rows[];
extern const size_t zone_rows_count;
extern const struct zone_change zone_changes[];
extern const int64_t zone_until_s; /* later the table knows nothing */

#endif
