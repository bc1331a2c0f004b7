/* high_activity - does this device come far more often than a person does?
 *
 * Shown: v4 high_activity_device; v3 products.highActivity; FingerprintIQ verdicts.highActivity
 * Evidence:
 *   ACTIVITY_BURST  more events of the visitor in 5 minutes than the first limit (100)
 *   ACTIVITY_HOUR   more in an hour than the second (300)
 *   ACTIVITY_DAY    more in 24 hours than the third (1,000); the limits are a setting, --high-activity. The vendors
 *                   publish none; these are estimates: a page that identifies on every view, and a person who
 *                   opens one every three seconds for five minutes
 * Confidence: counts are exact (identify/recent), the limits are a convention; v3's dailyRequests shows the count.
 *   Where not all visits of the day are remembered (--velocity-visits), "no" is not said, nor dailyRequests
 * Never alone: nothing; a busy person on a site that identifies on every click may pass a low limit
 * Blind spots: a bot that gets a new id for every visit; look at the address and linked id in velocity */
#include "identify/verdicts/verdict.h"

static void high_activity_judge(struct identify *id)
{
    static const enum reason reasons[VELOCITY_WINDOWS] = { REASON_ACTIVITY_BURST, REASON_ACTIVITY_HOUR,
                                                           REASON_ACTIVITY_DAY };
    const struct velocity *v = &id->recall.velocity;
    bool high = false;
    if (!id->recall.noted) return;
    for (unsigned w = 0; w < VELOCITY_WINDOWS; w++) {
        uint32_t limit = id->shared->activity_limit[w];
        if (!limit || v->count[VELOCITY_EVENTS][w] <= limit) continue;
        high = true;
        event_set(&id->event, EVENT_activity_reasons);
        codes_add(&id->event.activity_reasons, reasons[w]);
    }
    if (high || !v->day_unknown) SET(id, high_activity, high);
    if (!v->day_unknown) SET(id, daily_requests, v->count[VELOCITY_EVENTS][VELOCITY_DAY]);
}

const struct verdict_kind verdict_high_activity = { "high_activity", high_activity_judge };
