#include "base/arena.h"
#include "tests/unit/test.h"

#include <stdalign.h>

static void test_aligned_and_apart(void)
{
    struct arena a;
    char *last = NULL;
    size_t last_n = 0;
    arena_init(&a, 1 << 20);
    for (size_t n = 0; n < 200; n++) {
        char *p = arena_alloc(&a, n);
        REQUIRE(p);
        CHECK((uintptr_t)p % alignof(max_align_t) == 0);
        memset(p, (int)n, n);
        if (n > 1) CHECK(last[0] == (char)last_n && last[last_n - 1] == (char)last_n);
        last = p;
        last_n = n;
    }
    CHECK(!a.failed);
    arena_free(&a);
}

/* Regression: the first allocation of an arena, if of nothing, was NULL without `failed`. */
static void test_nothing_is_not_null(void)
{
    struct arena a;
    arena_init(&a, 1 << 20);
    void *first = arena_alloc(&a, 0), *second = arena_alloc(&a, 0);
    CHECK(first && second && first != second && !a.failed);
    CHECK(ARENA_ARRAY(&a, int, 0) != NULL);
    arena_free(&a);
}

static void test_limit_and_latch(void)
{
    struct arena a;
    arena_init(&a, 100 * 1000);
    CHECK(!arena_alloc(&a, 100 * 1000 + 1));
    CHECK(a.failed);
    CHECK(arena_alloc(&a, 10) != NULL); /* a smaller one may still fit, but the latch holds */
    CHECK(a.failed);
    arena_reset(&a);
    CHECK(!a.failed);
    size_t got = 0;
    while (arena_alloc(&a, 1000)) got += 1000;
    CHECK(a.failed && got > 50 * 1000 && got <= 100 * 1000);
    CHECK(!arena_zero(&a, 1000));
    arena_free(&a);
    CHECK(!a.failed && arena_alloc(&a, 1000)); /* usable again */
    arena_free(&a);
}

/* Any limit, also one that is no multiple of anything: what is handed out stays below it. */
static void test_odd_limits(void)
{
    for (size_t limit = 0; limit < 70000; limit += 977) {
        struct arena a;
        size_t got = 0;
        arena_init(&a, limit);
        for (char *p; (p = arena_alloc(&a, 100)); got += 100) memset(p, 1, 100);
        CHECK(got <= limit && a.used_bytes <= limit && a.failed);
        arena_free(&a);
    }
}

static void test_huge_requests(void)
{
    struct arena a;
    arena_init(&a, SIZE_MAX);
    CHECK(!arena_alloc(&a, SIZE_MAX) && a.failed);
    arena_reset(&a);
    CHECK(!arena_alloc(&a, SIZE_MAX - 15) && a.failed);
    arena_reset(&a);
    CHECK(!arena_alloc(&a, SIZE_MAX / 2 + 1) && a.failed);
    arena_free(&a);
}

/* A server that has answered a hundred requests holds one chunk per arena, not a hundred. */
static void test_reset_keeps_one_chunk(void)
{
    struct arena a;
    arena_init(&a, 8 << 20);
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 100; i++) CHECK(arena_alloc(&a, 10000) != NULL);
        arena_reset(&a);
        CHECK(a.used_bytes > 0 && a.used_bytes <= 256 * 1024);
    }
    char *before = arena_alloc(&a, 1000);
    arena_reset(&a);
    CHECK(arena_alloc(&a, 1000) == before);
    arena_reset(&a);
    CHECK(arena_alloc(&a, 3 << 20) != NULL); /* too large to be kept */
    arena_reset(&a);
    CHECK(a.used_bytes <= 256 * 1024);
    arena_free(&a);
}

static void test_zero(void)
{
    struct arena a;
    arena_init(&a, 1 << 20);
    memset(arena_alloc(&a, 5000), 0xff, 5000);
    arena_reset(&a);
    unsigned char *p = arena_zero(&a, 5000);
    size_t sum = 0;
    for (size_t i = 0; i < 5000; i++) sum += p[i];
    CHECK_INT(sum, 0);
    arena_free(&a);
}

static void test_text(void)
{
    struct arena a;
    arena_init(&a, 1 << 20);
    struct str copy = arena_copy(&a, STR("a\0b"));
    CHECK(str_eq(copy, STR("a\0b")) && copy.p[3] == 0);
    CHECK_STR(arena_copy(&a, (struct str){ NULL, 0 }), STR(""));
    CHECK_STR(arena_format(&a, "%d-%s", 7, "x"), STR("7-x"));
    CHECK(arena_format(&a, "%*d", 50000, 1).n == 50000);
    CHECK(!a.failed);
    arena_free(&a);
    arena_init(&a, 100);
    CHECK_STR(arena_format(&a, "%*d", 200, 1), STR(""));
    CHECK(a.failed);
    char big[200] = { 'x' };
    CHECK_STR(arena_copy(&a, (struct str){ big, sizeof big }), STR(""));
    arena_free(&a);
}

int main(void)
{
    RUN(test_aligned_and_apart);
    RUN(test_nothing_is_not_null);
    RUN(test_limit_and_latch);
    RUN(test_odd_limits);
    RUN(test_huge_requests);
    RUN(test_reset_keeps_one_chunk);
    RUN(test_zero);
    RUN(test_text);
    return test_end();
}
