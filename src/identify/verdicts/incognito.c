/* incognito - a private window? For now what the client reports, which misses current Chromium
 * (measured 2026-11-20: isPrivate is false in Chromium 156 --incognito). Absent when not
 * reported. */
#include "identify/verdicts/verdict.h"

static void incognito_judge(struct identify *id)
{
    const struct signal *reported = &id->signals.value[S_INCOGNITO];
    if (reported->present) SET(id, incognito, reported->number != 0);
}

const struct verdict_kind verdict_incognito = { "incognito", incognito_judge };
