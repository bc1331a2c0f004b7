/* proxy - see proxy.h. */
#include "net/proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>

enum {
    V1_BYTES_MAX = 107, /* the longest line, for IPv6 (section 2.1) */
    V2_HEAD_BYTES = 16,
    V2_LOCAL = 0x20,
    V2_PROXY = 0x21,
    TLV_ALPN = 0x01,
    TLV_AUTHORITY = 0x02,
    TLV_CRC32C = 0x03,
    TLV_SSL = 0x20,
    CLIENT_SSL = 0x01, /* bit of the SSL TLV: the client connected over TLS */
};

static const char v2_signature[] = "\r\n\r\n\0\r\nQUIT\n";

static bool fits_so_far(struct str bytes, const char *start, size_t n)
{
    return memcmp(bytes.p, start, bytes.n < n ? bytes.n : n) == 0;
}

/* ---- version 1 ---- */

/* "0", or up to five digits that do not begin with one. */
static bool read_port(struct str text, in_port_t *out)
{
    uint64_t port;
    if (text.n > 5 || (text.n > 1 && text.p[0] == '0')) return false;
    if (!str_to_u64(text, &port) || port > 65535) return false;
    *out = htons((uint16_t)port);
    return true;
}

static bool read_address(int family, struct str text, void *out)
{
    char copy[INET6_ADDRSTRLEN];
    if (text.n == 0 || text.n >= sizeof copy || memchr(text.p, 0, text.n)) return false;
    memcpy(copy, text.p, text.n);
    copy[text.n] = 0;
    return inet_pton(family, copy, out) == 1;
}

static bool read_v1_source(struct str line, struct sockaddr_storage *out)
{
    struct str field[5];
    size_t count = 0;
    struct in6_addr address, other;
    in_port_t port, other_port;
    while (count < COUNT_OF(field) && str_split(&line, ' ', &field[count])) count++;
    if (count < COUNT_OF(field) || line.p) return false;
    int family = str_eq(field[0], STR("TCP4"))   ? AF_INET
                 : str_eq(field[0], STR("TCP6")) ? AF_INET6
                                                 : 0;
    if (!family || !read_address(family, field[1], &address) ||
        !read_address(family, field[2], &other) || !read_port(field[3], &port) ||
        !read_port(field[4], &other_port))
        return false;
    memset(out, 0, sizeof *out);
    out->ss_family = (sa_family_t)family;
    if (family == AF_INET) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)out;
        memcpy(&v4->sin_addr, &address, sizeof v4->sin_addr);
        v4->sin_port = port;
    } else {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
        v6->sin6_addr = address;
        v6->sin6_port = port;
    }
    return true;
}

static enum err parse_v1(struct proxy_header *out, struct str bytes)
{
    static const char start[] = "PROXY ";
    size_t start_bytes = sizeof start - 1;
    if (!fits_so_far(bytes, start, start_bytes)) return ERR_MALFORMED;
    size_t end = str_find_char(str_sub(bytes, 0, V1_BYTES_MAX), '\n', 0);
    if (end == SIZE_MAX) return bytes.n < V1_BYTES_MAX ? ERR_PENDING : ERR_MALFORMED;
    if (end <= start_bytes || bytes.p[end - 1] != '\r') return ERR_MALFORMED;
    struct str line = str_sub(bytes, start_bytes, end - 1);
    out->bytes = end + 1;
    if (str_eq(line, STR("UNKNOWN")) || str_starts(line, STR("UNKNOWN "))) return ERR_OK;
    out->has_source = read_v1_source(line, &out->source);
    return out->has_source ? ERR_OK : ERR_MALFORMED;
}

/* ---- version 2 ---- */

/* CRC-32C (RFC 3720, appendix B.4: reflected polynomial 0x82f63b78) over the header with the
 * checksum's own four bytes as zeros. */
static uint32_t checksum(struct str header, size_t zeros_at)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < header.n; i++) {
        bool zero = i >= zeros_at && i < zeros_at + 4;
        crc ^= zero ? 0 : (uint8_t)header.p[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    return ~crc;
}

static bool read_tlv(struct proxy_header *out, struct str header, unsigned type, struct str value)
{
    switch (type) {
    case TLV_ALPN: out->alpn = value; return true;
    case TLV_AUTHORITY: out->authority = value; return value.n <= 255;
    case TLV_CRC32C:
        if (value.n != 4) return false;
        const uint8_t *p = (const uint8_t *)value.p;
        uint32_t want = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
        return checksum(header, (size_t)(value.p - header.p)) == want;
    case TLV_SSL: /* client (1), verify (4), TLVs about the certificate */
        if (value.n < 5) return false;
        out->tls = ((uint8_t)value.p[0] & CLIENT_SSL) != 0;
        return true;
    default: return true;
    }
}

static bool read_tlvs(struct proxy_header *out, struct str header, size_t at)
{
    while (at < header.n) {
        if (header.n - at < 3) return false;
        const uint8_t *p = (const uint8_t *)header.p + at;
        size_t n = (size_t)p[1] << 8 | p[2];
        if (n > header.n - at - 3) return false;
        if (!read_tlv(out, header, p[0], str_sub(header, at + 3, at + 3 + n))) return false;
        at += 3 + n;
    }
    return true;
}

/* Family and transport in one byte; the block of both addresses and ports has a fixed length. */
static bool read_v2_source(struct proxy_header *out, struct str header, size_t *tlvs_at)
{
    static const struct { uint8_t family; uint8_t bytes; } blocks[] = {
        { 0x00, 0 },                 /* UNSPEC */
        { 0x11, 12 }, { 0x12, 12 },  /* TCP and UDP over IPv4 */
        { 0x21, 36 }, { 0x22, 36 },  /* over IPv6 */
        { 0x31, 216 }, { 0x32, 216 } /* Unix sockets */
    };
    uint8_t family = (uint8_t)header.p[13];
    const char *addresses = header.p + V2_HEAD_BYTES;
    size_t bytes = SIZE_MAX;
    for (size_t i = 0; i < COUNT_OF(blocks); i++)
        if (blocks[i].family == family) bytes = blocks[i].bytes;
    if (bytes > header.n - V2_HEAD_BYTES) return false;
    *tlvs_at = V2_HEAD_BYTES + bytes;
    if (family == 0x00) *tlvs_at = header.n; /* what follows has to be ignored (section 2.2) */
    if (family == 0x11) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)&out->source;
        v4->sin_family = AF_INET;
        memcpy(&v4->sin_addr, addresses, 4);
        memcpy(&v4->sin_port, addresses + 8, 2);
    }
    if (family == 0x21) {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out->source;
        v6->sin6_family = AF_INET6;
        memcpy(&v6->sin6_addr, addresses, 16);
        memcpy(&v6->sin6_port, addresses + 32, 2);
    }
    out->has_source = family == 0x11 || family == 0x21;
    return true;
}

static enum err parse_v2(struct proxy_header *out, struct str bytes)
{
    if (!fits_so_far(bytes, v2_signature, sizeof v2_signature - 1)) return ERR_MALFORMED;
    if (bytes.n < V2_HEAD_BYTES) return ERR_PENDING;
    const uint8_t *p = (const uint8_t *)bytes.p;
    size_t total = V2_HEAD_BYTES + ((size_t)p[14] << 8 | p[15]), tlvs_at;
    if ((p[12] != V2_LOCAL && p[12] != V2_PROXY) || total > PROXY_BYTES_MAX) return ERR_MALFORMED;
    if (bytes.n < total) return ERR_PENDING;
    out->bytes = total;
    if (p[12] == V2_LOCAL) return ERR_OK; /* addresses and TLVs have to be ignored */
    struct str header = str_sub(bytes, 0, total);
    if (!read_v2_source(out, header, &tlvs_at)) return ERR_MALFORMED;
    return read_tlvs(out, header, tlvs_at) ? ERR_OK : ERR_MALFORMED;
}

enum err proxy_parse(struct proxy_header *out, struct str bytes)
{
    memset(out, 0, sizeof *out);
    if (bytes.n == 0) return ERR_PENDING;
    return bytes.p[0] == 'P' ? parse_v1(out, bytes) : parse_v2(out, bytes);
}
