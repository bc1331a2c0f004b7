/* str - see str.h. */
#include "base/str.h"

#include <limits.h>

/* By memchr from one first byte to the next: a word is looked for in a user agent in a tenth of the instructions that
 * glibc's memmem takes, which prepares a table first. That pays for long needles only. */
size_t str_find(struct str s, struct str needle)
{
    enum { SHORT_BYTES = 32 };
    if (needle.n == 0) return 0;
    if (s.n < needle.n) return SIZE_MAX;
    if (needle.n > SHORT_BYTES) {
        const char *hit = memmem(s.p, s.n, needle.p, needle.n);
        return hit ? (size_t)(hit - s.p) : SIZE_MAX;
    }
    const char *last = s.p + (s.n - needle.n);
    for (const char *p = s.p; p <= last; p++) {
        p = memchr(p, needle.p[0], (size_t)(last - p) + 1);
        if (!p) break;
        if (memcmp(p, needle.p, needle.n) == 0) return (size_t)(p - s.p);
    }
    return SIZE_MAX;
}

bool str_has(struct str s, struct str needle)
{
    return str_find(s, needle) != SIZE_MAX;
}

struct str str_trim(struct str s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) s.p++, s.n--;
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t')) s.n--;
    return s;
}

bool str_split(struct str *rest, char c, struct str *part)
{
    if (!rest->p) return false;
    size_t at = str_find_char(*rest, c, 0);
    if (at == SIZE_MAX) {
        *part = *rest;
        *rest = (struct str){ NULL, 0 };
    } else {
        *part = str_sub(*rest, 0, at);
        *rest = str_sub(*rest, at + 1, rest->n);
    }
    return true;
}

bool str_to_u64(struct str s, uint64_t *out)
{
    uint64_t value = 0;
    if (s.n == 0 || s.n > 20) return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') return false;
        uint64_t digit = (uint64_t)(s.p[i] - '0');
        if (__builtin_mul_overflow(value, 10u, &value)) return false;
        if (__builtin_add_overflow(value, digit, &value)) return false;
    }
    *out = value;
    return true;
}

bool str_to_i64(struct str s, int64_t *out)
{
    uint64_t magnitude;
    bool negative = s.n > 0 && s.p[0] == '-';
    if (!str_to_u64(negative ? str_sub(s, 1, s.n) : s, &magnitude)) return false;
    if (magnitude > (uint64_t)INT64_MAX + negative) return false;
    *out = (int64_t)(negative ? 0 - magnitude : magnitude);
    return true;
}

/* The factors go into the result too: a zero on one side would else wipe out the other. */
static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 u128;
    u128 product = (u128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64) ^ a ^ b;
}

static uint64_t read_8(const char *p)
{
    uint64_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

/* One to seven bytes as a little-endian number, from reads that overlap: a copy of so few bytes is a call. */
static uint64_t read_tail(const char *p, size_t n)
{
    uint32_t low, high;
    if (n < sizeof low) {
        const uint8_t *b = (const uint8_t *)p;
        return (uint64_t)b[0] | (uint64_t)b[n / 2] << 8 * (n / 2) | (uint64_t)b[n - 1] << 8 * (n - 1);
    }
    memcpy(&low, p, sizeof low);
    memcpy(&high, p + n - sizeof high, sizeof high);
    return low | (uint64_t)high << 8 * (n - sizeof high);
}

uint64_t str_hash(struct str s, uint64_t seed)
{
    const uint64_t k0 = 0xa0761d6478bd642fu, k1 = 0xe7037ed1a0b428dbu, k2 = 0x8ebc6af09c88c6e3u;
    uint64_t a = seed ^ k0, b = seed ^ k1;
    size_t n = s.n;
    const char *p = s.p;
    for (; n >= 32; p += 32, n -= 32) {
        a = mix(read_8(p) ^ k1, read_8(p + 8) ^ a);
        b = mix(read_8(p + 16) ^ k2, read_8(p + 24) ^ b);
    }
    if (n >= 16) {
        a = mix(read_8(p) ^ k1, read_8(p + 8) ^ a);
        p += 16, n -= 16;
    }
    if (n >= 8) {
        b = mix(read_8(p) ^ k2, b ^ k0);
        p += 8, n -= 8;
    }
    if (n > 0) a = mix(read_tail(p, n) ^ k2, a ^ (uint64_t)n);
    return mix(mix(a, b ^ k2) ^ (uint64_t)s.n, k1);
}

void hex_encode(char *out, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
}

/* Eight hex digits at a time, one per byte of a word: four bytes out. A payload holds forty hashes.
 * Letters have bit 6 set, and stand 9 above their low four bits. The digits are right when printing
 * their values gives the same text again. */
static bool hex_decode_8(uint8_t out[4], const char *hex)
{
    const uint64_t ones = 0x0101010101010101u;
    uint64_t text;
    memcpy(&text, hex, sizeof text);
    uint64_t letters = text >> 6 & ones;
    uint64_t value = (text & 0x0f * ones) + 9 * letters;
    uint64_t printed = value + '0' * ones + ('a' - '0' - 10) * ((value + 6 * ones) >> 4 & ones);
    if (printed != text || (value & 0xf0 * ones)) return false;
    uint64_t pairs = (value << 4 | value >> 8) & 0x00ff00ff00ff00ffu;
    pairs = (pairs | pairs >> 8) & 0x0000ffff0000ffffu;
    uint32_t bytes = (uint32_t)(pairs | pairs >> 16);
    memcpy(out, &bytes, sizeof bytes);
    return true;
}

static int lower_hex_digit(char c)
{
    return c >= 'A' && c <= 'F' ? -1 : hex_digit(c);
}

bool hex_decode(uint8_t *out, struct str hex)
{
    if (hex.n % 2 != 0) return false;
    size_t i = 0;
    for (; i + 8 <= hex.n; i += 8)
        if (!hex_decode_8(out + i / 2, hex.p + i)) return false;
    for (; i < hex.n; i += 2) {
        int high = lower_hex_digit(hex.p[i]), low = lower_hex_digit(hex.p[i + 1]);
        if (high < 0 || low < 0) return false;
        out[i / 2] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t base64url_encode(char *out, const uint8_t *bytes, size_t n)
{
    size_t length = 0;
    for (size_t i = 0; i < n; i += 3) {
        uint32_t group = (uint32_t)bytes[i] << 16;
        if (i + 1 < n) group |= (uint32_t)bytes[i + 1] << 8;
        if (i + 2 < n) group |= bytes[i + 2];
        size_t digits = n - i >= 3 ? 4 : n - i + 1;
        for (size_t d = 0; d < digits; d++)
            out[length++] = base64_digits[group >> (18 - 6 * d) & 63];
    }
    return length;
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

size_t base64url_decode(uint8_t *out, size_t max, struct str text)
{
    size_t length = 0;
    uint32_t group = 0;
    unsigned bits = 0;
    if (text.n % 4 == 1) return SIZE_MAX;
    for (size_t i = 0; i < text.n; i++) {
        int digit = base64_digit(text.p[i]);
        if (digit < 0) return SIZE_MAX;
        group = group << 6 | (uint32_t)digit;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            if (length == max) return SIZE_MAX;
            out[length++] = (uint8_t)(group >> bits & 255);
        }
    }
    return (group & ((1u << bits) - 1)) == 0 ? length : SIZE_MAX;
}

size_t str_count_chars(struct str s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.n; i++) count += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return count;
}
