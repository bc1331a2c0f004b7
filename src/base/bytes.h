/* bytes - writes and reads small binary records: varints, fixed numbers, lengths.
 *
 * Writer: into memory of an arena, failure latched. Reader: a cursor that never passes the end; a
 * short or malformed read sets `bad`, and later reads yield zero, so that callers check once.
 * Varint: LEB128, 7 bits per byte, least significant first. Signed: zigzag. Fixed: little-endian.
 */
#ifndef WHORL_BASE_BYTES_H
#define WHORL_BASE_BYTES_H

#include "base/arena.h"

struct bytes_out {
    struct arena *arena;
    uint8_t *p;
    size_t n, capacity;
    bool failed;
};

void bytes_out_init(struct bytes_out *out, struct arena *arena, size_t expected);
struct str bytes_out_text(const struct bytes_out *out); /* empty after a failure */
/* Room for n more bytes, counted as written; NULL when memory is refused. */
uint8_t *bytes_grow(struct bytes_out *out, size_t n);

static inline uint8_t *bytes_room(struct bytes_out *out, size_t n)
{
    if (out->capacity - out->n < n || out->failed) return bytes_grow(out, n);
    out->n += n;
    return out->p + out->n - n;
}

static inline void bytes_put(struct bytes_out *out, const void *p, size_t n)
{
    uint8_t *at = bytes_room(out, n);
    if (at && n) memcpy(at, p, n);
}

static inline void bytes_put_u8(struct bytes_out *out, uint8_t value)
{
    uint8_t *at = bytes_room(out, 1);
    if (at) *at = value;
}

void bytes_put_long_varint(struct bytes_out *out, uint64_t value);
void bytes_put_double(struct bytes_out *out, double value);
void bytes_put_float(struct bytes_out *out, float value);
void bytes_put_u64(struct bytes_out *out, uint64_t value);

/* Nearly all lengths of a payload fit into one byte. */
static inline void bytes_put_varint(struct bytes_out *out, uint64_t value)
{
    if (value < 0x80) bytes_put_u8(out, (uint8_t)value);
    else bytes_put_long_varint(out, value);
}

static inline void bytes_put_signed(struct bytes_out *out, int64_t value)
{
    bytes_put_varint(out, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

/* Varint length, then the bytes. */
static inline void bytes_put_str(struct bytes_out *out, struct str s)
{
    bytes_put_varint(out, s.n);
    bytes_put(out, s.p, s.n);
}

struct cursor {
    const uint8_t *p, *end;
    bool bad;
};

static inline struct cursor cursor_of(struct str s)
{
    const uint8_t *p = (const uint8_t *)(s.p ? s.p : "");
    return (struct cursor){ p, p + s.n, false };
}

static inline size_t cursor_left(const struct cursor *c)
{
    return (size_t)(c->end - c->p);
}

uint8_t cursor_u8(struct cursor *c);
uint64_t cursor_varint(struct cursor *c);
int64_t cursor_signed(struct cursor *c);
double cursor_double(struct cursor *c);
float cursor_float(struct cursor *c);
uint64_t cursor_u64(struct cursor *c);
struct str cursor_bytes(struct cursor *c, size_t n); /* borrowed */
struct str cursor_str(struct cursor *c);             /* varint length, then the bytes; borrowed */

#endif
