/* rig - what the store's tests share: an engine that can be told to wait or to fail, and saves that
 * can be waited for.
 *
 * The rig engine stands before the real one and passes everything on. gate_close makes the next
 * write wait until gate_open; fail_at = n makes the n-th write from now fail. */
#ifndef WHORL_TESTS_STORE_RIG_H
#define WHORL_TESTS_STORE_RIG_H

#include "store/engine.h"
#include "store/store.h"
#include "tests/unit/test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

struct rig {
    struct engine engine;
    struct engine *inner;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool closed, waiting; /* the gate; a write stands before it */
    int fail_at;          /* 0: never */
    bool fail_after;      /* the failing write is carried out all the same */
    int revive_fails;     /* how many revivals fail first */
    unsigned writes;
    atomic_bool ageing_held;
};

static inline enum err rig_get(struct engine *engine, enum table table, struct str key,
                               struct arena *arena, struct str *value)
{
    struct engine *inner = ((struct rig *)engine)->inner;
    return inner->get(inner, table, key, arena, value);
}

static inline enum err rig_scan(struct engine *engine, enum table table, const struct range *range,
                                engine_visit *visit, void *context)
{
    char name[16] = "";
    if (((struct rig *)engine)->ageing_held && !pthread_getname_np(pthread_self(), name, sizeof name) &&
        strcmp(name, "age") == 0)
        return ERR_IO;
    struct engine *inner = ((struct rig *)engine)->inner;
    return inner->scan(inner, table, range, visit, context);
}

static inline enum err rig_write(struct engine *engine, const struct batch *batch)
{
    struct rig *rig = (struct rig *)engine;
    pthread_mutex_lock(&rig->lock);
    while (rig->closed) {
        rig->waiting = true;
        pthread_cond_broadcast(&rig->moved);
        pthread_cond_wait(&rig->moved, &rig->lock);
    }
    rig->waiting = false;
    rig->writes++;
    bool fail = rig->fail_at > 0 && --rig->fail_at == 0, carry_out = !fail || rig->fail_after;
    pthread_mutex_unlock(&rig->lock);
    enum err e = carry_out ? rig->inner->write(rig->inner, batch) : ERR_OK;
    return fail ? ERR_IO : e;
}

static inline enum err rig_revive(struct engine *engine)
{
    struct rig *rig = (struct rig *)engine;
    pthread_mutex_lock(&rig->lock);
    bool fail = rig->revive_fails > 0;
    rig->revive_fails -= fail;
    pthread_mutex_unlock(&rig->lock);
    return fail ? ERR_IO : rig->inner->revive(rig->inner);
}

static inline enum err rig_flush(struct engine *engine)
{
    struct engine *inner = ((struct rig *)engine)->inner;
    return inner->flush(inner);
}

static inline enum err rig_purge(struct engine *engine, enum table table, struct str first,
                                 struct str last)
{
    struct engine *inner = ((struct rig *)engine)->inner;
    return inner->purge(inner, table, first, last);
}

static inline void rig_close(struct engine *engine)
{
    struct rig *rig = (struct rig *)engine;
    rig->inner->close(rig->inner);
    pthread_cond_destroy(&rig->moved);
    pthread_mutex_destroy(&rig->lock);
    free(rig);
}

static inline struct rig *rig_create(struct engine *inner)
{
    struct rig *rig = calloc(1, sizeof *rig);
    REQUIRE(rig);
    rig->engine = (struct engine){ rig_get,   rig_scan,  rig_write, rig_revive,
                                   rig_flush, rig_purge, rig_close };
    rig->inner = inner;
    pthread_mutex_init(&rig->lock, NULL);
    pthread_cond_init(&rig->moved, NULL);
    return rig;
}

static inline void gate_close(struct rig *rig)
{
    pthread_mutex_lock(&rig->lock);
    rig->closed = true;
    pthread_mutex_unlock(&rig->lock);
}

/* Returns once a write stands before the closed gate. */
static inline void gate_await(struct rig *rig)
{
    pthread_mutex_lock(&rig->lock);
    while (!rig->waiting) pthread_cond_wait(&rig->moved, &rig->lock);
    pthread_mutex_unlock(&rig->lock);
}

static inline void gate_open(struct rig *rig)
{
    pthread_mutex_lock(&rig->lock);
    rig->closed = false;
    pthread_cond_broadcast(&rig->moved);
    pthread_mutex_unlock(&rig->lock);
}

/* While held, the thread that erases what is too old finds nothing: every scan of it fails. */
static inline void hold_ageing(struct rig *rig, bool held)
{
    rig->ageing_held = held;
}

static inline void fail_write(struct rig *rig, int n, bool carried_out)
{
    pthread_mutex_lock(&rig->lock);
    rig->fail_at = n;
    rig->fail_after = carried_out;
    pthread_mutex_unlock(&rig->lock);
}

static inline void await_sound(struct store *st)
{
    while (!store_is_sound(st)) sched_yield();
}

/* Puts one record past the store. */
static inline void put_record(struct engine *engine, enum table table, struct str key, struct str value)
{
    struct arena arena;
    struct batch batch = { 0 };
    arena_init(&arena, 1 << 20);
    REQUIRE(batch_put(&batch, &arena, table, key, value));
    REQUIRE(engine->write(engine, &batch) == ERR_OK);
    arena_free(&arena);
}

/* ---- saves --------------------------------------------------------------------------------- */

struct ticket {
    struct save save;
    struct event event;
    struct arena arena;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int answers; /* how often done was called */
    enum err result;
};

static inline void ticket_done(struct save *save, enum err result)
{
    struct ticket *t = save->context;
    pthread_mutex_lock(&t->lock);
    t->answers++;
    t->result = result;
    pthread_cond_signal(&t->wake);
    pthread_mutex_unlock(&t->lock);
}

static inline void ticket_init(struct ticket *t)
{
    memset(t, 0, sizeof *t);
    arena_init(&t->arena, 8 << 20);
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->wake, NULL);
}

static inline void ticket_free(struct ticket *t)
{
    arena_free(&t->arena);
    pthread_cond_destroy(&t->wake);
    pthread_mutex_destroy(&t->lock);
}

static inline struct claim claim_of(struct visitor_id id, bool newcomer, int64_t now_ms)
{
    return (struct claim){ .workspace = 1, .id = id, .newcomer = newcomer, .now_ms = now_ms,
                           .profile = STR("profile") };
}

/* An event of this visit, ready to be saved. */
static inline void ticket_fill(struct ticket *t, struct visit *visit, uint32_t workspace,
                               struct event_id id, struct str steady)
{
    struct event *ev = &t->event;
    *ev = (struct event){ .id = id };
    event_set(ev, EVENT_workspace), ev->workspace = workspace;
    event_set(ev, EVENT_visitor), ev->visitor = visit->id;
    event_set(ev, EVENT_visits_count), ev->visits_count = (int64_t)visit->visits_count;
    event_set(ev, EVENT_url), ev->url = STR("https://example.com/");
    t->save = (struct save){ .visit = visit, .event = ev, .steady = steady, .done = ticket_done,
                             .context = t, .arena = &t->arena };
}

static inline enum err ticket_await(struct ticket *t)
{
    pthread_mutex_lock(&t->lock);
    while (!t->answers) pthread_cond_wait(&t->wake, &t->lock);
    enum err e = t->result;
    pthread_mutex_unlock(&t->lock);
    return e;
}

struct visit_spec {
    struct claim claim;
    struct event_id event;
    struct str steady;
    uint32_t environment; /* 0: none */
};

/* enter and save; the ticket must be awaited when this is ERR_OK. */
static inline enum err start_visit(struct store *st, struct ticket *t, const struct visit_spec *spec)
{
    struct visit *visit;
    enum err e = store_enter(st, &spec->claim, &visit);
    if (e) return e;
    ticket_fill(t, visit, spec->claim.workspace, spec->event, spec->steady);
    if (spec->environment) event_set(&t->event, EVENT_environment), t->event.environment = spec->environment;
    return store_save(st, &t->save);
}

/* The whole of it; *snapshot (may be NULL) is the number that the event refers to. */
static inline enum err do_visit(struct store *st, const struct visit_spec *spec, int64_t *snapshot)
{
    struct ticket t;
    ticket_init(&t);
    enum err e = start_visit(st, &t, spec);
    if (!e) e = ticket_await(&t);
    if (snapshot) *snapshot = event_has(&t.event, EVENT_snapshot) ? t.event.snapshot : 0;
    ticket_free(&t);
    return e;
}

static inline enum err delete_visitor(struct store *st, uint32_t workspace, struct visitor_id id)
{
    const struct deletion d = { .workspace = workspace, .id = id };
    return store_delete_visitor(st, &d);
}

static inline enum err simple_visit(struct store *st, struct visitor_id id, bool newcomer, int64_t now_ms)
{
    struct visit_spec spec = { .claim = claim_of(id, newcomer, now_ms), .event = event_id_new(now_ms) };
    return do_visit(st, &spec, NULL);
}

#endif
