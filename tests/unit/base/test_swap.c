/* A value that is replaced while others read it: nobody sees one that is gone. */
#include "base/swap.h"
#include "tests/unit/test.h"

#include <pthread.h>

enum { ALIVE = 0x11223344, READERS = 4, ROUNDS = 300 };

static struct swap shared;
static _Atomic bool done;
static _Atomic unsigned wrong, reads;

static void *read_on(void *unused)
{
    while (!atomic_load(&done)) {
        unsigned ticket;
        const int *value = swap_enter(&shared, &ticket);
        for (int i = 0; i < 20; i++)
            if (value && *(const volatile int *)value != ALIVE) atomic_fetch_add(&wrong, 1);
        swap_leave(&shared, ticket);
        atomic_fetch_add(&reads, 1);
    }
    return unused;
}

static int *new_value(void)
{
    int *value = malloc(sizeof *value);
    *value = ALIVE;
    return value;
}

static void test_first_value(void)
{
    struct swap s = { .value = NULL };
    unsigned ticket;
    int a = 1, b = 2;
    CHECK(swap_enter(&s, &ticket) == NULL);
    swap_leave(&s, ticket);
    CHECK(swap_replace(&s, &a) == NULL);
    CHECK(swap_enter(&s, &ticket) == &a);
    swap_leave(&s, ticket);
    CHECK(swap_replace(&s, &b) == &a);
    CHECK(swap_replace(&s, NULL) == &b);
}

/* Each value is destroyed as soon as it is given back; a reader that still has it sees the 0, and
 * the sanitizers see the use. */
static void test_replaced_under_readers(void)
{
    pthread_t readers[READERS];
    swap_replace(&shared, new_value());
    for (int i = 0; i < READERS; i++) pthread_create(&readers[i], NULL, read_on, NULL);
    while (atomic_load(&reads) < 100) sched_yield();
    for (int i = 0; i < ROUNDS; i++) {
        int *old = swap_replace(&shared, new_value());
        *(volatile int *)old = 0;
        free(old);
    }
    atomic_store(&done, true);
    for (int i = 0; i < READERS; i++) pthread_join(readers[i], NULL);
    CHECK_INT(wrong, 0);
    free(swap_replace(&shared, NULL));
}

struct waiting {
    struct swap swap;
    _Atomic bool returned;
};

static void *replace(void *arg)
{
    struct waiting *w = arg;
    swap_replace(&w->swap, NULL);
    atomic_store(&w->returned, true);
    return NULL;
}

/* The writer waits for who was there before, and for nobody who came later. */
static void test_waits_for_the_old_reader_only(void)
{
    static struct waiting w;
    int value = ALIVE;
    unsigned first, second;
    pthread_t writer;
    swap_replace(&w.swap, &value);
    CHECK(swap_enter(&w.swap, &first) == &value);
    pthread_create(&writer, NULL, replace, &w);
    while (swap_enter(&w.swap, &second) != NULL) swap_leave(&w.swap, second);
    CHECK(!atomic_load(&w.returned)); /* the first reader has not left */
    swap_leave(&w.swap, second);
    swap_leave(&w.swap, first);
    pthread_join(writer, NULL);
    CHECK(atomic_load(&w.returned));
}

int main(void)
{
    RUN(test_first_value);
    RUN(test_replaced_under_readers);
    RUN(test_waits_for_the_old_reader_only);
    return test_end();
}
