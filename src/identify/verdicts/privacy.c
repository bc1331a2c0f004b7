/* privacy - is it a browser that hides the device on purpose?
 *
 * Shown: v4 privacy_settings; v3 products.privacySettings; FingerprintIQ verdicts.privacyBrowser
 * Evidence:
 *   PRIVACY_BRAVE       resistance.browser "brave" (navigator.brave), in an engine that is Blink
 *   PRIVACY_TOR         resistance.browser "tor" (a letterboxed window and a coarse clock), in Gecko
 *   PRIVACY_RFP         resistance.browser "firefox-rfp" (a clock in steps), in Gecko
 *   PRIVACY_EXTENSION   the page finds an extension's traces (resistance.extensions)
 *   PRIVACY_NOISE       pixels of known colour, a constant sound or a box of known size read back
 *                       changed (farbling), in a browser that may do so: Firefox, Safari, Brave
 * Confidence: none is given; the name is the browser's. Absent when none of these was sent.
 * Never alone: canvas.isFarbled of FingerprintIQ's client, which is true for every current Safari and
 *     Firefox; Do Not Track and Global Privacy Control, which hide nothing.
 * Blind spots: settings that hide without leaving a trace; a browser that pretends to be one of these
 *     only makes itself look more private than it is. */
#include "identify/verdicts/claims.h"
#include "identify/verdicts/verdict.h"

static bool is_noisy(const struct signal *v)
{
    return v[S_FARBLED_PIXELS].number > 0 || v[S_FARBLED_SAMPLES].number > 0 ||
           v[S_FARBLED_RECTS].number > 0;
}

static void privacy_judge(struct identify *id)
{
    static const struct { const char *name; enum engine engine; enum reason reason; } browsers[] = {
        { "brave", ENGINE_BLINK, REASON_PRIVACY_BRAVE },
        { "tor", ENGINE_GECKO, REASON_PRIVACY_TOR },
        { "firefox-rfp", ENGINE_GECKO, REASON_PRIVACY_RFP },
    };
    const struct signal *v = id->signals.value;
    const struct signal *named = &v[S_RESISTANCE_BROWSER], *extensions = &v[S_RESISTANCE_EXTENSIONS];
    struct codes *reasons = &id->event.privacy_reasons;
    enum engine engine = engine_of_error(v[S_ERROR_OF_NULL].text);
    if (!id->signals.arrived[SIGNAL_resistance] && !id->signals.arrived[SIGNAL_farbling]) return;
    for (size_t i = 0; i < COUNT_OF(browsers); i++) {
        if (!named->present || !str_eq(named->text, str_of(browsers[i].name))) continue;
        if (engine != ENGINE_UNKNOWN && engine != browsers[i].engine) continue;
        codes_add(reasons, browsers[i].reason);
        SET(id, privacy_browser, str_of(browsers[i].name));
    }
    if (extensions->present && extensions->text.n) codes_add(reasons, REASON_PRIVACY_EXTENSION);
    if (is_noisy(v) && (engine != ENGINE_BLINK || codes_have(reasons, REASON_PRIVACY_BRAVE)))
        codes_add(reasons, REASON_PRIVACY_NOISE);
    SET(id, privacy_settings, reasons->count > 0);
    if (reasons->count) event_set(&id->event, EVENT_privacy_reasons);
}

const struct verdict_kind verdict_privacy = { "privacy", privacy_judge };
