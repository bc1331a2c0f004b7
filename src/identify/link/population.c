/* population - see population.h. */
#include "identify/link/population.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* A new site: as if a third of a newcomer of each class had come in a fifth of a day. */
#define PRIOR_NEWCOMERS 0.3
#define PRIOR_DAYS      0.2

/* What a key counts; mixed into it, so that no two kinds of count meet. */
enum key_kind { KEY_VALUE = 1, KEY_GIVEN, KEY_NET, KEY_NET_CLASS, KEY_STOCK, KEY_STOCK_NET, KEY_PROVEN,
                KEY_PROVEN_NET, KEY_STOCK_TIME };

static uint64_t key2(enum key_kind kind, uint64_t a, uint64_t b)
{
    return key_mix(key_mix(kind, a), b);
}

static uint64_t key4(enum key_kind kind, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    return key_mix(key_mix(key2(kind, a, b), c), d);
}

/* ---- classes ------------------------------------------------------------------------------- */

static struct class *find_class(const struct population *p, uint32_t class)
{
    for (uint32_t e = blocks_first(&p->by_class, class); e; e = blocks_entry(&p->by_class, e)->next) {
        struct class *c = p->classes[blocks_entry(&p->by_class, e)->visitor];
        if (c->class == class) return c;
    }
    return p->classes_count == CLASSES_MAX ? p->classes[CLASSES_MAX - 1] : NULL;
}

const struct class *population_class(const struct population *p, uint32_t class)
{
    return find_class(p, class);
}

static struct class *make_class(struct population *p, uint32_t class, int64_t now_ms)
{
    struct class *c = find_class(p, class);
    if (c) return c;
    c = calloc(1, sizeof *c);
    if (!c) return NULL;
    *c = (struct class){ .class = class, .since_ms = now_ms, .at_ms = now_ms };
    if (!blocks_add(&p->by_class, class, p->classes_count)) {
        free(c);
        return NULL;
    }
    p->classes[p->classes_count++] = c;
    return c;
}

static float faded(int64_t from_ms, int64_t to_ms)
{
    if (to_ms <= from_ms) return 1;
    return expf((float)(-(double)(to_ms - from_ms) / 86400000.0 / RECENT_DAYS));
}

static void fade(struct class *c, int64_t now_ms)
{
    float f = faded(c->at_ms, now_ms);
    if (f == 1) return;
    c->newcomers *= f;
    for (unsigned w = 0; w < 2; w++)
        for (unsigned i = 0; i < CLASS_VERSIONS; i++) c->versions[w][i].seen *= f;
    c->at_ms = now_ms;
}

double class_newcomers_daily(const struct class *c, int64_t now_ms)
{
    double days = fmax(0, (double)(now_ms - c->since_ms) / 86400000.0);
    double exposure = RECENT_DAYS * (1 - exp(-days / RECENT_DAYS));
    return (c->newcomers * faded(c->at_ms, now_ms) + PRIOR_NEWCOMERS) / (exposure + PRIOR_DAYS);
}

static void see_version(struct class *c, unsigned which, const struct look *look)
{
    struct class_version *v = c->versions[which], *slot = v;
    if (!look->version[which]) return;
    for (unsigned i = 0; i < CLASS_VERSIONS && slot->version != look->version[which]; i++)
        if (v[i].version == look->version[which] || v[i].seen < slot->seen) slot = &v[i];
    if (slot->version != look->version[which])
        *slot = (struct class_version){ .version = look->version[which] };
    slot->seen += 1;
    if (which || look->private_window) return;
    if (slot->globals == look->globals) slot->votes += 1;
    else if (slot->votes > 0) slot->votes -= 1;
    else slot->globals = look->globals, slot->votes = 1;
}

/* The browser's own globals, by the majority of this version's visitors. */
static bool usual_globals(const struct class *c, uint64_t version, uint64_t *out)
{
    for (unsigned i = 0; i < CLASS_VERSIONS; i++) {
        const struct class_version *v = &c->versions[0][i];
        if (v->version != version || v->votes < 2) continue;
        *out = v->globals;
        return true;
    }
    return false;
}

/* ---- the subject of a search --------------------------------------------------------------- */

static uint32_t stock_of(uint32_t class, const uint32_t *value)
{
    static const uint8_t shared[] = { TRAIT_model,   TRAIT_gpu,   TRAIT_webgpu,   TRAIT_cpu, TRAIT_touch,
                                      TRAIT_storage, TRAIT_fonts, TRAIT_language, TRAIT_zone };
    uint64_t h = class;
    for (size_t i = 0; i < COUNT_OF(shared); i++) h = key_mix(key_mix(h, value[shared[i]]), shared[i]);
    return (uint32_t)h | 1;
}

/* Canvas and audio in a browser that may add noise to them: the client says that it does (some always say
 * it), or it is a private window. Such a value is remembered only once somebody else shows it, too. */
static bool may_be_noise(const struct look *k, enum trait t)
{
    return (t == TRAIT_canvas || t == TRAIT_audio) && !k->falsifies &&
           (k->noisy_canvas || k->private_window);
}

void subject_init(struct subject *s, const struct population *p, const struct look *look)
{
    uint64_t usual = 0;
    *s = (struct subject){ .look = look, .class = find_class(p, look->class) };
    memcpy(s->value, look->value, sizeof s->value);
    if (s->value[TRAIT_extensions])
        s->value[TRAIT_extensions] = s->class && usual_globals(s->class, look->version[0], &usual)
                                         ? (uint32_t)key_mix(look->globals ^ usual, 3) | 1
                                         : 0;
    s->stock = stock_of(look->class, s->value);
    for (unsigned t = 0; t < TRAIT_COUNT; t++) {
        bool other = look->private_window && trait_is_other_in_private(look, (enum trait)t);
        bool noise = may_be_noise(look, (enum trait)t) &&
                     (!s->class || population_value(p, s, (enum trait)t) < 0.5f);
        if (other || noise) s->bare |= (uint64_t)1 << t;
    }
}

/* What the rarity of a value is asked among; 0: nothing special. */
static uint32_t context_of(const uint32_t *value, uint32_t release, enum trait t)
{
    const struct trait_info *info = &trait_infos[t];
    bool release_too = info->also == TRAIT_browser;
    if (info->given == TRAIT_none && !release_too) return 0;
    uint32_t a = info->given == TRAIT_none ? 1 : value[info->given];
    if (!a && !release_too) return 0;
    return (uint32_t)key_mix(a, release_too ? release : 1) | 1;
}

bool trait_has_context(const struct subject *s, enum trait t)
{
    return context_of(s->value, s->look->release, t) != 0;
}

float population_value(const struct population *p, const struct subject *s, enum trait t)
{
    return counts_get(&p->values, key4(KEY_VALUE, s->look->class, t, s->value[t], 0));
}

float population_value_given(const struct population *p, const struct subject *s, enum trait t, float *among)
{
    uint32_t context = context_of(s->value, s->look->release, t);
    *among = counts_get(&p->values, key4(KEY_GIVEN, s->look->class, t, context, 0));
    return counts_get(&p->values, key4(KEY_GIVEN, s->look->class, t, context, s->value[t]));
}

/* In a private window the list of languages is cut to the first, and the quota follows from the memory. */
static uint32_t private_context(const uint32_t *value, enum trait t)
{
    return t == TRAIT_languages ? value[TRAIT_language] : t == TRAIT_storage ? value[TRAIT_cpu] : 1;
}

float population_private(const struct population *p, const struct subject *s, enum trait t, float *among)
{
    uint32_t context = private_context(s->value, t);
    *among = counts_get(&p->private_values, key4(KEY_GIVEN, s->look->class, t, context, 0));
    return counts_get(&p->private_values, key4(KEY_GIVEN, s->look->class, t, context, s->value[t]));
}

float population_network(const struct population *p, const struct subject *s, enum net_level l, float *of_class)
{
    *of_class = counts_get(&p->values, key4(KEY_NET_CLASS, s->look->class, l, s->look->net[l], 0));
    return counts_get(&p->values, key2(KEY_NET, l, s->look->net[l]));
}

struct kin population_kin(const struct population *p, uint32_t stock, uint32_t net)
{
    return (struct kin){ .alike = counts_get(&p->values, key2(KEY_STOCK, stock, 0)),
                         .alike_here = counts_get(&p->values, key2(KEY_STOCK_NET, stock, net)),
                         .proven = counts_get(&p->values, key2(KEY_PROVEN, stock, 0)),
                         .proven_here = counts_get(&p->values, key2(KEY_PROVEN_NET, stock, net)) };
}

void population_prefetch_values(const struct population *p, const struct subject *s)
{
    uint32_t class = s->look->class;
    for (unsigned t = 0; t < TRAIT_COUNT; t++) {
        if (!s->value[t]) continue;
        uint32_t context = context_of(s->value, s->look->release, (enum trait)t);
        counts_prefetch(&p->values, key4(KEY_VALUE, class, t, s->value[t], 0));
        if (!context) continue;
        counts_prefetch(&p->values, key4(KEY_GIVEN, class, t, context, 0));
        counts_prefetch(&p->values, key4(KEY_GIVEN, class, t, context, s->value[t]));
    }
    for (unsigned l = 0; l < NET_LEVELS; l++) {
        counts_prefetch(&p->values, key4(KEY_NET_CLASS, class, l, s->look->net[l], 0));
        counts_prefetch(&p->values, key2(KEY_NET, l, s->look->net[l]));
    }
}

void population_prefetch_kin(const struct population *p, uint32_t stock, uint32_t net)
{
    counts_prefetch(&p->values, key2(KEY_STOCK, stock, 0));
    counts_prefetch(&p->values, key2(KEY_STOCK_NET, stock, net));
    counts_prefetch(&p->values, key2(KEY_PROVEN, stock, 0));
    counts_prefetch(&p->values, key2(KEY_PROVEN_NET, stock, net));
}

void population_keys(uint32_t out[POPULATION_KEYS], const struct subject *s)
{
    const uint32_t *v = s->value, *net = s->look->net;
    uint64_t class = s->look->class;
    uint64_t machine = key_mix(key_mix(key_mix(key_mix(class, v[TRAIT_gpu]), v[TRAIT_cpu]), v[TRAIT_model]),
                               v[TRAIT_screen]);
    uint64_t place = key_mix(v[TRAIT_zone], v[TRAIT_language]);
    uint64_t disk = key_mix(v[TRAIT_storage], v[TRAIT_fonts]);
    uint64_t all = key_mix(machine, key_mix(place, disk));
    uint64_t habits = key_mix(key_mix(v[TRAIT_privacy], v[TRAIT_access]),
                              key_mix(v[TRAIT_permissions], v[TRAIT_voices]));
    uint64_t no_screen = key_mix(place, key_mix(v[TRAIT_gpu], v[TRAIT_cpu]));
    const uint64_t keys[POPULATION_KEYS] = {
        v[TRAIT_user] ? key_mix(class, v[TRAIT_user]) : 0,
        key_mix(all, net[NET_WIDE]),
        key_mix(class, net[NET_NEAR]),
        key_mix(all, habits),
        key_mix(all, net[NET_BLOCK]),
        all,
        key_mix(class, key_mix(key_mix(v[TRAIT_canvas], disk), no_screen)),
        key_mix(class, key_mix(disk, place)),
        key_mix(machine, place),
        key_mix(key_mix(class, v[TRAIT_canvas]), key_mix(disk, v[TRAIT_gpu])),
        key_mix(key_mix(class, key_mix(v[TRAIT_screen], v[TRAIT_webgpu])),
                key_mix(v[TRAIT_language], net[NET_WIDE])),
        machine,
    };
    for (unsigned i = 0; i < POPULATION_KEYS; i++)
        out[i] = keys[i] ? (uint32_t)(key_mix(keys[i], i + 900) >> 32) | 1 : 0;
}

/* ---- visitors ------------------------------------------------------------------------------ */

enum err population_create(struct population **out)
{
    struct population *p = calloc(1, sizeof *p);
    if (p) p->classes = calloc(CLASSES_MAX, sizeof *p->classes);
    if (!p || !p->classes) {
        free(p);
        return ERR_NO_MEMORY;
    }
    rates_init(&p->rates);
    *out = p;
    return ERR_OK;
}

void population_free(struct population *p)
{
    for (uint32_t i = 0; i < p->chunks; i++) free(p->chunk[i]);
    for (uint32_t i = 0; i < p->classes_count; i++) free(p->classes[i]);
    free(p->chunk);
    free(p->classes);
    blocks_free(&p->by_id);
    blocks_free(&p->by_class);
    blocks_free(&p->by_key);
    blocks_free(&p->by_hardware);
    counts_free(&p->values);
    counts_free(&p->private_values);
    free(p);
}

size_t population_bytes(const struct population *p)
{
    return sizeof *p + p->chunks * (sizeof(struct chunk) + sizeof *p->chunk) +
           p->classes_count * sizeof(struct class) + blocks_bytes(&p->by_id) + blocks_bytes(&p->by_key) +
           blocks_bytes(&p->by_hardware) + counts_bytes(&p->values) + counts_bytes(&p->private_values);
}

static uint32_t id_key(struct visitor_id id)
{
    return (uint32_t)(key_mix(id.high, id.low) >> 32) | 1;
}

uint32_t population_find(const struct population *p, struct visitor_id id)
{
    for (uint32_t e = blocks_first(&p->by_id, id_key(id)); e; e = blocks_entry(&p->by_id, e)->next) {
        const struct profile *v = population_at(p, blocks_entry(&p->by_id, e)->visitor);
        if (v->class && visitor_id_eq(v->id, id)) return blocks_entry(&p->by_id, e)->visitor;
    }
    return NOBODY;
}

static uint32_t hardware_key(uint64_t hardware)
{
    return (uint32_t)(hardware >> 32) | 1;
}

uint32_t population_find_hardware(const struct population *p, uint64_t hardware)
{
    if (!hardware) return NOBODY;
    for (uint32_t e = blocks_first(&p->by_hardware, hardware_key(hardware)); e;
         e = blocks_entry(&p->by_hardware, e)->next)
        if (population_at(p, blocks_entry(&p->by_hardware, e)->visitor)->hardware == hardware)
            return blocks_entry(&p->by_hardware, e)->visitor;
    return NOBODY;
}

static struct profile *new_profile(struct population *p, struct visitor_id id, uint32_t *at)
{
    if (p->count == p->chunks * CHUNK_PROFILES) {
        void *larger = realloc(p->chunk, (p->chunks + 1) * sizeof *p->chunk);
        if (!larger) return NULL;
        p->chunk = larger;
        p->chunk[p->chunks] = aligned_alloc(CACHE_LINE, sizeof(struct chunk));
        if (!p->chunk[p->chunks]) return NULL;
        memset(p->chunk[p->chunks], 0, sizeof(struct chunk));
        p->chunks++;
    }
    if (!blocks_add(&p->by_id, id_key(id), p->count)) return NULL;
    *at = p->count++;
    return population_at(p, *at);
}

static void glance_again(struct population *p, uint32_t visitor)
{
    struct chunk *chunk = p->chunk[visitor / CHUNK_PROFILES];
    unsigned at = visitor % CHUNK_PROFILES;
    glance_take(&chunk->line[at].glance, &chunk->profile[at]);
}

/* Days since 2020, in a counter: a float is right to some minutes there. */
static float time_number(int64_t ms)
{
    return (float)((double)(ms - 1577836800000) / 86400000.0);
}

static void note_stock_time(struct population *p, const struct profile *v)
{
    uint64_t key = key2(KEY_STOCK_TIME, v->stock, 0);
    float was = counts_get(&p->values, key), is = time_number(v->first_ms);
    if (is > was) counts_add(&p->values, key, is - was);
}

static bool count_newcomer(struct population *p, struct class *c, const struct profile *v)
{
    fade(c, v->first_ms);
    c->visitors += 1;
    c->newcomers += v->weight;
    if (!v->made_private) note_stock_time(p, v);
    return counts_add(&p->values, key2(KEY_STOCK, v->stock, 0), v->weight);
}

uint32_t population_add(struct population *p, struct visitor_id id, const struct subject *s, int64_t now_ms,
                        double weight)
{
    uint32_t at;
    struct class *c = make_class(p, s->look->class, now_ms);
    struct profile *v = c ? new_profile(p, id, &at) : NULL;
    if (!v) return NOBODY;
    *v = (struct profile){ .id = id, .first_ms = now_ms, .last_ms = now_ms, .class = s->look->class,
                           .kind = s->look->kind, .made_private = s->look->private_window, .sessions = 1,
                           .private_sessions = s->look->private_window, .stock = s->stock, .purity = 1,
                           .weight = (float)weight, .parent = NOBODY, .child = NOBODY, .high_recall = at,
                           .last_net = { s->look->net[NET_BLOCK] }, .net_ms = now_ms };
    for (unsigned t = 0; t < TRAIT_COUNT; t++) {
        if (!s->value[t]) continue;
        c->shown[t] += 1;
        c->fresh[t] += population_value(p, s, (enum trait)t) < 0.05f;
    }
    count_newcomer(p, c, v);
    rates_learn_newcomer(&p->rates, v->kind, v->made_private);
    return at;
}

static bool count_value(struct population *p, uint32_t class, const uint32_t *value, uint32_t release, enum trait t,
                        bool alone, bool given)
{
    uint32_t context = context_of(value, release, t);
    bool good = !alone || counts_add(&p->values, key4(KEY_VALUE, class, t, value[t], 0), 1);
    if (!given || !context) return good;
    good &= counts_add(&p->values, key4(KEY_GIVEN, class, t, context, value[t]), 1);
    return good & counts_add(&p->values, key4(KEY_GIVEN, class, t, context, 0), 1);
}

static bool remember_values(struct population *p, struct profile *v, const struct subject *s, int64_t now_ms)
{
    const struct look *k = s->look;
    bool updated = v->release && v->release != k->release, good = true;
    uint64_t fresh = profile_remember(v, k, s->value, s->bare, now_ms);
    for (unsigned t = 0; t < TRAIT_COUNT; t++) {
        bool is_new = fresh >> t & 1;
        bool again = updated && trait_infos[t].also == TRAIT_browser; /* a new context for an old value */
        if (!s->value[t] || !trait_infos[t].slots) continue;
        if (!(s->bare >> t & 1)) {
            good &= count_value(p, k->class, s->value, k->release, (enum trait)t, is_new, is_new || again);
        } else if (may_be_noise(k, (enum trait)t)) {
            good &= count_value(p, k->class, s->value, k->release, (enum trait)t, true, false);
        } else {
            uint32_t context = private_context(s->value, (enum trait)t);
            good &= counts_add(&p->private_values, key4(KEY_GIVEN, k->class, t, context, s->value[t]), 1);
            good &= counts_add(&p->private_values, key4(KEY_GIVEN, k->class, t, context, 0), 1);
        }
    }
    return good;
}

static bool count_network(struct population *p, const struct profile *v, const uint32_t *net, bool near_is_new,
                          const bool fresh[NET_LEVELS])
{
    bool good = true;
    for (unsigned l = 0; l < NET_LEVELS; l++) {
        if (!fresh[l]) continue;
        good &= counts_add(&p->values, key2(KEY_NET, l, net[l]), 1);
        good &= counts_add(&p->values, key4(KEY_NET_CLASS, v->class, l, net[l], 0), 1);
    }
    if (!near_is_new) return good;
    good &= counts_add(&p->values, key2(KEY_STOCK_NET, v->stock, net[NET_NEAR]), v->weight);
    if (v->proven) good &= counts_add(&p->values, key2(KEY_PROVEN_NET, v->stock, net[NET_NEAR]), 1);
    return good;
}

/* A key that is shown again moves to the front; the one not shown for longest goes. */
static bool remember_keys(struct population *p, uint32_t visitor, struct profile *v, const struct subject *s)
{
    uint32_t keys[POPULATION_KEYS];
    bool good = true;
    population_keys(keys, s);
    for (unsigned i = POPULATION_KEYS; i-- > 0;) {
        unsigned at = 0;
        if (!keys[i]) continue;
        while (at < PROFILE_KEYS - 1 && v->key[at] && v->key[at] != keys[i]) at++;
        if (v->key[at] != keys[i]) {
            if (v->key[at]) blocks_remove(&p->by_key, v->key[at], visitor);
            good &= blocks_add(&p->by_key, keys[i], visitor);
        }
        memmove(v->key + 1, v->key, at * sizeof *v->key);
        v->key[0] = keys[i];
    }
    return good;
}

/* From now on this hardware names this visitor, and no other. */
static bool remember_hardware(struct population *p, uint32_t visitor, uint64_t hardware)
{
    struct profile *v = population_at(p, visitor);
    if (!hardware || v->hardware == hardware) return true;
    if (v->hardware) blocks_remove(&p->by_hardware, hardware_key(v->hardware), visitor);
    v->hardware = hardware;
    return blocks_add(&p->by_hardware, hardware_key(hardware), visitor);
}

bool population_remember(struct population *p, uint32_t visitor, struct subject *s, int64_t now_ms)
{
    struct profile *v = population_at(p, visitor);
    struct class *c = make_class(p, s->look->class, now_ms);
    bool fresh[NET_LEVELS], good = c != NULL;
    if (c) {
        fade(c, now_ms);
        for (unsigned w = 0; w < 2; w++) see_version(c, w, s->look);
    }
    good &= remember_values(p, v, s, now_ms);
    good &= remember_hardware(p, visitor, s->look->hardware);
    bool near_is_new = profile_remember_network(v, s->look, fresh);
    good &= count_network(p, v, s->look->net, near_is_new, fresh);
    glance_again(p, visitor);
    return good & remember_keys(p, visitor, v, s);
}

void population_prove(struct population *p, uint32_t visitor)
{
    struct profile *v = population_at(p, visitor);
    if (v->proven || v->made_private) return;
    float latest = counts_get(&p->values, key2(KEY_STOCK_TIME, v->stock, 0));
    if (latest <= time_number(v->first_ms + SESSION_GAP_MS)) return;
    v->proven = true;
    counts_add(&p->values, key2(KEY_PROVEN, v->stock, 0), 1);
    for (unsigned i = 0; i < PROFILE_NETS && v->net[i][0]; i++)
        counts_add(&p->values, key2(KEY_PROVEN_NET, v->stock, v->net[i][NET_NEAR]), 1);
}

/* Its values stay counted, as long as the server runs: a count says how common a value is, and names nobody. */
void population_forget(struct population *p, uint32_t visitor)
{
    struct profile *v = population_at(p, visitor);
    uint32_t child = v->child;
    for (unsigned i = 0; i < PROFILE_KEYS; i++)
        if (v->key[i]) blocks_remove(&p->by_key, v->key[i], visitor);
    blocks_remove(&p->by_id, id_key(v->id), visitor);
    if (v->hardware) blocks_remove(&p->by_hardware, hardware_key(v->hardware), visitor);
    struct profile *parent = v->parent == NOBODY ? NULL : population_at(p, v->parent);
    if (parent && parent->child == visitor) { /* its device did not move on to this one, after all */
        parent->child = NOBODY;
        parent->moved_on = fmaxf(0, 1 - (1 - parent->moved_on) / fmaxf(1 - v->of_parent, 0.01f));
    }
    if (child != NOBODY && population_at(p, child)->parent == visitor) {
        population_at(p, child)->parent = NOBODY;
        population_at(p, child)->of_parent = 0;
    }
    *v = (struct profile){ .parent = NOBODY, .child = NOBODY, .high_recall = NOBODY };
    glance_again(p, visitor);
}

/* ---- at the start -------------------------------------------------------------------------- */

/* The values remembered first, as if they were shown now, on each of the networks. */
static void restored_subject(struct subject *s, struct look *look, const struct profile *v, unsigned net)
{
    *look = (struct look){ .class = v->class, .kind = v->kind, .release = v->release };
    *s = (struct subject){ .look = look, .stock = v->stock };
    for (unsigned t = 0; t < TRAIT_COUNT; t++)
        if (trait_infos[t].slots) s->value[t] = v->slot[profile_slot_of[t]];
    memcpy(look->net, v->net[net], sizeof look->net);
}

static bool count_restored(struct population *p, struct class *c, const struct profile *v, const struct subject *s)
{
    bool good = count_newcomer(p, c, v);
    for (unsigned t = 0; t < TRAIT_COUNT; t++) {
        const uint32_t *slot = &v->slot[profile_slot_of[t]];
        uint32_t value[TRAIT_COUNT];
        memcpy(value, s->value, sizeof value);
        for (unsigned i = trait_infos[t].slots; i-- > 0;) {
            if (!slot[i]) continue;
            value[t] = slot[i];
            good &= count_value(p, v->class, value, v->release, (enum trait)t, true, i == 0);
        }
    }
    if (v->proven) good &= counts_add(&p->values, key2(KEY_PROVEN, v->stock, 0), 1);
    return good;
}

static void link_restored(struct population *p, uint32_t visitor, const struct profile_ids *ids)
{
    struct profile *v = population_at(p, visitor);
    v->parent = population_find(p, ids->parent);
    v->high_recall = population_find(p, ids->high_recall);
    if (v->high_recall == NOBODY) v->high_recall = visitor;
    if (v->parent != NOBODY) population_at(p, v->parent)->child = visitor;
}

bool population_restore(struct population *p, struct visitor_id id, struct str bytes)
{
    struct profile read, *v;
    struct profile_ids ids;
    struct subject s;
    struct look look;
    uint32_t visitor;
    if (!profile_read(&read, &ids, bytes)) return false;
    struct class *c = make_class(p, read.class, read.first_ms);
    if (!c || !(v = new_profile(p, id, &visitor))) return false;
    *v = read;
    v->id = id;
    if (v->hardware && !blocks_add(&p->by_hardware, hardware_key(v->hardware), visitor)) return false;
    link_restored(p, visitor, &ids);
    glance_again(p, visitor);
    for (unsigned n = PROFILE_NETS; n-- > 0;) {
        bool fresh[NET_LEVELS];
        if (!v->net[n][0]) continue;
        restored_subject(&s, &look, v, n);
        for (unsigned l = 0; l < NET_LEVELS; l++) {
            fresh[l] = true;
            for (unsigned m = n + 1; m < PROFILE_NETS; m++) fresh[l] &= v->net[m][l] != look.net[l];
        }
        if (!count_network(p, v, look.net, true, fresh) || !remember_keys(p, visitor, v, &s)) return false;
    }
    restored_subject(&s, &look, v, 0);
    for (unsigned t = 0; t < TRAIT_COUNT; t++) {
        if (!s.value[t]) continue;
        c->shown[t] += 1;
        c->fresh[t] += population_value(p, &s, (enum trait)t) < 0.05f;
    }
    return count_restored(p, c, v, &s);
}

static struct visitor_id id_at(const struct population *p, uint32_t visitor)
{
    return visitor == NOBODY ? (struct visitor_id){ 0, 0 } : population_at(p, visitor)->id;
}

struct profile_ids population_ids(const struct population *p, uint32_t visitor)
{
    const struct profile *v = population_at(p, visitor);
    return (struct profile_ids){ .parent = id_at(p, v->parent), .child = id_at(p, v->child),
                                 .high_recall = id_at(p, v->high_recall == visitor ? NOBODY : v->high_recall) };
}

enum { POPULATION_FORM = 2 }; /* 1: the parts of `counts` were others */
#define TIME_MAX_MS ((int64_t)1 << 53) /* of damaged bytes, differences must not overflow */

static void write_class(struct bytes_out *out, const struct class *c)
{
    size_t used = 0;
    for (unsigned w = 0; w < 2; w++)
        for (unsigned i = 0; i < CLASS_VERSIONS; i++) used += c->versions[w][i].seen > 0.001f;
    bytes_put_varint(out, c->class);
    bytes_put_signed(out, c->since_ms);
    bytes_put_signed(out, c->at_ms);
    bytes_put_varint(out, used);
    for (unsigned w = 0; w < 2; w++) {
        for (unsigned i = 0; i < CLASS_VERSIONS; i++) {
            const struct class_version *v = &c->versions[w][i];
            if (!(v->seen > 0.001f)) continue;
            bytes_put_u8(out, (uint8_t)w);
            bytes_put_varint(out, v->version);
            bytes_put_u64(out, v->globals);
            bytes_put_float(out, v->seen);
            bytes_put_float(out, v->votes);
        }
    }
}

void population_write(struct bytes_out *out, const struct population *p)
{
    bytes_put_u8(out, POPULATION_FORM);
    rates_write(out, &p->rates);
    bytes_put_varint(out, p->classes_count);
    for (uint32_t i = 0; i < p->classes_count; i++) write_class(out, p->classes[i]);
    counts_write(out, &p->private_values);
}

/* A count of bytes that may be damaged. */
static float get_count(struct cursor *c)
{
    float value = cursor_float(c);
    return value >= 0 && value < 1e12f ? value : 0;
}

static bool read_class(struct population *p, struct cursor *c)
{
    uint32_t name = (uint32_t)cursor_varint(c), used[2] = { 0, 0 };
    int64_t since = cursor_signed(c), at = cursor_signed(c);
    if (c->bad || since < 0 || since > TIME_MAX_MS || at < 0 || at > TIME_MAX_MS) return false;
    struct class *class = make_class(p, name, since), rest;
    if (!class) return false;
    if (class->class != name) class = &rest; /* one beyond CLASSES_MAX: read, to get to the next, and dropped */
    else class->since_ms = since;
    if (class != &rest && at > class->at_ms) fade(class, at);
    for (uint64_t n = cursor_varint(c); n && !c->bad; n--) {
        unsigned w = cursor_u8(c) & 1;
        struct class_version v = { .version = cursor_varint(c) };
        v.globals = cursor_u64(c);
        v.seen = get_count(c);
        v.votes = get_count(c);
        if (used[w] < CLASS_VERSIONS) class->versions[w][used[w]++] = v;
    }
    return !c->bad;
}

bool population_read(struct population *p, struct str bytes)
{
    struct cursor c = cursor_of(bytes);
    uint8_t form = cursor_u8(&c);
    if (!form || form > POPULATION_FORM || !rates_read(&p->rates, &c)) return false;
    for (uint64_t n = cursor_varint(&c); n; n--)
        if (!read_class(p, &c)) return false;
    return form < POPULATION_FORM || counts_read(&p->private_values, &c);
}
