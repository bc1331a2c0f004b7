/* The verdicts about the address: what lists, zones, stack and round trip say, alone and together. Facts are
 * put in by hand; how they come about is tested in enrich/ and, with real files, in tests/api. */
#include "identify/verdicts/verdict.h"
#include "tests/unit/test.h"

static struct identify id;
static struct request request;

/* 2025-12-11 05:48 UTC: winter in the north. */
static const int64_t WINTER_MS = 1765432100000, SUMMER_MS = 1752000000000;

static void begin(int64_t time_ms)
{
    id = (struct identify){ .req = &request };
    id.event.id.time_ms = time_ms;
    SET(&id, ip, STR("198.51.100.7"));
}

static void put_zone(const char *zone)
{
    id.signals.value[S_ZONE] = (struct signal){ .present = true, .text = str_of(zone) };
}

static void put_place(const char *country, const char *city, const char *zone)
{
    SET(&id, geo_country, str_of(country));
    if (city) SET(&id, geo_city, str_of(city));
    if (zone) SET(&id, geo_timezone, str_of(zone));
}

static void put_lists(unsigned known, unsigned hit)
{
    SET(&id, lists_known, known);
    SET(&id, lists_hit, hit);
    if (hit >> IPLIST_PROXY & 1) SET(&id, proxy_confidence, STR("medium")), SET(&id, proxy_last_seen_ms, 3600000);
}

#define KIND(kind) (1u << IPLIST_##kind)
enum { ALL_KINDS = (1u << IPLIST_KINDS) - 1 };

static const struct event *judged(void)
{
    static const struct verdict_kind *const kinds[] = { &verdict_tor, &verdict_ip_blocklist, &verdict_datacenter,
                                                        &verdict_proxy, &verdict_vpn };
    const struct signal *zone = &id.signals.value[S_ZONE];
    bool city = event_has(&id.event, EVENT_geo_city);
    const struct zone_question question = { .device = zone->text, .country = id.event.geo_country,
                                            .place = city ? id.event.geo_timezone : STR(""),
                                            .time_ms = id.event.id.time_ms };
    id.zones = zone_compare(&question), id.zone_country = zone_country(zone->text);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) kinds[i]->judge(&id);
    CHECK(!id.event.vpn || event_has(&id.event, EVENT_vpn_confidence));
    CHECK(event_has(&id.event, EVENT_proxy) == event_has(&id.event, EVENT_proxy_confidence));
    return &id.event;
}

static void test_nothing_known_is_nothing_said(void)
{
    begin(WINTER_MS);
    const struct event *ev = judged();
    CHECK(!event_has(ev, EVENT_vpn) && !event_has(ev, EVENT_proxy) && !event_has(ev, EVENT_tor) &&
          !event_has(ev, EVENT_ip_blocklist) && !event_has(ev, EVENT_datacenter) &&
          !event_has(ev, EVENT_vpn_origin_timezone) && !event_has(ev, EVENT_blocklist_email_spam));
    begin(WINTER_MS); /* one zone, no list: agreement is no proof */
    put_zone("Europe/Berlin"), put_place("DE", "Munich", "Europe/Berlin");
    ev = judged();
    CHECK(!event_has(ev, EVENT_vpn) && event_has(ev, EVENT_vpn_timezone_mismatch) && !ev->vpn_timezone_mismatch);
    CHECK_STR(ev->vpn_origin_country, STR("DE"));
}

/* Lists overlap: Tor, relay, VPN, proxy, and the first counts. */
static void test_order_of_lists(void)
{
    static const struct { unsigned hit; bool tor, relay, vpn, proxy; } rows[] = {
        { 0, false, false, false, false },
        { KIND(TOR) | KIND(VPN) | KIND(PROXY), true, false, false, false },
        { KIND(RELAY) | KIND(VPN) | KIND(PROXY), false, true, false, false },
        { KIND(VPN) | KIND(PROXY), false, false, true, false },
        { KIND(PROXY), false, false, false, true },
        { KIND(DATACENTER) | KIND(ATTACK), false, false, false, false },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        begin(WINTER_MS);
        put_lists(ALL_KINDS, rows[i].hit);
        const struct event *ev = judged();
        CHECK(ev->tor == rows[i].tor && ev->vpn_relay == rows[i].relay && ev->vpn_public == rows[i].vpn &&
              ev->proxy == rows[i].proxy && ev->vpn == (rows[i].relay || rows[i].vpn));
        CHECK(event_has(ev, EVENT_proxy_type) == rows[i].proxy &&
              event_has(ev, EVENT_proxy_last_seen_ms) == rows[i].proxy);
        CHECK_STR(ev->proxy_confidence, rows[i].proxy ? STR("medium") : STR("high"));
        if (ev->vpn) CHECK_STR(ev->vpn_confidence, STR("high"));
    }
}

static void test_each_kind_is_known_by_itself(void)
{
    begin(WINTER_MS);
    put_lists(KIND(SPAM) | KIND(CLOUD), KIND(SPAM) | KIND(CLOUD));
    const struct event *ev = judged();
    CHECK(ev->ip_blocklist && ev->blocklist_email_spam && !event_has(ev, EVENT_blocklist_attack));
    CHECK(ev->datacenter && !event_has(ev, EVENT_tor) && !event_has(ev, EVENT_vpn) && !event_has(ev, EVENT_proxy));
    CHECK(codes_have(&ev->network_reasons, REASON_BLOCKLIST_SPAM) &&
          codes_have(&ev->network_reasons, REASON_DATACENTER_LIST) && ev->network_reasons.count == 2);
    begin(WINTER_MS);
    put_lists(KIND(PROXY) | KIND(DATACENTER), KIND(PROXY) | KIND(DATACENTER));
    ev = judged();
    CHECK_STR(ev->proxy_type, STR("data_center"));
    begin(WINTER_MS); /* what the list's name told stays */
    put_lists(KIND(PROXY) | KIND(DATACENTER), KIND(PROXY) | KIND(DATACENTER));
    SET(&id, proxy_type, STR("residential"));
    CHECK_STR(judged()->proxy_type, STR("residential"));
}

enum { NO, YES, ABSENT };

static void test_time_zones(void)
{
    static const struct { const char *zone, *country, *city, *place; int winter, summer; } rows[] = {
        { "Europe/Berlin", "DE", "Munich", "Europe/Berlin", NO, NO },
        { "America/New_York", "DE", "Munich", "Europe/Berlin", YES, YES },
        { "Europe/Paris", "DE", "Munich", "Europe/Berlin", NO, NO },     /* one offset */
        { "Africa/Lagos", "DE", "Munich", "Europe/Berlin", NO, YES },    /* in winter only */
        { "America/Phoenix", "US", "Denver", "America/Denver", NO, NO },  /* some zone of the country */
        { "America/Los_Angeles", "US", "New York", "America/New_York", NO, NO }, /* a carrier's gateway */
        { "Asia/Shanghai", "CN", "Urumqi", "Asia/Urumqi", NO, NO },
        { "Atlantic/Canary", "ES", "Madrid", "Europe/Madrid", NO, NO },
        { "US/Pacific", "DE", "Munich", "Europe/Berlin", YES, YES },
        { "US/Pacific", "US", "Seattle", "America/Los_Angeles", NO, NO },
        { "Europe/Kiev", "UA", "Kyiv", "Europe/Kyiv", NO, NO },
        { "Etc/UTC", "DE", "Munich", "Europe/Berlin", ABSENT, ABSENT },
        { "America/New_York", "XK", "Pristina", "Europe/Belgrade", YES, YES }, /* no zone is that country's */
        { "Asia/Calcutta", "IN", "Pune", "Asia/Kolkata", NO, NO },       /* old and new name */
        { "Asia/Kathmandu", "IN", "Pune", "Asia/Kolkata", YES, YES },    /* a quarter of an hour */
        { "UTC", "DE", "Munich", "Europe/Berlin", ABSENT, ABSENT },      /* hidden, or a server */
        { "Atlantic/Reykjavik", "DE", "Munich", "Europe/Berlin", ABSENT, ABSENT },
        { "Atlantic/Reykjavik", "IS", "Reykjavik", "Atlantic/Reykjavik", NO, NO },
        { "Mars/Olympus", "DE", "Munich", "Europe/Berlin", ABSENT, ABSENT },
        { "", "DE", "Munich", "Europe/Berlin", ABSENT, ABSENT },
        { "America/Los_Angeles", "US", NULL, "America/Chicago", NO, NO }, /* some zone of the country */
        { "Europe/Berlin", "US", NULL, "America/Chicago", YES, YES },
        { "Europe/Berlin", "US", NULL, NULL, YES, YES },
        { "Europe/Berlin", "", NULL, NULL, ABSENT, ABSENT },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (int summer = 0; summer < 2; summer++) {
            begin(summer ? SUMMER_MS : WINTER_MS);
            put_zone(rows[i].zone), put_place(rows[i].country, rows[i].city, rows[i].place);
            const struct event *ev = judged();
            int got = !event_has(ev, EVENT_vpn_timezone_mismatch) ? ABSENT : ev->vpn_timezone_mismatch;
            if (got != (summer ? rows[i].summer : rows[i].winter)) printf("# row %zu, summer %d\n", i, summer);
            CHECK_INT(got, summer ? rows[i].summer : rows[i].winter);
            CHECK(event_has(ev, EVENT_vpn) == (got == YES) && ev->vpn == (got == YES));
            if (got == YES) CHECK_STR(ev->vpn_confidence, STR("low"));
            if (got == YES) CHECK(codes_have(&ev->vpn_reasons, rows[i].city ? REASON_VPN_TIMEZONE
                                                                         : REASON_VPN_TIMEZONE_COARSE));
        }
    begin(4102444800000); /* 2100: the table ends before */
    put_zone("America/New_York"), put_place("DE", "Munich", "Europe/Berlin");
    CHECK(!event_has(judged(), EVENT_vpn_timezone_mismatch));
}

/* Weak tells convict nobody, and make a time zone's word count more. */
static void test_weak_tells(void)
{
    begin(WINTER_MS);
    put_lists(KIND(VPN), 0);
    SET(&id, tcp_os, STR("linux")), SET(&id, os, STR("Windows")), SET(&id, rtt_coherence, 0.1);
    put_zone("Europe/Berlin"), put_place("DE", "Munich", "Europe/Berlin");
    const struct event *ev = judged();
    CHECK(event_has(ev, EVENT_vpn) && !ev->vpn);
    CHECK(event_has(ev, EVENT_vpn_os_mismatch) && !ev->vpn_os_mismatch); /* CONTRACT: any method fired is a VPN */
    CHECK(codes_have(&ev->vpn_reasons, REASON_VPN_TCP_OS) &&
          codes_have(&ev->vpn_reasons, REASON_LOW_RTT_COHERENCE));
    static const char *const names[][2] = { { "linux", "Windows" }, { "windows", "Mac OS X" }, { "linux", "iOS" } };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        begin(WINTER_MS);
        SET(&id, tcp_os, str_of(names[i][0])), SET(&id, os, str_of(names[i][1]));
        put_zone("America/New_York"), put_place("DE", "Munich", "Europe/Berlin");
        ev = judged();
        CHECK(ev->vpn && ev->vpn_os_mismatch);
        CHECK_STR(ev->vpn_confidence, STR("medium"));
    }
    static const char *const same[][2] = { { "linux", "Android" }, { "linux", "Chrome OS" }, { "apple", "iOS" },
                                           { "windows", "Windows" } };
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        begin(WINTER_MS);
        SET(&id, tcp_os, str_of(same[i][0])), SET(&id, os, str_of(same[i][1]));
        ev = judged();
        CHECK(event_has(ev, EVENT_vpn_os_mismatch) && !ev->vpn_os_mismatch && ev->vpn_reasons.count == 0);
    }
    begin(WINTER_MS); /* a system whose stack is not known */
    SET(&id, tcp_os, STR("linux")), SET(&id, os, STR("FreeBSD"));
    CHECK(!event_has(judged(), EVENT_vpn_os_mismatch));
}

/* A phone abroad has the time of the place and leaves through its home carrier. */
static void test_phones_abroad(void)
{
    static const struct { const char *os, *kind; unsigned hit; bool vpn; const char *confidence; } rows[] = {
        { "Android", "isp", 0, false, "medium" },
        { "iOS", "isp", 0, false, "medium" },
        { "iOS", "isp", KIND(VPN), true, "high" },
        { "Android", "isp", KIND(CLOUD), true, "medium" },
        { "Android", "hosting", 0, true, "low" },
        { "Android", NULL, 0, true, "low" },
        { "Windows", "isp", 0, true, "low" },
        { "Windows", "hosting", KIND(DATACENTER), true, "medium" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        begin(WINTER_MS);
        put_lists(ALL_KINDS, rows[i].hit);
        SET(&id, os, str_of(rows[i].os));
        if (rows[i].kind) SET(&id, asn_type, str_of(rows[i].kind));
        put_zone("Asia/Bangkok"), put_place("DE", "Munich", "Europe/Berlin");
        const struct event *ev = judged();
        bool roams = codes_have(&ev->vpn_reasons, REASON_VPN_ROAMING);
        CHECK(ev->vpn == rows[i].vpn && ev->vpn_timezone_mismatch == rows[i].vpn);
        CHECK_STR(ev->vpn_confidence, str_of(rows[i].confidence));
        CHECK(roams == (i < 3) && codes_have(&ev->vpn_reasons, REASON_VPN_TIMEZONE) == !roams);
        CHECK(codes_have(&ev->vpn_reasons, REASON_VPN_HOSTED) == (rows[i].hit && rows[i].hit != KIND(VPN)));
    }
}

/* Another zone of the same country is no sign, whatever else is odd. */
static void test_within_a_country(void)
{
    begin(WINTER_MS);
    put_lists(ALL_KINDS, KIND(DATACENTER));
    SET(&id, tcp_os, STR("linux")), SET(&id, os, STR("Windows")), SET(&id, rtt_coherence, 0.1);
    put_zone("America/Los_Angeles"), put_place("US", "New York", "America/New_York");
    const struct event *ev = judged();
    CHECK(event_has(ev, EVENT_vpn) && !ev->vpn && !ev->vpn_timezone_mismatch && !ev->vpn_os_mismatch);
    CHECK_STR(ev->vpn_confidence, STR("medium")); /* the zones do not agree either */
    begin(WINTER_MS); /* where a list says so, it is one more method */
    put_lists(ALL_KINDS, KIND(VPN));
    put_zone("America/Los_Angeles"), put_place("US", "New York", "America/New_York");
    CHECK(judged()->vpn && id.event.vpn_timezone_mismatch);
}

int main(void)
{
    RUN(test_nothing_known_is_nothing_said);
    RUN(test_order_of_lists);
    RUN(test_each_kind_is_known_by_itself);
    RUN(test_time_zones);
    RUN(test_weak_tells);
    RUN(test_phones_abroad);
    RUN(test_within_a_country);
    return test_end();
}
