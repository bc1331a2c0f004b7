/* mitm_attack - does somebody read along between app and server?
 *
 * Shown: v4 mitm_attack; v3 products.mitmAttack
 * Evidence:
 *   MITM_PINS    network.pinMismatch: the public key of this server's certificate was none of those built into the app
 *   MITM_PROXY   network.proxy is set and network.userCertificates counts certificates added by hand that the
 *                app's connections trust
 * Confidence: none is stated. Absent when the app sent none of these
 * Never alone: a proxy, or certificates by hand: companies use each
 * Blind spots: a pin that the app's maker forgot to renew looks the same; an attacker on a device with root answers
 *   for the app */
#include "identify/verdicts/app.h"

static void mitm_attack_judge(struct identify *id)
{
    const struct signal *proxy = &id->signals.value[S_APP_PROXY];
    if (!APP_SENT(id, S_APP_PINS_FAILED, S_APP_PROXY, S_APP_USER_CAS)) return;
    bool pins = app_says(id, S_APP_PINS_FAILED);
    bool through = proxy->present && proxy->text.n && app_says(id, S_APP_USER_CAS);
    SET(id, mitm_attack, pins || through);
    if (pins) app_because(id, REASON_MITM_PINS);
    if (through) app_because(id, REASON_MITM_PROXY);
}

const struct verdict_kind verdict_mitm_attack = { "mitm_attack", mitm_attack_judge };
