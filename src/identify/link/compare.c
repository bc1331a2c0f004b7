/* compare - see compare.h. */
#include "identify/link/compare.h"

#include <assert.h>
#include <math.h>

/* Tuned on linkgen's development seeds 1, 2 and 3 at 2,000 and 20,000 devices, 2026-11-20. */
#define CONTEXT_WORTH     3.0f  /* visitors that the class-wide rarity is worth beside a context's own */
#define UNSEEN_VISITORS   0.3f  /* visitors that a value not seen yet counts as */
#define PRIOR_VISITORS    10.0f
#define PRIVATE_WORTH     2.0f
#define FONTS_NEAR_BITS   3     /* odd sketches this near are one list with some elements changed */
#define NEAR_SHARE        0.03f /* how often two devices' fonts are that near by chance */
#define DOWNGRADE_WEIGHT  (-30.0f)
#define FRESH_BELOW       0.05f
#define NEWER_IN_USE      0.05f /* share of recent visits that must have a newer version */

/* ---- the query ----------------------------------------------------------------------------- */

/* A new site has nobody to count: the first visitors stand beside PRIOR_VISITORS made up ones. */
static float share_of(float count, float visitors, float prior)
{
    return (count + UNSEEN_VISITORS + PRIOR_VISITORS * prior) / (visitors + 1 + PRIOR_VISITORS);
}

static void weigh_value(struct query *q, enum trait t)
{
    const struct population *p = q->population;
    const struct subject *s = &q->subject;
    const struct class *c = s->class;
    float count = population_value(p, s, t), u = share_of(count, q->visitors, trait_infos[t].share), among;
    float fresh = c ? (c->fresh[t] + 0.5f) / (c->shown[t] + 1) : 0.5f;
    q->fresh[t] = count < FRESH_BELOW;
    q->log_fresh[t] = logf(fresh);
    q->log_known[t] = logf(1 - 0.98f * fresh);
    if (trait_has_context(s, t)) {
        float with = population_value_given(p, s, t, &among);
        u = (with + CONTEXT_WORTH * u) / (among + CONTEXT_WORTH);
    }
    q->log_u[t] = logf(u);
    q->log_kin[t] = logf(trait_infos[t].sigma + (1 - trait_infos[t].sigma) * u);
    if (!trait_is_other_in_private(s->look, t)) return;
    float with = population_private(p, s, t, &among);
    q->private_gain += logf((with + PRIVATE_WORTH * u) / (among + PRIVATE_WORTH) / u);
}

/* Before anybody is known: households, a provider's region, a provider. */
static const float net_shares[NET_LEVELS] = { 0.005f, 0.02f, 0.05f };

static void weigh_networks(struct query *q)
{
    float of_class, rest = 1;
    const struct population *p = q->population;
    for (unsigned l = 0; l < NET_LEVELS; l++) {
        float anybody = population_network(p, &q->subject, (enum net_level)l, &of_class);
        float all = share_of(anybody, (float)p->count, net_shares[l]);
        float u = (of_class + CONTEXT_WORTH * all) / (q->visitors + CONTEXT_WORTH);
        q->log_net[l] = logf(u);
        rest = 1 - u;
    }
    q->log_net[NET_LEVELS] = logf(fmaxf(rest, 0.05f));
}

void query_init(struct query *q, const struct population *p, const struct look *look, int64_t now_ms)
{
    q->population = p;
    q->now_ms = now_ms;
    q->weighed = false;
    subject_init(&q->subject, p, look);
    q->visitors = q->subject.class ? q->subject.class->visitors : 0;
    for (unsigned w = 0; w < 2; w++) {
        q->versions_seen[w] = 0;
        for (unsigned i = 0; i < CLASS_VERSIONS && q->subject.class; i++)
            q->versions_seen[w] += q->subject.class->versions[w][i].seen;
    }
}

/* What search reads first lies behind two waits: a key's list, and there a visitor. Both pass while the counts are
 * read. */
static void prefetch_lists(const struct query *q, bool visitors)
{
    const struct blocks *b = &q->population->by_key;
    for (unsigned i = 0; i < POPULATION_KEYS; i++) {
        uint32_t e = blocks_first(b, q->key[i]);
        if (!visitors) blocks_prefetch_entry(b, e);
        else if (e) __builtin_prefetch(population_glance(q->population, blocks_entry(b, e)->visitor));
    }
}

void query_weigh(struct query *q)
{
    q->private_gain = 0;
    population_keys(q->key, &q->subject);
    for (unsigned i = 0; i < POPULATION_KEYS; i++) blocks_prefetch(&q->population->by_key, q->key[i]);
    population_prefetch_values(q->population, &q->subject);
    prefetch_lists(q, false);
    weigh_networks(q);
    prefetch_lists(q, true);
    for (unsigned t = 0; t < TRAIT_COUNT; t++)
        if (q->subject.value[t] && t != TRAIT_network) weigh_value(q, (enum trait)t);
    q->weighed = true;
}

/* ---- outcomes ------------------------------------------------------------------------------ */

/* Recent visits with the visitor's last version, and with newer ones. */
static void versions_in_use(const struct query *q, unsigned which, uint64_t was, float *same, float *newer)
{
    *same = *newer = 0;
    for (unsigned i = 0; q->subject.class && i < CLASS_VERSIONS; i++) {
        const struct class_version *v = &q->subject.class->versions[which][i];
        if (v->version == was) *same += v->seen;
        else if (v->version > was) *newer += v->seen;
    }
}

static bool is_fresh(const struct query *q, enum trait t)
{
    return q->weighed ? q->fresh[t] : population_value(q->population, &q->subject, t) < FRESH_BELOW;
}

static enum outcome network_outcome(const struct query *q, const struct profile *v, bool *moved)
{
    unsigned nearest = NET_LEVELS;
    *moved = v->net[1][0] != 0;
    for (unsigned i = 0; i < PROFILE_NETS && v->net[i][0]; i++)
        for (unsigned l = 0; l < nearest; l++)
            if (v->net[i][l] == q->subject.look->net[l]) nearest = l;
    return (enum outcome)nearest;
}

static enum outcome sided_outcome(const struct query *q, const struct profile *v, enum trait t, bool *moved)
{
    const struct look *k = q->subject.look;
    const uint32_t *slot = &v->slot[profile_slot_of[t]], value = q->subject.value[t];
    bool timed = trait_infos[t].how == TRAIT_TIMED;
    unsigned side = timed ? k->night : k->dark;
    if (slot[side])
        return slot[side] == value ? OUTCOME_SAME : is_fresh(q, t) ? OUTCOME_FRESH : OUTCOME_OTHER;
    if (!slot[!side] || !timed) return OUTCOME_ABSENT;
    *moved = true; /* the other half of the day is weaker evidence, and learnt apart */
    return slot[!side] == value ? OUTCOME_SAME : OUTCOME_OTHER;
}

static enum outcome value_outcome(const struct query *q, const struct profile *v, enum trait t, bool *moved)
{
    const struct trait_info *info = &trait_infos[t];
    const struct look *k = q->subject.look;
    const uint32_t *slot = &v->slot[profile_slot_of[t]], value = q->subject.value[t];
    if (!slot[0]) return OUTCOME_ABSENT;
    *moved = info->also == TRAIT_browser ? v->release != k->release : info->slots > 1 && slot[1];
    if (slot[0] == value) return OUTCOME_SAME;
    if (info->how == TRAIT_SET && __builtin_popcountll(v->fonts ^ k->fonts) <= FONTS_NEAR_BITS)
        return OUTCOME_BACK;
    for (unsigned i = 1; i < info->slots; i++)
        if (slot[i] == value) return OUTCOME_BACK;
    return is_fresh(q, t) ? OUTCOME_FRESH : OUTCOME_OTHER;
}

/* What a privacy browser draws anew for every session is absent when it differs, and so is a canvas or sound
 * that may be noise and that nobody else shows. When it agrees it is evidence like any other. */
static bool changed_on_purpose(const struct query *q, enum trait t, enum outcome o)
{
    const struct look *k = q->subject.look;
    bool noisy = k->noisy_canvas || k->private_window;
    if ((t == TRAIT_canvas || t == TRAIT_audio) && noisy && o == OUTCOME_FRESH) return true;
    return k->falsifies && trait_is_falsified(t);
}

static enum outcome outcome_of(const struct query *q, const struct profile *v, enum trait t, bool *moved)
{
    *moved = false;
    enum trait_how how = trait_infos[t].how;
    if (how == TRAIT_NETWORK) return network_outcome(q, v, moved);
    if (!q->subject.value[t]) return OUTCOME_ABSENT;
    enum outcome o = how == TRAIT_TIMED || how == TRAIT_TINTED ? sided_outcome(q, v, t, moved)
                                                               : value_outcome(q, v, t, moved);
    bool differs = o == OUTCOME_OTHER || o == OUTCOME_FRESH;
    return differs && changed_on_purpose(q, t, o) ? OUTCOME_ABSENT : o;
}

static enum outcome version_outcome(struct outcomes *out, const struct query *q, const struct profile *v,
                                    enum trait t)
{
    unsigned w = t == TRAIT_system;
    uint64_t was = v->version[w], is = q->subject.look->version[w];
    if (!is || !was) return OUTCOME_ABSENT;
    versions_in_use(q, w, was, &out->same_version[w], &out->newer_version[w]);
    out->moved[t] = out->newer_version[w] > NEWER_IN_USE * q->versions_seen[w];
    return is == was ? OUTCOME_SAME : is > was ? OUTCOME_OTHER : OUTCOME_BACK;
}

void outcomes_of(struct outcomes *out, const struct query *q, const struct profile *v)
{
    uint64_t changed = 0;
    for (unsigned t = 0; t < TRAIT_COUNT; t++) {
        const struct trait_info *info = &trait_infos[t];
        bool version = info->how == TRAIT_VERSION;
        enum outcome o = version ? version_outcome(out, q, v, (enum trait)t)
                                 : outcome_of(q, v, (enum trait)t, &out->moved[t]);
        out->differs[t] = o == OUTCOME_OTHER || o == OUTCOME_FRESH;
        if (info->slots && !version && o != OUTCOME_ABSENT && o != OUTCOME_SAME) {
            changed |= (uint64_t)1 << t;
            if (info->given != TRAIT_none && changed >> info->given & 1) o = OUTCOME_ABSENT; /* explained */
        }
        out->outcome[t] = (uint8_t)o;
    }
}

/* ---- weights ------------------------------------------------------------------------------- */

struct weight {
    float any;  /* against any newcomer */
    float kin;  /* against a machine of the same purchase */
};

static struct weight version_weight(const struct query *q, const struct outcomes *traits, enum trait t, float log_m,
                                    enum outcome o)
{
    unsigned w = t == TRAIT_system;
    float s = trait_infos[t].sigma, seen = o == OUTCOME_SAME ? traits->same_version[w] : traits->newer_version[w];
    float u = (seen + UNSEEN_VISITORS) / (q->versions_seen[w] + 1);
    float together = o == OUTCOME_SAME ? s : s * 0.1f; /* machines of one fleet are updated together */
    if (o == OUTCOME_BACK) return (struct weight){ DOWNGRADE_WEIGHT, DOWNGRADE_WEIGHT };
    return (struct weight){ log_m - logf(u), log_m - logf(together + (1 - s) * u) };
}

static struct weight value_weight(const struct query *q, enum trait t, float log_m, enum outcome o, bool moved)
{
    const struct trait_info *info = &trait_infos[t];
    float s = info->sigma;
    if (o == OUTCOME_BACK && info->how == TRAIT_SET) {
        float u = NEAR_SHARE + expf(q->log_u[t]);
        return (struct weight){ log_m - logf(u), log_m - logf(s + (1 - s) * u) };
    }
    if (o == OUTCOME_SAME || o == OUTCOME_BACK)
        return (struct weight){ log_m - q->log_u[t], log_m - q->log_kin[t] };
    float any = log_m - (o == OUTCOME_FRESH ? q->log_fresh[t] : q->log_known[t]);
    /* after an update everybody shows something new: that it is new says nothing */
    if (info->also == TRAIT_browser && moved && o == OUTCOME_OTHER) any = log_m;
    return (struct weight){ any, any - logf(1 - s + 0.01f * s) };
}

void compare(struct comparison *out, const struct query *q, const struct profile *v)
{
    unsigned gap = gap_of(v->last_ms, q->now_ms), kind = q->subject.look->kind;
    assert(q->weighed);
    outcomes_of(&out->traits, q, v);
    out->common = out->private_part = out->kin_common = out->kin_private = 0;
    for (unsigned t = 0; t < TRAIT_COUNT; t++) {
        const struct trait_info *info = &trait_infos[t];
        enum outcome o = (enum outcome)out->traits.outcome[t];
        bool moved = out->traits.moved[t];
        struct weight w;
        out->weight[t] = 0;
        if (o == OUTCOME_ABSENT) continue;
        float log_m = q->population->rates.log_m[t][kind][gap][moved][o];
        if (info->how == TRAIT_NETWORK) w = (struct weight){ log_m - q->log_net[o], 0 };
        else if (info->how == TRAIT_VERSION) w = version_weight(q, &out->traits, (enum trait)t, log_m, o);
        else w = value_weight(q, (enum trait)t, log_m, o, moved);
        if (info->sigma <= 0 && info->how != TRAIT_NETWORK) w.kin = w.any;
        out->weight[t] = w.any;
        if (trait_is_other_in_private(q->subject.look, (enum trait)t))
            out->private_part += w.any, out->kin_private += w.kin;
        else out->common += w.any, out->kin_common += w.kin;
    }
}
