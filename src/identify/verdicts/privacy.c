/* privacy - is it a browser that hides the device on purpose?
 *
 * Shown: v4 privacy_settings; v3 products.privacySettings; FingerprintIQ verdicts.privacyBrowser;
 *     GET /v1/events/{id} signals.server.privacy, which names extensions as well
 * Evidence:
 *   PRIVACY_BRAVE       resistance.browser "brave" (navigator.brave), in an engine that is Blink
 *   PRIVACY_TOR         resistance.browser "tor" (a letterboxed window and a coarse clock), in Gecko;
 *                       or PRIVACY_RFP from a Tor exit
 *   PRIVACY_RFP         resistance.browser "firefox-rfp" (a clock in steps), in Gecko; or three of: all
 *                       known pixels read back wrong, the renderer is called "Mozilla", the zone is
 *                       Atlantic/Reykjavik, screen, window and page have one size (all four measured
 *                       2026-11-25 in Firefox ESR 153 with privacy.resistFingerprinting)
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

/* Of the signs of resistFingerprinting three must be there: each alone is somebody's setting. */
static bool resists_fingerprinting(const struct signal *v)
{
    enum { KNOWN_PIXELS = 256 }; /* of the agent's farbling source */
    double width = v[S_SCREEN_WIDTH].number, height = v[S_SCREEN_HEIGHT].number;
    const bool signs[] = {
        v[S_FARBLED_PIXELS].number >= KNOWN_PIXELS / 2,
        str_eq(v[S_WEBGL_RENDERER].text, STR("Mozilla")),
        str_eq(v[S_ZONE].text, STR("Atlantic/Reykjavik")),
        width > 0 && v[S_OUTER_WIDTH].number == width && v[S_OUTER_HEIGHT].number == height &&
            v[S_INNER_WIDTH].number == width && v[S_INNER_HEIGHT].number == height,
    };
    int count = 0;
    for (size_t i = 0; i < COUNT_OF(signs); i++) count += signs[i];
    return count >= 3;
}

static void name_browser(struct identify *id, enum reason reason, const char *name)
{
    codes_add(&id->event.privacy_reasons, reason);
    SET(id, privacy_browser, str_of(name));
}

/* By name; "canvas-blocker" and "jshelter" are FingerprintIQ's client's. */
static void name_extensions(struct identify *id, struct str lines)
{
    enum { NAMED_MAX = 8 };
    struct json_out out;
    struct str name;
    json_out_init(&out, id->arena);
    json_out_open(&out, '[');
    for (size_t i = 0; i < NAMED_MAX && lines.n && str_split(&lines, '\n', &name); i++) {
        json_out_open(&out, '{');
        json_out_key(&out, "name"), json_out_str(&out, name);
        json_out_close(&out, '}');
    }
    json_out_close(&out, ']');
    if (!out.failed) SET(id, privacy_extensions, json_out_text(&out));
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
        name_browser(id, browsers[i].reason, browsers[i].name);
    }
    if (!reasons->count && engine == ENGINE_GECKO && resists_fingerprinting(v))
        name_browser(id, REASON_PRIVACY_RFP, "firefox-rfp");
    if (codes_have(reasons, REASON_PRIVACY_RFP) && event_has(&id->event, EVENT_tor) && id->event.tor)
        name_browser(id, REASON_PRIVACY_TOR, "tor");
    if (extensions->present && extensions->text.n) {
        codes_add(reasons, REASON_PRIVACY_EXTENSION);
        name_extensions(id, extensions->text);
    }
    if (is_noisy(v) && (engine != ENGINE_BLINK || codes_have(reasons, REASON_PRIVACY_BRAVE)))
        codes_add(reasons, REASON_PRIVACY_NOISE);
    SET(id, privacy_settings, reasons->count > 0);
    if (reasons->count) event_set(&id->event, EVENT_privacy_reasons);
}

const struct verdict_kind verdict_privacy = { "privacy", privacy_judge };
