/* limits - see limits.h. */
#include "api/limits.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum what { KEY_RATE, DELETIONS_HOUR, DELETIONS_DAY, MONTH };

/* One number for each thing that is limited. Never freed before the end: there are as many as keys and
 * workspaces, times months. */
struct counter {
    struct counter *next;
    enum what what;
    uint32_t id;    /* of the key or the workspace */
    uint32_t month; /* 202611; 0 for rates */
    int64_t value;  /* rates: when the bucket is full, monotonic microseconds; months: the count; deletions:
                     * the window and its count */
    bool changed;   /* since it was written */
};

enum { BUCKETS = 256, WINDOW_COUNT_BITS = 16, WINDOW_COUNT_MASK = 0xffff };

struct limits {
    pthread_mutex_t lock;
    struct store *store;
    struct counter *table[BUCKETS];
};

/* Under the lock. NULL without memory. */
static struct counter *counter_of(struct limits *limits, enum what what, uint32_t id, uint32_t month)
{
    const uint32_t name[3] = { (uint32_t)what, id, month };
    uint64_t hash = str_hash((struct str){ (const char *)name, sizeof name }, 0);
    struct counter **at = &limits->table[hash % BUCKETS];
    for (; *at; at = &(*at)->next)
        if ((*at)->what == what && (*at)->id == id && (*at)->month == month) return *at;
    *at = calloc(1, sizeof **at);
    if (*at) (*at)->what = what, (*at)->id = id, (*at)->month = month;
    return *at;
}

/* 0 when one may be taken now, and then it is taken; else how many microseconds to wait. */
static int64_t take(struct counter *bucket, int64_t each_us, int64_t burst, int64_t now_us)
{
    int64_t full_us = bucket->value > now_us ? bucket->value : now_us;
    int64_t wait_us = full_us - now_us - (burst - 1) * each_us;
    if (wait_us > 0) return wait_us;
    bucket->value = full_us + each_us;
    return 0;
}

bool limits_take(struct limits *limits, uint32_t key, uint32_t rate, int64_t mono_us)
{
    if (rate == 0) return true;
    pthread_mutex_lock(&limits->lock);
    struct counter *bucket = counter_of(limits, KEY_RATE, key, 0);
    int64_t wait_us =
        bucket ? take(bucket, 1000000 / rate, (int64_t)rate * RATE_BURST_SECONDS, mono_us) : 1;
    pthread_mutex_unlock(&limits->lock);
    return wait_us == 0;
}

/* A window's number stands above the count in it. 0 when there is room, else microseconds to the next window. */
static int64_t room_in(const struct counter *window, int64_t width_us, int64_t max, int64_t now_us)
{
    int64_t number = now_us / width_us;
    bool full = window->value >> WINDOW_COUNT_BITS == number && (window->value & WINDOW_COUNT_MASK) >= max;
    return full ? (number + 1) * width_us - now_us : 0;
}

static void count_in(struct counter *window, int64_t width_us, int64_t now_us)
{
    int64_t number = now_us / width_us;
    if (window->value >> WINDOW_COUNT_BITS != number) window->value = number << WINDOW_COUNT_BITS;
    window->value++;
}

bool limits_take_deletion(struct limits *limits, uint32_t workspace, int64_t mono_us, int64_t *wait_s)
{
    const int64_t hour_us = (int64_t)3600 * 1000000, day_us = 24 * hour_us;
    int64_t wait_us = hour_us;
    pthread_mutex_lock(&limits->lock);
    struct counter *hour = counter_of(limits, DELETIONS_HOUR, workspace, 0);
    struct counter *day = counter_of(limits, DELETIONS_DAY, workspace, 0);
    if (hour && day) {
        wait_us = room_in(day, day_us, DELETIONS_DAY_MAX, mono_us);
        if (!wait_us) wait_us = room_in(hour, hour_us, DELETIONS_HOUR_MAX, mono_us);
        if (!wait_us) count_in(hour, hour_us, mono_us), count_in(day, day_us, mono_us);
    }
    pthread_mutex_unlock(&limits->lock);
    *wait_s = (wait_us + 999999) / 1000000;
    return wait_us == 0;
}

/* 202611, and the seconds until the next one. */
static uint32_t month_of(int64_t now_ms, int64_t *left_s)
{
    time_t now_s = (time_t)(now_ms / 1000);
    struct tm tm;
    gmtime_r(&now_s, &tm);
    uint32_t month = (uint32_t)(tm.tm_year + 1900) * 100 + (uint32_t)tm.tm_mon + 1;
    tm = (struct tm){ .tm_year = tm.tm_year, .tm_mon = tm.tm_mon + 1, .tm_mday = 1 };
    *left_s = (int64_t)(timegm(&tm) - now_s);
    return month;
}

bool limits_count(struct limits *limits, uint32_t workspace, uint64_t quota, int64_t now_ms, uint64_t *usage,
                  int64_t *wait_s)
{
    uint32_t month = month_of(now_ms, wait_s);
    bool fits = false;
    *usage = quota + 1;
    pthread_mutex_lock(&limits->lock);
    struct counter *count = counter_of(limits, MONTH, workspace, month);
    if (count) {
        *usage = (uint64_t)count->value + 1;
        fits = quota == 0 || *usage <= quota;
        if (fits) count->value++, count->changed = true;
    }
    pthread_mutex_unlock(&limits->lock);
    return fits;
}

uint32_t limits_usage(struct limits *limits, uint32_t workspace, int64_t now_ms, uint64_t *usage, int64_t *left_s)
{
    uint32_t month = month_of(now_ms, left_s);
    pthread_mutex_lock(&limits->lock);
    const struct counter *count = counter_of(limits, MONTH, workspace, month);
    *usage = count ? (uint64_t)count->value : 0;
    pthread_mutex_unlock(&limits->lock);
    return month;
}

void limits_return(struct limits *limits, uint32_t workspace, int64_t now_ms)
{
    int64_t left_s;
    uint32_t month = month_of(now_ms, &left_s);
    pthread_mutex_lock(&limits->lock);
    struct counter *count = counter_of(limits, MONTH, workspace, month);
    if (count && count->value > 0) count->value--, count->changed = true;
    pthread_mutex_unlock(&limits->lock);
}

/* ---- the store: "usage/<workspace>/<month>" = the count ---- */

static void read_one(void *context, struct str name, struct str value)
{
    struct limits *limits = context;
    struct str rest = name, part[3] = { { 0 } };
    uint64_t number[3];
    for (size_t i = 0; i < 3; i++) str_split(&rest, '/', &part[i]);
    if (!str_to_u64(part[1], &number[0]) || !str_to_u64(part[2], &number[1]) || !str_to_u64(value, &number[2]))
        return;
    struct counter *count = counter_of(limits, MONTH, (uint32_t)number[0], (uint32_t)number[1]);
    if (count) count->value = (int64_t)number[2];
}

enum err limits_create(struct limits **out, struct store *st)
{
    struct limits *limits = calloc(1, sizeof *limits);
    if (!limits) return ERR_NO_MEMORY;
    limits->store = st;
    pthread_mutex_init(&limits->lock, NULL);
    enum err e = store_each_value(st, STR("usage/"), read_one, limits);
    if (e) limits_destroy(limits);
    else *out = limits;
    return e;
}

void limits_destroy(struct limits *limits)
{
    if (!limits) return;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct counter *c = limits->table[i], *next; c; c = next) {
            next = c->next;
            free(c);
        }
    pthread_mutex_destroy(&limits->lock);
    free(limits);
}

/* One that changed, its value as it is now. */
static bool next_changed(struct limits *limits, struct counter *out)
{
    bool found = false;
    pthread_mutex_lock(&limits->lock);
    for (size_t i = 0; i < BUCKETS && !found; i++)
        for (struct counter *c = limits->table[i]; c && !found; c = c->next) {
            found = c->changed;
            if (found) *out = *c, c->changed = false;
        }
    pthread_mutex_unlock(&limits->lock);
    return found;
}

enum err limits_save(struct limits *limits)
{
    struct counter c;
    enum err e = ERR_OK;
    while (!e && next_changed(limits, &c)) {
        char name[64], value[32];
        size_t name_n = (size_t)snprintf(name, sizeof name, "usage/%u/%u", c.id, c.month);
        size_t value_n = (size_t)snprintf(value, sizeof value, "%lld", (long long)c.value);
        e = store_set_value(limits->store, (struct str){ name, name_n }, (struct str){ value, value_n });
        if (!e) continue;
        pthread_mutex_lock(&limits->lock);
        struct counter *again = counter_of(limits, c.what, c.id, c.month);
        if (again) again->changed = true;
        pthread_mutex_unlock(&limits->lock);
    }
    return e;
}
