/* rarity - see rarity.h. A hash table from combination to the number of its visitors, and for each workspace how
 * many visitors have a combination of exactly n: the share of more common devices is a sum over those. */
#include "identify/recent/rarity.h"

#include "base/keyed.h"

#include <pthread.h>
#include <stdlib.h>

/* Combinations of more visitors than this are common whatever the rest is. */
enum { EXACT_MAX = 4096, WORKSPACES_MAX = 1024 };

const char *const rarity_bucket_names[RARITY_BUCKETS] = { NULL, "<p95", "p95-p99", "p99-p99.5", "p99.5-p99.9",
                                                          "p99.9+", "not_seen" };

struct combination {
    uint64_t key;
    uint32_t visitors;
};

struct crowd {
    uint32_t workspace;
    uint64_t visitors;
    uint64_t with[EXACT_MAX + 1]; /* visitors whose combination has exactly so many */
};

struct rarity {
    pthread_mutex_t lock;
    struct keyed combinations; /* struct combination */
    struct crowd *crowds[WORKSPACES_MAX];
    size_t crowds_count;
};

static const enum trait parts[] = { TRAIT_model, TRAIT_gpu, TRAIT_cpu, TRAIT_touch, TRAIT_screen };

/* 0 when too little is known. */
static uint64_t key_of(uint32_t workspace, uint32_t family, const uint32_t value[COUNT_OF(parts)])
{
    uint64_t key = key_mix(key_mix(1, workspace), family);
    unsigned known = 0;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        key = key_mix(key, value[i]);
        known += value[i] != 0;
    }
    return known >= 2 ? key | 1 : 0;
}

static struct crowd *crowd_of(struct rarity *r, uint32_t workspace)
{
    for (size_t i = 0; i < r->crowds_count; i++)
        if (r->crowds[i]->workspace == workspace) return r->crowds[i];
    if (r->crowds_count == WORKSPACES_MAX) return NULL;
    struct crowd *crowd = calloc(1, sizeof *crowd);
    if (!crowd) return NULL;
    crowd->workspace = workspace;
    return r->crowds[r->crowds_count++] = crowd;
}

static void count_visitor(struct rarity *r, struct crowd *crowd, uint64_t key)
{
    struct combination *c = keyed_need(&r->combinations, key);
    if (!c) return;
    uint32_t before = c->visitors;
    c->visitors++;
    crowd->visitors++;
    if (before && before <= EXACT_MAX) crowd->with[before] -= before;
    if (before < EXACT_MAX) crowd->with[before + 1] += before + 1;
}

/* p: the share of visitors with a more common combination. */
static enum rarity_bucket bucket_of(const struct crowd *crowd, uint32_t visitors)
{
    static const struct { double below; enum rarity_bucket bucket; } rows[] = {
        { 0.95, RARITY_COMMON }, { 0.99, RARITY_P95 }, { 0.995, RARITY_P99 }, { 0.999, RARITY_P99_5 },
    };
    uint64_t not_more = 0;
    if (visitors == 0) return RARITY_NOT_SEEN;
    if (visitors > EXACT_MAX) return RARITY_COMMON;
    for (uint32_t n = 1; n <= visitors; n++) {
        not_more += crowd->with[n];
        if (not_more * 20 > crowd->visitors) return RARITY_COMMON; /* no need to add up the rest */
    }
    double p = 1 - (double)not_more / (double)crowd->visitors;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (p < rows[i].below) return rows[i].bucket;
    return RARITY_P99_9;
}

enum rarity_bucket rarity_note(struct rarity *r, uint32_t workspace, const struct look *look, bool newcomer)
{
    uint32_t value[COUNT_OF(parts)];
    enum rarity_bucket bucket = RARITY_UNKNOWN;
    for (size_t i = 0; i < COUNT_OF(parts); i++) value[i] = look->value[parts[i]];
    uint64_t key = key_of(workspace, look->family, value);
    if (!key) return bucket;
    pthread_mutex_lock(&r->lock);
    struct crowd *crowd = crowd_of(r, workspace);
    if (crowd) {
        const struct combination *c = keyed_find(&r->combinations, key);
        if (crowd->visitors >= RARITY_VISITORS_MIN) bucket = bucket_of(crowd, c ? c->visitors : 0);
        if (newcomer) count_visitor(r, crowd, key);
    }
    pthread_mutex_unlock(&r->lock);
    return bucket;
}

static void count_known(void *context, uint32_t workspace, const struct profile *profile)
{
    struct rarity *r = context;
    uint32_t value[COUNT_OF(parts)];
    for (size_t i = 0; i < COUNT_OF(parts); i++) value[i] = profile->slot[profile_slot_of[parts[i]]];
    uint64_t key = key_of(workspace, profile->family, value);
    struct crowd *crowd = key ? crowd_of(r, workspace) : NULL;
    if (crowd) count_visitor(r, crowd, key);
}

enum err rarity_open(struct rarity **out, struct linkage *linkage)
{
    struct rarity *r = calloc(1, sizeof *r);
    if (!r) return ERR_NO_MEMORY;
    pthread_mutex_init(&r->lock, NULL);
    r->combinations.row_bytes = sizeof(struct combination);
    linkage_each(linkage, count_known, r);
    *out = r;
    return ERR_OK;
}

void rarity_close(struct rarity *r)
{
    if (!r) return;
    for (size_t i = 0; i < r->crowds_count; i++) free(r->crowds[i]);
    keyed_free(&r->combinations);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
