/* judge - runs every verdict. Listed by hand; one that reads another's result stands behind it. */
#include "identify/verdicts/verdict.h"

static const struct verdict_kind *const kinds[] = {
    &verdict_incognito, &verdict_bot, &verdict_clock, &verdict_virtual_machine,
    &verdict_developer_tools,
    &verdict_privacy,
    &verdict_tampering, /* after privacy, whose browsers are excused */
};

enum err judge_verdicts(struct identify *id)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++) kinds[i]->judge(id);
    SET(id, replayed, false);
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
        if (is_about_network(kinds[i]->name)) kinds[i]->judge(id);
}
