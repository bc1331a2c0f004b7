/* outcome - see outcome.h. */
#include "base/outcome.h"

void outcome_init(struct outcome *o)
{
    pthread_mutex_init(&o->lock, NULL);
    pthread_cond_init(&o->wake, NULL);
    o->known = false;
    o->result = ERR_OK;
}

void outcome_tell(struct outcome *o, enum err result)
{
    pthread_mutex_lock(&o->lock);
    o->known = true;
    o->result = result;
    pthread_cond_signal(&o->wake); /* inside: *o goes when the lock is free */
    pthread_mutex_unlock(&o->lock);
}

enum err outcome_await(struct outcome *o, enum err started)
{
    enum err e = started;
    if (!e) {
        pthread_mutex_lock(&o->lock);
        while (!o->known) pthread_cond_wait(&o->wake, &o->lock);
        e = o->result;
        pthread_mutex_unlock(&o->lock);
    }
    pthread_cond_destroy(&o->wake);
    pthread_mutex_destroy(&o->lock);
    return e;
}
