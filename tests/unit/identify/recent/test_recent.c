/* What the last 24 hours saw: counters, repeated payloads, undone and deleted visits, expiry. */
#include "base/metrics.h"
#include "identify/recent/recent.h"
#include "tests/unit/test.h"

#define START_MS 1765432100000
#define MINUTE_MS (60 * 1000)
#define PUT(ev, member, ...) (event_set(&(ev), EVENT_##member), (ev).member = (__VA_ARGS__))

static const char durations[] = "0123456789012345678901234567890123456789012345678901234567890123456789";

static struct event visit(int64_t time_ms, uint64_t visitor, const char *ip, const char *user)
{
    struct event ev = { .id = { time_ms, 7 } };
    PUT(ev, workspace, 1), PUT(ev, environment, 1), PUT(ev, visitor, (struct visitor_id){ visitor, 1 });
    PUT(ev, ip, str_of(ip));
    if (user) PUT(ev, linked_id, str_of(user));
    return ev;
}

static struct recent *opened(struct store **store)
{
    struct recent *r;
    REQUIRE(store_open_memory(store) == ERR_OK && recent_open(&r, *store, 0) == ERR_OK);
    return r;
}

static void closed(struct recent *r, struct store *store)
{
    recent_close(r);
    store_close(store);
}

static uint32_t count_of(const struct recent_answer *a, enum velocity_counter counter, unsigned window)
{
    return a->velocity.known[counter] ? a->velocity.count[counter][window] : UINT32_MAX;
}

static void test_seven_counters(void)
{
    struct store *store;
    struct recent *r = opened(&store);
    struct recent_answer a;
    const struct { int minute; uint64_t visitor; const char *ip, *user; } rows[] = {
        { 0, 1, "203.0.113.1", "ann" },  { 30, 1, "203.0.113.2", "ann" }, { 31, 2, "203.0.113.2", "ann" },
        { 32, 1, "203.0.113.2", "bob" }, { 33, 1, "203.0.113.1", NULL },  { 90, 1, "203.0.113.1", "ann" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct event ev = visit(START_MS + rows[i].minute * MINUTE_MS, rows[i].visitor, rows[i].ip, rows[i].user);
        recent_note(r, &ev, &a);
        CHECK(a.noted);
        if (i != 4) continue;
        CHECK(!a.velocity.known[VELOCITY_DISTINCT_IP_BY_LINKED_ID]); /* without a linked id */
        CHECK(!a.velocity.known[VELOCITY_DISTINCT_COUNTRY]);         /* nor a country */
        CHECK_INT(count_of(&a, VELOCITY_EVENTS, VELOCITY_5_MINUTES), 3);
        CHECK_INT(count_of(&a, VELOCITY_DISTINCT_IP, VELOCITY_5_MINUTES), 2);
        CHECK_INT(count_of(&a, VELOCITY_DISTINCT_LINKED_ID, VELOCITY_HOUR), 2);
        CHECK_INT(count_of(&a, VELOCITY_IP_EVENTS, VELOCITY_5_MINUTES), 1);
        CHECK_INT(count_of(&a, VELOCITY_IP_EVENTS, VELOCITY_HOUR), 2);
    }
    CHECK_INT(count_of(&a, VELOCITY_EVENTS, VELOCITY_5_MINUTES), 1);
    CHECK_INT(count_of(&a, VELOCITY_EVENTS, VELOCITY_HOUR), 3); /* minute 30 is just outside */
    CHECK_INT(count_of(&a, VELOCITY_EVENTS, VELOCITY_DAY), 5);
    CHECK_INT(count_of(&a, VELOCITY_DISTINCT_IP_BY_LINKED_ID, VELOCITY_DAY), 2);
    CHECK_INT(count_of(&a, VELOCITY_DISTINCT_VISITOR_ID_BY_LINKED_ID, VELOCITY_DAY), 2);
    CHECK_INT(count_of(&a, VELOCITY_DISTINCT_VISITOR_ID_BY_LINKED_ID, VELOCITY_HOUR), 2);
    closed(r, store);
}

/* Of an address that no geo file knows the visitor's other countries are told all the same. */
static void test_country_of_some_events_only(void)
{
    static const char *const countries[] = { NULL, "DE", "FR", NULL };
    struct store *store;
    struct recent *r = opened(&store);
    struct recent_answer a;
    for (size_t i = 0; i < COUNT_OF(countries); i++) {
        struct event ev = visit(START_MS + (int64_t)i * MINUTE_MS, 1, "203.0.113.1", NULL);
        if (countries[i]) event_set(&ev, EVENT_geo_country), ev.geo_country = str_of(countries[i]);
        recent_note(r, &ev, &a);
        CHECK_INT(a.velocity.known[VELOCITY_DISTINCT_COUNTRY], i > 0);
    }
    CHECK_INT(count_of(&a, VELOCITY_DISTINCT_COUNTRY, VELOCITY_5_MINUTES), 2);
    closed(r, store);
}

static void test_workspaces_are_apart(void)
{
    struct store *store;
    struct recent *r = opened(&store);
    struct recent_answer a;
    struct event ev = visit(START_MS, 1, "203.0.113.1", "ann");
    recent_note(r, &ev, &a);
    ev.workspace = 2;
    recent_note(r, &ev, &a);
    CHECK_INT(count_of(&a, VELOCITY_EVENTS, VELOCITY_DAY), 1);
    CHECK_INT(count_of(&a, VELOCITY_IP_EVENTS, VELOCITY_DAY), 1);
    closed(r, store);
}

static void test_undone_and_deleted_visits_do_not_count(void)
{
    struct store *store;
    struct recent *r = opened(&store);
    struct recent_answer a;
    struct event one = visit(START_MS, 1, "203.0.113.1", "ann"), two = visit(START_MS + 1, 2, "203.0.113.1", "ann");
    recent_note(r, &one, &a);
    recent_undo(r, a.ticket);
    recent_undo(r, a.ticket); /* twice does no harm */
    recent_note(r, &one, &a);
    CHECK_INT(count_of(&a, VELOCITY_EVENTS, VELOCITY_DAY), 1);
    recent_note(r, &two, &a);
    CHECK_INT(count_of(&a, VELOCITY_IP_EVENTS, VELOCITY_DAY), 2);
    recent_forget(r, 1, (struct visitor_id){ 1, 1 });
    recent_forget(r, 1, (struct visitor_id){ 99, 1 });
    recent_note(r, &two, &a);
    CHECK_INT(count_of(&a, VELOCITY_IP_EVENTS, VELOCITY_DAY), 2);
    CHECK_INT(count_of(&a, VELOCITY_DISTINCT_VISITOR_ID_BY_LINKED_ID, VELOCITY_DAY), 1);
    closed(r, store);
}

static void test_a_day_later_nothing_is_left(void)
{
    struct store *store;
    struct recent *r = opened(&store);
    struct recent_answer a;
    size_t bytes, visits;
    for (unsigned i = 0; i < 5000; i++) {
        struct event ev = visit(START_MS + i, i % 50, "203.0.113.1", "ann");
        recent_note(r, &ev, &a);
    }
    CHECK_INT(count_of(&a, VELOCITY_DISTINCT_VISITOR_ID_BY_LINKED_ID, VELOCITY_DAY), 50);
    for (unsigned i = 0; i < 3000; i++) {
        struct event ev = visit(START_MS + 26 * 60 * MINUTE_MS + i, 1000, "203.0.113.9", NULL);
        recent_note(r, &ev, &a);
    }
    recent_size(r, &bytes, &visits);
    CHECK_INT(visits, 3000);
    CHECK(bytes < 2000 * 1000);
    closed(r, store);
}

static void test_visitor_of_many_events_has_no_day_of_distinct_values(void)
{
    struct store *store;
    struct recent *r = opened(&store);
    struct recent_answer a;
    for (unsigned i = 0; i <= VELOCITY_DAY_EVENTS_MAX; i++) {
        struct event ev = visit(START_MS + i * 1000, 1, i % 2 ? "203.0.113.1" : "203.0.113.2", NULL);
        recent_note(r, &ev, &a);
        if (i + 1 == VELOCITY_DAY_EVENTS_MAX) CHECK(velocity_has(&a.velocity, VELOCITY_DISTINCT_IP, VELOCITY_DAY));
    }
    CHECK(!velocity_has(&a.velocity, VELOCITY_DISTINCT_IP, VELOCITY_DAY));
    CHECK_INT(count_of(&a, VELOCITY_EVENTS, VELOCITY_DAY), VELOCITY_DAY_EVENTS_MAX + 1);
    CHECK_INT(count_of(&a, VELOCITY_DISTINCT_IP, VELOCITY_HOUR), 2);
    closed(r, store);
}

static void test_repeated_payloads(void)
{
    struct store *store;
    struct recent *r = opened(&store);
    struct recent_answer a;
    struct event ev = visit(START_MS, 1, "203.0.113.1", NULL);
    PUT(ev, volatile_signals, str_of(durations)), PUT(ev, client_time_ms, START_MS - 5);
    recent_note(r, &ev, &a);
    CHECK_INT(a.replay, RECENT_FIRST);
    ev.id.time_ms += 500;
    recent_note(r, &ev, &a);
    CHECK_INT(a.replay, RECENT_SAME);
    ev.client_time_ms += 900; /* the agent that got no answer */
    recent_note(r, &ev, &a);
    CHECK_INT(a.replay, RECENT_AGAIN);
    ev.client_time_ms += 900, ev.ip = STR("198.51.100.1"); /* from elsewhere */
    recent_note(r, &ev, &a);
    CHECK_INT(a.replay, RECENT_SAME_SIGNALS);
    ev.client_time_ms += 900, ev.id.time_ms += 10 * MINUTE_MS; /* later */
    recent_note(r, &ev, &a);
    CHECK_INT(a.replay, RECENT_SAME_SIGNALS);
    struct event other = ev;
    PUT(other, volatile_signals, STR("1123456789012345678901234567890123456789012345678901234567890123456789"));
    recent_note(r, &other, &a);
    CHECK_INT(a.replay, RECENT_FIRST);
    closed(r, store);
}

/* A hand-made body with little in it: two devices may well send the same. */
static void test_short_payloads_repeat_for_one_visitor_only(void)
{
    struct store *store;
    struct recent *r = opened(&store);
    struct recent_answer a;
    struct event ev = visit(START_MS, 1, "203.0.113.1", NULL);
    recent_note(r, &ev, &a);
    recent_note(r, &ev, &a);
    CHECK_INT(a.replay, RECENT_FIRST); /* no time, nothing that changes: nothing is said */
    PUT(ev, client_time_ms, START_MS);
    recent_note(r, &ev, &a);
    ev.visitor.high = 2;
    recent_note(r, &ev, &a);
    CHECK_INT(a.replay, RECENT_FIRST);
    recent_note(r, &ev, &a);
    CHECK_INT(a.replay, RECENT_SAME);
    closed(r, store);
}

/* More visits than allowed: the hour stays exact, and the day is not said until one is remembered again. */
static void test_too_many_visits(void)
{
    enum { MAX = 100, EACH_MS = 60 * MINUTE_MS / 20 };
    struct store *store;
    struct recent *r;
    struct recent_answer a;
    size_t bytes, visits;
    int64_t dropped = metric_read(METRIC_velocity_dropped_total), now_ms = START_MS;
    REQUIRE(store_open_memory(&store) == ERR_OK && recent_open(&r, store, MAX) == ERR_OK);
    for (unsigned i = 0; i < 300; i++, now_ms += EACH_MS) {
        struct event ev = visit(now_ms, 1, i % 2 ? "203.0.113.1" : "203.0.113.2", NULL);
        recent_note(r, &ev, &a);
        bool known = i <= MAX; /* the visit that is one too many lets the first go when it has been counted */
        CHECK(velocity_has(&a.velocity, VELOCITY_EVENTS, VELOCITY_DAY) == known);
        CHECK(velocity_has(&a.velocity, VELOCITY_DISTINCT_IP, VELOCITY_DAY) == known);
        if (known) CHECK_INT(count_of(&a, VELOCITY_EVENTS, VELOCITY_DAY), i + 1);
        CHECK_INT(count_of(&a, VELOCITY_EVENTS, VELOCITY_HOUR), i < 20 ? i + 1 : 20);
        recent_size(r, &bytes, &visits);
        CHECK(visits <= MAX);
    }
    CHECK_INT(metric_read(METRIC_velocity_visits), MAX);
    CHECK_INT(metric_read(METRIC_velocity_bytes), bytes);
    CHECK_INT(metric_read(METRIC_velocity_dropped_total) - dropped, 200);
    for (int hours = 0; hours < 24; hours++, now_ms += 60 * MINUTE_MS) {
        struct event ev = visit(now_ms, 1, "203.0.113.1", NULL);
        recent_note(r, &ev, &a);
    }
    CHECK(velocity_has(&a.velocity, VELOCITY_EVENTS, VELOCITY_DAY));
    closed(r, store);
}

/* The last two hours are kept whatever the limit is. */
static void test_limit_spares_the_last_hours(void)
{
    struct store *store;
    struct recent *r;
    struct recent_answer a;
    REQUIRE(store_open_memory(&store) == ERR_OK && recent_open(&r, store, 10) == ERR_OK);
    for (unsigned i = 0; i < 50; i++) {
        struct event ev = visit(START_MS + i * MINUTE_MS, 1, "203.0.113.1", NULL);
        recent_note(r, &ev, &a);
    }
    CHECK_INT(count_of(&a, VELOCITY_EVENTS, VELOCITY_DAY), 50);
    CHECK(velocity_has(&a.velocity, VELOCITY_EVENTS, VELOCITY_DAY));
    closed(r, store);
}

int main(void)
{
    RUN(test_seven_counters);
    RUN(test_country_of_some_events_only);
    RUN(test_workspaces_are_apart);
    RUN(test_undone_and_deleted_visits_do_not_count);
    RUN(test_a_day_later_nothing_is_left);
    RUN(test_visitor_of_many_events_has_no_day_of_distinct_values);
    RUN(test_too_many_visits);
    RUN(test_limit_spares_the_last_hours);
    RUN(test_repeated_payloads);
    RUN(test_short_payloads_repeat_for_one_visitor_only);
    return test_end();
}
