/* search - see search.h. */
#include "identify/link/search.h"

#include <math.h>
#include <stddef.h>

/* Tuned on linkgen's development seeds 1, 2 and 3, at 2,000 and at 20,000 devices, 2026-11-20. */
#define SHARE_MIN      0.61 /* a wrong merge blocks an innocent person, a split lets one repeat through */
#define SHARE_CAUTION  0.16 /* and so much more while little has been learnt: half of it at ... */
#define CAUTION_VISITORS 2000.0
#define RATE_SESSIONS  1.5  /* a gamma prior on a visitor's rate: this many sessions in ... */
#define RATE_DAYS      4.0
#define HIDDEN_PRIVATE 0.3  /* private windows that do not say so (the agent's probes; 30 % in 2026) */
#define RETURN_GAIN    2.0  /* visits come in runs: a known device is likelier than its mean rate says */
#define PRIVATE_GAIN   4.0
#define OWN_WORTH      3.0  /* sessions that the kind's habits are worth beside the visitor's own */
#define OTHER_GAP_WORTH 0.3
#define PARENT_WORTH   0.8  /* how far a fragment inherits its parent's habits */
#define KIN_ALONE      0.01 /* kin of a visitor that has shown none: expected newcomers among them */
#define KIN_ALIKE      0.06 /* for each visitor of its stock; some are fragments of one device */
#define KIN_PROVEN     0.1  /* for each that was in use at the same time, in addition */
#define KIN_HERE       0.5  /* for each such one on this network */
#define KIN_NET_DISCOUNT 0.9 /* Pitman and Yor's: one on a network does not yet make it a place of many */

enum { CANDIDATES_MAX = 400, KEY_VISITORS_MAX = 64, SEEN_SLOTS = 1024 };
/* Candidates that are fetched before their turn: some 10 cache lines each, of which a core can await 20 or so. */
enum { AHEAD = 3, CACHE_LINE = 64 };

/* ---- candidates ---------------------------------------------------------------------------- */

struct candidates {
    uint32_t list[CANDIDATES_MAX];
    unsigned count;
    uint32_t seen[SEEN_SLOTS]; /* place + 1, to take each once */
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

/* The latest KEY_VISITORS_MAX of each key. A wide key that more visitors share is left out: the narrower ones
 * have their best. A list is a chain through memory, each step a wait; so all go forward together. */
static void read_lists(struct lists *out, const struct query *q)
{
    const struct population *p = q->population;
    uint32_t keys[POPULATION_KEYS], next[POPULATION_KEYS];
    bool more = true;
    population_keys(keys, &q->subject);
    for (unsigned i = 0; i < POPULATION_KEYS; i++) blocks_prefetch(&p->by_key, keys[i]);
    for (unsigned i = 0; i < POPULATION_KEYS; i++) {
        bool wide = i >= POPULATION_KEYS_NARROW && blocks_size(&p->by_key, keys[i]) > KEY_VISITORS_MAX;
        next[i] = wide ? 0 : blocks_first(&p->by_key, keys[i]);
        out->count[i] = 0;
        blocks_prefetch_entry(&p->by_key, next[i]);
    }
    while (more) {
        more = false;
        for (unsigned i = 0; i < POPULATION_KEYS; i++) {
            if (!next[i] || out->count[i] == KEY_VISITORS_MAX) continue;
            const struct block_entry *e = &p->by_key.entry[next[i]];
            out->visitor[i][out->count[i]++] = e->visitor;
            next[i] = e->next;
            blocks_prefetch_entry(&p->by_key, next[i]);
            __builtin_prefetch(population_at(p, e->visitor));
            more = true;
        }
    }
}

static void gather(struct candidates *c, const struct query *q, uint32_t except)
{
    struct lists lists;
    read_lists(&lists, q);
    for (unsigned i = 0; i < POPULATION_KEYS; i++) {
        for (unsigned at = 0; at < lists.count[i]; at++) {
            uint32_t visitor = lists.visitor[i][at];
            if (c->count == CANDIDATES_MAX) return;
            if (visitor == except || !first_time(c, visitor)) continue;
            if (population_at(q->population, visitor)->class == q->subject.look->class)
                c->list[c->count++] = visitor;
        }
    }
}

/* ---- how likely is it that this visitor comes now, and so? --------------------------------- */

static double days_between(int64_t from_ms, int64_t to_ms)
{
    return fmax(0, (double)(to_ms - from_ms) / 86400000.0);
}

static const struct profile *parent_of(const struct population *p, const struct profile *v)
{
    if (v->parent == NOBODY || v->of_parent <= 0.02f) return NULL;
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

/* Sessions a day like this one, times the likelihood ratio. */
static double weight_of(const struct query *q, const struct habits *h, const struct comparison *c)
{
    if (q->subject.look->private_window) return PRIVATE_GAIN * h->daily * h->private * exp(c->common);
    double open = (1 - h->private) * h->lost * exp(c->common + c->private_part);
    double hidden = h->private * HIDDEN_PRIVATE * exp(c->common + q->private_gain);
    return RETURN_GAIN * h->daily * (open + hidden);
}

/* ---- newcomers ----------------------------------------------------------------------------- */

/* How much likelier this look is among the candidate's kin than among strangers, times how many of the newcomers
 * are its kin; once for open and once for private windows. */
struct kinship {
    double open, hidden;
};

static struct kinship kinship_of(const struct query *q, const struct profile *v, const struct comparison *c)
{
    const struct kin kin = population_kin(q->population, v->stock, q->subject.look->net[NET_NEAR]);
    double visitors = q->visitors + 1;
    double share = (KIN_ALONE + KIN_ALIKE * fmax(kin.alike - 1, 0) + KIN_PROVEN * fmax(kin.proven - 1, 0)) / visitors;
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
    return daily * ((1 - private) * open + private * HIDDEN_PRIVATE * exp(q->private_gain) * hidden);
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

/* What is compared of the candidate; its first line, with the stock, is there since `gather`. */
static void prefetch(const struct query *q, uint32_t visitor)
{
    const struct profile *v = population_at(q->population, visitor);
    for (size_t at = CACHE_LINE; at < offsetof(struct profile, key); at += CACHE_LINE)
        __builtin_prefetch((const char *)v + at);
    population_prefetch_kin(q->population, v->stock, q->subject.look->net[NET_NEAR]);
}

void search(struct finding *out, const struct query *q, uint32_t except)
{
    struct candidates c = { .count = 0 };
    double weight[CANDIDATES_MAX], total, best = -1, second = -1;
    struct kinship closest = { 0, 0 };
    struct comparison comparison;
    unsigned at = 0;
    out->best = out->second = NOBODY;
    out->share = out->second_share = 0;
    out->newcomer = 1;
    out->found = false;
    gather(&c, q, except);
    out->candidates = c.count;
    if (c.count == 0) return;
    for (unsigned i = 0; i < c.count && i < AHEAD; i++) prefetch(q, c.list[i]);
    for (unsigned i = 0; i < c.count; i++) {
        const struct profile *v = population_at(q->population, c.list[i]);
        if (i + AHEAD < c.count) prefetch(q, c.list[i + AHEAD]);
        compare(&comparison, q, v);
        const struct habits habits = habits_of(q, v);
        const struct kinship kin = kinship_of(q, v, &comparison);
        weight[i] = weight_of(q, &habits, &comparison);
        closest.open = fmax(closest.open, kin.open);
        closest.hidden = fmax(closest.hidden, kin.hidden);
        if (weight[i] > best) {
            second = best, best = weight[i], at = i;
            out->second = out->best, out->best = c.list[i];
            out->evidence = comparison;
        } else if (weight[i] > second) {
            second = weight[i], out->second = c.list[i];
        }
    }
    double fresh = newcomers(q, &closest);
    total = fresh;
    for (unsigned i = 0; i < c.count; i++) total += weight[i];
    for (unsigned i = 0; i < c.count; i++)
        out->share += weight[i] / total * (i == at ? 1 : same_device(q->population, out->best, c.list[i]));
    out->second_share = second > 0 ? second / total : 0;
    out->newcomer = fresh / total;
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
    return calibrated(share * purity, 1.71, 0.61);
}

double score_newcomer(double newcomer)
{
    return calibrated(newcomer, -0.18, 0.63);
}
