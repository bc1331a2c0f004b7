/* log - see log.h. */
#include "base/log.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static atomic_int level_max = LOG_INFO;

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&level_max, (int)level, memory_order_relaxed);
}

void log_line(enum log_level level, const char *tag, const char *format, ...)
{
    static const char *const names[] = { "error", "warn ", "info ", "debug" };
    if ((int)level > atomic_load_explicit(&level_max, memory_order_relaxed)) return;
    char line[1024], time[ISO_TIME_BYTES];
    clock_iso(time, clock_wall_ms());
    int n = snprintf(line, sizeof line, "%s %s %-8s ", time, names[level], tag);
    size_t at = n > 0 ? (size_t)n : 0;
    va_list args;
    va_start(args, format);
    int m = vsnprintf(line + at, sizeof line - at, format, args);
    va_end(args);
    if (m > 0) at += (size_t)m;
    if (at > sizeof line - 2) at = sizeof line - 2; /* cut, never split */
    for (size_t i = 0; i < at; i++)
        if ((unsigned char)line[i] < 0x20) line[i] = ' '; /* one line stays one line */
    line[at++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, at);
    (void)written; /* there is nobody to tell */
}
