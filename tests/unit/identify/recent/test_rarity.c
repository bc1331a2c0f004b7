/* How unusual a device is: nothing is said of a small crowd, and percentiles are those of the crowd. */
#include "identify/recent/rarity.h"
#include "tests/unit/identify/crowd.h"

static struct look device(uint32_t gpu)
{
    struct look k = { .family = 1 };
    k.value[TRAIT_gpu] = gpu, k.value[TRAIT_screen] = 7;
    return k;
}

static void come(struct rarity *r, uint32_t gpu, unsigned times)
{
    struct look k = device(gpu);
    for (unsigned i = 0; i < times; i++) rarity_note(r, 1, &k, true);
}

static enum rarity_bucket asked(struct rarity *r, uint32_t workspace, uint32_t gpu)
{
    struct look k = device(gpu);
    return rarity_note(r, workspace, &k, false);
}

static void test_buckets(void)
{
    struct world w;
    struct rarity *r;
    world_open(&w);
    REQUIRE(rarity_open(&r, w.linkage) == ERR_OK);
    come(r, 1, 999);
    CHECK_INT(asked(r, 1, 1), RARITY_UNKNOWN); /* 999 are too few */
    CHECK_INT(asked(r, 1, 42), RARITY_UNKNOWN);
    come(r, 1, 8501);
    come(r, 2, 440), come(r, 3, 36), come(r, 4, 15), come(r, 5, 8), come(r, 6, 1); /* 10,000 in all */
    CHECK_INT(asked(r, 1, 1), RARITY_COMMON);
    CHECK_INT(asked(r, 1, 2), RARITY_P95);    /* exactly 95 % are more common */
    CHECK_INT(asked(r, 1, 3), RARITY_P99);    /* 60 of 10,000 */
    CHECK_INT(asked(r, 1, 4), RARITY_P99_5);  /* 24 */
    CHECK_INT(asked(r, 1, 5), RARITY_P99_9);  /* 9 */
    CHECK_INT(asked(r, 1, 6), RARITY_P99_9);
    CHECK_INT(asked(r, 1, 42), RARITY_NOT_SEEN);
    CHECK_INT(asked(r, 1, 42), RARITY_NOT_SEEN); /* asking does not count */
    CHECK_INT(asked(r, 2, 1), RARITY_UNKNOWN);   /* another workspace's crowd is its own */
    rarity_close(r);
    world_close(&w);
}

static void test_too_little_is_known(void)
{
    struct world w;
    struct rarity *r;
    struct look k = { .family = 1 };
    world_open(&w);
    REQUIRE(rarity_open(&r, w.linkage) == ERR_OK);
    come(r, 1, 2000);
    k.value[TRAIT_screen] = 3;
    CHECK_INT(rarity_note(r, 1, &k, true), RARITY_UNKNOWN);
    rarity_close(r);
    world_close(&w);
}

/* Every hundredth has a graphics card that nobody else has. */
static struct str bucket_of(struct world *w, unsigned machine)
{
    struct device d;
    device_make(&d, machine);
    if (machine % 100 == 0) snprintf(d.renderer, sizeof d.renderer, "\"ANGLE (%u)\"", machine);
    struct event e = visit(w, &d.look);
    return event_has(&e, EVENT_rare_device_bucket) ? e.rare_device_bucket : STR("none");
}

/* Who was seen before a restart is no stranger after it, and as common as before. */
static void test_restart(void)
{
    enum { CROWD = 2400, ASKED = 101 };
    struct world w;
    struct str before[ASKED];
    unsigned rare = 0;
    world_open(&w);
    REQUIRE(rarity_open(&w.shared.rarity, w.linkage) == ERR_OK);
    for (unsigned i = 0; i < CROWD; i++) bucket_of(&w, i);
    for (unsigned i = 0; i < ASKED; i++) {
        before[i] = bucket_of(&w, i);
        rare += !str_eq(before[i], STR("<p95"));
    }
    CHECK(rare > 0 && rare < ASKED);
    CHECK_STR(bucket_of(&w, 5000), STR("not_seen"));
    rarity_close(w.shared.rarity);
    linkage_close(w.linkage);
    REQUIRE(linkage_open(&w.linkage, w.store) == ERR_OK);
    w.shared.linkage = w.linkage;
    REQUIRE(rarity_open(&w.shared.rarity, w.linkage) == ERR_OK);
    for (unsigned i = 0; i < ASKED; i++) CHECK_STR(bucket_of(&w, i), before[i]);
    CHECK_STR(bucket_of(&w, 5100), STR("not_seen"));
    rarity_close(w.shared.rarity);
    world_close(&w);
}

int main(void)
{
    RUN(test_buckets);
    RUN(test_too_little_is_known);
    RUN(test_restart);
    return test_end();
}
