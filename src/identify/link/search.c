/* search - see search.h. */
#include "identify/link/search.h"

#include <math.h>
#include <stddef.h>

/* Tuned on linkgen's development seeds 1, 2 and 3, at 2,000 and at 20,000 devices, 2026-11-20. */
#define SHARE_MIN      0.62 /* a wrong merge blocks an innocent person, a split lets one repeat through */
#define SHARE_CAUTION  0.16 /* and so much more while little has been learnt: half of it at ... */
#define CAUTION_VISITORS 2000.0
#define RATE_SESSIONS  1.5  /* a gamma prior on a visitor's rate: this many sessions in ... */
#define RATE_DAYS      4.0
/* Private windows that do not show what they are (30 % in the agents of 2026), and those that show usual ones: none is
 * known, but browsers change. */
#define HIDDEN_PRIVATE 0.3
#define DISGUISED_PRIVATE 0.01
#define RETURN_GAIN    2.0  /* visits come in runs: a known device is likelier than its mean rate says */
#define PRIVATE_GAIN   4.0
#define OWN_WORTH      3.0  /* sessions that the kind's habits are worth beside the visitor's own */
#define OTHER_GAP_WORTH 0.3
#define PARENT_WORTH   0.8  /* how far a fragment inherits its parent's habits */
#define KIN_ALONE      0.01 /* kin of a visitor that has shown none: expected newcomers among them */
#define KIN_ALONE_IOS  0.05 /* on seeds 1 to 3: nothing lost from 2,000 devices on, half the wrong merges at 150 */
#define KIN_ALIKE      0.06 /* for each visitor of its stock; some are fragments of one device */
#define KIN_PROVEN     0.1  /* for each that was in use at the same time, in addition */
#define KIN_HERE       0.5  /* for each such one on this network */
#define KIN_NET_DISCOUNT 0.9 /* Pitman and Yor's: one on a network does not yet make it a place of many */

enum { CANDIDATES_MAX = 400, KEY_VISITORS_MAX = 64, WIDE_MAX = 16, SEEN_SLOTS = 1024 };
/* The keys are asked in rounds, and once a candidate is this likely the wider ones are not asked at all. */
#define DECIDED 0.85
/* At a glance: visits a few days apart; no trait weighs more against anybody than this; and who is this much less
 * likely than the likeliest, or less than that at all, is not compared. Natural logarithms. */
#define GLANCE_GAP   2
#define GLANCE_OTHER (-3.0f)
#define GLANCE_SLACK 10.0f
#define GLANCE_LEAST (-10.0f)
static const uint8_t rounds[] = { 0, 3, 6, POPULATION_KEYS };
/* Candidates that are fetched before their turn: some 10 cache lines each, of which a core can await 20 or so. */
enum { AHEAD = 3 };

/* ---- candidates ---------------------------------------------------------------------------- */

/* How much likelier a look is among a candidate's kin than among strangers, times how many of the newcomers are its
 * kin; once for open and once for private windows. */
struct kinship {
    double open, hidden;
};

/* What a glance at a visitor says: agreement and disagreement of each trait, roughly as compare weighs them. */
struct glances {
    uint16_t major;
    uint8_t tag[GLANCE_TRAITS];
    float same[GLANCE_TRAITS], other[GLANCE_TRAITS];
    uint16_t net[NET_LEVELS];
    float near[NET_LEVELS + 1];
};

static void glances_init(struct glances *g, const struct query *q)
{
    const struct rates *r = &q->population->rates;
    const struct look *k = q->subject.look;
    g->major = k->version[0] ? glance_major(k->version[0]) : UINT16_MAX;
    for (unsigned t = 0; t < GLANCE_TRAITS; t++) {
        bool counts = q->subject.value[t] && glance_has((enum trait)t) &&
                      !(k->private_window && trait_is_other_in_private(k, (enum trait)t));
        const float *log_m = r->log_m[t][k->kind][GLANCE_GAP][false];
        g->tag[t] = counts ? glance_tag(q->subject.value[t]) : 0;
        g->same[t] = counts ? log_m[OUTCOME_SAME] - q->log_u[t] : 0;
        g->other[t] = counts ? fmaxf(log_m[OUTCOME_OTHER] - q->log_known[t], GLANCE_OTHER) : 0;
        if (counts && (k->falsifies || q->fresh[t])) g->other[t] = 0;
    }
    for (unsigned l = 0; l < NET_LEVELS; l++) g->net[l] = glance_net(k->net[l]);
    for (unsigned l = 0; l <= NET_LEVELS; l++)
        g->near[l] = r->log_m[TRAIT_network][k->kind][GLANCE_GAP][false][l] - q->log_net[l];
}

static float glances_weigh(const struct glances *g, const struct glance *v)
{
    float sum = 0;
    for (unsigned t = 0; t < GLANCE_TRAITS; t++) {
        float w = v->tag[t] == g->tag[t] ? g->same[t] : g->other[t];
        sum += v->tag[t] ? w : 0;
    }
    unsigned nearest = NET_LEVELS;
    for (unsigned n = 0; n < GLANCE_NETS; n++)
        for (unsigned l = 0; l < nearest; l++)
            if (v->net[n][l] == g->net[l]) nearest = l;
    return sum + g->near[nearest];
}

struct candidates {
    struct glances glances;
    float most_likely;
    float newer_likely;        /* of those whose browser is newer already, who are not compared */
    uint32_t newer;            /* the likeliest of them; NOBODY */
    float likely[CANDIDATES_MAX];
    unsigned count, weighed;
    unsigned at;               /* the best */
    double best, second;       /* weights */
    struct kinship closest;
    uint32_t seen[SEEN_SLOTS]; /* place + 1, to take each once */
    uint32_t list[CANDIDATES_MAX];
    double weight[CANDIDATES_MAX];
};

static bool first_time(struct candidates *c, uint32_t visitor)
{
    unsigned at = visitor * 2654435761u >> 22;
    while (c->seen[at] && c->seen[at] != visitor + 1) at = (at + 1) % SEEN_SLOTS;
    bool first = !c->seen[at];
    c->seen[at] = visitor + 1;
    return first;
}

struct lists {
    uint32_t visitor[POPULATION_KEYS][KEY_VISITORS_MAX];
    unsigned count[POPULATION_KEYS];
};

/* The latest KEY_VISITORS_MAX of each of some keys. A wide key that more visitors share is left out: the narrower
 * ones have their best. A list is a chain through memory, each step a wait; so all go forward together. */
static void read_lists(struct lists *out, const struct query *q, unsigned from, unsigned to)
{
    const struct population *p = q->population;
    uint32_t next[POPULATION_KEYS];
    bool more = true;
    for (unsigned i = from; i < to; i++) {
        bool wide = i >= POPULATION_KEYS_NARROW && blocks_size(&p->by_key, q->key[i]) > WIDE_MAX;
        next[i] = wide ? 0 : blocks_first(&p->by_key, q->key[i]);
        out->count[i] = 0;
        blocks_prefetch_entry(&p->by_key, next[i]);
    }
    while (more) {
        more = false;
        for (unsigned i = from; i < to; i++) {
            if (!next[i] || out->count[i] == KEY_VISITORS_MAX) continue;
            const struct block_entry *e = blocks_entry(&p->by_key, next[i]);
            out->visitor[i][out->count[i]++] = e->visitor;
            next[i] = e->next;
            blocks_prefetch_entry(&p->by_key, next[i]);
            __builtin_prefetch(population_glance(p, e->visitor));
            more = true;
        }
    }
}

static void gather(struct candidates *c, const struct query *q, unsigned from, unsigned to)
{
    struct lists lists;
    read_lists(&lists, q, from, to);
    for (unsigned i = from; i < to; i++) {
        for (unsigned at = 0; at < lists.count[i]; at++) {
            uint32_t visitor = lists.visitor[i][at];
            if (c->count == CANDIDATES_MAX) return;
            if (!first_time(c, visitor)) continue;
            const struct glance *g = population_glance(q->population, visitor);
            if (g->class != q->subject.look->class) continue;
            float likely = glances_weigh(&c->glances, g);
            if (g->major > c->glances.major) {
                if (likely > c->newer_likely) c->newer_likely = likely, c->newer = visitor;
                continue;
            }
            c->list[c->count] = visitor;
            c->likely[c->count++] = likely;
            c->most_likely = fmaxf(c->most_likely, likely);
        }
    }
}

/* Drops who is not worth comparing, of those who were not compared yet. The likeliest always is, so that there is
 * somebody to name as the closest. */
static void shorten(struct candidates *c)
{
    float least = fmaxf(c->most_likely - GLANCE_SLACK, fminf(c->most_likely, GLANCE_LEAST));
    unsigned kept = c->weighed;
    for (unsigned i = c->weighed; i < c->count; i++) {
        if (c->likely[i] < least) continue;
        c->list[kept] = c->list[i];
        c->likely[kept++] = c->likely[i];
    }
    c->count = kept;
}

/* ---- how likely is it that this visitor comes now, and so? --------------------------------- */

static double days_between(int64_t from_ms, int64_t to_ms)
{
    return fmax(0, (double)(to_ms - from_ms) / 86400000.0);
}

static const struct profile *parent_of(const struct population *p, const struct profile *v)
{
    if (v->parent == NOBODY || v->of_parent <= (float)NOT_IT) return NULL;
    const struct profile *parent = population_at(p, v->parent);
    return parent->class ? parent : NULL;
}

struct habits {
    double daily;   /* sessions */
    double lost;    /* the share without the token, after a gap like this */
    double private; /* the share in private windows */
};

static struct habits habits_of(const struct query *q, const struct profile *v)
{
    const struct rates *r = &q->population->rates;
    unsigned kind = q->subject.look->kind, gap = gap_of(v->last_ms, q->now_ms), week = gap >= GAP_WEEK;
    struct habits h;
    double lost = v->lost[week] + OTHER_GAP_WORTH * v->lost[!week];
    double kept = v->kept[week] + OTHER_GAP_WORTH * v->kept[!week];
    h.lost = (OWN_WORTH * rates_lost(r, kind, gap) + lost) / (OWN_WORTH + lost + kept);
    h.private = (OWN_WORTH * rates_private(r, kind) + v->private_sessions) / (OWN_WORTH + v->sessions);
    h.daily = (RATE_SESSIONS + v->sessions - 1) / (RATE_DAYS + days_between(v->first_ms, q->now_ms));
    const struct profile *parent = parent_of(q->population, v);
    if (parent) { /* as likely as it is the parent's device, it has the parent's history, and lost a token */
        double part = v->of_parent * PARENT_WORTH, sessions = v->sessions + parent->sessions;
        double longer = days_between(parent->first_ms, q->now_ms), parents = parent->lost[week] + 1;
        double lost_too = (OWN_WORTH * h.lost + parents) / (OWN_WORTH + parents + parent->kept[week]);
        h.daily += part * ((RATE_SESSIONS + sessions - 1) / (RATE_DAYS + longer) - h.daily);
        h.lost += part * (lost_too - h.lost);
    }
    h.daily *= 1 - 0.95 * v->moved_on;
    return h;
}

static double hidden_share(const struct look *k)
{
    return k->usual_window ? DISGUISED_PRIVATE : HIDDEN_PRIVATE;
}

/* Sessions a day like this one, times the likelihood ratio. *as_private: it is likelier in a private window. */
static double weight_of(const struct query *q, const struct habits *h, const struct comparison *c, bool *as_private)
{
    *as_private = q->subject.look->private_window;
    if (*as_private) return PRIVATE_GAIN * h->daily * h->private * exp(c->common);
    double open = (1 - h->private) * h->lost * exp(c->common + c->private_part);
    double hidden = h->private * hidden_share(q->subject.look) * exp(c->common + q->private_gain);
    *as_private = hidden > open;
    return RETURN_GAIN * h->daily * (open + hidden);
}

/* ---- newcomers ----------------------------------------------------------------------------- */

static struct kinship kinship_of(const struct query *q, const struct profile *v, const struct comparison *c)
{
    const struct kin kin = population_kin(q->population, v->stock, q->subject.look->net[NET_NEAR]);
    double visitors = q->visitors + 1, alone = kind_is_ios(q->subject.look->kind) ? KIN_ALONE_IOS : KIN_ALONE;
    double share = (alone + KIN_ALIKE * fmax(kin.alike - 1, 0) + KIN_PROVEN * fmax(kin.proven - 1, 0)) / visitors;
    bool near = c->traits.outcome[TRAIT_network] == NET_NEAR;
    double here = fmin(1, fmax(kin.alike_here - KIN_NET_DISCOUNT, 0) / fmax(kin.alike, 1));
    double log_strangers = q->log_net[c->traits.outcome[TRAIT_network]];
    double net = (1 - here) * exp(log_strangers) + (near ? here : 0);
    double fleet = KIN_HERE * fmax(kin.proven_here - 1, 0) / visitors;
    if (near && share * net < fleet) net = fleet / share;
    double place = log(net) - log_strangers - c->weight[TRAIT_network];
    return (struct kinship){
        .open = share * exp(fmin(c->common + c->private_part - c->kin_common - c->kin_private + place, 60)),
        .hidden = share * exp(fmin(c->common - c->kin_common + place, 60)),
    };
}

static double newcomers(const struct query *q, const struct kinship *closest)
{
    const struct look *k = q->subject.look;
    double daily = q->subject.class ? class_newcomers_daily(q->subject.class, q->now_ms) : 1;
    double private = rates_private(&q->population->rates, k->kind);
    double open = fmax(1, closest->open), hidden = fmax(1, closest->hidden);
    if (k->private_window) return daily * private * hidden;
    return daily * ((1 - private) * open + private * hidden_share(k) * exp(q->private_gain) * hidden);
}

/* ---- the answer ---------------------------------------------------------------------------- */

/* How likely two visitors are one device, as far as their making says. */
static double same_device(const struct population *p, uint32_t a, uint32_t b)
{
    const struct profile *x = population_at(p, a), *y = population_at(p, b);
    if (x->parent == b) return x->of_parent;
    if (y->parent == a) return y->of_parent;
    return x->parent != NOBODY && x->parent == y->parent ? (double)x->of_parent * y->of_parent : 0;
}

/* What is compared of the candidate. */
static void prefetch(const struct query *q, uint32_t visitor)
{
    const struct profile *v = population_at(q->population, visitor);
    for (size_t at = 0; at < offsetof(struct profile, key); at += CACHE_LINE)
        __builtin_prefetch((const char *)v + at);
    population_prefetch_kin(q->population, v->stock, q->subject.look->net[NET_NEAR]);
}

/* Weighs the candidates that were not yet. */
static void weigh(struct candidates *c, const struct query *q, struct finding *out)
{
    struct comparison comparison;
    for (unsigned i = c->weighed; i < c->count && i < c->weighed + AHEAD; i++) prefetch(q, c->list[i]);
    for (unsigned i = c->weighed; i < c->count; i++) {
        const struct profile *v = population_at(q->population, c->list[i]);
        if (i + AHEAD < c->count) prefetch(q, c->list[i + AHEAD]);
        compare(&comparison, q, v);
        const struct habits habits = habits_of(q, v);
        const struct kinship kin = kinship_of(q, v, &comparison);
        bool as_private;
        c->weight[i] = weight_of(q, &habits, &comparison, &as_private);
        c->closest.open = fmax(c->closest.open, kin.open);
        c->closest.hidden = fmax(c->closest.hidden, kin.hidden);
        if (c->weight[i] > c->best) {
            c->second = c->best, c->best = c->weight[i], c->at = i;
            out->second = out->best, out->best = c->list[i];
            out->evidence = comparison;
            out->as_private = as_private;
        } else if (c->weight[i] > c->second) {
            c->second = c->weight[i], out->second = c->list[i];
        }
    }
    c->weighed = c->count;
}

static void share_out(const struct candidates *c, const struct query *q, struct finding *out)
{
    double fresh = newcomers(q, &c->closest), total = fresh;
    out->share = 0;
    for (unsigned i = 0; i < c->count; i++) total += c->weight[i];
    for (unsigned i = 0; i < c->count; i++)
        out->share += c->weight[i] / total * (i == c->at ? 1 : same_device(q->population, out->best, c->list[i]));
    out->second_share = c->second > 0 ? c->second / total : 0;
    out->newcomer = fresh / total;
    out->candidates = c->count;
}

/* What private windows change did not count: it is not shown either. */
static void leave_private_out(struct comparison *evidence, const struct look *look)
{
    for (unsigned t = 0; t < TRAIT_COUNT; t++) {
        if (!trait_is_other_in_private(look, (enum trait)t)) continue;
        evidence->traits.outcome[t] = OUTCOME_ABSENT;
        evidence->weight[t] = 0;
    }
}

/* Nobody fits, and somebody with a newer browser would have fitted better: evidence says why that is not it. */
static void explain_newer(struct finding *out, const struct query *q, uint32_t newer)
{
    compare(&out->evidence, q, population_at(q->population, newer));
    out->best = newer;
    out->second = NOBODY;
    out->share = out->second_share = 0;
    out->as_private = false;
    out->candidates++;
}

void search(struct finding *out, const struct query *q, uint32_t except)
{
    struct candidates c;
    *out = (struct finding){ .best = NOBODY, .second = NOBODY, .newcomer = 1 };
    memset(c.seen, 0, sizeof c.seen);
    c.count = c.weighed = c.at = 0;
    c.best = c.second = -1;
    c.closest = (struct kinship){ 0, 0 };
    c.most_likely = c.newer_likely = -INFINITY;
    c.newer = NOBODY;
    glances_init(&c.glances, q);
    if (except != NOBODY) first_time(&c, except);
    for (unsigned round = 0; round + 1 < COUNT_OF(rounds) && out->share < DECIDED; round++) {
        gather(&c, q, rounds[round], rounds[round + 1]);
        shorten(&c);
        if (c.count == c.weighed) continue;
        weigh(&c, q, out);
        share_out(&c, q, out);
    }
    if (out->share < NOT_IT && c.newer_likely > c.most_likely) explain_newer(out, q, c.newer);
    if (out->as_private) leave_private_out(&out->evidence, q->subject.look);
    double caution = SHARE_CAUTION * CAUTION_VISITORS / (CAUTION_VISITORS + q->population->count);
    out->found = out->share >= SHARE_MIN + caution;
}

/* ---- calibration --------------------------------------------------------------------------- */

/* Platt (1999): a logistic curve over the log odds, fitted on the development seeds (2,000 and 20,000 devices).
 * The model is too careful about matches near the threshold and too sure of newcomers. */
static double calibrated(double p, double offset, double slope)
{
    p = fmin(fmax(p, 0.0001), 0.9999);
    double odds = fmin(fmax(log(p / (1 - p)), -6), 8);
    return 1 / (1 + exp(-(offset + slope * odds)));
}

double score_match(double share, double purity)
{
    return calibrated(share * purity, 0.90, 0.77);
}

double score_newcomer(double newcomer)
{
    return calibrated(newcomer, -0.25, 0.57);
}
