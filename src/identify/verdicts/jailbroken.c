/* jailbroken - have the limits of this iOS device been removed?
 *
 * Shown: v4 jailbroken; v3 products.jailbroken
 * Evidence:
 *   JAILBREAK_FILES     system.files holds a path that only jailbreaks make (general knowledge of iOS; not
 *                       measured here)
 *   JAILBREAK_WRITE     process.wroteOutside: the app could write outside of its own directory
 *   JAILBREAK_LIBRARY   process.libraries holds a library that tweaks apps, outside of the app's own bundle
 *   JAILBREAK_SCHEME    process.schemes holds cydia, sileo, zbra or filza; said only together with one of the above
 * Confidence: none is stated. Absent when the app sent none of the first three
 * Never alone: a URL scheme, which any app may claim; such a library inside of a bundle (.../Shop.app/...), which
 *   is how a changed app runs on a device without a jailbreak
 * Blind spots: jailbreaks that hide files from the app (Shadow, Dopamine's hiding). The simulator is not judged: a
 *   computer has such files */
#include "identify/verdicts/app.h"

static bool is_tweaked(const struct identify *id)
{
    static const char *const libraries[] = { "MobileSubstrate", "CydiaSubstrate", "libsubstrate", "libsubstitute",
                                             "SubstrateLoader", "TweakInject", "libhooker", "ElleKit",
                                             "libellekit", "SubstrateInserter", "cyinject" };
    struct str rest = id->signals.value[S_APP_LIBRARIES].text, path;
    if (!id->signals.value[S_APP_LIBRARIES].present) return false;
    while (str_split(&rest, '\n', &path))
        if (!str_has(path, STR(".app/")) && app_has_part(path, libraries, COUNT_OF(libraries))) return true;
    return false;
}

static void jailbroken_judge(struct identify *id)
{
    static const char *const files[] = { "/Applications/Cydia.app", "/Applications/Sileo.app", "/var/jb",
                                         "/Applications/Zebra.app", "/private/var/lib/apt", "/private/var/lib/cydia",
                                         "/Library/MobileSubstrate/MobileSubstrate.dylib", "/.bootstrapped_electra",
                                         "/usr/lib/TweakInject", "/private/preboot/jb", "/usr/sbin/frida-server" };
    static const char *const schemes[] = { "cydia", "sileo", "zbra", "filza" };
    if (!app_is(id, "ios") || !APP_SENT(id, S_APP_FILES, S_APP_WROTE_OUTSIDE, S_APP_LIBRARIES)) return;
    if (id->event.simulator) return;
    bool found = APP_HAS_PATH(id, S_APP_FILES, files), wrote = app_says(id, S_APP_WROTE_OUTSIDE);
    bool library = is_tweaked(id);
    SET(id, jailbroken, found || wrote || library);
    if (found) app_because(id, REASON_JAILBREAK_FILES);
    if (wrote) app_because(id, REASON_JAILBREAK_WRITE);
    if (library) app_because(id, REASON_JAILBREAK_LIBRARY);
    if (id->event.jailbroken && APP_HAS_ONE(id, S_APP_SCHEMES, schemes)) app_because(id, REASON_JAILBREAK_SCHEME);
}

const struct verdict_kind verdict_jailbroken = { "jailbroken", jailbroken_judge };
