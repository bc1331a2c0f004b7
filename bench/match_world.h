/* match_world - made-up devices for measuring the matching, as looks: no payload is parsed.
 *
 * A device follows from its number alone, a visit from device, visit and time. Values cluster as real ones do:
 * shares of browsers are estimates; within a browser, values are drawn by Zipf's law,
 * and what depends on something else follows it (a canvas the graphics card, a language the time zone). One
 * device in five is an iPhone, of which 11 screens and 4 sizes of the disk are about; one in twenty belongs to a
 * fleet of 20 to 200 bought together and seen on one network. The looks are coarser than a browser's, so
 * that strangers agree oftener: more candidates than on a real site, not fewer.
 */
#ifndef WHORL_BENCH_MATCH_WORLD_H
#define WHORL_BENCH_MATCH_WORLD_H

#include "identify/link/look.h"

#define WORLD_START_MS ((int64_t)1790000000000)
#define WORLD_DAYS 60
#define WORLD_DAY_MS ((int64_t)86400000)

/* at_ms: not before WORLD_START_MS. */
void world_look(struct look *out, uint64_t device, uint32_t visit, int64_t at_ms);

#endif
