/* commit - the one thread that writes. Group commit without a delay: while a sync runs, saves
 * gather; the next write takes them all.
 *
 *     loops:         commit_push, commit_push, commit_push ...
 *     commit thread: take all - stage visits - one batch with their visitors' records - write and
 *                    sync - pending_commit - done(ERR_OK) for each
 *
 * A save whose `allowed` says no is dropped.
 *
 * A deletion (erase.h) is a save without a visit whose `committed` is set: its changes stand behind
 * all others of its write, so that a visit of the same write is stored and erased with the rest, and
 * `committed` is called before any `done`, so that a visit of a later write is refused.
 *
 * After a failed write the saves of that batch get ERR_IO, those behind it ERR_UNAVAILABLE, and so
 * do all that come until the engine has been revived and a probe was written and synced. Then a new
 * epoch begins (pending.h).
 */
#ifndef WHORL_STORE_COMMIT_H
#define WHORL_STORE_COMMIT_H

#include "store/engine.h"
#include "store/pending.h"

struct commit;
struct facets;

/* NULL when no thread can be started. All are borrowed. */
struct commit *commit_create(struct engine *engine, struct pending *pending, struct facets *facets);
/* Writes what was pushed, then ends the thread. */
void commit_destroy(struct commit *c);

/* store_slow_down. */
void commit_slow_down(struct commit *c, int ms);
bool commit_is_sound(struct commit *c);
uint64_t commit_epoch(struct commit *c);

/* Hands over save->batch (struct batch *) and save->visit (NULL for other writes). Anything but
 * ERR_OK, that is ERR_UNAVAILABLE: nothing was taken over. */
enum err commit_push(struct commit *c, struct save *save);
/* Writes a batch and waits until it is durable; not from the commit thread. */
enum err commit_write(struct commit *c, struct batch *batch);
/* The same, after asking on the commit thread, where everything that was pushed before is written or part of the same
 * write: `may` may add to the batch, too. ERR_NOT_FOUND when it said false. */
enum err commit_write_if(struct commit *c, struct batch *batch, bool (*may)(void *context), void *context);

#endif
