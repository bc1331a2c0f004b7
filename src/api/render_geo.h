/* render_geo - where an address is and whose network it belongs to, in the shape of each dialect.
 *
 * What is not known is left out, except in FingerprintIQ, where its members are null. A subdivision
 * needs its ISO code, since the schemas of v3 and v4 require one. */
#ifndef WHORL_API_RENDER_GEO_H
#define WHORL_API_RENDER_GEO_H

#include "base/json_out.h"
#include "event/event.h"

/* Is there anything to say besides the address itself? */
bool render_has_place(const struct event *ev);
bool render_has_ip_info(const struct event *ev);

/* v4's ip_info and the data of v3's ipInfo: {"v4": {...}} or {"v6": {...}}. */
void render_ip_info_v4(struct json_out *out, const struct event *ev);
/* What stands behind "v4" or "v6" there. */
void render_ip_family_v4(struct json_out *out, const struct event *ev);
void render_ip_info_v3(struct json_out *out, const struct event *ev);
/* v3's geolocation, which is also ipLocation of v2 and v3. */
void render_geolocation_v3(struct json_out *out, const struct event *ev);
/* FingerprintIQ's "region" of ipLocation and of a visit: the code of the largest subdivision ("NY") where it is known,
 * else its name, else null. */
void render_region_fiq(struct json_out *out, const struct event *ev);
/* FingerprintIQ's ipLocation. */
void render_location_fiq(struct json_out *out, const struct event *ev);

#endif
