/* population - all visitors of one workspace, and how common everything about them is.
 *
 * u, in Fellegi and Sunter's terms: how many visitors of a class (browser and system) have shown a value, alone
 * and among those who share what it depends on. Memory only: it is rebuilt from the visitors' profiles when the
 * server starts. Not safe for several threads at once; reading beside reading is (linkage.c holds the lock).
 */
#ifndef WHORL_IDENTIFY_LINK_POPULATION_H
#define WHORL_IDENTIFY_LINK_POPULATION_H

#include "identify/link/blocks.h"
#include "identify/link/glance.h"
#include "identify/link/profile.h"
#include "identify/link/rates.h"

/* Versions of a browser that are in use at one time; Chrome alone has some twenty patch releases about. */
enum { CLASS_VERSIONS = 32 };
/* Classes beyond this share the last one. Real sites see some hundred; the rest is made up. */
enum { CLASSES_MAX = 2048 };

/* Numbers that fade are halved in about RECENT_DAYS * ln 2 days, as of at_ms. */
#define RECENT_DAYS 4.0

struct class {
    uint32_t class;
    float visitors;
    float newcomers;              /* recent; fades */
    int64_t since_ms, at_ms;
    float fresh[TRAIT_COUNT], shown[TRAIT_COUNT]; /* newcomers with a value nobody had; with any */
    struct class_version {
        uint64_t version;
        float seen;               /* recent; fades */
        float votes;              /* Boyer and Moore's majority vote over `globals` */
        uint64_t globals;
    } versions[2][CLASS_VERSIONS];
};

/* How many visitors are alike in what machines of one purchase share: their stock. */
struct kin {
    float alike, alike_here;      /* of this stock; also seen on this network. Weighed by how new they were */
    float proven, proven_here;    /* those that were in use at the same time, by their tokens */
};

enum { CHUNK_PROFILES = 1024, CACHE_LINE = 64 };

/* Visitors by their place; none ever moves. */
struct chunk {
    struct glance_line {
        _Alignas(CACHE_LINE) struct glance glance;
    } line[CHUNK_PROFILES];
    struct profile profile[CHUNK_PROFILES];
};

struct population {
    struct chunk **chunk;
    uint32_t count, chunks;
    struct class **classes;
    uint32_t classes_count;
    struct blocks by_id, by_class, by_key, by_hardware;
    struct counts values, private_values;
    struct rates rates;
};

enum err population_create(struct population **out);
void population_free(struct population *p);
size_t population_bytes(const struct population *p);

static inline struct profile *population_at(const struct population *p, uint32_t visitor)
{
    return &p->chunk[visitor / CHUNK_PROFILES]->profile[visitor % CHUNK_PROFILES];
}

static inline const struct glance *population_glance(const struct population *p, uint32_t visitor)
{
    return &p->chunk[visitor / CHUNK_PROFILES]->line[visitor % CHUNK_PROFILES].glance;
}

/* NOBODY when unknown or forgotten. */
uint32_t population_find(const struct population *p, struct visitor_id id);
/* The visitor that a device's hardware names: NOBODY also for 0. */
uint32_t population_find_hardware(const struct population *p, uint64_t hardware);
/* NULL when nobody of this class has been here. */
const struct class *population_class(const struct population *p, uint32_t class);

/* What a look amounts to in this population: extensions are told from the browser's own globals by what the
 * majority with that version has. The rest of the model's inputs. */
struct subject {
    const struct look *look;
    const struct class *class;    /* NULL: the first of its class */
    uint32_t value[TRAIT_COUNT];
    uint32_t stock;
    uint64_t bare;                /* a bit per trait that is not to be remembered */
};
void subject_init(struct subject *s, const struct population *p, const struct look *look);

/* Visitors (of the class) with the value, among those with the same context when `given`; *among is how many
 * those are. */
float population_value(const struct population *p, const struct subject *s, enum trait t);
float population_value_given(const struct population *p, const struct subject *s, enum trait t, float *among);
bool trait_has_context(const struct subject *s, enum trait t);
/* The same among what private windows show. */
float population_private(const struct population *p, const struct subject *s, enum trait t, float *among);
/* Visitors seen on the network; of the class. */
float population_network(const struct population *p, const struct subject *s, enum net_level l, float *of_class);
struct kin population_kin(const struct population *p, uint32_t stock, uint32_t net);
/* Start to fetch from memory what the functions above will read; with a million visitors little of it is in the
 * processor's caches, and waiting for one thing at a time would be most of a search. */
void population_prefetch_values(const struct population *p, const struct subject *s);
void population_prefetch_kin(const struct population *p, uint32_t stock, uint32_t net);
/* Newcomers of the class per day. */
double class_newcomers_daily(const struct class *c, int64_t now_ms);

/* Blocking keys, narrow to wide; 0 where a needed trait is absent. The first POPULATION_KEYS_NARROW may be
 * searched however many visitors share them. */
enum { POPULATION_KEYS = 12, POPULATION_KEYS_NARROW = 4 };
void population_keys(uint32_t out[POPULATION_KEYS], const struct subject *s);

/* ---- changes ---- */

/* A new visitor with nothing remembered yet; its place, or NOBODY without memory. */
uint32_t population_add(struct population *p, struct visitor_id id, const struct subject *s, int64_t now_ms,
                        double weight);
/* Takes in what the visit shows. False without memory: the visitor may then be harder to find. */
bool population_remember(struct population *p, uint32_t visitor, struct subject *s, int64_t now_ms);
/* The visitor came with its token: whoever of its stock was made meanwhile is somebody else. */
void population_prove(struct population *p, uint32_t visitor);
void population_forget(struct population *p, uint32_t visitor);

/* A stored visitor, at the start; in the order of their ids. False: its profile was of no use. */
bool population_restore(struct population *p, struct visitor_id id, struct str profile);
struct profile_ids population_ids(const struct population *p, uint32_t visitor);

/* What the profiles do not hold: rates, versions in use, private windows. */
void population_write(struct bytes_out *out, const struct population *p);
bool population_read(struct population *p, struct str bytes);

#endif
