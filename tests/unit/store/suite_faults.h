/* suite_faults - writes that fail; part of suite.h. */
#ifndef WHORL_TESTS_STORE_SUITE_FAULTS_H
#define WHORL_TESTS_STORE_SUITE_FAULTS_H

enum { FAULT_VISITS = 8, FAULT_VISITORS = 3 };

static void hold_recovery(struct rig *rig, bool hold)
{
    pthread_mutex_lock(&rig->lock);
    rig->revive_fails = hold ? 1000000 : 0;
    pthread_mutex_unlock(&rig->lock);
}

struct history {
    struct visitor_id ids[FAULT_VISITORS];
    bool known[FAULT_VISITORS];
    struct event_id acknowledged[FAULT_VISITS], failed;
    size_t acknowledged_count, failed_count;
};

/* One visit, tried again until it is acknowledged. */
static void insist(struct store *st, struct rig *rig, struct history *h, size_t i)
{
    size_t who = i % FAULT_VISITORS;
    for (;;) {
        int64_t now_ms = t0_ms + (int64_t)i;
        if (!h->known[who]) h->ids[who] = visitor_id_new(now_ms);
        struct visit_spec spec = { .claim = claim_of(h->ids[who], !h->known[who], now_ms),
                                   .event = event_id_new(now_ms), .steady = STR("steady") };
        enum err e = do_visit(st, &spec, NULL);
        if (!e) {
            h->acknowledged[h->acknowledged_count++] = spec.event;
            h->known[who] = true;
            return;
        }
        CHECK_INT(e, ERR_IO);
        CHECK(!store_is_sound(st)); /* recovery is held back */
        h->failed = spec.event;
        h->failed_count++;
        hold_recovery(rig, false);
        await_sound(st);
    }
}

/* Counts agree with the events that are there, whatever came back. */
static void check_counts(struct store *st, const struct history *h)
{
    struct event events[FAULT_VISITS + 1];
    size_t count;
    for (size_t i = 0; i < FAULT_VISITORS; i++) {
        CHECK_INT(store_find_visits(st, 1, h->ids[i], EVENT_ID_LAST, COUNT_OF(events), &test_arena,
                                    events, &count), ERR_OK);
        CHECK_INT(find_visitor(st, h->ids[i]).visits_count, count);
        for (size_t k = 0; k < count; k++) {
            struct str steady = { NULL, 0 };
            CHECK_INT(store_find_snapshot(st, 1, h->ids[i], (uint32_t)events[k].snapshot,
                                          &test_arena, &steady), ERR_OK);
            CHECK_STR(steady, STR("steady"));
        }
    }
}

static void run_with_failure(int n, bool carried_out)
{
    struct rig *rig;
    struct store *st = open_store(true, &rig);
    struct history h = { 0 };
    struct event ev;
    fail_write(rig, n, carried_out);
    hold_recovery(rig, true);
    for (size_t i = 0; i < FAULT_VISITS; i++) insist(st, rig, &h, i);
    CHECK_INT(h.failed_count, 1);
    CHECK_INT(h.acknowledged_count, FAULT_VISITS);
    for (size_t i = 0; i < FAULT_VISITS; i++)
        CHECK_INT(store_find_event(st, 1, h.acknowledged[i], &test_arena, &ev), ERR_OK);
    CHECK_INT(store_find_event(st, 1, h.failed, &test_arena, &ev),
              carried_out ? ERR_OK : ERR_NOT_FOUND);
    check_counts(st, &h);
    store_close(st);
}

static void test_failed_writes(void)
{
    for (int n = 1; n <= FAULT_VISITS; n++) run_with_failure(n, false);
}

/* The log held the batch although its sync had failed: it may exist, but only whole. */
static void test_failed_writes_that_came_back(void)
{
    for (int n = 1; n <= FAULT_VISITS; n++) run_with_failure(n, true);
}

static void test_refused_while_unsound(void)
{
    struct rig *rig;
    struct store *st = open_store(true, &rig);
    struct visitor_id id = visitor_id_new(t0_ms);
    struct claim claim = claim_of(id, false, t0_ms + 1);
    struct visit *during, *after, *left, *none;
    struct ticket t;
    struct str value;
    CHECK_INT(simple_visit(st, id, true, t0_ms), ERR_OK);
    CHECK_INT(store_enter(st, &claim, &during), ERR_OK);
    CHECK_INT(store_enter(st, &claim, &after), ERR_OK);
    CHECK_INT(store_enter(st, &claim, &left), ERR_OK);
    hold_recovery(rig, true);
    fail_write(rig, 1, false);
    CHECK_INT(store_set_value(st, STR("a"), STR("1")), ERR_IO);
    CHECK(!store_is_sound(st));
    CHECK_INT(store_set_value(st, STR("a"), STR("2")), ERR_UNAVAILABLE);
    CHECK_INT(store_enter(st, &claim, &none), ERR_UNAVAILABLE);
    ticket_init(&t);
    ticket_fill(&t, during, 1, event_id_new(t0_ms + 1), STR("steady"));
    CHECK_INT(store_save(st, &t.save), ERR_UNAVAILABLE);
    CHECK_INT(store_get_value(st, STR("a"), &test_arena, &value), ERR_NOT_FOUND);
    CHECK_INT(find_visitor(st, id).visits_count, 3); /* two are in flight still */

    hold_recovery(rig, false);
    await_sound(st);
    CHECK_INT(find_visitor(st, id).visits_count, 1); /* those of before do not count any more */
    ticket_fill(&t, after, 1, event_id_new(t0_ms + 1), STR("steady"));
    CHECK_INT(store_save(st, &t.save), ERR_UNAVAILABLE);
    store_leave(st, left);
    CHECK_INT(t.answers, 0);
    CHECK_INT(store_set_value(st, STR("a"), STR("3")), ERR_OK);
    CHECK_INT(simple_visit(st, id, false, t0_ms + 2), ERR_OK);
    CHECK_INT(find_visitor(st, id).visits_count, 2);
    ticket_free(&t);
    store_close(st);
}

/* One write fails while others have gathered behind it. */
static void test_failed_batch_behind_gate(void)
{
    struct rig *rig;
    struct store *st = open_store(true, &rig);
    struct ticket tickets[4];
    struct visitor v;
    struct visitor_id ids[4];
    gate_close(rig);
    fail_write(rig, 1, false);
    hold_recovery(rig, true);
    for (size_t i = 0; i < 4; i++) {
        struct visit_spec spec = { .claim = newcomer_of(i < 3 ? 7 : 0, t0_ms), /* 0, 1, 2 are one */
                                   .event = event_id_new(t0_ms) };
        ticket_init(&tickets[i]);
        CHECK_INT(start_visit(st, &tickets[i], &spec), ERR_OK);
        ids[i] = tickets[i].event.visitor;
        if (i == 0) gate_await(rig); /* the others are not in its batch */
    }
    CHECK(visitor_id_eq(ids[0], ids[1]) && visitor_id_eq(ids[0], ids[2]));
    gate_open(rig);
    for (size_t i = 0; i < 4; i++)
        CHECK_INT(ticket_await(&tickets[i]), i == 0 ? ERR_IO : ERR_UNAVAILABLE);
    for (size_t i = 0; i < 4; i++) {
        CHECK_INT(store_find_visitor(st, 1, ids[i], &test_arena, &v), ERR_NOT_FOUND);
        ticket_free(&tickets[i]);
    }
    hold_recovery(rig, false);
    await_sound(st);
    struct visit *visit;
    struct claim claim = newcomer_of(7, t0_ms);
    CHECK_INT(store_enter(st, &claim, &visit), ERR_OK);
    CHECK(!visit->joined && visitor_id_eq(visit->id, claim.id));
    store_leave(st, visit);
    store_close(st);
}

#endif
