/* geo - where an address is, from MaxMind DB files.
 *
 * Two schemas are read: MaxMind's own (GeoIP2, GeoLite2, DB-IP's commercial files: nested, names in
 * several languages, doubles) and the flat one of the npm packages @ip-location-db/... (city,
 * country_code, latitude, longitude as floats, postcode, state1, state2, timezone; an empty text is
 * unknown; IPv4 and IPv6 in files of their own). Names are English ones.
 *
 * What the record lacks is filled in from our own tables: continent, ISO codes of subdivisions
 * (country.h), time zone (timezone.h).
 */
#ifndef WHORL_IDENTIFY_ENRICH_GEO_H
#define WHORL_IDENTIFY_ENRICH_GEO_H

#include "identify/enrich/ipfile.h"

/* Where no database says how exact it is. Two databases that both name a city for an address put
 * 80 % of them within 255 km of each other (90,868 random IPv4 addresses, DB-IP Lite and GeoLite2
 * of June 2026, measured 2026-11-20); without a city a place is hardly more than its country. */
enum { GEO_RADIUS_CITY_KM = 250, GEO_RADIUS_COUNTRY_KM = 1000 };

/* Texts are empty when unknown. */
struct geo_place {
    struct str country;        /* ISO 3166-1 alpha-2, capitals */
    struct str continent;      /* "EU" */
    struct str city;
    struct str region, region_code;     /* the largest subdivision; its code without the country */
    struct str region2, region2_code;   /* the next smaller one */
    struct str postal_code;
    struct str time_zone;      /* IANA name */
    bool has_point;            /* latitude, longitude and radius_km are known */
    double latitude, longitude; /* degrees; as exact as the record, floats to 4 decimals */
    int64_t radius_km;         /* of the record, else one of the estimates above */
};

/* Is this file about places? Looks at a sample of its records. ERR_CORRUPT when it is damaged or about
 * something else, with a sentence in `problem`. */
enum err geo_check(const struct ipfile *f, const char *path, char problem[IPFILE_PROBLEM_BYTES]);

/* False when the file does not know the address, or has a record of it that says nothing. Texts
 * are copied into the arena or live for ever. */
bool geo_find(const struct ipfile *f, const struct address *a, struct arena *arena,
              struct geo_place *out);

#endif
