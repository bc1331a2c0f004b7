/* clock - what time it is, and how long something took.
 *
 * Event time (ids, tokens, windows) is passed as a value, int64_t milliseconds since 1970 UTC, so
 * that tests and --test-clock can choose it. Only the edges ask these functions.
 */
#ifndef WHORL_BASE_CLOCK_H
#define WHORL_BASE_CLOCK_H

#include <stddef.h>
#include "base/str.h"

#include <stdint.h>
#include <time.h>

int64_t clock_wall_ms(void);
/* Never goes back; for durations and time-outs only. */
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);
/* The time ms from now, for waits on a condition that uses CLOCK_MONOTONIC. */
struct timespec clock_mono_after(int64_t ms);

enum { ISO_TIME_BYTES = 25 };
/* "2026-11-20T17:58:08.123Z" and a NUL into out; returns the length, 24. Years 0000 to 9999. */
size_t clock_iso(char out[ISO_TIME_BYTES], int64_t time_ms);
/* "2026-01-01T00:00:00Z", with a fraction or another offset (RFC 3339); a fraction is cut to
 * milliseconds, a leap second is the next one. False when it is none, or before 1970. */
bool clock_parse_rfc3339(struct str text, int64_t *time_ms);
enum { HTTP_DATE_BYTES = 30 };
/* "Fri, 20 Nov 2026 17:58:08 GMT" (RFC 9110 section 5.6.7) and a NUL; returns the length, 29. */
size_t clock_http_date(char out[HTTP_DATE_BYTES], int64_t time_ms);

#endif
