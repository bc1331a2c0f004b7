/* pending - the visits in flight: entered, but neither written nor given up yet.
 *
 * A visitor in flight is what the engine holds plus its visits in flight, folded over it. The
 * next request sees that sum at once; the commit thread writes the part of it that is in its
 * batch; a visit that leaves or fails is taken out of the sum, and nothing else has to be undone.
 * Folding does not depend on the order in which visits are committed.
 *
 *     view    = stored + all visits        what store_enter and store_find_visitor answer
 *     written = stored + staged visits     what the commit thread puts into its batch
 *
 * A known visitor is read from the engine once and stays here while a visit is in flight. Nobody
 * else writes visitors, so what is here is never older than the engine's.
 *
 * A visitor that is deleted while visits are in flight is invisible from then on, like one of an
 * earlier epoch: new visits do not find it, and its own can no longer be staged.
 *
 * Epoch: counts recoveries from failed writes. What was read in an earlier epoch may be older than
 * what the engine brought back from its log, so visits of earlier epochs are invisible to new ones
 * and may only leave.
 */
#ifndef WHORL_STORE_PENDING_H
#define WHORL_STORE_PENDING_H

#include "store/engine.h"
#include "store/store.h"

struct pending;

struct pending *pending_create(struct engine *engine);
/* Frees what is still in flight too. */
void pending_destroy(struct pending *p);

/* store_enter; mono_ms is clock_mono_ms (see RECENT_MS). */
enum err pending_enter(struct pending *p, const struct claim *claim, uint64_t epoch,
                       int64_t mono_ms, struct visit **out);
/* Ends a visit without a trace. */
void pending_leave(struct pending *p, struct visit *visit);

/* False when the visitor is not in flight. The profile is copied to arena. */
bool pending_find(struct pending *p, uint32_t workspace, struct visitor_id id, uint64_t epoch,
                  struct arena *arena, struct visitor *out);

/* Has this visitor a visit in flight, of whatever epoch? */
bool pending_has(struct pending *p, uint32_t workspace, struct visitor_id id);

uint32_t visit_workspace(const struct visit *visit);
uint64_t visit_epoch(const struct visit *visit);

/* ---- for store_save, on the caller's thread ------------------------------------------------- */

struct snapshot_plan {
    bool needed;         /* false: `number` is stored and has the same content */
    uint32_t number;     /* reserved for this visit when needed */
    uint32_t base, base_bytes;
};
void pending_plan_snapshot(struct pending *p, struct visit *visit, uint64_t hash,
                           struct snapshot_plan *plan);
/* What became of it. */
void pending_set_snapshot(struct pending *p, struct visit *visit, uint64_t hash,
                          uint32_t number, uint32_t base, uint32_t base_bytes);

/* ---- for the commit thread ------------------------------------------------------------------ */

/* The visit is part of the next write. Call for all visits of a batch first. False when the visitor
 * has been deleted: the visit must not be written. */
bool pending_stage(struct pending *p, struct visit *visit);
/* Puts the visitor's record, once per visitor and batch. False when the arena is used up. */
bool pending_write(struct pending *p, struct visit *visit, struct arena *arena,
                   struct batch *batch);
/* The write is durable: the visit is part of what is stored now. */
void pending_commit(struct pending *p, struct visit *visit, int64_t mono_ms);
/* The visitor's record is erased, durably. After pending_commit of the same write's visits. */
void pending_erase(struct pending *p, uint32_t workspace, struct visitor_id id);

#endif
