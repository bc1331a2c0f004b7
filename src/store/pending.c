/* pending - see pending.h.
 *
 * Two sharded tables of chains: visitors by id, newcomers by key. A shard's lock guards its chains; a
 * visitor's shard guards the visitor and its visits as well. Whoever needs two locks takes the
 * newcomer's first. The tables do not grow: what is in flight is bounded by the connections, some ten
 * thousand, and there are 4,096 chains. */
#include "store/pending.h"

#include "store/record.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SHARDS = 64, CHAINS = 64, RECENT = 8 };

/* For this long after its commit a newcomer is still joined by key. A twin request may have looked
 * for candidates just before the first was saved, and enter just after it was committed. */
enum { RECENT_MS = 100 };

struct flight;

struct visitor_entry {
    struct visitor_entry *next, *next_newcomer;
    uint32_t workspace;         /* as in `stored`, but never written again: read without the lock */
    struct visitor_id id;
    struct visitor stored;      /* profile in `profile`; meaningful when `exists` */
    bool exists;                /* in the engine */
    bool written;               /* into the batch that is being made */
    atomic_bool erased;         /* deleted; set under the lock, read without by newcomers */
    uint64_t epoch;
    uint64_t newcomer_key;      /* 0: nobody joins by key */
    uint64_t profile_order;     /* the visit whose profile is in `stored` */
    uint64_t order;             /* visits entered so far */
    uint32_t snapshot_number;   /* the highest one handed out */
    struct flight *flights;     /* newest first */
    char profile[VISITOR_PROFILE_BYTES_MAX];
};

struct flight {
    struct visit visit; /* first: a visit is a flight */
    struct visitor_entry *visitor;
    struct flight *next;
    int64_t now_ms;
    uint64_t order;
    bool staged;
    uint32_t snapshot, base, base_bytes; /* snapshot 0: none of its own */
    uint64_t snapshot_hash;
    struct str profile; /* behind the struct */
};

struct recent {
    uint64_t key, epoch;
    uint32_t workspace;
    struct visitor_id id;
    int64_t until_ms;
};

struct shard {
    pthread_mutex_t lock;
    void *chains[CHAINS];
    struct recent recent[RECENT]; /* newcomers only; overwritten in turn */
    size_t recent_at;
};

struct pending {
    struct engine *engine;
    struct shard visitors[SHARDS], newcomers[SHARDS];
};

static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t x = (a ^ b * 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;
    return x ^ x >> 29;
}

static struct shard *shard_of(struct shard *shards, uint64_t hash, void ***chain)
{
    struct shard *shard = &shards[hash % SHARDS];
    *chain = &shard->chains[hash / SHARDS % CHAINS];
    return shard;
}

static struct shard *visitor_shard(struct pending *p, uint32_t workspace, struct visitor_id id,
                                   void ***chain)
{
    return shard_of(p->visitors, mix(id.high ^ workspace, id.low), chain);
}

static struct shard *key_shard(struct shard *shards, uint32_t workspace, uint64_t key,
                               void ***chain)
{
    return shard_of(shards, mix(key, workspace), chain);
}

static struct shard *shard_of_entry(struct pending *p, const struct visitor_entry *v, void ***chain)
{
    return visitor_shard(p, v->workspace, v->id, chain);
}

/* ---- folding ------------------------------------------------------------------------------- */

struct sum {
    struct visitor visitor;
    bool exists;
    uint64_t profile_order;
};

static void add_flight(struct sum *sum, const struct flight *f)
{
    struct visitor *v = &sum->visitor;
    if (!sum->exists || f->now_ms < v->first_seen_ms) v->first_seen_ms = f->now_ms;
    if (!sum->exists || f->now_ms > v->last_seen_ms) v->last_seen_ms = f->now_ms;
    v->visits_count++;
    if (f->profile.p && f->order > sum->profile_order) {
        v->profile = f->profile;
        sum->profile_order = f->order;
    }
    if (f->snapshot > v->snapshot) {
        v->snapshot = f->snapshot;
        v->base = f->base;
        v->base_bytes = f->base_bytes;
        v->snapshot_hash = f->snapshot_hash;
    }
    sum->exists = true;
}

static struct sum stored_sum(const struct visitor_entry *v)
{
    return (struct sum){ v->stored, v->exists, v->profile_order };
}

static struct sum fold(const struct visitor_entry *v, bool staged_only)
{
    struct sum sum = stored_sum(v);
    for (const struct flight *f = v->flights; f; f = f->next)
        if (f->staged || !staged_only) add_flight(&sum, f);
    return sum;
}

/* ---- visitors in the table ----------------------------------------------------------------- */

static bool is_erased(const struct visitor_entry *v)
{
    return atomic_load_explicit(&v->erased, memory_order_relaxed);
}

static struct visitor_entry *find_entry(void **chain, uint32_t workspace, struct visitor_id id,
                                        uint64_t epoch)
{
    struct visitor_entry *v = *chain;
    while (v && !(v->workspace == workspace && visitor_id_eq(v->id, id) &&
                  v->epoch == epoch && !is_erased(v)))
        v = v->next;
    return v;
}

static struct visitor_entry *add_entry(void **chain, const struct claim *claim, uint64_t epoch)
{
    struct visitor_entry *v = calloc(1, sizeof *v);
    if (!v) return NULL;
    v->workspace = v->stored.workspace = claim->workspace;
    v->id = v->stored.id = claim->id;
    v->epoch = epoch;
    v->next = *chain;
    *chain = v;
    return v;
}

static void set_profile(struct visitor_entry *v, struct str profile)
{
    if (profile.n) memmove(v->profile, profile.p, profile.n);
    v->stored.profile = (struct str){ v->profile, profile.n };
}

static enum err load_entry(struct pending *p, struct visitor_entry *v)
{
    struct arena arena;
    struct key key;
    struct str record;
    arena_init(&arena, 64 * 1024);
    key_visitor(&key, v->workspace, v->id);
    enum err e = p->engine->get(p->engine, TABLE_VISITORS, key_str(&key), &arena, &record);
    if (!e) e = visitor_decode(&v->stored, record);
    if (!e) {
        v->exists = true;
        v->snapshot_number = v->stored.snapshot;
        set_profile(v, v->stored.profile);
    }
    arena_free(&arena);
    return e;
}

/* The caller holds the visitor's lock, and the newcomer's when there is a newcomer_key. */
static void drop_entry(struct pending *p, struct visitor_entry *v)
{
    void **chain;
    shard_of_entry(p, v, &chain);
    struct visitor_entry **link = (struct visitor_entry **)chain;
    while (*link != v) link = &(*link)->next;
    *link = v->next;
    if (v->newcomer_key) {
        key_shard(p->newcomers, v->workspace, v->newcomer_key, &chain);
        link = (struct visitor_entry **)chain;
        while (*link != v) link = &(*link)->next_newcomer;
        *link = v->next_newcomer;
    }
    free(v);
}

/* ---- entering ------------------------------------------------------------------------------ */

/* Adds a visit; the caller holds the visitor's lock. NULL without memory. */
static struct flight *add_visit(struct visitor_entry *v, const struct claim *claim)
{
    assert(claim->profile.n <= VISITOR_PROFILE_BYTES_MAX);
    struct flight *f = calloc(1, sizeof *f + claim->profile.n);
    if (!f) return NULL;
    if (!claim->imported) f->profile = (struct str){ (char *)(f + 1), claim->profile.n };
    if (claim->profile.n) memcpy(f + 1, claim->profile.p, claim->profile.n);
    f->visitor = v;
    f->now_ms = claim->now_ms;
    f->order = ++v->order;

    struct sum before = fold(v, false), after = before;
    add_flight(&after, f);
    f->visit.id = v->id;
    f->visit.found = before.exists;
    f->visit.last_seen_ms = before.exists ? before.visitor.last_seen_ms : 0;
    f->visit.first_seen_ms = after.visitor.first_seen_ms;
    f->visit.visits_count = after.visitor.visits_count;
    f->next = v->flights;
    v->flights = f;
    return f;
}

/* A visitor in flight, known or just joined: loads it unless it is here. Reading under the lock
 * keeps a record that is being committed from being read too early; the block is in the engine's
 * cache, because identify has just read the visitor. */
static enum err enter_known(struct pending *p, const struct claim *claim, uint64_t epoch,
                            struct visit **out)
{
    void **chain;
    struct flight *f = NULL;
    struct shard *shard = visitor_shard(p, claim->workspace, claim->id, &chain);
    pthread_mutex_lock(&shard->lock);
    struct visitor_entry *v = find_entry(chain, claim->workspace, claim->id, epoch);
    enum err e = ERR_OK;
    if (!v) {
        v = add_entry(chain, claim, epoch);
        e = v ? load_entry(p, v) : ERR_NO_MEMORY;
        if (e == ERR_NOT_FOUND && claim->imported) e = ERR_OK;
    }
    if (!e && !(f = add_visit(v, claim))) e = ERR_NO_MEMORY;
    if (e && v && !v->flights) drop_entry(p, v);
    pthread_mutex_unlock(&shard->lock);
    if (!e) *out = &f->visit;
    return e;
}

static enum err enter_newcomer(struct pending *p, const struct claim *claim, uint64_t epoch,
                               void **newcomers, struct visit **out)
{
    void **chain;
    struct shard *shard = visitor_shard(p, claim->workspace, claim->id, &chain);
    pthread_mutex_lock(&shard->lock);
    assert(!find_entry(chain, claim->workspace, claim->id, epoch)); /* fresh ids are fresh */
    struct visitor_entry *v = add_entry(chain, claim, epoch);
    struct flight *f = v ? add_visit(v, claim) : NULL;
    if (v && !f) drop_entry(p, v);
    if (f && newcomers) {
        v->newcomer_key = claim->newcomer_key;
        v->next_newcomer = *newcomers;
        *newcomers = v;
    }
    pthread_mutex_unlock(&shard->lock);
    if (!f) return ERR_NO_MEMORY;
    *out = &f->visit;
    return ERR_OK;
}

static struct visitor_entry *find_newcomer(void **chain, const struct claim *claim, uint64_t epoch)
{
    struct visitor_entry *v = *chain;
    while (v && !(v->newcomer_key == claim->newcomer_key && v->epoch == epoch && !is_erased(v) &&
                  v->workspace == claim->workspace))
        v = v->next_newcomer;
    return v;
}

static struct recent *find_recent(struct shard *shard, const struct claim *claim, uint64_t epoch,
                                  int64_t mono_ms)
{
    for (size_t i = 0; i < RECENT; i++) {
        struct recent *r = &shard->recent[i];
        if (r->key == claim->newcomer_key && r->workspace == claim->workspace &&
            r->epoch == epoch && r->until_ms > mono_ms)
            return r;
    }
    return NULL;
}

/* The newcomer's lock is held throughout, so that of two only one finds nobody. */
static enum err enter_by_key(struct pending *p, const struct claim *claim, uint64_t epoch,
                             int64_t mono_ms, struct visit **out)
{
    void **chain;
    enum err e = ERR_NOT_FOUND;
    struct shard *shard = key_shard(p->newcomers, claim->workspace, claim->newcomer_key, &chain);
    pthread_mutex_lock(&shard->lock);
    struct visitor_entry *v = find_newcomer(chain, claim, epoch);
    struct recent *recent = v ? NULL : find_recent(shard, claim, epoch, mono_ms);
    if (v || recent) {
        struct claim joined = *claim;
        joined.id = v ? v->id : recent->id;
        e = enter_known(p, &joined, epoch, out);
        if (!e) (*out)->joined = (*out)->found = true;
        /* Deleted since: or it would hide the one that comes in its place from a third. */
        if (e == ERR_NOT_FOUND && recent) recent->until_ms = 0;
    }
    if (e == ERR_NOT_FOUND) e = enter_newcomer(p, claim, epoch, chain, out);
    pthread_mutex_unlock(&shard->lock);
    return e;
}

enum err pending_enter(struct pending *p, const struct claim *claim, uint64_t epoch,
                       int64_t mono_ms, struct visit **out)
{
    if (!claim->newcomer) return enter_known(p, claim, epoch, out);
    if (claim->newcomer_key) return enter_by_key(p, claim, epoch, mono_ms, out);
    return enter_newcomer(p, claim, epoch, NULL, out);
}

/* ---- looking ------------------------------------------------------------------------------- */

bool pending_find(struct pending *p, uint32_t workspace, struct visitor_id id, uint64_t epoch,
                  struct arena *arena, struct visitor *out)
{
    void **chain;
    struct shard *shard = visitor_shard(p, workspace, id, &chain);
    pthread_mutex_lock(&shard->lock);
    struct visitor_entry *v = find_entry(chain, workspace, id, epoch);
    if (v) {
        *out = fold(v, false).visitor;
        out->profile = arena_copy(arena, out->profile);
    }
    pthread_mutex_unlock(&shard->lock);
    return v != NULL;
}

bool pending_has(struct pending *p, uint32_t workspace, struct visitor_id id)
{
    void **chain;
    bool found = false;
    struct shard *shard = visitor_shard(p, workspace, id, &chain);
    pthread_mutex_lock(&shard->lock);
    for (const struct visitor_entry *v = *chain; v && !found; v = v->next)
        found = v->workspace == workspace && visitor_id_eq(v->id, id);
    pthread_mutex_unlock(&shard->lock);
    return found;
}

/* ---- saving -------------------------------------------------------------------------------- */

static struct flight *flight_of(const struct visit *visit)
{
    return (struct flight *)visit;
}

uint32_t visit_workspace(const struct visit *visit)
{
    return flight_of(visit)->visitor->workspace;
}

uint64_t visit_epoch(const struct visit *visit)
{
    return flight_of(visit)->visitor->epoch;
}

static pthread_mutex_t *lock_visitor(struct pending *p, const struct visitor_entry *v)
{
    void **chain;
    struct shard *shard = shard_of_entry(p, v, &chain);
    pthread_mutex_lock(&shard->lock);
    return &shard->lock;
}

/* Decided by what is stored, not by what is in flight: an event must not refer to a snapshot
 * whose write may still fail. Two visits at once may so store the same content twice, under two
 * numbers. */
void pending_plan_snapshot(struct pending *p, struct visit *visit, uint64_t hash,
                           struct snapshot_plan *plan)
{
    struct visitor_entry *v = flight_of(visit)->visitor;
    pthread_mutex_t *lock = lock_visitor(p, v);
    const struct visitor *stored = &v->stored;
    bool same = stored->base && stored->snapshot_hash == hash;
    plan->needed = !same;
    plan->number = same ? stored->snapshot : ++v->snapshot_number;
    plan->base = stored->base;
    plan->base_bytes = stored->base_bytes;
    pthread_mutex_unlock(lock);
}

void pending_set_snapshot(struct pending *p, struct visit *visit, uint64_t hash,
                          uint32_t number, uint32_t base, uint32_t base_bytes)
{
    struct flight *f = flight_of(visit);
    pthread_mutex_t *lock = lock_visitor(p, f->visitor);
    f->snapshot = number;
    f->base = base;
    f->base_bytes = base_bytes;
    f->snapshot_hash = hash;
    pthread_mutex_unlock(lock);
}

/* ---- committing ---------------------------------------------------------------------------- */

bool pending_stage(struct pending *p, struct visit *visit)
{
    struct flight *f = flight_of(visit);
    pthread_mutex_t *lock = lock_visitor(p, f->visitor);
    f->staged = !is_erased(f->visitor);
    f->visitor->written = false;
    pthread_mutex_unlock(lock);
    return f->staged;
}

bool pending_write(struct pending *p, struct visit *visit, struct arena *arena,
                   struct batch *batch)
{
    struct visitor_entry *v = flight_of(visit)->visitor;
    struct str record = { NULL, 0 };
    pthread_mutex_t *lock = lock_visitor(p, v);
    bool due = !v->written;
    if (due) {
        v->written = true;
        struct sum sum = fold(v, true);
        record = visitor_encode(&sum.visitor, arena);
    }
    pthread_mutex_unlock(lock);
    if (!due) return true;
    struct key key;
    key_visitor(&key, v->workspace, v->id);
    return record.n && batch_put(batch, arena, TABLE_VISITORS, key_str(&key), record);
}

static void remember(struct shard *shard, const struct visitor_entry *v, int64_t mono_ms)
{
    shard->recent[shard->recent_at++ % RECENT] =
        (struct recent){ v->newcomer_key, v->epoch, v->workspace, v->id,
                         mono_ms + RECENT_MS };
}

static void take_over(struct visitor_entry *v, const struct flight *f)
{
    struct sum sum = stored_sum(v);
    add_flight(&sum, f);
    v->stored = sum.visitor;
    v->exists = true;
    v->profile_order = sum.profile_order;
    set_profile(v, sum.visitor.profile);
}

/* Takes the visit out, and the visitor with its last visit. */
static void end_visit(struct pending *p, struct flight *f, bool stored, int64_t mono_ms)
{
    struct visitor_entry *v = f->visitor;
    struct shard *newcomers = NULL, *shard;
    void **chain;
    if (v->newcomer_key) {
        newcomers = key_shard(p->newcomers, v->workspace, v->newcomer_key, &chain);
        pthread_mutex_lock(&newcomers->lock);
    }
    shard = shard_of_entry(p, v, &chain);
    pthread_mutex_lock(&shard->lock);
    struct flight **link = &v->flights;
    while (*link != f) link = &(*link)->next;
    *link = f->next;
    if (stored) take_over(v, f);
    if (!v->flights) {
        if (newcomers && v->exists && !is_erased(v)) remember(newcomers, v, mono_ms);
        drop_entry(p, v);
    }
    pthread_mutex_unlock(&shard->lock);
    if (newcomers) pthread_mutex_unlock(&newcomers->lock);
    free(f);
}

void pending_commit(struct pending *p, struct visit *visit, int64_t mono_ms)
{
    end_visit(p, flight_of(visit), true, mono_ms);
}

/* Those that were read just before the write too: reading happens under this lock. */
void pending_erase(struct pending *p, uint32_t workspace, struct visitor_id id)
{
    void **chain;
    struct shard *shard = visitor_shard(p, workspace, id, &chain);
    pthread_mutex_lock(&shard->lock);
    for (struct visitor_entry *v = *chain; v; v = v->next)
        if (v->workspace == workspace && visitor_id_eq(v->id, id)) atomic_store(&v->erased, true);
    pthread_mutex_unlock(&shard->lock);
}

void pending_leave(struct pending *p, struct visit *visit)
{
    end_visit(p, flight_of(visit), false, 0);
}

/* ---- making and freeing -------------------------------------------------------------------- */

static void each_shard(struct pending *p, void (*act)(struct shard *))
{
    for (size_t i = 0; i < SHARDS; i++) {
        act(&p->visitors[i]);
        act(&p->newcomers[i]);
    }
}

static void init_shard(struct shard *shard)
{
    pthread_mutex_init(&shard->lock, NULL);
}

static void free_shard(struct shard *shard)
{
    pthread_mutex_destroy(&shard->lock);
}

struct pending *pending_create(struct engine *engine)
{
    struct pending *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->engine = engine;
    each_shard(p, init_shard);
    return p;
}

void pending_destroy(struct pending *p)
{
    for (size_t i = 0; i < SHARDS * CHAINS; i++) {
        struct visitor_entry *v = p->visitors[i / CHAINS].chains[i % CHAINS], *next;
        for (; v; v = next) {
            next = v->next;
            for (struct flight *f = v->flights, *after; f; f = after) {
                after = f->next;
                free(f);
            }
            free(v);
        }
    }
    each_shard(p, free_shard);
    free(p);
}
