/* bytes - see bytes.h. */
#include "base/bytes.h"

void bytes_out_init(struct bytes_out *out, struct arena *arena, size_t expected)
{
    *out = (struct bytes_out){ .arena = arena };
    out->p = arena_alloc(arena, expected);
    out->capacity = expected;
    out->failed = out->p == NULL;
}

struct str bytes_out_text(const struct bytes_out *out)
{
    return out->failed ? (struct str){ "", 0 } : (struct str){ (const char *)out->p, out->n };
}

uint8_t *bytes_grow(struct bytes_out *out, size_t n)
{
    size_t capacity = out->capacity * 2 + n;
    uint8_t *p = out->failed ? NULL : arena_alloc(out->arena, capacity);
    if (!p) {
        out->failed = true;
        return NULL;
    }
    memcpy(p, out->p, out->n);
    out->p = p;
    out->capacity = capacity;
    out->n += n;
    return out->p + out->n - n;
}

void bytes_put_long_varint(struct bytes_out *out, uint64_t value)
{
    enum { LONGEST = 10 };
    uint8_t *at = bytes_room(out, LONGEST), *start = at;
    if (!at) return;
    for (; value >= 0x80; value >>= 7) *at++ = (uint8_t)(value | 0x80);
    *at++ = (uint8_t)value;
    out->n -= (size_t)LONGEST - (size_t)(at - start); /* what was not needed */
}

void bytes_put_u64(struct bytes_out *out, uint64_t value)
{
    uint8_t *at = bytes_room(out, 8);
    for (size_t i = 0; at && i < 8; i++) at[i] = (uint8_t)(value >> (8 * i));
}

void bytes_put_double(struct bytes_out *out, double value)
{
    uint64_t raw;
    memcpy(&raw, &value, sizeof raw);
    bytes_put_u64(out, raw);
}

void bytes_put_float(struct bytes_out *out, float value)
{
    bytes_put(out, &value, sizeof value);
}

struct str cursor_bytes(struct cursor *c, size_t n)
{
    if (c->bad || cursor_left(c) < n) {
        c->bad = true;
        return (struct str){ "", 0 };
    }
    struct str s = { (const char *)c->p, n };
    c->p += n;
    return s;
}

uint8_t cursor_u8(struct cursor *c)
{
    struct str s = cursor_bytes(c, 1);
    return s.n ? (uint8_t)s.p[0] : 0;
}

uint64_t cursor_varint(struct cursor *c)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = cursor_u8(c);
        if (shift == 63 && byte > 1) c->bad = true; /* would not fit into 64 bits */
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) return c->bad ? 0 : value;
    }
    c->bad = true;
    return 0;
}

int64_t cursor_signed(struct cursor *c)
{
    uint64_t value = cursor_varint(c);
    return (int64_t)(value >> 1 ^ (0 - (value & 1)));
}

uint64_t cursor_u64(struct cursor *c)
{
    struct str s = cursor_bytes(c, 8);
    uint64_t value = 0;
    for (size_t i = s.n; i-- > 0;) value = value << 8 | (uint8_t)s.p[i];
    return value;
}

double cursor_double(struct cursor *c)
{
    uint64_t raw = cursor_u64(c);
    double value;
    memcpy(&value, &raw, sizeof value);
    return value;
}

float cursor_float(struct cursor *c)
{
    float value = 0;
    struct str raw = cursor_bytes(c, sizeof value);
    if (raw.n == sizeof value) memcpy(&value, raw.p, sizeof value);
    return value;
}

struct str cursor_str(struct cursor *c)
{
    return cursor_bytes(c, (size_t)cursor_varint(c));
}
