/* zone - time zones by name: offset at a moment, country.
 *
 * The names are those of the IANA database, old spellings included (browsers say "Asia/Calcutta" and
 * "Asia/Kolkata"). Offsets are known from 2015 to 2037 (tools/zone_tables.mjs). Pure; safe from any thread. */
#ifndef WHORL_IDENTIFY_ENRICH_ZONE_H
#define WHORL_IDENTIFY_ENRICH_ZONE_H

#include "base/str.h"

/* Minutes east of UTC at that time. False: no such zone, or outside of the table's years. */
bool zone_offset(struct str name, int64_t time_ms, int *minutes);

/* ISO 3166-1 alpha-2, living for ever; empty for names that are no place ("UTC", "Etc/GMT+5") or unknown. */
struct str zone_country(struct str name);

/* The device's zone against that of its address, by offsets at the time of the event. */
enum zone_match {
    ZONES_UNKNOWN,         /* nothing to compare */
    ZONES_AGREE,
    ZONES_DIFFER_WITHIN,   /* from the zone at the address's city, but another zone of the country has the offset */
    ZONES_DIFFER,          /* from the zone at the address's city and from all of the country */
    ZONES_DIFFER_COARSELY  /* the city is not known; no zone of the country has the device's offset */
};

struct zone_question {
    struct str device;     /* name of the device's zone; empty: not said */
    struct str country;    /* of the address, empty: unknown */
    struct str place;      /* zone at the address's city; empty without a city */
    int64_t time_ms;
};

/* A device in UTC, or in Atlantic/Reykjavik outside of Iceland, is not compared: servers have no other zone, and
 * Tor Browser and Firefox's resistance to fingerprinting say these on purpose. */
enum zone_match zone_compare(const struct zone_question *q);

#endif
