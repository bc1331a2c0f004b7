/* incognito - a private window?
 *
 * Shown: v4 incognito; v3 products.incognito, products.identification.data.incognito;
 *     FingerprintIQ verdicts.incognito
 * Evidence:
 *   PRIVATE_STORAGE    navigator.storage.getDirectory() is refused with a security error in a Firefox,
 *                      or with a transient one in a Safari (published: detectIncognito). Where the
 *                      call works in these engines, the window is a usual one
 *   PRIVATE_REPORTED   the client found a storage quota that only private windows of old browsers have
 *                      (incognito.isPrivate)
 * Confidence: none is given. Absent when nothing was measured: a client that reports "not private" has
 *     often no way to know.
 * Never alone: a small or missing storage quota with a full disk; storage blocked by a setting.
 * Blind spots: Chromium: since its quota is fixed, pages see no difference (measured 2026-11-20 with
 *     156: quota, file system, databases alike in both), so the verdict is absent there. */
#include "identify/verdicts/claims.h"
#include "identify/verdicts/verdict.h"

static void conclude(struct identify *id, bool private, enum reason reason)
{
    SET(id, incognito, private);
    if (!private) return;
    event_set(&id->event, EVENT_incognito_reasons);
    codes_add(&id->event.incognito_reasons, reason);
}

static void incognito_judge(struct identify *id)
{
    const struct signal *files = &id->signals.value[S_PRIVATE_FILES];
    const struct signal *reported = &id->signals.value[S_INCOGNITO];
    enum engine engine = engine_of_error(id->signals.value[S_ERROR_OF_NULL].text);
    if (files->present && (engine == ENGINE_GECKO || engine == ENGINE_WEBKIT)) {
        const struct str sign = engine == ENGINE_GECKO ? STR("Security error") : STR("unknown transient reason");
        if (str_has(files->text, sign)) conclude(id, true, REASON_PRIVATE_STORAGE);
        else if (str_eq(files->text, STR("works"))) conclude(id, false, 0);
    }
    if (!event_has(&id->event, EVENT_incognito) && reported->present && reported->number != 0)
        conclude(id, true, REASON_PRIVATE_REPORTED);
}

const struct verdict_kind verdict_incognito = { "incognito", incognito_judge };
