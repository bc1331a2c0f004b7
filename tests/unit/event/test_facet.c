/* The codes of events, and filters: what passes, what fits. */
#include "event/facet.h"
#include "tests/unit/test.h"

#define SET(ev, member, value) (event_set(&(ev), EVENT_##member), (ev).member = (value))

static uint32_t code_of(const struct event *ev, enum facet facet)
{
    uint32_t codes[FACET_COUNT];
    facets_of(ev, codes);
    return codes[facet];
}

/* Numbers are names on disk, parameters names on the wire. */
static void test_table(void)
{
    for (enum facet a = 0; a < FACET_COUNT; a++) {
        CHECK(facet_infos[a].number > 0);
        for (enum facet b = 0; b < a; b++) {
            CHECK(facet_infos[a].number != facet_infos[b].number);
            CHECK(!facet_infos[a].v3 || !facet_infos[b].v3 || strcmp(facet_infos[a].v3, facet_infos[b].v3));
            CHECK(!facet_infos[a].v4 || !facet_infos[b].v4 || strcmp(facet_infos[a].v4, facet_infos[b].v4));
        }
    }
}

/* What an event lacks has the code 0, and fits neither yes nor no. */
static void test_absent(void)
{
    struct event ev = { .id = { 1, 2 } };
    for (enum facet f = 0; f < FACET_COUNT; f++) {
        if (facet_infos[f].kind == FACET_SOURCE) continue; /* without the mark it is a device's */
        CHECK_INT(code_of(&ev, f), 0);
        struct filters filters = { .count = 0 };
        struct filter *filter = filters_add(&filters, f);
        if (f == FACET_ip_high || f == FACET_ip_low || facet_infos[f].kind == FACET_ABOVE) continue;
        for (uint32_t code = 1; code < FILTER_VALUES_MAX; code++) filter_add_code(filter, code);
        CHECK(!filter_passes(filter, 0));
        CHECK(!filter_fits(filter, &ev));
    }
}

static void test_codes(void)
{
    struct event ev = { .id = { 1, 2 } };
    CHECK_INT(code_of(&ev, FACET_source), 1);
    SET(ev, edge, true);
    CHECK_INT(code_of(&ev, FACET_source), 2);
    SET(ev, vpn, false);
    CHECK_INT(code_of(&ev, FACET_vpn), 1);
    SET(ev, vpn, true);
    CHECK_INT(code_of(&ev, FACET_vpn), 2);
    SET(ev, vpn_confidence, STR("high"));
    CHECK_INT(code_of(&ev, FACET_vpn_confidence), 3);
    SET(ev, vpn_confidence, STR("huge"));
    CHECK_INT(code_of(&ev, FACET_vpn_confidence), 0);
    SET(ev, factory_reset_ms, 0);
    CHECK_INT(code_of(&ev, FACET_factory_reset), 1);
    SET(ev, factory_reset_ms, 5);
    CHECK_INT(code_of(&ev, FACET_factory_reset), 2);
    SET(ev, bot, BOT_NOT_DETECTED);
    CHECK_INT(code_of(&ev, FACET_bot), 1);
    CHECK_INT(code_of(&ev, FACET_bot_info), 1);
    SET(ev, bot, BOT_BAD);
    CHECK_INT(code_of(&ev, FACET_bot_info), 2);
    SET(ev, bot, 77);
    CHECK_INT(code_of(&ev, FACET_bot), 0);
    SET(ev, asn, 4294967295);
    CHECK_INT(code_of(&ev, FACET_asn), UINT32_MAX);
    SET(ev, asn, 0);
    CHECK_INT(code_of(&ev, FACET_asn), 1);
    SET(ev, sdk_version, STR("1"));
    CHECK_INT(code_of(&ev, FACET_sdk_platform), 1);
    SET(ev, platform, STR("ios"));
    CHECK_INT(code_of(&ev, FACET_sdk_platform), 3);
    SET(ev, ip, STR("10.1.2.3"));
    CHECK_INT(code_of(&ev, FACET_ip_family), 1);
    CHECK_INT(code_of(&ev, FACET_ip_high), 0x0a010203);
    SET(ev, ip, STR("2001:db8:1::9"));
    CHECK_INT(code_of(&ev, FACET_ip_family), 2);
    CHECK_INT(code_of(&ev, FACET_ip_high), 0x20010db8);
    CHECK_INT(code_of(&ev, FACET_ip_low), 0x00010000);
    SET(ev, ip, STR("nonsense"));
    CHECK_INT(code_of(&ev, FACET_ip_family), 0);
}

/* A network's filters, by codes and exactly. */
static bool in_network(const char *network, const char *address)
{
    struct filters filters = { .count = 0 };
    struct event ev = { .id = { 1, 2 } };
    uint32_t codes[FACET_COUNT];
    bool passes = true, fits = true;
    SET(ev, ip, str_of(address));
    REQUIRE(filters_add_network(&filters, str_of(network), true));
    facets_of(&ev, codes);
    for (size_t i = 0; i < filters.count; i++) {
        passes &= filter_passes(&filters.list[i], codes[filters.list[i].facet]);
        fits &= filter_fits(&filters.list[i], &ev);
    }
    CHECK(passes || !fits); /* codes may say yes too often, never too seldom */
    return fits;
}

static void test_networks(void)
{
    CHECK(in_network("10.1.2.3", "10.1.2.3") && !in_network("10.1.2.3", "10.1.2.4"));
    CHECK(in_network("10.1.0.0/16", "10.1.255.255") && !in_network("10.1.0.0/16", "10.2.0.0"));
    CHECK(in_network("10.1.2.8/29", "10.1.2.15") && !in_network("10.1.2.8/29", "10.1.2.16"));
    CHECK(in_network("0.0.0.0/0", "255.255.255.255") && !in_network("0.0.0.0/0", "::1"));
    CHECK(in_network("::/0", "ffff::") && !in_network("::/0", "10.0.0.1"));
    CHECK(in_network("2001:db8::/33", "2001:db8:7fff::1") && !in_network("2001:db8::/33", "2001:db8:8000::1"));
    CHECK(in_network("2001:db8::/127", "2001:db8::1") && !in_network("2001:db8::/127", "2001:db8::2"));
    CHECK(in_network("2001:db8:0:1::/64", "2001:db8:0:1:ffff::") && !in_network("2001:db8:0:1::/64", "2001:db8:0:2::"));
    CHECK(in_network("0.0.0.1/32", "0.0.0.1") && !in_network("0.0.0.1/32", "0.0.0.2"));
    CHECK(in_network("::ffff:10.0.0.1", "10.0.0.1"));
    static const char *const bad[] = { "", "/", "x", "10.0.0.1/33", "10.0.0.1/-1", "10.0.0.1/", "::1/129", "10.0.0",
                                       "10.0.0.1/8/8", "10.0.0.1 /8", "1.2.3.4.5" };
    struct filters filters = { .count = 0 };
    for (size_t i = 0; i < COUNT_OF(bad); i++) CHECK(!filters_add_network(&filters, str_of(bad[i]), true));
    CHECK(!filters_add_network(&filters, STR("10.0.0.1"), false));
    CHECK_INT(filters.count, 0);
}

static void test_texts_are_exact(void)
{
    struct filters filters = { .count = 0 };
    struct filter *f = filters_add(&filters, FACET_linked_id);
    struct event ev = { .id = { 1, 2 } };
    f->texts[0] = STR("user-1");
    filter_add_code(f, facet_text_code(STR("user-1")));
    SET(ev, linked_id, STR("user-1"));
    CHECK(filter_passes(f, code_of(&ev, FACET_linked_id)) && filter_fits(f, &ev));
    f->texts[0] = STR("another of the same code"); /* codes alone decide nothing */
    CHECK(filter_passes(f, code_of(&ev, FACET_linked_id)) && !filter_fits(f, &ev));
}

int main(void)
{
    RUN(test_table);
    RUN(test_absent);
    RUN(test_codes);
    RUN(test_networks);
    RUN(test_texts_are_exact);
    return test_end();
}
