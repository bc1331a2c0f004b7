/* cloned_app - does the Android app run inside of another, which copies it?
 *
 * Shown: v4 cloned_app; v3 products.clonedApp
 * Evidence:
 *   CLONED_DIRECTORY   process.dataDir is in another package's directory than packageName's, or that of a known
 *                      copier (general knowledge of Android; not measured here)
 *   CLONED_LIBRARY     process.libraries holds a library of a known copier
 * Confidence: none is stated. Absent when the app sent neither its directory nor its libraries
 * Never alone: a copier that is merely installed; a second user or work profile, whose directories (/data/user/10/...)
 *   are the system's own
 * Blind spots: copies that are repackaged under another name: packageName shows that one */
#include "identify/verdicts/app.h"

/* "/data/user/0/com.example.shop", "/data/data/com.example.shop/files": of that package? */
static bool is_own_directory(struct str directory, struct str package)
{
    struct str part;
    while (str_split(&directory, '/', &part)) {
        if (str_eq(part, package)) return true;
        if (part.n > 3 && str_has(part, STR("."))) return false; /* another package's comes first */
    }
    return false;
}

static void cloned_app_judge(struct identify *id)
{
    static const char *const libraries[] = { "libva++", "com.lbe.parallel", "io.va.exposed", "com.excelliance",
                                             "com.ludashi.dualspace", "libvirtualapp", "com.parallel.space" };
    const struct signal *directory = &id->signals.value[S_APP_DATA_DIR];
    if (!app_is(id, "android") || !APP_SENT(id, S_APP_DATA_DIR, S_APP_LIBRARIES)) return;
    bool elsewhere = directory->present && directory->text.n && !is_own_directory(directory->text, id->mobile.app);
    bool library = APP_HAS_PART(id, S_APP_LIBRARIES, libraries);
    SET(id, cloned_app, elsewhere || library);
    if (elsewhere) app_because(id, REASON_CLONED_DIRECTORY);
    if (library) app_because(id, REASON_CLONED_LIBRARY);
}

const struct verdict_kind verdict_cloned_app = { "cloned_app", cloned_app_judge };
