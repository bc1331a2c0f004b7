/* parse_geo - the ways back from what render_geo.c and render_velocity.c print. */
#ifndef WHORL_API_PARSE_GEO_H
#define WHORL_API_PARSE_GEO_H

#include "api/parse_event.h"
#include "event/velocity.h"

/* v3's ipLocation, or `geolocation` of either version. Names of countries and continents are ours,
 * by their codes. False: it is no object. */
bool parse_geolocation(struct event *ev, struct json value);

/* ip_info (v4) or ipInfo (v3): of the family that the event's address has. The other family is kept
 * where the event has a place for it (v4, beside an IPv4 address), else named to `unmapped`. */
void parse_ip_info(struct event *ev, struct json info, bool v4, struct arena *arena,
                   parse_unmapped *unmapped, void *context);

/* Of either version. False: it is none, or its windows shrink. */
bool parse_velocity(struct velocity *out, struct json value);

#endif
