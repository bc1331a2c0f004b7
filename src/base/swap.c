/* swap - see swap.h. All operations are sequentially consistent. A reader counts itself and then
 * loads the value; if it got the old one, its load came before the writer's exchange, and so did its
 * counting: the writer, which looks at the counters later, waits for it. */
#include "base/swap.h"

#include <assert.h>
#include <time.h>

void *swap_enter(struct swap *s, unsigned *ticket)
{
    *ticket = atomic_load(&s->phase) & 1;
    atomic_fetch_add(&s->readers[*ticket], 1);
    return atomic_load(&s->value);
}

void swap_leave(struct swap *s, unsigned ticket)
{
    unsigned before = atomic_fetch_sub(&s->readers[ticket], 1);
    assert(before > 0);
}

void *swap_replace(struct swap *s, void *value)
{
    static const struct timespec moment = { 0, 100 * 1000 };
    void *old = atomic_exchange(&s->value, value);
    for (int i = 0; i < 2; i++) {
        unsigned leaving = atomic_fetch_xor(&s->phase, 1) & 1;
        while (atomic_load(&s->readers[leaving]) != 0) nanosleep(&moment, NULL);
    }
    return old;
}
