/* suite - what every engine must do, seen through store.h. A test program defines
 *
 *     static enum err open_engine(struct engine **out, bool fresh);      fresh: nothing stored yet
 *     static const bool keeps_data;                                      after closing
 *
 * before including this, and calls run_suite. */
#ifndef WHORL_TESTS_STORE_SUITE_H
#define WHORL_TESTS_STORE_SUITE_H

#include "base/clock.h"
#include "store/record.h"
#include "tests/unit/store/rig.h"

enum { T0 = 1700000000 };
static const int64_t t0_ms = (int64_t)T0 * 1000;

static struct store *open_store(bool fresh, struct rig **rig)
{
    struct engine *engine;
    struct store *st;
    REQUIRE(open_engine(&engine, fresh) == ERR_OK);
    struct rig *r = rig_create(engine);
    REQUIRE(store_open_engine(&st, &r->engine) == ERR_OK);
    if (rig) *rig = r;
    return st;
}

static struct arena test_arena;

static struct visitor find_visitor(struct store *st, struct visitor_id id)
{
    struct visitor visitor = { 0 };
    CHECK_INT(store_find_visitor(st, 1, id, &test_arena, &visitor), ERR_OK);
    return visitor;
}

/* ---- values and keys ----------------------------------------------------------------------- */

static void join_names(void *context, struct str name, struct str value)
{
    char *text = context;
    sprintf(text + strlen(text), "%.*s=%.*s ", STR_ARG(name), STR_ARG(value));
}

static void test_values(void)
{
    struct store *st = open_store(true, NULL);
    struct str value;
    char text[256] = "";
    CHECK_INT(store_get_value(st, STR("a/1"), &test_arena, &value), ERR_NOT_FOUND);
    CHECK_INT(store_set_value(st, STR("b"), STR("other")), ERR_OK);
    CHECK_INT(store_set_value(st, STR("a/2"), STR("two")), ERR_OK);
    CHECK_INT(store_set_value(st, STR("a/10"), STR("")), ERR_OK);
    CHECK_INT(store_set_value(st, STR("a/1"), STR("wrong")), ERR_OK);
    CHECK_INT(store_set_value(st, STR("a/1"), STR("one")), ERR_OK);
    CHECK_INT(store_get_value(st, STR("a/1"), &test_arena, &value), ERR_OK);
    CHECK_STR(value, STR("one"));
    CHECK_INT(store_get_value(st, STR("a/10"), &test_arena, &value), ERR_OK);
    CHECK_STR(value, STR(""));
    CHECK_INT(store_each_value(st, STR("a/"), join_names, text), ERR_OK);
    CHECK_STR(str_of(text), STR("a/1=one a/10= a/2=two "));
    text[0] = 0;
    CHECK_INT(store_each_value(st, STR(""), join_names, text), ERR_OK);
    CHECK_STR(str_of(text), STR("a/1=one a/10= a/2=two b=other "));
    store_close(st);
}

static struct api_key seen_keys[4];
static size_t seen_keys_count;

static void see_key(void *context, const struct api_key *key)
{
    (void)context;
    REQUIRE(seen_keys_count < COUNT_OF(seen_keys));
    struct api_key *copy = &seen_keys[seen_keys_count++];
    *copy = *key;
    copy->text = arena_copy(&test_arena, key->text);
    copy->origins = arena_copy(&test_arena, key->origins);
}

static void test_keys(void)
{
    struct store *st = open_store(true, NULL);
    struct api_key public = { .id = 2, .kind = KEY_PUBLIC, .workspace = 7, .environment = 70000,
                              .test = true, .created_ms = t0_ms, .text = STR("pk_live_1"),
                              .origins = STR("https://a.example https://*.b.example") };
    struct api_key secret = { .id = 300, .kind = KEY_SECRET, .workspace = 1, .created_ms = -1 };
    memset(public.hash, 0xab, sizeof public.hash);
    CHECK_INT(store_save_key(st, &secret), ERR_OK);
    CHECK_INT(store_save_key(st, &public), ERR_OK);
    CHECK_INT(store_set_value(st, STR("kv"), STR("no key")), ERR_OK);
    seen_keys_count = 0;
    CHECK_INT(store_each_key(st, see_key, NULL), ERR_OK);
    CHECK_INT(seen_keys_count, 2);
    CHECK_INT(seen_keys[0].id, 2);
    CHECK_INT(seen_keys[0].kind, KEY_PUBLIC);
    CHECK_INT(seen_keys[0].workspace, 7);
    CHECK_INT(seen_keys[0].environment, 70000);
    CHECK(seen_keys[0].test);
    CHECK_INT(seen_keys[0].created_ms, t0_ms);
    CHECK(memcmp(seen_keys[0].hash, public.hash, 32) == 0);
    CHECK_STR(seen_keys[0].text, public.text);
    CHECK_STR(seen_keys[0].origins, public.origins);
    CHECK_INT(seen_keys[1].id, 300);
    CHECK_INT(seen_keys[1].kind, KEY_SECRET);
    CHECK(!seen_keys[1].test);
    CHECK_INT(seen_keys[1].created_ms, -1);
    CHECK_STR(seen_keys[1].text, STR(""));
    store_close(st);
}

/* ---- events -------------------------------------------------------------------------------- */

static void test_event_round_trip(void)
{
    struct store *st = open_store(true, NULL);
    struct ticket t;
    struct visit *visit;
    struct visitor_id id = visitor_id_new(t0_ms);
    struct claim claim = claim_of(id, true, t0_ms);
    ticket_init(&t);
    CHECK_INT(store_enter(st, &claim, &visit), ERR_OK);
    ticket_fill(&t, visit, 1, event_id_new(t0_ms), STR("steady"));
    event_set(&t.event, EVENT_match_score), t.event.match_score = 0.25;
    event_set(&t.event, EVENT_incognito), t.event.incognito = true;
    event_set(&t.event, EVENT_tag), t.event.tag = STR("{\"a\":1}");
    event_set(&t.event, EVENT_match_reasons), codes_add(&t.event.match_reasons, 4);
    CHECK_INT(store_save(st, &t.save), ERR_OK);
    CHECK_INT(ticket_await(&t), ERR_OK);

    struct event ev;
    CHECK_INT(store_find_event(st, 1, t.event.id, &test_arena, &ev), ERR_OK);
    CHECK(event_same_fields(&ev, &t.event));
    CHECK_INT(ev.id.time_ms, t.event.id.time_ms);
    CHECK_INT(ev.id.random, t.event.id.random);
    CHECK(visitor_id_eq(ev.visitor, id));
    CHECK(ev.match_score == 0.25 && ev.incognito && codes_have(&ev.match_reasons, 4));
    CHECK_STR(ev.tag, STR("{\"a\":1}"));
    CHECK_STR(ev.url, STR("https://example.com/"));
    CHECK_INT(ev.snapshot, 1);
    CHECK_INT(store_find_event(st, 2, t.event.id, &test_arena, &ev), ERR_NOT_FOUND);
    CHECK_INT(store_find_event(st, 1, event_id_new(t0_ms), &test_arena, &ev), ERR_NOT_FOUND);
    ticket_free(&t);
    store_close(st);
}

static void test_visits_paging(void)
{
    struct store *st = open_store(true, NULL);
    struct visitor_id id = visitor_id_new(t0_ms), other = visitor_id_new(t0_ms);
    static const int64_t offsets[] = { 500, 100, 300, 200, 400 }; /* not in order of time */
    CHECK_INT(simple_visit(st, other, true, t0_ms + 250), ERR_OK);
    for (size_t i = 0; i < COUNT_OF(offsets); i++)
        CHECK_INT(simple_visit(st, id, i == 0, t0_ms + offsets[i]), ERR_OK);

    struct event events[8];
    size_t count;
    CHECK_INT(store_find_visits(st, 1, id, EVENT_ID_LAST, 8, &test_arena, events, &count), ERR_OK);
    CHECK_INT(count, 5);
    for (size_t i = 0; i < count; i++)
        CHECK_INT(events[i].id.time_ms, t0_ms + 500 - 100 * (int64_t)i);
    CHECK_INT(store_find_visits(st, 1, id, EVENT_ID_LAST, 2, &test_arena, events, &count), ERR_OK);
    CHECK_INT(count, 2);
    CHECK_INT(store_find_visits(st, 1, id, events[1].id, 2, &test_arena, events, &count), ERR_OK);
    CHECK_INT(count, 2);
    CHECK_INT(events[0].id.time_ms, t0_ms + 300);
    CHECK_INT(events[1].id.time_ms, t0_ms + 200);
    CHECK_INT(store_find_visits(st, 1, id, events[1].id, 2, &test_arena, events, &count), ERR_OK);
    CHECK_INT(count, 1);
    CHECK_INT(store_find_visits(st, 1, id, events[0].id, 2, &test_arena, events, &count), ERR_OK);
    CHECK_INT(count, 0);
    CHECK_INT(store_find_visits(st, 2, id, EVENT_ID_LAST, 8, &test_arena, events, &count), ERR_OK);
    CHECK_INT(count, 0);
    CHECK_INT(store_find_visits(st, 1, id, EVENT_ID_LAST, 0, &test_arena, events, &count), ERR_OK);
    CHECK_INT(count, 0);
    store_close(st);
}

/* ---- visitors ------------------------------------------------------------------------------ */

static void test_visitor_record(void)
{
    struct store *st = open_store(true, NULL);
    struct visitor_id id = visitor_id_new(t0_ms);
    struct visitor v;
    struct visit *visit;
    CHECK_INT(store_find_visitor(st, 1, id, &test_arena, &v), ERR_NOT_FOUND);
    struct visit_spec spec = { .claim = claim_of(id, true, t0_ms), .event = event_id_new(t0_ms) };
    CHECK_INT(do_visit(st, &spec, NULL), ERR_OK);
    char profile[VISITOR_PROFILE_BYTES_MAX];
    memset(profile, 'x', sizeof profile);
    spec.claim.newcomer = false;
    spec.claim.now_ms = t0_ms + 1000;
    spec.claim.profile = (struct str){ profile, sizeof profile };
    spec.event = event_id_new(spec.claim.now_ms);
    CHECK_INT(do_visit(st, &spec, NULL), ERR_OK);
    v = find_visitor(st, id);
    CHECK_INT(v.workspace, 1);
    CHECK(visitor_id_eq(v.id, id));
    CHECK_INT(v.first_seen_ms, t0_ms);
    CHECK_INT(v.last_seen_ms, t0_ms + 1000);
    CHECK_INT(v.visits_count, 2);
    CHECK_STR(v.profile, spec.claim.profile);
    CHECK_INT(store_find_visitor(st, 2, id, &test_arena, &v), ERR_NOT_FOUND);
    spec.claim.workspace = 2;
    CHECK_INT(store_enter(st, &spec.claim, &visit), ERR_NOT_FOUND);
    store_close(st);
}

static void test_times_out_of_order(void)
{
    struct store *st = open_store(true, NULL);
    struct visitor_id id = visitor_id_new(t0_ms);
    struct visit *visit;
    CHECK_INT(simple_visit(st, id, true, t0_ms), ERR_OK);
    struct claim early = claim_of(id, false, t0_ms - 500), late = claim_of(id, false, t0_ms + 500);
    CHECK_INT(store_enter(st, &early, &visit), ERR_OK);
    CHECK_INT(visit->first_seen_ms, t0_ms - 500);
    CHECK_INT(visit->last_seen_ms, t0_ms);
    CHECK_INT(visit->visits_count, 2);
    CHECK(visit->found && !visit->joined);
    store_leave(st, visit);
    CHECK_INT(simple_visit(st, id, false, t0_ms - 500), ERR_OK);
    CHECK_INT(store_enter(st, &late, &visit), ERR_OK);
    CHECK_INT(visit->first_seen_ms, t0_ms - 500);
    CHECK_INT(visit->last_seen_ms, t0_ms);
    CHECK_INT(visit->visits_count, 3);
    store_leave(st, visit);
    struct visitor v = find_visitor(st, id);
    CHECK_INT(v.first_seen_ms, t0_ms - 500);
    CHECK_INT(v.last_seen_ms, t0_ms);
    CHECK_INT(v.visits_count, 2);
    store_close(st);
}

struct roll {
    struct visitor seen[8];
    char profiles[8][16];
    size_t count;
};

static void call_roll(void *context, const struct visitor *visitor)
{
    struct roll *roll = context;
    REQUIRE(roll->count < COUNT_OF(roll->seen));
    snprintf(roll->profiles[roll->count], sizeof roll->profiles[0], "%.*s",
             STR_ARG(visitor->profile));
    roll->seen[roll->count++] = *visitor;
}

static struct roll roll_of(struct store *st, enum err want)
{
    struct roll roll = { 0 };
    CHECK_INT(store_each_visitor(st, call_roll, &roll), want);
    return roll;
}

static void test_each_visitor(void)
{
    struct rig *rig;
    struct store *st = open_store(true, &rig);
    struct key key;
    struct visitor_id ids[3];
    struct visit *in_flight;
    CHECK_INT(roll_of(st, ERR_OK).count, 0);
    for (size_t i = 3; i-- > 0;) {
        ids[i] = visitor_id_new(t0_ms + (int64_t)i);
        struct visit_spec spec = { .claim = claim_of(ids[i], true, t0_ms + (int64_t)i),
                                   .event = event_id_new(t0_ms), .steady = STR("steady") };
        spec.claim.workspace = i < 2 ? 1 : 256; /* numbers in keys are big-endian */
        spec.claim.profile = i ? STR("profile") : STR("first");
        CHECK_INT(do_visit(st, &spec, NULL), ERR_OK);
    }
    CHECK_INT(simple_visit(st, ids[1], false, t0_ms + 500), ERR_OK);
    struct claim claim = claim_of(visitor_id_new(t0_ms), true, t0_ms);
    CHECK_INT(store_enter(st, &claim, &in_flight), ERR_OK);
    struct roll roll = roll_of(st, ERR_OK);
    CHECK_INT(roll.count, 3);
    for (size_t i = 0; i < 3; i++) {
        CHECK(visitor_id_eq(roll.seen[i].id, ids[i]));
        CHECK_INT(roll.seen[i].workspace, i < 2 ? 1 : 256);
        CHECK_INT(roll.seen[i].first_seen_ms, t0_ms + (int64_t)i);
        CHECK_INT(roll.seen[i].last_seen_ms, t0_ms + (i == 1 ? 500 : (int64_t)i));
        CHECK_INT(roll.seen[i].visits_count, i == 1 ? 2 : 1);
        CHECK_STR(str_of(roll.profiles[i]), i ? STR("profile") : STR("first"));
    }
    store_leave(st, in_flight);

    key_visitor(&key, 1, ids[1]); /* a damaged one hides no other */
    put_record(rig->inner, TABLE_VISITORS, key_str(&key), STR("\x01"));
    roll = roll_of(st, ERR_CORRUPT);
    CHECK_INT(roll.count, 2);
    CHECK(visitor_id_eq(roll.seen[1].id, ids[2]));
    store_close(st);
}

/* ---- in flight ----------------------------------------------------------------------------- */

static void test_visible_before_commit(void)
{
    struct rig *rig;
    struct store *st = open_store(true, &rig);
    struct ticket t;
    struct visitor_id id = visitor_id_new(t0_ms);
    struct visit_spec spec = { .claim = claim_of(id, true, t0_ms), .event = event_id_new(t0_ms) };
    gate_close(rig);
    ticket_init(&t);
    CHECK_INT(start_visit(st, &t, &spec), ERR_OK);
    gate_await(rig);
    CHECK_INT(t.answers, 0);
    struct visitor v = find_visitor(st, id);
    CHECK_INT(v.visits_count, 1);
    CHECK_STR(v.profile, STR("profile"));
    struct visit *second;
    struct claim again = claim_of(id, false, t0_ms + 5);
    CHECK_INT(store_enter(st, &again, &second), ERR_OK);
    CHECK(second->found && !second->joined);
    CHECK_INT(second->visits_count, 2);
    CHECK_INT(second->last_seen_ms, t0_ms);
    gate_open(rig);
    CHECK_INT(ticket_await(&t), ERR_OK);
    CHECK_INT(find_visitor(st, id).visits_count, 2); /* the second is still in flight */
    store_leave(st, second);
    CHECK_INT(find_visitor(st, id).visits_count, 1);
    ticket_free(&t);
    store_close(st);
}

static struct claim newcomer_of(uint64_t key, int64_t now_ms)
{
    struct claim claim = claim_of(visitor_id_new(now_ms), true, now_ms);
    claim.newcomer_key = key;
    return claim;
}

static void test_join(void)
{
    struct store *st = open_store(true, NULL);
    struct visit *a, *b, *c, *d;
    struct claim first = newcomer_of(9, t0_ms), second = newcomer_of(9, t0_ms + 1),
                 elsewhere = newcomer_of(9, t0_ms), keyless = newcomer_of(0, t0_ms);
    elsewhere.workspace = 2;
    CHECK_INT(store_enter(st, &first, &a), ERR_OK);
    CHECK(!a->found && !a->joined && a->visits_count == 1 && a->first_seen_ms == t0_ms);
    CHECK_INT(store_enter(st, &second, &b), ERR_OK);
    CHECK(b->found && b->joined && b->visits_count == 2);
    CHECK(visitor_id_eq(b->id, first.id));
    CHECK_INT(b->last_seen_ms, t0_ms);
    CHECK_INT(store_enter(st, &elsewhere, &c), ERR_OK);
    CHECK(!c->found && visitor_id_eq(c->id, elsewhere.id));
    CHECK_INT(store_enter(st, &keyless, &d), ERR_OK);
    CHECK(!d->found);

    store_leave(st, a); /* the visitor lives on through the one that joined */
    struct ticket t;
    struct visitor v;
    ticket_init(&t);
    ticket_fill(&t, b, 1, event_id_new(t0_ms + 1), STR(""));
    CHECK_INT(store_save(st, &t.save), ERR_OK);
    CHECK_INT(ticket_await(&t), ERR_OK);
    v = find_visitor(st, first.id);
    CHECK_INT(v.visits_count, 1);
    CHECK_INT(v.first_seen_ms, t0_ms + 1);
    CHECK_INT(store_find_visitor(st, 1, second.id, &test_arena, &v), ERR_NOT_FOUND);
    store_leave(st, c);
    store_leave(st, d);
    CHECK_INT(store_find_visitor(st, 2, elsewhere.id, &test_arena, &v), ERR_NOT_FOUND);
    struct claim gone = claim_of(elsewhere.id, false, t0_ms);
    gone.workspace = 2;
    CHECK_INT(store_enter(st, &gone, &c), ERR_NOT_FOUND);
    ticket_free(&t);
    store_close(st);
}

/* ---- threads ------------------------------------------------------------------------------- */

enum { TWIN_ROUNDS = 300, CROWD_THREADS = 4, CROWD_VISITS = 1000, CROWD_VISITORS = 10 };

struct twin {
    struct store *st;
    pthread_barrier_t *start;
    struct visitor_id ids[TWIN_ROUNDS];
};

static void *twin_run(void *context)
{
    struct twin *twin = context;
    struct ticket t;
    for (uint64_t i = 0; i < TWIN_ROUNDS; i++) {
        struct visit *visit = NULL;
        struct claim claim = newcomer_of(i + 1, t0_ms);
        pthread_barrier_wait(twin->start);
        enum err e = store_enter(twin->st, &claim, &visit);
        pthread_barrier_wait(twin->start); /* both are in flight now */
        REQUIRE(e == ERR_OK);
        twin->ids[i] = visit->id;
        ticket_init(&t);
        ticket_fill(&t, visit, 1, event_id_new(t0_ms), STR(""));
        REQUIRE(store_save(twin->st, &t.save) == ERR_OK);
        REQUIRE(ticket_await(&t) == ERR_OK);
        ticket_free(&t);
    }
    return NULL;
}

static void test_twins(void)
{
    struct store *st = open_store(true, NULL);
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, 2);
    static struct twin twins[2];
    pthread_t threads[2];
    for (size_t i = 0; i < 2; i++) {
        twins[i].st = st;
        twins[i].start = &start;
        pthread_create(&threads[i], NULL, twin_run, &twins[i]);
    }
    for (size_t i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    size_t same = 0;
    for (size_t i = 0; i < TWIN_ROUNDS; i++) {
        if (!visitor_id_eq(twins[0].ids[i], twins[1].ids[i])) continue;
        same++;
        CHECK_INT(find_visitor(st, twins[0].ids[i]).visits_count, 2);
    }
    CHECK_INT(same, TWIN_ROUNDS);
    pthread_barrier_destroy(&start);
    store_close(st);
}

struct crowd {
    struct store *st;
    const struct visitor_id *ids;
    unsigned failures;
};

static void *crowd_run(void *context)
{
    struct crowd *crowd = context;
    struct ticket tickets[8]; /* in flight together */
    for (unsigned i = 0; i < CROWD_VISITS; i += COUNT_OF(tickets)) {
        for (unsigned k = 0; k < COUNT_OF(tickets); k++) {
            int64_t now_ms = t0_ms + i + k;
            struct visit_spec spec = { .event = event_id_new(now_ms), .steady = STR("steady") };
            spec.claim = claim_of(crowd->ids[(i + k) % CROWD_VISITORS], false, now_ms);
            ticket_init(&tickets[k]);
            if (start_visit(crowd->st, &tickets[k], &spec)) crowd->failures++;
        }
        for (unsigned k = 0; k < COUNT_OF(tickets); k++) {
            if (ticket_await(&tickets[k])) crowd->failures++;
            ticket_free(&tickets[k]);
        }
    }
    return NULL;
}

static void test_counts_are_exact(void)
{
    struct store *st = open_store(true, NULL);
    struct visitor_id ids[CROWD_VISITORS];
    for (size_t i = 0; i < CROWD_VISITORS; i++) {
        ids[i] = visitor_id_new(t0_ms);
        CHECK_INT(simple_visit(st, ids[i], true, t0_ms), ERR_OK);
    }
    struct crowd crowds[CROWD_THREADS];
    pthread_t threads[CROWD_THREADS];
    for (size_t i = 0; i < CROWD_THREADS; i++) {
        crowds[i] = (struct crowd){ st, ids, 0 };
        pthread_create(&threads[i], NULL, crowd_run, &crowds[i]);
    }
    for (size_t i = 0; i < CROWD_THREADS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_INT(crowds[i].failures, 0);
    }
    static struct event events[CROWD_THREADS * CROWD_VISITS];
    for (size_t i = 0; i < CROWD_VISITORS; i++) {
        struct visitor v = find_visitor(st, ids[i]);
        size_t count, want = 1 + CROWD_THREADS * CROWD_VISITS / CROWD_VISITORS;
        CHECK_INT(v.visits_count, want);
        CHECK_INT(v.last_seen_ms, t0_ms + CROWD_VISITS - CROWD_VISITORS + (int64_t)i);
        CHECK_INT(store_find_visits(st, 1, ids[i], EVENT_ID_LAST, COUNT_OF(events), &test_arena,
                                    events, &count), ERR_OK);
        CHECK_INT(count, want);
        arena_reset(&test_arena);
    }
    store_close(st);
}

#include "tests/unit/store/suite_snapshots.h"
#include "tests/unit/store/suite_faults.h"
#include "tests/unit/store/suite_erase.h"
#include "tests/unit/store/suite_retention.h"
#include "tests/unit/store/suite_moving.h"

static void test_reopen(void)
{
    struct store *st = open_store(true, NULL);
    struct visitor_id id = visitor_id_new(t0_ms);
    struct visit_spec spec = { .claim = claim_of(id, true, t0_ms), .event = event_id_new(t0_ms),
                               .steady = STR("steady") };
    struct api_key key = { .id = 1, .kind = KEY_PUBLIC, .text = STR("pk") };
    struct event ev;
    struct str bytes;
    size_t count;
    CHECK_INT(do_visit(st, &spec, NULL), ERR_OK);
    CHECK_INT(store_save_key(st, &key), ERR_OK);
    CHECK_INT(store_set_value(st, STR("name"), STR("value")), ERR_OK);
    store_close(st);

    st = open_store(false, NULL);
    CHECK_INT(store_find_event(st, 1, spec.event, &test_arena, &ev), ERR_OK);
    CHECK_INT(find_visitor(st, id).visits_count, 1);
    CHECK_INT(store_find_visits(st, 1, id, EVENT_ID_LAST, 1, &test_arena, &ev, &count), ERR_OK);
    CHECK_INT(count, 1);
    CHECK_INT(store_find_snapshot(st, 1, id, 1, &test_arena, &bytes), ERR_OK);
    CHECK_STR(bytes, STR("steady"));
    CHECK_INT(store_get_value(st, STR("name"), &test_arena, &bytes), ERR_OK);
    CHECK_STR(bytes, STR("value"));
    seen_keys_count = 0;
    CHECK_INT(store_each_key(st, see_key, NULL), ERR_OK);
    CHECK_INT(seen_keys_count, 1);
    CHECK_INT(simple_visit(st, id, false, t0_ms + 1), ERR_OK);
    CHECK_INT(find_visitor(st, id).visits_count, 2);
    store_close(st);
}

/* What was handed over is written before the store closes. */
static void test_close_drains(void)
{
    struct rig *rig;
    struct store *st = open_store(true, &rig);
    static struct ticket tickets[50];
    for (size_t i = 0; i < COUNT_OF(tickets); i++) {
        int64_t now_ms = t0_ms + (int64_t)i;
        struct visit_spec spec = { .claim = newcomer_of(0, now_ms), .event = event_id_new(now_ms) };
        ticket_init(&tickets[i]);
        CHECK_INT(start_visit(st, &tickets[i], &spec), ERR_OK);
    }
    struct visit *abandoned;
    struct claim claim = newcomer_of(8, t0_ms);
    CHECK_INT(store_enter(st, &claim, &abandoned), ERR_OK); /* freed by closing: leak checkers look */
    store_close(st);
    for (size_t i = 0; i < COUNT_OF(tickets); i++) {
        CHECK_INT(tickets[i].answers, 1);
        CHECK_INT(tickets[i].result, ERR_OK);
    }
    if (keeps_data) {
        struct event ev;
        st = open_store(false, NULL);
        for (size_t i = 0; i < COUNT_OF(tickets); i++)
            CHECK_INT(store_find_event(st, 1, tickets[i].event.id, &test_arena, &ev), ERR_OK);
        store_close(st);
    }
    for (size_t i = 0; i < COUNT_OF(tickets); i++) ticket_free(&tickets[i]);
}

static void run_suite(void)
{
    arena_init(&test_arena, 64 << 20);
    RUN(test_values);
    RUN(test_keys);
    RUN(test_event_round_trip);
    RUN(test_visits_paging);
    RUN(test_visitor_record);
    RUN(test_times_out_of_order);
    RUN(test_each_visitor);
    RUN(test_visible_before_commit);
    RUN(test_join);
    RUN(test_twins);
    RUN(test_counts_are_exact);
    RUN(test_snapshot_same);
    RUN(test_snapshot_differences);
    RUN(test_snapshot_dictionaries);
    RUN(test_damaged_snapshots);
    RUN(test_damaged_records);
    RUN(test_failed_writes);
    RUN(test_failed_writes_that_came_back);
    RUN(test_refused_while_unsound);
    RUN(test_failed_batch_behind_gate);
    RUN(test_close_drains);
    run_erase_suite();
    run_retention_suite();
    run_moving_suite();
    if (keeps_data) RUN(test_reopen);
    arena_free(&test_arena);
}

#endif
