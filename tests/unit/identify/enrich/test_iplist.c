/* The configured lists: names, what an event learns from them, and files that change under readers. */
#include "base/clock.h"
#include "base/log.h"
#include "identify/enrich/iplist.h"
#include "tests/unit/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/whorl-lists-XXXXXX";
static struct arena arena;

static const char *path_of(const char *name)
{
    return arena_format(&arena, "%s/%s", dir, name).p;
}

/* Written beside and renamed, as careful programs do. */
static void put_file(const char *name, const char *text)
{
    const char *part = path_of("part"), *path = path_of(name);
    FILE *file = fopen(part, "we");
    REQUIRE(file && fputs(text, file) >= 0 && fclose(file) == 0 && rename(part, path) == 0);
}

static struct iplist_spec spec(const char *kind_and_name, const char *file)
{
    struct iplist_spec s;
    const char *rest;
    char problem[IPLIST_PROBLEM_BYTES];
    const char *text = arena_format(&arena, "%s=%s", kind_and_name, path_of(file)).p;
    REQUIRE(iplist_spec_parse(&s, text, &rest, problem));
    s.path = rest;
    return s;
}

static void test_specs(void)
{
    struct iplist_spec s;
    const char *rest;
    char problem[IPLIST_PROBLEM_BYTES], name[IPLIST_NAME_BYTES_MAX + 1];
    CHECK(iplist_spec_parse(&s, "tor=/a=b", &rest, problem));
    CHECK(s.kind == IPLIST_TOR && !s.name[0] && strcmp(rest, "/a=b") == 0);
    CHECK(iplist_spec_parse(&s, "cloud:aws.eu-1=x", &rest, problem));
    CHECK(s.kind == IPLIST_CLOUD && strcmp(s.name, "aws.eu-1") == 0);
    static const char *const wrong[] = {
        "", "tor", "tor=", "=x", "vpns=x", "Tor=x", "vpn:=x", "vpn:a/b=x", "vpn:.a=x", "vpn:a b=x",
        "vpn:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=x",
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        problem[0] = 0;
        CHECK(!iplist_spec_parse(&s, wrong[i], &rest, problem));
        CHECK(problem[0]);
    }
    static const char *const names[][2] = {
        { "lists/aws-ipv4.txt", "aws" }, { "x4b-vpn-ipv6.txt", "x4b-vpn" }, { "a.b.json", "a.b" },
        { "/etc/exit list", "exit_list" }, { "firehol_level1.netset", "firehol_level1" },
        { ".hidden", "_hidden" }, { "ipv4.txt", "ipv4" },
    };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        iplist_name_from_path(name, names[i][0]);
        CHECK_STR(str_of(name), str_of(names[i][1]));
    }
}

static struct event facts(struct iplists *lists, const char *address, uint32_t asn)
{
    struct event ev = { .visits_count = 0 };
    struct address a;
    REQUIRE(address_parse(&a, str_of(address)));
    iplist_put_facts(&ev, lists, &a, asn, &arena);
    return ev;
}

#define BIT(kind) (1 << IPLIST_##kind)

static void test_facts(void)
{
    struct iplists *lists;
    put_file("tor", "185.220.101.1\n2a0b:f4c2::1\n");
    put_file("wide", "185.220.0.0/16\n");
    put_file("narrow", "185.220.101.0/24\n");
    put_file("vpn", "185.220.101.0/24\n");
    put_file("asn", "AS9009\n");
    put_file("bot", "66.249.64.0/19\n");
    struct iplist_spec specs[] = {
        spec("tor:exits", "tor"), spec("cloud:wide", "wide"), spec("cloud:narrow", "narrow"),
        spec("vpn:x4b", "vpn"), spec("vpn:asns", "asn"), spec("goodbot:google", "bot"),
    };
    REQUIRE(iplists_create(&lists, specs, COUNT_OF(specs)) == ERR_OK);
    struct event ev = facts(lists, "185.220.101.1", 9009);
    CHECK_INT(ev.lists_known, BIT(TOR) | BIT(CLOUD) | BIT(VPN) | BIT(GOODBOT));
    CHECK_INT(ev.lists_hit, BIT(TOR) | BIT(CLOUD) | BIT(VPN));
    CHECK_STR(ev.lists, STR("[{\"kind\":\"tor\",\"name\":\"exits\",\"network\":\"185.220.101.1/32\"},"
                            "{\"kind\":\"cloud\",\"name\":\"wide\",\"network\":\"185.220.0.0/16\"},"
                            "{\"kind\":\"cloud\",\"name\":\"narrow\",\"network\":\"185.220.101.0/24\"},"
                            "{\"kind\":\"vpn\",\"name\":\"x4b\",\"network\":\"185.220.101.0/24\"},"
                            "{\"kind\":\"vpn\",\"name\":\"asns\",\"asn\":9009}]"));
    CHECK_STR(ev.datacenter_name, STR("narrow"));
    CHECK(!event_has(&ev, EVENT_goodbot_provider));
    ev = facts(lists, "66.249.66.1", 0);
    CHECK_INT(ev.lists_hit, BIT(GOODBOT));
    CHECK_STR(ev.goodbot_provider, STR("google"));
    CHECK(!event_has(&ev, EVENT_datacenter_name));
    /* nothing hits: known, and no */
    ev = facts(lists, "73.0.0.1", 0);
    CHECK(event_has(&ev, EVENT_lists_hit) && ev.lists_hit == 0 && !event_has(&ev, EVENT_lists));
    /* of IPv6 only Tor is known; with an AS number VPN too */
    ev = facts(lists, "2a0b:f4c2::2", 0);
    CHECK_INT(ev.lists_known, BIT(TOR));
    ev = facts(lists, "2a0b:f4c2::1", 1);
    CHECK_INT(ev.lists_known, BIT(TOR) | BIT(VPN));
    CHECK_INT(ev.lists_hit, BIT(TOR));
    /* an address that cannot be a client's tells that we do not see clients */
    ev = facts(lists, "10.1.2.3", 9009);
    CHECK(!event_has(&ev, EVENT_lists_known));
    ev = facts(NULL, "185.220.101.1", 0);
    CHECK(!event_has(&ev, EVENT_lists_known));
    iplists_destroy(lists);
    REQUIRE(iplists_create(&lists, NULL, 0) == ERR_OK);
    ev = facts(lists, "185.220.101.1", 0);
    CHECK(!event_has(&ev, EVENT_lists_known));
    iplists_destroy(lists);
}

static struct iplist_info info_of(struct iplists *lists, size_t i)
{
    unsigned ticket;
    struct iplist_info info = iplists_enter(lists, &ticket)->info[i];
    iplists_leave(lists, ticket);
    return info;
}

static bool hits(struct iplists *lists, const char *address, int64_t kinds)
{
    struct event ev = facts(lists, address, 0);
    return event_has(&ev, EVENT_lists_hit) && ev.lists_hit == kinds;
}

static void test_reload(void)
{
    struct iplists *lists;
    put_file("a", "1.1.1.1\nAS77\n");
    put_file("b", "2.2.2.2\n");
    struct iplist_spec specs[] = { spec("tor:a", "a"), spec("vpn:b", "b"), spec("spam:none", "none") };
    REQUIRE(iplists_create(&lists, specs, COUNT_OF(specs)) == ERR_OK);
    CHECK(hits(lists, "1.1.1.1", BIT(TOR)) && hits(lists, "2.2.2.2", BIT(VPN)));
    CHECK(info_of(lists, 2).failed && !info_of(lists, 2).loaded);

    put_file("b", "2.2.2.3\n");
    iplists_check(lists); /* sees another file, which may still be written */
    CHECK(hits(lists, "2.2.2.2", BIT(VPN)));
    iplists_check(lists);
    CHECK(hits(lists, "2.2.2.2", 0) && hits(lists, "2.2.2.3", BIT(VPN)));
    CHECK(hits(lists, "1.1.1.1", BIT(TOR)));
    CHECK_INT(facts(lists, "9.9.9.9", 77).lists_hit, BIT(TOR));

    /* damaged in each of these ways: what was there before stays, also when another list changes */
    static const char *const damaged[] = { "", "<html>", "2.2.2.4\nwhat is this\n", "{\"prefixes\":[" };
    for (size_t i = 0; i < COUNT_OF(damaged); i++) {
        put_file("b", damaged[i]);
        put_file("a", i % 2 ? "1.1.1.1\n" : "1.1.1.2\n");
        iplists_check(lists);
        iplists_check(lists);
        CHECK(hits(lists, "2.2.2.3", BIT(VPN)) && hits(lists, "2.2.2.4", 0));
        CHECK(hits(lists, i % 2 ? "1.1.1.1" : "1.1.1.2", BIT(TOR)));
        CHECK(info_of(lists, 1).failed && info_of(lists, 1).loaded);
    }
    unlink(path_of("b"));
    iplists_check(lists);
    iplists_check(lists);
    CHECK(hits(lists, "2.2.2.3", BIT(VPN)));

    put_file("b", "2.2.2.5\n");
    put_file("none", "3.3.3.3\n");
    iplists_check(lists);
    iplists_check(lists);
    CHECK(hits(lists, "2.2.2.5", BIT(VPN)) && hits(lists, "3.3.3.3", BIT(SPAM)));
    CHECK(!info_of(lists, 1).failed && !info_of(lists, 2).failed);
    iplists_destroy(lists);
}

/* ---- readers while the files change ---- */

enum { READERS = 4, CHANGES = 200, STABLE = 500 };

static struct load {
    struct iplists *lists;
    atomic_bool stop;
    atomic_long looks, wrong;
} load;

/* Two lists change together, so every set must show the same generation in both; a third one never
 * changes. */
static void *read_on(void *context)
{
    struct address changing, stable;
    struct iplist_hit out[IPLISTS_MAX];
    (void)context;
    address_parse(&changing, STR("1.1.1.1"));
    address_parse(&stable, STR("7.7.7.7"));
    while (!atomic_load(&load.stop)) {
        unsigned ticket;
        const struct iplist_set *set = iplists_enter(load.lists, &ticket);
        size_t n = iplist_table_find(set->table, &changing, out);
        bool right = n == 2 && out[0].bits == out[1].bits && (out[0].bits == 32 || out[0].bits == 24);
        right = right && iplist_table_find(set->table, &stable, out) == 1 && out[0].list == 2;
        if (!right) atomic_fetch_add(&load.wrong, 1);
        atomic_fetch_add(&load.looks, 1);
        iplists_leave(load.lists, ticket);
    }
    return NULL;
}

static void test_reload_under_load(void)
{
    pthread_t readers[READERS];
    put_file("x", "1.1.1.1\n");
    put_file("y", "1.1.1.1\n");
    put_file("z", "7.7.0.0/16\n");
    struct iplist_spec specs[] = { spec("tor:x", "x"), spec("vpn:y", "y"), spec("spam:z", "z") };
    REQUIRE(iplists_create(&load.lists, specs, COUNT_OF(specs)) == ERR_OK);
    for (size_t i = 0; i < READERS; i++)
        REQUIRE(pthread_create(&readers[i], NULL, read_on, NULL) == 0);
    for (size_t i = 0; i < CHANGES; i++) {
        put_file("x", i % 2 ? "1.1.1.1\n" : "1.1.1.0/24\n");
        put_file("y", i % 2 ? "1.1.1.1\n" : "1.1.1.0/24\n");
        iplists_check(load.lists);
        iplists_check(load.lists);
    }
    atomic_store(&load.stop, true);
    for (size_t i = 0; i < READERS; i++) pthread_join(readers[i], NULL);
    CHECK_INT(atomic_load(&load.wrong), 0);
    CHECK(atomic_load(&load.looks) > CHANGES);
    iplists_destroy(load.lists);
}

/* The thread of iplists_start sees a change by itself. */
static void test_watches(void)
{
    struct iplists *lists;
    put_file("w", "1.1.1.1\n");
    struct iplist_spec specs[] = { spec("tor:w", "w") };
    REQUIRE(iplists_create(&lists, specs, 1) == ERR_OK);
    iplists_start(lists);
    put_file("w", "1.1.1.2\n");
    for (int i = 0; i < 300 && !hits(lists, "1.1.1.2", BIT(TOR)); i++) usleep(100 * 1000);
    CHECK(hits(lists, "1.1.1.2", BIT(TOR)));
    iplists_destroy(lists);
}

/* ---- real lists, where they are ---- */

static const char *samples(void)
{
    const char *set = getenv("WHORL_IP_LISTS");
    const char *path = set ? set : "../shared/data/ip-lists";
    return access(path, R_OK) == 0 ? path : NULL;
}

/* All files of one folder as lists of a kind. */
static void add_folder(struct iplist_spec *specs, size_t *count, const char *folder, const char *kind)
{
    const char *path = arena_format(&arena, "%s/%s", samples(), folder).p, *rest;
    char problem[IPLIST_PROBLEM_BYTES], name[IPLIST_NAME_BYTES_MAX + 1];
    DIR *d = opendir(path);
    REQUIRE(d);
    for (struct dirent *entry; (entry = readdir(d));) {
        if (entry->d_name[0] == '.' || strstr(entry->d_name, "sample")) continue;
        iplist_name_from_path(name, entry->d_name);
        const char *text = arena_format(&arena, "%s:%s=%s/%s", kind, name, path, entry->d_name).p;
        REQUIRE(iplist_spec_parse(&specs[*count], text, &rest, problem));
        specs[(*count)++].path = rest;
    }
    closedir(d);
}

static bool has_name(const struct event *ev, const char *name)
{
    return event_has(ev, EVENT_lists) &&
           str_has(ev->lists, arena_format(&arena, "\"name\":\"%s\"", name));
}

static void test_public_lists(void)
{
    static struct iplist_spec specs[IPLISTS_MAX];
    static const struct { const char *address; int64_t kinds; const char *names[3]; } rows[] = {
        { "8.8.8.8", BIT(DATACENTER), { "google", "x4b-datacenter" } },
        { "51.68.0.1", BIT(DATACENTER), { "x4b-datacenter" } },
        { "95.216.0.1", BIT(DATACENTER), { "x4b-datacenter" } },
        { "167.99.0.1", BIT(DATACENTER), { "x4b-datacenter", "digitalocean" } },
        { "3.5.140.2", BIT(DATACENTER), { "aws", "x4b-datacenter" } },
        { "52.94.76.1", BIT(DATACENTER), { "aws", "x4b-datacenter" } },
        { "185.220.101.1", BIT(TOR) | BIT(VPN) | BIT(DATACENTER) | BIT(ATTACK),
          { "tor-exits", "x4b-vpn", "ipsum-level3" } },
        { "171.25.193.25", BIT(TOR) | BIT(ATTACK), { "tor-exits", "ipsum-level3" } },
        { "193.32.249.66", BIT(VPN) | BIT(DATACENTER), { "mullvad", "x4b-vpn", "x4b-datacenter" } },
        { "66.249.66.1", BIT(GOODBOT) | BIT(DATACENTER), { "googlebot", "google", "x4b-datacenter" } },
        { "40.77.167.1", BIT(GOODBOT) | BIT(DATACENTER), { "bingbot", "microsoft", "x4b-datacenter" } },
        { "172.224.226.1", BIT(RELAY) | BIT(VPN) | BIT(DATACENTER), { "icloud-private-relay", "x4b-vpn" } },
        { "172.32.0.1", 0, { NULL } },   { "80.187.80.1", 0, { NULL } },
        { "84.128.0.1", 0, { NULL } },   { "73.0.0.1", 0, { NULL } },
        { "83.148.34.129", 0, { NULL } }, { "61.127.217.15", 0, { NULL } },
        { "140.82.112.3", 0, { NULL } }, { "9.9.9.9", 0, { NULL } }, { "1.1.1.1", 0, { NULL } },
    };
    struct iplists *lists;
    size_t count = 0;
    add_folder(specs, &count, "tor", "tor");
    add_folder(specs, &count, "vpn", "vpn");
    add_folder(specs, &count, "relay", "relay");
    add_folder(specs, &count, "proxy", "proxy");
    add_folder(specs, &count, "datacenter", "datacenter");
    add_folder(specs, &count, "attack", "attack");
    add_folder(specs, &count, "goodbots", "goodbot");
    REQUIRE(iplists_create(&lists, specs, count) == ERR_OK);
    for (size_t i = 0; i < count; i++) CHECK(info_of(lists, i).loaded);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct event ev = facts(lists, rows[i].address, 0);
        CHECK_INT(ev.lists_hit, rows[i].kinds);
        for (size_t k = 0; k < 3 && rows[i].names[k]; k++) CHECK(has_name(&ev, rows[i].names[k]));
    }
    CHECK_INT(facts(lists, "73.0.0.1", 9009).lists_hit, BIT(VPN) | BIT(DATACENTER));
    unsigned ticket;
    const struct iplist_set *set = iplists_enter(lists, &ticket);
    printf("# %zu lists, %zu bytes\n", count, set->bytes);
    iplists_leave(lists, ticket);
    iplists_destroy(lists);
}

int main(void)
{
    arena_init(&arena, 64 * 1024 * 1024);
    log_set_level(LOG_ERROR);
    REQUIRE(freopen("/dev/null", "w", stderr)); /* refused files are logged, here on purpose */
    REQUIRE(mkdtemp(dir));
    RUN(test_specs);
    RUN(test_facts);
    RUN(test_reload);
    RUN(test_reload_under_load);
    RUN(test_watches);
    if (samples()) RUN(test_public_lists);
    else printf("# public lists are not here: test_public_lists did not run\n");
    const char *clean[] = { "tor", "wide", "narrow", "vpn", "asn", "bot", "a", "b", "none", "x", "y", "z", "w" };
    for (size_t i = 0; i < COUNT_OF(clean); i++) unlink(path_of(clean[i]));
    rmdir(dir);
    arena_free(&arena);
    return test_end();
}
