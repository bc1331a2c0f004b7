/* suite_moving - the part of the store's suite that is about export and import. */
#ifndef WHORL_TESTS_STORE_SUITE_MOVING_H
#define WHORL_TESTS_STORE_SUITE_MOVING_H

static enum err import_visit(struct store *st, uint32_t workspace, struct visitor_id id, int64_t ms)
{
    struct visit_spec spec = { .event = event_id_new(ms) };
    spec.claim = (struct claim){ .workspace = workspace, .id = id, .now_ms = ms, .imported = true };
    return do_visit(st, &spec, NULL);
}

/* An import makes a visitor or adds to one, and never touches what is remembered of it. */
static void test_import_claims(void)
{
    struct store *st = open_store(true, NULL);
    struct visitor_id live = visitor_id_new(t0_ms), moved = visitor_id_new(t0_ms);
    struct visitor v;
    CHECK_INT(simple_visit(st, live, true, t0_ms), ERR_OK);
    CHECK_INT(import_visit(st, 1, live, t0_ms - 5000), ERR_OK);
    CHECK_INT(store_find_visitor(st, 1, live, &test_arena, &v), ERR_OK);
    CHECK_STR(v.profile, STR("profile"));
    CHECK_INT(v.visits_count, 2);
    CHECK_INT(v.first_seen_ms, t0_ms - 5000);
    CHECK_INT(v.last_seen_ms, t0_ms);
    CHECK_INT(import_visit(st, 1, moved, t0_ms + 7), ERR_OK);
    CHECK_INT(import_visit(st, 1, moved, t0_ms + 3), ERR_OK);
    CHECK_INT(store_find_visitor(st, 1, moved, &test_arena, &v), ERR_OK);
    CHECK_INT(v.profile.n, 0);
    CHECK_INT(v.visits_count, 2);
    CHECK_INT(v.first_seen_ms, t0_ms + 3);
    CHECK_INT(v.last_seen_ms, t0_ms + 7);
    store_close(st);
}

/* How many events of workspace 1 there are from `low_ms` to `high_ms`, asked for `max` at a time. */
static size_t list_all(struct store *st, int64_t low_ms, int64_t high_ms, size_t max,
                       void (*meanwhile)(struct store *st))
{
    struct event_list list = { .workspace = 1, .last = { low_ms, 0 }, .until = { high_ms, EVENT_ID_RANDOM_MAX } };
    struct event events[8];
    struct event_id before = { 0, 0 };
    size_t total = 0, count;
    while (!list.end) {
        REQUIRE(store_list_events(st, &list, max, &test_arena, events, &count) == ERR_OK);
        CHECK(count <= max);
        for (size_t i = 0; i < count; i++) {
            CHECK(events[i].id.time_ms >= before.time_ms && events[i].id.time_ms <= high_ms);
            CHECK_INT(events[i].workspace, 1);
            before = events[i].id;
        }
        total += count;
        if (meanwhile) meanwhile(st);
    }
    CHECK_INT(list.unreadable, 0);
    return total;
}

static void add_later(struct store *st)
{
    CHECK_INT(import_visit(st, 1, visitor_id_new(t0_ms), t0_ms + 100000), ERR_OK);
}

static void test_list_events(void)
{
    struct store *st = open_store(true, NULL);
    struct visitor_id id = visitor_id_new(t0_ms), other = visitor_id_new(t0_ms);
    CHECK_INT(list_all(st, 0, EVENT_ID_TIME_MAX, 3, NULL), 0);
    for (int i = 0; i < 10; i++) CHECK_INT(import_visit(st, 1, i % 3 ? id : other, t0_ms + 10 * (i * 7 % 10)), ERR_OK);
    for (int i = 0; i < 4; i++) CHECK_INT(import_visit(st, 2, other, t0_ms + 25 * i), ERR_OK);
    for (size_t max = 1; max <= 8; max++) CHECK_INT(list_all(st, 0, EVENT_ID_TIME_MAX, max, NULL), 10);
    CHECK_INT(list_all(st, t0_ms + 20, t0_ms + 50, 2, NULL), 4);
    CHECK_INT(list_all(st, t0_ms + 91, EVENT_ID_TIME_MAX, 2, NULL), 0);
    /* what comes later than `until` is not waited for */
    CHECK_INT(list_all(st, 0, t0_ms + 95, 2, add_later), 10);
    CHECK_INT(store_delete_visitor(st, &(struct deletion){ .workspace = 1, .id = other }), ERR_OK);
    CHECK_INT(list_all(st, 0, t0_ms + 95, 8, NULL), 6);
    store_close(st);
}

static void test_look_up_import(void)
{
    struct store *st = open_store(true, NULL);
    struct visitor_id id = visitor_id_new(t0_ms);
    struct event ev = { .id = event_id_new(t0_ms), .visitor = id };
    struct visit_spec spec = { .claim = claim_of(id, true, t0_ms), .event = ev.id };
    enum import_state state;
    event_set(&ev, EVENT_visitor);
    event_set(&ev, EVENT_workspace), ev.workspace = 1;
    event_set(&ev, EVENT_environment), ev.environment = 1;
    CHECK_INT(store_look_up_import(st, &ev, &test_arena, &state), ERR_OK);
    CHECK_INT(state, IMPORT_NEW);
    CHECK_INT(do_visit(st, &spec, NULL), ERR_OK);
    CHECK_INT(store_look_up_import(st, &ev, &test_arena, &state), ERR_OK);
    CHECK_INT(state, IMPORT_STORED);
    ev.workspace = 2;
    CHECK_INT(store_look_up_import(st, &ev, &test_arena, &state), ERR_OK);
    CHECK_INT(state, IMPORT_OTHER_WORKSPACE);
    ev.workspace = 1;
    CHECK_INT(store_delete_visitor(st, &(struct deletion){ .workspace = 1, .id = id }), ERR_OK);
    CHECK_INT(store_look_up_import(st, &ev, &test_arena, &state), ERR_OK);
    CHECK_INT(state, IMPORT_DELETED);
    CHECK_INT(store_finish_deletions(st), ERR_OK);
    CHECK_INT(store_look_up_import(st, &ev, &test_arena, &state), ERR_OK);
    CHECK_INT(state, IMPORT_NEW);
    CHECK_INT(store_set_retention(st, 1, 1, 30), ERR_OK);
    store_set_time(st, t0_ms + (int64_t)31 * 24 * 3600 * 1000);
    CHECK_INT(store_look_up_import(st, &ev, &test_arena, &state), ERR_OK);
    CHECK_INT(state, IMPORT_TOO_OLD);
    store_close(st);
}

static void run_moving_suite(void)
{
    RUN(test_import_claims);
    RUN(test_list_events);
    RUN(test_look_up_import);
}

#endif
