/* openapi_event - the parts of /openapi.json that come from tables: what an event looks like in each dialect
 * (V and SERVER rows of event_fields.def), and what can be searched for (its Q rows). */
#ifndef WHORL_API_OPENAPI_EVENT_H
#define WHORL_API_OPENAPI_EVENT_H

#include "api/render.h"

/* Writes the member `name`: the closed JSON Schema of an event in that dialect. edge: of one that
 * POST /v4/edge made. more: JSON members for its properties that are no rows, or NULL. A member is required
 * when every such event has it; of v3's products an error may stand in the place of the data. */
void openapi_put_event(struct json_out *out, const char *name, enum dialect dialect, bool edge, const char *more);

/* Writes the member "RawAttributesV4", from raw_attributes.def. */
void openapi_put_raw_attributes(struct json_out *out);

/* Writes parameters of a search, one object each, in an open array: those that are filters. */
void openapi_put_filters(struct json_out *out, enum dialect dialect);

#endif
