/* event - one identification: the noun that every stage fills and every dialect shows.
 *
 * The members come from event_fields.def. A member counts only when its bit in `present` is set:
 *
 *     event_set(ev, EVENT_url), ev->url = url;
 *     if (event_has(ev, EVENT_linked_id)) use(ev->linked_id);
 *
 * Strings are borrowed: they live in the arena of the request that made or read the event.
 */
#ifndef WHORL_EVENT_EVENT_H
#define WHORL_EVENT_EVENT_H

#include "base/arena.h"
#include "base/err.h"
#include "event/id.h"

enum event_field {
#define F(number, member, type) EVENT_##member,
#include "event/event_fields.def"
    EVENT_FIELD_COUNT
};

enum event_type {
    EVENT_BOOL,
    EVENT_INT,
    EVENT_SCORE,
    EVENT_TIME,
    EVENT_STR,
    EVENT_JSON,
    EVENT_BYTES,
    EVENT_VISITOR,
    EVENT_CODES
};

enum bot { BOT_NOT_DETECTED, BOT_GOOD, BOT_BAD };

/* Small numbers in order, e.g. enum reason. */
enum { EVENT_CODES_MAX = 16 };
struct codes {
    uint16_t code[EVENT_CODES_MAX];
    uint8_t count;
};

typedef bool field_BOOL;
typedef int64_t field_INT;
typedef double field_SCORE;
typedef int64_t field_TIME;
typedef struct str field_STR;
typedef struct str field_JSON;
typedef struct str field_BYTES;
typedef struct visitor_id field_VISITOR;
typedef struct codes field_CODES;

/* A bit per enum event_field. */
struct event_present {
    uint64_t word[(EVENT_FIELD_COUNT + 63) / 64];
};

struct event {
    struct event_present present;
    struct event_id id;
#define F(number, member, type) field_##type member;
#include "event/event_fields.def"
    /* Not a fact and never stored: JSON that a renderer is given along (api/raw_attributes.h). */
    struct str raw_attributes;
};

static inline bool event_has(const struct event *ev, enum event_field f)
{
    return ev->present.word[f / 64] >> f % 64 & 1;
}

static inline void event_set(struct event *ev, enum event_field f)
{
    ev->present.word[f / 64] |= (uint64_t)1 << f % 64;
}

static inline void event_clear(struct event *ev, enum event_field f)
{
    ev->present.word[f / 64] &= ~((uint64_t)1 << f % 64);
}

/* The same fields are there; their values may differ. */
static inline bool event_same_fields(const struct event *a, const struct event *b)
{
    return memcmp(&a->present, &b->present, sizeof a->present) == 0;
}

struct event_field_info {
    uint8_t number; /* on disk */
    enum event_type type;
    const char *name;
    size_t offset; /* of the member in struct event */
};
extern const struct event_field_info event_fields[EVENT_FIELD_COUNT];

/* Adds a code unless it is there or the list is full. */
void codes_add(struct codes *codes, unsigned code);
bool codes_have(const struct codes *codes, unsigned code);

/* The stored form: all present members except the id. Bytes in `arena`; the empty string when
 * memory is refused. */
struct str event_encode(const struct event *ev, struct arena *arena);
/* Reads it back; strings are borrowed from `bytes`. Fields of numbers that this version does not
 * know are skipped, so that an older binary can read newer data. ERR_CORRUPT. */
enum err event_decode(struct event *ev, struct event_id id, struct str bytes);

#endif
