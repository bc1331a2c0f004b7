/* simulator - does the iOS app run in Xcode's simulator?
 *
 * Shown: v4 simulator
 * Evidence:
 *   SIMULATOR_MACHINE   system.machine is a computer's (x86_64, i386), or process.environment has SIMULATOR_ variables,
 *                       which the simulator sets (Xcode's documentation; not measured here)
 * Confidence: none is stated. Absent when the app sent neither of them
 * Never alone: arm64, which simulators on new Macs say, and iPhone apps that run on such a Mac may say too
 * Blind spots: an iPhone app that runs on a Mac itself is no simulator */
#include "identify/verdicts/app.h"

static void simulator_judge(struct identify *id)
{
    static const char *const machines[] = { "x86_64", "i386", "Simulator" };
    static const char *const variables[] = { "SIMULATOR_" };
    if (!app_is(id, "ios") || !APP_SENT(id, S_APP_MACHINE, S_APP_ENVIRONMENT)) return;
    SET(id, simulator, APP_HAS_PART(id, S_APP_MACHINE, machines) || APP_HAS_PART(id, S_APP_ENVIRONMENT, variables));
    if (id->event.simulator) app_because(id, REASON_SIMULATOR_MACHINE);
}

const struct verdict_kind verdict_simulator = { "simulator", simulator_judge };
