/* search_params - see search_params.h. */
#include "api/search_params.h"

#include "api/page_key.h"
#include "base/clock.h"

#include <math.h>
#include <stdlib.h>

#define WEEK_MS ((int64_t)7 * 24 * 3600 * 1000)

struct reading {
    struct search_params *out;
    struct app *app;
    const struct request *req;
    const struct api_key *key;
    enum dialect dialect;
    bool bad;
    const char *problem;
};

/* ---- values -------------------------------------------------------------------------------- */

/* Writes "invalid <name> param", unless something is wrong already. */
static void refuse(struct reading *r, const char *name)
{
    if (r->bad) return;
    struct str text = arena_format(r->req->arena, "invalid %s param", name);
    r->bad = true;
    r->problem = text.p;
}

static void refuse_as(struct reading *r, const char *problem)
{
    if (!r->bad) r->problem = problem;
    r->bad = true;
}

static bool read_bool(struct str text, bool *out)
{
    *out = str_eq(text, STR("true"));
    return *out || str_eq(text, STR("false"));
}

static bool read_double(struct str text, double *out)
{
    char z[64], *end;
    if (text.n == 0 || text.n >= sizeof z) return false;
    for (size_t i = 0; i < text.n; i++)
        if (!strchr("0123456789+-.eE", text.p[i])) return false;
    memcpy(z, text.p, text.n);
    z[text.n] = 0;
    *out = strtod(z, &end);
    return *end == 0 && isfinite(*out);
}

/* render.c prints it. What is none of ours is a number that no environment has. */
static uint32_t environment_code(struct str text)
{
    uint64_t number = 0;
    if (text.n != 3 + 16 || !str_starts(text, STR("ae_"))) return UINT32_MAX;
    for (size_t i = 3; i < text.n; i++) {
        char c = text.p[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'z' ? c - 'a' + 10 : -1;
        if (digit < 0 || number > UINT32_MAX) return UINT32_MAX;
        number = number * 36 + (uint64_t)digit;
    }
    return number < UINT32_MAX - 1 ? (uint32_t)number + 1 : UINT32_MAX;
}

/* ---- filters, by kind ---------------------------------------------------------------------- */

static void add_text(struct filter *f, struct str text)
{
    if (f->count == FILTER_VALUES_MAX) return;
    f->texts[f->count] = text;
    filter_add_code(f, facet_text_code(text));
}

static void add_bot(struct reading *r, struct filter *f, struct str text)
{
    static const struct {
        const char *word;
        uint32_t codes[2];
    } words[] = {
        { "all", { 1 + BOT_GOOD, 1 + BOT_BAD } },
        { "good", { 1 + BOT_GOOD, 1 + BOT_GOOD } },
        { "bad", { 1 + BOT_BAD, 1 + BOT_BAD } },
        { "none", { 1 + BOT_NOT_DETECTED, 1 + BOT_NOT_DETECTED } },
    };
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (!str_eq(text, str_of(words[i].word))) continue;
        filter_add_code(f, words[i].codes[0]);
        filter_add_code(f, words[i].codes[1]);
        return;
    }
    refuse_as(r, "invalid bot type");
}

static void add_word(struct reading *r, struct filter *f, const char *name, struct str text)
{
    const char *const *words = facet_words(facet_infos[f->facet].kind);
    for (uint32_t i = 0; words[i]; i++) {
        if (!str_eq(text, str_of(words[i]))) continue;
        filter_add_code(f, i + 1);
        return;
    }
    refuse(r, name);
}

static void add_number(struct reading *r, struct filter *f, const char *name, struct str text)
{
    static const unsigned radii[] = { 10, 25, 65, 175, 450, 1200, 3300, 8500, 22500 };
    uint64_t number;
    bool radius = facet_infos[f->facet].kind == FACET_RADIUS, known = !radius;
    if (!str_to_u64(text, &number) || number > UINT32_MAX - 1) {
        refuse(r, name);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(radii); i++) known |= number == radii[i];
    if (known) filter_add_code(f, (uint32_t)number + 1);
    else refuse(r, name);
}

/* A high-recall id may be another product's: it fits no event then. */
static void add_visitor(struct reading *r, struct filter *f, struct str text)
{
    bool known = visitor_id_parse_any(text, &f->visitor);
    if (!known && f->facet == FACET_high_recall) f->visitor = visitor_id_of_alias(text), known = true;
    if (known) filter_add_code(f, facet_visitor_code(f->visitor));
    if (f->facet == FACET_high_recall) {
        if (text.n == 0 || text.n > 64) refuse(r, "high_recall_id");
    } else if (!known) {
        refuse_as(r, "invalid visitor id");
    } else {
        r->out->by_visitor = true;
        r->out->visitor = f->visitor;
    }
}

static void add_value(struct reading *r, struct filter *f, const char *name, struct str text)
{
    bool yes;
    switch (facet_infos[f->facet].kind) {
    case FACET_BOOL: case FACET_NOT_ZERO:
        if (read_bool(text, &yes)) filter_add_code(f, yes ? 2 : 1);
        else refuse(r, name);
        break;
    case FACET_BOT: add_bot(r, f, text); break;
    case FACET_BOT_INFO:
        if (str_eq(text, STR("all"))) filter_add_code(f, 2);
        else if (str_eq(text, STR("none"))) filter_add_code(f, 1);
        else refuse(r, name);
        break;
    case FACET_SOURCE:
        if (f->count == 0 && str_eq(text, STR("edge"))) filter_add_code(f, 2);
        else refuse(r, name);
        break;
    case FACET_CONFIDENCE: case FACET_CONFIDENCES: case FACET_CATEGORY: case FACET_IDENTITY:
    case FACET_BUCKET: case FACET_PLATFORM: case FACET_NEVER: add_word(r, f, name, text); break;
    case FACET_NUMBER: case FACET_ASN: case FACET_RADIUS: add_number(r, f, name, text); break;
    case FACET_ENVIRONMENT: filter_add_code(f, environment_code(text)); break;
    case FACET_ABOVE:
        if (!read_double(text, &f->above)) refuse(r, name);
        break;
    case FACET_LINKED_ID:
        if (str_count_chars(text) > LINKED_ID_CHARS_MAX)
            refuse_as(r, "linked_id can't be greater than 256 characters long");
        add_text(f, text);
        break;
    case FACET_TEXT: case FACET_TEXTS: add_text(f, text); break;
    case FACET_VISITOR: add_visitor(r, f, text); break;
    case FACET_FAMILY: case FACET_ADDRESS: case FACET_ADDRESS_LOW: break; /* see add_filter */
    }
}

/* ---- which parameter ----------------------------------------------------------------------- */

/* The facet that a parameter asks for; FACET_COUNT when none. */
static enum facet facet_of_name(struct reading *r, struct str name, const char **plain)
{
    struct str bare = name;
    bool brackets = str_ends(name, STR("[]"));
    if (brackets) bare = str_sub(name, 0, name.n - 2);
    for (enum facet f = 0; f < FACET_COUNT; f++) {
        const char *param = r->dialect == DIALECT_V3 ? facet_infos[f].v3 : facet_infos[f].v4;
        if (!param || !str_eq(bare, str_of(param))) continue;
        if (brackets && !facet_kind_is_list(facet_infos[f].kind)) continue;
        /* a filter that is silently left out would show too much */
        if (brackets && r->dialect == DIALECT_V4) refuse(r, param);
        *plain = param;
        return f;
    }
    return FACET_COUNT;
}

static struct filter *find_filter(struct search *search, enum facet facet)
{
    for (size_t i = 0; i < search->filters.count; i++)
        if (search->filters.list[i].facet == facet) return &search->filters.list[i];
    return NULL;
}

static void add_filter(struct reading *r, enum facet facet, const char *name, struct str value)
{
    struct search *search = &r->out->search;
    struct filter *f = find_filter(search, facet);
    if (f && !facet_kind_is_list(facet_infos[facet].kind)) return;
    if (facet_infos[facet].kind == FACET_FAMILY) {
        if (!filters_add_network(&search->filters, value, r->dialect == DIALECT_V4))
            refuse_as(r, "invalid ip address");
        return;
    }
    if (!f) f = filters_add(&search->filters, facet);
    if (!f || (f->count == FILTER_VALUES_MAX && facet_kind_is_list(facet_infos[facet].kind)))
        refuse(r, name); /* more values than there are words */
    else add_value(r, f, name, value);
}

static void read_filters(struct reading *r)
{
    struct str rest = r->req->query, name, value;
    const char *plain = NULL;
    while (query_next(r->req, &rest, &name, &value)) {
        enum facet facet = facet_of_name(r, name, &plain);
        if (facet != FACET_COUNT) add_filter(r, facet, plain, value);
    }
    struct search *search = &r->out->search;
    if (!find_filter(search, FACET_source)) filter_add_code(filters_add(&search->filters, FACET_source), 1);
    if (r->key->environment) { /* besides what was asked */
        struct filter *f = filters_add(&search->filters, FACET_environment);
        if (f) filter_add_code(f, r->key->environment + 1);
        else refuse(r, "environment");
    }
}

/* ---- what is no filter --------------------------------------------------------------------- */

static void read_limit(struct reading *r)
{
    struct str text;
    uint64_t limit = SEARCH_LIMIT_V4_DEFAULT;
    bool v3 = r->dialect == DIALECT_V3, given = query_find(r->req, STR("limit"), &text);
    if ((given && (!str_to_u64(text, &limit) || limit < 1 || limit > INT32_MAX)) || (v3 && !given) ||
        (!v3 && limit > SEARCH_LIMIT_V4_MAX)) {
        refuse_as(r, "invalid limit");
        return;
    }
    r->out->search.limit = limit < SEARCH_LIMIT_V3_MAX ? (size_t)limit : SEARCH_LIMIT_V3_MAX;
}

static bool read_time(const struct reading *r, struct str text, int64_t *out)
{
    uint64_t ms;
    if (str_to_u64(text, &ms) && ms <= INT64_MAX) return *out = (int64_t)ms, true;
    return r->dialect == DIALECT_V4 && clock_parse_rfc3339(text, out);
}

static void read_range(struct reading *r, int64_t now_ms)
{
    struct search *search = &r->out->search;
    struct str text;
    bool v3 = r->dialect == DIALECT_V3;
    int64_t first = now_ms - WEEK_MS, last = v3 ? EVENT_ID_TIME_MAX : now_ms;
    if (query_find(r->req, STR("start"), &text)) {
        if (!read_time(r, text, &first)) refuse_as(r, "invalid start time");
        else if (v3 && first < INT64_MAX) first++;
    }
    if (query_find(r->req, STR("end"), &text)) {
        if (!read_time(r, text, &last)) refuse_as(r, "invalid end time");
        else if (v3) last--;
    }
    if (query_find(r->req, STR("reverse"), &text) && !read_bool(text, &search->reverse))
        refuse_as(r, "invalid reverse param");
    if (first < 0) first = 0;
    if (last > EVENT_ID_TIME_MAX) last = EVENT_ID_TIME_MAX;
    search->low = (struct event_id){ first, 0 };
    search->high = (struct event_id){ last, EVENT_ID_RANDOM_MAX };
}

/* v3: milliseconds stand for all events of them; an id is exact. */
static bool read_cursor_v3(struct search *search, struct str text)
{
    uint64_t ms;
    if (event_id_parse(text, &search->cursor)) return true;
    if (!str_to_u64(text, &ms) || ms > (uint64_t)EVENT_ID_TIME_MAX) return false;
    search->cursor = (struct event_id){ (int64_t)ms, search->reverse ? EVENT_ID_RANDOM_MAX : 0 };
    return true;
}

static bool read_cursor_v4(struct reading *r, struct str text)
{
    struct search *search = &r->out->search;
    struct page_key page;
    struct str none;
    if (!page_key_read(&page, &r->app->token_keys, r->key->workspace, text)) return false;
    if (page.reverse != search->reverse) return false;
    search->cursor = page.last;
    if (!query_find(r->req, STR("start"), &none)) search->low.time_ms = page.first_ms;
    if (!query_find(r->req, STR("end"), &none)) search->high.time_ms = page.last_ms;
    return true;
}

static void read_cursor(struct reading *r)
{
    struct search *search = &r->out->search;
    struct str text;
    search->has_cursor = query_find(r->req, STR("pagination_key"), &text);
    if (!search->has_cursor) return;
    bool good = r->dialect == DIALECT_V3 ? read_cursor_v3(search, text) : read_cursor_v4(r, text);
    if (!good) refuse_as(r, "invalid pagination key");
}

static void read_hits(struct reading *r)
{
    struct str text;
    uint64_t hits;
    if (r->dialect != DIALECT_V4 || !query_find(r->req, STR("total_hits"), &text)) return;
    if (!str_to_u64(text, &hits) || hits < 1 || hits > SEARCH_HITS_MAX) refuse(r, "total_hits");
    else r->out->search.hits_max = (size_t)hits;
    r->out->total_hits = true;
}

enum err search_params_read(struct search_params *out, struct app *app, const struct request *req,
                            const struct api_key *key, enum dialect dialect, int64_t now_ms,
                            const char **problem)
{
    struct reading r = { .out = out, .app = app, .req = req, .key = key, .dialect = dialect };
    *out = (struct search_params){ .search = { .workspace = key->workspace } };
    read_limit(&r);
    read_range(&r, now_ms);
    read_cursor(&r);
    read_hits(&r);
    read_filters(&r);
    if (req->arena->failed) return ERR_NO_MEMORY;
    *problem = r.problem;
    return r.bad ? ERR_BAD_REQUEST : ERR_OK;
}

struct str search_page_key(struct app *app, const struct search_params *params,
                           enum dialect dialect, struct event_id last, bool same_ms,
                           struct arena *arena)
{
    const struct search *search = &params->search;
    char text[PAGE_KEY_CHARS_MAX];
    size_t n;
    if (dialect == DIALECT_V3) {
        if (!same_ms) return arena_format(arena, "%lld", (long long)last.time_ms);
        n = event_id_print_base62(text, last);
    } else {
        struct page_key page = { search->reverse, last, search->low.time_ms, search->high.time_ms };
        n = page_key_print(text, &app->token_keys, search->workspace, &page);
    }
    return arena_copy(arena, (struct str){ text, n });
}
