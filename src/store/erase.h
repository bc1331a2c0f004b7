/* erase - deleting visitors, so that nothing of them is left.
 *
 * A deletion is one small write, and then work in the background:
 *
 *     1. Erase the visitor's record and put a mark ('x', record.h), in one write. This is what the
 *        caller waits for. Whoever looks for the visitor finds no record; whoever looks for its
 *        events and snapshots is refused while the mark is there (the marks are in memory, too);
 *        its visits in flight are refused by the commit thread (pending_erase).
 *     2. Erase events and snapshots in small writes, and write what search knows anew without them
 *        (facets.h). The index of visits stays: it says which.
 *     3. Flush the engine and purge the ranges of keys, so that files and logs lose the bytes.
 *     4. Erase and purge the index of visits, then erase the mark; flush and purge that too.
 *
 * A deletion that somebody asked for leaves a receipt (store.h), put by step 1, which learns how many events there
 * were in step 2 and when it was over in step 4.
 *
 * What may be left are bare ids, which lead nowhere: in RocksDB's list of files (the first and last
 * key of each), and as markers of erased keys in files that had nothing below them to be merged with
 * (RocksDB then moves the file as it is). They go when those files are next compacted.
 *
 * After a crash each mark is found at the next opening, and the work starts at step 2: every part of
 * it may be done twice. No visit of a deleted visitor can be written after step 1, so what steps 2
 * to 4 find does not grow.
 *
 * Visitors whose time is over (age.h) go the same way.
 *
 * Purging rewrites files of up to 32 MiB, so deletions are gathered for GATHER_MS first. One thread
 * does it, with the niceness of the engine's own.
 *
 * A write of step 1 that failed may come back with the engine's log (engine.h). The marks are read
 * again then. */
#ifndef WHORL_STORE_ERASE_H
#define WHORL_STORE_ERASE_H

#include "store/facets.h"

struct eraser;

/* Reads the marks and starts the thread. Everything is borrowed. */
enum err eraser_create(struct eraser **out, struct engine *engine, struct pending *pending,
                       struct commit *commit, struct facets *facets);
/* Ends the thread after the write or purge that it is at. Before commit_destroy. */
void eraser_destroy(struct eraser *er);

/* Is this visitor deleted, with some of it still in the files? Takes no lock while none is. */
bool eraser_hides(struct eraser *er, uint32_t workspace, struct visitor_id id);

/* Step 1; the visitor must have been found. */
enum err eraser_start(struct eraser *er, struct deletion *deletion);
/* The same, and waits; done and context need not be set. Not from the commit thread. */
enum err eraser_run(struct eraser *er, struct deletion *deletion);
/* store_finish_deletions. */
enum err eraser_finish(struct eraser *er);

#endif
