/* looks - looks made by hand, without a payload: every trait has a value, and a test changes what it needs.
 *
 *     struct look k = look_made(7);           machine 7; the same each time
 *     k.value[TRAIT_gpu] = 99;
 *     uint32_t visitor = come(p, &k, now_ms);  as a newcomer, remembered
 */
#ifndef WHORL_TEST_IDENTIFY_LINK_LOOKS_H
#define WHORL_TEST_IDENTIFY_LINK_LOOKS_H

#include "identify/link/population.h"
#include "tests/unit/test.h"

#define HOUR_MS ((int64_t)60 * 60 * 1000)
#define DAY_MS (24 * HOUR_MS)
#define START_MS ((int64_t)1765432100000)
#define VERSION(major, patch) ((uint64_t)(major) << 48 | (uint64_t)(patch))

static inline uint32_t mixed(uint64_t a, uint64_t b, uint32_t below)
{
    return (uint32_t)(key_mix(a, b + 1000) >> 20) % below + 1;
}

/* How many values each trait has among machines; 1: all alike. */
static inline uint32_t variety(enum trait t)
{
    switch (t) {
    case TRAIT_gpu: return 25;
    case TRAIT_canvas: return 60;
    case TRAIT_storage: return 300;
    case TRAIT_localnet: return 100000;
    case TRAIT_colors: case TRAIT_screen: case TRAIT_inset: return 8;
    case TRAIT_zone: case TRAIT_language: case TRAIT_languages: case TRAIT_cpu: return 5;
    case TRAIT_fonts: return 300;
    case TRAIT_audio: case TRAIT_voices: case TRAIT_permissions: case TRAIT_window:
    case TRAIT_zoom: case TRAIT_edges: return 4;
    default: return 1;
    }
}

static inline struct look look_made(uint64_t machine)
{
    struct look k = { .family = 1, .class = 11, .release = 5, .telling = 4 };
    for (unsigned t = 0; t < TRAIT_COUNT; t++)
        k.value[t] = (uint32_t)(t << 20) + mixed(machine, t, variety((enum trait)t));
    k.value[TRAIT_user] = 0;
    k.version[0] = VERSION(156, 1), k.version[1] = VERSION(15, 0);
    k.fonts = key_mix(k.value[TRAIT_fonts], 5);
    k.globals = 3;
    for (unsigned l = 0; l < NET_LEVELS; l++) k.net[l] = (l + 1) << 24 | mixed(machine, 90 + l, 50u << (8 - 4 * l));
    return k;
}

static inline struct visitor_id id_made(uint64_t n)
{
    return (struct visitor_id){ n + 1, n * 7 + 3 };
}

/* A newcomer; its number is its id's. */
static inline uint32_t come(struct population *p, const struct look *k, int64_t now_ms)
{
    struct subject s;
    subject_init(&s, p, k);
    uint32_t visitor = population_add(p, id_made(p->count), &s, now_ms, 1);
    REQUIRE(visitor != NOBODY && population_remember(p, visitor, &s, now_ms));
    return visitor;
}

/* A known visitor, again. */
static inline void come_again(struct population *p, uint32_t visitor, const struct look *k, int64_t now_ms)
{
    struct subject s;
    subject_init(&s, p, k);
    CHECK(population_remember(p, visitor, &s, now_ms));
}

static inline struct population *population_of(unsigned machines)
{
    struct population *p;
    REQUIRE(population_create(&p) == ERR_OK);
    for (unsigned i = 0; i < machines; i++) {
        struct look k = look_made(i);
        come(p, &k, START_MS + i * 20 * DAY_MS / (machines + 1));
    }
    return p;
}

#endif
