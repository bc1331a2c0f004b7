#include "base/bytes.h"
#include "tests/unit/test.h"

#include <math.h>

static struct arena arena;

static void test_round_trip(void)
{
    static const uint64_t values[] = { 0,     1,          127,       128,       16383,
                                       16384, UINT32_MAX, INT64_MAX, UINT64_MAX };
    static const int64_t signs[] = { 0, -1, 1, -64, 64, -65, INT64_MAX, INT64_MIN, INT64_MIN + 1 };
    static const double doubles[] = { 0, -0.0, 0.1, 1e308, 5e-324, INFINITY };
    struct bytes_out out;
    bytes_out_init(&out, &arena, 0);
    for (size_t i = 0; i < COUNT_OF(values); i++) bytes_put_varint(&out, values[i]);
    for (size_t i = 0; i < COUNT_OF(values); i++) bytes_put_u64(&out, values[i]);
    for (size_t i = 0; i < COUNT_OF(signs); i++) bytes_put_signed(&out, signs[i]);
    for (size_t i = 0; i < COUNT_OF(doubles); i++) bytes_put_double(&out, doubles[i]);
    bytes_put_str(&out, STR("text"));
    bytes_put_str(&out, (struct str){ NULL, 0 });
    bytes_put_u8(&out, 255);
    CHECK(!out.failed);
    struct cursor c = cursor_of(bytes_out_text(&out));
    for (size_t i = 0; i < COUNT_OF(values); i++) CHECK(cursor_varint(&c) == values[i]);
    for (size_t i = 0; i < COUNT_OF(values); i++) CHECK(cursor_u64(&c) == values[i]);
    for (size_t i = 0; i < COUNT_OF(signs); i++) CHECK(cursor_signed(&c) == signs[i]);
    for (size_t i = 0; i < COUNT_OF(doubles); i++) {
        double d = cursor_double(&c);
        CHECK(memcmp(&d, &doubles[i], sizeof d) == 0);
    }
    CHECK_STR(cursor_str(&c), STR("text"));
    CHECK_STR(cursor_str(&c), STR(""));
    CHECK_INT(cursor_u8(&c), 255);
    CHECK(cursor_left(&c) == 0 && !c.bad);
}

/* The layout is on disk. */
static void test_known_bytes(void)
{
    struct bytes_out out;
    bytes_out_init(&out, &arena, 100);
    bytes_put_varint(&out, 300);
    bytes_put_signed(&out, -2);
    bytes_put_u64(&out, 1);
    bytes_put_double(&out, 1);
    bytes_put_str(&out, STR("ab"));
    CHECK_STR(bytes_out_text(&out),
              STR("\xac\x02" "\x03" "\1\0\0\0\0\0\0\0" "\0\0\0\0\0\0\xf0\x3f" "\2ab"));
}

static void test_short_reads(void)
{
    struct cursor c = cursor_of(STR("\x05" "abcd"));
    CHECK_STR(cursor_str(&c), STR(""));
    CHECK(c.bad);
    c = cursor_of(STR("abcdefg"));
    CHECK(cursor_u64(&c) == 0 && c.bad);
    CHECK(cursor_u8(&c) == 0 && c.bad); /* bad stays bad, though bytes are left */
    c = cursor_of(STR("\x80\x80"));
    CHECK(cursor_varint(&c) == 0 && c.bad);
    c = cursor_of((struct str){ NULL, 0 });
    CHECK(cursor_left(&c) == 0 && cursor_u8(&c) == 0 && c.bad);
    c = cursor_of(STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
    CHECK_STR(cursor_str(&c), STR(""));
    CHECK(c.bad);
}

static void test_varint_overflow(void)
{
    struct cursor c = cursor_of(STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
    CHECK(cursor_varint(&c) == UINT64_MAX && !c.bad);
    c = cursor_of(STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"));
    CHECK(cursor_varint(&c) == 0 && c.bad);
    c = cursor_of(STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
    CHECK(cursor_varint(&c) == 0 && c.bad);
}

static void test_failure_is_latched(void)
{
    struct arena small;
    struct bytes_out out;
    static const char big[4096];
    arena_init(&small, 1000);
    bytes_out_init(&out, &small, 100);
    bytes_put(&out, big, 50);
    bytes_put(&out, big, sizeof big);
    CHECK(out.failed);
    bytes_put_u8(&out, 1);
    bytes_put_varint(&out, 1000);
    bytes_put(&out, big, sizeof big);
    CHECK_STR(bytes_out_text(&out), STR(""));
    bytes_out_init(&out, &small, 5000); /* fails at once */
    CHECK(out.failed);
    bytes_put_str(&out, STR("x"));
    CHECK_STR(bytes_out_text(&out), STR(""));
    arena_free(&small);
}

static void test_grows(void)
{
    struct bytes_out out;
    bytes_out_init(&out, &arena, 1);
    for (unsigned i = 0; i < 5000; i++) bytes_put_varint(&out, i);
    struct cursor c = cursor_of(bytes_out_text(&out));
    for (unsigned i = 0; i < 5000; i++) CHECK(cursor_varint(&c) == i);
    CHECK(cursor_left(&c) == 0);
}

int main(void)
{
    arena_init(&arena, 1 << 20);
    RUN(test_round_trip);
    RUN(test_known_bytes);
    RUN(test_short_reads);
    RUN(test_varint_overflow);
    RUN(test_failure_is_latched);
    RUN(test_grows);
    arena_free(&arena);
    return test_end();
}
