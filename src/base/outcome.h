/* outcome - what another thread tells the one that waits for it.
 *
 *     struct outcome o;
 *     outcome_init(&o);
 *     enum err e = start(..., &o);                 it calls outcome_tell(&o, result) once, from any thread
 *     e = outcome_await(&o, e);                    then o is gone
 *
 * The struct may live on the waiter's stack: outcome_tell does not touch it any more when outcome_await returns. */
#ifndef WHORL_BASE_OUTCOME_H
#define WHORL_BASE_OUTCOME_H

#include "base/err.h"

#include <pthread.h>
#include <stdbool.h>

/* Private to outcome.c. */
struct outcome {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool known;
    enum err result;
};

void outcome_init(struct outcome *o);
void outcome_tell(struct outcome *o, enum err result);

/* Waits for what is told and returns it; `started` instead, at once, when that is an error: then nobody will tell. */
enum err outcome_await(struct outcome *o, enum err started);

#endif
