/* The files in use: order, change while they are read, refusal of what is worse than before. */
#include "base/log.h"
#include "identify/enrich/geo_data.h"
#include "tests/unit/test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#define DATA "tests/data/geo/"

static struct arena arena;
static char dir[] = "/tmp/test-geo-data-XXXXXX";

static char *path(const char *name)
{
    char *out = malloc(128);
    snprintf(out, 128, "%s/%s", dir, name);
    return out;
}

static size_t read_bytes(const char *from, char *bytes, size_t max)
{
    FILE *file = fopen(from, "rb");
    REQUIRE(file);
    size_t n = fread(bytes, 1, max, file);
    fclose(file);
    return n;
}

/* Writes into the file, as cp does: the same inode, shorter for a moment. */
static void write_bytes(const char *to, const char *bytes, size_t n)
{
    FILE *file = fopen(to, "wb");
    REQUIRE(file && fwrite(bytes, 1, n, file) == n && fclose(file) == 0);
}

static void copy(const char *from, const char *to)
{
    static char bytes[64 * 1024];
    write_bytes(to, bytes, read_bytes(from, bytes, sizeof bytes));
}

static struct geo_facts facts_of(struct geo_data *data, const char *ip)
{
    struct geo_facts facts;
    struct address a;
    REQUIRE(address_parse(&a, str_of(ip)));
    geo_data_find(data, &a, &arena, &facts);
    return facts;
}

static void look_twice(struct geo_data *data)
{
    geo_data_look(data);
    geo_data_look(data);
}

static void test_no_data(void)
{
    struct geo_status status;
    CHECK(!facts_of(NULL, "84.128.0.1").has_place);
    geo_data_status(NULL, &status);
    CHECK(!status.has_city && !status.has_asn && !status.attribution[0]);
    geo_data_close(NULL);
}

static void test_order(void)
{
    const char *city[] = { DATA "flat4.mmdb", DATA "flat6.mmdb", DATA "nested.mmdb",
                           DATA "country.mmdb" };
    const char *asn[] = { DATA "asn.mmdb", DATA "asn.csv" };
    struct geo_files files = { city, 4, asn, 2, false, NULL };
    struct geo_data *data;
    struct geo_status status;
    REQUIRE(geo_data_open(&data, &files) == ERR_OK);
    CHECK_STR(facts_of(data, "81.2.69.160").place.city, STR("Paris"));     /* the first one */
    CHECK_STR(facts_of(data, "2001:db8:1::1").place.city, STR("Vienna"));
    CHECK_STR(facts_of(data, "192.0.2.1").place.country, STR("NL"));       /* the first: empty */
    CHECK_STR(facts_of(data, "2001:db8:9::1").place.country, STR("BR"));
    struct geo_facts f = facts_of(data, "84.128.0.1");
    CHECK(f.has_place && f.has_asn && f.asn.number == 3320);
    CHECK_STR(str_of(asn_kind_name(f.asn.kind)), STR("isp"));
    f = facts_of(data, "1.0.0.1");
    CHECK(!f.has_place && f.asn.number == 13335);
    CHECK(!facts_of(data, "198.51.100.1").has_asn); /* number 0 in both */
    geo_data_status(data, &status);
    CHECK(status.has_city && status.has_asn);
    CHECK_INT(status.city_built_s, 1780666922);
    CHECK_STR(str_of(status.attribution_link[1]), STR("https://www.maxmind.com"));
    CHECK(!status.attribution[0]);
    geo_data_close(data);
}

/* What goes into the event. */
static void test_event(void)
{
    const char *city[] = { DATA "nested.mmdb" }, *asn[] = { DATA "asn.csv" };
    struct geo_files files = { city, 1, asn, 1, true, NULL };
    struct geo_data *data;
    struct event ev = { .id = { 0, 0 } };
    REQUIRE(geo_data_open(&data, &files) == ERR_OK);
    struct geo_facts f = facts_of(data, "2a01:4f8::1");
    geo_put_facts(&ev, &f, &arena);
    CHECK(!event_has(&ev, EVENT_geo_country) && !event_has(&ev, EVENT_geo_latitude));
    CHECK_STR(ev.asn_network, STR("2a01:4f8::/29"));
    f = facts_of(data, "81.2.69.160");
    geo_put_facts(&ev, &f, &arena);
    CHECK_STR(ev.geo_region_code, STR("ENG"));
    CHECK_INT(ev.geo_radius_km, 10);
    geo_data_close(data);
}

static void test_refused_at_start(void)
{
    static const struct { const char *city, *asn; } cases[] = {
        { DATA "asn.mmdb", NULL }, { NULL, DATA "flat4.mmdb" }, { DATA "none.mmdb", NULL },
        { DATA "asn.csv", NULL }, { NULL, DATA "make.mjs" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct geo_files files = { &cases[i].city, cases[i].city != NULL, &cases[i].asn,
                                   cases[i].asn != NULL, true, NULL };
        struct geo_data *data;
        CHECK(geo_data_open(&data, &files) == ERR_USAGE);
    }
}

struct rig {
    char *city, *asn;
    struct geo_data *data;
};

static struct rig rig_open(void)
{
    struct rig r = { path("city.mmdb"), path("asn.csv"), NULL };
    copy(DATA "flat4.mmdb", r.city);
    copy(DATA "asn.csv", r.asn);
    struct geo_files files = { (const char *const *)&r.city, 1, (const char *const *)&r.asn, 1,
                               true, dir };
    REQUIRE(geo_data_open(&r.data, &files) == ERR_OK);
    return r;
}

static void rig_close(struct rig *r)
{
    geo_data_close(r->data);
    unlink(r->city), unlink(r->asn);
    free(r->city), free(r->asn);
}

static void test_reload(void)
{
    struct rig r = rig_open();
    struct geo_status status;
    CHECK_STR(facts_of(r.data, "81.2.69.160").place.city, STR("Paris"));
    copy(DATA "nested.mmdb", r.city);
    geo_data_look(r.data); /* it may still be growing */
    CHECK_STR(facts_of(r.data, "81.2.69.160").place.city, STR("Paris"));
    geo_data_look(r.data);
    CHECK_STR(facts_of(r.data, "81.2.69.160").place.city, STR("London"));

    FILE *file = fopen(r.asn, "a");
    REQUIRE(file && fputs("203.0.113.0,203.0.113.9,64501,New\n", file) >= 0 && fclose(file) == 0);
    look_twice(r.data);
    CHECK_INT(facts_of(r.data, "203.0.113.5").asn.number, 64501);
    geo_data_status(r.data, &status);
    CHECK(status.has_city && status.has_asn && status.asn_built_s > 1780666922);
    rig_close(&r);
}

/* Damaged, cut off, of the other kind, of the other family, gone: the old data stays. */
static void test_refused_at_reload(void)
{
    static char bytes[64 * 1024];
    struct rig r = rig_open();
    size_t n = read_bytes(DATA "flat4.mmdb", bytes, sizeof bytes);
    const char *swapped[] = { DATA "asn.mmdb", DATA "flat6.mmdb", DATA "asn.csv" };
    for (size_t i = 0; i < COUNT_OF(swapped); i++) {
        copy(swapped[i], r.city);
        look_twice(r.data);
        CHECK_STR(facts_of(r.data, "84.128.0.1").place.city, STR("Munich"));
    }
    for (size_t cut = 0; cut < n; cut += 100) {
        write_bytes(r.city, bytes, cut);
        look_twice(r.data);
        CHECK_STR(facts_of(r.data, "84.128.0.1").place.city, STR("Munich"));
    }
    memset(bytes + 60, 0xff, 40); /* the tree */
    write_bytes(r.city, bytes, n);
    look_twice(r.data);
    CHECK_STR(facts_of(r.data, "84.128.0.1").place.city, STR("Munich"));
    unlink(r.city);
    look_twice(r.data);
    CHECK_STR(facts_of(r.data, "84.128.0.1").place.city, STR("Munich"));

    copy(DATA "flat4.mmdb", r.asn); /* not CSV */
    look_twice(r.data);
    write_bytes(r.asn, "1.0.0.0,1.0.0.255,1,a\n", 22); /* whole, but a small part of what it was */
    look_twice(r.data);
    CHECK_INT(facts_of(r.data, "84.128.0.1").asn.number, 3320);
    rig_close(&r);
}

static struct geo_data *shared;
static _Atomic bool done;
static _Atomic unsigned wrong, asked;

static void *ask(void *seed)
{
    struct arena mine;
    arena_init(&mine, 1 << 20);
    while (!atomic_load(&done)) {
        struct geo_facts facts;
        struct address a;
        address_parse(&a, STR("84.128.0.1"));
        geo_data_find(shared, &a, &mine, &facts);
        bool right = facts.has_place && (str_eq(facts.place.city, STR("Munich")) ||
                                         str_eq(facts.place.city, STR("Berlin")));
        if (!right || facts.asn.number != 3320) atomic_fetch_add(&wrong, 1);
        atomic_fetch_add(&asked, 1);
        arena_reset(&mine);
    }
    arena_free(&mine);
    return seed;
}

/* Files change all the time while four threads ask: every answer is the old or the new one. */
static void test_reload_under_load(void)
{
    static char bytes[64 * 1024];
    struct rig r = rig_open();
    pthread_t threads[4];
    size_t n = read_bytes(DATA "flat4.mmdb", bytes, sizeof bytes);
    char *munich = memmem(bytes, n, "Munich", 6);
    REQUIRE(munich);
    shared = r.data;
    for (size_t i = 0; i < COUNT_OF(threads); i++) pthread_create(&threads[i], NULL, ask, NULL);
    while (atomic_load(&asked) < 100) sched_yield();
    for (int i = 0; i < 40; i++) {
        memcpy(munich, i % 2 ? "Munich" : "Berlin", 6);
        write_bytes(r.city, bytes, n);
        look_twice(r.data);
        CHECK_STR(facts_of(r.data, "84.128.0.1").place.city, i % 2 ? STR("Munich") : STR("Berlin"));
        copy(i % 2 ? DATA "flat6.mmdb" : DATA "make.mjs", r.city); /* refused */
        look_twice(r.data);
    }
    atomic_store(&done, true);
    for (size_t i = 0; i < COUNT_OF(threads); i++) pthread_join(threads[i], NULL);
    CHECK_INT(wrong, 0);
    rig_close(&r);
}

int main(void)
{
    arena_init(&arena, 1 << 20);
    log_set_level((enum log_level)-1); /* the refusals are what is tested */
    REQUIRE(mkdtemp(dir));
    RUN(test_no_data);
    RUN(test_order);
    RUN(test_event);
    RUN(test_refused_at_start);
    RUN(test_reload);
    RUN(test_refused_at_reload);
    RUN(test_reload_under_load);
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", dir);
    CHECK(system(command) == 0);
    arena_free(&arena);
    return test_end();
}
