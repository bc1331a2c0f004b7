/* arena - see arena.h. Chunks double from 32 KiB so that an ordinary request (a 12 kB body and its
 * facts) fits the one chunk that arena_reset keeps.
 *
 * Under AddressSanitizer only what was handed out may be touched, up to its last byte, and a gap
 * stands between two pieces: an overflow inside a chunk is found as if each piece came from
 * malloc. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(ARENA_ASAN)
#include <sanitizer/asan_interface.h>
enum { GAP_BYTES = 16 };
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
enum { GAP_BYTES = 0 };
#endif

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
    ASAN_POISON_MEMORY_REGION(chunk->data, bytes);
    return true;
}

static void free_chunk(struct arena_chunk *chunk)
{
    ASAN_UNPOISON_MEMORY_REGION(chunk->data, chunk->bytes);
    free(chunk);
}

void *arena_alloc(struct arena *a, size_t n)
{
    const size_t align = alignof(max_align_t);
    if (n > a->max_bytes || n > SIZE_MAX / 2) {
        a->failed = true;
        return NULL;
    }
    size_t room = n ? (n + GAP_BYTES + align - 1) & ~(align - 1) : align; /* nothing is not NULL */
    if ((!a->at || (size_t)(a->end - a->at) < room) && !add_chunk(a, room)) {
        a->failed = true;
        return NULL;
    }
    void *p = a->at;
    a->at += room;
    ASAN_UNPOISON_MEMORY_REGION(p, n);
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
    char text[256]; /* what fits needs no second printing */
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    char *p = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
    if (!p) return (struct str){ "", 0 };
    if ((size_t)n < sizeof text) return (struct str){ memcpy(p, text, (size_t)n + 1), (size_t)n };
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
        else free_chunk(c);
    }
    if (kept) {
        kept->next = NULL;
        ASAN_POISON_MEMORY_REGION(kept->data, kept->bytes);
    }
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
        free_chunk(c);
    }
    arena_init(a, a->max_bytes);
}
