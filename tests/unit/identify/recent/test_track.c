/* Counts over windows, held against counting everything anew: in order, late, taken out, expired. */
#include "identify/recent/track.h"
#include "tests/unit/test.h"

static uint64_t seed = 88172645463325252u;

static uint32_t random_below(uint32_t n)
{
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % n;
}

/* The plain way: look at every visit. */
static struct track_count counted(const struct recent_log *log, const bool *gone, uint32_t visits,
                                  const struct track *t, int64_t now_ms, int64_t window_ms)
{
    struct track_count c = { 0 };
    for (uint32_t i = 0; i < visits; i++) {
        const struct recent_entry *e = recent_at(log, i);
        if (gone[i] || e->time_ms <= now_ms - window_ms || e->time_ms > now_ms) continue;
        c.visits++;
        for (unsigned k = 0; k < t->distinct_count; k++) {
            bool again = e->of[t->what[k]] == 0;
            for (uint32_t j = 0; j < i && !again; j++) {
                const struct recent_entry *f = recent_at(log, j);
                again = !gone[j] && f->time_ms > now_ms - window_ms && f->time_ms <= now_ms &&
                        f->of[t->what[k]] == e->of[t->what[k]];
            }
            c.distinct[k] += !again;
        }
    }
    return c;
}

static bool same(const struct track_count *a, const struct track_count *b, unsigned kinds)
{
    bool equal = a->visits == b->visits;
    for (unsigned k = 0; k < kinds; k++) equal &= a->distinct[k] == b->distinct[k];
    return equal;
}

static void check_now(const struct track *t, const struct recent_log *log, const bool *gone, uint32_t visits)
{
    struct track_count now[VELOCITY_WINDOWS];
    track_count_now(now, t);
    for (unsigned w = 0; w < VELOCITY_WINDOWS; w++) {
        struct track_count plain = counted(log, gone, visits, t, t->at_ms, velocity_window_ms[w]);
        struct track_count back;
        int64_t late_ms = t->at_ms - 1000 * random_below(4000);
        CHECK(same(&now[w], &plain, t->distinct_count));
        track_count(&back, t, log, late_ms, velocity_window_ms[w]);
        plain = counted(log, gone, visits, t, late_ms, velocity_window_ms[w]);
        CHECK(same(&back, &plain, t->distinct_count));
    }
}

static void test_against_the_plain_way(void)
{
    enum { VISITS = 700 };
    static bool gone[VISITS];
    for (unsigned round = 0; round < 12; round++) {
        struct recent_log log = { NULL, 0, 0, 0 };
        struct track t = { .distinct_count = 0 };
        track_tell_apart(&t, RECENT_ADDRESS), track_tell_apart(&t, RECENT_COUNTRY);
        int64_t now_ms = 1700000000000, longest = round % 3 ? 120 * 1000 : 40 * 60 * 1000;
        memset(gone, 0, sizeof gone);
        for (uint32_t i = 0; i < VISITS; i++) {
            struct recent_entry *e = recent_log_add(&log);
            REQUIRE(e);
            now_ms += random_below((uint32_t)longest);
            e->time_ms = random_below(5) ? now_ms : now_ms - 1000 * random_below(round % 2 ? 10 : 3000);
            e->of[RECENT_ADDRESS] = random_below(9);
            e->of[RECENT_COUNTRY] = random_below(3) ? 1 + random_below(60) : 0;
            CHECK(track_add(&t, &log, i));
            if (random_below(6) == 0) {
                uint32_t which = random_below(i + 1);
                track_remove(&t, &log, which); /* also what is out already */
                gone[which] = true;
            }
            if (i % 5 == 0 && !track_empty(&t)) check_now(&t, &log, gone, i + 1);
        }
        for (uint32_t i = 0; i < VISITS; i++) track_remove(&t, &log, i); /* as they expire */
        CHECK(track_empty(&t));
        for (unsigned k = 0; k < 2; k++) CHECK_INT(t.distinct[k].seen.count, 0);
        track_free(&t);
        recent_log_free(&log);
    }
}

static void test_bounds_of_a_window(void)
{
    struct recent_log log = { NULL, 0, 0, 0 };
    struct track t = { .distinct_count = 0 };
    struct track_count count[VELOCITY_WINDOWS];
    const int64_t start_ms = 1700000000000;
    recent_log_add(&log)->time_ms = start_ms;
    recent_log_add(&log)->time_ms = start_ms + velocity_window_ms[0] - 1;
    recent_log_add(&log)->time_ms = start_ms + velocity_window_ms[0];
    for (uint32_t i = 0; i < 3; i++) CHECK(track_add(&t, &log, i));
    track_count_now(count, &t);
    CHECK_INT(count[VELOCITY_5_MINUTES].visits, 2); /* exactly five minutes ago is outside */
    CHECK_INT(count[VELOCITY_HOUR].visits, 3);
    track_free(&t);
    recent_log_free(&log);
}

static void test_log_grows_and_shrinks(void)
{
    struct recent_log log = { NULL, 0, 0, 0 };
    log.first = log.next = UINT32_MAX - 5000; /* the numbers wrap */
    log.first = log.next = log.next / RECENT_CHUNK * RECENT_CHUNK;
    uint32_t start = log.first;
    for (uint32_t i = 0; i < 40000; i++) {
        struct recent_entry *e = recent_log_add(&log);
        REQUIRE(e);
        e->payload = i;
        if (i >= 100) recent_log_drop_first(&log);
    }
    CHECK_INT(log.next - log.first, 100);
    for (uint32_t i = 0; i < 100; i++) CHECK_INT(recent_at(&log, log.first + i)->payload, log.first + i - start);
    CHECK(log.chunks <= 4);
    recent_log_free(&log);
}

int main(void)
{
    RUN(test_against_the_plain_way);
    RUN(test_bounds_of_a_window);
    RUN(test_log_grows_and_shrinks);
    return test_end();
}
