/* raw_attributes - what the device said of itself, in the words of v4's raw_device_attributes and v3's
 * rawDeviceAttributes, which backends use beside the visitor id.
 *
 * They are not kept apart: the visitor's snapshot and the event's volatile values hold them. A value that is
 * missing or of a wrong type is left out, so that the closed schema of v4 always fits. */
#ifndef WHORL_API_RAW_ATTRIBUTES_H
#define WHORL_API_RAW_ATTRIBUTES_H

#include "api/render.h"
#include "base/json_in.h"
#include "store/store.h"

/* Reads the event's signals from the store and sets ev->raw_attributes to their text in that dialect (v4, v3), in
 * the arena; leaves it empty when the event has no signals or none of these. ERR_CORRUPT, ERR_IO, ERR_NO_MEMORY. */
enum err raw_attributes_load(struct store *st, struct json_parser *parser, struct arena *arena,
                             enum dialect dialect, struct event *ev);

/* The members for these signals (the `signals` object of an identify request), without braces. The arena is for
 * work. */
void raw_attributes_put(struct json_out *out, struct arena *arena, enum dialect dialect,
                        struct json signals);

#endif
