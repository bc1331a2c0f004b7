/* render_velocity - see render_velocity.h. */
#include "api/render_velocity.h"

#include "event/velocity.h"

static const struct { const char *v4, *v3, *fiq; } names[VELOCITY_COUNTERS] = {
    [VELOCITY_DISTINCT_IP] = { "distinct_ip", "distinctIp", "distinctIp" },
    [VELOCITY_DISTINCT_LINKED_ID] = { "distinct_linked_id", "distinctLinkedId", NULL },
    [VELOCITY_DISTINCT_COUNTRY] = { "distinct_country", "distinctCountry", "distinctCountry" },
    [VELOCITY_EVENTS] = { "events", "events", "events" },
    [VELOCITY_IP_EVENTS] = { "ip_events", "ipEvents", NULL },
    [VELOCITY_DISTINCT_IP_BY_LINKED_ID] = { "distinct_ip_by_linked_id", "distinctIpByLinkedId", NULL },
    [VELOCITY_DISTINCT_VISITOR_ID_BY_LINKED_ID] = { "distinct_visitor_id_by_linked_id",
                                                    "distinctVisitorIdByLinkedId", NULL },
};
static const char *const windows_v4[VELOCITY_WINDOWS] = { "5_minutes", "1_hour", "24_hours" };
static const char *const windows[VELOCITY_WINDOWS] = { "5m", "1h", "24h" };

static void put_windows(struct json_out *out, const struct velocity *v, enum velocity_counter c, bool v4, bool all)
{
    json_out_open(out, '{');
    for (unsigned w = 0; w < VELOCITY_WINDOWS; w++) {
        if (!all && !velocity_has(v, c, w)) continue;
        json_out_key(out, v4 ? windows_v4[w] : windows[w]);
        json_out_int(out, v->count[c][w]);
    }
    json_out_close(out, '}');
}

void render_velocity(struct json_out *out, enum dialect dialect, struct str packed)
{
    struct velocity v;
    bool v4 = dialect == DIALECT_V4, fiq = dialect == DIALECT_FIQ;
    if (!velocity_decode(&v, packed)) v = (struct velocity){ .day_left_out = false };
    json_out_open(out, '{');
    for (enum velocity_counter c = 0; c < VELOCITY_COUNTERS; c++) {
        const char *name = v4 ? names[c].v4 : fiq ? names[c].fiq : names[c].v3;
        if (!name || (v4 && !v.known[c])) continue;
        json_out_key(out, name);
        if (v4 || fiq) {
            put_windows(out, &v, c, v4, fiq);
            continue;
        }
        json_out_open(out, '{');
        if (v.known[c]) json_out_key(out, "intervals"), put_windows(out, &v, c, false, false);
        json_out_close(out, '}');
    }
    json_out_close(out, '}');
}
