/* render_geo - see render_geo.h. Members are printed from the event's fields by key, so that each shape
 * reads like its documentation. */
#include "api/render_geo.h"

#include "identify/enrich/country.h"

#include <stdio.h>

static bool has_coordinates(const struct event *ev)
{
    return event_has(ev, EVENT_geo_latitude) && event_has(ev, EVENT_geo_longitude);
}

bool render_has_place(const struct event *ev)
{
    return event_has(ev, EVENT_geo_country) || event_has(ev, EVENT_geo_continent) ||
           has_coordinates(ev);
}

bool render_has_ip_info(const struct event *ev)
{
    if (event_has(ev, EVENT_edge) && ev->edge) return true; /* its answer always has one */
    return event_has(ev, EVENT_ip) && (render_has_place(ev) || event_has(ev, EVENT_asn) ||
                                       event_has(ev, EVENT_datacenter));
}

static void put(struct json_out *out, const char *key, const struct event *ev, enum event_field f,
                struct str value)
{
    if (!event_has(ev, f)) return;
    json_out_key(out, key);
    json_out_str(out, value);
}

static void put_point(struct json_out *out, const char *radius_key, const struct event *ev)
{
    if (event_has(ev, EVENT_geo_radius_km))
        json_out_key(out, radius_key), json_out_int(out, ev->geo_radius_km);
    if (!has_coordinates(ev)) return;
    json_out_key(out, "latitude"), json_out_double(out, ev->geo_latitude);
    json_out_key(out, "longitude"), json_out_double(out, ev->geo_longitude);
}

static const char *country_name(const struct event *ev)
{
    const struct country_row *row =
        event_has(ev, EVENT_geo_country) ? country_find(ev->geo_country) : NULL;
    return row ? row->name : NULL;
}

static const char *continent_of(const struct event *ev)
{
    return event_has(ev, EVENT_geo_continent) ? continent_name(ev->geo_continent) : NULL;
}

static void put_subdivision(struct json_out *out, const char *code_key, struct str code,
                            struct str name)
{
    json_out_open(out, '{');
    json_out_key(out, code_key), json_out_str(out, code);
    json_out_key(out, "name"), json_out_str(out, name);
    json_out_close(out, '}');
}

static void put_subdivisions(struct json_out *out, const char *code_key, const struct event *ev)
{
    bool first = event_has(ev, EVENT_geo_region) && event_has(ev, EVENT_geo_region_code);
    bool second = event_has(ev, EVENT_geo_region2) && event_has(ev, EVENT_geo_region2_code);
    if (!first && !second) return;
    json_out_key(out, "subdivisions");
    json_out_open(out, '[');
    if (first) put_subdivision(out, code_key, ev->geo_region_code, ev->geo_region);
    if (second) put_subdivision(out, code_key, ev->geo_region2_code, ev->geo_region2);
    json_out_close(out, ']');
}

/* {"name": ...} and {"code": ..., "name": ...}, as v3 has them. */
static void put_named(struct json_out *out, const char *key, struct str code, const char *name)
{
    if (!name) return;
    json_out_key(out, key);
    json_out_open(out, '{');
    json_out_key(out, "code"), json_out_str(out, code);
    json_out_key(out, "name"), json_out_str(out, str_of(name));
    json_out_close(out, '}');
}

void render_geolocation_v3(struct json_out *out, const struct event *ev)
{
    json_out_open(out, '{');
    put_point(out, "accuracyRadius", ev);
    put(out, "postalCode", ev, EVENT_geo_postal_code, ev->geo_postal_code);
    put(out, "timezone", ev, EVENT_geo_timezone, ev->geo_timezone);
    if (event_has(ev, EVENT_geo_city)) {
        json_out_key(out, "city");
        json_out_open(out, '{');
        json_out_key(out, "name"), json_out_str(out, ev->geo_city);
        json_out_close(out, '}');
    }
    put_named(out, "country", ev->geo_country, country_name(ev));
    put_named(out, "continent", ev->geo_continent, continent_of(ev));
    put_subdivisions(out, "isoCode", ev);
    json_out_close(out, '}');
}

static void put_geolocation_v4(struct json_out *out, const struct event *ev)
{
    const char *country = country_name(ev), *continent = continent_of(ev);
    json_out_key(out, "geolocation");
    json_out_open(out, '{');
    put_point(out, "accuracy_radius", ev);
    put(out, "postal_code", ev, EVENT_geo_postal_code, ev->geo_postal_code);
    put(out, "timezone", ev, EVENT_geo_timezone, ev->geo_timezone);
    put(out, "city_name", ev, EVENT_geo_city, ev->geo_city);
    put(out, "country_code", ev, EVENT_geo_country, ev->geo_country);
    if (country) json_out_key(out, "country_name"), json_out_str(out, str_of(country));
    put(out, "continent_code", ev, EVENT_geo_continent, ev->geo_continent);
    if (continent) json_out_key(out, "continent_name"), json_out_str(out, str_of(continent));
    put_subdivisions(out, "iso_code", ev);
    json_out_close(out, '}');
}

/* The number as text, as the dialects want it. */
static void put_number(struct json_out *out, const char *key, const struct event *ev)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%lld", (long long)ev->asn);
    json_out_key(out, key);
    json_out_str(out, (struct str){ text, (size_t)n });
}

static const char *family_of(const struct event *ev)
{
    return str_find_char(ev->ip, ':', 0) == SIZE_MAX ? "v4" : "v6";
}

void render_ip_family_v4(struct json_out *out, const struct event *ev)
{
    json_out_open(out, '{');
    json_out_key(out, "address"), json_out_str(out, ev->ip);
    if (render_has_place(ev)) put_geolocation_v4(out, ev);
    if (event_has(ev, EVENT_asn)) put_number(out, "asn", ev);
    put(out, "asn_name", ev, EVENT_asn_name, ev->asn_name);
    put(out, "asn_network", ev, EVENT_asn_network, ev->asn_network);
    put(out, "asn_type", ev, EVENT_asn_type, ev->asn_type);
    if (event_has(ev, EVENT_datacenter))
        json_out_key(out, "datacenter_result"), json_out_bool(out, ev->datacenter);
    put(out, "datacenter_name", ev, EVENT_datacenter_name, ev->datacenter_name);
    json_out_close(out, '}');
}

void render_ip_info_v4(struct json_out *out, const struct event *ev)
{
    json_out_open(out, '{');
    json_out_key(out, family_of(ev));
    render_ip_family_v4(out, ev);
    if (event_has(ev, EVENT_ip_info_other)) { /* the address was the IPv4 one of two */
        json_out_key(out, "v6");
        json_out_value(out, ev->ip_info_other);
    }
    json_out_close(out, '}');
}

/* v3 requires geolocation (which may be empty), and name and network of an asn. */
void render_ip_info_v3(struct json_out *out, const struct event *ev)
{
    json_out_open(out, '{');
    json_out_key(out, family_of(ev));
    json_out_open(out, '{');
    json_out_key(out, "address"), json_out_str(out, ev->ip);
    json_out_key(out, "geolocation");
    render_geolocation_v3(out, ev);
    if (event_has(ev, EVENT_asn) && event_has(ev, EVENT_asn_network)) {
        json_out_key(out, "asn");
        json_out_open(out, '{');
        put_number(out, "asn", ev);
        json_out_key(out, "name");
        json_out_str(out, event_has(ev, EVENT_asn_name) ? ev->asn_name : STR(""));
        json_out_key(out, "network"), json_out_str(out, ev->asn_network);
        put(out, "type", ev, EVENT_asn_type, ev->asn_type);
        json_out_close(out, '}');
    }
    if (event_has(ev, EVENT_datacenter)) { /* v3 requires both */
        json_out_key(out, "datacenter");
        json_out_open(out, '{');
        json_out_key(out, "result"), json_out_bool(out, ev->datacenter);
        json_out_key(out, "name");
        json_out_str(out, event_has(ev, EVENT_datacenter_name) ? ev->datacenter_name : STR(""));
        json_out_close(out, '}');
    }
    json_out_close(out, '}');
    json_out_close(out, '}');
}

static void put_or_null(struct json_out *out, const char *key, bool known, struct str value)
{
    json_out_key(out, key);
    if (known) json_out_str(out, value);
    else json_out_null(out);
}

void render_region_fiq(struct json_out *out, const struct event *ev)
{
    bool code = event_has(ev, EVENT_geo_region_code);
    put_or_null(out, "region", code || event_has(ev, EVENT_geo_region), code ? ev->geo_region_code : ev->geo_region);
}

void render_location_fiq(struct json_out *out, const struct event *ev)
{
    json_out_open(out, '{');
    put_or_null(out, "country", event_has(ev, EVENT_geo_country), ev->geo_country);
    put_or_null(out, "city", event_has(ev, EVENT_geo_city), ev->geo_city);
    render_region_fiq(out, ev);
    json_out_key(out, "latitude");
    if (has_coordinates(ev)) json_out_double(out, ev->geo_latitude);
    else json_out_null(out);
    json_out_key(out, "longitude");
    if (has_coordinates(ev)) json_out_double(out, ev->geo_longitude);
    else json_out_null(out);
    json_out_close(out, '}');
}
