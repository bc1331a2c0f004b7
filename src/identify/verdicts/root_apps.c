/* root_apps - has somebody taken all rights on this Android device?
 *
 * Shown: v4 root_apps; v3 products.rootApps
 * Evidence:
 *   ROOT_BINARIES    system.files holds a path of su or of Magisk (general knowledge of Android; not measured here)
 *   ROOT_MANAGER     system.packages holds an app that hands out root rights
 *   ROOT_TEST_KEYS   system.buildTags is not release-keys; said only together with one of the above
 * Confidence: none is stated. Absent when the app sent neither files nor packages
 * Never alone: test keys, which every self-built system has, without su too
 * Blind spots: root that hides itself from the app (Magisk's DenyList, Shamiko): only hardware attestation tells */
#include "identify/verdicts/app.h"

static void root_apps_judge(struct identify *id)
{
    static const char *const files[] = { "/system/bin/su", "/system/xbin/su", "/sbin/su", "/su/bin/su",
                                         "/vendor/bin/su", "/system/app/Superuser.apk", "/data/local/xbin/su",
                                         "/data/local/bin/su", "/system/bin/.ext/su", "/cache/su", "/data/su",
                                         "/system/sd/xbin/su", "/system/bin/failsafe/su", "/sbin/.magisk",
                                         "/data/adb/magisk", "/data/adb/ksu", "/data/adb/ap" };
    static const char *const packages[] = { "com.topjohnwu.magisk", "eu.chainfire.supersu", "me.weishu.kernelsu",
                                            "com.rifsxd.ksunext", "io.github.huskydg.magisk", "com.kingo.root",
                                            "com.koushikdutta.superuser", "com.noshufou.android.su",
                                            "com.kingroot.kinguser", "me.bmax.apatch", "com.thirdparty.superuser" };
    const struct signal *tags = &id->signals.value[S_APP_BUILD_TAGS];
    if (!app_is(id, "android") || !APP_SENT(id, S_APP_FILES, S_APP_PACKAGES)) return;
    bool binaries = APP_HAS_PATH(id, S_APP_FILES, files), manager = APP_HAS_ONE(id, S_APP_PACKAGES, packages);
    SET(id, root_apps, binaries || manager);
    if (binaries) app_because(id, REASON_ROOT_BINARIES);
    if (manager) app_because(id, REASON_ROOT_MANAGER);
    if (id->event.root_apps && tags->present && !str_eq(tags->text, STR("release-keys")))
        app_because(id, REASON_ROOT_TEST_KEYS);
}

const struct verdict_kind verdict_root_apps = { "root_apps", root_apps_judge };
