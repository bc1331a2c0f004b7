/* arena - see arena.h. Chunks double from 16 KiB so that an ordinary request (a 12 kB body and its
 * facts) fits the one chunk that arena_reset keeps. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHUNK_BYTES_MIN = 32 * 1024, CHUNK_BYTES_KEPT = 256 * 1024 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t bytes;
    alignas(max_align_t) char data[];
};

void arena_init(struct arena *a, size_t max_bytes)
{
    *a = (struct arena){ .max_bytes = max_bytes };
}

static bool add_chunk(struct arena *a, size_t need)
{
    size_t bytes = a->chunk ? a->chunk->bytes * 2 : CHUNK_BYTES_MIN;
    if (bytes < need) bytes = need;
    if (bytes > a->max_bytes - a->used_bytes) bytes = a->max_bytes - a->used_bytes;
    if (bytes < need) return false;
    struct arena_chunk *chunk = malloc(sizeof *chunk + bytes);
    if (!chunk) return false;
    chunk->next = a->chunk;
    chunk->bytes = bytes;
    a->chunk = chunk;
    a->used_bytes += bytes;
    a->at = chunk->data;
    a->end = chunk->data + bytes;
    return true;
}

void *arena_alloc(struct arena *a, size_t n)
{
    const size_t align = alignof(max_align_t);
    if (n > a->max_bytes) {
        a->failed = true;
        return NULL;
    }
    n = (n + align - 1) & ~(align - 1);
    if ((size_t)(a->end - a->at) < n && !add_chunk(a, n)) {
        a->failed = true;
        return NULL;
    }
    void *p = a->at;
    a->at += n;
    return p;
}

void *arena_zero(struct arena *a, size_t n)
{
    void *p = arena_alloc(a, n);
    return p ? memset(p, 0, n) : NULL;
}

struct str arena_copy(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);
    if (!p) return (struct str){ "", 0 };
    if (s.n) memcpy(p, s.p, s.n);
    p[s.n] = 0;
    return (struct str){ p, s.n };
}

struct str arena_format(struct arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *p = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
    if (!p) return (struct str){ "", 0 };
    va_start(args, format);
    vsnprintf(p, (size_t)n + 1, format, args);
    va_end(args);
    return (struct str){ p, (size_t)n };
}

void arena_reset(struct arena *a)
{
    struct arena_chunk *kept = NULL;
    for (struct arena_chunk *c = a->chunk, *next; c; c = next) {
        next = c->next;
        if (!kept && c->bytes <= CHUNK_BYTES_KEPT) kept = c; /* newest first: the largest allowed */
        else free(c);
    }
    if (kept) kept->next = NULL;
    a->chunk = kept;
    a->used_bytes = kept ? kept->bytes : 0;
    a->at = kept ? kept->data : NULL;
    a->end = kept ? kept->data + kept->bytes : NULL;
    a->failed = false;
}

void arena_free(struct arena *a)
{
    for (struct arena_chunk *c = a->chunk, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    arena_init(a, a->max_bytes);
}
