/* edge_event - an event about a request that somebody else received: judged from its headers and its address,
 * without a device behind it. It has no visitor, no signals and no match; `edge` is true.
 *
 *     struct identify id = { .shared, .req, .arena, .workspace, .environment, .client, .https, .now_ms,
 *                            .done, .context };
 *     edge_event_look(&id);               facts: place, network, lists, user agent, bot
 *     ... the fields that the caller knows: url, linked_id, tag ...
 *     enum err e = edge_event_store(&id); ERR_PENDING: done() comes, on the store's commit thread
 *
 * id->req describes the request that was received there: method, target, path, query and headers; its connection
 * and hello are NULL, since those are not known. */
#ifndef WHORL_IDENTIFY_EDGE_EVENT_H
#define WHORL_IDENTIFY_EDGE_EVENT_H

#include "identify/identify.h"

/* A client of all zeros is not known. ERR_NO_MEMORY. */
enum err edge_event_look(struct identify *id);
/* Runs the verdicts that need no device, and hands the event to the store. ERR_PENDING, or why not. */
enum err edge_event_store(struct identify *id);

#endif
