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

/* As it was written while the store kept an index of looks: eight more bytes before the profile. */
static void test_visitor_record_of_version_1(void)
{
    static const char record[] = "\1\2\5\3\0" "\xff\xff\xff\xff\xff\xff\xff\xff" "profile";
    struct visitor v = { 0 };
    struct arena arena;
    arena_init(&arena, 4096);
    CHECK_INT(visitor_decode(&v, (struct str){ record, sizeof record - 1 }), ERR_OK);
    CHECK_INT(v.first_seen_ms, 1);
    CHECK_INT(v.last_seen_ms, 6);
    CHECK_INT(v.visits_count, 3);
    CHECK_INT(v.snapshot, 0);
    CHECK_STR(v.profile, STR("profile"));
    CHECK_INT(visitor_decode(&v, (struct str){ record, 10 }), ERR_CORRUPT);
    visitor_decode(&v, (struct str){ record, sizeof record - 1 });
    struct str now = visitor_encode(&v, &arena);
    CHECK_INT(now.n, sizeof record - 1 - 8);
    CHECK_INT(now.p[0], 2);
    CHECK_INT(visitor_decode(&v, now), ERR_OK);
    CHECK_STR(v.profile, STR("profile"));
    arena_free(&arena);
}

/* What deletions leave, and what retention makes of a visitor's record. */
static void test_receipt_and_mark(void)
{
    struct receipt r = { .workspace = 7, .key = 3, .deleted_ms = 1764000000123, .erased_ms = 1764000009999,
                         .events = 300 };
    struct receipt got = { 0 };
    struct mark mark = { .when_ms = 1764000000123, .has_receipt = true }, mark_got;
    struct arena arena;
    struct key key, prefix;
    arena_init(&arena, 4096);
    memset(r.hash, 0x5a, sizeof r.hash);
    memset(mark.hash, 0x5a, sizeof mark.hash);
    key_receipt(&key, &r);
    key_receipts(&prefix, 7);
    CHECK(str_starts(key_str(&key), key_str(&prefix)));
    CHECK_INT(key_receipt_read(&got, key_str(&key)), ERR_OK);
    struct str record = receipt_encode(&r, &arena);
    CHECK_INT(receipt_decode(&got, record), ERR_OK);
    CHECK_INT(got.workspace, 7);
    CHECK_INT(got.key, 3);
    CHECK_INT(got.events, 300);
    CHECK_INT(got.deleted_ms, r.deleted_ms);
    CHECK_INT(got.erased_ms, r.erased_ms);
    CHECK(memcmp(got.hash, r.hash, sizeof r.hash) == 0);
    CHECK_INT(receipt_decode(&got, str_sub(record, 0, record.n - 1)), ERR_CORRUPT);
    CHECK_INT(key_receipt_read(&got, of(key.bytes, key.n - 1)), ERR_CORRUPT);
    record = mark_encode(&mark, &arena);
    CHECK_INT(mark_decode(&mark_got, record), ERR_OK);
    CHECK(mark_got.has_receipt && memcmp(mark_got.hash, mark.hash, sizeof mark.hash) == 0);
    CHECK_INT(mark_decode(&mark_got, str_sub(record, 0, 8)), ERR_OK); /* as it was before there were receipts */
    CHECK_INT(mark_got.when_ms, mark.when_ms);
    CHECK(!mark_got.has_receipt);
    CHECK_INT(mark_decode(&mark_got, str_sub(record, 0, 12)), ERR_CORRUPT);
    arena_free(&arena);
}

static void test_visitor_without_payload(void)
{
    struct visitor v = { .first_seen_ms = 5, .last_seen_ms = 9, .visits_count = 2, .snapshot = 4,
                         .profile = STR("profile") };
    struct visitor got = { 0 };
    struct arena arena;
    arena_init(&arena, 4096);
    CHECK_INT(visitor_decode(&got, visitor_encode(&v, &arena)), ERR_OK);
    CHECK_INT(got.snapshot, 4); /* numbers are not used again */
    CHECK_INT(got.base, 0);
    CHECK_STR(got.profile, STR("profile"));
    v.base = 5; /* above the snapshot itself */
    CHECK_INT(visitor_decode(&got, visitor_encode(&v, &arena)), ERR_CORRUPT);
    arena_free(&arena);
}

int main(void)
{
    RUN(test_receipt_and_mark);
    RUN(test_visitor_without_payload);
    RUN(test_visit_key);
    RUN(test_visitor_key);
    RUN(test_visitor_record_of_version_1);
    return test_end();
}
