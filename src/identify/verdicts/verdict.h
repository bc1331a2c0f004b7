/* verdict - the one face of every smart signal. A file per signal under verdicts/ defines one
 * `struct verdict_kind`; judge.c lists them by hand, so that the order can be seen.
 *
 * A verdict reads facts and signals and writes its fields of the event, with reasons (reasons.def).
 * No verdict from one weak tell; what the client concludes about itself is a hint to recompute.
 *
 * The comment at the head of such a file has these sections; docs/verdicts.md is made from them and
 * from reasons.def (tools/verdicts_doc.mjs):
 *
 *     name - the question it answers, as the file is called
 *
 *     Shown: where in the answers
 *     Evidence:
 *       REASON_NAME   what is compared with what, and where that is published or measured; the
 *                     rest of it stands deeper
 *     Confidence: how it is set
 *     Never alone: what innocent browsers show too
 *     Blind spots: what it cannot see */
#ifndef WHORL_IDENTIFY_VERDICTS_VERDICT_H
#define WHORL_IDENTIFY_VERDICTS_VERDICT_H

#include "identify/identify.h"

struct verdict_kind {
    const char *name;
    void (*judge)(struct identify *id);
};

extern const struct verdict_kind verdict_bot, verdict_clock, verdict_developer_tools, verdict_high_activity,
    verdict_incognito, verdict_privacy, verdict_rare_device, verdict_replayed, verdict_tampering,
    verdict_virtual_machine;
extern const struct verdict_kind verdict_tor, verdict_ip_blocklist, verdict_datacenter, verdict_proxy, verdict_vpn;
extern const struct verdict_kind verdict_root_apps, verdict_emulator, verdict_frida, verdict_cloned_app,
    verdict_jailbroken, verdict_simulator, verdict_factory_reset, verdict_mitm_attack, verdict_location_spoofing,
    verdict_remote_control, verdict_active_call, verdict_proximity, verdict_app_tampering;

#endif
