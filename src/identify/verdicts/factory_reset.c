/* factory_reset - when was the device set up anew?
 *
 * Shown: v4 factory_reset_timestamp (0: none is known); v3 products.factoryReset (1970: none)
 * Evidence:
 *   FACTORY_RESET   system.resetTimeMs, the age of the oldest file that a reset makes: of Android's
 *                   /data/system directory, of iOS' /private/var (general knowledge; not measured here)
 * Confidence: none is stated. Absent when the app sent no system signals. A time before 2008 or after the event is
 *   not believed, and counts as none
 * Never alone: it is a time and no verdict; a new device was set up too
 * Blind spots: system updates that make these files anew; a clock that was wrong at the time */
#include "identify/verdicts/app.h"

static const double FIRST_PHONES_MS = 1199145600000; /* 2008-01-01 */

static void factory_reset_judge(struct identify *id)
{
    const struct signal *reset = &id->signals.value[S_APP_RESET_MS];
    if (!id->signals.arrived[SIGNAL_system]) return; /* documented: 0 when it cannot be told */
    bool known = reset->present && reset->number >= FIRST_PHONES_MS && reset->number <= (double)id->event.id.time_ms;
    SET(id, factory_reset_ms, known ? (int64_t)reset->number : 0);
    if (known) app_because(id, REASON_FACTORY_RESET);
}

const struct verdict_kind verdict_factory_reset = { "factory_reset", factory_reset_judge };
