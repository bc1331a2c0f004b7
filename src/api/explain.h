/* explain - why an event got its visitor, for people: what agreed, what did not, what each weighed, who came
 * second. Shown by FingerprintIQ's GET /v1/events/{id} and the demo page; the schemas of v2 to v4 are closed.
 */
#ifndef WHORL_API_EXPLAIN_H
#define WHORL_API_EXPLAIN_H

#include "base/json_out.h"
#include "store/store.h"

/* Writes the member "identification": {"score": ..., "evidence": [...], ...}. Visitors that were compared only
 * when there was no token to believe, and those that have not been deleted since. */
void explain_identification(struct json_out *out, struct store *st, const struct event *ev);

#endif
