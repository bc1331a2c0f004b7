/* body - writes identify bodies from a template (bench/body.json).
 *
 * The template is a JSON file in which a string "@name" stands for a JSON value that is written in its
 * place: one that stays the same for a device ("@canvas"), or one that differs from visit to visit
 * ("@elapsed", and "@ms 20 180" for a duration between 20 and 180 ms), as in recorded bodies. The
 * names are the table at the end of body.c. Blanks between tokens are left out, as browsers do.
 */
#ifndef WHORL_BENCH_BODY_H
#define WHORL_BENCH_BODY_H

#include "bench/device.h"
#include "bench/rng.h"

#include <stddef.h>

enum { BODY_BYTES_MAX = 32 * 1024 };

struct body;

/* NULL, with a line on stderr, when the file cannot be read or names something unknown. */
struct body *body_load(const char *path);
void body_free(struct body *body);

/* Writes one visit of the device, at most BODY_BYTES_MAX bytes; returns how many. */
size_t body_write(const struct body *body, const struct device *device, struct rng *rng, int64_t now_ms,
                  char *out);

#endif
