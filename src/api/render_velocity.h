/* render_velocity - the seven counters of an event in each dialect's shape. */
#ifndef WHORL_API_RENDER_VELOCITY_H
#define WHORL_API_RENDER_VELOCITY_H

#include "api/render.h"

/* packed: the event's field. An object; what cannot be read gives the form without data: v3 {} for each counter,
 * v4 {} for all. FingerprintIQ shows three counters and says 0 where nothing was counted. */
void render_velocity(struct json_out *out, enum dialect dialect, struct str packed);

#endif
