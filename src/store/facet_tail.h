/* facet_tail - what is in no block yet: the facets of the newest events, in memory. Not locked: facets.c
 * does that. */
#ifndef WHORL_STORE_FACET_TAIL_H
#define WHORL_STORE_FACET_TAIL_H

#include "store/block.h"

/* Entries in the order of their coming, and where each id is. */
struct tail {
    struct facet_entry *entries;
    size_t count, capacity;
    uint32_t *places; /* open addressing: 1 + index; 0 free */
    size_t places_count;
    uint64_t first_log, last_log; /* rows of the log that name them; 0: none */
};

/* `capacity` is a power of two. NULL without memory. */
struct tail *tail_new(size_t capacity);
void tail_free(struct tail *tail); /* may be NULL */
/* A later entry takes the place of an earlier one; a patch of a fresh one stays fresh. False without
 * memory. */
bool tail_add(struct tail *tail, const struct facet_entry *entry);
/* This row of the log names entries that are in it. */
void tail_note_log(struct tail *tail, uint64_t log);

#endif
