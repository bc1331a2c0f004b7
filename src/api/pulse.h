/* pulse - the bodies of FingerprintIQ's POST /v1/pulse/identify and /v1/pulse/event, which command-line tools
 * send. The Node SDK writes camelCase, the Python SDK snake_case. */
#ifndef WHORL_API_PULSE_H
#define WHORL_API_PULSE_H

#include "base/json_in.h"

/* The machine's fingerprintHash, 64 hex digits; borrowed from the parser. ERR_MALFORMED with *problem. */
enum err pulse_machine_read(struct str *hash, struct json root, const char **problem);

/* How many of the events are in order: {command: string, timestamp: number}. ERR_MALFORMED with *problem: the
 * body is not of this form, or names more than PULSE_EVENTS_MAX. */
enum { PULSE_EVENTS_MAX = 1000 };
enum err pulse_events_read(size_t *accepted, size_t *refused, struct json root, const char **problem);

#endif
