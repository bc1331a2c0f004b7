/* crowd - who comes next: new devices and known ones that return, with or without their cookie. It
 * also keeps count of how well the server recognised them, so that a fast wrong answer shows. */
#ifndef WHORL_BENCH_CROWD_H
#define WHORL_BENCH_CROWD_H

#include "bench/device.h"
#include "bench/rng.h"

#include <stdbool.h>
#include <stddef.h>

enum { COOKIE_BYTES_MAX = 512, VISITOR_BYTES_MAX = 64 };

struct member {
    struct device device;
    char cookie[COOKIE_BYTES_MAX];   /* "_iidt=...", as the server set it last; "" before that */
    char visitor[VISITOR_BYTES_MAX]; /* the first id that it got */
    uint32_t number;
    bool known, busy, sends_cookie;
};

struct crowd_options {
    uint64_t seed;
    uint32_t devices_max;
    double returning, token_share; /* 0 to 1 */
};

struct crowd_report {
    uint64_t newcomers, returned_with_token, returned_without_token;
    uint64_t recognised_with_token, recognised_without_token;
    uint64_t shared; /* devices whose visitor id another device has, too */
};

struct crowd;

struct crowd *crowd_create(const struct crowd_options *options);
void crowd_free(struct crowd *crowd);
/* The next visitor; busy until crowd_answered or crowd_failed. NULL without memory. */
struct member *crowd_next(struct crowd *crowd);
/* `visitor` may be empty (a server that names nobody). */
void crowd_answered(struct crowd *crowd, struct member *member, const char *visitor);
void crowd_failed(struct crowd *crowd, struct member *member);
struct crowd_report crowd_report(struct crowd *crowd);

#endif
