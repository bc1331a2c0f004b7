/* age - erases events and visitors whose time is over (retention.h), in the background.
 *
 * They are hidden from the moment on at which they are too old; this is about the disk. Once an hour, and when the
 * rules or the told time change:
 *
 *     1. Events, oldest first, in slices: what search knows of them (facets.h), then the events, the index of visits
 *        and, in the same small writes, a mark 'r' (record.h) for each visitor that lost one.
 *     2. Each marked visitor: its snapshots that no event and not the current state needs. One without any event
 *        left keeps what it is known by (profile, first and last seen, wallets), and no payload: the record forgets
 *        its snapshot, then all are erased. Not while the visitor has a visit in flight; then it stays marked.
 *     3. Once a day, visitors that were last seen before their own limit and have no event: as by a deletion
 *        (erase.h), without a receipt.
 *     4. Flush and purge, so that the files lose the bytes; once a day, since it rewrites the tables of visits and
 *        snapshots. After a start, and after the rules changed, it comes at once.
 *
 * After a crash the marks say where to go on; a slice that was erased in part is found again, since its events are
 * erased last. One thread does it, with the niceness of the engine's own, and pauses between slices.
 *
 * A clock that is a year ahead of the latest event is not believed: nothing is erased then, and the log says so. */
#ifndef WHORL_STORE_AGE_H
#define WHORL_STORE_AGE_H

#include "store/erase.h"
#include "store/retention.h"
#include "store/snapshot.h"

struct ager;

/* Reads what an earlier process left, and starts the thread. Everything is borrowed. */
enum err ager_create(struct ager **out, struct store *st);
/* Ends the thread after the write or purge that it is at. Before eraser_destroy. */
void ager_destroy(struct ager *a);

/* The rules changed. */
void ager_wake(struct ager *a);
/* Time was told: wakes the thread when that is a while later than it looked last. */
void ager_tell(struct ager *a, int64_t now_ms);
/* An event of this time has been handed to the commit thread, older than what has been swept. */
void ager_note(struct ager *a, int64_t time_ms);
void ager_on_aged(struct ager *a, void (*aged)(void *context, uint32_t workspace, struct visitor_id id),
                  void *context);
/* store_finish_ageing. */
enum err ager_finish(struct ager *a);

#endif
