/* age - see age.h. What is done with one visitor is in age_visitor.c. */
#include "store/age.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/rounds.h"
#include "store/age_visitor.h"
#include "store/chunk.h"
#include "store/store_parts.h"

#include <stdlib.h>
#include <time.h>

enum {
    SLICE = 2048,       /* events of a slice: half a block of facets */
    SCANNED_MAX = 65536, /* records behind one iterator, so that it does not hold old files for long */
    PAUSE_MS = 20,      /* between slices: identifications go first */
    SWEEP_MS = 3600 * 1000,
    RETRY_MS = 5000,
    PROGRESS_EVENTS = 200 * 1000, /* a line in the log for so many */
    ARENA_BYTES = 16 << 20,
};

#define CLOCK_AHEAD_MAX_MS (366 * DAY_MS)

struct ager {
    struct store *st;
    struct rounds rounds;
    _Atomic int64_t swept_at_ms; /* told time of the last sweep */
    _Atomic int64_t late_ms;     /* an event older than what was swept came: INT64_MAX when none did */
    void (*aged)(void *context, uint32_t workspace, struct visitor_id id);
    void *aged_context;
    /* of the thread */
    struct arena arena;
    const struct rules *rules;
    int64_t *swept_ms;           /* for each rule: events before this are done */
    int64_t visitors_mono_ms, purged_mono_ms; /* when it was done last; 0: not since the start */
    int64_t visitors_told_ms;
    bool unpurged;
    bool any;                    /* first and last say which events were erased; else it may be any */
    struct event_id first_event, last_event;
    uint64_t events, snapshots, visitors; /* of the sweep */
};

/* ---- 1. events ----------------------------------------------------------------------------- */

struct aged_event {
    struct event_id id;
    uint32_t workspace;
    bool has_visitor;
    struct visitor_id visitor;
};

struct slice {
    struct ager *a;
    int64_t end_ms;
    struct event_id next; /* where to go on */
    size_t count, scanned;
    bool more, end;
    struct aged_event list[SLICE];
};

/* Events of a visitor that is being deleted are the eraser's, which needs the index of visits for it. */
static bool gather_event(void *context, struct str key, struct str value)
{
    struct slice *s = context;
    struct event ev;
    struct event_id id;
    if (key_event_read(key, &id)) return true;
    if (id.time_ms >= s->end_ms) return false;
    if (s->count == SLICE || ++s->scanned == SCANNED_MAX) {
        s->next = id;
        s->more = true;
        return false;
    }
    if (event_decode(&ev, id, value) || !event_has(&ev, EVENT_workspace)) return true; /* damaged: nobody's */
    if (!retention_hides(s->a->st->retention, &ev)) return true;
    struct aged_event g = { .id = id, .workspace = (uint32_t)ev.workspace,
                            .has_visitor = event_has(&ev, EVENT_visitor) };
    if (g.has_visitor) g.visitor = ev.visitor;
    if (g.has_visitor && eraser_hides(s->a->st->eraser, g.workspace, g.visitor)) return true;
    s->list[s->count++] = g;
    return true;
}

static enum err gather(struct slice *s)
{
    struct engine *engine = s->a->st->engine;
    struct key from;
    key_event(&from, s->next);
    struct range range = { .from = key_str(&from), .bulk = true };
    s->count = s->scanned = 0;
    s->more = false;
    enum err e = engine->scan(engine, TABLE_EVENTS, &range, gather_event, s);
    s->end = !s->more;
    return e;
}

/* Says that there is something to purge; and when this has returned, what was stored before is in the tail, too. */
static enum err note_unpurged(struct ager *a)
{
    struct batch batch = { 0 };
    struct key key;
    arena_reset(&a->arena);
    key_value(&key, VALUE_AGED, STR(""));
    struct str when = time_encode(clock_wall_ms(), &a->arena);
    a->unpurged = true;
    if (!when.n || !batch_put(&batch, &a->arena, TABLE_VALUES, key_str(&key), when)) return ERR_NO_MEMORY;
    return commit_write(a->st->commit, &batch);
}

static enum err erase_from_search(struct ager *a, const struct slice *s)
{
    arena_reset(&a->arena);
    struct event_id *ids = ARENA_ARRAY(&a->arena, struct event_id, s->count);
    if (!ids) return ERR_NO_MEMORY;
    for (size_t i = 0; i < s->count; i++) ids[i] = s->list[i].id;
    enum err e = facets_seal(a->st->facets);
    return e ? e : facets_remove(a->st->facets, ids, s->count, NULL, NULL);
}

static enum err erase_some(struct ager *a, const struct aged_event *list, size_t count)
{
    struct batch batch = { 0 };
    bool fits = true;
    arena_reset(&a->arena);
    for (size_t i = 0; i < count && fits; i++) {
        const struct aged_event *g = &list[i];
        struct key event, visit, mark;
        key_event(&event, g->id);
        fits = batch_erase(&batch, &a->arena, TABLE_EVENTS, key_str(&event));
        if (!g->has_visitor || !fits) continue;
        key_visit(&visit, g->workspace, g->visitor, g->id);
        key_mark(&mark, VALUE_AGED, g->workspace, g->visitor);
        fits = batch_erase(&batch, &a->arena, TABLE_VISITS, key_str(&visit)) &&
               batch_put(&batch, &a->arena, TABLE_VALUES, key_str(&mark), (struct str){ NULL, 0 });
    }
    return fits ? commit_write(a->st->commit, &batch) : ERR_NO_MEMORY;
}

static void note_range(struct ager *a, const struct slice *s)
{
    struct event_id first = s->list[0].id, last = s->list[s->count - 1].id;
    if (!a->any || event_id_order(first, a->first_event) < 0) a->first_event = first;
    if (!a->any || event_id_order(last, a->last_event) > 0) a->last_event = last;
    a->any = true;
}

static enum err erase_slice(struct ager *a, const struct slice *s)
{
    enum err e = note_unpurged(a);
    if (!e) e = erase_from_search(a, s);
    for (size_t at = 0; at < s->count && !e; at += CHUNK) {
        size_t n = s->count - at < CHUNK ? s->count - at : CHUNK;
        if (rounds_stopping(&a->rounds)) return ERR_UNAVAILABLE;
        e = erase_some(a, s->list + at, n);
        if (e) return e;
        uint64_t before = a->events;
        a->events += n;
        metric_add(METRIC_events_aged_total, (int64_t)n);
        if (before / PROGRESS_EVENTS != a->events / PROGRESS_EVENTS)
            log_info("retention", "%llu events erased so far", (unsigned long long)a->events);
    }
    if (!e) note_range(a, s);
    return e;
}

/* From one time to another. */
static enum err sweep_events(struct ager *a, int64_t from_ms, int64_t end_ms)
{
    struct slice *s = calloc(1, sizeof *s);
    enum err e = s ? ERR_OK : ERR_NO_MEMORY;
    if (s) *s = (struct slice){ .a = a, .end_ms = end_ms, .next = { from_ms > 0 ? from_ms : 0, 0 } };
    while (!e && !s->end) {
        if (rounds_stopping(&a->rounds)) e = ERR_UNAVAILABLE;
        if (!e) e = gather(s);
        if (!e && s->count) {
            e = erase_slice(a, s);
            nanosleep(&(struct timespec){ .tv_nsec = PAUSE_MS * 1000 * 1000 }, NULL);
        }
    }
    free(s);
    return e;
}

/* Each rule has a window that has grown too old since the last time. */
static enum err sweep_rules(struct ager *a, int64_t now_ms)
{
    int64_t late_ms = atomic_exchange(&a->late_ms, INT64_MAX);
    enum err e = late_ms == INT64_MAX ? ERR_OK : note_unpurged(a); /* it was handed over before: now it is stored */
    for (size_t i = 0; i < a->rules->count && !e; i++) {
        const struct rule *rule = &a->rules->list[i];
        if (rule->environment == RETENTION_VISITORS || rule->days == 0) continue;
        int64_t end_ms = now_ms - rule->days * DAY_MS;
        int64_t from_ms = late_ms < a->swept_ms[i] ? late_ms : a->swept_ms[i];
        if (from_ms < end_ms) e = sweep_events(a, from_ms, end_ms);
        if (!e) a->swept_ms[i] = end_ms;
    }
    if (e) ager_note(a, late_ms);
    return e;
}

/* ---- 2. and 3. visitors -------------------------------------------------------------------- */

static enum err sweep_visitors(struct ager *a, int64_t now_ms)
{
    struct age_visitors work = { .st = a->st, .rounds = &a->rounds, .arena = &a->arena, .now_ms = now_ms,
                                 .rules = a->rules, .aged = a->aged, .aged_context = a->aged_context };
    int64_t mono_ms = clock_mono_ms();
    bool day = !a->visitors_mono_ms || rounds_hurried(&a->rounds) || mono_ms - a->visitors_mono_ms >= DAY_MS ||
               now_ms - a->visitors_told_ms >= DAY_MS;
    enum err e = age_payloads(&work);
    if (!e && day) {
        e = age_identities(&work);
        if (!e) a->visitors_mono_ms = mono_ms, a->visitors_told_ms = now_ms;
    }
    a->snapshots += work.snapshots;
    a->visitors += work.visitors;
    if (work.snapshots) a->unpurged = true;
    return e;
}

/* ---- 4. purging ---------------------------------------------------------------------------- */

static enum err purge_all(struct ager *a)
{
    struct engine *engine = a->st->engine;
    struct key first = { .n = 0 }, last;
    if (a->any) key_event(&first, a->first_event);
    key_event(&last, a->any ? a->last_event : EVENT_ID_LAST);
    enum err e = engine->flush(engine);
    if (!e) e = engine->purge(engine, TABLE_EVENTS, key_str(&first), key_str(&last));
    for (enum table t = 0; t < TABLE_COUNT && !e; t++) {
        if (rounds_stopping(&a->rounds)) return ERR_UNAVAILABLE;
        if (t != TABLE_EVENTS) e = purge_table(engine, t);
    }
    return e;
}

static enum err purge(struct ager *a)
{
    int64_t mono_ms = clock_mono_ms();
    struct batch batch = { 0 };
    struct key key;
    if (!a->unpurged) return ERR_OK;
    if (a->purged_mono_ms && !rounds_hurried(&a->rounds) && mono_ms - a->purged_mono_ms < DAY_MS) return ERR_OK;
    enum err e = purge_all(a);
    if (e) return e;
    arena_reset(&a->arena);
    key_value(&key, VALUE_AGED, STR(""));
    if (!batch_erase(&batch, &a->arena, TABLE_VALUES, key_str(&key))) return ERR_NO_MEMORY;
    e = commit_write(a->st->commit, &batch);
    if (e) return e;
    a->unpurged = a->any = false;
    a->purged_mono_ms = mono_ms;
    log_info("retention", "what was erased is off the disk, after %lld ms", (long long)(clock_mono_ms() - mono_ms));
    return ERR_OK;
}

/* ---- a round ------------------------------------------------------------------------------- */

static enum err take_rules(struct ager *a)
{
    const struct rules *rules = retention_rules(a->st->retention);
    if (rules == a->rules) return ERR_OK;
    int64_t *swept_ms = calloc(rules->count + 1, sizeof *swept_ms);
    if (!swept_ms) return ERR_NO_MEMORY;
    free(a->swept_ms);
    a->swept_ms = swept_ms;
    a->rules = rules;
    a->visitors_mono_ms = a->purged_mono_ms = 0; /* whoever changes rules waits for what comes of it */
    return ERR_OK;
}

static bool clock_is_credible(struct ager *a, int64_t now_ms)
{
    int64_t latest_ms = store_latest_event_ms(a->st);
    if (!latest_ms || retention_is_told(a->st->retention) || now_ms - latest_ms < CLOCK_AHEAD_MAX_MS) return true;
    log_warn("retention", "the latest event is more than a year old: nothing is erased before a new one has come, "
                          "in case the machine's clock is wrong");
    return false;
}

static enum err sweep(struct ager *a)
{
    int64_t now_ms = retention_now_ms(a->st->retention), start_ms = clock_mono_ms();
    if (!commit_is_sound(a->st->commit)) return ERR_UNAVAILABLE;
    a->events = a->snapshots = a->visitors = 0;
    atomic_store(&a->swept_at_ms, now_ms);
    enum err e = take_rules(a);
    if (!e && a->rules->count && clock_is_credible(a, now_ms)) e = sweep_rules(a, now_ms);
    if (!e && a->rules->count) e = sweep_visitors(a, now_ms);
    if (a->events || a->visitors || a->snapshots)
        log_info("retention", "erased %llu events, %llu payloads and %llu visitors, in %lld ms",
                 (unsigned long long)a->events, (unsigned long long)a->snapshots, (unsigned long long)a->visitors,
                 (long long)(clock_mono_ms() - start_ms));
    return e ? e : purge(a);
}

static enum err run_round(void *context)
{
    struct ager *a = context;
    enum err e = sweep(a);
    if (e && !rounds_stopping(&a->rounds))
        log_warn("retention", "what is too old is not erased yet (%s); trying again", err_name(e));
    return e;
}

static const struct rounds_work ageing = { "age", SWEEP_MS, RETRY_MS, run_round };

/* ---- from other threads -------------------------------------------------------------------- */

void ager_wake(struct ager *a)
{
    rounds_due(&a->rounds, 0);
}

/* Told time jumps; the machine's clock does not, and the thread wakes by itself. */
void ager_tell(struct ager *a, int64_t now_ms)
{
    int64_t swept_at_ms = atomic_load_explicit(&a->swept_at_ms, memory_order_relaxed);
    if (now_ms - swept_at_ms >= SWEEP_MS &&
        atomic_compare_exchange_strong(&a->swept_at_ms, &swept_at_ms, now_ms))
        ager_wake(a);
}

void ager_note(struct ager *a, int64_t time_ms)
{
    int64_t late_ms = atomic_load_explicit(&a->late_ms, memory_order_relaxed);
    while (time_ms < late_ms && !atomic_compare_exchange_weak(&a->late_ms, &late_ms, time_ms)) continue;
}

void ager_on_aged(struct ager *a, void (*aged)(void *context, uint32_t workspace, struct visitor_id id),
                  void *context)
{
    a->aged_context = context;
    a->aged = aged;
}

enum err ager_finish(struct ager *a)
{
    return rounds_finish(&a->rounds);
}

/* ---- making and freeing -------------------------------------------------------------------- */

void ager_destroy(struct ager *a)
{
    rounds_end(&a->rounds);
    free(a->swept_ms);
    arena_free(&a->arena);
    free(a);
}

enum err ager_create(struct ager **out, struct store *st)
{
    struct ager *a = calloc(1, sizeof *a);
    struct key key;
    struct str value;
    if (!a) return ERR_NO_MEMORY;
    a->st = st;
    atomic_init(&a->late_ms, INT64_MAX);
    atomic_init(&a->swept_at_ms, 0);
    arena_init(&a->arena, ARENA_BYTES);
    rounds_init(&a->rounds);
    key_value(&key, VALUE_AGED, STR(""));
    enum err e = st->engine->get(st->engine, TABLE_VALUES, key_str(&key), &a->arena, &value);
    a->unpurged = !e;
    if (e == ERR_NOT_FOUND) e = ERR_OK;
    if (retention_rules(st->retention)->count || a->unpurged) ager_wake(a);
    if (!e && !rounds_start(&a->rounds, &ageing, a)) e = ERR_NO_MEMORY;
    if (e) ager_destroy(a);
    else *out = a;
    return e;
}
