/* rounds - see rounds.h. */
#include "base/rounds.h"

#include "base/clock.h"

#include <assert.h>
#include <sys/resource.h>

enum { NICENESS = 10 }; /* as rocksdb.c's BACKGROUND_NICE */

void rounds_init(struct rounds *r)
{
    pthread_condattr_t clock;
    *r = (struct rounds){ .due_ms = ROUNDS_NEVER };
    atomic_init(&r->stopping, false);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->wake, &clock);
    pthread_cond_init(&r->idle, NULL);
    pthread_condattr_destroy(&clock);
}

bool rounds_stopping(const struct rounds *r)
{
    return atomic_load_explicit(&r->stopping, memory_order_relaxed);
}

bool rounds_hurried(struct rounds *r)
{
    pthread_mutex_lock(&r->lock);
    bool hurried = r->ended < r->wanted;
    pthread_mutex_unlock(&r->lock);
    return hurried;
}

static void set_due(struct rounds *r, int64_t within_ms)
{
    int64_t due_ms = within_ms == ROUNDS_NEVER ? ROUNDS_NEVER : clock_mono_ms() + within_ms;
    if (due_ms < r->due_ms) r->due_ms = due_ms;
}

void rounds_due(struct rounds *r, int64_t within_ms)
{
    pthread_mutex_lock(&r->lock);
    set_due(r, within_ms);
    pthread_cond_signal(&r->wake);
    pthread_mutex_unlock(&r->lock);
}

/* With the lock, until a round is to begin; false when stopping. */
static bool await_round(struct rounds *r)
{
    while (!rounds_stopping(r) && r->ended >= r->wanted) {
        int64_t pause_ms = r->due_ms == ROUNDS_NEVER ? ROUNDS_NEVER : r->due_ms - clock_mono_ms();
        if (pause_ms <= 0) break;
        struct timespec until;
        if (pause_ms != ROUNDS_NEVER) until = clock_mono_after(pause_ms);
        if (pause_ms == ROUNDS_NEVER) pthread_cond_wait(&r->wake, &r->lock);
        else pthread_cond_timedwait(&r->wake, &r->lock, &until);
    }
    return !rounds_stopping(r);
}

static void note_end(struct rounds *r, enum err e)
{
    r->busy = false;
    r->ended++;
    r->last = e;
    pthread_cond_broadcast(&r->idle);
}

static void *run(void *context)
{
    struct rounds *r = context;
    setpriority(PRIO_PROCESS, 0, NICENESS);
    pthread_mutex_lock(&r->lock);
    while (await_round(r)) {
        r->due_ms = ROUNDS_NEVER; /* whoever says so during the round has not been seen by it */
        r->busy = true;
        pthread_mutex_unlock(&r->lock);
        enum err e = r->work->round(r->context);
        pthread_mutex_lock(&r->lock);
        set_due(r, e ? r->work->retry_ms : r->work->every_ms);
        note_end(r, e);
    }
    note_end(r, ERR_UNAVAILABLE);
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

bool rounds_start(struct rounds *r, const struct rounds_work *work, void *context)
{
    assert(!r->running);
    r->work = work;
    r->context = context;
    set_due(r, work->every_ms);
    r->running = pthread_create(&r->thread, NULL, run, r) == 0;
    if (r->running) pthread_setname_np(r->thread, work->name);
    return r->running;
}

enum err rounds_finish(struct rounds *r)
{
    pthread_mutex_lock(&r->lock);
    uint64_t until = r->ended + (r->busy ? 2 : 1); /* the one under way has begun before */
    if (until > r->wanted) r->wanted = until;
    pthread_cond_signal(&r->wake);
    while (r->ended < until && !rounds_stopping(r)) pthread_cond_wait(&r->idle, &r->lock);
    enum err e = r->ended < until ? ERR_UNAVAILABLE : r->last;
    pthread_mutex_unlock(&r->lock);
    return e;
}

void rounds_end(struct rounds *r)
{
    pthread_mutex_lock(&r->lock);
    atomic_store(&r->stopping, true);
    pthread_cond_broadcast(&r->wake);
    pthread_cond_broadcast(&r->idle);
    pthread_mutex_unlock(&r->lock);
    if (r->running) pthread_join(r->thread, NULL);
    pthread_cond_destroy(&r->idle);
    pthread_cond_destroy(&r->wake);
    pthread_mutex_destroy(&r->lock);
}
