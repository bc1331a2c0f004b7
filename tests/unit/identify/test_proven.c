/* Signals whose hashes were right: found again by all of their bytes, never by less. */
#include "identify/proven.h"

#include "tests/unit/test.h"

static struct proven *proven;

static void test_all_bytes_count(void)
{
    char text[300];
    memset(text, 'a', sizeof text);
    struct str s = { text, sizeof text };
    CHECK(!proven_has(proven, 3, s));
    proven_add(proven, 3, s);
    CHECK(proven_has(proven, 3, s));
    CHECK(!proven_has(proven, 4, s)); /* the same bytes of another signal */
    CHECK(!proven_has(proven, 3, str_sub(s, 0, s.n - 1)));
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] ^= 1;
        CHECK(!proven_has(proven, 3, s));
        text[i] ^= 1;
    }
    CHECK(proven_has(proven, 3, s));
}

static void test_bounds(void)
{
    static char text[8192];
    struct str s = { text, sizeof text };
    proven_add(proven, 1, s);
    CHECK(!proven_has(proven, 1, s));
    proven_add(proven, 1, STR(""));
    CHECK(!proven_has(proven, 1, STR("")));
}

/* More than fit: whoever is still there is whole, and the newest is there. */
static void test_many(void)
{
    size_t kept = 0;
    char text[600];
    memset(text, 'b', sizeof text);
    for (uint32_t i = 0; i < 20000; i++) {
        memcpy(text + 300, &i, sizeof i);
        proven_add(proven, i % 15, (struct str){ text, sizeof text });
        CHECK(proven_has(proven, i % 15, (struct str){ text, sizeof text }));
    }
    for (uint32_t i = 0; i < 20000; i++) {
        memcpy(text + 300, &i, sizeof i);
        kept += proven_has(proven, i % 15, (struct str){ text, sizeof text });
        CHECK(!proven_has(proven, (i + 1) % 15, (struct str){ text, sizeof text }));
    }
    CHECK(kept > 500 && kept < 20000);
}

int main(void)
{
    proven = proven_create();
    REQUIRE(proven != NULL);
    RUN(test_all_bytes_count);
    RUN(test_bounds);
    RUN(test_many);
    proven_destroy(proven);
    return test_end();
}
