/* The keys of the indexes, as they may come from a damaged disk. */
#include "store/record.h"
#include "tests/unit/test.h"

static struct str of(uint8_t *bytes, size_t n)
{
    return (struct str){ (const char *)bytes, n };
}

static void test_visit_key(void)
{
    uint8_t key[4 + VISITOR_ID_KEY_BYTES + EVENT_ID_KEY_BYTES] = { 0 };
    struct event_id id = event_id_new(1795200000000), got;
    event_id_to_key(key + 4 + VISITOR_ID_KEY_BYTES, id);
    CHECK_INT(key_visit_read(of(key, sizeof key), &got), ERR_OK);
    CHECK(got.time_ms == id.time_ms && got.random == id.random);
    CHECK_INT(key_visit_read(of(key, sizeof key - 1), &got), ERR_CORRUPT);
    key[4 + VISITOR_ID_KEY_BYTES] = 0xff; /* a time beyond 42 bits */
    CHECK_INT(key_visit_read(of(key, sizeof key), &got), ERR_CORRUPT);
    event_id_to_key(key + 4 + VISITOR_ID_KEY_BYTES, id);
    key[4 + VISITOR_ID_KEY_BYTES + 6] = 0xff; /* more than 35 random bits: printing it would abort */
    CHECK_INT(key_visit_read(of(key, sizeof key), &got), ERR_CORRUPT);
}

static void test_visitor_key(void)
{
    struct key key;
    struct visitor_id id = visitor_id_new(1795200000000), got;
    uint32_t workspace;
    key_visitor(&key, 0x01020380, id);
    CHECK_INT(key_visitor_read(key_str(&key), &workspace, &got), ERR_OK);
    CHECK_INT(workspace, 0x01020380);
    CHECK(visitor_id_eq(got, id));
    CHECK_INT(key_visitor_read(of(key.bytes, key.n - 1), &workspace, &got), ERR_CORRUPT);
    key.bytes[4] = 0xff; /* more than 119 bits */
    CHECK_INT(key_visitor_read(key_str(&key), &workspace, &got), ERR_CORRUPT);
}

static void test_match_key(void)
{
    uint8_t key[4 + 8 + VISITOR_ID_KEY_BYTES] = { 0 };
    struct visitor_id id = visitor_id_new(1795200000000), got;
    visitor_id_to_key(key + 12, id);
    CHECK_INT(key_match_read(of(key, sizeof key), &got), ERR_OK);
    CHECK(visitor_id_eq(got, id));
    CHECK_INT(key_match_read(of(key, sizeof key - 1), &got), ERR_CORRUPT);
    key[12] = 0xff; /* more than 119 bits */
    CHECK_INT(key_match_read(of(key, sizeof key), &got), ERR_CORRUPT);
}

int main(void)
{
    RUN(test_visit_key);
    RUN(test_visitor_key);
    RUN(test_match_key);
    return test_end();
}
