#include "net/deadline.h"
#include "tests/unit/test.h"

static struct deadlines all;

static void start(void)
{
    deadlines_init(&all);
    all.duration_ms[DEADLINE_HEAD] = 10;
    all.duration_ms[DEADLINE_BODY] = 20;
    all.duration_ms[DEADLINE_IDLE] = 75;
}

static void test_order(void)
{
    struct deadline d[3];
    enum deadline_kind kind;
    start();
    CHECK_INT(deadlines_next_ms(&all), INT64_MAX);
    CHECK(deadlines_expired(&all, 1000, &kind) == NULL);
    for (int i = 0; i < 3; i++) deadline_init(&d[i]);
    deadline_set(&all, &d[0], DEADLINE_IDLE, 100);
    deadline_set(&all, &d[1], DEADLINE_BODY, 101);
    deadline_set(&all, &d[2], DEADLINE_BODY, 102);
    CHECK_INT(deadlines_next_ms(&all), 121);
    CHECK(deadlines_expired(&all, 120, &kind) == NULL);
    CHECK(deadlines_expired(&all, 121, &kind) == &d[1]);
    CHECK_INT(kind, DEADLINE_BODY);
    CHECK_INT(d[1].kind, DEADLINE_NONE);
    CHECK(deadlines_expired(&all, 121, &kind) == NULL);
    CHECK(deadlines_expired(&all, 500, &kind) == &d[2]);
    CHECK(deadlines_expired(&all, 500, &kind) == &d[0]);
    CHECK_INT(kind, DEADLINE_IDLE);
    CHECK_INT(deadlines_next_ms(&all), INT64_MAX);
}

static void test_same_kind_is_not_extended(void)
{
    struct deadline d;
    start();
    deadline_init(&d);
    deadline_set(&all, &d, DEADLINE_HEAD, 100);
    deadline_set(&all, &d, DEADLINE_HEAD, 109);
    CHECK_INT(deadlines_next_ms(&all), 110);
    deadline_set(&all, &d, DEADLINE_BODY, 109);
    CHECK_INT(deadlines_next_ms(&all), 129);
    deadline_set(&all, &d, DEADLINE_NONE, 109);
    CHECK_INT(deadlines_next_ms(&all), INT64_MAX);
    deadline_set(&all, &d, DEADLINE_BODY, 200);
    CHECK_INT(deadlines_next_ms(&all), 220);
}

int main(void)
{
    RUN(test_order);
    RUN(test_same_kind_is_not_extended);
    return test_end();
}
