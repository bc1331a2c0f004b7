/* log - one line to standard error per thing that an operator should know.
 *
 *     2026-11-20T17:58:08.123Z info  listen  address=127.0.0.1:8080
 *
 * Never called once per request: requests are counted (metrics.h). Never given a secret, a token
 * or a whole client address. Safe from any thread; a line is one write.
 */
#ifndef WHORL_BASE_LOG_H
#define WHORL_BASE_LOG_H

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Lines above this level are dropped; LOG_INFO at the start. */
void log_set_level(enum log_level level);
/* tag: the module; format: the rest of the line, without a newline. */
void log_line(enum log_level level, const char *tag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

#endif
