/* id - see id.h. */
#include "event/id.h"

#include "base/random.h"

#include <assert.h>
#include <ctype.h>

__extension__ typedef unsigned __int128 u128;

static const char base32[] = "0123456789abcdefghjkmnpqrstvwxyz"; /* Crockford, lower case */
static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

enum {
    TIME_BITS = 42,
    RANDOM_BITS = 77,
    EVENT_RANDOM_BITS = 35,
    FILLER_BITS = 45,
    ULID_CHARS = 26
};

static u128 join(struct visitor_id id)
{
    return (u128)id.high << 64 | id.low;
}

static struct visitor_id split(u128 value)
{
    return (struct visitor_id){ (uint64_t)(value >> 64), (uint64_t)value };
}

static uint64_t clamp_ms(int64_t ms)
{
    return (uint64_t)(ms < 0 ? 0 : ms > EVENT_ID_TIME_MAX ? EVENT_ID_TIME_MAX : ms);
}

static uint64_t low_bits(uint64_t value, unsigned bits)
{
    return value & (((uint64_t)1 << bits) - 1);
}

struct visitor_id visitor_id_new(int64_t now_ms)
{
    u128 random = (u128)random_u64() << 64 | random_u64();
    random &= ((u128)1 << RANDOM_BITS) - 1;
    return split((u128)clamp_ms(now_ms) << RANDOM_BITS | random);
}

struct event_id event_id_new(int64_t now_ms)
{
    return (struct event_id){ (int64_t)clamp_ms(now_ms),
                              low_bits(random_u64(), EVENT_RANDOM_BITS) };
}

static size_t print_digits(char *out, u128 value, const char *digits, unsigned base, size_t count)
{
    for (size_t i = count; i-- > 0; value /= base) out[i] = digits[value % base];
    assert(value == 0);
    return count;
}

/* False on a foreign character or when the value does not fit into 128 bits. */
static bool parse_digits(struct str text, const char *digits, unsigned base, u128 *out)
{
    u128 value = 0;
    for (size_t i = 0; i < text.n; i++) {
        const char *hit = text.p[i] ? strchr(digits, text.p[i]) : NULL;
        if (!hit) return false;
        u128 digit = (uint64_t)(hit - digits), radix = base;
        if (value > (~(u128)0 - digit) / radix) return false;
        value = value * radix + digit;
    }
    *out = value;
    return true;
}

/* 48 bits of time, 80 bits of the rest. */
static u128 to_ulid(u128 id)
{
    u128 time = id >> RANDOM_BITS, random = id & (((u128)1 << RANDOM_BITS) - 1);
    return time << 80 | random;
}

size_t visitor_id_print_ulid(char out[ID_TEXT_BYTES], struct visitor_id id)
{
    memcpy(out, "iq_", 3);
    return 3 + print_digits(out + 3, to_ulid(join(id)), base32, 32, ULID_CHARS);
}

size_t visitor_id_print_base62(char out[ID_TEXT_BYTES], struct visitor_id id)
{
    return print_digits(out, join(id), base62, 62, VISITOR_ID_BASE62_BYTES);
}

bool visitor_id_parse(struct str text, struct visitor_id *out)
{
    u128 value;
    if (text.n == VISITOR_ID_ULID_BYTES && str_starts(text, STR("iq_"))) {
        if (!parse_digits(str_sub(text, 3, text.n), base32, 32, &value)) return false;
        u128 time = value >> 80, random = value & (((u128)1 << 80) - 1);
        if (time >> (TIME_BITS + 1) || random >> RANDOM_BITS) return false;
        struct visitor_id id = split(time << RANDOM_BITS | random);
        if (!visitor_id_valid(id)) return false;
        *out = id;
        return true;
    }
    if (text.n != VISITOR_ID_BASE62_BYTES || !parse_digits(text, base62, 62, &value)) return false;
    *out = split(value);
    return true;
}

struct visitor_id visitor_id_of_alias(struct str text)
{
    return (struct visitor_id){ low_bits(str_hash(text, 2), 55), str_hash(text, 3) };
}

/* 45 bits that look like chance (the finaliser of splitmix64, Steele et al. 2014). */
static uint64_t filler(struct event_id id)
{
    uint64_t x = (uint64_t)id.time_ms * 0x9e3779b97f4a7c15u ^ low_bits(id.random, EVENT_RANDOM_BITS);
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    x = (x ^ x >> 31) >> (64 - FILLER_BITS);
    return id.random >> EVENT_RANDOM_BITS ? low_bits(~x, FILLER_BITS) : x;
}

size_t event_id_print_ulid(char out[ID_TEXT_BYTES], struct event_id id)
{
    memcpy(out, "req_", 4);
    u128 value =
        (u128)(uint64_t)id.time_ms << 80 | (u128)filler(id) << EVENT_RANDOM_BITS |
        low_bits(id.random, EVENT_RANDOM_BITS);
    return 4 + print_digits(out + 4, value, base32, 32, ULID_CHARS);
}

size_t event_id_print_base62(char out[ID_TEXT_BYTES], struct event_id id)
{
    char digits[20];
    size_t n = sizeof digits;
    uint64_t ms = (uint64_t)id.time_ms;
    do digits[--n] = (char)('0' + ms % 10); while (ms /= 10);
    size_t length = sizeof digits - n;
    memcpy(out, digits + n, length);
    out[length++] = '.';
    return length + print_digits(out + length, id.random, base62, 62, 6);
}

bool event_id_parse(struct str text, struct event_id *out)
{
    u128 value;
    if (text.n == EVENT_ID_ULID_BYTES && str_starts(text, STR("req_"))) {
        if (!parse_digits(str_sub(text, 4, text.n), base32, 32, &value)) return false;
        struct event_id id = { (int64_t)low_bits((uint64_t)(value >> 80), 48),
                               low_bits((uint64_t)value, EVENT_RANDOM_BITS) };
        uint64_t filled = low_bits((uint64_t)(value >> EVENT_RANDOM_BITS), FILLER_BITS);
        if (filled != filler(id)) id.random |= (uint64_t)1 << EVENT_RANDOM_BITS;
        if (filled != filler(id) || !event_id_valid(id)) return false;
        *out = id;
        return true;
    }
    uint64_t ms;
    size_t point = str_find_char(text, '.', 0);
    if (point == SIZE_MAX || point > 15 || text.n - point != 7) return false;
    if (!str_to_u64(str_sub(text, 0, point), &ms) || ms >> TIME_BITS) return false;
    if (text.p[0] == '0' && point > 1) return false; /* one spelling per id */
    if (!parse_digits(str_sub(text, point + 1, text.n), base62, 62, &value)) return false;
    *out = (struct event_id){ (int64_t)ms, (uint64_t)value };
    return true;
}

static void put_big_endian(uint8_t *out, uint64_t value, size_t n)
{
    for (size_t i = n; i-- > 0; value >>= 8) out[i] = (uint8_t)value;
}

static uint64_t get_big_endian(const uint8_t *in, size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++) value = value << 8 | in[i];
    return value;
}

void visitor_id_to_key(uint8_t out[VISITOR_ID_KEY_BYTES], struct visitor_id id)
{
    put_big_endian(out, id.high, 8);
    put_big_endian(out + 8, id.low, 8);
}

struct visitor_id visitor_id_from_key(const uint8_t in[VISITOR_ID_KEY_BYTES])
{
    return (struct visitor_id){ get_big_endian(in, 8), get_big_endian(in + 8, 8) };
}

void event_id_to_key(uint8_t out[EVENT_ID_KEY_BYTES], struct event_id id)
{
    put_big_endian(out, (uint64_t)id.time_ms, 6);
    put_big_endian(out + 6, id.random, 5);
}

struct event_id event_id_from_key(const uint8_t in[EVENT_ID_KEY_BYTES])
{
    return (struct event_id){ (int64_t)get_big_endian(in, 6), get_big_endian(in + 6, 5) };
}

bool visitor_id_parse_any(struct str text, struct visitor_id *out)
{
    if (visitor_id_parse(text, out)) return true;
    if (text.n != 21) return false;
    for (size_t i = 0; i < text.n; i++)
        if (!isalnum((unsigned char)text.p[i])) return false;
    *out = visitor_id_of_alias(text);
    return true;
}
