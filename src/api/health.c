/* health - is the process alive, may it take requests, and what it counts. */
#include "api/app.h"

#include "base/clock.h"
#include "base/json_out.h"
#include "base/metrics.h"

#include <stdio.h>

void health_live(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    (void)app, (void)tail;
    reply_json(&reply, 200, STR("{\"status\":\"ok\"}"));
}

static void put_data(struct json_out *out, const char *key, int64_t built_s, int64_t now_s)
{
    char day[ISO_TIME_BYTES];
    clock_iso(day, built_s * 1000);
    json_out_key(out, key);
    json_out_open(out, '{');
    json_out_key(out, "built"), json_out_str(out, (struct str){ day, 10 });
    json_out_key(out, "ageDays"), json_out_int(out, (now_s - built_s) / (24 * 60 * 60));
    json_out_close(out, '}');
}

/* "lists" when there is none at all, else "lists.tor" for each kind without one. Hosting is known
 * from either of its two kinds. */
static void put_missing_lists(struct json_out *out, const struct iplist_set *set)
{
    unsigned known = set ? set->known_v4 | set->known_v6 | set->known_asn : 0;
    if (known & 1u << IPLIST_CLOUD) known |= 1u << IPLIST_DATACENTER;
    known |= 1u << IPLIST_CLOUD;
    if (known == 1u << IPLIST_CLOUD) {
        json_out_str(out, STR("lists"));
        return;
    }
    for (unsigned i = 0; i < IPLIST_KINDS; i++) {
        char name[24];
        if (known >> i & 1) continue;
        int n = snprintf(name, sizeof name, "lists.%s", iplist_kind_name((enum iplist_kind)i));
        json_out_str(out, (struct str){ name, (size_t)n });
    }
}

static void put_list(struct json_out *out, const struct iplist_info *info, int64_t now_ms)
{
    json_out_open(out, '{');
    json_out_key(out, "kind"), json_out_str(out, str_of(iplist_kind_name(info->kind)));
    json_out_key(out, "name"), json_out_str(out, str_of(info->name));
    json_out_key(out, "entries"), json_out_int(out, (int64_t)(info->v4 + info->v6 + info->asn));
    if (info->loaded) {
        json_out_key(out, "ageSeconds");
        json_out_int(out, now_ms > info->data_ms ? (now_ms - info->data_ms) / 1000 : 0);
    }
    if (info->failed) json_out_key(out, "failed"), json_out_bool(out, true);
    json_out_close(out, '}');
}

static void put_lists(struct json_out *out, const struct iplist_set *set)
{
    int64_t now_ms = clock_wall_ms();
    json_out_key(out, "lists");
    json_out_open(out, '{');
    json_out_key(out, "bytes"), json_out_int(out, (int64_t)set->bytes);
    json_out_key(out, "loaded");
    json_out_open(out, '[');
    for (size_t i = 0; i < set->count; i++) put_list(out, &set->info[i], now_ms);
    json_out_close(out, ']');
    json_out_close(out, '}');
}

/* Not ready while the store refuses writes. `missing` names the data without which some verdicts
 * and facts stay unknown; `data` says how old the rest is. */
static struct str ready_text(struct app *app, struct arena *arena)
{
    struct iplists *lists = app->identify.lists;
    unsigned ticket = 0;
    struct geo_status geo;
    struct json_out out;
    int64_t now_s = clock_wall_ms() / 1000;
    geo_data_status(app->identify.geo, &geo);
    json_out_init(&out, arena);
    json_out_open(&out, '{');
    json_out_key(&out, "status"), json_out_str(&out, STR("ready"));
    json_out_key(&out, "missing");
    json_out_open(&out, '[');
    if (!geo.has_city) json_out_str(&out, STR("geo"));
    if (!geo.has_asn) json_out_str(&out, STR("asn"));
    const struct iplist_set *set = lists ? iplists_enter(lists, &ticket) : NULL;
    put_missing_lists(&out, set);
    json_out_close(&out, ']');
    json_out_key(&out, "data");
    json_out_open(&out, '{');
    if (geo.has_city) put_data(&out, "geo", geo.city_built_s, now_s);
    if (geo.has_asn) put_data(&out, "asn", geo.asn_built_s, now_s);
    if (set && set->count) put_lists(&out, set);
    if (lists) iplists_leave(lists, ticket);
    json_out_close(&out, '}');
    json_out_close(&out, '}');
    return json_out_text(&out);
}

void health_ready(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    (void)tail;
    if (store_is_sound(app->identify.store)) reply_json(&reply, 200, ready_text(app, req->arena));
    else
        reply_json(&reply, 503, STR("{\"status\":\"not ready\",\"reason\":\"the last write to disk "
                                    "failed; the store takes no events until one works\"}"));
}

void health_metrics(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    struct json_out out;
    (void)app, (void)tail;
    json_out_init(&out, req->arena);
    metrics_print(&out);
    reply_bytes(&reply, 200, "text/plain; version=0.0.4; charset=utf-8", json_out_text(&out));
}
