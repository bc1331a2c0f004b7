/* remote_control - does somebody else operate the device from afar?
 *
 * Shown: v3 products.remoteControl
 * Evidence:
 *   REMOTE_APP   control.screenCaptured, and control.accessibility holds the service of an app for remote control
 *                (TeamViewer, AnyDesk, RustDesk, Splashtop, AirDroid, LogMeIn, RealVNC, Zoho Assist,
 *                droidVNC-NG: general knowledge; not measured here)
 * Confidence: none is stated. Absent when one of the two would decide, and was not sent
 * Never alone: a captured screen (recording, a television), an app that is merely allowed
 * Blind spots: other programs that misuse accessibility; iOS, which lets nobody operate it */
#include "identify/verdicts/app.h"

static void remote_control_judge(struct identify *id)
{
    static const char *const services[] = { "com.teamviewer", "com.anydesk", "com.carriez.flutter_hbb", "com.splashtop",
                                            "com.sand.air", "com.logmein", "com.realvnc", "com.zoho.assist",
                                            "net.christianbeier.droidvnc_ng" };
    const struct signal *captured = &id->signals.value[S_APP_CAPTURED];
    const struct signal *allowed = &id->signals.value[S_APP_ACCESSIBILITY];
    bool sends = app_says(id, S_APP_CAPTURED), operates = APP_HAS_PART(id, S_APP_ACCESSIBILITY, services);
    bool no = (captured->present && !sends) || (allowed->present && !operates);
    if (!no && !(sends && operates)) return;
    SET(id, remote_control, sends && operates);
    if (sends && operates) app_because(id, REASON_REMOTE_APP);
}

const struct verdict_kind verdict_remote_control = { "remote_control", remote_control_judge };
