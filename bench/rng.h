/* rng - seeded random numbers (splitmix64), so that a run can be repeated.
 *
 * Source of the constants: Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
 * 2014. Not for secrets.
 */
#ifndef WHORL_BENCH_RNG_H
#define WHORL_BENCH_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};

static inline uint64_t rng_next(struct rng *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* 0 to below - 1. The bias of the plain multiplication does not matter here. */
static inline uint32_t rng_below(struct rng *r, uint32_t below)
{
    return (uint32_t)(((rng_next(r) >> 32) * below) >> 32);
}

static inline bool rng_chance(struct rng *r, double probability)
{
    return (double)(rng_next(r) >> 11) < probability * 9007199254740992.0;
}

/* A number that depends on nothing but its inputs. */
static inline uint64_t rng_hash(uint64_t a, uint64_t b)
{
    struct rng r = { a ^ (b * 0xd6e8feb86659fd93u) };
    rng_next(&r);
    return rng_next(&r);
}

#endif
