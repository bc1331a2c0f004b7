/* ticker - see ticker.h. */
#include "base/ticker.h"

#include "base/clock.h"

#include <assert.h>

void ticker_init(struct ticker *t)
{
    pthread_condattr_t clock;
    *t = (struct ticker){ .running = false };
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->wake, &clock);
    pthread_condattr_destroy(&clock);
}

static void *run(void *context)
{
    struct ticker *t = context;
    pthread_mutex_lock(&t->lock);
    while (!t->stopping) {
        struct timespec until = clock_mono_after((int64_t)t->seconds * 1000);
        int late = 0;
        while (!t->stopping && !t->hurried && !late)
            late = pthread_cond_timedwait(&t->wake, &t->lock, &until);
        if (t->stopping) break;
        t->hurried = false;
        pthread_mutex_unlock(&t->lock);
        t->tick(t->context);
        pthread_mutex_lock(&t->lock);
    }
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

bool ticker_start(struct ticker *t, int seconds, void (*tick)(void *context), void *context)
{
    assert(!t->running);
    t->seconds = seconds;
    t->tick = tick;
    t->context = context;
    t->running = pthread_create(&t->thread, NULL, run, t) == 0;
    return t->running;
}

void ticker_hurry(struct ticker *t)
{
    pthread_mutex_lock(&t->lock);
    t->hurried = true;
    pthread_cond_signal(&t->wake);
    pthread_mutex_unlock(&t->lock);
}

void ticker_stop(struct ticker *t)
{
    pthread_mutex_lock(&t->lock);
    t->stopping = true;
    pthread_cond_signal(&t->wake);
    pthread_mutex_unlock(&t->lock);
    if (t->running) pthread_join(t->thread, NULL);
    pthread_cond_destroy(&t->wake);
    pthread_mutex_destroy(&t->lock);
}
