/* How many have a value: a hundred thousand counters, and what is written of them. */
#include "base/arena.h"
#include "identify/link/counts.h"
#include "tests/unit/test.h"

static struct arena arena;

static uint64_t key_of(unsigned i)
{
    return key_mix(i, 77);
}

static void test_empty(void)
{
    static struct counts c;
    CHECK(counts_get(&c, key_of(1)) == 0 && counts_bytes(&c) == 0);
    counts_free(&c);
}

static void test_growth(void)
{
    enum { KEYS = 100000 };
    static struct counts c;
    unsigned wrong = 0;
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < KEYS; i++) REQUIRE(counts_add(&c, key_of(i), (float)(i % 7)));
    for (unsigned i = 0; i < KEYS; i++) wrong += counts_get(&c, key_of(i)) != (float)(2 * (i % 7));
    CHECK(wrong <= 4); /* 32 of 64 bits are kept, and 8 choose the part: one pair of 1e5 keys in 2^39 */
    wrong = 0;
    for (unsigned i = KEYS; i < 2 * KEYS; i++) wrong += counts_get(&c, key_of(i)) != 0;
    CHECK(wrong <= 4);
    size_t used = 0;
    for (size_t i = 0; i < COUNTS_PARTS; i++) used += c.part[i].used;
    CHECK(used <= KEYS && used >= KEYS - 4);
    CHECK(counts_bytes(&c) >= used * 8 && counts_bytes(&c) <= used * 8 * 3); /* never emptier than 3/8 */
    counts_free(&c);
    CHECK(counts_bytes(&c) == 0 && counts_get(&c, key_of(1)) == 0);
}

static void test_write_and_read(void)
{
    enum { KEYS = 3000 };
    static struct counts a, b;
    struct bytes_out out;
    bytes_out_init(&out, &arena, 64);
    for (unsigned i = 0; i < KEYS; i++) counts_add(&a, key_of(i), 0.25f * (float)i);
    counts_write(&out, &a);
    struct str text = bytes_out_text(&out);
    struct cursor in = cursor_of(text);
    CHECK(counts_read(&b, &in) && cursor_left(&in) == 0);
    for (unsigned i = 0; i < KEYS; i++) CHECK(counts_get(&b, key_of(i)) == counts_get(&a, key_of(i)));
    counts_free(&b);
    for (size_t n = 0; n < text.n; n += n < 40 ? 1 : 997) { /* cut short anywhere */
        in = cursor_of(str_sub(text, 0, n));
        CHECK(!counts_read(&b, &in));
        counts_free(&b);
    }
    counts_free(&a);
}

static void test_no_such_part(void)
{
    static struct counts c;
    struct bytes_out out;
    uint32_t tag = 3;
    float n = 1;
    bytes_out_init(&out, &arena, 64);
    bytes_put_varint(&out, 1), bytes_put_varint(&out, COUNTS_PARTS);
    bytes_put(&out, &tag, sizeof tag), bytes_put(&out, &n, sizeof n);
    struct cursor in = cursor_of(bytes_out_text(&out));
    CHECK(!counts_read(&c, &in) && counts_bytes(&c) == 0);
}

/* A number that no count can have. */
static void test_damaged(void)
{
    static const float bad[] = { -1, 1e13f, (float)(0.0 / 0.0), (float)(1.0 / 0.0) };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        static struct counts c;
        struct bytes_out out;
        uint32_t tag = 3;
        bytes_out_init(&out, &arena, 64);
        bytes_put_varint(&out, 1), bytes_put_u8(&out, 9);
        bytes_put(&out, &tag, sizeof tag), bytes_put(&out, &bad[i], sizeof bad[i]);
        struct cursor in = cursor_of(bytes_out_text(&out));
        CHECK(!counts_read(&c, &in));
        counts_free(&c);
    }
}

int main(void)
{
    arena_init(&arena, 16 << 20);
    RUN(test_empty);
    RUN(test_growth);
    RUN(test_write_and_read);
    RUN(test_no_such_part);
    RUN(test_damaged);
    arena_free(&arena);
    return test_end();
}
