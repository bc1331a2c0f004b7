/* Places and autonomous systems out of small MaxMind DB files of both schemas. */
#include "identify/enrich/asn.h"
#include "identify/enrich/geo.h"
#include "tests/unit/test.h"

#define DATA "tests/data/geo/"

static struct arena arena;
static char problem[IPFILE_PROBLEM_BYTES];

static bool find(const char *file, const char *ip, struct geo_place *out)
{
    struct ipfile f;
    struct address a;
    REQUIRE(address_parse(&a, str_of(ip)));
    REQUIRE(ipfile_open(&f, file, NULL, problem) == ERR_OK);
    bool found = geo_find(&f, &a, &arena, out);
    ipfile_close(&f); /* texts must outlive it */
    return found;
}

static void test_flat(void)
{
    struct geo_place p;
    REQUIRE(find(DATA "flat4.mmdb", "84.128.0.1", &p));
    CHECK_STR(p.country, STR("DE"));
    CHECK_STR(p.continent, STR("EU"));
    CHECK_STR(p.city, STR("Munich"));
    CHECK_STR(p.region, STR("Bavaria"));
    CHECK_STR(p.region_code, STR("BY"));
    CHECK_STR(p.region2, STR(""));
    CHECK_STR(p.postal_code, STR(""));
    CHECK_STR(p.time_zone, STR("Europe/Berlin")); /* from the coordinates */
    CHECK(p.has_point && p.latitude == 48.1374 && p.longitude == 11.5755);
    CHECK_INT(p.radius_km, GEO_RADIUS_CITY_KM);
    REQUIRE(find(DATA "flat4.mmdb", "73.1.1.1", &p));
    CHECK_STR(p.time_zone, STR("America/Boise"));
    CHECK_STR(p.postal_code, STR("83702"));
    REQUIRE(find(DATA "flat4.mmdb", "61.127.217.15", &p));
    CHECK_STR(p.time_zone, STR("Asia/Tokyo")); /* of the record */
    CHECK_STR(p.city, STR(""));
    CHECK_INT(p.radius_km, GEO_RADIUS_COUNTRY_KM);
    REQUIRE(find(DATA "flat4.mmdb", "127.0.0.1", &p));
    CHECK_STR(p.region2, STR("Unincorporated"));
    CHECK_STR(p.region2_code, STR("")); /* in no table */
    REQUIRE(find(DATA "flat6.mmdb", "2001:db8:1::5", &p));
    CHECK_STR(p.region_code, STR("9"));
    REQUIRE(find(DATA "country.mmdb", "2001:db8:7::", &p));
    CHECK_STR(p.country, STR("BR"));
    CHECK_STR(p.continent, STR("SA"));
    CHECK(!p.has_point && p.time_zone.n == 0 && p.radius_km == 0);
}

static void test_found_but_empty(void)
{
    struct geo_place p;
    CHECK(!find(DATA "flat4.mmdb", "192.0.2.1", &p));    /* all members empty */
    CHECK(!find(DATA "flat4.mmdb", "198.51.100.1", &p)); /* "ZZ" is no country, 0 N 0 E no place */
    CHECK(!find(DATA "nested.mmdb", "203.0.113.1", &p)); /* where it is registered is not where it is */
    CHECK(!find(DATA "flat4.mmdb", "9.9.9.9", &p));      /* not found */
    CHECK(!find(DATA "flat4.mmdb", "2a01:4f8::1", &p));  /* the other family */
}

static void test_nested(void)
{
    struct geo_place p;
    REQUIRE(find(DATA "nested.mmdb", "81.2.69.160", &p));
    CHECK_STR(p.country, STR("GB"));
    CHECK_STR(p.city, STR("London"));
    CHECK_STR(p.region, STR("England"));
    CHECK_STR(p.region_code, STR("ENG"));
    CHECK_STR(p.region2, STR("City of London"));
    CHECK_STR(p.region2_code, STR("LND"));
    CHECK_STR(p.postal_code, STR("EC2V"));
    CHECK_STR(p.time_zone, STR("Europe/London"));
    CHECK_INT(p.radius_km, 10);
    CHECK(p.latitude == 51.5142 && p.longitude == -0.0931);
    REQUIRE(find(DATA "nested.mmdb", "2001:db8:1::1", &p));
    CHECK_STR(p.country, STR("SE"));
    CHECK_STR(p.time_zone, STR("Europe/Stockholm"));
    CHECK_INT(p.radius_km, GEO_RADIUS_COUNTRY_KM);
}

static void test_kinds_of_files(void)
{
    static const struct { const char *file; bool is_geo, is_asn; } cases[] = {
        { DATA "flat4.mmdb", true, false }, { DATA "flat6.mmdb", true, false },
        { DATA "nested.mmdb", true, false }, { DATA "country.mmdb", true, false },
        { DATA "asn.mmdb", false, true },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct ipfile f;
        REQUIRE(ipfile_open(&f, cases[i].file, NULL, problem) == ERR_OK);
        CHECK((geo_check(&f, cases[i].file, problem) == ERR_OK) == cases[i].is_geo);
        if (!cases[i].is_geo) CHECK(strstr(problem, "\"GeoLite2-ASN\""));
        CHECK((asn_check(&f, cases[i].file, problem) == ERR_OK) == cases[i].is_asn);
        if (!cases[i].is_asn) CHECK(strstr(problem, "no autonomous systems"));
        ipfile_close(&f);
    }
}

static void test_asn_file(void)
{
    struct ipfile f;
    struct asn_facts facts;
    struct address a;
    char text[ADDRESS_TEXT_BYTES];
    REQUIRE(ipfile_open(&f, DATA "asn.mmdb", NULL, problem) == ERR_OK);
    address_parse(&a, STR("84.129.3.4"));
    REQUIRE(asn_find(&f, &a, &facts));
    CHECK_INT(facts.number, 3320);
    CHECK_STR(facts.name, STR("Deutsche Telekom AG"));
    address_print(text, &facts.network.base);
    CHECK_STR(str_of(text), STR("84.128.0.0"));
    CHECK_INT(facts.network.bits, 96 + 10);
    address_parse(&a, STR("192.0.2.1"));
    CHECK(!asn_find(&f, &a, &facts)); /* AS0 is none */
    address_parse(&a, STR("198.51.100.1"));
    CHECK(!asn_find(&f, &a, &facts));
    ipfile_close(&f);
}

static void test_types(void)
{
    static const struct { uint32_t number; const char *name, *type; } cases[] = {
        { 16509, "Amazon.com, Inc.", "hosting" }, { 7922, "Comcast Cable", "isp" },
        { 36459, "GitHub, Inc.", "business" }, { 1, "Example Hosting GmbH", "hosting" },
        { 1, "University of Cloud Networks", "education" }, { 1, "VPS-Land", "hosting" },
        { 1, "Hochschule Musterstadt", "education" }, { 1, "Acme Telecommunications", "isp" },
        { 1, "First National Bank", "business" }, { 1, "Acme Incorporated", NULL },
        { 1, "Ghost Town Ltd", NULL }, { 1, "", NULL }, { 1, "123", NULL },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        CHECK_STR(str_of(asn_kind_name(asn_kind_of(cases[i].number, str_of(cases[i].name)))), str_of(cases[i].type));
}

int main(void)
{
    arena_init(&arena, 1 << 20);
    RUN(test_flat);
    RUN(test_found_but_empty);
    RUN(test_nested);
    RUN(test_kinds_of_files);
    RUN(test_asn_file);
    RUN(test_types);
    arena_free(&arena);
    return test_end();
}
