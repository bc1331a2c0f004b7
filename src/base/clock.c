/* clock - see clock.h. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

int64_t clock_wall_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_mono_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_mono_ms(void)
{
    return clock_mono_us() / 1000;
}

struct civil {
    unsigned year, month, day, hour, minute, second, ms,
        weekday; /* month and day from 1; Sunday 0 */
};

/* Days to civil date: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013). Times
 * outside years 0 to 9999 are clamped to its ends. */
static struct civil civil_of(int64_t time_ms)
{
    const int64_t first_ms = -62167219200000, last_ms = 253402300799999;
    if (time_ms < first_ms) time_ms = first_ms;
    if (time_ms > last_ms) time_ms = last_ms;
    uint64_t ms = (uint64_t)(time_ms - first_ms);      /* since 0000-01-01 */
    uint64_t days = ms / 86400000, rest = ms % 86400000;
    uint64_t shifted = days + 146097 - 60;             /* since 1 March of year -400 */
    uint64_t era = shifted / 146097, doe = shifted % 146097;
    uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    uint64_t mp = (5 * doy + 2) / 153;
    unsigned month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
    return (struct civil){
        .year = (unsigned)(yoe + era * 400 + (month <= 2) - 400),
        .month = month,
        .day = (unsigned)(doy - (153 * mp + 2) / 5 + 1),
        .hour = (unsigned)(rest / 3600000),
        .minute = (unsigned)(rest / 60000 % 60),
        .second = (unsigned)(rest / 1000 % 60),
        .ms = (unsigned)(rest % 1000),
        .weekday = (unsigned)((days + 6) % 7), /* 0000-01-01 was a Saturday */
    };
}

struct timespec clock_mono_after(int64_t ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += (time_t)(ms / 1000);
    at.tv_nsec += (long)(ms % 1000 * 1000000);
    if (at.tv_nsec >= 1000000000) at.tv_sec++, at.tv_nsec -= 1000000000;
    return at;
}

size_t clock_iso(char out[ISO_TIME_BYTES], int64_t time_ms)
{
    struct civil c = civil_of(time_ms);
    return (size_t)snprintf(out, ISO_TIME_BYTES, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
                            c.year % 10000, c.month % 100, c.day % 100, c.hour % 100,
                            c.minute % 100, c.second % 100, c.ms % 1000);
}

size_t clock_http_date(char out[HTTP_DATE_BYTES], int64_t time_ms)
{
    static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    struct civil c = civil_of(time_ms);
    return (size_t)snprintf(out, HTTP_DATE_BYTES, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT",
                            days[c.weekday % 7], c.day % 100, months[(c.month - 1) % 12],
                            c.year % 10000, c.hour % 100, c.minute % 100, c.second % 100);
}
