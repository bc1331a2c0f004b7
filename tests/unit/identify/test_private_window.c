/* Which windows show that they are private, or that they are not. */
#include "identify/private_window.h"
#include "tests/unit/test.h"

#define BLINK  "Cannot read properties of null (reading 'x')"
#define GECKO  "can't access property \"x\" of null"
#define WEBKIT "null is not an object (evaluating 'null.x')"
#define REFUSED_GECKO  "SecurityError: Security error when calling GetDirectory"
#define REFUSED_WEBKIT "UnknownError: The operation failed for an unknown transient reason (e.g. out of memory)."

static struct signal text_of(const char *text)
{
    if (!text) return (struct signal){ .present = false };
    return (struct signal){ .present = true, .hash = 1, .text = str_of(text) };
}

/* Firefox ESR 153 whose cookies are blocked (measured 2026-11-26). */
static void test_no_cookies(void)
{
    struct signals s = { .completeness = 0 };
    s.value[S_ERROR_OF_NULL] = text_of(GECKO), s.value[S_PRIVATE_FILES] = text_of(REFUSED_GECKO);
    s.value[S_COOKIES] = (struct signal){ .present = true, .number = 1 };
    CHECK_INT(private_window_of(&s), WINDOW_PRIVATE_STORAGE);
    s.value[S_COOKIES].number = 0;
    CHECK_INT(private_window_of(&s), WINDOW_UNKNOWN);
}

static void test_windows(void)
{
    static const struct { const char *error, *files; int reported; enum private_window want; } rows[] = {
        { GECKO, "works", 0, WINDOW_USUAL },
        { GECKO, REFUSED_GECKO, 0, WINDOW_PRIVATE_STORAGE },
        { GECKO, REFUSED_WEBKIT, 0, WINDOW_UNKNOWN },    /* each engine refuses in its own words */
        { GECKO, "works", 1, WINDOW_USUAL },             /* measured beats reported */
        { GECKO, "TypeError: navigator.storage.getDirectory is not a function", 0, WINDOW_UNKNOWN },
        { GECKO, NULL, 0, WINDOW_UNKNOWN },
        { GECKO, NULL, 1, WINDOW_PRIVATE_REPORTED },
        { WEBKIT, "works", 0, WINDOW_USUAL },
        { WEBKIT, REFUSED_WEBKIT, 0, WINDOW_PRIVATE_STORAGE },
        { WEBKIT, REFUSED_GECKO, 0, WINDOW_UNKNOWN },
        { BLINK, "works", 0, WINDOW_UNKNOWN },           /* the same in both kinds of its windows */
        { BLINK, REFUSED_GECKO, 0, WINDOW_UNKNOWN },
        { BLINK, "works", 1, WINDOW_PRIVATE_REPORTED },
        { NULL, "works", 0, WINDOW_UNKNOWN },
        { NULL, NULL, -1, WINDOW_UNKNOWN },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct signals s = { .completeness = 0 };
        s.value[S_ERROR_OF_NULL] = text_of(rows[i].error);
        s.value[S_PRIVATE_FILES] = text_of(rows[i].files);
        s.value[S_INCOGNITO] = (struct signal){ .present = rows[i].reported >= 0, .number = rows[i].reported > 0 };
        enum private_window got = private_window_of(&s);
        if (got != rows[i].want) printf("# row %zu\n", i);
        CHECK_INT(got, rows[i].want);
    }
}

int main(void)
{
    RUN(test_windows);
    RUN(test_no_cookies);
    return test_end();
}
