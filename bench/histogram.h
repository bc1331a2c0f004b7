/* histogram - latencies in microseconds, with a relative error under 1.6 % and fixed memory.
 *
 * Values below 64 have a bucket each; above, every doubling is cut into 64 buckets. 40 doublings reach
 * far beyond an hour.
 */
#ifndef WHORL_BENCH_HISTOGRAM_H
#define WHORL_BENCH_HISTOGRAM_H

#include <stdint.h>

enum { HISTOGRAM_PARTS = 64, HISTOGRAM_BUCKETS = 40 * HISTOGRAM_PARTS };

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t total, max_us;
    double sum_us;
};

static inline uint32_t histogram_bucket(uint64_t us)
{
    if (us < HISTOGRAM_PARTS) return (uint32_t)us;
    uint32_t doublings = 63u - 6u - (uint32_t)__builtin_clzll(us);
    uint32_t bucket = (doublings + 1) * HISTOGRAM_PARTS + (uint32_t)(us >> doublings) - HISTOGRAM_PARTS;
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The largest value that falls into the bucket. */
static inline uint64_t histogram_value(uint32_t bucket)
{
    if (bucket < HISTOGRAM_PARTS) return bucket;
    uint32_t doublings = bucket / HISTOGRAM_PARTS - 1, part = bucket % HISTOGRAM_PARTS;
    return ((uint64_t)(HISTOGRAM_PARTS + part + 1) << doublings) - 1;
}

static inline void histogram_add(struct histogram *h, uint64_t us)
{
    h->counts[histogram_bucket(us)]++;
    h->total++;
    h->sum_us += (double)us;
    if (us > h->max_us) h->max_us = us;
}

/* The value that this share of all does not exceed; 0 when there are none. */
static inline uint64_t histogram_at(const struct histogram *h, double share)
{
    uint64_t seen = 0;
    double wanted = share * (double)h->total;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS && h->total; i++) {
        seen += h->counts[i];
        if ((double)seen >= wanted) {
            uint64_t value = histogram_value(i);
            return value < h->max_us ? value : h->max_us;
        }
    }
    return h->max_us;
}

#endif
