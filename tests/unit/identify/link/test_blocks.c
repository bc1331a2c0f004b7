/* Which visitors have a key. */
#include "identify/link/blocks.h"
#include "tests/unit/test.h"

static struct blocks b;

/* The visitors of a key, as text: "3 1 2". */
static struct str list_of(uint32_t key)
{
    static char text[256];
    size_t n = 0;
    for (uint32_t e = blocks_first(&b, key); e && n < 200; e = blocks_entry(&b, e)->next)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%u", n ? " " : "", blocks_entry(&b, e)->visitor);
    return (struct str){ text, n };
}

static void test_latest_first(void)
{
    CHECK(blocks_first(&b, 7) == 0 && blocks_size(&b, 7) == 0);
    for (uint32_t v = 0; v < 4; v++) CHECK(blocks_add(&b, 7, v));
    CHECK(blocks_add(&b, 8, 9));
    CHECK_STR(list_of(7), STR("3 2 1 0"));
    CHECK_STR(list_of(8), STR("9"));
    CHECK_INT(blocks_size(&b, 7), 4);
    blocks_free(&b);
}

static void test_remove(void)
{
    for (uint32_t v = 0; v < 5; v++) blocks_add(&b, 7, v);
    blocks_remove(&b, 7, 2), blocks_remove(&b, 7, 4), blocks_remove(&b, 7, 0);
    CHECK_STR(list_of(7), STR("3 1"));
    blocks_remove(&b, 7, 2), blocks_remove(&b, 99, 1); /* not there */
    CHECK_INT(blocks_size(&b, 7), 2);
    blocks_remove(&b, 7, 3), blocks_remove(&b, 7, 1);
    CHECK(blocks_first(&b, 7) == 0 && blocks_size(&b, 7) == 0);
    blocks_add(&b, 7, 5);
    CHECK_STR(list_of(7), STR("5"));
    uint32_t entries = b.entries;
    for (uint32_t v = 10; v < 14; v++) blocks_add(&b, 8, v); /* in the places that became free */
    CHECK_INT(b.entries, entries);
    CHECK_STR(list_of(8), STR("13 12 11 10"));
    CHECK_STR(list_of(7), STR("5"));
    blocks_free(&b);
}

static void test_key_of_nothing(void)
{
    CHECK(blocks_add(&b, 0, 1) && blocks_first(&b, 0) == 0 && blocks_size(&b, 0) == 0);
    blocks_remove(&b, 0, 1);
    CHECK_INT(b.entries, 0);
}

/* Only the latest are looked through; what stands deeper stays. */
static void test_remove_has_a_limit(void)
{
    for (uint32_t v = 0; v < 3 * BLOCKS_SCAN_MAX; v++) blocks_add(&b, 7, v);
    blocks_remove(&b, 7, 0);
    CHECK_INT(blocks_size(&b, 7), 3 * BLOCKS_SCAN_MAX);
    blocks_remove(&b, 7, 3 * BLOCKS_SCAN_MAX - 10);
    CHECK_INT(blocks_size(&b, 7), 3 * BLOCKS_SCAN_MAX - 1);
    blocks_free(&b);
}

static void test_many_keys(void)
{
    enum { KEYS = 100000 };
    unsigned wrong = 0;
    for (uint32_t i = 1; i <= KEYS; i++) REQUIRE(blocks_add(&b, i * 2654435761u, i));
    for (uint32_t i = 1; i <= KEYS; i += 2) blocks_remove(&b, i * 2654435761u, i);
    for (uint32_t i = 1; i <= KEYS; i++) { /* the tables grow while half of the lists are empty */
        REQUIRE(blocks_add(&b, (i + KEYS) * 2654435761u, i));
        wrong += blocks_size(&b, i * 2654435761u) != !(i & 1);
    }
    for (uint32_t i = 1; i <= KEYS; i++) wrong += blocks_size(&b, (i + KEYS) * 2654435761u) != 1;
    CHECK_INT(wrong, 0);
    CHECK(blocks_bytes(&b) > 100000 * 8 && blocks_bytes(&b) < 100000 * 100);
    blocks_free(&b);
    CHECK_INT(blocks_bytes(&b), 0);
}

int main(void)
{
    RUN(test_latest_first);
    RUN(test_remove);
    RUN(test_key_of_nothing);
    RUN(test_remove_has_a_limit);
    RUN(test_many_keys);
    return test_end();
}
