/* rare_device - is there hardly another device like this among those seen here?
 *
 * Shown: v4 rare_device, rare_device_percentile_bucket; v3 products.rareDevice;
 *   GET /v1/events/{id} signals.server.rareDevice
 * Evidence:
 *   RARE_NOT_SEEN  nobody with this browser, system, model, graphics card, processor, touch and screen has been here
 *   RARE_AMONG_ALL at least 99.9 % of the visitors have a more common combination (the API's bucket "p99.9+")
 * Confidence: percentiles of this workspace's own visitors; said from 1,000 visitors on, absent before
 * Never alone: rare is not bad: new models start so
 * Blind spots: tools that copy a common device; a device's later screens do not count until the server restarts */
#include "identify/verdicts/verdict.h"

static void rare_device_judge(struct identify *id)
{
    if (id->rarity == RARITY_UNKNOWN) return;
    bool rare = id->rarity >= RARITY_P99_9;
    SET(id, rare_device, rare);
    SET(id, rare_device_bucket, str_of(rarity_bucket_names[id->rarity]));
    if (!rare) return;
    event_set(&id->event, EVENT_activity_reasons);
    codes_add(&id->event.activity_reasons,
              id->rarity == RARITY_NOT_SEEN ? REASON_RARE_NOT_SEEN : REASON_RARE_AMONG_ALL);
}

const struct verdict_kind verdict_rare_device = { "rare_device", rare_device_judge };
