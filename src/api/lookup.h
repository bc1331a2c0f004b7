/* lookup - the one way from an id in a path to an event that the asking key may see, and to the
 * answer. */
#ifndef WHORL_API_LOOKUP_H
#define WHORL_API_LOOKUP_H

#include "api/app.h"
#include "api/render.h"

/* ERR_EVENT_ID_INVALID when the text is no event id, ERR_EVENT_NOT_FOUND when there is none, or it
 * is another workspace's or environment's. */
enum err lookup_event(struct app *app, struct arena *arena, const struct api_key *key,
                      struct str id, struct event *out);

/* The same; an event of POST /v4/edge is not found: v3 and FingerprintIQ have no form for one. */
enum err lookup_device_event(struct app *app, struct arena *arena, const struct api_key *key,
                             struct str id, struct event *out);

/* Answers with the event in a dialect whose answer is the event alone; with the error when e is
 * one. */
void reply_event(struct reply *reply, enum err e, enum dialect dialect, const struct event *ev);

#endif
