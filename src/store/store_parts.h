/* store_parts - what stands behind struct store, for the files of its front: store.c, search.c and
 * update.c. */
#ifndef WHORL_STORE_STORE_PARTS_H
#define WHORL_STORE_STORE_PARTS_H

#include "store/commit.h"
#include "store/engine.h"
#include "store/erase.h"
#include "store/facets.h"
#include "store/pending.h"
#include "store/retention.h"

#include <pthread.h>

struct ager;
struct snapshots;

struct store {
    struct engine *engine;
    struct pending *pending;
    struct snapshots *snapshots;
    struct facets *facets;
    struct commit *commit;
    struct eraser *eraser;
    struct retention *retention;
    struct ager *ager;
    pthread_mutex_t updates_lock;
    struct update *updates; /* in flight */
};

/* Takes out of an event what names other visitors that are not there any more. An event may name some; rarely, so that
 * looking for them costs next to nothing. */
void event_leave_out_deleted(struct store *st, struct event *ev);

#endif
