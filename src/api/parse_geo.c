/* parse_geo - see parse_geo.h. */
#include "api/parse_geo.h"

#include "event/packed.h"

static void take_text(struct event *ev, enum event_field field, struct json object, const char *v4,
                      const char *v3)
{
    struct json value;
    struct str text;
    if (!json_get(object, str_of(v4), &value) && !json_get(object, str_of(v3), &value)) return;
    if (!json_str(value, &text) || !text.n) return;
    event_set(ev, field);
    *(struct str *)((char *)ev + event_fields[field].offset) = text;
}

/* {"name": ...} or {"code": ...} in v3. */
static void take_named(struct event *ev, enum event_field field, struct json object,
                       const char *name, const char *part)
{
    struct json value;
    if (json_get(object, str_of(name), &value)) take_text(ev, field, value, part, part);
}

static void take_point(struct event *ev, struct json object)
{
    struct json value;
    if (json_get(object, STR("latitude"), &value) && json_double(value, &ev->geo_latitude))
        event_set(ev, EVENT_geo_latitude);
    if (json_get(object, STR("longitude"), &value) && json_double(value, &ev->geo_longitude))
        event_set(ev, EVENT_geo_longitude);
    if ((json_get(object, STR("accuracy_radius"), &value) ||
         json_get(object, STR("accuracyRadius"), &value)) &&
        json_i64(value, &ev->geo_radius_km))
        event_set(ev, EVENT_geo_radius_km);
}

bool parse_geolocation(struct event *ev, struct json value)
{
    struct json list;
    size_t count = 0;
    if (json_type(value) != JSON_OBJECT) return false;
    take_point(ev, value);
    take_text(ev, EVENT_geo_postal_code, value, "postal_code", "postalCode");
    take_text(ev, EVENT_geo_timezone, value, "timezone", "timezone");
    take_text(ev, EVENT_geo_city, value, "city_name", "");
    take_text(ev, EVENT_geo_country, value, "country_code", "");
    take_text(ev, EVENT_geo_continent, value, "continent_code", "");
    take_named(ev, EVENT_geo_city, value, "city", "name");
    take_named(ev, EVENT_geo_country, value, "country", "code");
    take_named(ev, EVENT_geo_continent, value, "continent", "code");
    if (!json_get(value, STR("subdivisions"), &list)) return true;
    for (struct json_each it = json_each(list); count < 2 && json_next(&it); count++) {
        take_text(ev, count ? EVENT_geo_region2 : EVENT_geo_region, it.value, "name", "name");
        take_text(ev, count ? EVENT_geo_region2_code : EVENT_geo_region_code, it.value, "iso_code",
                  "isoCode");
    }
    return true;
}

/* The number as text, as the dialects have it. */
static void take_asn(struct event *ev, struct json object)
{
    struct json value;
    struct str text;
    uint64_t number;
    if (!json_get(object, STR("asn"), &value) || !json_str(value, &text)) return;
    if (!str_to_u64(text, &number) || number > UINT32_MAX) return;
    event_set(ev, EVENT_asn), ev->asn = (int64_t)number;
}

static void take_datacenter(struct event *ev, struct json object, const char *name)
{
    struct json value;
    if (json_get(object, str_of(name), &value) && json_bool(value, &ev->datacenter))
        event_set(ev, EVENT_datacenter);
}

static void take_family(struct event *ev, struct json family, bool v4)
{
    struct json part;
    if (json_get(family, STR("geolocation"), &part)) parse_geolocation(ev, part);
    if (v4) {
        take_asn(ev, family);
        take_text(ev, EVENT_asn_name, family, "asn_name", "");
        take_text(ev, EVENT_asn_network, family, "asn_network", "");
        take_text(ev, EVENT_asn_type, family, "asn_type", "");
        take_datacenter(ev, family, "datacenter_result");
        take_text(ev, EVENT_datacenter_name, family, "datacenter_name", "");
        return;
    }
    if (json_get(family, STR("asn"), &part)) {
        take_asn(ev, part);
        take_text(ev, EVENT_asn_name, part, "name", "");
        take_text(ev, EVENT_asn_network, part, "network", "");
        take_text(ev, EVENT_asn_type, part, "type", "");
    }
    if (json_get(family, STR("datacenter"), &part)) {
        take_datacenter(ev, part, "result");
        take_text(ev, EVENT_datacenter_name, part, "name", "");
    }
}

void parse_ip_info(struct event *ev, struct json info, bool v4, struct arena *arena,
                   parse_unmapped *unmapped, void *context)
{
    struct json own, other, address;
    bool six = event_has(ev, EVENT_ip) ? str_find_char(ev->ip, ':', 0) != SIZE_MAX
                                       : !json_get(info, STR("v4"), &own);
    struct str text;
    if (json_get(info, six ? STR("v6") : STR("v4"), &own)) {
        take_family(ev, own, v4);
        if (!event_has(ev, EVENT_ip) && json_get(own, STR("address"), &address) &&
            json_str(address, &text))
            event_set(ev, EVENT_ip), ev->ip = text;
    }
    if (!json_get(info, six ? STR("v4") : STR("v6"), &other)) return;
    if (v4 && !six && !packed_json_text(&text, other, arena))
        event_set(ev, EVENT_ip_info_other), ev->ip_info_other = text;
    else if (unmapped) unmapped(context, six ? STR("the v4 of ip_info") : STR("the v6 of ip_info"));
}

/* ---- velocity ---- */

static const char *const counters[VELOCITY_COUNTERS][2] = {
    [VELOCITY_DISTINCT_IP] = { "distinct_ip", "distinctIp" },
    [VELOCITY_DISTINCT_LINKED_ID] = { "distinct_linked_id", "distinctLinkedId" },
    [VELOCITY_DISTINCT_COUNTRY] = { "distinct_country", "distinctCountry" },
    [VELOCITY_EVENTS] = { "events", "events" },
    [VELOCITY_IP_EVENTS] = { "ip_events", "ipEvents" },
    [VELOCITY_DISTINCT_IP_BY_LINKED_ID] = { "distinct_ip_by_linked_id", "distinctIpByLinkedId" },
    [VELOCITY_DISTINCT_VISITOR_ID_BY_LINKED_ID] = { "distinct_visitor_id_by_linked_id",
                                                    "distinctVisitorIdByLinkedId" },
};
static const char *const windows[VELOCITY_WINDOWS][2] = { { "5_minutes", "5m" },
                                                          { "1_hour", "1h" },
                                                          { "24_hours", "24h" } };

static bool take_counter(struct velocity *v, enum velocity_counter c, struct json value)
{
    struct json part;
    if (json_get(value, STR("intervals"), &part)) value = part;
    for (unsigned w = 0; w < VELOCITY_WINDOWS; w++) {
        int64_t count;
        if (!json_get(value, str_of(windows[w][0]), &part) &&
            !json_get(value, str_of(windows[w][1]), &part)) {
            if (w == 0) return true; /* nothing to count */
            if (w < VELOCITY_DAY) return false;
            if (c == VELOCITY_EVENTS || c == VELOCITY_IP_EVENTS) v->day_unknown = true;
            else v->day_left_out = true;
            v->count[c][w] = v->count[c][w - 1];
            continue;
        }
        if (!json_i64(part, &count) || count < (w ? v->count[c][w - 1] : 0) || count > UINT32_MAX)
            return false;
        v->known[c] = true;
        v->count[c][w] = (uint32_t)count;
    }
    return true;
}

bool parse_velocity(struct velocity *out, struct json value)
{
    *out = (struct velocity){ .day_left_out = false };
    if (json_type(value) != JSON_OBJECT) return false;
    for (enum velocity_counter c = 0; c < VELOCITY_COUNTERS; c++) {
        struct json counter;
        if (!json_get(value, str_of(counters[c][0]), &counter) &&
            !json_get(value, str_of(counters[c][1]), &counter))
            continue;
        if (!take_counter(out, c, counter)) return false;
    }
    return true;
}
