/* geo_tables - what is known about places without a database, as C arrays that tools/geo_tables.mjs
 * writes when whorl is built:
 *
 *     countries       data/geo/countries.txt (ours)
 *     subdivisions    data/geo/subdivisions.txt (ours)
 *     systems         data/geo/asn_types.txt (ours)
 *     timezones       the table of the npm package @photostructure/tz-lookup (CC0); timezone.c says
 *                     how it is read
 */
#ifndef WHORL_IDENTIFY_ENRICH_GEO_TABLES_H
#define WHORL_IDENTIFY_ENRICH_GEO_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct country_row {
    char code[3];      /* ISO 3166-1 alpha-2 */
    char continent[3]; /* AF AN AS EU NA OC SA */
    bool in_eu;        /* member of the European Union */
    const char *name;  /* usual English name */
};

/* Sorted by code. */
extern const struct country_row geo_countries[];
extern const size_t geo_countries_count;

struct subdivision_row {
    const char *key;  /* country code and folded name, "DEfree state of bavaria" */
    const char *code; /* the part of the ISO 3166-2 code behind the country, "BY" */
};

/* Sorted by key, as strcmp does. */
extern const struct subdivision_row geo_subdivisions[];
extern const size_t geo_subdivisions_count;

/* The base letters, in lower case, of U+00C0 to U+017F; NULL where there is none. */
enum { GEO_FOLD_FIRST = 0xc0, GEO_FOLD_LAST = 0x17f };
extern const char *const geo_fold[GEO_FOLD_LAST - GEO_FOLD_FIRST + 1];

enum { GEO_HOSTING, GEO_ISP, GEO_BUSINESS, GEO_EDUCATION };
struct system_row {
    uint32_t number; /* of the autonomous system */
    uint8_t type;    /* GEO_HOSTING, ... */
};

/* Sorted by number. */
extern const struct system_row geo_systems[];
extern const size_t geo_systems_count;

extern const uint16_t geo_timezone_cells[];
extern const size_t geo_timezone_cells_count;
extern const char *const geo_timezone_names[];
extern const size_t geo_timezone_names_count;

#endif
