/* suite_retention - events and visitors whose time is over; part of suite.h. */
#ifndef WHORL_TESTS_STORE_SUITE_RETENTION_H
#define WHORL_TESTS_STORE_SUITE_RETENTION_H

#define DAYS(n) ((int64_t)(n) * 24 * 3600 * 1000)

/* One event of a visitor, `age` days old at day 100 after t0; its steady part is `steady`. */
static struct event_id event_of_age(struct store *st, struct visitor_id id, bool newcomer, int age_days,
                                    uint32_t environment, struct str steady, int64_t *snapshot)
{
    int64_t now_ms = t0_ms + DAYS(100 - age_days);
    struct visit_spec spec = { .claim = claim_of(id, newcomer, now_ms), .event = event_id_new(now_ms),
                               .steady = steady, .environment = environment };
    CHECK_INT(do_visit(st, &spec, snapshot), ERR_OK);
    return spec.event;
}

static struct store *open_at_day_100(bool fresh, struct rig **rig)
{
    struct store *st = open_store(fresh, rig);
    store_set_time(st, t0_ms + DAYS(100));
    return st;
}

static void finish_ageing(struct store *st)
{
    while (store_finish_ageing(st)) await_sound(st);
}

/* It comes back on day 100 with the same payload. */
static enum err come_again(struct store *st, struct visitor_id id, int64_t *snapshot)
{
    struct visit_spec spec = { .claim = claim_of(id, false, t0_ms + DAYS(100)),
                               .event = event_id_new(t0_ms + DAYS(100)), .steady = STR("payload") };
    return do_visit(st, &spec, snapshot);
}

static bool is_seen(struct store *st, struct event_id id)
{
    struct event ev;
    enum err e = store_find_event(st, 1, id, &test_arena, &ev);
    CHECK(e == ERR_OK || e == ERR_NOT_FOUND);
    return e == ERR_OK;
}

static size_t count_found(struct store *st)
{
    struct search search = { .workspace = 1, .high = EVENT_ID_LAST, .limit = 50, .hits_max = 50,
                             .until_mono_ms = INT64_MAX };
    struct search_result result;
    CHECK_INT(store_search(st, &search, &test_arena, &result), ERR_OK);
    CHECK_INT(result.hits, result.count);
    return result.count;
}

static void count_event(void *context, const struct event *ev)
{
    (void)ev;
    ++*(size_t *)context;
}

static size_t count_each(struct store *st)
{
    size_t count = 0;
    CHECK_INT(store_each_event(st, 0, count_event, &count), ERR_OK);
    return count;
}

/* Rows of any table with these bytes in key or value, blocks of facets included. */
static bool count_bytes(void *context, struct str key, struct str value)
{
    struct leftovers *l = context;
    l->count += memmem(key.p, key.n, l->needle.p, l->needle.n) ||
                (value.n && memmem(value.p, value.n, l->needle.p, l->needle.n));
    return true;
}

static size_t rows_with_event(struct rig *rig, struct event_id id)
{
    uint8_t raw[EVENT_ID_KEY_BYTES];
    struct leftovers l = { .needle = { (const char *)raw, sizeof raw } };
    event_id_to_key(raw, id);
    for (enum table t = 0; t < TABLE_COUNT; t++) {
        struct range all = { .bulk = true };
        CHECK_INT(rig->inner->scan(rig->inner, t, &all, count_bytes, &l), ERR_OK);
    }
    return l.count;
}

static bool snapshot_is_stored(struct rig *rig, struct visitor_id id, int64_t number)
{
    struct key key;
    struct str record;
    key_snapshot(&key, 1, id, (uint32_t)number);
    return !rig->inner->get(rig->inner, TABLE_SNAPSHOTS, key_str(&key), &test_arena, &record);
}

/* Two environments and events without one, each with its own rule. */
static void test_retention_hides(void)
{
    struct rig *rig;
    struct store *st = open_at_day_100(true, &rig);
    struct visitor_id id = visitor_id_new(t0_ms);
    struct event_id old1 = event_of_age(st, id, true, 20, 1, STR("a"), NULL);
    struct event_id old2 = event_of_age(st, id, false, 19, 2, STR("a"), NULL);
    struct event_id old0 = event_of_age(st, id, false, 18, 0, STR("a"), NULL);
    struct event_id young1 = event_of_age(st, id, false, 3, 1, STR("a"), NULL);
    struct event events[8];
    size_t count;
    CHECK_INT(count_found(st), 4);
    CHECK_INT(store_find_retention(st, 1, 1), RETENTION_UNSET);
    hold_ageing(rig, true);
    CHECK_INT(store_set_retention(st, 1, 1, 7), ERR_OK);
    CHECK_INT(store_find_retention(st, 1, 1), 7);
    CHECK(!is_seen(st, old1));
    CHECK(is_seen(st, old2) && is_seen(st, old0) && is_seen(st, young1));
    CHECK_INT(count_found(st), 3);
    CHECK_INT(count_each(st), 3);
    CHECK_INT(store_find_visits(st, 1, id, EVENT_ID_LAST, 8, &test_arena, events, &count), ERR_OK);
    CHECK_INT(count, 3);
    /* a page is full although some of its places were hidden */
    CHECK_INT(store_set_retention(st, 1, 0, 10), ERR_OK);
    CHECK_INT(store_set_retention(st, 1, 1, 0), ERR_OK); /* for ever */
    CHECK(is_seen(st, old1) && !is_seen(st, old2) && !is_seen(st, old0));
    CHECK_INT(store_find_visits(st, 1, id, EVENT_ID_LAST, 2, &test_arena, events, &count), ERR_OK);
    CHECK_INT(count, 2);
    CHECK_INT(events[1].id.time_ms, old1.time_ms);
    CHECK_INT(count_found(st), 2);
    CHECK_INT(store_set_retention(st, 1, 2, 19), ERR_OK); /* to the millisecond */
    CHECK(is_seen(st, old2));
    store_set_time(st, t0_ms + DAYS(100) + 1);
    CHECK(!is_seen(st, old2));
    CHECK_INT(store_set_retention(st, 2, 0, 1), ERR_OK); /* another workspace's */
    CHECK_INT(store_set_retention(st, 1, 0, RETENTION_UNSET), ERR_OK);
    CHECK_INT(store_set_retention(st, 1, 2, RETENTION_UNSET), ERR_OK);
    CHECK_INT(count_found(st), 4);
    store_close(st);
}

static void test_retention_erases(void)
{
    struct rig *rig;
    struct store *st = open_at_day_100(true, &rig);
    struct visitor_id gone = visitor_id_new(t0_ms), stays = visitor_id_new(t0_ms);
    int64_t number, first, second, third;
    struct str steady;
    struct event_id old = event_of_age(st, gone, true, 40, 1, STR("a payload that is long enough"), &number);
    struct event_id old2 = event_of_age(st, stays, true, 41, 1, STR("first payload, which is long"), &first);
    event_of_age(st, stays, false, 40, 1, STR("second payload, which is long"), &second);
    struct event_id young = event_of_age(st, stays, false, 2, 1, STR("third payload, which is long"), &third);
    CHECK(first != second && second != third);
    CHECK(rows_with_event(rig, old) > 1);
    CHECK_INT(store_set_retention(st, 1, 0, 30), ERR_OK);
    finish_ageing(st);
    CHECK_INT(rows_with_event(rig, old), 0);
    CHECK_INT(rows_with_event(rig, old2), 0);
    CHECK(rows_with_event(rig, young) > 1);
    CHECK_INT(count_found(st), 1);
    /* payloads: none of the first visitor's; of the other's what is needed */
    CHECK(!snapshot_is_stored(rig, gone, number));
    CHECK(!snapshot_is_stored(rig, stays, second));
    CHECK_INT(store_find_snapshot(st, 1, stays, (uint32_t)third, &test_arena, &steady), ERR_OK);
    CHECK_STR(steady, STR("third payload, which is long"));
    /* who they are is kept */
    struct visitor v = find_visitor(st, gone);
    CHECK_INT(v.visits_count, 1);
    CHECK_INT(v.first_seen_ms, t0_ms + DAYS(60));
    CHECK_STR(v.profile, STR("profile"));
    /* and the device comes back with the same payload */
    int64_t again, more;
    event_of_age(st, gone, false, 0, 1, STR("a payload that is long enough"), &again);
    CHECK_INT(again, number + 1);
    CHECK_INT(store_find_snapshot(st, 1, gone, (uint32_t)again, &test_arena, &steady), ERR_OK);
    CHECK_STR(steady, STR("a payload that is long enough"));
    event_of_age(st, gone, false, 0, 1, STR("a payload that is long enough"), &more);
    CHECK_INT(more, again);
    CHECK_INT(find_visitor(st, gone).visits_count, 3);
    store_close(st);
}

static struct visitor_id told[4];
static size_t told_count;

static void note_aged(void *context, uint32_t workspace, struct visitor_id id)
{
    (void)context;
    CHECK_INT(workspace, 1);
    if (told_count < COUNT_OF(told)) told[told_count++] = id;
}

static void test_visitor_retention(void)
{
    struct rig *rig;
    struct store *st = open_at_day_100(true, &rig);
    struct visitor_id gone = visitor_id_new(t0_ms), recent = visitor_id_new(t0_ms), kept = visitor_id_new(t0_ms);
    struct visitor v;
    told_count = 0;
    store_on_aged(st, note_aged, NULL);
    event_of_age(st, gone, true, 90, 1, STR("a"), NULL);
    event_of_age(st, recent, true, 50, 1, STR("b"), NULL);
    event_of_age(st, kept, true, 90, 2, STR("c"), NULL); /* its event is kept for ever */
    CHECK_INT(store_set_retention(st, 1, 1, 30), ERR_OK);
    CHECK_INT(store_set_retention(st, 1, RETENTION_VISITORS, 60), ERR_OK);
    finish_ageing(st);
    CHECK_INT(told_count, 1);
    CHECK(visitor_id_eq(told[0], gone));
    CHECK_INT(store_find_visitor(st, 1, gone, &test_arena, &v), ERR_NOT_FOUND);
    CHECK_INT(leftovers_of(rig, gone), 0);
    find_visitor(st, recent);
    find_visitor(st, kept);
    store_set_time(st, t0_ms + DAYS(111)); /* eleven days on */
    finish_ageing(st);
    CHECK_INT(told_count, 2);
    CHECK_INT(store_find_visitor(st, 1, recent, &test_arena, &v), ERR_NOT_FOUND);
    find_visitor(st, kept);
    store_close(st);
}

/* A payload is not erased under a visit that may refer to it. */
static void test_retention_beside_a_visit(void)
{
    struct rig *rig;
    struct store *st = open_at_day_100(true, &rig);
    struct visitor_id id = visitor_id_new(t0_ms);
    struct ticket t;
    struct visit *visit;
    struct str steady;
    int64_t number;
    struct visit_spec spec = { .claim = claim_of(id, false, t0_ms + DAYS(100)),
                               .event = event_id_new(t0_ms + DAYS(100)) };
    struct event_id old = event_of_age(st, id, true, 40, 1, STR("the same payload"), &number);
    ticket_init(&t);
    CHECK_INT(store_enter(st, &spec.claim, &visit), ERR_OK);
    CHECK_INT(store_set_retention(st, 1, 0, 30), ERR_OK);
    finish_ageing(st);
    CHECK_INT(rows_with_event(rig, old), 0);
    CHECK(snapshot_is_stored(rig, id, number));
    ticket_fill(&t, visit, 1, spec.event, STR("the same payload"));
    CHECK_INT(store_save(st, &t.save), ERR_OK);
    CHECK_INT(ticket_await(&t), ERR_OK);
    finish_ageing(st);
    CHECK_INT(store_find_snapshot(st, 1, id, (uint32_t)t.event.snapshot, &test_arena, &steady), ERR_OK);
    CHECK_STR(steady, STR("the same payload"));
    ticket_free(&t);
    store_close(st);
}

/* An event that is too old when it comes is hidden from the start, and erased the next time. */
static void test_retention_of_late_events(void)
{
    struct rig *rig;
    struct store *st = open_at_day_100(true, &rig);
    struct visitor_id id = visitor_id_new(t0_ms);
    event_of_age(st, id, true, 1, 1, STR("a"), NULL);
    CHECK_INT(store_set_retention(st, 1, 0, 30), ERR_OK);
    finish_ageing(st);
    struct event_id late = event_of_age(st, id, false, 50, 1, STR("a"), NULL);
    CHECK(!is_seen(st, late));
    finish_ageing(st);
    CHECK_INT(rows_with_event(rig, late), 0);
    store_close(st);
}

/* A round that looks while such an event is on its way does not take it for looked at. */
static void test_retention_of_late_events_beside_rounds(void)
{
    struct rig *rig;
    struct store *st = open_at_day_100(true, &rig);
    struct visitor_id id = visitor_id_new(t0_ms);
    CHECK_INT(store_set_retention(st, 1, 0, 30), ERR_OK);
    finish_ageing(st);
    for (int i = 0; i < 100; i++) {
        store_set_time(st, t0_ms + DAYS(100) + (i + 1) * INT64_C(3600) * 1000); /* wakes the thread */
        struct event_id late = event_of_age(st, id, i == 0, 50, 1, STR("a"), NULL);
        finish_ageing(st);
        CHECK_INT(rows_with_event(rig, late), 0);
    }
    store_close(st);
}

static void updated(struct update *update, enum err result)
{
    struct ticket *t = update->context;
    ticket_done(&t->save, result);
}

/* An update that was begun while its event could be seen does not bring it back. */
static void test_retention_beside_an_update(void)
{
    struct rig *rig;
    struct store *st = open_at_day_100(true, &rig);
    struct visitor_id id = visitor_id_new(t0_ms);
    struct event_id event = event_of_age(st, id, true, 29, 1, STR("a"), NULL);
    struct ticket t, other;
    struct update update = { .workspace = 1, .id = event, .arena = &t.arena, .done = updated, .context = &t };
    struct visit_spec spec = { .claim = claim_of(id, false, t0_ms), .event = event_id_new(t0_ms + DAYS(100)) };
    event_set(&update.values, EVENT_tag), update.values.tag = STR("{}");
    ticket_init(&t);
    t.save.context = &t;
    ticket_init(&other);
    CHECK_INT(store_set_retention(st, 1, 0, 30), ERR_OK);
    finish_ageing(st);
    hold_ageing(rig, true);
    gate_close(rig);
    CHECK_INT(start_visit(st, &other, &spec), ERR_OK);
    gate_await(rig);
    CHECK_INT(store_start_update(st, &update), ERR_OK);
    store_set_time(st, t0_ms + DAYS(102));
    gate_open(rig);
    CHECK_INT(ticket_await(&t), ERR_NOT_FOUND);
    CHECK_INT(ticket_await(&other), ERR_OK);
    hold_ageing(rig, false);
    finish_ageing(st);
    CHECK_INT(rows_with_event(rig, event), 0);
    ticket_free(&t);
    ticket_free(&other);
    store_close(st);
}

/* Whichever write fails, it is done in the end; or at the next opening. */
static void test_retention_is_finished(void)
{
    for (int n = 1; n <= 8; n++) {
        struct rig *rig;
        struct store *st = open_at_day_100(true, &rig);
        struct visitor_id id = visitor_id_new(t0_ms), back = visitor_id_new(t0_ms);
        int64_t number;
        struct str steady;
        struct event_id old = event_of_age(st, id, true, 40, 1, STR("payload"), &number);
        event_of_age(st, back, true, 40, 1, STR("payload"), NULL);
        CHECK_INT(store_set_retention(st, 1, 0, 30), ERR_OK);
        fail_write(rig, n, n % 2 == 0);
        if (keeps_data && n % 3 == 0) {
            hold_recovery(rig, true);
            (void)store_finish_ageing(st);
            store_close(st);
            st = open_at_day_100(false, &rig);
        }
        while (come_again(st, back, &number)) await_sound(st);
        finish_ageing(st);
        CHECK_INT(rows_with_event(rig, old), 0);
        CHECK(!snapshot_is_stored(rig, id, 1));
        CHECK_INT(leftovers_of(rig, id), 1); /* its record, without a mark */
        CHECK_INT(store_find_snapshot(st, 1, back, (uint32_t)number, &test_arena, &steady), ERR_OK);
        CHECK_STR(steady, STR("payload"));
        store_close(st);
    }
}

/* Visits of returning devices all the while: none refers to a payload that is gone. */
struct coming_back {
    struct store *st;
    struct visitor_id ids[16];
    struct event_id events[16][20];
    unsigned failed;
};

static void *come_back(void *context)
{
    struct coming_back *c = context;
    for (size_t r = 0; r < 20; r++)
        for (size_t i = 0; i < COUNT_OF(c->ids); i++) {
            int64_t now_ms = t0_ms + DAYS(100) + (int64_t)r;
            struct visit_spec spec = { .claim = claim_of(c->ids[i], false, now_ms), .event = event_id_new(now_ms),
                                       .steady = r % 7 ? STR("the usual") : STR("another"), .environment = 1 };
            c->events[i][r] = spec.event;
            c->failed += do_visit(c->st, &spec, NULL) != ERR_OK;
        }
    return NULL;
}

static void test_retention_beside_visits(void)
{
    static struct coming_back c;
    struct arena arena;
    pthread_t thread;
    c = (struct coming_back){ .st = open_at_day_100(true, NULL) };
    for (size_t i = 0; i < COUNT_OF(c.ids); i++) {
        c.ids[i] = visitor_id_new(t0_ms);
        event_of_age(c.st, c.ids[i], true, 40, 1, STR("the usual"), NULL);
    }
    CHECK_INT(store_set_retention(c.st, 1, 0, 30), ERR_OK);
    pthread_create(&thread, NULL, come_back, &c);
    for (int i = 0; i < 10; i++) finish_ageing(c.st);
    pthread_join(thread, NULL);
    finish_ageing(c.st);
    CHECK_INT(c.failed, 0);
    arena_init(&arena, 8 << 20);
    size_t unreadable = 0;
    for (size_t i = 0; i < COUNT_OF(c.ids); i++)
        for (size_t r = 0; r < 20; r++) {
            struct event ev;
            struct str steady;
            arena_reset(&arena);
            CHECK_INT(store_find_event(c.st, 1, c.events[i][r], &arena, &ev), ERR_OK);
            enum err e = store_find_snapshot(c.st, 1, c.ids[i], (uint32_t)ev.snapshot, &arena, &steady);
            unreadable += e || !str_eq(steady, r % 7 ? STR("the usual") : STR("another"));
        }
    CHECK_INT(unreadable, 0);
    arena_free(&arena);
    store_close(c.st);
}

static void run_retention_suite(void)
{
    RUN(test_retention_hides);
    RUN(test_retention_erases);
    RUN(test_visitor_retention);
    RUN(test_retention_beside_a_visit);
    RUN(test_retention_of_late_events);
    RUN(test_retention_of_late_events_beside_rounds);
    RUN(test_retention_beside_an_update);
    RUN(test_retention_is_finished);
    RUN(test_retention_beside_visits);
}

#endif
