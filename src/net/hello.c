/* hello - see hello.h. Readers latch the first failure (base/bytes.h), so each part checks once. */
#include "net/hello.h"

#include "base/bytes.h"

#include <assert.h>

enum { CLIENT_HELLO = 1, RANDOM_BYTES = 32 };

/* ---- the presentation language of RFC 8446 3: big-endian numbers, vectors with their length ---- */

static uint16_t read_u16(struct cursor *c)
{
    unsigned high = cursor_u8(c);
    return (uint16_t)(high << 8 | cursor_u8(c));
}

/* The inside of a vector whose length takes one byte, or two. */
static struct cursor read_vector8(struct cursor *c)
{
    return cursor_of(cursor_bytes(c, cursor_u8(c)));
}

static struct cursor read_vector16(struct cursor *c)
{
    return cursor_of(cursor_bytes(c, read_u16(c)));
}

/* Numbers of two bytes until the end; false when the last is half or they are more than max. */
static bool read_numbers(struct cursor c, uint16_t *out, size_t max, size_t *count)
{
    *count = 0;
    while (cursor_left(&c) > 0) {
        if (*count == max) return false;
        out[(*count)++] = read_u16(&c);
    }
    return !c.bad;
}

/* ---- extensions ---- */

static bool read_point_formats(struct hello *out, struct cursor c)
{
    _Static_assert(HELLO_POINT_FORMATS_MAX >= UINT8_MAX, "a vector8 always fits");
    while (cursor_left(&c) > 0) out->point_formats[out->point_formats_count++] = cursor_u8(&c);
    return true;
}

static bool read_alpn(struct hello *out, struct cursor c)
{
    while (cursor_left(&c) > 0) {
        if (out->alpn_count == HELLO_ALPN_MAX) return false;
        out->alpn[out->alpn_count++] = cursor_bytes(&c, cursor_u8(&c));
    }
    return !c.bad;
}

static bool read_key_shares(struct hello *out, struct cursor c)
{
    while (cursor_left(&c) > 0) {
        if (out->key_shares_count == HELLO_KEY_SHARES_MAX) return false;
        out->key_shares[out->key_shares_count++] = read_u16(&c);
        read_vector16(&c); /* the key */
    }
    return !c.bad;
}

static bool read_known(struct hello *out, uint16_t type, struct cursor *body)
{
    switch (type) {
    case HELLO_SERVER_NAME: out->server_name = true; body->p = body->end; return true;
    case HELLO_SUPPORTED_GROUPS:
        return read_numbers(read_vector16(body), out->groups, HELLO_GROUPS_MAX,
                            &out->groups_count);
    case HELLO_POINT_FORMATS: return read_point_formats(out, read_vector8(body));
    case HELLO_SIGNATURE_ALGORITHMS:
        return read_numbers(read_vector16(body), out->algorithms, HELLO_ALGORITHMS_MAX,
                            &out->algorithms_count);
    case HELLO_ALPN: return read_alpn(out, read_vector16(body));
    case HELLO_SUPPORTED_VERSIONS:
        return read_numbers(read_vector8(body), out->versions, HELLO_VERSIONS_MAX,
                            &out->versions_count);
    case HELLO_KEY_SHARE: return read_key_shares(out, read_vector16(body));
    default: body->p = body->end; return true;
    }
}

/* RFC 8446 4.2: no extension comes twice. It is held against those that are looked into, because
 * two readers could then understand two things. */
static bool came_before(const struct hello *hello, uint16_t type)
{
    switch (type) {
    case HELLO_SERVER_NAME:
    case HELLO_SUPPORTED_GROUPS:
    case HELLO_POINT_FORMATS:
    case HELLO_SIGNATURE_ALGORITHMS:
    case HELLO_ALPN:
    case HELLO_SUPPORTED_VERSIONS:
    case HELLO_KEY_SHARE: break;
    default: return false;
    }
    for (size_t i = 0; i < hello->extensions_count; i++)
        if (hello->extensions[i] == type) return true;
    return false;
}

static bool read_extensions(struct hello *out, struct cursor c)
{
    while (cursor_left(&c) > 0) {
        uint16_t type = read_u16(&c);
        struct cursor body = read_vector16(&c);
        if (c.bad || out->extensions_count == HELLO_EXTENSIONS_MAX || came_before(out, type))
            return false;
        out->extensions[out->extensions_count++] = type;
        if (!read_known(out, type, &body) || body.bad || cursor_left(&body) > 0) return false;
    }
    return true;
}

/* ---- the message ---- */

enum err hello_parse(struct hello *out, struct str message)
{
    struct cursor c = cursor_of(message);
    /* counts only: the arrays are large and nobody looks beyond the counts */
    out->extensions_count = out->groups_count = out->point_formats_count = 0;
    out->algorithms_count = out->versions_count = out->key_shares_count = out->alpn_count = 0;
    out->server_name = false;
    out->bytes = message.n;
    if (message.n > HELLO_BYTES_MAX || cursor_u8(&c) != CLIENT_HELLO) return ERR_MALFORMED;
    size_t length = (size_t)cursor_u8(&c) << 16;
    length |= read_u16(&c);
    if (c.bad || length != cursor_left(&c)) return ERR_MALFORMED;

    out->version = read_u16(&c);
    cursor_bytes(&c, RANDOM_BYTES);
    read_vector8(&c); /* session id */
    struct cursor ciphers = read_vector16(&c);
    read_vector8(&c); /* compression methods */
    if (c.bad || !read_numbers(ciphers, out->ciphers, HELLO_CIPHERS_MAX, &out->ciphers_count))
        return ERR_MALFORMED;
    if (cursor_left(&c) == 0) return ERR_OK; /* before TLS 1.3 a hello may end here */
    struct cursor extensions = read_vector16(&c);
    bool whole = !c.bad && cursor_left(&c) == 0;
    return whole && read_extensions(out, extensions) ? ERR_OK : ERR_MALFORMED;
}

/* ---- what is told from it ---- */

bool hello_is_grease_name(struct str name)
{
    if (name.n != 2) return false;
    return hello_is_grease((uint16_t)((uint8_t)name.p[0] << 8 | (uint8_t)name.p[1]));
}

static bool any_grease(const uint16_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (hello_is_grease(values[i])) return true;
    return false;
}

bool hello_has_grease(const struct hello *h)
{
    for (size_t i = 0; i < h->alpn_count; i++)
        if (hello_is_grease_name(h->alpn[i])) return true;
    return any_grease(h->ciphers, h->ciphers_count) ||
           any_grease(h->extensions, h->extensions_count) ||
           any_grease(h->groups, h->groups_count) ||
           any_grease(h->algorithms, h->algorithms_count) ||
           any_grease(h->versions, h->versions_count) ||
           any_grease(h->key_shares, h->key_shares_count);
}

/* IANA, "TLS Supported Groups", read in November 2026; the drafts' numbers come from
 * draft-tls-westerbaan-xyber768d00 and from the experiments of Google and Cloudflare. */
static bool is_post_quantum(uint16_t group)
{
    switch (group) {
    case 0x0200: case 0x0201: case 0x0202: /* MLKEM512, MLKEM768, MLKEM1024 */
    case 0x11eb: /* SecP256r1MLKEM768 */
    case 0x11ec: /* X25519MLKEM768 */
    case 0x11ed: /* SecP384r1MLKEM1024 */
    case 0x11ee: /* curveSM2MLKEM768 */
    case 0x4138: /* CECPQ2 */
    case 0x6399: /* X25519Kyber768Draft00 */
    case 0x639a: /* SecP256r1Kyber768Draft00 */
    case 0xfe30: case 0xfe31: case 0xfe32: /* Kyber before it had a number */
        return true;
    default: return false;
    }
}

bool hello_has_post_quantum(const struct hello *hello)
{
    for (size_t i = 0; i < hello->groups_count; i++)
        if (is_post_quantum(hello->groups[i])) return true;
    return false;
}
