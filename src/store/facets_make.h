/* facets_make - makes the facets of all stored events, when there are none yet or a newer version of
 * this program asks other questions. */
#ifndef WHORL_STORE_FACETS_MAKE_H
#define WHORL_STORE_FACETS_MAKE_H

#include "store/block.h"

enum { FACETS_MARK = 'v' };

/* Before anything else writes. Does nothing when what is stored was made by the same rows. Reads all
 * events: some seconds for a million. */
enum err facets_make(struct engine *engine);
/* Fills codes from the event's record; false when it cannot be read. */
bool facet_entry_read(struct facet_entry *entry, struct str record);

#endif
