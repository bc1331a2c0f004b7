/* The table against a scan over all networks, and the shapes that are easy to get wrong. */
#include "identify/enrich/iplist_table.h"

#include "bench/rng.h"
#include "tests/unit/test.h"

static struct iplist_table *table_of(struct iplist_builder *b)
{
    struct iplist_table *t;
    REQUIRE(iplist_table_build(&t, b) == ERR_OK);
    return t;
}

static struct network network(const char *text)
{
    struct network n;
    REQUIRE(network_parse(&n, str_of(text)));
    return n;
}

static void add(struct iplist_builder *b, unsigned list, const char *text)
{
    struct network n = network(text);
    iplist_add(b, list, &n);
}

/* The hits as "list/bits list/bits". */
static struct str hits_of(const struct iplist_table *t, const char *text)
{
    static char out[4096];
    struct address a;
    struct iplist_hit hits[IPLISTS_MAX];
    size_t n = 0;
    REQUIRE(address_parse(&a, str_of(text)));
    size_t count = iplist_table_find(t, &a, hits);
    out[0] = 0;
    for (size_t i = 0; i < count; i++)
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%u/%u", i ? " " : "",
                              (unsigned)hits[i].list, (unsigned)hits[i].bits);
    return (struct str){ out, n };
}

static void test_empty(void)
{
    struct iplist_builder b = { 0 };
    struct iplist_hit hits[IPLISTS_MAX];
    struct iplist_table *t = table_of(&b);
    CHECK_STR(hits_of(t, "1.2.3.4"), STR(""));
    CHECK_STR(hits_of(t, "2001:db8::1"), STR(""));
    CHECK_INT(iplist_table_find_asn(t, 1, hits), 0);
    iplist_table_destroy(t);
}

static void test_overlaps_v4(void)
{
    struct iplist_builder b = { 0 };
    add(&b, 2, "10.0.0.0/8");
    add(&b, 1, "10.1.0.0/16");
    add(&b, 2, "10.1.2.0/24");
    add(&b, 0, "10.1.2.3/32");
    add(&b, 0, "10.1.2.3/32"); /* twice */
    add(&b, 5, "10.1.255.255/32"); /* at the end of its parents */
    add(&b, 7, "10.255.255.255/32");
    add(&b, 3, "255.255.255.255/32");
    add(&b, 3, "0.0.0.0/32");
    add(&b, 4, "128.0.0.0/1");
    add(&b, 6, "64.5.5.5/8"); /* bits behind the network count for nothing */
    struct iplist_table *t = table_of(&b);
    CHECK_STR(hits_of(t, "10.0.0.0"), STR("2/8"));
    CHECK_STR(hits_of(t, "10.0.255.255"), STR("2/8"));
    CHECK_STR(hits_of(t, "10.1.0.0"), STR("1/16 2/8"));
    CHECK_STR(hits_of(t, "10.1.2.2"), STR("1/16 2/24"));
    CHECK_STR(hits_of(t, "10.1.2.3"), STR("0/32 1/16 2/24"));
    CHECK_STR(hits_of(t, "10.1.2.4"), STR("1/16 2/24"));
    CHECK_STR(hits_of(t, "10.1.3.0"), STR("1/16 2/8"));
    CHECK_STR(hits_of(t, "10.1.255.255"), STR("1/16 2/8 5/32"));
    CHECK_STR(hits_of(t, "10.2.0.0"), STR("2/8"));
    CHECK_STR(hits_of(t, "10.255.255.255"), STR("2/8 7/32"));
    CHECK_STR(hits_of(t, "11.0.0.0"), STR(""));
    CHECK_STR(hits_of(t, "9.255.255.255"), STR(""));
    CHECK_STR(hits_of(t, "0.0.0.0"), STR("3/32"));
    CHECK_STR(hits_of(t, "0.0.0.1"), STR(""));
    CHECK_STR(hits_of(t, "127.255.255.255"), STR(""));
    CHECK_STR(hits_of(t, "128.0.0.0"), STR("4/1"));
    CHECK_STR(hits_of(t, "255.255.255.254"), STR("4/1"));
    CHECK_STR(hits_of(t, "255.255.255.255"), STR("3/32 4/1"));
    CHECK_STR(hits_of(t, "64.0.0.0"), STR("6/8"));
    CHECK_STR(hits_of(t, "64.255.255.255"), STR("6/8"));
    iplist_table_destroy(t);
}

static void test_overlaps_v6(void)
{
    struct iplist_builder b = { 0 };
    add(&b, 0, "2001:db8::/32");
    add(&b, 1, "2001:db8:0:1::/64");
    add(&b, 2, "2001:db8:0:1::/128"); /* the first address of its parent */
    add(&b, 3, "2001:db8:0:1:8000::/65");
    add(&b, 4, "2001:db8:0:1:ffff:ffff:ffff:ffff");
    add(&b, 5, "2001:db8:0:2::7");
    add(&b, 6, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    add(&b, 7, "2001:db9::/65"); /* two halves of a /64, no /64 */
    add(&b, 8, "2001:db9:0:0:8000::/65");
    struct iplist_table *t = table_of(&b);
    CHECK_STR(hits_of(t, "2001:db8::"), STR("0/32"));
    CHECK_STR(hits_of(t, "2001:db8:0:1::"), STR("0/32 1/64 2/128"));
    CHECK_STR(hits_of(t, "2001:db8:0:1::1"), STR("0/32 1/64"));
    CHECK_STR(hits_of(t, "2001:db8:0:1:8000::"), STR("0/32 1/64 3/65"));
    CHECK_STR(hits_of(t, "2001:db8:0:1:ffff:ffff:ffff:ffff"), STR("0/32 1/64 3/65 4/128"));
    CHECK_STR(hits_of(t, "2001:db8:0:2::"), STR("0/32"));
    CHECK_STR(hits_of(t, "2001:db8:0:2::7"), STR("0/32 5/128"));
    CHECK_STR(hits_of(t, "2001:db8:0:2::8"), STR("0/32"));
    CHECK_STR(hits_of(t, "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"), STR("0/32"));
    CHECK_STR(hits_of(t, "2001:db9::1"), STR("7/65"));
    CHECK_STR(hits_of(t, "2001:db9:0:0:8000::1"), STR("8/65"));
    CHECK_STR(hits_of(t, "2001:db9:0:1::"), STR(""));
    CHECK_STR(hits_of(t, "::1"), STR(""));
    CHECK_STR(hits_of(t, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), STR("6/128"));
    CHECK_STR(hits_of(t, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"), STR(""));
    iplist_table_destroy(t);
}

static void test_asn(void)
{
    struct iplist_builder b = { 0 };
    struct iplist_hit hits[IPLISTS_MAX];
    iplist_add_asn(&b, 9, 9009);
    iplist_add_asn(&b, 2, 9009);
    iplist_add_asn(&b, 2, 9009);
    iplist_add_asn(&b, 2, UINT32_MAX);
    struct iplist_table *t = table_of(&b);
    CHECK_INT(iplist_table_find_asn(t, 9009, hits), 2);
    CHECK(hits[0].list == 2 && hits[1].list == 9);
    CHECK_INT(iplist_table_find_asn(t, UINT32_MAX, hits), 1);
    CHECK_INT(iplist_table_find_asn(t, 9008, hits), 0);
    CHECK_INT(iplist_table_find_asn(t, 0, hits), 0);
    iplist_table_destroy(t);
}

static void test_twice_and_inside(void)
{
    struct iplist_builder b = { 0 };
    size_t twice, inside;
    add(&b, 0, "10.0.0.0/8");
    add(&b, 0, "10.0.0.0/8");
    add(&b, 0, "10.1.0.0/16");
    add(&b, 0, "10.1.0.0/16");
    add(&b, 0, "10.2.0.0/16");
    add(&b, 1, "10.0.0.0/8"); /* another list's */
    add(&b, 0, "2001:db8::/32");
    add(&b, 0, "2001:db8::1");
    iplist_add_asn(&b, 0, 1);
    iplist_add_asn(&b, 0, 1);
    iplist_builder_overlaps(&b, &twice, &inside);
    CHECK_INT(twice, 3);
    CHECK_INT(inside, 3);
    struct iplist_mark mark = iplist_builder_mark(&b);
    add(&b, 0, "1.1.1.1");
    iplist_builder_cut(&b, mark);
    CHECK_INT(iplist_builder_count(&b), 10);
    iplist_builder_free(&b);
}

/* ---- random networks, crowded so that they overlap ---- */

enum { NETWORKS = 1000, LISTS = 40 };

struct entry {
    struct network network;
    unsigned list;
};

static struct rng rng;

static uint32_t below(uint32_t n)
{
    return rng_below(&rng, n);
}

/* Few different bytes, so that networks nest and touch. */
static struct address random_address(bool v4)
{
    static const uint8_t values[] = { 0, 1, 2, 127, 128, 254, 255 };
    struct address a = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff } };
    for (size_t i = v4 ? 12 : 0; i < 16; i++) a.byte[i] = values[below(COUNT_OF(values))];
    if (!v4)
        for (size_t i = 1; i < 6; i++) a.byte[i] = 0;
    return a;
}

static bool holds(const struct network *n, const struct address *a)
{
    for (unsigned bit = 0; bit < n->bits; bit++)
        if ((n->base.byte[bit / 8] ^ a->byte[bit / 8]) >> (7 - bit % 8) & 1) return false;
    return true;
}

static size_t scan(const struct entry *e, const struct address *a, struct iplist_hit *out)
{
    int best[LISTS];
    size_t n = 0;
    bool v4 = memcmp(a, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0;
    memset(best, 0xff, sizeof best);
    for (size_t i = 0; i < NETWORKS; i++) {
        int bits = e[i].network.bits - (v4 ? 96 : 0);
        if (bits > best[e[i].list] && holds(&e[i].network, a)) best[e[i].list] = bits;
    }
    for (unsigned i = 0; i < LISTS; i++)
        if (best[i] >= 0) out[n++] = (struct iplist_hit){ (uint16_t)i, (uint8_t)best[i] };
    return n;
}

static bool same(const struct iplist_hit *a, size_t a_count, const struct iplist_hit *b,
                 size_t b_count)
{
    if (a_count != b_count) return false;
    for (size_t i = 0; i < a_count; i++)
        if (a[i].list != b[i].list || a[i].bits != b[i].bits) return false;
    return true;
}

static struct entry entries[NETWORKS];

static void fill(struct iplist_builder *b, bool wide)
{
    for (size_t i = 0; i < NETWORKS; i++) {
        bool v4 = below(2);
        struct entry *e = &entries[i];
        e->network.base = random_address(v4);
        /* wide ones in a few rounds only: they would hold nearly everything */
        e->network.bits = (uint8_t)(v4 ? 112 + below(17) : 40 + below(89));
        if (wide && below(100) == 0) e->network.bits = (uint8_t)(v4 ? 97 + below(16) : below(40));
        if (below(3) == 0) e->network.bits = (uint8_t)(v4 ? 128 : 56 + below(16));
        e->list = below(LISTS);
        iplist_add(b, e->list, &e->network);
    }
}

static size_t missed; /* look-ups that no list held */

static size_t differences(const struct iplist_table *t, size_t looks)
{
    struct iplist_hit want[IPLISTS_MAX], got[IPLISTS_MAX];
    size_t wrong = 0, hit = 0;
    for (size_t i = 0; i < looks; i++) {
        struct address a = random_address(below(2));
        for (size_t k = 12 + below(8); k < 16; k++) a.byte[k] = (uint8_t)below(256);
        size_t want_count = scan(entries, &a, want), n = iplist_table_find(t, &a, got);
        wrong += !same(want, want_count, got, n);
        hit += want_count > 0;
    }
    CHECK(hit > looks / 10); /* else it would compare nothing with nothing */
    missed += looks - hit;
    return wrong;
}

static void test_random_against_scan(void)
{
    for (unsigned round = 0; round < 20; round++) {
        struct iplist_builder b = { 0 };
        rng = (struct rng){ round + 1 };
        fill(&b, round % 4 == 0);
        struct iplist_table *t = table_of(&b);
        CHECK_INT(differences(t, 10000), 0);
        iplist_table_destroy(t);
    }
    CHECK(missed > 10000);
}

/* What is copied out of a table gives the same answers in the next one. */
static void test_copy_keeps_answers(void)
{
    struct iplist_builder b = { 0 }, again = { 0 };
    struct iplist_hit hits[IPLISTS_MAX];
    rng = (struct rng){ 77 };
    fill(&b, true);
    iplist_add_asn(&b, 3, 64500);
    struct iplist_table *t = table_of(&b);
    for (unsigned i = 0; i < LISTS; i++) iplist_table_copy(t, i, &again, i);
    iplist_table_destroy(t);
    t = table_of(&again);
    CHECK_INT(differences(t, 10000), 0);
    CHECK_INT(iplist_table_find_asn(t, 64500, hits), 1);
    iplist_table_destroy(t);
}

/* More different sets than two bytes can number. */
static void test_many_sets(void)
{
    struct iplist_builder b = { 0 };
    struct iplist_hit hits[IPLISTS_MAX];
    enum { SETS = 70000 };
    for (uint32_t i = 1; i <= SETS; i++) {
        struct network n = { .bits = 128 };
        memcpy(n.base.byte, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
        n.base.byte[12] = 9;
        for (unsigned k = 0; k < 3; k++) n.base.byte[15 - k] = (uint8_t)(i >> 8 * k);
        for (unsigned k = 0; k < 17; k++)
            if (i >> k & 1) iplist_add(&b, k, &n);
    }
    struct iplist_table *t = table_of(&b);
    size_t wrong = 0;
    for (uint32_t i = 1; i <= SETS; i++) {
        struct address a = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 9 } };
        for (unsigned k = 0; k < 3; k++) a.byte[15 - k] = (uint8_t)(i >> 8 * k);
        size_t count = iplist_table_find(t, &a, hits);
        uint32_t seen = 0;
        for (size_t k = 0; k < count; k++) seen |= 1u << hits[k].list;
        wrong += seen != i;
    }
    CHECK_INT(wrong, 0);
    iplist_table_destroy(t);
}

int main(void)
{
    RUN(test_empty);
    RUN(test_overlaps_v4);
    RUN(test_overlaps_v6);
    RUN(test_asn);
    RUN(test_twice_and_inside);
    RUN(test_random_against_scan);
    RUN(test_copy_keeps_answers);
    RUN(test_many_sets);
    return test_end();
}
