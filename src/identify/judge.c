/* judge - runs every verdict. Listed by hand; one that reads another's result stands behind it. */
#include "identify/verdicts/verdict.h"

static const struct verdict_kind *const kinds[] = {
    &verdict_tor, &verdict_ip_blocklist, &verdict_datacenter, &verdict_proxy, &verdict_vpn,
    &verdict_incognito, &verdict_clock, &verdict_virtual_machine,
    &verdict_developer_tools,
    &verdict_bot, /* after developer_tools, which read the console too */
    &verdict_privacy,
    &verdict_tampering, /* after privacy, whose browsers are excused */
    &verdict_high_activity, &verdict_rare_device, &verdict_replayed,
};

/* Of apps: browsers have none of these, and apps none of what is judged about browsers. */
static const struct verdict_kind *const app_kinds[] = {
    &verdict_tor, &verdict_ip_blocklist, &verdict_datacenter, &verdict_proxy, &verdict_vpn, &verdict_clock,
    &verdict_root_apps, &verdict_emulator, &verdict_frida, &verdict_cloned_app, &verdict_simulator,
    &verdict_jailbroken, /* after the simulator, whose files are a computer's */
    &verdict_factory_reset, &verdict_mitm_attack, &verdict_location_spoofing,
    &verdict_remote_control, &verdict_active_call, &verdict_proximity, &verdict_developer_tools,
    &verdict_app_tampering, &verdict_high_activity, &verdict_replayed,
};

/* No verdicts, but parts of an answer that can fail like one. */
static const char *const parts[] = {
    "identification", "ip_info", "velocity", "suspect_score", "raw_device_attributes",
};

/* A verdict that fails says nothing, and the event says that it failed. So far only tests make one fail. */
static void note_failure(struct identify *id, const char *name)
{
    struct str before = event_has(&id->event, EVENT_failed) ? id->event.failed : STR("");
    SET(id, failed, arena_format(id->arena, "%.*s%s%s", STR_ARG(before), before.n ? " " : "", name));
}

static bool is_to_fail(const struct identify *id, const char *name)
{
    for (size_t i = 0; i < id->shared->test_faults_count; i++)
        if (strcmp(id->shared->test_faults[i], name) == 0) return true;
    return false;
}

static void judge_one(struct identify *id, const struct verdict_kind *kind)
{
    if (is_to_fail(id, kind->name)) note_failure(id, kind->name);
    else kind->judge(id);
}

bool judge_knows(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (strcmp(kinds[i]->name, name) == 0) return true;
    for (size_t i = 0; i < COUNT_OF(app_kinds); i++)
        if (strcmp(app_kinds[i]->name, name) == 0) return true;
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        if (strcmp(parts[i], name) == 0) return true;
    return false;
}

enum err judge_verdicts(struct identify *id)
{
    if (id->mobile.platform.n)
        for (size_t i = 0; i < COUNT_OF(app_kinds); i++) judge_one(id, app_kinds[i]);
    else
        for (size_t i = 0; i < COUNT_OF(kinds); i++) judge_one(id, kinds[i]);
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        if (is_to_fail(id, parts[i])) note_failure(id, parts[i]);
    return ERR_OK;
}

/* By name: each says of itself what it needs, and these need an address and lists only. */
static bool is_about_network(const char *name)
{
    static const char *const names[] = { "vpn", "proxy", "tor", "ip_blocklist", "datacenter" };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

void judge_network(struct identify *id)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (is_about_network(kinds[i]->name)) judge_one(id, kinds[i]);
}
