/* rounds - a thread of low priority that does its work in rounds; others may wait for one.
 *
 *     static const struct rounds_work work = { "erase", .retry_ms = 1000, .round = erase_marked };
 *     struct rounds r;
 *     rounds_init(&r);
 *     rounds_due(&r, 0);                        the first round comes at once
 *     rounds_start(&r, &work, context);         false: there is no thread
 *     ...
 *     enum err e = rounds_finish(&r);           of a round that began after this call
 *     rounds_end(&r);                           returns when the round under way has
 *
 * Between init and end a struct rounds must not move. rounds_end may be called without rounds_start. */
#ifndef WHORL_BASE_ROUNDS_H
#define WHORL_BASE_ROUNDS_H

#include "base/err.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define ROUNDS_NEVER INT64_MAX

/* What is done; it outlives the rounds. Pauses are counted from the end of a round, by the monotonic clock. */
struct rounds_work {
    const char *name;  /* of the thread, at most 15 bytes */
    int64_t every_ms;  /* ROUNDS_NEVER: only when somebody says that one is due */
    int64_t retry_ms;  /* after a round that failed */
    enum err (*round)(void *context);
};

/* Private to rounds.c. */
struct rounds {
    const struct rounds_work *work;
    void *context;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake, idle;
    int64_t due_ms;       /* monotonic */
    uint64_t ended;       /* rounds, failed or not */
    uint64_t wanted;      /* somebody waits in rounds_finish until so many have */
    enum err last;        /* of the last round */
    bool running, busy;
    atomic_bool stopping;
};

void rounds_init(struct rounds *r);
bool rounds_start(struct rounds *r, const struct rounds_work *work, void *context);

/* A round begins within this time; when one is running, another behind it. From any thread, before rounds_start too. */
void rounds_due(struct rounds *r, int64_t within_ms);

/* For the round: should it end with ERR_UNAVAILABLE, and does somebody wait for it? */
bool rounds_stopping(const struct rounds *r);
bool rounds_hurried(struct rounds *r);

/* Has a round begin at once and waits for its end: what the last one returned; ERR_UNAVAILABLE when rounds_end came
 * first. */
enum err rounds_finish(struct rounds *r);

void rounds_end(struct rounds *r);

#endif
