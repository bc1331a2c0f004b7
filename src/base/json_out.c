/* json_out - see json_out.h. */
#include "base/json_out.h"

#include "base/json_number.h"

#include <math.h>
#include <stdio.h>

void json_out_init(struct json_out *out, struct arena *arena)
{
    *out = (struct json_out){ .arena = arena };
}

struct str json_out_text(const struct json_out *out)
{
    return out->failed ? (struct str){ "", 0 } : (struct str){ out->p ? out->p : "", out->n };
}

/* Room for n more bytes, or NULL. */
static char *room(struct json_out *out, size_t n)
{
    if (out->failed) return NULL;
    if (out->capacity - out->n < n) {
        size_t capacity = out->capacity ? out->capacity * 2 : 1024;
        while (capacity - out->n < n) capacity *= 2;
        char *p = arena_alloc(out->arena, capacity);
        if (!p) {
            out->failed = true;
            return NULL;
        }
        if (out->n) memcpy(p, out->p, out->n);
        out->p = p;
        out->capacity = capacity;
    }
    return out->p + out->n;
}

void json_out_raw(struct json_out *out, struct str bytes)
{
    char *p = room(out, bytes.n);
    if (!p || bytes.n == 0) return;
    memcpy(p, bytes.p, bytes.n);
    out->n += bytes.n;
}

static void put(struct json_out *out, char c)
{
    char *p = room(out, 1);
    if (!p) return;
    *p = c;
    out->n++;
}

static void before_value(struct json_out *out)
{
    if (out->comma) put(out, ',');
    out->comma = true;
}

void json_out_open(struct json_out *out, char bracket)
{
    before_value(out);
    put(out, bracket);
    out->comma = false;
}

void json_out_close(struct json_out *out, char bracket)
{
    put(out, bracket);
    out->comma = true;
}

/* Length of the UTF-8 sequence at p (RFC 3629, table 3-7 of Unicode), 0 when it is not one. */
static size_t utf8_length(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80) return 1;
    if (p[0] >= 0xc2 && p[0] <= 0xdf) return left >= 2 && (p[1] & 0xc0) == 0x80 ? 2 : 0;
    if (p[0] >= 0xe0 && p[0] <= 0xef) {
        if (left < 3 || (p[1] & 0xc0) != 0x80 || (p[2] & 0xc0) != 0x80) return 0;
        if (p[0] == 0xe0 && p[1] < 0xa0) return 0;
        if (p[0] == 0xed && p[1] > 0x9f) return 0;
        return 3;
    }
    if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        if (left < 4 || (p[1] & 0xc0) != 0x80 || (p[2] & 0xc0) != 0x80 || (p[3] & 0xc0) != 0x80)
            return 0;
        if (p[0] == 0xf0 && p[1] < 0x90) return 0;
        if (p[0] == 0xf4 && p[1] > 0x8f) return 0;
        return 4;
    }
    return 0;
}

static const uint64_t ones = 0x0101010101010101u;

/* Its top bit is set in some byte when a byte of x is 0; none is when none is (Mycroft). */
static uint64_t zero_bytes(uint64_t x)
{
    return (x - ones) & ~x & 0x80 * ones;
}

/* Eight characters at once: none is a control character, a quote, a backslash or beyond ASCII. */
static bool are_plain_8(uint64_t x)
{
    uint64_t control = (x - 0x20 * ones) & ~x;
    return ((x | control | zero_bytes(x ^ '"' * ones) | zero_bytes(x ^ '\\' * ones)) & 0x80 * ones) == 0;
}

static bool is_plain(struct str s)
{
    size_t i = 0;
    for (uint64_t x; i + 8 <= s.n; i += 8) {
        memcpy(&x, s.p + i, sizeof x);
        if (!are_plain_8(x)) return false;
    }
    for (; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') return false;
    }
    return true;
}

/* A string without anything that needs an escape or may be no UTF-8: nearly all. False when it is not. */
static bool put_plain(struct json_out *out, struct str s)
{
    if (!is_plain(s)) return false;
    char *at = room(out, s.n + 2);
    if (!at) return true;
    at[0] = '"';
    if (s.n) memcpy(at + 1, s.p, s.n);
    at[s.n + 1] = '"';
    out->n += s.n + 2;
    return true;
}

static void escaped(struct json_out *out, struct str s)
{
    static const char hex[] = "0123456789abcdef";
    const unsigned char *p = (const unsigned char *)s.p;
    size_t start = 0, i = 0;
    if (put_plain(out, s)) return;
    put(out, '"');
    while (i < s.n) {
        unsigned char c = p[i];
        if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
            i++;
            continue;
        }
        size_t length = c >= 0x80 ? utf8_length(p + i, s.n - i) : 0;
        if (length > 0) {
            i += length;
            continue;
        }
        json_out_raw(out, str_sub(s, start, i));
        if (c >= 0x80) json_out_raw(out, STR("\xef\xbf\xbd"));
        else if (c == '"') json_out_raw(out, STR("\\\""));
        else if (c == '\\') json_out_raw(out, STR("\\\\"));
        else if (c == '\n') json_out_raw(out, STR("\\n"));
        else if (c == '\r') json_out_raw(out, STR("\\r"));
        else if (c == '\t') json_out_raw(out, STR("\\t"));
        else {
            char code[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
            json_out_raw(out, (struct str){ code, sizeof code });
        }
        start = ++i;
    }
    json_out_raw(out, str_sub(s, start, s.n));
    put(out, '"');
}

void json_out_key_str(struct json_out *out, struct str key)
{
    before_value(out);
    escaped(out, key);
    put(out, ':');
    out->comma = false;
}

void json_out_key(struct json_out *out, const char *key)
{
    json_out_key_str(out, str_of(key));
}

void json_out_str(struct json_out *out, struct str s)
{
    before_value(out);
    escaped(out, s);
}

void json_out_int(struct json_out *out, int64_t value)
{
    char digits[24];
    size_t n = sizeof digits;
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do digits[--n] = (char)('0' + magnitude % 10); while (magnitude /= 10);
    if (value < 0) digits[--n] = '-';
    before_value(out);
    json_out_raw(out, (struct str){ digits + n, sizeof digits - n });
}

void json_out_double(struct json_out *out, double value)
{
    char text[JSON_NUMBER_BYTES];
    if (!isfinite(value)) {
        json_out_null(out);
        return;
    }
    before_value(out);
    json_out_raw(out, (struct str){ text, json_number_print(text, value) });
}

void json_out_bool(struct json_out *out, bool value)
{
    before_value(out);
    json_out_raw(out, value ? STR("true") : STR("false"));
}

void json_out_null(struct json_out *out)
{
    before_value(out);
    json_out_raw(out, STR("null"));
}

void json_out_value(struct json_out *out, struct str json)
{
    before_value(out);
    json_out_raw(out, json);
}
