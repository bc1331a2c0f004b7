/* ja - see ja.h. JA4 in its three parts: a says, b and c hash. */
#include "net/ja.h"

#include "base/crypto.h"

#include <assert.h>

/* ---- JA3 ---- */

static size_t put_decimal(char *out, unsigned value)
{
    char digits[5];
    size_t n = 0;
    do digits[n++] = (char)('0' + value % 10);
    while (value /= 10);
    for (size_t i = 0; i < n; i++) out[i] = digits[n - 1 - i];
    return n;
}

static size_t put_decimals(char *out, const uint16_t *values, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (hello_is_grease(values[i])) continue;
        if (n > 0) out[n++] = '-';
        n += put_decimal(out + n, values[i]);
    }
    return n;
}

size_t ja3_text(char out[JA3_TEXT_BYTES_MAX], const struct hello *h)
{
    size_t n = put_decimal(out, h->version);
    out[n++] = ',';
    n += put_decimals(out + n, h->ciphers, h->ciphers_count);
    out[n++] = ',';
    n += put_decimals(out + n, h->extensions, h->extensions_count);
    out[n++] = ',';
    n += put_decimals(out + n, h->groups, h->groups_count);
    out[n++] = ',';
    for (size_t i = 0; i < h->point_formats_count; i++) {
        if (i > 0) out[n++] = '-';
        n += put_decimal(out + n, h->point_formats[i]);
    }
    assert(n <= JA3_TEXT_BYTES_MAX);
    return n;
}

bool ja3_write(char out[JA3_CHARS + 1], const struct hello *hello)
{
    char text[JA3_TEXT_BYTES_MAX];
    uint8_t hash[MD5_BYTES];
    out[0] = 0;
    if (!crypto_md5(hash, (struct str){ text, ja3_text(text, hello) })) return false;
    hex_encode(out, hash, sizeof hash);
    out[JA3_CHARS] = 0;
    return true;
}

/* ---- JA4 ---- */

enum {
    PART_CHARS = 12, /* of parts b and c */
    PART_TEXT_BYTES_MAX =
        5 * (HELLO_CIPHERS_MAX > HELLO_EXTENSIONS_MAX + HELLO_ALGORITHMS_MAX
                 ? HELLO_CIPHERS_MAX
                 : HELLO_EXTENSIONS_MAX + HELLO_ALGORITHMS_MAX),
};

static size_t without_grease(uint16_t *out, const uint16_t *values, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (!hello_is_grease(values[i])) out[n++] = values[i];
    return n;
}

/* By insertion: lists are short, and nearly sorted ones are common. The longest list that the
 * limits allow takes a few ten microseconds. */
static void sort(uint16_t *values, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        uint16_t value = values[i];
        size_t at = i;
        for (; at > 0 && values[at - 1] > value; at--) values[at] = values[at - 1];
        values[at] = value;
    }
}

/* "c02b,c02c" */
static size_t put_hex(char *out, const uint16_t *values, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[2] = { (uint8_t)(values[i] >> 8), (uint8_t)values[i] };
        if (i > 0) out[n++] = ',';
        hex_encode(out + n, bytes, sizeof bytes);
        n += 4;
    }
    return n;
}

static void put_hash(char out[PART_CHARS], struct str text)
{
    uint8_t hash[SHA256_BYTES];
    crypto_sha256(hash, text);
    hex_encode(out, hash, PART_CHARS / 2);
}

/* "13". Where supported_versions says something, the version in front of the message is only there
 * for old servers' sake, also when everything that it says is GREASE. */
static const char *version_text(const struct hello *h)
{
    uint16_t highest = h->versions_count > 0 ? 0 : h->version;
    for (size_t i = 0; i < h->versions_count; i++)
        if (!hello_is_grease(h->versions[i]) && h->versions[i] > highest) highest = h->versions[i];
    switch (highest) {
    case 0x0304: return "13";
    case 0x0303: return "12";
    case 0x0302: return "11";
    case 0x0301: return "10";
    case 0x0300: return "s3";
    case 0x0002: return "s2";
    default: return "00";
    }
}

static bool is_letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static void put_alpn(char out[2], const struct hello *h)
{
    size_t i = 0;
    while (i < h->alpn_count && hello_is_grease_name(h->alpn[i])) i++;
    out[0] = out[1] = '0';
    if (i == h->alpn_count || h->alpn[i].n == 0) return;
    char first = h->alpn[i].p[0], last = h->alpn[i].p[h->alpn[i].n - 1];
    if (!is_letter_or_digit(first) || !is_letter_or_digit(last)) {
        first = "0123456789abcdef"[(uint8_t)first >> 4];
        last = "0123456789abcdef"[last & 15];
    }
    out[0] = first;
    out[1] = last;
}

static void put_count(char out[2], size_t count)
{
    if (count > 99) count = 99;
    out[0] = (char)('0' + count / 10);
    out[1] = (char)('0' + count % 10);
}

static void put_part_a(char out[10], const struct hello *h, enum ja4_transport transport,
                       size_t ciphers, size_t extensions)
{
    out[0] = (char)transport;
    memcpy(out + 1, version_text(h), 2);
    out[3] = h->server_name ? 'd' : 'i';
    put_count(out + 4, ciphers);
    put_count(out + 6, extensions);
    put_alpn(out + 8, h);
}

static void put_part_b(char out[PART_CHARS], uint16_t *ciphers, size_t count)
{
    char text[PART_TEXT_BYTES_MAX];
    memset(out, '0', PART_CHARS);
    if (count == 0) return;
    sort(ciphers, count);
    put_hash(out, (struct str){ text, put_hex(text, ciphers, count) });
}

static void put_part_c(char out[PART_CHARS], const struct hello *h, const uint16_t *extensions,
                       size_t count)
{
    char text[PART_TEXT_BYTES_MAX];
    uint16_t kept[HELLO_EXTENSIONS_MAX], algorithms[HELLO_ALGORITHMS_MAX];
    size_t kept_count = 0;
    for (size_t i = 0; i < count; i++)
        if (extensions[i] != HELLO_SERVER_NAME && extensions[i] != HELLO_ALPN)
            kept[kept_count++] = extensions[i];
    memset(out, '0', PART_CHARS);
    if (kept_count == 0) return;
    sort(kept, kept_count);
    size_t n = put_hex(text, kept, kept_count);
    size_t algorithms_count = without_grease(algorithms, h->algorithms, h->algorithms_count);
    if (algorithms_count > 0) {
        text[n++] = '_';
        n += put_hex(text + n, algorithms, algorithms_count);
    }
    put_hash(out, (struct str){ text, n });
}

void ja4_write(char out[JA4_CHARS + 1], const struct hello *h, enum ja4_transport transport)
{
    uint16_t ciphers[HELLO_CIPHERS_MAX], extensions[HELLO_EXTENSIONS_MAX];
    size_t ciphers_count = without_grease(ciphers, h->ciphers, h->ciphers_count);
    size_t extensions_count = without_grease(extensions, h->extensions, h->extensions_count);
    put_part_a(out, h, transport, ciphers_count, extensions_count);
    out[10] = out[23] = '_';
    put_part_b(out + 11, ciphers, ciphers_count);
    put_part_c(out + 24, h, extensions, extensions_count);
    out[JA4_CHARS] = 0;
}
