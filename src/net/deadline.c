/* deadline - see deadline.h. */
#include "net/deadline.h"

#include <assert.h>
#include <stddef.h>

void deadlines_init(struct deadlines *all)
{
    for (int k = 0; k < DEADLINE_COUNT; k++) {
        struct deadline *head = &all->list[k];
        head->prev = head->next = head;
    }
}

void deadline_init(struct deadline *d)
{
    *d = (struct deadline){ .kind = DEADLINE_NONE };
}

static void take_out(struct deadline *d)
{
    d->prev->next = d->next;
    d->next->prev = d->prev;
    d->kind = DEADLINE_NONE;
}

void deadline_set(struct deadlines *all, struct deadline *d, enum deadline_kind kind,
                  int64_t now_ms)
{
    if (kind == d->kind) return;
    if (d->kind != DEADLINE_NONE) take_out(d);
    if (kind == DEADLINE_NONE) return;
    struct deadline *head = &all->list[kind];
    d->kind = kind;
    d->due_ms = now_ms + all->duration_ms[kind];
    d->prev = head->prev;
    d->next = head;
    head->prev->next = d;
    head->prev = d;
}

struct deadline *deadlines_expired(struct deadlines *all, int64_t now_ms,
                                   enum deadline_kind *kind)
{
    for (int k = 0; k < DEADLINE_COUNT; k++) {
        struct deadline *first = all->list[k].next;
        if (first == &all->list[k] || first->due_ms > now_ms) continue;
        assert((int)first->kind == k);
        *kind = first->kind;
        take_out(first);
        return first;
    }
    return NULL;
}

int64_t deadlines_next_ms(const struct deadlines *all)
{
    int64_t next_ms = INT64_MAX;
    for (int k = 0; k < DEADLINE_COUNT; k++) {
        const struct deadline *first = all->list[k].next;
        if (first != &all->list[k] && first->due_ms < next_ms) next_ms = first->due_ms;
    }
    return next_ms;
}
