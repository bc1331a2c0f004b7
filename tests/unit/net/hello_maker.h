/* hello_maker - puts ClientHellos together for tests, right ones and odd ones.
 *
 *     struct maker m = make_hello(0x0303, ciphers, COUNT_OF(ciphers));
 *     make_numbers(&m, HELLO_SUPPORTED_GROUPS, 2, groups, COUNT_OF(groups));
 *     struct str message = make_end(&m);
 */
#ifndef WHORL_TESTS_NET_HELLO_MAKER_H
#define WHORL_TESTS_NET_HELLO_MAKER_H

#include "net/hello.h"

#include <assert.h>

struct maker {
    uint8_t p[96 * 1024];
    size_t n;
    size_t extensions_at; /* where their length stands */
};

static inline void make_u8(struct maker *m, unsigned value)
{
    assert(m->n < sizeof m->p);
    m->p[m->n++] = (uint8_t)value;
}

static inline void make_u16(struct maker *m, unsigned value)
{
    make_u8(m, value >> 8 & 255);
    make_u8(m, value & 255);
}

static inline void make_bytes(struct maker *m, const void *p, size_t n)
{
    for (size_t i = 0; i < n; i++) make_u8(m, ((const uint8_t *)p)[i]);
}

static inline struct maker make_hello(unsigned version, const uint16_t *ciphers, size_t count)
{
    struct maker m = { .n = 0 };
    make_u8(&m, 1);
    make_u8(&m, 0), make_u16(&m, 0); /* the length, later */
    make_u16(&m, version);
    for (unsigned i = 0; i < 32; i++) make_u8(&m, i);
    make_u8(&m, 4), make_bytes(&m, "sess", 4);
    make_u16(&m, (unsigned)(2 * count));
    for (size_t i = 0; i < count; i++) make_u16(&m, ciphers[i]);
    make_u8(&m, 1), make_u8(&m, 0);
    m.extensions_at = m.n;
    make_u16(&m, 0);
    return m;
}

static inline void make_extension(struct maker *m, unsigned type, const void *body, size_t n)
{
    make_u16(m, type);
    make_u16(m, (unsigned)n);
    make_bytes(m, body, n);
}

/* A vector of numbers whose length takes one byte or two. */
static inline void make_numbers(struct maker *m, unsigned type, size_t length_bytes,
                                const uint16_t *values, size_t count)
{
    make_u16(m, type);
    make_u16(m, (unsigned)(length_bytes + 2 * count));
    if (length_bytes == 2) make_u16(m, (unsigned)(2 * count));
    else make_u8(m, (unsigned)(2 * count));
    for (size_t i = 0; i < count; i++) make_u16(m, values[i]);
}

/* names: each with its length byte in front */
static inline void make_alpn(struct maker *m, struct str names)
{
    make_u16(m, HELLO_ALPN);
    make_u16(m, (unsigned)(names.n + 2));
    make_u16(m, (unsigned)names.n);
    make_bytes(m, names.p, names.n);
}

static inline void make_lengths(struct maker *m)
{
    size_t extensions = m->n - m->extensions_at - 2, all = m->n - 4;
    m->p[m->extensions_at] = (uint8_t)(extensions >> 8);
    m->p[m->extensions_at + 1] = (uint8_t)extensions;
    m->p[1] = (uint8_t)(all >> 16), m->p[2] = (uint8_t)(all >> 8), m->p[3] = (uint8_t)all;
}

static inline struct str make_end(struct maker *m)
{
    make_lengths(m);
    return (struct str){ (const char *)m->p, m->n };
}

/* A hello of before TLS 1.2 that ends behind the compression methods. */
static inline struct str make_end_without_extensions(struct maker *m)
{
    m->n = m->extensions_at;
    size_t all = m->n - 4;
    m->p[1] = 0, m->p[2] = (uint8_t)(all >> 8), m->p[3] = (uint8_t)all;
    return (struct str){ (const char *)m->p, m->n };
}

#endif
