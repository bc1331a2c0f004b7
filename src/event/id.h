/* id - the two ids of the product, each with reversible spellings.
 *
 * A visitor id that we make is 42 bits of milliseconds (until 2109) and 77 random bits, 119 in all:
 *     iq_<ulid>       "iq_" and 26 lower-case Crockford base32 characters (FingerprintIQ): 48 bits
 *                     time, then 80 bits of which the top three are zero
 *     20 base62       0-9A-Za-z, most significant first (Fingerprint v2 to v4); 62^20 > 2^119
 * An event id that we make is the event's milliseconds and 35 random bits, 83 in all:
 *     req_<ulid>      time, then 45 filler bits that follow from the rest, then the 35 bits
 *     <ms>.<6 base62> decimal milliseconds, a point, the 35 bits (62^6 > 2^35)
 * The filler is a fixed mix of the other bits, so that a mistyped id is recognised as none of ours.
 * Any spelling is understood in any dialect; case matters.
 *
 * Ids that were imported are other people's: any 20 base62 characters are a visitor id, any six behind
 * milliseconds an event id. So a visitor id is a number below 62^20, somewhat less than 2^120, and an
 * event's second part one below 62^6, somewhat less than 2^36. In a req_<ulid> the numbers from 2^35 on
 * are told by a filler with all bits inverted.
 */
#ifndef WHORL_EVENT_ID_H
#define WHORL_EVENT_ID_H

#include "base/str.h"

struct visitor_id {
    uint64_t high, low; /* 56 and 64 bits, below 62^20 */
};

struct event_id {
    int64_t time_ms;
    uint64_t random; /* below 62^6 */
};

enum {
    VISITOR_ID_ULID_BYTES = 3 + 26,
    VISITOR_ID_BASE62_BYTES = 20,
    EVENT_ID_ULID_BYTES = 4 + 26,
    EVENT_ID_BASE62_BYTES_MAX = 15 + 1 + 6,
    ID_TEXT_BYTES = 32, /* room for any of them */

    VISITOR_ID_KEY_BYTES = 16, /* big-endian, sorts by time */
    EVENT_ID_KEY_BYTES = 11,   /* 6 of time, 5 of random, big-endian, sorts by time */
};
#define EVENT_ID_TIME_MAX (((int64_t)1 << 42) - 1)
#define EVENT_ID_RANDOM_MAX ((uint64_t)56800235583) /* 62^6 - 1 */

struct visitor_id visitor_id_new(int64_t now_ms);
struct event_id event_id_new(int64_t now_ms);

/* Printers return the length; no NUL is written. */
size_t visitor_id_print_ulid(char out[ID_TEXT_BYTES], struct visitor_id id);
size_t visitor_id_print_base62(char out[ID_TEXT_BYTES], struct visitor_id id);
size_t event_id_print_ulid(char out[ID_TEXT_BYTES], struct event_id id);
size_t event_id_print_base62(char out[ID_TEXT_BYTES], struct event_id id);

/* Either spelling; false when the text is neither, or overflows. */
bool visitor_id_parse(struct str text, struct visitor_id *out);
/* Besides those: 21 letters and digits, as the visitor id in v4's published examples has; the alias of it. */
bool visitor_id_parse_any(struct str text, struct visitor_id *out);
bool event_id_parse(struct str text, struct event_id *out);

/* Stands for an id that is none of these spellings, wherever ids are compared: 119 bits of a hash. */
struct visitor_id visitor_id_of_alias(struct str text);

static inline bool visitor_id_eq(struct visitor_id a, struct visitor_id b)
{
    return a.high == b.high && a.low == b.low;
}

/* Is it below 62^20? Ask when the bytes come from a disk; the printers take it for granted. */
static inline bool visitor_id_valid(struct visitor_id id)
{
    const struct visitor_id end = { 0x87aac19e40aafc, 0x0e20c98f58100000 };
    return id.high < end.high || (id.high == end.high && id.low < end.low);
}

/* The same question of an event id: 42 bits of time, and below 62^6. */
static inline bool event_id_valid(struct event_id id)
{
    return id.time_ms >= 0 && id.time_ms <= EVENT_ID_TIME_MAX && id.random <= EVENT_ID_RANDOM_MAX;
}

/* Storage form: fixed length, memcmp order is time order. */
void visitor_id_to_key(uint8_t out[VISITOR_ID_KEY_BYTES], struct visitor_id id);
struct visitor_id visitor_id_from_key(const uint8_t in[VISITOR_ID_KEY_BYTES]);
void event_id_to_key(uint8_t out[EVENT_ID_KEY_BYTES], struct event_id id);
struct event_id event_id_from_key(const uint8_t in[EVENT_ID_KEY_BYTES]);

#endif
