/* update - the body of PUT /events/{id} (v3) and PATCH /v4/events/{id}. */
#ifndef WHORL_API_UPDATE_H
#define WHORL_API_UPDATE_H

#include "api/render.h"
#include "base/json_in.h"

/* Reads suspect, the linked id and the tag, as that version (v3, v4) calls them, into values; texts in arena.
 * ERR_MALFORMED: an unknown member, a wrong type, or too long. ERR_NO_MEMORY. */
enum err update_read(struct event *values, struct json root, enum dialect dialect, struct arena *arena);

#endif
