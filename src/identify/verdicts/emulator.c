/* emulator - does the Android app run on a computer?
 *
 * Shown: v4 emulator; v3 products.emulator
 * Evidence:
 *   EMULATOR_HARDWARE   system.hardware, system.product or the build's fingerprint is an emulator's: goldfish,
 *                       ranchu, vbox86, ... (names in Android's sources; not measured here)
 *   EMULATOR_FILES      system.files or system.properties hold what only emulators have (qemu's pipe, ro.kernel.qemu=1)
 * Confidence: none is stated. Absent when the app sent none of these
 * Never alone: few sensors, a round amount of memory, a full battery: cheap devices and desks have these
 * Blind spots: emulators that rename themselves; Android as a guest of ChromeOS and Windows is no emulator here */
#include "identify/verdicts/app.h"

static void emulator_judge(struct identify *id)
{
    static const char *const hardware[] = { "goldfish", "ranchu", "vbox86", "ttVM", "android_x86", "cutf_cvm" };
    static const char *const prints[] = { "generic/sdk", "sdk_gphone", "vbox86p", "emulator", "google/sdk_" };
    static const char *const files[] = { "/dev/qemu_pipe", "/dev/socket/qemud", "/dev/goldfish_pipe", "/dev/vboxguest",
                                         "/system/bin/nox-prop", "/system/lib/libc_malloc_debug_qemu.so",
                                         "/system/bin/ldinit", "/dev/socket/genyd", "/dev/socket/baseband_genyd",
                                         "/fstab.andy", "/ueventd.andy.rc", "/fstab.nox", "/init.nox.rc",
                                         "/fstab.ttVM_x86", "/fstab.vbox86" };
    static const char *const properties[] = { "ro.kernel.qemu=1", "ro.boot.qemu=1", "ro.hardware=goldfish",
                                              "ro.hardware=ranchu", "ro.hardware.virtual_device=1" };
    if (!app_is(id, "android") ||
        !APP_SENT(id, S_APP_HARDWARE, S_APP_FINGERPRINT, S_APP_PRODUCT, S_APP_FILES, S_APP_PROPERTIES))
        return;
    bool names = APP_HAS_PART(id, S_APP_HARDWARE, hardware) || APP_HAS_PART(id, S_APP_FINGERPRINT, prints) ||
                 APP_HAS_PART(id, S_APP_PRODUCT, prints);
    bool traces = APP_HAS_PATH(id, S_APP_FILES, files) || APP_HAS_ONE(id, S_APP_PROPERTIES, properties);
    SET(id, emulator, names || traces);
    if (names) app_because(id, REASON_EMULATOR_HARDWARE);
    if (traces) app_because(id, REASON_EMULATOR_FILES);
}

const struct verdict_kind verdict_emulator = { "emulator", emulator_judge };
