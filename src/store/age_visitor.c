/* age_visitor - see age_visitor.h. */
#include "store/age_visitor.h"

#include "base/metrics.h"
#include "base/rounds.h"
#include "store/chunk.h"
#include "store/snapshot.h"
#include "store/store_parts.h"

#include <stdlib.h>

enum {
    WAVE = 64,                 /* visitors of one write; the commit thread reads a record for each */
    NUMBERS_MAX = 4096,        /* snapshots looked at in one go */
    SNAPSHOT_NUMBER_MAX = 1 << 20, /* a visitor with more keeps them: a bit each, of WAVE visitors, fit the arena */
    SCRATCH_BYTES = 2 << 20,
    LOOKED_AT = 1024,          /* candidates of one look at the table of visitors */
    SCANNED_MAX = 65536,
};

static bool is_stopping(const struct age_visitors *work)
{
    return rounds_stopping(work->rounds);
}

static bool note_any(void *context, struct str key, struct str value)
{
    (void)key, (void)value;
    *(bool *)context = true;
    return false;
}

static enum err has_events(struct store *st, struct str visitor, bool *out)
{
    struct range range = { .prefix = visitor };
    *out = false;
    return st->engine->scan(st->engine, TABLE_VISITS, &range, note_any, out);
}

/* ---- payloads ------------------------------------------------------------------------------ */

struct plan {
    uint32_t workspace;
    struct visitor_id id;
    bool has_record;
    struct str record;  /* as it was when the plan was made */
    struct batch batch;
    size_t erased;      /* snapshots */
};

struct wave {
    struct age_visitors *work;
    struct plan plans[WAVE];
    size_t count, carried_out;
    struct batch batch;
};

struct numbers {
    uint32_t list[NUMBERS_MAX];
    size_t count;
};

static bool add_number(void *context, struct str key, struct str value)
{
    struct numbers *n = context;
    uint32_t workspace;
    struct visitor_id id;
    uint64_t wallet;
    (void)value;
    if (key_visitor_wallet_read(key, &workspace, &id, &wallet)) return true;
    if (!key_snapshot_read(key, &n->list[n->count])) n->count++;
    return n->count < NUMBERS_MAX;
}

/* Snapshots that are needed, a bit each; those above the highest are, in any case. */
struct needed {
    uint8_t *bits;
    uint32_t highest;
};

static void need(struct needed *n, int64_t number)
{
    if (number >= 0 && number <= n->highest) n->bits[number / 8] |= (uint8_t)(1 << number % 8);
}

static bool is_needed(const struct needed *n, uint32_t number)
{
    return number > n->highest || (n->bits[number / 8] >> number % 8 & 1);
}

/* Those that stored events refer to. */
static enum err mark_needed(struct store *st, struct str visitor, struct needed *needed)
{
    struct chunk *chunk = malloc(sizeof *chunk);
    struct arena keys, scratch;
    struct key from = { .n = 0 };
    enum err e = chunk ? ERR_OK : ERR_NO_MEMORY;
    arena_init(&keys, SCRATCH_BYTES);
    arena_init(&scratch, SCRATCH_BYTES);
    if (chunk) chunk->arena = &keys;
    do {
        if (!e) e = chunk_next(chunk, st->engine, TABLE_VISITS, visitor, &from);
        for (size_t i = 0; !e && i < chunk->count; i++) {
            struct key key;
            struct event_id id;
            struct event ev;
            struct str record;
            if (key_visit_read(chunk->keys[i], &id)) continue;
            key_event(&key, id);
            arena_reset(&scratch);
            e = st->engine->get(st->engine, TABLE_EVENTS, key_str(&key), &scratch, &record);
            if (!e && !event_decode(&ev, id, record) && event_has(&ev, EVENT_snapshot)) need(needed, ev.snapshot);
            if (e == ERR_NOT_FOUND) e = ERR_OK;
        }
    } while (!e && chunk->count == CHUNK);
    arena_free(&keys);
    arena_free(&scratch);
    free(chunk);
    return e;
}

/* What a difference that is needed was made from is needed, too. */
static enum err mark_bases(struct store *st, const struct plan *p, const struct numbers *n, struct needed *needed)
{
    struct arena scratch;
    enum err e = ERR_OK;
    arena_init(&scratch, SCRATCH_BYTES);
    for (size_t i = 0; i < n->count && !e; i++) {
        uint32_t base = 0;
        if (!is_needed(needed, n->list[i])) continue;
        arena_reset(&scratch);
        e = snapshot_base(st->snapshots, p->workspace, p->id, n->list[i], &scratch, &base);
        if (e == ERR_CORRUPT || e == ERR_NOT_FOUND) e = ERR_OK;
        if (base) need(needed, base);
    }
    arena_free(&scratch);
    return e;
}

/* Erases those that are not needed; *rest: there are more of them. */
static enum err erase_unneeded(struct age_visitors *work, struct plan *p, const struct visitor *v,
                               const struct numbers *n, bool events, bool *rest)
{
    struct store *st = work->st;
    struct key visitor;
    enum err e = ERR_OK;
    size_t known = 0;
    *rest = false;
    if (v->snapshot > SNAPSHOT_NUMBER_MAX) return ERR_OK;
    struct needed needed = { ARENA_ARRAY(work->arena, uint8_t, v->snapshot / 8 + 1), v->snapshot };
    if (!needed.bits) return ERR_NO_MEMORY;
    if (v->base) need(&needed, v->base), need(&needed, v->snapshot);
    for (size_t i = 0; i < n->count; i++) known += is_needed(&needed, n->list[i]);
    if (known == n->count) return ERR_OK;
    key_visitor(&visitor, p->workspace, p->id);
    if (events) e = mark_needed(st, key_str(&visitor), &needed);
    if (!e) e = mark_bases(st, p, n, &needed);
    for (size_t i = 0; i < n->count && !e; i++) {
        struct key key;
        if (is_needed(&needed, n->list[i])) continue;
        if (p->erased == CHUNK) return *rest = true, ERR_OK;
        key_snapshot(&key, p->workspace, p->id, n->list[i]);
        if (!batch_erase(&p->batch, work->arena, TABLE_SNAPSHOTS, key_str(&key))) return ERR_NO_MEMORY;
        p->erased++;
    }
    return e;
}

/* A visitor without events and with a payload: its record forgets it first. Later visits find nothing to refer to, and
 * whoever read the record before shows in it by the time the payload is erased. */
static enum err forget_payload(struct age_visitors *work, struct plan *p, struct visitor *v, const struct key *key)
{
    v->base = v->base_bytes = 0;
    v->snapshot_hash = 0;
    struct str record = visitor_encode(v, work->arena);
    return record.n && batch_put(&p->batch, work->arena, TABLE_VISITORS, key_str(key), record) ? ERR_OK
                                                                                               : ERR_NO_MEMORY;
}

/* What is to be done next about this visitor; without anything left, its mark goes. */
static enum err make_plan(struct age_visitors *work, struct plan *p)
{
    struct engine *engine = work->st->engine;
    struct visitor v;
    struct key key, mark;
    bool events, rest = false;
    key_visitor(&key, p->workspace, p->id);
    key_mark(&mark, VALUE_AGED, p->workspace, p->id);
    enum err e = engine->get(engine, TABLE_VISITORS, key_str(&key), work->arena, &p->record);
    p->has_record = !e;
    if (!e) {
        struct numbers *numbers = ARENA_NEW(work->arena, struct numbers);
        struct range range = { .prefix = key_str(&key) };
        e = numbers ? visitor_decode(&v, p->record) : ERR_NO_MEMORY;
        if (!e) e = has_events(work->st, key_str(&key), &events);
        if (!e) e = engine->scan(engine, TABLE_SNAPSHOTS, &range, add_number, numbers);
        if (!e && !events && v.base) return forget_payload(work, p, &v, &key);
        if (!e) e = erase_unneeded(work, p, &v, numbers, events, &rest);
        if (!e && numbers->count == NUMBERS_MAX && p->erased) rest = true;
    }
    if (e && e != ERR_NOT_FOUND && e != ERR_CORRUPT) return e; /* deleted or damaged: the mark goes */
    if (!rest && !batch_erase(&p->batch, work->arena, TABLE_VALUES, key_str(&mark))) return ERR_NO_MEMORY;
    return ERR_OK;
}

/* On the commit thread: is everything as it was when the plan was made? A visit that was stored since has counted. */
static bool still_holds(struct age_visitors *work, const struct plan *p)
{
    struct engine *engine = work->st->engine;
    struct key key;
    struct str record;
    if (pending_has(work->st->pending, p->workspace, p->id)) return false;
    key_visitor(&key, p->workspace, p->id);
    enum err e = engine->get(engine, TABLE_VISITORS, key_str(&key), work->arena, &record);
    return p->has_record ? !e && str_eq(record, p->record) : e == ERR_NOT_FOUND;
}

static bool add_plans(void *context)
{
    struct wave *wave = context;
    for (size_t i = 0; i < wave->count; i++) {
        struct plan *p = &wave->plans[i];
        if (!still_holds(wave->work, p)) continue;
        batch_append(&wave->batch, &p->batch);
        wave->work->snapshots += p->erased;
        wave->carried_out++;
    }
    return true;
}

/* The next marked visitors; *done: how many could be worked on. */
static enum err run_wave(struct age_visitors *work, struct key *from, bool *end, size_t *done)
{
    struct wave *wave = calloc(1, sizeof *wave);
    struct chunk *chunk = malloc(sizeof *chunk);
    struct arena keys;
    struct key prefix;
    enum err e = wave && chunk ? ERR_OK : ERR_NO_MEMORY;
    arena_init(&keys, SCRATCH_BYTES);
    arena_reset(work->arena);
    if (!e) {
        chunk->arena = &keys;
        wave->work = work;
        key_mark_prefix(&prefix, VALUE_AGED);
        e = chunk_next(chunk, work->st->engine, TABLE_VALUES, key_str(&prefix), from);
    }
    for (size_t i = 0; !e && i < chunk->count && wave->count < WAVE; i++) {
        struct plan *p = &wave->plans[wave->count];
        struct str key = chunk->keys[i];
        memcpy(from->bytes, key.p, key.n);
        from->bytes[key.n] = 0;
        from->n = key.n + 1;
        if (key_mark_read(key, &p->workspace, &p->id)) continue; /* the one that says that there is work */
        e = make_plan(work, p);
        wave->count++;
    }
    if (!e) *end = wave->count < WAVE;
    if (!e && wave->count) e = commit_write_if(work->st->commit, &wave->batch, add_plans, wave);
    if (!e) *done += wave->carried_out;
    arena_free(&keys);
    free(chunk);
    free(wave);
    return e;
}

enum err age_payloads(struct age_visitors *work)
{
    uint64_t before = work->snapshots;
    size_t done;
    enum err e = ERR_OK;
    do { /* as long as a pass gets on: some visitors take two steps */
        struct key from = { .n = 0 };
        bool end = false;
        done = 0;
        while (!e && !end) e = is_stopping(work) ? ERR_UNAVAILABLE : run_wave(work, &from, &end, &done);
    } while (!e && done);
    metric_add(METRIC_payloads_aged_total, (int64_t)(work->snapshots - before));
    return e;
}

/* ---- identities ---------------------------------------------------------------------------- */

struct candidate {
    uint32_t workspace;
    struct visitor_id id;
    int64_t last_seen_ms;
};

struct look {
    const struct age_visitors *work;
    struct candidate list[LOOKED_AT];
    size_t count, scanned;
    struct key next;
    bool more;
};

static bool is_over(const struct age_visitors *work, uint32_t workspace, int64_t last_seen_ms)
{
    return last_seen_ms < retention_cutoff_ms(work->rules, workspace, RETENTION_VISITORS, work->now_ms);
}

static bool look_at(void *context, struct str key, struct str value)
{
    struct look *l = context;
    struct visitor v;
    if (l->count == LOOKED_AT || ++l->scanned == SCANNED_MAX) {
        memcpy(l->next.bytes, key.p, key.n);
        l->next.n = key.n;
        l->more = true;
        return false;
    }
    if (key_visitor_read(key, &v.workspace, &v.id) || visitor_decode(&v, value)) return true;
    if (is_over(l->work, v.workspace, v.last_seen_ms))
        l->list[l->count++] = (struct candidate){ v.workspace, v.id, v.last_seen_ms };
    return true;
}

struct ending {
    struct deletion deletion;
    const struct age_visitors *work;
    int64_t last_seen_ms;
};

/* On the commit thread: nobody has come back. */
static bool has_ended(struct save *save)
{
    struct deletion *d = save->context;
    const struct ending *ending = (const struct ending *)d;
    struct engine *engine = ending->work->st->engine;
    struct visitor v;
    struct key key;
    struct str record;
    key_visitor(&key, d->workspace, d->id);
    return !pending_has(ending->work->st->pending, d->workspace, d->id) &&
           !engine->get(engine, TABLE_VISITORS, key_str(&key), d->arena, &record) &&
           !visitor_decode(&v, record) && v.last_seen_ms == ending->last_seen_ms;
}

static enum err end_identity(struct age_visitors *work, const struct candidate *c)
{
    struct ending ending = { .work = work, .last_seen_ms = c->last_seen_ms };
    struct key key;
    bool events;
    key_visitor(&key, c->workspace, c->id);
    enum err e = has_events(work->st, key_str(&key), &events);
    if (e || events) return e;
    arena_reset(work->arena);
    ending.deletion = (struct deletion){ .workspace = c->workspace, .id = c->id, .arena = work->arena,
                                         .aged = true, .allowed = has_ended };
    e = eraser_run(work->st->eraser, &ending.deletion);
    if (e) return e == ERR_NOT_FOUND ? ERR_OK : e; /* it came back */
    if (work->aged) work->aged(work->aged_context, c->workspace, c->id);
    metric_add(METRIC_visitors_aged_total, 1);
    work->visitors++;
    return ERR_OK;
}

static bool has_visitor_rule(const struct rules *rules)
{
    for (size_t i = 0; i < rules->count; i++)
        if (rules->list[i].environment == RETENTION_VISITORS && rules->list[i].days) return true;
    return false;
}

enum err age_identities(struct age_visitors *work)
{
    struct engine *engine = work->st->engine;
    struct look *l = calloc(1, sizeof *l);
    enum err e = l ? ERR_OK : ERR_NO_MEMORY;
    if (l) l->work = work, l->more = has_visitor_rule(work->rules);
    while (!e && l->more) {
        struct range range = { .from = key_str(&l->next), .bulk = true };
        struct key from = l->next;
        range.from = key_str(&from);
        l->count = l->scanned = 0;
        l->more = false;
        e = engine->scan(engine, TABLE_VISITORS, &range, look_at, l);
        for (size_t i = 0; i < l->count && !e; i++)
            e = is_stopping(work) ? ERR_UNAVAILABLE : end_identity(work, &l->list[i]);
    }
    free(l);
    return e;
}
