/* Work in rounds, and waiting for one. An hour stands for "never": a test that has to wait for it does not end. */
#include "base/rounds.h"

#include "tests/unit/test.h"

#include <unistd.h>

enum { HOUR_MS = 3600 * 1000 };

struct worker {
    atomic_int rounds;
    atomic_bool fails, held;
    struct rounds r;
};

static enum err work(void *context)
{
    struct worker *w = context;
    atomic_fetch_add(&w->rounds, 1);
    while (atomic_load(&w->held) && !rounds_stopping(&w->r)) usleep(1000);
    return atomic_load(&w->fails) ? ERR_IO : ERR_OK;
}

static const struct rounds_work when_due = { "when due", ROUNDS_NEVER, HOUR_MS, work };
static const struct rounds_work retrying = { "retrying", ROUNDS_NEVER, 1, work };
static const struct rounds_work hourly = { "hourly", HOUR_MS, HOUR_MS, work };
static const struct rounds_work often = { "often", 1, HOUR_MS, work };

static void start(struct worker *w, const struct rounds_work *kind)
{
    *w = (struct worker){ 0 };
    rounds_init(&w->r);
    CHECK(rounds_start(&w->r, kind, w));
}

static void await(struct worker *w, int wanted)
{
    while (atomic_load(&w->rounds) < wanted) usleep(1000);
}

static void test_nothing_is_due(void)
{
    struct worker w;
    start(&w, &when_due);
    usleep(5000);
    rounds_end(&w.r);
    CHECK_INT(atomic_load(&w.rounds), 0);
}

static void test_due_before_it_starts(void)
{
    struct worker w = { 0 };
    rounds_init(&w.r);
    rounds_due(&w.r, 0);
    CHECK(rounds_start(&w.r, &when_due, &w));
    await(&w, 1);
    usleep(5000);
    rounds_end(&w.r);
    CHECK_INT(atomic_load(&w.rounds), 1);
}

static void test_the_earlier_time_holds(void)
{
    struct worker w;
    start(&w, &when_due);
    rounds_due(&w.r, 1);
    rounds_due(&w.r, HOUR_MS);
    await(&w, 1);
    rounds_end(&w.r);
}

static void test_due_while_one_runs(void)
{
    struct worker w;
    start(&w, &when_due);
    atomic_store(&w.held, true);
    rounds_due(&w.r, 0);
    await(&w, 1);
    rounds_due(&w.r, 0); /* the round under way may have looked already */
    atomic_store(&w.held, false);
    await(&w, 2);
    rounds_end(&w.r);
}

static void test_it_comes_again(void)
{
    struct worker w;
    start(&w, &often);
    await(&w, 3);
    rounds_end(&w.r);
}

static void test_a_failure_is_retried(void)
{
    struct worker w;
    start(&w, &retrying);
    atomic_store(&w.fails, true);
    rounds_due(&w.r, 0);
    await(&w, 3);
    atomic_store(&w.fails, false);
    CHECK_INT(rounds_finish(&w.r), ERR_OK);
    rounds_end(&w.r);
}

static void test_waiting_hurries(void)
{
    struct worker w;
    start(&w, &hourly);
    CHECK(!rounds_hurried(&w.r));
    CHECK_INT(rounds_finish(&w.r), ERR_OK);
    CHECK_INT(atomic_load(&w.rounds), 1);
    CHECK(!rounds_hurried(&w.r));
    atomic_store(&w.fails, true);
    CHECK_INT(rounds_finish(&w.r), ERR_IO);
    rounds_end(&w.r);
}

static void *let_go(void *context)
{
    struct worker *w = context;
    while (!rounds_hurried(&w->r)) usleep(1000);
    atomic_store(&w->held, false);
    return NULL;
}

/* The round under way may have looked already, so it is not the one that is waited for. */
static void test_waiting_while_one_runs(void)
{
    struct worker w;
    pthread_t helper;
    start(&w, &hourly);
    atomic_store(&w.held, true);
    rounds_due(&w.r, 0);
    await(&w, 1);
    CHECK(pthread_create(&helper, NULL, let_go, &w) == 0);
    CHECK_INT(rounds_finish(&w.r), ERR_OK);
    CHECK_INT(atomic_load(&w.rounds), 2);
    pthread_join(helper, NULL);
    rounds_end(&w.r);
}

static void *wait_for_it(void *context)
{
    struct worker *w = context;
    static enum err e;
    e = rounds_finish(&w->r);
    return &e;
}

static void test_the_end_comes_first(void)
{
    struct worker w;
    pthread_t waiter;
    start(&w, &hourly);
    atomic_store(&w.held, true);
    CHECK(pthread_create(&waiter, NULL, wait_for_it, &w) == 0);
    while (!rounds_hurried(&w.r)) usleep(1000);
    await(&w, 1);
    atomic_store(&w.r.stopping, true); /* what rounds_end does first; its memory outlives the waiter here */
    pthread_mutex_lock(&w.r.lock);
    pthread_cond_broadcast(&w.r.idle);
    pthread_mutex_unlock(&w.r.lock);
    void *result = NULL;
    pthread_join(waiter, &result);
    CHECK_INT(*(enum err *)result, ERR_UNAVAILABLE);
    rounds_end(&w.r);
}

static void test_never_started(void)
{
    struct worker w = { 0 };
    rounds_init(&w.r);
    rounds_due(&w.r, 0);
    rounds_end(&w.r);
    CHECK_INT(atomic_load(&w.rounds), 0);
}

int main(void)
{
    RUN(test_nothing_is_due);
    RUN(test_due_before_it_starts);
    RUN(test_the_earlier_time_holds);
    RUN(test_due_while_one_runs);
    RUN(test_it_comes_again);
    RUN(test_a_failure_is_retried);
    RUN(test_waiting_hurries);
    RUN(test_waiting_while_one_runs);
    RUN(test_the_end_comes_first);
    RUN(test_never_started);
    return test_end();
}
