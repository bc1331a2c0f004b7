/* retention - see retention.h. */
#include "store/retention.h"

#include "base/clock.h"
#include "store/age.h"
#include "store/store_parts.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { RULE_NAME_BYTES = 48 };

struct retention {
    _Atomic(struct rules *) rules;
    _Atomic int64_t told_ms; /* 0: the machine's clock */
};

static struct rules *new_rules(const struct rule *list, size_t count, struct rules *older)
{
    struct rules *rules = malloc(sizeof *rules + count * sizeof rules->list[0]);
    if (!rules) return NULL;
    rules->older = older;
    rules->count = count;
    if (count) memcpy(rules->list, list, count * sizeof *list);
    return rules;
}

struct retention *retention_create(void)
{
    struct retention *r = calloc(1, sizeof *r);
    struct rules *none = new_rules(NULL, 0, NULL);
    if (!r || !none) {
        free(r);
        free(none);
        return NULL;
    }
    atomic_init(&r->rules, none);
    atomic_init(&r->told_ms, 0);
    return r;
}

void retention_destroy(struct retention *r)
{
    for (struct rules *rules = atomic_load(&r->rules), *older; rules; rules = older) {
        older = rules->older;
        free(rules);
    }
    free(r);
}

enum err rule_read(struct rule *out, struct str name, struct str value)
{
    struct str part[3] = { { 0 } };
    uint64_t workspace, environment, days;
    for (size_t i = 0; i < COUNT_OF(part); i++) str_split(&name, '/', &part[i]);
    if (!str_to_u64(part[1], &workspace) || !str_to_u64(part[2], &environment) || !str_to_u64(value, &days) ||
        workspace > UINT32_MAX || environment > UINT32_MAX || days > RETENTION_DAYS_MAX)
        return ERR_CORRUPT;
    *out = (struct rule){ (uint32_t)workspace, (uint32_t)environment, (uint32_t)days };
    return ERR_OK;
}

enum err retention_replace(struct retention *r, const struct rule *list, size_t count)
{
    struct rules *rules = new_rules(list, count, atomic_load(&r->rules));
    if (!rules) return ERR_NO_MEMORY;
    atomic_store_explicit(&r->rules, rules, memory_order_release);
    return ERR_OK;
}

const struct rules *retention_rules(const struct retention *r)
{
    return atomic_load_explicit(&r->rules, memory_order_acquire);
}

bool retention_is_told(const struct retention *r)
{
    return atomic_load_explicit(&r->told_ms, memory_order_relaxed) != 0;
}

int64_t retention_now_ms(const struct retention *r)
{
    int64_t told_ms = atomic_load_explicit(&r->told_ms, memory_order_relaxed);
    return told_ms ? told_ms : clock_wall_ms();
}

void retention_set_time(struct retention *r, int64_t now_ms)
{
    atomic_store_explicit(&r->told_ms, now_ms, memory_order_relaxed);
}

static const struct rule *find_rule(const struct rules *rules, uint32_t workspace, uint32_t environment)
{
    for (size_t i = 0; i < rules->count; i++)
        if (rules->list[i].workspace == workspace && rules->list[i].environment == environment)
            return &rules->list[i];
    return NULL;
}

static int64_t cutoff_of(const struct rule *rule, int64_t now_ms)
{
    return rule && rule->days ? now_ms - rule->days * DAY_MS : INT64_MIN;
}

int64_t retention_cutoff_ms(const struct rules *rules, uint32_t workspace, uint32_t environment, int64_t now_ms)
{
    const struct rule *rule = find_rule(rules, workspace, environment);
    if (!rule && environment != RETENTION_VISITORS) rule = find_rule(rules, workspace, 0);
    return cutoff_of(rule, now_ms);
}

bool retention_hides(const struct retention *r, const struct event *ev)
{
    const struct rules *rules = retention_rules(r);
    if (rules->count == 0) return false;
    uint32_t environment = event_has(ev, EVENT_environment) ? (uint32_t)ev->environment : 0;
    int64_t cutoff_ms =
        retention_cutoff_ms(rules, (uint32_t)ev->workspace, environment, retention_now_ms(r));
    return ev->id.time_ms < cutoff_ms;
}

int64_t retention_horizon_ms(const struct retention *r, uint32_t workspace)
{
    const struct rules *rules = retention_rules(r);
    int64_t now_ms = retention_now_ms(r), horizon_ms = cutoff_of(find_rule(rules, workspace, 0), now_ms);
    for (size_t i = 0; i < rules->count && horizon_ms != INT64_MIN; i++) {
        const struct rule *rule = &rules->list[i];
        if (rule->workspace != workspace || rule->environment == RETENTION_VISITORS) continue;
        int64_t cutoff_ms = cutoff_of(rule, now_ms);
        if (cutoff_ms < horizon_ms) horizon_ms = cutoff_ms;
    }
    return horizon_ms;
}

/* ---- of a store ---------------------------------------------------------------------------- */

struct reading {
    struct rule *list; /* malloc'd */
    size_t count, room;
    enum err e;
};

static void collect(void *context, struct str name, struct str value)
{
    struct reading *r = context;
    if (r->e) return;
    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 16;
        struct rule *list = realloc(r->list, room * sizeof *list);
        if (!list) r->e = ERR_NO_MEMORY;
        if (!list) return;
        r->list = list;
        r->room = room;
    }
    r->e = rule_read(&r->list[r->count], name, value);
    if (!r->e) r->count++;
}

enum err retention_load(struct store *st)
{
    struct reading r = { .e = ERR_OK };
    enum err e = store_each_value(st, STR("retention/"), collect, &r);
    if (!e) e = r.e;
    if (!e) e = retention_replace(st->retention, r.list, r.count);
    free(r.list);
    return e;
}

static struct str rule_name(char text[RULE_NAME_BYTES], uint32_t workspace, uint32_t environment)
{
    int n = snprintf(text, RULE_NAME_BYTES, "retention/%u/%u", workspace, environment);
    return (struct str){ text, (size_t)n };
}

enum err store_set_retention(struct store *st, uint32_t workspace, uint32_t environment, int days)
{
    char name[RULE_NAME_BYTES], value[16];
    assert(days >= RETENTION_UNSET && days <= RETENTION_DAYS_MAX);
    struct str text = { value, (size_t)snprintf(value, sizeof value, "%d", days) };
    enum err e = days == RETENTION_UNSET ? store_unset_value(st, rule_name(name, workspace, environment))
                                         : store_set_value(st, rule_name(name, workspace, environment), text);
    if (!e) e = retention_load(st);
    if (!e) ager_wake(st->ager);
    return e;
}

int store_find_retention(struct store *st, uint32_t workspace, uint32_t environment)
{
    const struct rule *rule = find_rule(retention_rules(st->retention), workspace, environment);
    return rule ? (int)rule->days : RETENTION_UNSET;
}

void store_set_time(struct store *st, int64_t now_ms)
{
    retention_set_time(st->retention, now_ms);
    ager_tell(st->ager, now_ms);
}

void store_on_aged(struct store *st, void (*aged)(void *context, uint32_t workspace, struct visitor_id id),
                   void *context)
{
    ager_on_aged(st->ager, aged, context);
}

enum err store_finish_ageing(struct store *st)
{
    enum err e = ager_finish(st->ager);
    return e ? e : store_finish_deletions(st); /* of visitors whose time is over */
}
