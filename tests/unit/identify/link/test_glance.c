/* What a glance keeps of a visitor, and that it loses nobody who would have been found. */
#include "identify/link/search.h"
#include "tests/unit/identify/link/looks.h"

static void test_absent(void)
{
    CHECK(glance_tag(0) == 0 && glance_net(0) == 0);
    for (uint32_t v = 1; v < 100000; v++) REQUIRE(glance_tag(v) != 0 && glance_net(v << 12 | 1) != 0);
}

/* Small numbers and hashes alike: about one pair in 255 shares a tag. */
static void test_tags_differ(void)
{
    unsigned same = 0;
    CHECK(glance_tag(1) != glance_tag(2));
    for (uint32_t i = 0; i < 20000; i++) same += glance_tag(mixed(i, 1, 1u << 31)) == glance_tag(mixed(i, 2, 1u << 31));
    CHECK(same > 20 && same < 200);
}

static void test_follows_the_visitor(void)
{
    struct population *p = population_of(5);
    struct look k = look_made(3);
    uint8_t was = population_glance(p, 3)->tag[TRAIT_gpu];
    CHECK(population_glance(p, 3)->class == k.class && population_glance(p, 3)->major == 156);
    CHECK(was == glance_tag(k.value[TRAIT_gpu]) && population_glance(p, 3)->tag[TRAIT_scheme] == 0);
    k.value[TRAIT_gpu] = 12345;
    k.version[0] = VERSION(157, 0);
    k.net[NET_NEAR] = 0xabcd1234;
    come_again(p, 3, &k, START_MS + 21 * DAY_MS);
    const struct glance *g = population_glance(p, 3);
    CHECK(g->tag[TRAIT_gpu] == glance_tag(12345) && g->tag[TRAIT_gpu] != was && g->major == 157);
    CHECK(g->net[0][NET_NEAR] == glance_net(0xabcd1234));
    CHECK(g->net[1][NET_NEAR] == glance_net(look_made(3).net[NET_NEAR]));
    population_forget(p, 3);
    CHECK(population_glance(p, 3)->class == 0);
    population_free(p);
}

/* The visitor that fits best when each is compared in full. */
static uint32_t best_of_all(const struct query *q)
{
    uint32_t best = NOBODY;
    float most = -1000;
    for (uint32_t v = 0; v < q->population->count; v++) {
        struct comparison c;
        compare(&c, q, population_at(q->population, v));
        if (c.common + c.private_part <= most) continue;
        most = c.common + c.private_part;
        best = v;
    }
    return best;
}

/* Three traits changed, another network: whoever is found is the best of all, and few were compared for it. */
static void test_loses_nobody(void)
{
    struct population *p = population_of(3000);
    static struct query q;
    unsigned found = 0, compared = 0, right = 0;
    for (uint32_t m = 0; m < 300; m++) {
        struct look k = look_made(m), other = look_made(m + 70000);
        struct finding f;
        for (unsigned i = 0; i < 3; i++) {
            uint32_t t = mixed(m, i, GLANCE_TRAITS) - 1;
            if (!trait_is_telling((enum trait)t) && t != TRAIT_user) k.value[t] = other.value[t];
        }
        memcpy(k.net, other.net, sizeof k.net);
        query_init(&q, p, &k, START_MS + 21 * DAY_MS);
        query_weigh(&q);
        search(&f, &q, NOBODY);
        found += f.found;
        compared += f.candidates;
        right += f.found && f.best == best_of_all(&q);
    }
    CHECK(found > 250 && right == found);
    CHECK(compared < 300 * 8);
    population_free(p);
}

/* Versions only go up: a visitor with a newer one is no candidate, and is looked at to say just that. */
static void test_newer_version(void)
{
    struct population *p = population_of(300);
    struct look k = look_made(7);
    k.version[0] = VERSION(150, 0);
    static struct query q;
    struct finding f;
    query_init(&q, p, &k, START_MS + 21 * DAY_MS);
    query_weigh(&q);
    search(&f, &q, NOBODY);
    CHECK(!f.found && f.share == 0 && f.newcomer == 1);
    CHECK(f.best == 7 && f.second == NOBODY && f.candidates == 1);
    CHECK_INT(f.evidence.traits.outcome[TRAIT_browser], OUTCOME_BACK);
    population_free(p);
}

int main(void)
{
    RUN(test_absent);
    RUN(test_tags_differ);
    RUN(test_follows_the_visitor);
    RUN(test_loses_nobody);
    RUN(test_newer_version);
    return test_end();
}
