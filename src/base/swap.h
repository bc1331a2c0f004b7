/* swap - a value that many threads read while one of them replaces it as a whole.
 *
 *     unsigned ticket;
 *     const struct table *t = swap_enter(&s, &ticket);     may be NULL
 *     ... use t; copy what must outlive the next line ...
 *     swap_leave(&s, ticket);
 *
 *     destroy(swap_replace(&s, new_table));                returns when nobody uses the old one
 *
 * Readers never wait, neither for each other nor for a writer. Writers wait for the readers that
 * were there before them, so a reader must not enter and sleep. One writer at a time.
 *
 * The way is that of sleepable RCU (McKenney, "Sleepable Read-Copy Update", 2006): readers count
 * themselves in one of two counters, and a writer waits until each of them has been zero once, while
 * new readers use the other one.
 */
#ifndef WHORL_BASE_SWAP_H
#define WHORL_BASE_SWAP_H

#include <stdatomic.h>

/* All zero is an empty one. Private to swap.c. */
struct swap {
    _Atomic(void *) value;
    _Atomic unsigned phase;
    _Atomic unsigned readers[2];
};

void *swap_enter(struct swap *s, unsigned *ticket);
void swap_leave(struct swap *s, unsigned ticket);
/* Puts `value` in place and gives back what was there, which nobody reads any more. */
void *swap_replace(struct swap *s, void *value);

#endif
