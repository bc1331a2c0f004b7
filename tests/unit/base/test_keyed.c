/* A table by key does what a plain list does, whatever is added and dropped in whatever order. */
#include "base/keyed.h"
#include "tests/unit/test.h"

struct row {
    uint64_t key;
    uint64_t value;
};

static void test_empty(void)
{
    struct keyed t = { .row_bytes = sizeof(struct row) };
    CHECK(!keyed_find(&t, 1) && keyed_room(&t) == 0 && keyed_bytes(&t) == 0);
    keyed_free(&t);
}

static void test_new_rows_are_zero(void)
{
    struct keyed t = { .row_bytes = sizeof(struct row) };
    struct row *r = keyed_need(&t, 7);
    REQUIRE(r);
    CHECK(r->key == 7 && r->value == 0 && t.count == 1);
    r->value = 5;
    CHECK(keyed_need(&t, 7) == r && t.count == 1 && keyed_find(&t, 7) == r && !keyed_find(&t, 8));
    keyed_drop(&t, r);
    CHECK(t.count == 0 && !keyed_find(&t, 7));
    r = keyed_need(&t, 7);
    CHECK(r && r->value == 0); /* not what it was */
    keyed_free(&t);
    CHECK(t.count == 0 && !keyed_find(&t, 7) && keyed_need(&t, 7));
    keyed_free(&t);
}

/* splitmix64 (Steele, Lea and Flood 2014) */
static uint64_t mixed(uint64_t n)
{
    uint64_t x = (n + 1) * 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* Keys close together, far apart, and all alike in their low or high bits. */
static uint64_t key_of(unsigned kind, uint64_t n)
{
    switch (kind) {
    case 0: return n + 1;
    case 1: return (n + 1) << 40;
    case 2: return mixed(n) | 1;
    default: return ~n;
    }
}

static void test_as_a_list(void)
{
    enum { KEYS = 300, STEPS = 30000 };
    for (unsigned kind = 0; kind < 4; kind++) {
        struct keyed t = { .row_bytes = sizeof(struct row) };
        uint64_t value[KEYS] = { 0 }; /* 0: not there */
        uint32_t there = 0, wrong = 0;
        for (unsigned step = 0; step < STEPS; step++) {
            unsigned n = (unsigned)(mixed(step) % KEYS);
            struct row *r = keyed_find(&t, key_of(kind, n));
            wrong += (r != NULL) != (value[n] != 0) || (r && (r->value != value[n] || r->key != key_of(kind, n)));
            if (r && mixed(step) >> 32 & 1) {
                keyed_drop(&t, r);
                value[n] = 0, there--;
            } else {
                there += !r;
                r = keyed_need(&t, key_of(kind, n));
                REQUIRE(r);
                r->value = value[n] = step + 1;
            }
            wrong += t.count != there;
        }
        uint32_t seen = 0;
        for (size_t i = 0; i < keyed_room(&t); i++) {
            const struct row *r = keyed_at(&t, i);
            if (r) seen++;
        }
        CHECK_INT(wrong, 0);
        CHECK_INT(seen, there);
        CHECK(keyed_bytes(&t) == keyed_room(&t) * sizeof(struct row) && keyed_room(&t) <= 512);
        keyed_free(&t);
    }
}

int main(void)
{
    RUN(test_empty);
    RUN(test_new_rows_are_zero);
    RUN(test_as_a_list);
    return test_end();
}
