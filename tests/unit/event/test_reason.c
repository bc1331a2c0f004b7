#include "base/str.h"
#include "event/reason.h"
#include "tests/unit/test.h"

static void test_rows(void)
{
    bool seen[1024] = { false };
    const char *words[1024] = { NULL };
    size_t count = 0;
#define R(n, row, about, text)                                                                     \
    CHECK(n > 0 && n < 1024 && !seen[n]);                                                          \
    seen[n] = true;                                                                                \
    REQUIRE(reason_info(n));                                                                       \
    CHECK_INT(reason_info(n)->number, REASON_##row);                                               \
    CHECK_STR(str_of(reason_info(n)->name), STR(#row));                                            \
    CHECK_STR(str_of(reason_info(n)->verdict), STR(#about));                                       \
    words[count++] = text;
#include "event/reasons.def"
    for (size_t i = 0; i < count; i++) {
        struct str s = str_of(words[i]);
        CHECK(s.n > 20 && s.p[s.n - 1] == '.'); /* a sentence */
        for (size_t k = 0; k < i; k++) CHECK(!str_eq(s, str_of(words[k])));
    }
}

static void test_unknown_numbers(void)
{
    CHECK(!reason_info(0) && !reason_info(1023) && !reason_info(65535) && !reason_info(19));
}

/* Numbers on disk; they may be added to, never changed. */
static void test_numbers_are_the_same_for_ever(void)
{
    CHECK(REASON_TOKEN == 1 && REASON_LOOK_SAME == 2 && REASON_HARDWARE_SAME == 3);
    CHECK(REASON_NOBODY_ALIKE == 4 && REASON_TOO_MANY_ALIKE == 5 && REASON_TOO_LITTLE_KNOWN == 6);
    CHECK(REASON_TOKEN_CONTRADICTED == 7 && REASON_TOKEN_UNREADABLE == 8 &&
          REASON_ALIKE_AT_ONCE == 9);
    CHECK(REASON_BOT_WEBDRIVER == 20 && REASON_BOT_HEADLESS_UA == 21 &&
          REASON_BOT_TOOL_TRACE == 22);
    CHECK(REASON_BOT_NO_WINDOW == 23 && REASON_BOT_DECLARED == 24 && REASON_BOT_SOFTWARE_GPU == 25);
}

int main(void)
{
    RUN(test_rows);
    RUN(test_unknown_numbers);
    RUN(test_numbers_are_the_same_for_ever);
    return test_end();
}
