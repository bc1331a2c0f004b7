/* enrich - the facts that do not come from the payload: who connects, and what its headers say. One
 * source of facts per file under enrich/. */
#include "identify/enrich/http2.h"
#include "identify/identify.h"

#include "base/metrics.h"
#include "identify/enrich/hints.h"
#include "identify/enrich/iplist_table.h"
#include "identify/verdicts/claims.h"
#include "net/connection.h"

static struct str address_text(struct arena *arena, const struct address *a)
{
    char text[ADDRESS_TEXT_BYTES];
    return arena_copy(arena, (struct str){ text, address_print(text, a) });
}

/* For the self-check. */
static void note_client(const struct identify *id, const struct address *peer, bool has_list)
{
    const struct connection *connection = id->req->connection;
    const struct client_note note = {
        .client = id->client, .peer = *peer, .source = id->forwarded.source,
        .proxied = connection && connection->proxied,
        .peer_trusted = id->forwarded.peer_trusted, .has_list = has_list,
        .user_agent = request_header(id->req, STR("User-Agent")),
    };
    clients_note(id->shared->clients, &note);
}

/* An integration says nothing of how it was reached; the browser names the page it sends from. */
static bool came_from_https_page(const struct request *req)
{
    return str_starts(request_header(req, STR("Origin")), STR("https://"));
}

/* Whose address, and whether the client speaks TLS, to us or to the proxy in front. */
static void find_client(struct identify *id)
{
    const struct request *req = id->req;
    const struct forwarded_lines lines = {
        .x_for = headers_joined(req, STR("X-Forwarded-For"), id->arena),
        .x_proto = headers_joined(req, STR("X-Forwarded-Proto"), id->arena),
        .rfc7239 = headers_joined(req, STR("Forwarded"), id->arena),
    };
    struct address peer;
    address_from_socket(&peer, &req->peer);
    forwarded_find(&id->forwarded, &peer, &lines, id->shared->trusted_proxies,
                   id->shared->forwarded_rule);
    if (id->integration) {
        id->forwarded = (struct forwarded){ .client = id->integration_client,
                                            .source = FORWARDED_BY_INTEGRATION, .peer_trusted = true,
                                            .https = came_from_https_page(req) ? 1 : -1 };
    }
    id->client = id->forwarded.client;
    bool proxied = req->connection && req->connection->proxied;
    bool tls = req->tls || (proxied && req->connection->proxied_tls);
    id->https = id->forwarded.https >= 0 ? id->forwarded.https == 1 : tls;
    SET(id, ip, address_text(id->arena, &id->client));
    note_client(id, &peer, lines.x_for.n > 0 || lines.rfc7239.n > 0);
    bool by_header = id->forwarded.source != FORWARDED_BY_NOBODY || !proxied;
    SET(id, address_from,
        by_header ? str_of(forwarded_source_name(id->forwarded.source)) : STR("proxy-protocol"));
}

static void read_headers(struct identify *id)
{
    headers_read(&id->headers, id->req, id->arena);
    if (!connection_is_clients(id)) return;
    id->headers.order = headers_order(id->req, id->arena);
    if (id->headers.order.p) SET(id, header_order, id->headers.order);
}

/* Where a trusted proxy connects, handshake and HTTP/2 are the proxy's, unless it passes on the
 * client's. */
static void read_tls(struct identify *id)
{
    if (connection_is_clients(id)) {
        tls_put_facts(&id->event, id->req->hello, id->arena);
        http2_put_facts(&id->event, id->req);
        return;
    }
    if (id->forwarded.peer_trusted) edge_read(&id->edge, id->req);
    if (id->edge.ja3.p) SET(id, ja3, id->edge.ja3);
    if (id->edge.ja4.p) SET(id, ja4, id->edge.ja4);
    if (id->edge.http2.p) SET(id, http2, id->edge.http2);
}

static void find_place(struct identify *id)
{
    struct geo_data *data = id->shared->geo;
    geo_data_find(data, &id->client, id->arena, &id->geo);
    geo_put_facts(&id->event, &id->geo, id->arena);
    if (id->geo.has_place) metric_add(METRIC_geo_found_total, 1);
    else if (data) metric_add(METRIC_geo_unknown_total, 1);
}

/* Round trip and SYN. */
static void read_tcp(struct identify *id)
{
    const struct connection *connection = id->req->connection;
    char text[TCP_SYN_TEXT_BYTES];
    if (!connection || !tcp_is_clients(id)) return;
    if (connection->rtt_us) SET(id, rtt_us, connection->rtt_us);
    struct str syn = { (const char *)connection->syn, connection->syn_bytes };
    if (!tcp_syn_parse(&id->syn, syn)) return;
    size_t n = tcp_syn_print(text, &id->syn);
    SET(id, tcp_syn, arena_copy(id->arena, (struct str){ text, n }));
    const char *os = tcp_os_name(tcp_syn_os(&id->syn));
    if (os) SET(id, tcp_os, str_of(os));
}

/* Only where the address is placed by its city: a country's middle says nothing about a path. */
static void compare_rtt(struct identify *id)
{
    const struct location *server = id->shared->location;
    const struct geo_place *place = &id->geo.place;
    if (!server || !event_has(&id->event, EVENT_rtt_us) || address_is_private(&id->client)) return;
    if (!id->geo.has_place || !place->has_point || place->city.n == 0) return;
    const struct location client = { place->latitude, place->longitude };
    double distance_km = location_distance_km(server, &client);
    double radius_km = place->radius_km > 0 ? (double)place->radius_km : 0;
    SET(id, rtt_coherence, rtt_coherence(distance_km, radius_km, (uint32_t)id->event.rtt_us));
}

/* After find_place: some lists hold networks by their AS number. */
static void find_lists(struct identify *id)
{
    uint32_t asn = event_has(&id->event, EVENT_asn) ? (uint32_t)id->event.asn : 0;
    iplist_put_facts(&id->event, id->shared->lists, &id->client, asn, id->arena);
}

/* A proxy that speaks the PROXY protocol passes the client's bytes on, unless its TLS ends there. */
bool connection_is_clients(const struct identify *id)
{
    const struct connection *connection = id->req->connection;
    return !id->forwarded.peer_trusted && !(connection && connection->proxied_tls);
}

bool tcp_is_clients(const struct identify *id)
{
    const struct connection *connection = id->req->connection;
    return connection_is_clients(id) && !(connection && connection->proxied);
}

static void refine_by_hints(struct identify *id)
{
    const struct client_hints *h = &id->headers.hints;
    const struct signal *v = id->signals.value;
    struct ua_hints header = { h->platform, h->platform_version, h->model };
    struct ua_hints payload = { v[S_HINT_PLATFORM].text, v[S_PLATFORM_VERSION].text,
                                v[S_DEVICE_MODEL].text };
    hints_refine(&id->ua, &header, &payload, &h->brands, &h->full);
}

/* A bot's published ranges are a list of the kind "goodbot" with the name that the bots' table has. A
 * list of IPv4 networks says nothing of an IPv6 address. */
static enum bot_range in_goodbot_list(void *context, struct str name)
{
    const struct identify *id = context;
    struct network one = { id->client, 128 };
    struct iplist_hit hits[IPLISTS_MAX];
    enum bot_range range = BOT_RANGE_NOT_LOADED;
    unsigned ticket;
    if (iplist_is_reserved(&one)) return range;
    bool v4 = memcmp(id->client.byte, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0;
    const struct iplist_set *set = iplists_enter(id->shared->lists, &ticket);
    size_t count = iplist_table_find(set->table, &id->client, hits);
    for (size_t i = 0; i < set->count; i++) {
        const struct iplist_info *info = &set->info[i];
        if (info->kind != IPLIST_GOODBOT || !str_eq_nocase(str_of(info->name), name)) continue;
        if (!info->loaded || !(v4 ? info->v4 : info->v6)) continue;
        if (range == BOT_RANGE_NOT_LOADED) range = BOT_RANGE_MISS;
        for (size_t k = 0; k < count; k++)
            if (hits[k].list == i) range = BOT_RANGE_HIT;
    }
    iplists_leave(id->shared->lists, ticket);
    return range;
}

static void find_bot(struct identify *id, struct str user_agent)
{
    struct bot_facts bot;
    bool known = !address_is_none(&id->client);
    const struct bot_question question = { .req = id->req, .https = id->https,
                                           .client = known ? &id->client : NULL,
                                           .user_agent = user_agent,
                                           .now_ms = id->now_ms,
                                           .in_range = id->shared->lists ? in_goodbot_list : NULL,
                                           .context = id };
    if (!id->shared->bots) return;
    bots_identify(id->shared->bots, &question, id->arena, &bot);
    if (bot.signature_error.p) SET(id, signature_error, bot.signature_error);
    if (!bot.name.p) return;
    SET(id, bot_name, bot.name);
    SET(id, bot_provider, bot.provider);
    SET(id, bot_provider_url, bot.provider_url);
    SET(id, bot_category, bot.category);
    SET(id, bot_identity, bot.identity);
    SET(id, bot_confidence, bot.confidence);
}

static void read_user_agent(struct identify *id)
{
    struct str ua = request_header(id->req, STR("User-Agent"));
    if (ua.n > USER_AGENT_BYTES_MAX) ua.n = USER_AGENT_BYTES_MAX;
    ua_parse(id->shared->ua, ua, id->arena, &id->ua);
    refine_by_hints(id);
    if (id->mobile.platform.n) mobile_put_system(id); /* an app's user agent names a library */
    SET(id, user_agent, ua);
    SET(id, browser_name, id->ua.browser);
    SET(id, browser_major, id->ua.major);
    SET(id, browser_version, id->ua.version);
    SET(id, os, id->ua.os);
    SET(id, os_version, id->ua.os_version);
    SET(id, device, id->ua.device);
    if (!id->mobile.platform.n) find_bot(id, ua);
}

enum err enrich_request(struct identify *id)
{
    headers_read(&id->headers, id->req, id->arena);
    if (!address_is_none(&id->client)) {
        SET(id, ip, address_text(id->arena, &id->client));
        find_place(id);
        find_lists(id);
    }
    read_user_agent(id);
    return id->arena->failed ? ERR_NO_MEMORY : ERR_OK;
}

/* A person may give the browser another's name: then its connection is compared with the engine that it has. */
static void compare_wire(struct identify *id)
{
    static const enum wire_engine with[] = { [ENGINE_BLINK] = WIRE_CHROMIUM, [ENGINE_GECKO] = WIRE_FIREFOX,
                                             [ENGINE_WEBKIT] = WIRE_WEBKITGTK };
    struct wire_facts *wire = &id->wire;
    wire->claimed = wire_claimed(id->event.user_agent, &wire->major);
    enum engine shown = engine_of_error(id->signals.value[S_ERROR_OF_NULL].text);
    bool safari = wire->claimed == WIRE_SAFARI && shown == ENGINE_WEBKIT;
    wire->renamed = wire->claimed && shown && !safari && with[shown] != wire->claimed;
    if (!connection_is_clients(id)) return;
    wire->faults = wire_faults(id->req, &id->headers, &id->event, wire->claimed, wire->major, id->https);
    if (wire->renamed && !wire_faults(id->req, &id->headers, &id->event, with[shown], UINT32_MAX, id->https))
        wire->faults = 0;
}

/* Only where the database names a city is its zone that city's. */
static void compare_zones(struct identify *id)
{
    const struct event *ev = &id->event;
    const struct signal *zone = &id->signals.value[S_ZONE];
    if (!zone->present) return;
    id->zone_country = zone_country(zone->text);
    if (address_is_private(&id->client)) return;
    bool city = event_has(ev, EVENT_geo_city) && event_has(ev, EVENT_geo_timezone);
    const struct zone_question question = {
        .device = zone->text, .place = city ? ev->geo_timezone : STR(""),
        .country = event_has(ev, EVENT_geo_country) ? ev->geo_country : STR(""), .time_ms = ev->id.time_ms,
    };
    id->zones = zone_compare(&question);
}

enum err enrich_facts(struct identify *id)
{
    find_client(id);
    read_headers(id);
    read_tls(id);
    find_place(id);
    find_lists(id);
    read_tcp(id);
    compare_rtt(id);
    compare_zones(id);
    read_user_agent(id);
    if (!id->mobile.platform.n) compare_wire(id);
    return id->arena->failed ? ERR_NO_MEMORY : ERR_OK;
}
