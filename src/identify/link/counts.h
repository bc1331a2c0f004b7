/* counts - how many visitors show a value: a hash table of small counters.
 *
 * A counter is found by a 64-bit key of which 32 bits are kept: two keys share a counter with a chance of about
 * one in 4 billion per neighbour, which moves an estimate by one visitor. 8 bytes a counter. Many
 * parts, each growing by itself, so that no single call has to move everything.
 * Not safe for several threads at once; reading beside reading is.
 */
#ifndef WHORL_IDENTIFY_LINK_COUNTS_H
#define WHORL_IDENTIFY_LINK_COUNTS_H

#include "base/bytes.h"

enum { COUNTS_PARTS_BITS = 10, COUNTS_PARTS = 1 << COUNTS_PARTS_BITS };

struct counts {
    struct counts_part {
        struct count { uint32_t tag; float n; } *row;
        uint32_t size, used; /* size: 0 or a power of two */
    } part[COUNTS_PARTS];
};

/* Mixes two numbers into a key; the order matters. */
static inline uint64_t key_mix(uint64_t a, uint64_t b)
{
    uint64_t x = (a ^ b * 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;
    x ^= x >> 29;
    x *= 0x94d049bb133111ebu;
    return x ^ x >> 32;
}

/* 0 for a key that was never added. */
float counts_get(const struct counts *c, uint64_t key);
/* Starts to fetch the counter from memory: for who knows several keys before needing the first. */
void counts_prefetch(const struct counts *c, uint64_t key);
/* False without memory: then nothing was added. */
bool counts_add(struct counts *c, uint64_t key, float n);
/* For small ones. False: not readable, or no memory. */
void counts_write(struct bytes_out *out, const struct counts *c);
bool counts_read(struct counts *c, struct cursor *in);
size_t counts_bytes(const struct counts *c);
void counts_free(struct counts *c);

#endif
