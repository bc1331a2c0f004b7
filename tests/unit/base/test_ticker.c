/* A thread that does one thing again and again. */
#include "base/ticker.h"

#include "tests/unit/test.h"

#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

static atomic_int calls;

static void count(void *context)
{
    (void)context;
    atomic_fetch_add(&calls, 1);
}

/* However slow the machine is: it comes, or the test does not end. */
static void await(int wanted)
{
    while (atomic_load(&calls) < wanted) usleep(1000);
}

static void test_it_comes_again(void)
{
    struct ticker t;
    atomic_store(&calls, 0);
    ticker_init(&t);
    CHECK(ticker_start(&t, 0, count, NULL)); /* no pause */
    await(3);
    ticker_stop(&t);
    int last = atomic_load(&calls);
    usleep(5000);
    CHECK_INT(atomic_load(&calls), last);
}

static void test_the_first_call_waits(void)
{
    struct ticker t;
    atomic_store(&calls, 0);
    ticker_init(&t);
    CHECK(ticker_start(&t, 3600, count, NULL));
    ticker_stop(&t); /* and stopping does not wait for it */
    CHECK_INT(atomic_load(&calls), 0);
}

static void test_hurried(void)
{
    struct ticker t;
    atomic_store(&calls, 0);
    ticker_init(&t);
    ticker_hurry(&t); /* before there is a thread */
    CHECK(ticker_start(&t, 3600, count, NULL));
    await(1);
    ticker_hurry(&t);
    await(2);
    ticker_stop(&t);
    CHECK_INT(atomic_load(&calls), 2);
}

static void test_never_started(void)
{
    struct ticker t;
    atomic_store(&calls, 0);
    ticker_init(&t);
    ticker_stop(&t);
    CHECK_INT(atomic_load(&calls), 0);
}

int main(void)
{
    RUN(test_it_comes_again);
    RUN(test_the_first_call_waits);
    RUN(test_hurried);
    RUN(test_never_started);
    return test_end();
}
