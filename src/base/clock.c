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

/* `digits` digits and the character behind them (0: none asked). */
static bool take_number(struct str *text, size_t digits, char behind, unsigned *out)
{
    uint64_t value;
    size_t n = digits + (behind != 0);
    if (text->n < n || !str_to_u64(str_sub(*text, 0, digits), &value)) return false;
    char at = behind ? text->p[digits] : 0;
    if (at != behind && at != behind + ('a' - 'A')) return false; /* 't' and 'z' are allowed */
    *out = (unsigned)value;
    *text = str_sub(*text, n, text->n);
    return true;
}

static unsigned days_in(unsigned year, unsigned month)
{
    static const unsigned days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static bool take_civil(struct str *text, struct civil *c)
{
    if (!take_number(text, 4, '-', &c->year) || !take_number(text, 2, '-', &c->month)) return false;
    if (text->n < 3) return false;
    char between = text->p[2]; /* "applications may choose a space", section 5.6 */
    if (!take_number(text, 2, between == ' ' ? ' ' : 'T', &c->day)) return false;
    if (!take_number(text, 2, ':', &c->hour) || !take_number(text, 2, ':', &c->minute) ||
        !take_number(text, 2, 0, &c->second))
        return false;
    if (c->month < 1 || c->month > 12 || c->day < 1 || c->day > days_in(c->year, c->month)) return false;
    return c->hour < 24 && c->minute < 60 && c->second <= 60;
}

/* ".123456" to 123; nothing to 0. */
static bool take_fraction(struct str *text, unsigned *ms)
{
    size_t n = 1;
    *ms = 0;
    if (text->n == 0 || text->p[0] != '.') return true;
    for (unsigned scale = 100; n < text->n && text->p[n] >= '0' && text->p[n] <= '9'; n++, scale /= 10)
        *ms += scale * (unsigned)(text->p[n] - '0');
    *text = str_sub(*text, n, text->n);
    return n > 1;
}

/* "Z" or "+02:00"; and nothing behind it. */
static bool take_offset(struct str text, int64_t *ms)
{
    unsigned hours, minutes;
    *ms = 0;
    if (str_eq_nocase(text, STR("Z"))) return true;
    if (text.n != 6 || (text.p[0] != '+' && text.p[0] != '-')) return false;
    bool minus = text.p[0] == '-';
    text = str_sub(text, 1, text.n);
    if (!take_number(&text, 2, ':', &hours) || !take_number(&text, 2, 0, &minutes)) return false;
    *ms = ((int64_t)hours * 60 + minutes) * 60000 * (minus ? -1 : 1);
    return hours < 24 && minutes < 60;
}

bool clock_parse_rfc3339(struct str text, int64_t *time_ms)
{
    struct civil c = { 0 };
    int64_t offset_ms;
    if (!take_civil(&text, &c) || !take_fraction(&text, &c.ms) || !take_offset(text, &offset_ms)) return false;
    /* civil date to days, from the same paper */
    int64_t year = (int64_t)c.year - (c.month <= 2), era = year / 400, yoe = year % 400;
    if (year < 0) return false;
    int64_t doy = (153 * (int64_t)(c.month > 2 ? c.month - 3 : c.month + 9) + 2) / 5 + c.day - 1;
    int64_t days = era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
    int64_t s = ((days * 24 + c.hour) * 60 + c.minute) * 60 + c.second;
    *time_ms = s * 1000 + c.ms - offset_ms;
    return *time_ms >= 0;
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
