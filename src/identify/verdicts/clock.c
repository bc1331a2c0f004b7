/* clock - how far is the client's clock from ours?
 *
 * Shown: GET /v1/events/{id} signals.server.clock.skewMs
 * Evidence: -
 * Confidence: none; it is a measure and no verdict. The way of the request is part of it: the agent
 *     reads its clock just before it sends.
 * Never alone: a wrong clock. Many phones and old computers have one.
 * Blind spots: the time zone is not part of it. */
#include "identify/verdicts/verdict.h"

static void clock_judge(struct identify *id)
{
    if (!event_has(&id->event, EVENT_client_time_ms)) return;
    SET(id, clock_skew_ms, id->event.client_time_ms - id->now_ms);
}

const struct verdict_kind verdict_clock = { "clock", clock_judge };
