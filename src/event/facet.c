/* facet - see facet.h. */
#include "event/facet.h"

#include <arpa/inet.h>

const struct facet_info facet_infos[FACET_COUNT] = {
#define Q(number_, name, kind_, member, v3_, v4_)                                                  \
    { .number = number_, .kind = FACET_##kind_, .field = EVENT_##member, .v3 = v3_, .v4 = v4_ },
#include "event/event_fields.def"
};

static const char *const confidences[] = { "low", "medium", "high", NULL };
static const char *const categories[] = {
    "advertising_and_marketing", "aggregator", "ai_agent", "ai_assistant", "ai_browser", "ai_crawler",
    "ai_search", "browser_automation", "ecommerce", "monitoring_and_analytics", "other", "scraping",
    "security", "search_engine_crawler", "search_engine_optimization", "unknown", NULL,
};
static const char *const identities[] = { "verified", "signed", "spoofed", "unknown", NULL };
static const char *const buckets[] = { "<p95", "p95-p99", "p99-p99.5", "p99.5-p99.9", "p99.9+",
                                       "not_seen", NULL };
static const char *const platforms[] = { "js", "android", "ios", NULL };
static const char *const statuses[] = { "partially_completed", "completed", NULL };

const char *const *facet_words(enum facet_kind kind)
{
    switch (kind) {
    case FACET_CONFIDENCE: case FACET_CONFIDENCES: return confidences;
    case FACET_CATEGORY: return categories;
    case FACET_IDENTITY: return identities;
    case FACET_BUCKET: return buckets;
    case FACET_PLATFORM: return platforms;
    case FACET_NEVER: return statuses;
    default: return NULL;
    }
}

bool facet_kind_is_list(enum facet_kind kind)
{
    return kind == FACET_CONFIDENCES || kind == FACET_CATEGORY || kind == FACET_IDENTITY ||
           kind == FACET_TEXTS || kind == FACET_ENVIRONMENT || kind == FACET_SOURCE;
}

/* ---- codes of events ----------------------------------------------------------------------- */

static uint32_t from_hash(uint64_t hash)
{
    uint32_t code = (uint32_t)(hash ^ hash >> 32);
    return code ? code : 1;
}

uint32_t facet_text_code(struct str text)
{
    return from_hash(str_hash(text, 0));
}

uint32_t facet_visitor_code(struct visitor_id id)
{
    return from_hash((id.high * 0x9e3779b97f4a7c15u ^ id.low) * 0xbf58476d1ce4e5b9u);
}

static uint32_t word_code(enum facet_kind kind, struct str word)
{
    const char *const *words = facet_words(kind);
    for (uint32_t i = 0; words[i]; i++)
        if (str_eq(word, str_of(words[i]))) return i + 1;
    return 0;
}

static uint32_t number_code(int64_t number)
{
    if (number < 0) return 1;
    return number < UINT32_MAX ? (uint32_t)number + 1 : UINT32_MAX;
}

/* IPv4 as ::ffff:a.b.c.d. */
static bool read_address(struct str text, uint8_t out[16], bool *four)
{
    char z[INET6_ADDRSTRLEN];
    if (text.n >= sizeof z || memchr(text.p ? text.p : "", 0, text.n)) return false;
    if (text.n) memcpy(z, text.p, text.n);
    z[text.n] = 0;
    memset(out, 0, 16);
    if ((*four = inet_pton(AF_INET, z, out + 12) == 1)) {
        out[10] = out[11] = 0xff;
        return true;
    }
    if (inet_pton(AF_INET6, z, out) != 1) return false;
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    *four = memcmp(out, mapped, sizeof mapped) == 0;
    return true;
}

static uint32_t four_bytes(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void set_address(const struct event *ev, uint32_t codes[FACET_COUNT])
{
    uint8_t address[16];
    bool four;
    if (!event_has(ev, EVENT_ip) || !read_address(ev->ip, address, &four)) return;
    codes[FACET_ip_family] = four ? 1 : 2;
    codes[FACET_ip_high] = four_bytes(address + (four ? 12 : 0));
    codes[FACET_ip_low] = four ? 0 : four_bytes(address + 4);
}

/* The web agent's events carry no platform of their own. */
static uint32_t platform_code(const struct event *ev)
{
    if (event_has(ev, EVENT_platform)) return word_code(FACET_PLATFORM, ev->platform);
    return event_has(ev, EVENT_sdk_version) ? 1 : 0;
}

static uint32_t bot_info_code(const struct event *ev)
{
    if (event_has(ev, EVENT_bot_category)) return 2;
    if (!event_has(ev, EVENT_bot)) return 0;
    return ev->bot == BOT_NOT_DETECTED ? 1 : 2;
}

static uint32_t code_of(const struct event *ev, const struct facet_info *info)
{
    const void *value = (const char *)ev + event_fields[info->field].offset;
    switch (info->kind) { /* those that say something without their member */
    case FACET_PLATFORM: return platform_code(ev);
    case FACET_BOT_INFO: return bot_info_code(ev);
    case FACET_SOURCE: return event_has(ev, EVENT_edge) && ev->edge ? 2 : 1;
    default: break;
    }
    if (!event_has(ev, info->field)) return 0;
    switch (info->kind) {
    case FACET_BOOL: return *(const bool *)value ? 2 : 1;
    case FACET_NOT_ZERO: return *(const int64_t *)value ? 2 : 1;
    case FACET_BOT: return ev->bot < BOT_NOT_DETECTED || ev->bot > BOT_BAD ? 0 : (uint32_t)ev->bot + 1;
    case FACET_CONFIDENCE: case FACET_CONFIDENCES: case FACET_CATEGORY: case FACET_IDENTITY:
    case FACET_BUCKET: return word_code(info->kind, *(const struct str *)value);
    case FACET_NUMBER: case FACET_ENVIRONMENT: case FACET_ASN: case FACET_RADIUS: case FACET_ABOVE:
        return number_code(*(const int64_t *)value);
    case FACET_TEXT: case FACET_TEXTS: case FACET_LINKED_ID:
        return facet_text_code(*(const struct str *)value);
    case FACET_VISITOR: return facet_visitor_code(*(const struct visitor_id *)value);
    default: return 0;
    }
}

void facets_of(const struct event *ev, uint32_t codes[FACET_COUNT])
{
    for (enum facet f = 0; f < FACET_COUNT; f++) codes[f] = code_of(ev, &facet_infos[f]);
    set_address(ev, codes);
}

/* ---- filters ------------------------------------------------------------------------------- */

bool filter_passes(const struct filter *filter, uint32_t code)
{
    enum facet_kind kind = facet_infos[filter->facet].kind;
    if (kind == FACET_ABOVE) return code && (double)(code - 1) > filter->above;
    if (kind != FACET_ADDRESS && kind != FACET_ADDRESS_LOW && !code) return false;
    for (size_t i = 0; i < filter->count; i++)
        if ((code & filter->mask) == filter->codes[i]) return true;
    return false;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    if (memcmp(a, b, bits / 8)) return false;
    return bits % 8 == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - bits % 8) == 0;
}

static bool has_text(const struct filter *filter, struct str text)
{
    for (size_t i = 0; i < filter->count; i++)
        if (str_eq(filter->texts[i], text)) return true;
    return false;
}

bool filter_fits(const struct filter *filter, const struct event *ev)
{
    uint32_t codes[FACET_COUNT] = { 0 };
    uint8_t address[16];
    bool four;
    const struct facet_info *info = &facet_infos[filter->facet];
    const void *value = (const char *)ev + event_fields[info->field].offset;
    switch (info->kind) {
    case FACET_ADDRESS: case FACET_ADDRESS_LOW: return true; /* FACET_FAMILY compares all bits */
    case FACET_FAMILY:
        return event_has(ev, EVENT_ip) && read_address(ev->ip, address, &four) &&
               filter_passes(filter, four ? 1 : 2) &&
               same_bits(address, filter->address, filter->address_bits);
    case FACET_TEXT: case FACET_TEXTS: case FACET_LINKED_ID:
        return event_has(ev, info->field) && has_text(filter, *(const struct str *)value);
    case FACET_VISITOR:
        return event_has(ev, info->field) &&
               visitor_id_eq(*(const struct visitor_id *)value, filter->visitor);
    default:
        codes[filter->facet] = code_of(ev, info);
        return filter_passes(filter, codes[filter->facet]);
    }
}

struct filter *filters_add(struct filters *filters, enum facet facet)
{
    if (filters->count == FILTERS_MAX) return NULL;
    struct filter *filter = &filters->list[filters->count++];
    *filter = (struct filter){ .facet = facet, .mask = UINT32_MAX };
    return filter;
}

void filter_add_code(struct filter *filter, uint32_t code)
{
    if (filter->count < FILTER_VALUES_MAX) filter->codes[filter->count++] = code & filter->mask;
}

static void add_bits(struct filters *filters, enum facet facet, const uint8_t *from, unsigned bits)
{
    if (bits == 0) return;
    struct filter *filter = filters_add(filters, facet);
    if (!filter) return;
    filter->mask = bits >= 32 ? UINT32_MAX : ~(UINT32_MAX >> bits);
    filter_add_code(filter, four_bytes(from));
}

bool filters_add_network(struct filters *filters, struct str text, bool bare)
{
    size_t slash = str_find_char(text, '/', 0);
    uint8_t address[16];
    uint64_t bits;
    bool four;
    if (slash == SIZE_MAX && !bare) return false;
    if (!read_address(str_sub(text, 0, slash), address, &four)) return false;
    bool dotted = str_find_char(str_sub(text, 0, slash), ':', 0) == SIZE_MAX;
    unsigned most = dotted ? 32 : 128;
    if (slash == SIZE_MAX) bits = most;
    else if (!str_to_u64(str_sub(text, slash + 1, text.n), &bits) || bits > most) return false;
    if (dotted) bits += 96;
    else if (bits < 96) four = false; /* ::ffff:0:0/90 and the like: nobody's addresses */
    struct filter *filter = filters_add(filters, FACET_ip_family);
    if (!filter) return false;
    filter_add_code(filter, four ? 1 : 2);
    memcpy(filter->address, address, sizeof address);
    filter->address_bits = (unsigned)bits;
    if (four) {
        add_bits(filters, FACET_ip_high, address + 12, (unsigned)bits - 96);
    } else {
        add_bits(filters, FACET_ip_high, address, (unsigned)bits);
        if (bits > 32) add_bits(filters, FACET_ip_low, address + 4, (unsigned)bits - 32);
    }
    return true;
}
