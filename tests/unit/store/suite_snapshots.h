/* suite_snapshots - steady parts of payloads and damaged records; part of suite.h. */
#ifndef WHORL_TESTS_STORE_SUITE_SNAPSHOTS_H
#define WHORL_TESTS_STORE_SUITE_SNAPSHOTS_H

#include "base/bytes.h"
#include "store/snapshot.h"

#include <zstd.h>

enum { STEADY_BYTES = 9000 };

/* Bytes that compress somewhat, as hashes between words do; the same for the same seed. */
static struct str make_steady(char out[STEADY_BYTES], uint64_t seed)
{
    for (size_t i = 0; i < STEADY_BYTES; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        out[i] = i % 64 < 32 ? (char)('a' + i % 26) : (char)(seed >> 56);
    }
    return (struct str){ out, STEADY_BYTES };
}

static int64_t visit_with(struct store *st, struct visitor_id id, bool newcomer, struct str steady)
{
    int64_t snapshot = -1;
    struct visit_spec spec = { .claim = claim_of(id, newcomer, t0_ms), .steady = steady,
                               .event = event_id_new(t0_ms) };
    CHECK_INT(do_visit(st, &spec, &snapshot), ERR_OK);
    return snapshot;
}

static void check_snapshot(struct store *st, struct visitor_id id, uint32_t number, struct str want)
{
    struct str got = STR("nothing");
    CHECK_INT(store_find_snapshot(st, 1, id, number, &test_arena, &got), ERR_OK);
    CHECK(str_eq(got, want));
}

/* The record, past the store. */
static struct str snapshot_record(struct rig *rig, struct visitor_id id, uint32_t number)
{
    struct key key;
    struct str record = { NULL, 0 };
    key_snapshot(&key, 1, id, number);
    rig_get(&rig->engine, TABLE_SNAPSHOTS, key_str(&key), &test_arena, &record);
    return record;
}

static bool is_difference(struct str record)
{
    return record.n > 1 && record.p[1] == 1;
}

static void test_snapshot_same(void)
{
    struct rig *rig;
    struct store *st = open_store(true, &rig);
    char bytes[STEADY_BYTES];
    struct str steady = make_steady(bytes, 1), got;
    struct visitor_id id = visitor_id_new(t0_ms);
    CHECK_INT(visit_with(st, id, true, steady), 1);
    CHECK_INT(visit_with(st, id, false, steady), 1);
    CHECK_INT(visit_with(st, id, false, STR("")), 0); /* nothing steady: refers to none */
    CHECK_INT(visit_with(st, id, false, steady), 1);
    check_snapshot(st, id, 1, steady);
    CHECK_INT(snapshot_record(rig, id, 2).n, 0);
    CHECK_INT(store_find_snapshot(st, 1, id, 2, &test_arena, &got), ERR_NOT_FOUND);
    CHECK_INT(store_find_snapshot(st, 2, id, 1, &test_arena, &got), ERR_NOT_FOUND);

    struct visitor_id other = visitor_id_new(t0_ms); /* shares nothing with the first */
    CHECK_INT(visit_with(st, other, true, steady), 1);
    CHECK(!is_difference(snapshot_record(rig, other, 1)));

    /* Two at once: none may lean on what the other has not written yet. */
    struct visitor_id twins = visitor_id_new(t0_ms);
    struct ticket tickets[2];
    gate_close(rig);
    for (size_t i = 0; i < 2; i++) {
        struct visit_spec spec = { .claim = claim_of(twins, i == 0, t0_ms), .steady = steady,
                                   .event = event_id_new(t0_ms) };
        ticket_init(&tickets[i]);
        CHECK_INT(start_visit(st, &tickets[i], &spec), ERR_OK);
    }
    gate_open(rig);
    for (size_t i = 0; i < 2; i++) {
        CHECK_INT(ticket_await(&tickets[i]), ERR_OK);
        check_snapshot(st, twins, (uint32_t)tickets[i].event.snapshot, steady);
        ticket_free(&tickets[i]);
    }
    CHECK_INT(visit_with(st, twins, false, steady), 2);
    store_close(st);
}

static void test_snapshot_differences(void)
{
    struct rig *rig;
    struct store *st = open_store(true, &rig);
    char bytes_a[STEADY_BYTES], bytes_b[STEADY_BYTES];
    struct str first = make_steady(bytes_a, 1), second = make_steady(bytes_b, 1);
    memcpy(bytes_b + 4000, "changed", 7);
    struct visitor_id id = visitor_id_new(t0_ms);
    CHECK_INT(visit_with(st, id, true, first), 1);
    CHECK_INT(visit_with(st, id, false, second), 2);
    CHECK_INT(visit_with(st, id, false, second), 2);
    CHECK_INT(visit_with(st, id, false, first), 3);
    CHECK(!is_difference(snapshot_record(rig, id, 1)));
    CHECK(is_difference(snapshot_record(rig, id, 2)));
    CHECK(is_difference(snapshot_record(rig, id, 3)));
    CHECK(snapshot_record(rig, id, 2).n < 200);
    check_snapshot(st, id, 1, first);
    check_snapshot(st, id, 2, second);
    check_snapshot(st, id, 3, first);

    /* Too much changed: a new base, which later ones differ from. */
    char bytes_c[STEADY_BYTES], bytes_d[STEADY_BYTES];
    struct str fourth = make_steady(bytes_c, 2), fifth = make_steady(bytes_d, 2);
    memcpy(bytes_d + 100, "changed", 7);
    CHECK_INT(visit_with(st, id, false, fourth), 4);
    CHECK_INT(visit_with(st, id, false, fifth), 5);
    CHECK(!is_difference(snapshot_record(rig, id, 4)));
    CHECK(is_difference(snapshot_record(rig, id, 5)));
    check_snapshot(st, id, 1, first);
    check_snapshot(st, id, 2, second);
    check_snapshot(st, id, 4, fourth);
    check_snapshot(st, id, 5, fifth);

    /* A base that cannot be read is not built upon. */
    struct key key;
    key_snapshot(&key, 1, id, 4);
    put_record(rig->inner, TABLE_SNAPSHOTS, key_str(&key), STR("damaged"));
    CHECK_INT(visit_with(st, id, false, fourth), 6);
    CHECK(!is_difference(snapshot_record(rig, id, 6)));
    check_snapshot(st, id, 6, fourth);

    struct visit *visit;
    struct claim claim = claim_of(id, false, t0_ms);
    struct ticket t;
    static char huge[SNAPSHOT_BYTES_MAX + 1];
    ticket_init(&t);
    CHECK_INT(store_enter(st, &claim, &visit), ERR_OK);
    ticket_fill(&t, visit, 1, event_id_new(t0_ms), (struct str){ huge, sizeof huge });
    CHECK_INT(store_save(st, &t.save), ERR_BODY_TOO_LARGE);
    CHECK_INT(find_visitor(st, id).visits_count, 7);
    ticket_free(&t);
    store_close(st);
}

static void test_snapshot_dictionaries(void)
{
    struct rig *rig;
    struct store *st = open_store(true, &rig);
    char bytes_a[STEADY_BYTES], bytes_b[STEADY_BYTES], bytes_c[STEADY_BYTES];
    struct str steady = make_steady(bytes_a, 1), other = make_steady(bytes_b, 2),
               typical = make_steady(bytes_c, 1);
    memset(bytes_c, '?', 1000);
    struct visitor_id plain = visitor_id_new(t0_ms), packed = visitor_id_new(t0_ms),
                      later = visitor_id_new(t0_ms);
    CHECK_INT(visit_with(st, plain, true, steady), 1);
    store_set_dictionary(st, typical);
    CHECK_INT(visit_with(st, packed, true, steady), 1);
    store_set_dictionary(st, other);
    CHECK_INT(visit_with(st, later, true, other), 1);
    size_t plain_bytes = snapshot_record(rig, plain, 1).n;
    CHECK(snapshot_record(rig, packed, 1).n < plain_bytes / 2);
    CHECK(snapshot_record(rig, later, 1).n < 100);
    check_snapshot(st, plain, 1, steady);
    check_snapshot(st, packed, 1, steady);
    check_snapshot(st, later, 1, other);

    /* A process that was not given the dictionary finds it in the store. */
    struct snapshots *fresh = snapshots_create(&rig->engine);
    struct str got = { NULL, 0 };
    REQUIRE(fresh);
    CHECK_INT(snapshot_read(fresh, 1, packed, 1, &test_arena, &got), ERR_OK);
    CHECK(str_eq(got, steady));
    snapshots_destroy(fresh);

    struct key key;
    fresh = snapshots_create(&rig->engine);
    key_dictionary(&key, snapshot_dictionary_hash(typical));
    put_record(rig->inner, TABLE_VALUES, key_str(&key), STR("damaged"));
    CHECK_INT(snapshot_read(fresh, 1, packed, 1, &test_arena, &got), ERR_CORRUPT);
    snapshots_destroy(fresh);
    store_close(st);
}

/* ---- damage -------------------------------------------------------------------------------- */

/* Tries the record with each byte changed, and cut at each length. */
static void damage(struct rig *rig, enum table table, const struct key *key,
                   void (*check)(void *context, enum err missing), void *context)
{
    struct arena arena;
    struct str record;
    arena_init(&arena, 1 << 20);
    REQUIRE(rig_get(&rig->engine, table, key_str(key), &arena, &record) == ERR_OK);
    char *bytes = arena_alloc(&arena, record.n);
    REQUIRE(bytes && record.n > 0);
    for (size_t i = 0; i < record.n; i++) {
        memcpy(bytes, record.p, record.n);
        put_record(rig->inner, table, key_str(key), (struct str){ bytes, i });
        check(context, ERR_CORRUPT);
        static const char changes[] = { 0x01, (char)0x80, (char)0xff };
        for (size_t k = 0; k < sizeof changes; k++) {
            bytes[i] = (char)(record.p[i] ^ changes[k]);
            put_record(rig->inner, table, key_str(key), (struct str){ bytes, record.n });
            check(context, ERR_OK);
        }
        arena_reset(&test_arena);
    }
    put_record(rig->inner, table, key_str(key), record);
    arena_free(&arena);
}

struct damaged {
    struct store *st;
    struct visitor_id id;
    struct event_id event;
    uint32_t snapshot;
    struct str steady;
    size_t refused;
};

static void check_damaged_snapshot(void *context, enum err missing)
{
    struct damaged *d = context;
    struct str got;
    enum err e = store_find_snapshot(d->st, 1, d->id, d->snapshot, &test_arena, &got);
    CHECK(e == ERR_CORRUPT || (e == ERR_OK && str_eq(got, d->steady) && missing == ERR_OK));
    d->refused += e == ERR_CORRUPT;
}

static void put_bomb(struct rig *rig, const struct key *key, uint64_t claimed)
{
    struct arena arena;
    struct bytes_out out;
    static char zeros[4 << 20], packed[64 * 1024];
    size_t n = ZSTD_compress(packed, sizeof packed, zeros, sizeof zeros, 1);
    REQUIRE(!ZSTD_isError(n));
    arena_init(&arena, 1 << 20);
    bytes_out_init(&out, &arena, 64 * 1024);
    bytes_put(&out, "\x01", 2); /* version 1, whole */
    bytes_put_varint(&out, claimed);
    bytes_put(&out, "\0\0\0\0\0\0\0\0\0\0\0", 12);
    bytes_put(&out, packed, n);
    put_record(rig->inner, TABLE_SNAPSHOTS, key_str(key), bytes_out_text(&out));
    arena_free(&arena);
}

static void test_damaged_snapshots(void)
{
    struct rig *rig;
    struct store *st = open_store(true, &rig);
    char bytes_a[STEADY_BYTES], bytes_b[STEADY_BYTES];
    struct str first = make_steady(bytes_a, 1), second = make_steady(bytes_b, 1), got;
    memcpy(bytes_b, "second", 6);
    struct damaged d = { .st = st, .id = visitor_id_new(t0_ms), .snapshot = 1, .steady = first };
    struct key key;
    store_set_dictionary(st, second);
    CHECK_INT(visit_with(st, d.id, true, first), 1);
    CHECK_INT(visit_with(st, d.id, false, second), 2);
    key_snapshot(&key, 1, d.id, 1);
    damage(rig, TABLE_SNAPSHOTS, &key, check_damaged_snapshot, &d);
    CHECK(d.refused > 0);
    d.snapshot = 2;
    d.steady = second;
    d.refused = 0;
    damage(rig, TABLE_SNAPSHOTS, &key, check_damaged_snapshot, &d); /* its base */
    CHECK(d.refused > 0);
    d.refused = 0;
    key_snapshot(&key, 1, d.id, 2);
    damage(rig, TABLE_SNAPSHOTS, &key, check_damaged_snapshot, &d);
    CHECK(d.refused > 0);
    check_snapshot(st, d.id, 2, second);

    /* A difference from a difference, and from nothing. */
    struct str record = snapshot_record(rig, d.id, 2);
    key_snapshot(&key, 1, d.id, 1);
    put_record(rig->inner, TABLE_SNAPSHOTS, key_str(&key), record);
    CHECK_INT(store_find_snapshot(st, 1, d.id, 2, &test_arena, &got), ERR_CORRUPT);
    struct visitor_id nobody = visitor_id_new(t0_ms);
    key_snapshot(&key, 1, nobody, 2);
    put_record(rig->inner, TABLE_SNAPSHOTS, key_str(&key), record);
    CHECK_INT(store_find_snapshot(st, 1, nobody, 2, &test_arena, &got), ERR_CORRUPT);

    put_bomb(rig, &key, 100);
    CHECK_INT(store_find_snapshot(st, 1, nobody, 2, &test_arena, &got), ERR_CORRUPT);
    put_bomb(rig, &key, SNAPSHOT_BYTES_MAX);
    CHECK_INT(store_find_snapshot(st, 1, nobody, 2, &test_arena, &got), ERR_CORRUPT);
    put_bomb(rig, &key, (uint64_t)1 << 40);
    CHECK_INT(store_find_snapshot(st, 1, nobody, 2, &test_arena, &got), ERR_CORRUPT);
    store_close(st);
}

static void check_damaged_visitor(void *context, enum err missing)
{
    struct damaged *d = context;
    struct visitor v;
    struct visit *visit;
    struct claim claim = claim_of(d->id, false, t0_ms);
    enum err e = store_find_visitor(d->st, 1, d->id, &test_arena, &v);
    CHECK(e == ERR_OK || e == ERR_CORRUPT);
    CHECK(e || (v.profile.n <= VISITOR_PROFILE_BYTES_MAX && v.last_seen_ms >= v.first_seen_ms));
    CHECK_INT(store_enter(d->st, &claim, &visit), e);
    if (!e) store_leave(d->st, visit);
    (void)missing; /* a shorter profile is a good record */
    d->refused += e == ERR_CORRUPT;
}

static void check_damaged_event(void *context, enum err missing)
{
    struct damaged *d = context;
    struct event ev;
    size_t count;
    enum err e = store_find_event(d->st, 1, d->event, &test_arena, &ev);
    CHECK(e == ERR_OK || e == ERR_CORRUPT || e == ERR_NOT_FOUND); /* another workspace */
    CHECK_INT(store_find_visits(d->st, 1, d->id, EVENT_ID_LAST, 1, &test_arena, &ev, &count),
              e == ERR_CORRUPT ? ERR_CORRUPT : ERR_OK);
    (void)missing; /* fewer fields are a good record */
    d->refused += e == ERR_CORRUPT;
}

static void ignore_key(void *context, const struct api_key *key)
{
    (void)context, (void)key;
}

static void check_damaged_key(void *context, enum err missing)
{
    struct damaged *d = context;
    enum err e = store_each_key(d->st, ignore_key, NULL);
    CHECK(e == ERR_CORRUPT || (e == ERR_OK && missing == ERR_OK));
    d->refused += e == ERR_CORRUPT;
}

static void test_damaged_records(void)
{
    struct rig *rig;
    struct store *st = open_store(true, &rig);
    struct damaged d = { .st = st, .id = visitor_id_new(t0_ms), .event = event_id_new(t0_ms) };
    struct visit_spec spec = { .claim = claim_of(d.id, true, t0_ms), .event = d.event,
                               .steady = STR("steady") };
    struct api_key api_key = { .id = 1, .text = STR("pk"), .origins = STR("https://a.example") };
    struct key key;
    CHECK_INT(do_visit(st, &spec, NULL), ERR_OK);
    CHECK_INT(store_save_key(st, &api_key), ERR_OK);
    key_visitor(&key, 1, d.id);
    damage(rig, TABLE_VISITORS, &key, check_damaged_visitor, &d);
    CHECK(d.refused > 0);
    d.refused = 0;
    key_event(&key, d.event);
    damage(rig, TABLE_EVENTS, &key, check_damaged_event, &d);
    CHECK(d.refused > 0);
    d.refused = 0;
    key_api_key(&key, 1);
    damage(rig, TABLE_VALUES, &key, check_damaged_key, &d);
    CHECK(d.refused > 0);

    /* An index key of a wrong length. */
    struct event ev;
    size_t count;
    key_visit(&key, 1, d.id, d.event);
    put_record(rig->inner, TABLE_VISITS, (struct str){ (char *)key.bytes, key.n - 1 }, STR(""));
    CHECK_INT(store_find_visits(st, 1, d.id, EVENT_ID_LAST, 4, &test_arena, &ev, &count), ERR_CORRUPT);
    store_close(st);
}

#endif
