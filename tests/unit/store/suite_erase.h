/* suite_erase - deleting visitors; part of suite.h. */
#ifndef WHORL_TESTS_STORE_SUITE_ERASE_H
#define WHORL_TESTS_STORE_SUITE_ERASE_H

/* More than two writes of the eraser, and a full one at the end. */
enum { ERASE_MANY = 2 * 512, ERASE_ROUNDS = 200 };

struct leftovers {
    struct str needle;
    size_t count;
};

static bool count_leftover(void *context, struct str key, struct str value)
{
    struct leftovers *l = context;
    (void)value;
    l->count += memmem(key.p, key.n, l->needle.p, l->needle.n) != NULL;
    return true;
}

/* Keys of any table with this visitor's id in them, its mark included. */
static size_t leftovers_of(struct rig *rig, struct visitor_id id)
{
    uint8_t raw[VISITOR_ID_KEY_BYTES];
    struct leftovers l = { .needle = { (const char *)raw, sizeof raw } };
    visitor_id_to_key(raw, id);
    for (enum table t = 0; t < TABLE_COUNT; t++) {
        struct range all = { .bulk = true };
        CHECK_INT(rig->inner->scan(rig->inner, t, &all, count_leftover, &l), ERR_OK);
    }
    return l.count;
}

static bool event_is_stored(struct rig *rig, struct event_id id)
{
    struct key key;
    struct str record;
    key_event(&key, id);
    return rig->inner->get(rig->inner, TABLE_EVENTS, key_str(&key), &test_arena, &record) == ERR_OK;
}

static void finish_deletions(struct store *st)
{
    while (store_finish_deletions(st)) await_sound(st);
}

/* `visits` events with a snapshot each; *last is the latest event. */
static struct visitor_id make_visitor(struct store *st, size_t visits, struct event_id *last)
{
    struct visitor_id id = visitor_id_new(t0_ms);
    for (size_t i = 0; i < visits; i++) {
        int64_t now_ms = t0_ms + (int64_t)i * 3000000; /* some ranges of events, not one */
        struct visit_spec spec = { .claim = claim_of(id, i == 0, now_ms),
                                   .event = event_id_new(now_ms) };
        spec.steady = arena_format(&test_arena, "steady %zu", i);
        CHECK_INT(do_visit(st, &spec, NULL), ERR_OK);
        *last = spec.event;
    }
    return id;
}

/* How much of a visitor can be seen: 0 when it is gone, else what a visitor with `visits` events and
 * as many snapshots must show. */
static void check_seen(struct store *st, struct visitor_id id, struct event_id event,
                       size_t visits)
{
    struct visitor v;
    struct visit *visit;
    struct event events[16];
    struct str steady;
    size_t count = 99;
    enum err want = visits ? ERR_OK : ERR_NOT_FOUND;
    struct claim claim = claim_of(id, false, t0_ms);
    CHECK_INT(store_find_visitor(st, 1, id, &test_arena, &v), want);
    CHECK_INT(store_find_event(st, 1, event, &test_arena, &events[0]), want);
    CHECK_INT(store_find_visits(st, 1, id, EVENT_ID_LAST, COUNT_OF(events), &test_arena, events,
                                &count), ERR_OK);
    CHECK_INT(count, visits);
    CHECK_INT(store_find_snapshot(st, 1, id, 1, &test_arena, &steady), want);
    enum err e = store_enter(st, &claim, &visit);
    CHECK_INT(e, want);
    if (!e) store_leave(st, visit);
}

static void test_delete(void)
{
    struct rig *rig;
    struct store *st = open_store(true, &rig);
    struct event_id event, other_event;
    struct visitor_id id = make_visitor(st, 5, &event), other = make_visitor(st, 5, &other_event);
    check_seen(st, id, event, 5);
    CHECK(leftovers_of(rig, id) > 10);
    CHECK_INT(delete_visitor(st, 2, id), ERR_NOT_FOUND); /* another workspace's */
    CHECK_INT(delete_visitor(st, 1, visitor_id_new(t0_ms)), ERR_NOT_FOUND);
    check_seen(st, id, event, 5);
    CHECK_INT(delete_visitor(st, 1, id), ERR_OK);
    check_seen(st, id, event, 0);
    CHECK_INT(roll_of(st, ERR_OK).count, 1);
    CHECK_INT(delete_visitor(st, 1, id), ERR_NOT_FOUND);
    CHECK_INT(store_finish_deletions(st), ERR_OK);
    check_seen(st, id, event, 0);
    CHECK_INT(leftovers_of(rig, id), 0);
    CHECK(!event_is_stored(rig, event));
    check_seen(st, other, other_event, 5);
    CHECK(event_is_stored(rig, other_event));
    CHECK_INT(store_finish_deletions(st), ERR_OK); /* nothing to do: returns at once */
    store_close(st);
}

static struct receipt receipts[4];
static size_t receipts_count;

static bool note_receipt(void *context, const struct receipt *receipt)
{
    (void)context;
    if (receipts_count < COUNT_OF(receipts)) receipts[receipts_count++] = *receipt;
    return true;
}

static void read_receipts(struct store *st, uint32_t workspace)
{
    receipts_count = 0;
    CHECK_INT(store_each_receipt(st, workspace, note_receipt, NULL), ERR_OK);
}

/* A receipt tells when, how much and who asked; newest first, and also at the next opening. */
static void test_receipts(void)
{
    struct rig *rig;
    struct store *st = open_store(true, &rig);
    struct event_id event;
    struct visitor_id id = make_visitor(st, 5, &event), other = make_visitor(st, 2, &event);
    struct deletion d = { .workspace = 1, .id = id, .key = 7 };
    memset(d.hash, 0xa5, sizeof d.hash);
    CHECK_INT(store_delete_visitor(st, &d), ERR_OK);
    read_receipts(st, 1);
    CHECK_INT(receipts_count, 1);
    CHECK_INT(receipts[0].key, 7);
    CHECK(receipts[0].deleted_ms > t0_ms);
    CHECK(memcmp(receipts[0].hash, d.hash, sizeof d.hash) == 0);
    finish_deletions(st);
    while (clock_wall_ms() <= receipts[0].deleted_ms) sched_yield(); /* in order of time */
    CHECK_INT(delete_visitor(st, 1, other), ERR_OK);
    if (keeps_data) {
        store_close(st);
        st = open_store(false, &rig);
    }
    finish_deletions(st);
    read_receipts(st, 1);
    CHECK_INT(receipts_count, 2);
    CHECK_INT(receipts[0].events, 2);
    CHECK_INT(receipts[0].key, 0);
    CHECK_INT(receipts[1].events, 5);
    CHECK_INT(receipts[1].key, 7);
    for (size_t i = 0; i < 2; i++) CHECK(receipts[i].erased_ms >= receipts[i].deleted_ms);
    CHECK_INT(leftovers_of(rig, id) + leftovers_of(rig, other), 0);
    read_receipts(st, 2); /* another workspace's */
    CHECK_INT(receipts_count, 0);
    store_close(st);
}

/* Events of others that name it do so no more: as its like, as a disbelieved token's, as a web view's device. */
static void test_deleted_is_not_named(void)
{
    struct store *st = open_store(true, NULL);
    struct event_id event;
    struct visitor_id id = make_visitor(st, 1, &event), other = make_visitor(st, 1, &event);
    struct claim claim = claim_of(other, false, t0_ms);
    struct ticket t;
    struct visit *visit;
    struct event ev;
    ticket_init(&t);
    CHECK_INT(store_enter(st, &claim, &visit), ERR_OK);
    ticket_fill(&t, visit, 1, event_id_new(t0_ms), STR("steady"));
    event_set(&t.event, EVENT_high_recall), t.event.high_recall = id;
    event_set(&t.event, EVENT_high_recall_score), t.event.high_recall_score = 0.5;
    event_set(&t.event, EVENT_token_visitor), t.event.token_visitor = id;
    event_set(&t.event, EVENT_token_differs), t.event.token_differs = 1;
    event_set(&t.event, EVENT_link_visitor), t.event.link_visitor = other; /* itself: stays */
    CHECK_INT(store_save(st, &t.save), ERR_OK);
    CHECK_INT(ticket_await(&t), ERR_OK);
    CHECK_INT(store_find_event(st, 1, t.event.id, &test_arena, &ev), ERR_OK);
    CHECK(event_has(&ev, EVENT_high_recall) && event_has(&ev, EVENT_token_visitor));
    CHECK(store_knows_visitor(st, 1, id) && !store_knows_visitor(st, 2, id));
    CHECK_INT(delete_visitor(st, 1, id), ERR_OK);
    CHECK_INT(store_find_event(st, 1, t.event.id, &test_arena, &ev), ERR_OK);
    CHECK(!event_has(&ev, EVENT_high_recall) && !event_has(&ev, EVENT_high_recall_score));
    CHECK(!event_has(&ev, EVENT_token_visitor) && !event_has(&ev, EVENT_token_differs));
    CHECK(event_has(&ev, EVENT_link_visitor));
    CHECK(!store_knows_visitor(st, 1, id));
    ticket_free(&t);
    store_close(st);
}

/* More of them than are purged one by one. */
static void test_delete_many_visitors(void)
{
    enum { MANY = 300 };
    static struct visitor_id ids[MANY];
    struct rig *rig;
    struct store *st = open_store(true, &rig);
    struct event_id event;
    size_t left = 0;
    struct visitor_id stays = make_visitor(st, 1, &event);
    for (size_t i = 0; i < MANY; i++) {
        ids[i] = visitor_id_new(t0_ms);
        CHECK_INT(simple_visit(st, ids[i], true, t0_ms), ERR_OK);
    }
    for (size_t i = 0; i < MANY; i++) CHECK_INT(delete_visitor(st, 1, ids[i]), ERR_OK);
    finish_deletions(st);
    for (size_t i = 0; i < MANY; i++) left += leftovers_of(rig, ids[i]);
    CHECK_INT(left, 0);
    check_seen(st, stays, event, 1);
    store_close(st);
}

/* A record that cannot be read is no reason to keep the rest. */
static void test_delete_damaged(void)
{
    struct rig *rig;
    struct store *st = open_store(true, &rig);
    struct event_id event;
    struct visitor_id id = make_visitor(st, 2, &event);
    struct key key;
    key_visitor(&key, 1, id);
    put_record(rig->inner, TABLE_VISITORS, key_str(&key), STR("\x01"));
    CHECK_INT(delete_visitor(st, 1, id), ERR_OK);
    check_seen(st, id, event, 0);
    finish_deletions(st);
    CHECK_INT(leftovers_of(rig, id), 0);
    store_close(st);
}

static void test_delete_many_events(void)
{
    struct rig *rig;
    struct store *st = open_store(true, &rig);
    struct visitor_id id = visitor_id_new(t0_ms);
    static struct event_id events[ERASE_MANY];
    struct ticket tickets[16];
    CHECK_INT(simple_visit(st, id, true, t0_ms), ERR_OK);
    for (size_t i = 0; i < ERASE_MANY; i += COUNT_OF(tickets)) {
        for (size_t k = 0; k < COUNT_OF(tickets); k++) {
            int64_t now_ms = t0_ms + (int64_t)(i + k) * 1000;
            struct visit_spec spec = { .claim = claim_of(id, false, now_ms),
                                       .event = event_id_new(now_ms) };
            events[i + k] = spec.event;
            ticket_init(&tickets[k]);
            CHECK_INT(start_visit(st, &tickets[k], &spec), ERR_OK);
        }
        for (size_t k = 0; k < COUNT_OF(tickets); k++) {
            CHECK_INT(ticket_await(&tickets[k]), ERR_OK);
            ticket_free(&tickets[k]);
        }
    }
    CHECK_INT(delete_visitor(st, 1, id), ERR_OK);
    finish_deletions(st);
    size_t left = 0;
    for (size_t i = 0; i < ERASE_MANY; i++) left += event_is_stored(rig, events[i]);
    CHECK_INT(left, 0);
    CHECK_INT(leftovers_of(rig, id), 0);
    arena_reset(&test_arena);
    store_close(st);
}

struct deleting {
    struct store *st;
    struct visitor_id id;
    enum err result;
};

static void *run_delete(void *context)
{
    struct deleting *d = context;
    d->result = delete_visitor(d->st, 1, d->id);
    return NULL;
}

/* Three visits in flight: one is being written, one was handed over behind it, one has not been. */
static void test_delete_in_flight(void)
{
    struct rig *rig;
    struct store *st = open_store(true, &rig);
    struct event_id event;
    struct visitor_id id = make_visitor(st, 1, &event);
    struct visit_spec specs[3];
    struct ticket tickets[3];
    struct visit *late;
    for (size_t i = 0; i < 3; i++) {
        ticket_init(&tickets[i]);
        specs[i] = (struct visit_spec){ .claim = claim_of(id, false, t0_ms), .event = event_id_new(t0_ms),
                                        .steady = STR("other") };
    }
    CHECK_INT(store_enter(st, &specs[2].claim, &late), ERR_OK);
    gate_close(rig);
    CHECK_INT(start_visit(st, &tickets[0], &specs[0]), ERR_OK);
    gate_await(rig);
    struct deleting deleting = { st, id, ERR_PENDING };
    pthread_t thread;
    CHECK_INT(start_visit(st, &tickets[1], &specs[1]), ERR_OK);
    pthread_create(&thread, NULL, run_delete, &deleting);
    gate_open(rig);
    pthread_join(thread, NULL);
    CHECK_INT(deleting.result, ERR_OK);
    CHECK_INT(ticket_await(&tickets[0]), ERR_OK); /* stored, and deleted with the rest */
    CHECK_INT(ticket_await(&tickets[1]), ERR_OK);
    check_seen(st, id, specs[0].event, 0);
    check_seen(st, id, specs[1].event, 0);
    ticket_fill(&tickets[2], late, 1, specs[2].event, STR("late"));
    CHECK_INT(store_save(st, &tickets[2].save), ERR_OK);
    CHECK_INT(ticket_await(&tickets[2]), ERR_NOT_FOUND);
    check_seen(st, id, specs[2].event, 0);
    finish_deletions(st);
    for (size_t i = 0; i < 3; i++) {
        CHECK(!event_is_stored(rig, specs[i].event));
        ticket_free(&tickets[i]);
    }
    CHECK_INT(leftovers_of(rig, id), 0);
    store_close(st);
}

struct linking {
    struct wallet_link link;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool finished;
    enum err result;
};

static void link_done(struct wallet_link *link, enum err result)
{
    struct linking *l = link->context;
    pthread_mutex_lock(&l->lock);
    l->finished = true;
    l->result = result;
    pthread_cond_signal(&l->wake);
    pthread_mutex_unlock(&l->lock);
}

static enum err link_await(struct linking *l)
{
    pthread_mutex_lock(&l->lock);
    while (!l->finished) pthread_cond_wait(&l->wake, &l->lock);
    pthread_mutex_unlock(&l->lock);
    return l->result;
}

/* A wallet is linked while its visitor is being deleted: behind it, or in the same write. Neither side is left. */
static void link_beside_deletion(bool same_write)
{
    static const struct str wallet = { "0xabc", 5 };
    struct rig *rig;
    struct store *st = open_store(true, &rig);
    struct event_id event;
    struct visitor_id id = make_visitor(st, 1, &event), other = make_visitor(st, 1, &event);
    struct visit_spec spec = { .claim = claim_of(other, false, t0_ms), .event = event_id_new(t0_ms) };
    struct linking l = { .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER };
    struct deleting deleting = { st, id, ERR_PENDING };
    struct ticket ticket;
    pthread_t thread;
    size_t count = 99;
    l.link = (struct wallet_link){ .workspace = 1, .visitor = id, .addresses = &wallet, .count = 1,
                                   .arena = &test_arena, .done = link_done, .context = &l };
    ticket_init(&ticket);
    gate_close(rig);
    if (same_write) CHECK_INT(start_visit(st, &ticket, &spec), ERR_OK);
    if (same_write) gate_await(rig);
    pthread_create(&thread, NULL, run_delete, &deleting);
    if (!same_write) gate_await(rig);
    CHECK_INT(store_start_link(st, &l.link), ERR_OK);
    gate_open(rig);
    pthread_join(thread, NULL);
    CHECK_INT(deleting.result, ERR_OK);
    enum err e = link_await(&l);
    CHECK_INT(e, same_write && !e ? ERR_OK : ERR_NOT_FOUND);
    if (same_write) CHECK_INT(ticket_await(&ticket), ERR_OK);
    CHECK_INT(store_count_wallet_visitors(st, 1, wallet, 10, &count), ERR_OK);
    CHECK_INT(count, 0);
    finish_deletions(st);
    CHECK_INT(store_count_wallet_visitors(st, 1, wallet, 10, &count), ERR_OK);
    CHECK_INT(count, 0);
    CHECK_INT(store_count_wallets(st, 1, id, 10, &count), ERR_OK);
    CHECK_INT(count, 0);
    CHECK_INT(leftovers_of(rig, id), 0);
    ticket_free(&ticket);
    store_close(st);
}

static void test_link_beside_deletion(void)
{
    link_beside_deletion(false);
    link_beside_deletion(true);
}

/* A newcomer that is deleted before it was stored, and one just after: its twin is somebody new. */
static void test_delete_newcomer(void)
{
    struct store *st = open_store(true, NULL);
    struct ticket tickets[2];
    struct visit *visits[2];
    struct claim claims[3] = { newcomer_of(5, t0_ms), newcomer_of(5, t0_ms), newcomer_of(5, t0_ms) };
    for (size_t i = 0; i < 2; i++) {
        ticket_init(&tickets[i]);
        CHECK_INT(store_enter(st, &claims[i], &visits[i]), ERR_OK);
        CHECK(!visits[i]->joined);
        CHECK(visitor_id_eq(visits[i]->id, claims[i].id));
        ticket_fill(&tickets[i], visits[i], 1, event_id_new(t0_ms), STR("steady"));
        if (i == 1) CHECK_INT(store_save(st, &tickets[i].save), ERR_OK);
        if (i == 1) CHECK_INT(ticket_await(&tickets[i]), ERR_OK);
        CHECK_INT(delete_visitor(st, 1, claims[i].id), ERR_OK);
        if (i == 0) CHECK_INT(store_save(st, &tickets[i].save), ERR_OK);
        if (i == 0) CHECK_INT(ticket_await(&tickets[i]), ERR_NOT_FOUND);
        struct visitor v;
        CHECK_INT(store_find_visitor(st, 1, claims[i].id, &test_arena, &v), ERR_NOT_FOUND);
    }
    struct visit *third;
    CHECK_INT(store_enter(st, &claims[2], &third), ERR_OK);
    CHECK(!third->joined);
    store_leave(st, third);
    for (size_t i = 0; i < 2; i++) ticket_free(&tickets[i]);
    store_close(st);
}

/* The write of a deletion fails: nothing is deleted, or, when the log brings it back, everything. */
static void delete_with_failure(bool carried_out)
{
    struct rig *rig;
    struct store *st = open_store(true, &rig);
    struct event_id event;
    struct visitor_id id = make_visitor(st, 3, &event);
    fail_write(rig, 1, carried_out);
    CHECK_INT(delete_visitor(st, 1, id), ERR_IO);
    await_sound(st);
    finish_deletions(st);
    check_seen(st, id, event, carried_out ? 0 : 3);
    if (carried_out) CHECK_INT(leftovers_of(rig, id), 0);
    else CHECK_INT(delete_visitor(st, 1, id), ERR_OK);
    check_seen(st, id, event, 0);
    store_close(st);
}

static void test_delete_fails(void)
{
    delete_with_failure(false);
    delete_with_failure(true);
}

/* Whichever write of the background fails, it is done in the end, and hidden all the time. */
static void test_delete_is_finished(void)
{
    for (int n = 1; n <= 5; n++) { /* four writes, and none */
        struct rig *rig;
        struct store *st = open_store(true, &rig);
        struct event_id event;
        struct visitor_id id = make_visitor(st, 3, &event);
        CHECK_INT(delete_visitor(st, 1, id), ERR_OK);
        fail_write(rig, n, n % 2 == 0);
        while (store_finish_deletions(st)) {
            await_sound(st);
            check_seen(st, id, event, 0);
        }
        check_seen(st, id, event, 0);
        CHECK_INT(leftovers_of(rig, id), 0);
        CHECK(!event_is_stored(rig, event));
        store_close(st);
    }
}

/* The process ends at once after a deletion, or in the middle of the work behind it. */
static void test_delete_then_reopen(void)
{
    for (int n = 0; n <= 4; n++) {
        struct rig *rig;
        struct store *st = open_store(true, &rig);
        struct event_id event, other_event;
        struct visitor_id id = make_visitor(st, 3, &event),
                          other = make_visitor(st, 3, &other_event);
        CHECK_INT(delete_visitor(st, 1, id), ERR_OK);
        hold_recovery(rig, true);
        fail_write(rig, n, false); /* and all behind it */
        if (n > 0) CHECK(store_finish_deletions(st) != ERR_OK);
        store_close(st);
        st = open_store(false, &rig);
        check_seen(st, id, event, 0);
        CHECK_INT(roll_of(st, ERR_OK).count, 1);
        finish_deletions(st);
        check_seen(st, id, event, 0);
        CHECK_INT(leftovers_of(rig, id), 0);
        CHECK(!event_is_stored(rig, event));
        check_seen(st, other, other_event, 3);
        store_close(st);
    }
}

/* ---- at the same time ---- */

struct stage {
    struct store *st;
    _Atomic int round; /* the saver follows the deleter's */
    struct visitor_id ids[ERASE_ROUNDS];
    struct event_id events[ERASE_ROUNDS][4];
    unsigned refused, stored, strange;
};

static void *run_saver(void *context)
{
    struct stage *stage = context;
    for (int r = 0; r < ERASE_ROUNDS; r++) {
        while (stage->round < r) sched_yield();
        for (size_t i = 0; i < 4; i++) {
            struct visit_spec spec = { .claim = claim_of(stage->ids[r], false, t0_ms),
                                       .event = stage->events[r][i], .steady = STR("more") };
            enum err e = do_visit(stage->st, &spec, NULL);
            if (!e) stage->stored++;
            else if (e == ERR_NOT_FOUND) stage->refused++;
            else stage->strange++;
        }
    }
    return NULL;
}

/* Visits and the deletion of their visitor, on threads of their own. */
static void test_delete_beside_saves(void)
{
    static struct stage stage;
    struct rig *rig;
    struct event ev;
    pthread_t saver;
    size_t count, left = 0, visible = 0;
    stage = (struct stage){ .st = open_store(true, &rig), .round = -1 };
    for (int r = 0; r < ERASE_ROUNDS; r++) {
        stage.ids[r] = visitor_id_new(t0_ms);
        for (size_t i = 0; i < 4; i++) stage.events[r][i] = event_id_new(t0_ms);
    }
    pthread_create(&saver, NULL, run_saver, &stage);
    for (int r = 0; r < ERASE_ROUNDS; r++) {
        CHECK_INT(simple_visit(stage.st, stage.ids[r], true, t0_ms), ERR_OK);
        stage.round = r;
        CHECK_INT(delete_visitor(stage.st, 1, stage.ids[r]), ERR_OK);
        CHECK_INT(store_find_visits(stage.st, 1, stage.ids[r], EVENT_ID_LAST, 1, &test_arena, &ev,
                                    &count), ERR_OK);
        visible += count;
        if (r % 50 == 49) finish_deletions(stage.st);
    }
    pthread_join(saver, NULL);
    finish_deletions(stage.st);
    for (int r = 0; r < ERASE_ROUNDS; r++) {
        left += leftovers_of(rig, stage.ids[r]);
        for (size_t i = 0; i < 4; i++) left += event_is_stored(rig, stage.events[r][i]);
    }
    CHECK_INT(stage.strange, 0);
    CHECK_INT(stage.stored + stage.refused, 4 * ERASE_ROUNDS);
    CHECK_INT(visible, 0);
    CHECK_INT(left, 0);
    arena_reset(&test_arena);
    store_close(stage.st);
}

static void run_erase_suite(void)
{
    RUN(test_delete);
    RUN(test_receipts);
    RUN(test_deleted_is_not_named);
    RUN(test_delete_many_visitors);
    RUN(test_delete_damaged);
    RUN(test_delete_many_events);
    RUN(test_delete_in_flight);
    RUN(test_delete_newcomer);
    RUN(test_link_beside_deletion);
    RUN(test_delete_fails);
    RUN(test_delete_is_finished);
    RUN(test_delete_beside_saves);
    if (keeps_data) RUN(test_delete_then_reopen);
}

#endif
