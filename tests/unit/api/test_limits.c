#include "api/limits.h"
#include "tests/unit/test.h"

#define SECOND ((int64_t)1000000)
#define OCTOBER_MS ((int64_t)1793491140000) /* 2026-10-31T23:59:00Z */

static struct store *store;
static struct limits *limits;

static void begin(void)
{
    REQUIRE(store_open_memory(&store) == ERR_OK && limits_create(&limits, store) == ERR_OK);
}

static void end(void)
{
    limits_destroy(limits);
    store_close(store);
}

static size_t taken(uint32_t key, uint32_t rate, int64_t now_us, size_t tries)
{
    size_t n = 0;
    for (size_t i = 0; i < tries; i++) n += limits_take(limits, key, rate, now_us);
    return n;
}

static void test_rate(void)
{
    begin();
    CHECK_INT(taken(1, 5, 100 * SECOND, 40), 15);
    CHECK_INT(taken(1, 5, 100 * SECOND + SECOND / 5 - 1, 40), 0);
    CHECK_INT(taken(1, 5, 100 * SECOND + SECOND / 5, 40), 1);
    CHECK_INT(taken(1, 5, 102 * SECOND, 40), 9); /* of the ten of two seconds one is gone */
    CHECK_INT(taken(1, 5, 200 * SECOND, 40), 15); /* no more than full */
    CHECK_INT(taken(2, 1, 200 * SECOND, 40), 3); /* another key has another bucket */
    CHECK_INT(taken(3, 0, 200 * SECOND, 40), 40);
    end();
}

static void test_deletions(void)
{
    const int64_t hour_us = 3600 * SECOND;
    int64_t wait_s, now_us = 48 * hour_us + 10 * SECOND;
    size_t n = 0;
    begin();
    while (limits_take_deletion(limits, 1, now_us, &wait_s)) n++;
    CHECK_INT(n, DELETIONS_HOUR_MAX);
    CHECK_INT(wait_s, 3590);
    CHECK(limits_take_deletion(limits, 2, now_us, &wait_s));
    CHECK(!limits_take_deletion(limits, 1, now_us + 3589 * SECOND, &wait_s));
    CHECK_INT(wait_s, 1);
    for (int hour = 1; hour < 24; hour++)
        while (limits_take_deletion(limits, 1, now_us + hour * hour_us, &wait_s)) n++;
    CHECK_INT(n, DELETIONS_DAY_MAX);
    CHECK_INT(wait_s, 3590); /* to the next day */
    CHECK(limits_take_deletion(limits, 1, now_us + 24 * hour_us, &wait_s));
    end();
}

static void test_months(void)
{
    uint64_t usage;
    int64_t wait_s;
    begin();
    for (uint64_t i = 1; i <= 3; i++) {
        CHECK(limits_count(limits, 1, 3, OCTOBER_MS, &usage, &wait_s));
        CHECK_INT(usage, i);
    }
    CHECK(!limits_count(limits, 1, 3, OCTOBER_MS, &usage, &wait_s));
    CHECK_INT(usage, 4);
    CHECK_INT(wait_s, 60);
    CHECK(!limits_count(limits, 1, 3, OCTOBER_MS + 59999, &usage, &wait_s));
    CHECK(limits_count(limits, 1, 3, OCTOBER_MS + 60000, &usage, &wait_s)); /* November */
    CHECK_INT(usage, 1);
    CHECK(limits_count(limits, 2, 3, OCTOBER_MS, &usage, &wait_s));
    limits_return(limits, 1, OCTOBER_MS);
    CHECK(limits_count(limits, 1, 3, OCTOBER_MS, &usage, &wait_s));
    CHECK(limits_count(limits, 1, 0, OCTOBER_MS, &usage, &wait_s)); /* 0: no limit, but counted */
    CHECK_INT(usage, 4);
    CHECK_INT(limits_save(limits), ERR_OK);
    limits_destroy(limits);
    REQUIRE(limits_create(&limits, store) == ERR_OK);
    CHECK(!limits_count(limits, 1, 4, OCTOBER_MS, &usage, &wait_s));
    CHECK_INT(usage, 5);
    end();
}

int main(void)
{
    RUN(test_rate);
    RUN(test_deletions);
    RUN(test_months);
    return test_end();
}
