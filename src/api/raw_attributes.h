/* raw_attributes - what the device said of itself, in the words of v4's raw_device_attributes and v3's
 * rawDeviceAttributes, which backends use beside the visitor id.
 *
 * They are not kept apart: the visitor's snapshot and the event's volatile values hold them. A value that is
 * missing or of a wrong type is left out, so that the closed schema of v4 always fits.
 *
 * An imported event has no signals but what another service said of them. That is kept in that service's own words,
 * shown as it came in the version that it came in, and under the other's names, where there are such, in the other. */
#ifndef WHORL_API_RAW_ATTRIBUTES_H
#define WHORL_API_RAW_ATTRIBUTES_H

#include "api/render.h"
#include "base/bytes.h"
#include "base/json_in.h"
#include "store/store.h"

/* Reads the event's signals from the store and sets ev->raw_attributes to their text in that dialect (v4, v3), in
 * the arena; leaves it empty when the event has no signals or none of these. ERR_CORRUPT, ERR_IO, ERR_NO_MEMORY. */
enum err raw_attributes_load(struct store *st, struct json_parser *parser, struct arena *arena,
                             enum dialect dialect, struct event *ev);

/* What an imported event keeps as the steady part of its payload: `attributes` is v4's raw_device_attributes, or
 * v3's rawDeviceAttributes. False when it is no object, or has nothing in it. */
bool raw_attributes_pack(struct bytes_out *out, enum dialect dialect, struct json attributes);

/* The members for these signals (the `signals` object of an identify request), without braces. The arena is for
 * work. */
void raw_attributes_put(struct json_out *out, struct arena *arena, enum dialect dialect,
                        struct json signals);

#endif
