/* MaxMind DB files: what is in them is read, what is damaged does no harm. */
#include "identify/enrich/ipfile.h"
#include "tests/unit/test.h"

#include <unistd.h>

#define DATA "tests/data/geo/"

static char problem[IPFILE_PROBLEM_BYTES];

static struct address address(const char *text)
{
    struct address a;
    REQUIRE(address_parse(&a, str_of(text)));
    return a;
}

static bool find(const struct ipfile *f, const char *ip, struct ipfile_value *record, char *network)
{
    struct address a = address(ip);
    struct network n;
    if (!ipfile_find(f, &a, record, &n)) return false;
    size_t used = address_print(network, &n.base);
    sprintf(network + used, "/%d", address_is_ipv4(&n.base) ? n.bits - 96 : n.bits);
    return true;
}

static void test_nested_record(void)
{
    struct ipfile f;
    struct ipfile_value r, names, v;
    char network[64];
    REQUIRE(ipfile_open(&f, DATA "nested.mmdb", NULL, problem) == ERR_OK);
    CHECK(f.has_v4 && f.has_v6);
    CHECK_INT(f.built_s, 1780666922);
    REQUIRE(find(&f, "81.2.69.160", &r, network));
    CHECK_STR(str_of(network), STR("81.2.69.128/26"));
    names = ipfile_member(&f, ipfile_member(&f, r, "city"), "names");
    CHECK_STR(ipfile_member(&f, names, "en").text, STR("London"));
    v = ipfile_element(&f, ipfile_member(&f, r, "subdivisions"), 1);
    CHECK_STR(ipfile_member(&f, v, "iso_code").text, STR("LND"));
    v = ipfile_member(&f, r, "location");
    CHECK(ipfile_member(&f, v, "latitude").number == 51.5142);
    CHECK_INT(ipfile_member(&f, v, "accuracy_radius").number, 10);
    CHECK_INT(ipfile_member(&f, ipfile_member(&f, r, "city"), "geoname_id").number, 2643743);
    CHECK(ipfile_member(&f, ipfile_member(&f, r, "traits"), "is_anycast").kind == IPFILE_OTHER);
    CHECK(ipfile_member(&f, r, "no such").kind == IPFILE_ABSENT);
    CHECK(ipfile_member(&f, names, "e").kind == IPFILE_ABSENT);
    CHECK(ipfile_member(&f, ipfile_member(&f, names, "en"), "x").kind == IPFILE_ABSENT);
    CHECK(ipfile_element(&f, ipfile_member(&f, r, "subdivisions"), 2).kind == IPFILE_ABSENT);
    CHECK(!find(&f, "81.2.69.127", &r, network) && !find(&f, "::1", &r, network));
    REQUIRE(find(&f, "2001:db8:1:2::3", &r, network));
    CHECK_STR(str_of(network), STR("2001:db8:1::/48"));
    ipfile_close(&f);
}

static void test_families(void)
{
    struct ipfile f;
    struct ipfile_value r;
    char network[64];
    REQUIRE(ipfile_open(&f, DATA "flat4.mmdb", "/tmp", problem) == ERR_OK);
    CHECK(f.has_v4 && !f.has_v6);
    CHECK(find(&f, "84.128.255.1", &r, network) && !find(&f, "2a01:4f8::1", &r, network));
    CHECK_STR(str_of(network), STR("84.128.0.0/16"));
    CHECK(ipfile_member(&f, r, "latitude").number == (double)48.1374f);
    ipfile_close(&f);
    REQUIRE(ipfile_open(&f, DATA "flat6.mmdb", NULL, problem) == ERR_OK);
    CHECK(!f.has_v4 && f.has_v6);
    CHECK(!find(&f, "84.128.255.1", &r, network) && find(&f, "2a01:4f8::1", &r, network));
    ipfile_close(&f);
}

static void test_refused(void)
{
    struct ipfile f;
    CHECK(ipfile_open(&f, DATA "none.mmdb", NULL, problem) == ERR_IO);
    CHECK(strstr(problem, "none.mmdb: No such file"));
    CHECK(ipfile_open(&f, "tests", NULL, problem) == ERR_IO);
    CHECK(ipfile_open(&f, DATA "asn.csv", NULL, problem) == ERR_CORRUPT);
    CHECK(strstr(problem, "fetch it again"));
    CHECK(ipfile_open(&f, DATA "flat4.mmdb", "/no/such/folder", problem) == ERR_IO);
    CHECK(strstr(problem, "/no/such/folder"));
}

static bool visit(const struct ipfile *f, struct ipfile_value r, void *count)
{
    (void)f;
    ++*(unsigned *)count;
    return r.kind == IPFILE_MAP;
}

/* The bytes of a file as a file of its own. */
static const char *written(const char *bytes, size_t n)
{
    static char path[64];
    snprintf(path, sizeof path, "/tmp/test-ipfile-%d", (int)getpid());
    FILE *file = fopen(path, "wb");
    REQUIRE(file && fwrite(bytes, 1, n, file) == n && fclose(file) == 0);
    return path;
}

static size_t read_file(const char *path, char *bytes, size_t max)
{
    FILE *file = fopen(path, "rb");
    REQUIRE(file);
    size_t n = fread(bytes, 1, max, file);
    fclose(file);
    return n;
}

/* Whatever a damaged file says, we stay inside of it and come to an end. Returns whether it opened. */
static bool survives(const char *bytes, size_t n)
{
    static const char *const keys[] = { "country_code", "city", "latitude", "location", "country",
                                        "subdivisions", "autonomous_system_number" };
    static const char *const ips[] = { "84.128.0.1", "73.1.2.3", "81.2.69.160", "2a01:4f8::1",
                                       "192.0.2.1", "2001:db8:1::1", "0.0.0.0", "::" };
    struct ipfile f;
    unsigned count = 0;
    if (ipfile_open(&f, written(bytes, n), NULL, problem)) return false;
    ipfile_sample(&f, 50, visit, &count);
    for (size_t i = 0; i < COUNT_OF(ips); i++) {
        struct address a = address(ips[i]);
        struct ipfile_value r, v;
        if (!ipfile_find(&f, &a, &r, NULL)) continue;
        for (size_t k = 0; k < COUNT_OF(keys); k++) {
            v = ipfile_member(&f, r, keys[k]);
            if (v.kind == IPFILE_TEXT) (void)str_hash(v.text, 0); /* reads all of it */
            ipfile_member(&f, ipfile_element(&f, v, 1), "names");
            ipfile_member(&f, ipfile_member(&f, v, "names"), "en");
        }
    }
    ipfile_close(&f);
    return true;
}

static void test_damaged(void)
{
    static const char *const names[] = { DATA "flat4.mmdb", DATA "flat6.mmdb", DATA "nested.mmdb",
                                         DATA "asn.mmdb" };
    static char bytes[16 * 1024], bad[16 * 1024];
    unsigned opened = 0;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        size_t n = read_file(names[i], bytes, sizeof bytes);
        CHECK(survives(bytes, n));
        for (size_t at = 0; at < n; at += 7) {
            memcpy(bad, bytes, n);
            bad[at] = (char)(bad[at] ^ (1 << at % 8));
            opened += survives(bad, n);
            bad[at] = (char)0xff;
            opened += survives(bad, n);
        }
        for (size_t cut = 1; cut < n; cut += n / 40) CHECK(!survives(bytes, n - cut));
    }
    CHECK(opened > 100);
    unlink(written("", 0));
}

/* Opening copies: whoever cuts the original off does no harm. */
static void test_original_may_shrink(void)
{
    static char bytes[16 * 1024];
    size_t n = read_file(DATA "flat4.mmdb", bytes, sizeof bytes);
    const char *path = written(bytes, n);
    struct ipfile f;
    struct ipfile_value r;
    char network[64];
    REQUIRE(ipfile_open(&f, path, "/tmp", problem) == ERR_OK);
    REQUIRE(truncate(path, 0) == 0);
    CHECK(find(&f, "84.128.0.1", &r, network));
    CHECK_STR(ipfile_member(&f, r, "city").text, STR("Munich"));
    ipfile_close(&f);
    unlink(path);
}

static void test_sample(void)
{
    struct ipfile f;
    unsigned count = 0;
    REQUIRE(ipfile_open(&f, DATA "flat4.mmdb", NULL, problem) == ERR_OK);
    CHECK(ipfile_sample(&f, 100, visit, &count));
    CHECK_INT(count, 100);
    ipfile_close(&f);
}

int main(void)
{
    RUN(test_nested_record);
    RUN(test_families);
    RUN(test_refused);
    RUN(test_damaged);
    RUN(test_original_may_shrink);
    RUN(test_sample);
    return test_end();
}
