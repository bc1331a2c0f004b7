/* str - a borrowed run of bytes.
 *
 * A `struct str` owns nothing: it points into a request's buffer, an arena or a literal, and is
 * valid as long as that is. It need not end in NUL and may hold any byte. A NULL pointer with
 * length 0 is the empty string.
 */
#ifndef WHORL_BASE_STR_H
#define WHORL_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct str {
    const char *p;
    size_t n;
};

/* A literal as a str. Not a constant expression under -Wpedantic: use const char * in tables. */
#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
/* For printf's "%.*s". */
#define STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static inline struct str str_of(const char *text)
{
    return (struct str){ text, text ? strlen(text) : 0 };
}

static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || (a.p[0] == b.p[0] && memcmp(a.p, b.p, a.n) == 0));
}

/* ASCII only: header names, schemes, host names. The two cases of a letter differ in one bit, so that a look at the
 * first byte saves most calls. */
static inline bool str_eq_nocase(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || (((a.p[0] ^ b.p[0]) & ~0x20) == 0 && strncasecmp(a.p, b.p, a.n) == 0));
}

static inline bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

static inline bool str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n &&
           (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

/* `from` and `to` beyond the end are cut to it. */
static inline struct str str_sub(struct str s, size_t from, size_t to)
{
    if (to > s.n) to = s.n;
    if (from > to) from = to;
    return (struct str){ s.p ? s.p + from : s.p, to - from };
}

/* Position of the first `c` at or after `from`, or SIZE_MAX. */
static inline size_t str_find_char(struct str s, char c, size_t from)
{
    if (from >= s.n) return SIZE_MAX;
    const char *hit = memchr(s.p + from, c, s.n - from);
    return hit ? (size_t)(hit - s.p) : SIZE_MAX;
}

/* Position of the first `needle`, or SIZE_MAX; an empty one is found at 0. */
size_t str_find(struct str s, struct str needle);
/* Does `needle` occur in `s`? */
bool str_has(struct str s, struct str needle);

/* UTF-8 characters of valid UTF-8. */
size_t str_count_chars(struct str s);

/* Without the spaces and tabs at both ends. */
struct str str_trim(struct str s);

/* Cuts the part before the next `c` off the front of *rest. False once *rest is used up (set to
 * NULL); "a,,b" gives "a", "", "b". */
bool str_split(struct str *rest, char c, struct str *part);

/* 1 to 20 decimal digits, whole text, no sign, no overflow; false otherwise and *out is
 * untouched. */
bool str_to_u64(struct str s, uint64_t *out);
/* The same with an optional '-'. */
bool str_to_i64(struct str s, int64_t *out);

/* 64-bit hash of bytes, for tables and for comparing snapshots; not for secrets. Stable for ever:
 * values derived from it are stored. The mix is wyhash-like (multiply 64x64 to 128 and fold). */
uint64_t str_hash(struct str s, uint64_t seed);

/* The value of a hex digit of either case, -1 for any other character. */
static inline int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Lower-case hex of n bytes into out (2n characters, no NUL). */
void hex_encode(char *out, const uint8_t *bytes, size_t n);
/* Reads 2n lower-case hex characters; false on any other character. */
bool hex_decode(uint8_t *out, struct str hex);

/* base64url without padding (RFC 4648 section 5). out holds 4 * ceil(n / 3) characters; the length
 * written is returned. */
size_t base64url_encode(char *out, const uint8_t *bytes, size_t n);
/* Returns the number of bytes, or SIZE_MAX when the text is not canonical base64url or would not
 * fit into `max` bytes. */
size_t base64url_decode(uint8_t *out, size_t max, struct str text);

#endif
