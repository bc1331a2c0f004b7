/* What another thread tells the one that waits. */
#include "base/outcome.h"

#include "tests/unit/test.h"

#include <unistd.h>

static void *tell(void *context)
{
    usleep(2000); /* so that somebody waits */
    outcome_tell(context, ERR_NOT_FOUND);
    return NULL;
}

static void test_told_later(void)
{
    struct outcome o;
    pthread_t thread;
    outcome_init(&o);
    CHECK(pthread_create(&thread, NULL, tell, &o) == 0);
    CHECK_INT(outcome_await(&o, ERR_OK), ERR_NOT_FOUND);
    pthread_join(thread, NULL);
}

static void test_told_before(void)
{
    struct outcome o;
    outcome_init(&o);
    outcome_tell(&o, ERR_OK);
    CHECK_INT(outcome_await(&o, ERR_OK), ERR_OK);
    outcome_init(&o);
    outcome_tell(&o, ERR_IO);
    CHECK_INT(outcome_await(&o, ERR_OK), ERR_IO);
}

static void test_never_started(void)
{
    struct outcome o;
    outcome_init(&o);
    CHECK_INT(outcome_await(&o, ERR_NO_MEMORY), ERR_NO_MEMORY);
}

int main(void)
{
    RUN(test_told_later);
    RUN(test_told_before);
    RUN(test_never_started);
    return test_end();
}
