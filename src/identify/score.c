/* score - sums over what the verdicts found.
 *
 * v3 and v4: the sum of the weights of the signals that fired (weights.def), editable per environment; the event
 * keeps the parts. FingerprintIQ's suspectScore runs from 0 to 100, and its ingredients are documented (bot, VPN
 * or proxy, private window, tampering, high activity), their weights are not: the points below are ours, docs/api.md
 * has them. */
#include "identify/identify.h"

enum { POINTS_MAX = 100 };

static int64_t points_of(const struct event *ev)
{
#define IS(member) (event_has(ev, EVENT_##member) && ev->member)
    const struct { bool fired; int64_t points; } rows[] = {
        { ev->bot == BOT_BAD, (int64_t)(ev->bot_probability * 100) },
        { IS(tampering), 40 },       { IS(tor), 30 },           { IS(proxy), 25 },
        { IS(ip_blocklist), 25 },    { IS(replayed), 25 },      { IS(vpn), 15 },
        { IS(high_activity), 15 },   { IS(virtual_machine), 10 }, { IS(incognito), 10 },
        { IS(privacy_settings), 5 }, { IS(developer_tools), 5 },
    };
#undef IS
    int64_t points = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].fired) points += rows[i].points;
    return points > POINTS_MAX ? POINTS_MAX : points;
}

enum err score_event(struct identify *id)
{
    struct json_out parts;
    json_out_init(&parts, id->arena);
    SET(id, suspect_score, weights_sum(id->shared->weights, &id->event, &parts));
    if (id->event.suspect_score) SET(id, suspect_parts, json_out_text(&parts));
    SET(id, suspect_points, points_of(&id->event));
    SET(id, completeness, id->signals.completeness);
    return parts.failed ? ERR_NO_MEMORY : ERR_OK;
}
