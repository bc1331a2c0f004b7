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
 * Never alone: a small or missing storage quota with a full disk; storage blocked by a setting:
 *     Firefox without cookies refuses the file system as a private window does, so the verdict is absent there.
 * Blind spots: Chromium: since its quota is fixed, pages see no difference (measured 2026-11-20 with
 *     156: quota, file system, databases alike in both), so the verdict is absent there. */
#include "identify/private_window.h"
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
    switch (private_window_of(&id->signals)) {
    case WINDOW_USUAL: conclude(id, false, 0); break;
    case WINDOW_PRIVATE_STORAGE: conclude(id, true, REASON_PRIVATE_STORAGE); break;
    case WINDOW_PRIVATE_REPORTED: conclude(id, true, REASON_PRIVATE_REPORTED); break;
    case WINDOW_UNKNOWN: break;
    }
}

const struct verdict_kind verdict_incognito = { "incognito", incognito_judge };
