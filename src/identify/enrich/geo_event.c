/* geo_event - what is known about an address, put into the event. See geo_data.h. */
#include "identify/enrich/geo_data.h"

#define PUT(ev, member, value) (event_set((ev), EVENT_##member), (ev)->member = (value))
#define PUT_TEXT(ev, member, value)                                                                \
    do {                                                                                           \
        if ((value).n) PUT(ev, member, value);                                                     \
    } while (0)

static void put_place(struct event *ev, const struct geo_place *p)
{
    PUT_TEXT(ev, geo_country, p->country);
    PUT_TEXT(ev, geo_continent, p->continent);
    PUT_TEXT(ev, geo_city, p->city);
    PUT_TEXT(ev, geo_region, p->region);
    PUT_TEXT(ev, geo_region_code, p->region_code);
    PUT_TEXT(ev, geo_region2, p->region2);
    PUT_TEXT(ev, geo_region2_code, p->region2_code);
    PUT_TEXT(ev, geo_postal_code, p->postal_code);
    PUT_TEXT(ev, geo_timezone, p->time_zone);
    if (!p->has_point) return;
    PUT(ev, geo_latitude, p->latitude);
    PUT(ev, geo_longitude, p->longitude);
    PUT(ev, geo_radius_km, p->radius_km);
}

static struct str network_text(const struct network *n, struct arena *arena)
{
    char text[ADDRESS_TEXT_BYTES];
    bool v4 = address_is_ipv4(&n->base) && n->bits >= 96;
    address_print(text, &n->base);
    return arena_format(arena, "%s/%d", text, v4 ? n->bits - 96 : n->bits);
}

void geo_put_facts(struct event *ev, const struct geo_facts *facts, struct arena *arena)
{
    if (facts->has_place) put_place(ev, &facts->place);
    if (!facts->has_asn) return;
    PUT(ev, asn, (int64_t)facts->asn.number);
    PUT_TEXT(ev, asn_name, facts->asn.name);
    PUT(ev, asn_network, network_text(&facts->asn.network, arena));
    if (facts->asn.kind) PUT(ev, asn_type, str_of(asn_kind_name(facts->asn.kind)));
}
