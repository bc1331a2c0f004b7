/* remote_control - does somebody else operate the device from afar?
 *
 * Shown: v3 products.remoteControl
 * Evidence:
 *   REMOTE_APP   control.screenCaptured, and control.accessibility holds the service of an app for remote control
 *                (names of public apps; not measured here)
 * Confidence: none is stated. Absent when the app sent no control signals
 * Never alone: a captured screen (recording, a television), an app that is merely allowed
 * Blind spots: other programs that misuse accessibility; iOS, which lets nobody operate it */
#include "identify/verdicts/app.h"

static void remote_control_judge(struct identify *id)
{
    static const char *const services[] = { "com.teamviewer", "com.anydesk", "com.rustdesk", "com.splashtop",
                                            "com.airdroid", "com.logmein", "com.realvnc" };
    if (!app_sent(id, SIGNAL_control)) return;
    SET(id, remote_control, app_says(id, S_APP_CAPTURED) && APP_HAS_PART(id, S_APP_ACCESSIBILITY, services));
    if (id->event.remote_control) app_because(id, REASON_REMOTE_APP);
}

const struct verdict_kind verdict_remote_control = { "remote_control", remote_control_judge };
