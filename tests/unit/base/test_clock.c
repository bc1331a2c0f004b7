#include "base/clock.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <time.h>

static struct str iso(int64_t ms)
{
    static char text[ISO_TIME_BYTES];
    return (struct str){ text, clock_iso(text, ms) };
}

static void test_iso_known_times(void)
{
    CHECK_STR(iso(0), STR("1970-01-01T00:00:00.000Z"));
    CHECK_STR(iso(-1), STR("1969-12-31T23:59:59.999Z"));
    CHECK_STR(iso(951782399999), STR("2000-02-28T23:59:59.999Z"));
    CHECK_STR(iso(951782400000), STR("2000-02-29T00:00:00.000Z"));
    CHECK_STR(iso(4107542399000), STR("2100-02-28T23:59:59.000Z"));
    CHECK_STR(iso(4107542400000), STR("2100-03-01T00:00:00.000Z"));
    CHECK_STR(iso(INT64_MIN), STR("0000-01-01T00:00:00.000Z"));
    CHECK_STR(iso(INT64_MAX), STR("9999-12-31T23:59:59.999Z"));
}

/* Regression: the first version was a day ahead, which only a comparison with libc showed. */
static void test_agrees_with_libc(void)
{
    static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    for (int64_t s = -5000000000; s < 20000000000; s += 7654321) {
        struct tm tm;
        char want[64], got[HTTP_DATE_BYTES];
        time_t t = (time_t)s;
        gmtime_r(&t, &tm);
        snprintf(want, sizeof want, "%04d-%02d-%02dT%02d:%02d:%02d.007Z", tm.tm_year + 1900,
                 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
        CHECK_STR(iso(s * 1000 + 7), str_of(want));
        clock_http_date(got, s * 1000);
        CHECK_STR(str_sub(str_of(got), 0, 3), str_of(days[tm.tm_wday]));
    }
}

static void test_http_date(void)
{
    char text[HTTP_DATE_BYTES];
    CHECK_INT(clock_http_date(text, 784111777000), 29);
    CHECK_STR(str_of(text), STR("Sun, 06 Nov 1994 08:49:37 GMT")); /* RFC 9110, section 5.6.7 */
}

static void test_mono_goes_on(void)
{
    int64_t before = clock_mono_us();
    CHECK(clock_mono_us() >= before);
    CHECK(clock_wall_ms() > 1700000000000);
}

static int64_t parsed(const char *text)
{
    int64_t ms = -1;
    return clock_parse_rfc3339(str_of(text), &ms) ? ms : -1;
}

static void test_rfc3339(void)
{
    static const char *const bad[] = {
        "", "2026-01-01", "2026-01-01T00:00:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z", "2026-01-01T00:00:00+0200", "2026-01-01T00:00:00.Z", "26-01-01T00:00:00Z",
        "2026-01-01T00:00:00Zx", "2026-01-01T00:00:00+24:00", "1969-12-31T23:59:59Z", "0000-01-01T00:00:00Z",
        "2026/01/01T00:00:00Z", "+026-01-01T00:00:00Z", "2026-01-01X00:00:00Z",
    };
    CHECK_INT(parsed("1970-01-01T00:00:00Z"), 0);
    CHECK_INT(parsed("2026-01-01T00:00:00Z"), 1767225600000);
    CHECK_INT(parsed("2026-01-01t00:00:00.1239z"), 1767225600123);
    CHECK_INT(parsed("2026-01-01 02:30:00.5+02:30"), 1767225600500);
    CHECK_INT(parsed("2025-12-31T23:59:60-00:00"), 1767225600000);
    CHECK_INT(parsed("2024-02-29T12:00:00-05:00"), 1709226000000);
    CHECK_INT(parsed("9999-12-31T23:59:59.999Z"), 253402300799999);
    for (size_t i = 0; i < COUNT_OF(bad); i++) CHECK_INT(parsed(bad[i]), -1);
    for (int64_t ms = 0; ms < 253402300799999; ms += 86399999 * 1234ll) { /* clock_iso's inverse */
        char text[ISO_TIME_BYTES];
        clock_iso(text, ms);
        CHECK_INT(parsed(text), ms);
    }
}

int main(void)
{
    RUN(test_iso_known_times);
    RUN(test_agrees_with_libc);
    RUN(test_http_date);
    RUN(test_mono_goes_on);
    RUN(test_rfc3339);
    return test_end();
}
