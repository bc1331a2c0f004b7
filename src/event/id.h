/* id - the two ids of the product, each with reversible spellings.
 *
 * A visitor id is 42 bits of milliseconds (until 2109) and 77 random bits, 119 in all:
 *     iq_<ulid>       "iq_" and 26 lower-case Crockford base32 characters (FingerprintIQ): 48 bits
 *                     time, then 80 bits of which the top three are zero
 *     20 base62       0-9A-Za-z, most significant first (Fingerprint v2 to v4); 62^20 > 2^119
 * An event id is the event's milliseconds and 35 random bits, 83 in all:
 *     req_<ulid>      time, then 45 filler bits that follow from the rest, then the 35 bits
 *     <ms>.<6 base62> decimal milliseconds, a point, the 35 bits (62^6 > 2^35)
 * The filler is a fixed mix of the other bits, so that a mistyped id is recognised as none of ours.
 * Any spelling is understood in any dialect; case matters.
 */
#ifndef WHORL_EVENT_ID_H
#define WHORL_EVENT_ID_H

#include "base/str.h"

struct visitor_id {
    uint64_t high, low; /* 55 and 64 bits */
};

struct event_id {
    int64_t time_ms;
    uint64_t random; /* 35 bits */
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

struct visitor_id visitor_id_new(int64_t now_ms);
struct event_id event_id_new(int64_t now_ms);

/* Printers return the length; no NUL is written. */
size_t visitor_id_print_ulid(char out[ID_TEXT_BYTES], struct visitor_id id);
size_t visitor_id_print_base62(char out[ID_TEXT_BYTES], struct visitor_id id);
size_t event_id_print_ulid(char out[ID_TEXT_BYTES], struct event_id id);
size_t event_id_print_base62(char out[ID_TEXT_BYTES], struct event_id id);

/* Either spelling; false when the text is neither, or overflows. */
bool visitor_id_parse(struct str text, struct visitor_id *out);
bool event_id_parse(struct str text, struct event_id *out);

static inline bool visitor_id_eq(struct visitor_id a, struct visitor_id b)
{
    return a.high == b.high && a.low == b.low;
}

/* Are only the 119 bits used? Ask when the bytes come from a disk; the printers take it for
 * granted. */
static inline bool visitor_id_valid(struct visitor_id id)
{
    return id.high >> 55 == 0;
}

/* The same question of an event id: 42 bits of time, 35 random ones. */
static inline bool event_id_valid(struct event_id id)
{
    return id.time_ms >= 0 && id.time_ms >> 42 == 0 && id.random >> 35 == 0;
}

/* Storage form: fixed length, memcmp order is time order. */
void visitor_id_to_key(uint8_t out[VISITOR_ID_KEY_BYTES], struct visitor_id id);
struct visitor_id visitor_id_from_key(const uint8_t in[VISITOR_ID_KEY_BYTES]);
void event_id_to_key(uint8_t out[EVENT_ID_KEY_BYTES], struct event_id id);
struct event_id event_id_from_key(const uint8_t in[EVENT_ID_KEY_BYTES]);

#endif
