/* incognito - a private window?
 *
 * Shown: v4 incognito; v3 products.incognito, products.identification.data.incognito;
 *     FingerprintIQ verdicts.incognito
 * Evidence:
 *   PRIVATE_WINDOW   the client's own report, incognito.isPrivate
 * Confidence: none is given. Absent when nothing was reported.
 * Never alone: -
 * Blind spots: current Chromium (measured 2026-11-20: isPrivate is false in Chromium 156
 *     --incognito). */
#include "identify/verdicts/verdict.h"

static void incognito_judge(struct identify *id)
{
    const struct signal *reported = &id->signals.value[S_INCOGNITO];
    if (reported->present) SET(id, incognito, reported->number != 0);
}

const struct verdict_kind verdict_incognito = { "incognito", incognito_judge };
