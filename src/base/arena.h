/* arena - memory that lives as long as one request, and is freed all at once.
 *
 * Three lifetimes are enough in this house: request (arena), process (create/destroy pairs) and
 * borrowed (struct str). Nothing in the request path calls free().
 *
 *     struct arena a;
 *     arena_init(&a, ARENA_BYTES_MAX);
 *     struct str ua = arena_copy(&a, header);      lives until arena_reset
 *     arena_reset(&a);                             ready for the next request, one chunk kept
 *     arena_free(&a);                              gives everything back
 *
 * An arena that has reached its limit answers NULL and stays `failed` until it is reset, so a
 * caller may do several allocations and check once. One arena belongs to one thread at a time.
 */
#ifndef WHORL_BASE_ARENA_H
#define WHORL_BASE_ARENA_H

#include "base/str.h"

struct arena {
    bool failed;               /* a request for memory was refused since the last reset */
    /* private to arena.c */
    struct arena_chunk *chunk; /* newest first */
    char *at, *end;
    size_t used_bytes, max_bytes;
};

void arena_init(struct arena *a, size_t max_bytes);
/* n bytes aligned for any type, uninitialised; NULL when over the limit. 0 bytes are a pointer
 * too. */
void *arena_alloc(struct arena *a, size_t n);
/* The same, all zero. */
void *arena_zero(struct arena *a, size_t n);
/* A copy of s, followed by a NUL that is not counted. The empty string when memory is refused. */
struct str arena_copy(struct arena *a, struct str s);
/* printf into the arena, NUL-terminated. */
struct str arena_format(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void arena_reset(struct arena *a);
void arena_free(struct arena *a);

#define ARENA_NEW(a, type) ((type *)arena_zero((a), sizeof(type)))
#define ARENA_ARRAY(a, type, count) ((type *)arena_zero((a), (count) * sizeof(type)))

#endif
