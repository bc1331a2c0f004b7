/* ticker - a thread that does one thing again and again until it is told to stop.
 *
 *     struct ticker t;
 *     ticker_init(&t);
 *     ticker_start(&t, 2, look_at_files, context);      false: there is no thread
 *     ...
 *     ticker_stop(&t);                                  returns when the last call has
 *
 * ticker_stop may be called without ticker_start; between init and stop a struct ticker must not move. */
#ifndef WHORL_BASE_TICKER_H
#define WHORL_BASE_TICKER_H

#include <pthread.h>
#include <stdbool.h>

/* Private to ticker.c. */
struct ticker {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    void (*tick)(void *context);
    void *context;
    int seconds;
    bool running, stopping, hurried;
};

void ticker_init(struct ticker *t);

/* Calls tick(context) every so many seconds by the monotonic clock, for the first time after so many. */
bool ticker_start(struct ticker *t, int seconds, void (*tick)(void *context), void *context);

/* The next call comes at once; when one is running, right behind it. From any thread, before ticker_start too. */
void ticker_hurry(struct ticker *t);

void ticker_stop(struct ticker *t);

#endif
