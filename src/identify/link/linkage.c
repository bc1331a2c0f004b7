/* linkage - see linkage.h. Asking reads, noting writes: many may ask at a time. */
#include "identify/link/linkage.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/ticker.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    WORKSPACES_MAX = 1024,           /* further ones get new ids only */
    SAVE_SECONDS = 30,               /* what was learnt since may be lost in a crash */
    LEARNT_BYTES_MAX = 64 * 1024 * 1024,
    MANY_VISITORS = 100 * 1000,
};
/* A token seen on a second network and back on the first within this time is in two places, or on a phone at
 * the edge of its Wi-Fi. */
#define TWO_PLACES_MS ((int64_t)60 * 1000)
/* A token names its device, unless the profile was copied or a match before was wrong. */
#define TOKEN_SCORE 0.998
#define SOON_MS ((int64_t)15 * 60 * 1000)

struct workspace {
    uint32_t number;
    pthread_rwlock_t lock;
    struct population *population;
    bool changed; /* since it was saved */
};

struct linkage {
    struct store *store;
    pthread_mutex_t lock;            /* of the list; entries never go */
    struct workspace *list[WORKSPACES_MAX];
    size_t count;
    struct ticker saver;
    bool started;
};

/* ---- workspaces ---------------------------------------------------------------------------- */

static struct workspace *find_workspace(struct linkage *l, uint32_t number, bool make)
{
    struct workspace *w = NULL;
    pthread_mutex_lock(&l->lock);
    for (size_t i = 0; i < l->count && !w; i++)
        if (l->list[i]->number == number) w = l->list[i];
    if (!w && make && l->count < WORKSPACES_MAX && (w = calloc(1, sizeof *w))) {
        w->number = number;
        if (population_create(&w->population)) {
            free(w);
            w = NULL;
        } else {
            pthread_rwlock_init(&w->lock, NULL);
            l->list[l->count++] = w;
        }
    }
    pthread_mutex_unlock(&l->lock);
    return w;
}

/* NULL behind the last. */
static struct workspace *nth_workspace(struct linkage *l, size_t i)
{
    pthread_mutex_lock(&l->lock);
    struct workspace *w = i < l->count ? l->list[i] : NULL;
    pthread_mutex_unlock(&l->lock);
    return w;
}

/* ---- tokens -------------------------------------------------------------------------------- */

static uint64_t bit(enum trait t)
{
    return (uint64_t)1 << t;
}

/* By what the look cannot be this visitor's device; 0: it can. Another browser or system; another graphics card in
 * another machine; or another card, screen and network all at once. A second graphics card alone is a laptop with
 * two, a second screen alone a dock. That a new card explains the rest must not count here: just this is asked. */
static uint64_t contradicts(const struct query *q, const struct profile *v)
{
    static const uint8_t machine[] = { TRAIT_cpu, TRAIT_model, TRAIT_touch };
    struct outcomes c;
    uint64_t differs = 0;
    if (v->family != q->subject.look->family) return bit(TRAIT_none);
    outcomes_of(&c, q, v);
    if (!c.differs[TRAIT_gpu]) return 0;
    for (size_t i = 0; i < COUNT_OF(machine); i++)
        if (c.differs[machine[i]]) differs |= bit((enum trait)machine[i]);
    if (!differs && c.differs[TRAIT_screen] && c.outcome[TRAIT_network] >= NET_BLOCK)
        differs = bit(TRAIT_screen) | bit(TRAIT_network);
    return differs ? differs | bit(TRAIT_gpu) : 0;
}

static bool in_two_places(const struct profile *v, const struct look *look, int64_t now_ms)
{
    uint32_t here = look->net[NET_BLOCK];
    return v->last_net[0] && v->last_net[1] && here != v->last_net[0] && here == v->last_net[1] &&
           now_ms - v->net_ms < TWO_PLACES_MS;
}

static void named(const struct query *q, const struct profile *v, struct linkage_answer *out)
{
    out->how = LINKAGE_TOKEN;
    out->id = v->id;
    out->score = TOKEN_SCORE * (double)v->purity;
    out->token_two_places = in_two_places(v, q->subject.look, q->now_ms);
}

static bool by_hardware(const struct query *q, struct linkage_answer *out)
{
    const struct population *p = q->population;
    uint32_t visitor = population_find_hardware(p, q->subject.look->hardware);
    if (visitor == NOBODY) return false;
    named(q, population_at(p, visitor), out);
    out->by_hardware = true;
    return true;
}

static bool by_token(const struct query *q, const struct linkage_question *question, struct linkage_answer *out,
                     uint32_t *disbelieved)
{
    const struct population *p = q->population;
    for (size_t i = 0; i < question->tokens; i++) {
        uint32_t visitor = population_find(p, question->token[i]);
        if (visitor == NOBODY) continue;
        const struct profile *v = population_at(p, visitor);
        uint64_t differs = contradicts(q, v);
        if (!differs) {
            named(q, v, out);
            return true;
        }
        out->disbelieved = v->id;
        out->differs = differs;
        *disbelieved = visitor;
    }
    return false;
}

/* ---- traits -------------------------------------------------------------------------------- */

/* Not on address and user agent alone: some telling traits must agree. */
static bool enough_agrees(const struct comparison *c)
{
    unsigned agree = 0;
    for (unsigned t = 0; t < TRAIT_COUNT; t++)
        agree += trait_is_telling((enum trait)t) && c->traits.outcome[t] <= OUTCOME_BACK;
    return agree >= TELLING_MIN;
}

static void by_traits(const struct query *q, struct linkage_answer *out, uint32_t disbelieved)
{
    const struct population *p = q->population;
    struct finding *f = &out->finding;
    search(f, q, disbelieved);
    out->searched = true;
    if (f->best != NOBODY) out->best = population_at(p, f->best)->id;
    if (f->second != NOBODY) out->second = population_at(p, f->second)->id;
    if (f->found && !enough_agrees(&f->evidence)) f->found = false, out->too_little = true;
    if (f->found) {
        out->how = LINKAGE_TRAITS;
        out->id = out->best;
        out->score = score_match(f->share, (double)population_at(p, f->best)->purity);
        return;
    }
    out->too_close = !out->too_little && f->newcomer < 0.5;
    out->score = score_newcomer(f->newcomer);
}

void linkage_ask(struct linkage *l, uint32_t workspace, const struct linkage_question *question,
                 struct linkage_answer *out)
{
    struct workspace *w = find_workspace(l, workspace, true);
    uint32_t disbelieved = NOBODY;
    struct query q;
    *out = (struct linkage_answer){ .how = LINKAGE_NEW, .score = score_newcomer(1) };
    out->finding = (struct finding){ .best = NOBODY, .second = NOBODY, .newcomer = 1 };
    if (!w) return;
    pthread_rwlock_rdlock(&w->lock);
    query_init(&q, w->population, question->look, question->now_ms);
    if (!by_hardware(&q, out) && !by_token(&q, question, out, &disbelieved)) {
        out->too_little = question->look->telling < TELLING_MIN;
        if (!out->too_little) {
            query_weigh(&q);
            by_traits(&q, out, disbelieved);
        }
    }
    pthread_rwlock_unlock(&w->lock);
}

uint64_t linkage_newcomer_key(const struct look *look)
{
    if (look->telling < TELLING_MIN) return 0;
    uint64_t key = look->class;
    for (unsigned t = 0; t < TRAIT_COUNT; t++) key = key_mix(key, look->value[t]);
    return key ? key : 1;
}

/* ---- remembering --------------------------------------------------------------------------- */

/* The device of a visitor that came with its token lives: nobody made since can be it. */
static void lives(struct population *p, uint32_t visitor, bool by_its_token)
{
    struct profile *v = population_at(p, visitor);
    v->moved_on = 0;
    if (!by_its_token) return;
    population_prove(p, visitor);
    if (v->child == NOBODY) return;
    struct profile *child = population_at(p, v->child);
    if (child->parent == visitor) child->of_parent = 0;
    v->child = NOBODY;
}

static void learn_outcomes(struct population *p, const struct query *q, const struct profile *v)
{
    struct outcomes c;
    unsigned gap = gap_of(v->last_ms, q->now_ms);
    outcomes_of(&c, q, v);
    for (unsigned t = 0; t < TRAIT_COUNT; t++)
        if (c.outcome[t] != OUTCOME_ABSENT)
            rates_learn(&p->rates, (enum trait)t, q->subject.look->kind, gap, c.moved[t], (enum outcome)c.outcome[t]);
}

static void count_session(struct population *p, const struct query *q, struct profile *v, bool by_token,
                          double weight)
{
    const struct look *k = q->subject.look;
    unsigned gap = gap_of(v->last_ms, q->now_ms), week = gap >= GAP_WEEK;
    v->sessions += 1;
    if (k->private_window) {
        v->private_sessions += 1;
        rates_learn_return(&p->rates, k->kind, gap, RETURN_PRIVATE, 1);
    } else if (by_token) {
        v->kept[week] += 1;
        rates_learn_return(&p->rates, k->kind, gap, RETURN_KEPT, 1);
    } else {
        v->lost[week] += 1;
        rates_learn_return(&p->rates, k->kind, gap, RETURN_LOST, weight);
    }
}

static void note_return(struct population *p, struct query *q, const struct linkage_answer *answer, uint32_t visitor)
{
    struct profile *v = population_at(p, visitor);
    const struct look *k = q->subject.look;
    bool by_token = answer->how == LINKAGE_TOKEN, session = q->now_ms - v->last_ms > SESSION_GAP_MS;
    if (by_token && session && !k->private_window) learn_outcomes(p, q, v);
    if (!k->private_window) lives(p, visitor, by_token);
    if (session) count_session(p, q, v, by_token, answer->finding.share);
    if (!by_token && answer->finding.share < (double)v->purity) v->purity = (float)answer->finding.share;
    if (v->last_net[0] != k->net[NET_BLOCK]) {
        v->last_net[1] = v->last_net[0];
        v->last_net[0] = k->net[NET_BLOCK];
        v->net_ms = q->now_ms;
    }
}

/* A newcomer that may be somebody known who lost the token: both remember how likely that is. */
static void note_parent(struct population *p, const struct query *q, const struct linkage_answer *answer,
                        uint32_t visitor)
{
    struct profile *v = population_at(p, visitor);
    uint32_t best = answer->finding.best;
    double share = answer->finding.share;
    if (best == NOBODY || share <= NOT_IT || !population_at(p, best)->class) return;
    struct profile *parent = population_at(p, best);
    v->parent = best;
    v->of_parent = (float)share;
    if (share >= HIGH_RECALL_SHARE && population_at(p, parent->high_recall)->class)
        v->high_recall = parent->high_recall;
    if (q->subject.look->private_window) {
        parent->private_sessions += (float)share;
        parent->sessions += (float)share;
    } else {
        parent->lost[gap_of(parent->last_ms, q->now_ms) >= GAP_WEEK] += (float)share;
        parent->moved_on = 1 - (1 - parent->moved_on) * (1 - (float)share);
        parent->child = visitor;
    }
}

static enum err write_profile(struct population *p, uint32_t visitor, struct arena *arena, struct str *out)
{
    struct bytes_out bytes;
    const struct profile_ids ids = population_ids(p, visitor);
    bytes_out_init(&bytes, arena, VISITOR_PROFILE_BYTES_MAX);
    profile_write(&bytes, population_at(p, visitor), &ids);
    *out = bytes_out_text(&bytes);
    assert(out->n <= VISITOR_PROFILE_BYTES_MAX);
    return bytes.failed ? ERR_NO_MEMORY : ERR_OK;
}

static void find_high_recall(const struct population *p, uint32_t visitor, const struct linkage_answer *answer,
                             const struct linkage_question *question, struct linkage_note *out)
{
    const struct profile *v = population_at(p, visitor);
    const struct profile *high = v->high_recall == NOBODY ? v : population_at(p, v->high_recall);
    if (!high->class) high = v;
    out->high_recall = high->id;
    out->high_recall_first_ms = high->first_ms;
    out->high_recall_last_ms = high == v ? 0 : high->last_ms;
    out->high_recall_score = answer->score;
    if (high != v) out->high_recall_score = answer->how == LINKAGE_NEW ? score_match(answer->finding.share, 1)
                                                                       : answer->score * (double)v->of_parent;
    (void)question;
}

enum err linkage_note(struct linkage *l, uint32_t workspace, const struct linkage_question *question,
                      const struct linkage_answer *answer, struct visitor_id id, struct arena *arena,
                      struct linkage_note *out)
{
    struct workspace *w = find_workspace(l, workspace, true);
    struct query q;
    *out = (struct linkage_note){ .high_recall = id, .high_recall_score = answer->score };
    if (!w) return ERR_NO_MEMORY;
    pthread_rwlock_wrlock(&w->lock);
    struct population *p = w->population;
    query_init(&q, p, question->look, question->now_ms);
    enum err e = ERR_OK;
    uint32_t visitor;
    if (answer->how == LINKAGE_NEW) {
        visitor = population_add(p, id, &q.subject, question->now_ms, answer->finding.newcomer);
        if (visitor == NOBODY) e = ERR_NO_MEMORY;
        else if (answer->searched) note_parent(p, &q, answer, visitor);
    } else {
        visitor = population_find(p, id);
        if (visitor == NOBODY) e = ERR_NOT_FOUND;
        else note_return(p, &q, answer, visitor);
    }
    if (!e && !population_remember(p, visitor, &q.subject, question->now_ms))
        log_warn("linkage", "memory is short: a visitor may not be found by all of its traits");
    if (!e) e = write_profile(p, visitor, arena, &out->profile);
    if (!e) find_high_recall(p, visitor, answer, question, out);
    w->changed = true;
    pthread_rwlock_unlock(&w->lock);
    return e;
}

void linkage_forget(struct linkage *l, uint32_t workspace, struct visitor_id id)
{
    struct workspace *w = find_workspace(l, workspace, false);
    if (!w) return;
    pthread_rwlock_wrlock(&w->lock);
    uint32_t visitor = population_find(w->population, id);
    if (visitor != NOBODY) population_forget(w->population, visitor);
    pthread_rwlock_unlock(&w->lock);
}

void linkage_each(struct linkage *l, void (*visit)(void *context, uint32_t workspace, const struct profile *profile),
                  void *context)
{
    struct workspace *w;
    for (size_t i = 0; (w = nth_workspace(l, i)); i++) {
        pthread_rwlock_rdlock(&w->lock);
        for (uint32_t v = 0; v < w->population->count; v++) {
            const struct profile *profile = population_at(w->population, v);
            if (profile->class) visit(context, w->number, profile);
        }
        pthread_rwlock_unlock(&w->lock);
    }
}

void linkage_size(struct linkage *l, size_t *bytes, size_t *visitors)
{
    struct workspace *w;
    *bytes = *visitors = 0;
    for (size_t i = 0; (w = nth_workspace(l, i)); i++) {
        pthread_rwlock_rdlock(&w->lock);
        *bytes += population_bytes(w->population);
        *visitors += w->population->count;
        pthread_rwlock_unlock(&w->lock);
    }
}

/* ---- opening, saving, closing -------------------------------------------------------------- */

static struct str value_name(char out[32], uint32_t workspace)
{
    int n = snprintf(out, 32, "linkage/%u", workspace);
    return (struct str){ out, (size_t)n };
}

static void save(struct linkage *l, struct workspace *w)
{
    struct arena arena;
    struct bytes_out out;
    char name[32];
    arena_init(&arena, LEARNT_BYTES_MAX);
    bytes_out_init(&out, &arena, 64 * 1024);
    pthread_rwlock_wrlock(&w->lock); /* `changed` is written by those who note */
    bool changed = w->changed;
    w->changed = false;
    if (changed) population_write(&out, w->population);
    pthread_rwlock_unlock(&w->lock);
    enum err e = ERR_OK;
    if (changed && out.failed) e = ERR_NO_MEMORY;
    else if (changed) e = store_set_value(l->store, value_name(name, w->number), bytes_out_text(&out));
    if (e) log_warn("linkage", "what was learnt about workspace %u is not saved now: %s", w->number, err_name(e));
    arena_free(&arena);
}

static void save_all(void *context)
{
    struct linkage *l = context;
    struct workspace *w;
    for (size_t i = 0; (w = nth_workspace(l, i)); i++) save(l, w);
}

struct loading {
    struct linkage *l;
    size_t visitors, unreadable;
};

static void restore(void *context, const struct visitor *v)
{
    struct loading *load = context;
    if (v->profile.n == 0) return; /* imported: it has not shown anything yet that could be compared */
    struct workspace *w = find_workspace(load->l, v->workspace, true);
    if (!w || !population_restore(w->population, v->id, v->profile)) load->unreadable++;
    load->visitors++;
}

static void read_learnt(struct linkage *l, struct workspace *w)
{
    struct arena arena;
    struct str bytes;
    char name[32];
    arena_init(&arena, LEARNT_BYTES_MAX);
    enum err e = store_get_value(l->store, value_name(name, w->number), &arena, &bytes);
    if (!e && !population_read(w->population, bytes))
        log_warn("linkage", "what was learnt about workspace %u cannot be read; learning starts again", w->number);
    arena_free(&arena);
}

enum err linkage_open(struct linkage **out, struct store *store)
{
    struct linkage *l = calloc(1, sizeof *l);
    if (!l) return ERR_NO_MEMORY;
    l->store = store;
    pthread_mutex_init(&l->lock, NULL);
    ticker_init(&l->saver);
    struct loading load = { .l = l };
    int64_t start_ms = clock_mono_ms();
    enum err e = store_each_visitor(store, restore, &load);
    for (size_t i = 0; i < l->count; i++) read_learnt(l, l->list[i]);
    if (load.visitors >= MANY_VISITORS)
        log_info("linkage", "%zu visitors read in %lld ms", load.visitors, (long long)(clock_mono_ms() - start_ms));
    if (load.unreadable)
        log_warn("linkage", "%zu visitors have no readable profile and are known by token only", load.unreadable);
    l->started = !e && ticker_start(&l->saver, SAVE_SECONDS, save_all, l);
    if (!e && !l->started) e = ERR_NO_MEMORY;
    if (e) linkage_close(l);
    else *out = l;
    return e;
}

void linkage_close(struct linkage *l)
{
    ticker_stop(&l->saver);
    if (l->started) save_all(l);
    for (size_t i = 0; i < l->count; i++) {
        pthread_rwlock_destroy(&l->list[i]->lock);
        population_free(l->list[i]->population);
        free(l->list[i]);
    }
    pthread_mutex_destroy(&l->lock);
    free(l);
}
