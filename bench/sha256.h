/* sha256 - FIPS 180-4, for the hashes in a generated body that a server can recompute. */
#ifndef WHORL_BENCH_SHA256_H
#define WHORL_BENCH_SHA256_H

#include <stddef.h>

/* Writes 64 lower-case hex digits and a NUL. */
void sha256_hex(const char *text, size_t length, char out[65]);

#endif
