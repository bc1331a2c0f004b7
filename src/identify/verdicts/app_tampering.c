/* app_tampering - could the app's SDK have sent this?
 *
 * As with browsers (tampering), each reason has a weight, the chance that an innocent app would not show it: anomaly
 * score = 1 - product of (1 - weight), and above 0.5 is tampering.
 *
 * Shown: v4 tampering, tampering_confidence, tampering_details.anomaly_score; v3 products.tampering; FingerprintIQ
 *   verdicts.tampering. Of iOS always false with a score of 0, as version 3 documents it; APP_BROWSER is said there too
 * Evidence:
 *   APP_HOOKED    0.6: process.libraries holds a file of a framework that rewrites apps (LSPosed, EdXposed, Xposed,
 *                 TaiChi, Cydia Substrate; general knowledge of them; not measured here). Frida has its own verdict
 *   APP_BROWSER   0.6: the body holds five or more signals that only a browser's page has (canvas, webgl, navigator,
 *                 ...): a page's body that calls itself an app's
 *   APP_SENDER    0.4: the User-Agent of the request names Windows, macOS or iOS, not Android
 *   APP_BUILD     0.2 for each of version, product and tags: system.buildFingerprint
 *                 (brand/product/device:version/id/number:type/tags, Android's CDD 3.2.2) says another than
 *                 device.osVersion, system.product, system.buildTags
 * Confidence: as documented: false is always "high", true by the score is "medium". Absent when an Android app sent
 *   neither libraries nor its build's fingerprint, and none of the others is found
 * Never alone: the sender's User-Agent, which any library may set; all three of APP_BUILD (0.49), since systems that
 *   people install themselves show the maker's fingerprint on purpose
 * Blind spots: a body made by hand after docs/mobile.md with true values: whoever has the public key can post one, and
 *   only hardware attestation tells; repackaged apps that bring no such framework */
#include "identify/verdicts/app.h"

#include <math.h>

enum { PAGE_SIGNALS_MIN = 5 };
static const double TAMPERING_ABOVE = 0.5;

static bool is_hooked(const struct identify *id)
{
    static const char *const begins[] = { "liblspd", "libedxp", "libriru_edxp", "libriru_lsp", "XposedBridge",
                                          "libxposed_", "libtaichi", "libsubstrate.so", "libsubstrate-dvm.so" };
    return APP_HAS_FILE(id, S_APP_LIBRARIES, begins);
}

static bool is_of_page(const struct identify *id)
{
    static const enum signal_key page[] = {
        SIGNAL_canvas, SIGNAL_webgl, SIGNAL_audio, SIGNAL_fonts, SIGNAL_navigator, SIGNAL_screen, SIGNAL_domRect,
        SIGNAL_headless, SIGNAL_cssStyle, SIGNAL_workerScope, SIGNAL_windowFeatures, SIGNAL_htmlElement,
    };
    int found = 0;
    for (size_t i = 0; i < COUNT_OF(page); i++) found += id->signals.arrived[page[i]];
    return found >= PAGE_SIGNALS_MIN;
}

static bool is_from_elsewhere(const struct identify *id)
{
    static const char *const systems[] = { "Windows NT", "Macintosh", "iPhone", "iPad", "CFNetwork/" };
    return app_has_part(id->event.user_agent, systems, COUNT_OF(systems));
}

static bool differs(const struct signal *said, struct str in_fingerprint)
{
    return said->present && said->text.n && !str_eq(said->text, in_fingerprint);
}

/* google/shiba/shiba:15/AP4A.250105.002/12701944:user/release-keys */
static int build_contradictions(const struct identify *id)
{
    const struct signal *v = id->signals.value;
    struct str rest = v[S_APP_FINGERPRINT].text, names, build, kind, brand, product, version, type;
    if (!v[S_APP_FINGERPRINT].present || !str_split(&rest, ':', &names) || !str_split(&rest, ':', &build) ||
        !str_split(&rest, ':', &kind) || !str_split(&names, '/', &brand) || !str_split(&names, '/', &product) ||
        !str_split(&build, '/', &version) || !str_split(&kind, '/', &type) || !kind.n)
        return 0; /* none that could be read */
    return differs(&v[S_APP_PRODUCT], product) + differs(&v[S_APP_OS_VERSION], version) +
           differs(&v[S_APP_BUILD_TAGS], kind);
}

static double because(struct identify *id, bool found, enum reason reason, double weight)
{
    if (found) codes_add(&id->event.tampering_reasons, reason);
    return found ? 1 - weight : 1;
}

static double innocence_of(struct identify *id)
{
    double innocence = because(id, is_hooked(id), REASON_APP_HOOKED, 0.6);
    int builds = build_contradictions(id);
    innocence *= because(id, is_of_page(id), REASON_APP_BROWSER, 0.6);
    innocence *= because(id, is_from_elsewhere(id), REASON_APP_SENDER, 0.4);
    return innocence * because(id, builds > 0, REASON_APP_BUILD, 1 - pow(0.8, builds));
}

static void app_tampering_judge(struct identify *id)
{
    bool android = app_is(id, "android");
    double score = android ? 1 - innocence_of(id) : 0;
    if (!android) because(id, is_of_page(id), REASON_APP_BROWSER, 0);
    if (android && score == 0 && !APP_SENT(id, S_APP_LIBRARIES, S_APP_FINGERPRINT)) return;
    SET(id, anomaly_score, score);
    SET(id, tampering, score > TAMPERING_ABOVE);
    SET(id, tampering_confidence, id->event.tampering ? STR("medium") : STR("high"));
    event_set(&id->event, EVENT_tampering_reasons);
}

const struct verdict_kind verdict_app_tampering = { "app_tampering", app_tampering_judge };
