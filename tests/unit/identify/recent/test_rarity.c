/* How unusual a device is: nothing is said of a small crowd, and percentiles are those of the crowd. */
#include "identify/recent/rarity.h"
#include "tests/unit/test.h"

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
    struct store *store;
    struct rarity *r;
    REQUIRE(store_open_memory(&store) == ERR_OK && rarity_open(&r, store) == ERR_OK);
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
    store_close(store);
}

static void test_too_little_is_known(void)
{
    struct store *store;
    struct rarity *r;
    struct look k = { .family = 1 };
    REQUIRE(store_open_memory(&store) == ERR_OK && rarity_open(&r, store) == ERR_OK);
    come(r, 1, 2000);
    k.value[TRAIT_screen] = 3;
    CHECK_INT(rarity_note(r, 1, &k, true), RARITY_UNKNOWN);
    rarity_close(r);
    store_close(store);
}

int main(void)
{
    RUN(test_buckets);
    RUN(test_too_little_is_known);
    return test_end();
}
