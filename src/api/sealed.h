/* sealed - the `sealedResult` of an identification, when its environment has a sealing key (api/seal.h). */
#ifndef WHORL_API_SEALED_H
#define WHORL_API_SEALED_H

#include "api/app.h"
#include "base/json_out.h"

/* Writes the member "sealedResult", or nothing when nothing is sealed. What is in it: the body of GET /events/{id}
 * or GET /v4/events/{id} for an agent of that dialect ({"agent": {"dialect": "v3"}}), else that of FingerprintIQ's
 * GET /v1/events/{id}. ERR_NO_MEMORY, ERR_CORRUPT. */
enum err sealed_put(struct json_out *out, struct app *app, const struct identify *id);

/* The body of GET /v1/events/{id} (fiq_event.c). steady: the event's snapshot, empty when there is none. */
enum err fiq_put_event(struct json_out *out, struct store *st, const struct event *ev, struct str steady);

/* The members "client" and "headers" of its "signals". ERR_CORRUPT. */
enum err fiq_put_signals(struct json_out *out, const struct event *ev, struct str steady);

#endif
