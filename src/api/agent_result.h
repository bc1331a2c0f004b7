/* agent_result - the answer to an identification by one of our agents that stands behind another's
 * interface: what its get() resolves with, whole, so that the browser need only hand it on. */
#ifndef WHORL_API_AGENT_RESULT_H
#define WHORL_API_AGENT_RESULT_H

#include "base/json_out.h"
#include "identify/identify.h"

/* Writes the member "result" in the form that the agent asked for ({"agent": {"dialect": "v3"}}),
 * and true; false when it asked for none: then the answer is FingerprintIQ's, to which "extended"
 * is added when the agent wants it: v3's members about the device. */
bool agent_result(struct json_out *out, const struct identify *id);

#endif
