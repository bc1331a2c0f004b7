/* Velocity is kept and read back; what is damaged is not read. */
#include "event/velocity.h"
#include "tests/unit/test.h"

static void test_round_trip(void)
{
    struct arena arena;
    struct velocity v = { .day_left_out = true, .day_unknown = true }, back;
    arena_init(&arena, 4096);
    for (unsigned c = 0; c < VELOCITY_COUNTERS; c++) {
        v.known[c] = c % 3 != 1;
        for (unsigned w = 0; w < VELOCITY_WINDOWS && v.known[c]; w++) v.count[c][w] = (c + 1) * 1000 * (w + 1);
    }
    v.count[VELOCITY_EVENTS][VELOCITY_DAY] = UINT32_MAX;
    struct str packed = velocity_encode(&v, &arena);
    CHECK(velocity_decode(&back, packed));
    CHECK(back.day_left_out && back.day_unknown);
    CHECK(memcmp(v.known, back.known, sizeof v.known) == 0 && memcmp(v.count, back.count, sizeof v.count) == 0);
    for (size_t n = 0; n < packed.n; n++) CHECK(!velocity_decode(&back, str_sub(packed, 0, n)));
    CHECK(!velocity_decode(&back, STR("\x02\x00\x00")));
    arena_free(&arena);
}

static void test_day_is_left_out_of_the_distinct_ones(void)
{
    struct velocity v = { .day_left_out = true, .known = { true, true, true, true, true, false, true } };
    CHECK(!velocity_has(&v, VELOCITY_DISTINCT_IP, VELOCITY_DAY));
    CHECK(velocity_has(&v, VELOCITY_DISTINCT_IP, VELOCITY_HOUR));
    CHECK(velocity_has(&v, VELOCITY_EVENTS, VELOCITY_DAY) && velocity_has(&v, VELOCITY_IP_EVENTS, VELOCITY_DAY));
    CHECK(!velocity_has(&v, VELOCITY_DISTINCT_IP_BY_LINKED_ID, VELOCITY_HOUR));
    CHECK(!velocity_has(&v, VELOCITY_DISTINCT_VISITOR_ID_BY_LINKED_ID, VELOCITY_DAY));
    v = (struct velocity){ .day_unknown = true, .known = { true, true, true, true, true, false, true } };
    CHECK(!velocity_has(&v, VELOCITY_DISTINCT_IP, VELOCITY_DAY) && !velocity_has(&v, VELOCITY_EVENTS, VELOCITY_DAY));
    CHECK(!velocity_has(&v, VELOCITY_IP_EVENTS, VELOCITY_DAY) && velocity_has(&v, VELOCITY_EVENTS, VELOCITY_HOUR));
}

int main(void)
{
    RUN(test_round_trip);
    RUN(test_day_is_left_out_of_the_distinct_ones);
    return test_end();
}
