/* test - the smallest harness that prints TAP-like lines. One program per test file:
 *
 *     static void test_round_trip(void) { CHECK(1 + 1 == 2); CHECK_STR(text, STR("x")); }
 *     int main(void) { RUN(test_round_trip); return test_end(); }
 *
 * Each RUN is one test: "ok name" or "not ok name" with the failed checks above it. The last line is
 * "N passed, N failed"; the exit status is 1 when a test failed.
 */
#ifndef WHORL_TEST_H
#define WHORL_TEST_H

#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>

static int test_passed, test_failed, test_failed_checks;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("# %s:%d: %s\n", __FILE__, __LINE__, #condition);                               \
            test_failed_checks++;                                                                  \
        }                                                                                          \
    } while (0)

#define CHECK_INT(got, want)                                                                       \
    do {                                                                                           \
        long long test_got = (long long)(got), test_want = (long long)(want);                      \
        if (test_got != test_want) {                                                               \
            printf("# %s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #got, test_got,          \
                   test_want);                                                                     \
            test_failed_checks++;                                                                  \
        }                                                                                          \
    } while (0)

#define CHECK_STR(got, want)                                                                       \
    do {                                                                                           \
        struct str test_got = (got), test_want = (want);                                           \
        if (!str_eq(test_got, test_want)) {                                                        \
            printf("# %s:%d: %s is \"%.*s\", not \"%.*s\"\n", __FILE__, __LINE__, #got,            \
                   STR_ARG(test_got), STR_ARG(test_want));                                         \
            test_failed_checks++;                                                                  \
        }                                                                                          \
    } while (0)

/* For a check without which the rest makes no sense. */
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("# %s:%d: required: %s\n", __FILE__, __LINE__, #condition);                     \
            printf("not ok %s\n%d passed, %d failed\n", __func__, test_passed, test_failed + 1);   \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#define RUN(test)                                                                                  \
    do {                                                                                           \
        test_failed_checks = 0;                                                                    \
        test();                                                                                    \
        if (test_failed_checks) test_failed++;                                                     \
        else test_passed++;                                                                        \
        printf("%s %s\n", test_failed_checks ? "not ok" : "ok", #test);                            \
        fflush(stdout);                                                                            \
    } while (0)

static inline int test_end(void)
{
    printf("%d passed, %d failed\n", test_passed, test_failed);
    return test_failed ? 1 : 0;
}

#endif
