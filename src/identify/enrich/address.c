/* address - see address.h. */
#include "identify/enrich/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static const uint8_t mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

bool address_is_ipv4(const struct address *a)
{
    return memcmp(a->byte, mapped_prefix, sizeof mapped_prefix) == 0;
}

bool address_parse(struct address *out, struct str text)
{
    char copy[ADDRESS_TEXT_BYTES];
    if (text.n == 0 || text.n >= sizeof copy || memchr(text.p, 0, text.n)) return false;
    memcpy(copy, text.p, text.n);
    copy[text.n] = 0;
    if (inet_pton(AF_INET6, copy, out->byte) == 1) return true;
    memcpy(out->byte, mapped_prefix, sizeof mapped_prefix);
    return inet_pton(AF_INET, copy, out->byte + 12) == 1;
}

bool network_parse(struct network *out, struct str text)
{
    size_t slash = str_find_char(text, '/', 0);
    uint64_t bits = 128;
    if (!address_parse(&out->base, str_sub(text, 0, slash))) return false;
    bool v4 = memchr(text.p, ':', text.n) == NULL;
    if (slash != SIZE_MAX) {
        if (!str_to_u64(str_sub(text, slash + 1, text.n), &bits) || bits > (v4 ? 32 : 128))
            return false;
        if (v4) bits += 96;
    }
    out->bits = (uint8_t)bits;
    return true;
}

void address_from_socket(struct address *out, const struct sockaddr_storage *socket)
{
    memset(out, 0, sizeof *out);
    if (socket->ss_family == AF_INET) {
        memcpy(out->byte, mapped_prefix, sizeof mapped_prefix);
        memcpy(out->byte + 12, &((const struct sockaddr_in *)socket)->sin_addr, 4);
    } else if (socket->ss_family == AF_INET6) {
        memcpy(out->byte, &((const struct sockaddr_in6 *)socket)->sin6_addr, 16);
    }
}

bool address_is_none(const struct address *a)
{
    static const struct address none;
    return memcmp(a, &none, sizeof none) == 0;
}

bool address_is_loopback(const struct address *a)
{
    static const struct address six = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 } };
    return address_is_ipv4(a) ? a->byte[12] == 127 : memcmp(a, &six, sizeof six) == 0;
}

void address_cut(struct address *a, unsigned bits)
{
    for (unsigned i = 0; i < sizeof a->byte; i++) {
        unsigned keep = bits > 8 * i ? bits - 8 * i : 0;
        if (keep < 8) a->byte[i] &= (uint8_t)(0xff00u >> keep);
    }
}

static bool network_has(const struct network *n, const struct address *a)
{
    unsigned whole = n->bits / 8, rest = n->bits % 8;
    if (memcmp(n->base.byte, a->byte, whole) != 0) return false;
    return rest == 0 || (n->base.byte[whole] ^ a->byte[whole]) >> (8 - rest) == 0;
}

bool networks_have(const struct networks *networks, const struct address *a)
{
    for (size_t i = 0; i < networks->count; i++)
        if (network_has(&networks->list[i], a)) return true;
    return false;
}

bool address_is_private(const struct address *a)
{
    static const struct network v4[] = { /* the last four bytes, and 96 more bits in front */
#define V4(first, second, size) { { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, first, second } }, 96 + size }
        V4(0, 0, 8),      V4(10, 0, 8),     V4(100, 64, 10), V4(127, 0, 8),
        V4(169, 254, 16), V4(172, 16, 12),  V4(192, 168, 16), V4(224, 0, 3),
#undef V4
    };
    static const struct network v6[] = {
        { { { 0 } }, 127 }, /* ::, ::1 */
        { { { 0xfc } }, 7 },
        { { { 0xfe, 0x80 } }, 10 },
        { { { 0xff } }, 8 },
    };
    for (size_t i = 0; i < COUNT_OF(v4); i++)
        if (network_has(&v4[i], a)) return true;
    for (size_t i = 0; i < COUNT_OF(v6); i++)
        if (network_has(&v6[i], a)) return true;
    return false;
}

size_t address_print(char out[ADDRESS_TEXT_BYTES], const struct address *a)
{
    const char *text = address_is_ipv4(a)
                           ? inet_ntop(AF_INET, a->byte + 12, out, ADDRESS_TEXT_BYTES)
                           : inet_ntop(AF_INET6, a->byte, out, ADDRESS_TEXT_BYTES);
    return text ? strlen(text) : 0;
}

uint64_t address_network_hash(const struct address *a)
{
    size_t bytes = address_is_ipv4(a) ? 15 : 6;
    return str_hash((struct str){ (const char *)a->byte, bytes }, 3);
}
