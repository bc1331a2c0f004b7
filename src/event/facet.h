/* facet - what search can ask of an event, as one small number each.
 *
 * The rows are Q in event_fields.def. A facet's code is 0 when the event lacks the fact. Kinds with few
 * values (yes and no, words of a closed list) have codes below FACET_SMALL_MAX, one for each value;
 * texts and visitors have a hash of 32 bits, so that a code that fits says "perhaps" and the event
 * itself says the rest. The store keeps the codes in columns (store/facets.h) and reads events only
 * where all codes fit.
 *
 *     filter_passes(filter, code)    false: surely no; true: perhaps
 *     filter_fits(filter, event)     exact
 */
#ifndef WHORL_EVENT_FACET_H
#define WHORL_EVENT_FACET_H

#include "event/event.h"

enum facet {
#define Q(number, name, kind, member, v3, v4) FACET_##name,
#include "event/event_fields.def"
    FACET_COUNT
};

enum facet_kind {
    FACET_BOOL,        /* 1 no, 2 yes */
    FACET_NOT_ZERO,    /* the same of a number */
    FACET_BOT,         /* 1 + enum bot */
    FACET_BOT_INFO,    /* 1 no bot and nothing known of one, 2 some bot */
    FACET_SOURCE,      /* 1 device, 2 edge */
    FACET_FAMILY,      /* 1 IPv4, 2 IPv6 */
    FACET_CONFIDENCE,  /* these: 1 + position in facet_words() */
    FACET_CONFIDENCES, /* as a parameter that may be repeated */
    FACET_CATEGORY,
    FACET_IDENTITY,
    FACET_BUCKET,
    FACET_PLATFORM,
    FACET_NEVER,       /* no event has it */
    FACET_NUMBER,      /* these and below need 32 bits; 1 + the number */
    FACET_ENVIRONMENT,
    FACET_ASN,
    FACET_RADIUS,
    FACET_ABOVE,       /* a parameter asks for more than it says */
    FACET_ADDRESS,
    FACET_ADDRESS_LOW,
    FACET_TEXT,
    FACET_TEXTS,       /* a parameter that may be repeated */
    FACET_LINKED_ID,
    FACET_VISITOR,
};

/* Codes of the kinds before FACET_NUMBER are below it. */
enum { FACET_SMALL_MAX = 64 };

struct facet_info {
    uint8_t number; /* on disk */
    enum facet_kind kind;
    enum event_field field;
    const char *v3, *v4; /* parameter, or NULL */
};
extern const struct facet_info facet_infos[FACET_COUNT];

static inline bool facet_is_small(enum facet facet)
{
    return facet_infos[facet].kind < FACET_NUMBER;
}

/* The words of a kind, ending with NULL; NULL for a kind without. */
const char *const *facet_words(enum facet_kind kind);
/* May a parameter of that kind be given more than once? */
bool facet_kind_is_list(enum facet_kind kind);

/* The codes of an event. */
void facets_of(const struct event *ev, uint32_t codes[FACET_COUNT]);
uint32_t facet_text_code(struct str text);
uint32_t facet_visitor_code(struct visitor_id id);

enum { FILTER_VALUES_MAX = 16 };

/* Fits any of its values. */
struct filter {
    enum facet facet;
    size_t count;
    uint32_t codes[FILTER_VALUES_MAX];
    uint32_t mask;             /* of the bits that count; all but for addresses */
    double above;              /* FACET_ABOVE */
    /* what the exact answer needs, by kind; borrowed */
    struct str texts[FILTER_VALUES_MAX];
    struct visitor_id visitor;
    uint8_t address[16];       /* on FACET_ip_family: IPv4 as ::ffff:a.b.c.d */
    unsigned address_bits;     /* of 128 */
};

bool filter_passes(const struct filter *filter, uint32_t code);
bool filter_fits(const struct filter *filter, const struct event *ev);

enum { FILTERS_MAX = 64 };
struct filters {
    struct filter list[FILTERS_MAX];
    size_t count;
};
/* The next one, empty; the mask is full. NULL when there are too many. */
struct filter *filters_add(struct filters *filters, enum facet facet);
void filter_add_code(struct filter *filter, uint32_t code);
/* "10.0.0.0/8", or without the slash one address when bare is true. Adds up to three filters. False
 * when it is none. */
bool filters_add_network(struct filters *filters, struct str text, bool bare);

#endif
