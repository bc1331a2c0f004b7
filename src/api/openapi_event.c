/* openapi_event - see openapi_event.h. A schema per way of printing; a row without one does not compile. */
#include "api/openapi_event.h"

#include "event/facet.h"

#include <stdio.h>

/* ---- ways of printing ---- */

enum presence {
    IF_KNOWN,
    BESIDE, /* in its product (v3) or object (v4) whenever that is there */
    ALWAYS,
};

/* A % in a schema is the dialect: "V4", "V3", "Fiq". */
struct way {
    enum presence presence;
    const char *schema;
};

#define TEXT "{\"type\":\"string\"}"
#define FLAG "{\"type\":\"boolean\"}"
#define WHOLE "{\"type\":\"integer\"}"
#define TIME "{\"type\":\"integer\",\"description\":\"milliseconds since 1970\"}"
#define ISO_TIME "{\"type\":\"string\",\"format\":\"date-time\"}"
#define SHARE "{\"type\":\"number\",\"minimum\":0,\"maximum\":1}"
#define REF(name) "{\"$ref\":\"#/components/schemas/" name "\"}"

#define WAY(how, presence, schema) static const struct way way_##how = { presence, schema };
WAY(STR, IF_KNOWN, TEXT)
WAY(STR_OR_EMPTY, ALWAYS, TEXT)
WAY(STR_OR_NULL, ALWAYS, "{\"type\":[\"string\",\"null\"]}")
WAY(STR_BESIDE, BESIDE, TEXT)
WAY(STR_BESIDE_IF_SET, IF_KNOWN, TEXT)
WAY(STR_WITH_VPN, BESIDE, TEXT)
WAY(COUNTRY_WITH_VPN, BESIDE, TEXT)
WAY(BROWSER_STR, BESIDE, TEXT)
WAY(BOOL, IF_KNOWN, FLAG)
WAY(BOOL_OR_NO, ALWAYS, FLAG)
WAY(BOOL_OR_NO_IN_V3, IF_KNOWN, FLAG)
WAY(BOOL_BESIDE, BESIDE, FLAG)
WAY(METHOD, BESIDE, FLAG)
WAY(BOT_BOOL, ALWAYS, FLAG)
WAY(IS_KNOWN, ALWAYS, FLAG)
WAY(INT, IF_KNOWN, WHOLE)
WAY(ZERO_IF_SET, IF_KNOWN, WHOLE)
WAY(MS, IF_KNOWN, TIME)
WAY(MS_OR_ZERO, ALWAYS, TIME)
WAY(MS_OR_NULL, ALWAYS, "{\"type\":[\"integer\",\"null\"],\"description\":\"milliseconds since 1970\"}")
WAY(ISO, IF_KNOWN, ISO_TIME)
WAY(ISO_BESIDE, BESIDE, ISO_TIME)
WAY(ISO_OR_EPOCH, ALWAYS, ISO_TIME)
WAY(ISO_OR_NULL, ALWAYS, "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}")
WAY(SCORE, IF_KNOWN, SHARE)
WAY(SCORE_OR_ZERO, ALWAYS, SHARE)
WAY(CERTAINTY, ALWAYS, SHARE)
WAY(PROBABILITY_V2, IF_KNOWN, "{\"type\":\"number\",\"minimum\":0,\"maximum\":1,\"description\":\"version 2 only\"}")
WAY(EVENT_ID, ALWAYS, REF("EventId%"))
WAY(EVENT_ID_BESIDE, BESIDE, REF("EventId%"))
WAY(VISITOR_ID, IF_KNOWN, REF("VisitorId%"))
WAY(HIGH_RECALL_ID, IF_KNOWN, "{\"type\":\"string\",\"pattern\":\"^[0-9A-Za-z_]{20,64}$\"}")
WAY(ENV_ID, IF_KNOWN, "{\"type\":\"string\",\"pattern\":\"^ae_[0-9a-z]{16}$\"}")
WAY(REVISION, IF_KNOWN, TEXT)
WAY(SDK_PLATFORM, IF_KNOWN, "{\"enum\":[\"js\",\"android\",\"ios\"]}")
WAY(SOURCE, ALWAYS, "{\"enum\":[\"device\",\"edge\"]}")
WAY(BOT_V4, IF_KNOWN, "{\"enum\":[\"not_detected\",\"good\",\"bad\"]}")
WAY(BOT_V3, IF_KNOWN, "{\"enum\":[\"notDetected\",\"good\",\"bad\"]}")
WAY(TAG, ALWAYS, "{\"type\":\"object\"}")
WAY(TAG_IF_SET, IF_KNOWN, "{\"type\":\"object\"}")
WAY(TAG_BESIDE, BESIDE, "{\"type\":\"object\"}")
WAY(RISKS, ALWAYS, "{\"type\":\"array\",\"items\":" TEXT "}")
WAY(GEOLOCATION, IF_KNOWN, REF("GeolocationV3"))
WAY(IP_INFO, IF_KNOWN, REF("IpInfo%"))
WAY(LOCATION_FIQ, ALWAYS, REF("LocationFiq"))
WAY(VELOCITY, IF_KNOWN, REF("Velocity%"))
WAY(RAW_ATTRIBUTES, IF_KNOWN, REF("RawAttributes%"))
WAY(INTEGRATIONS, IF_KNOWN, "{\"type\":\"array\",\"items\":" REF("Integration") "}")
WAY(JSON, IF_KNOWN, "{\"type\":\"array\",\"items\":{\"type\":\"object\"}}")
WAY(US_IN_MS, IF_KNOWN, "{\"type\":\"number\",\"minimum\":0}")
WAY(CIPHER, IF_KNOWN, TEXT)
WAY(ASN_CATEGORY, IF_KNOWN, TEXT)
WAY(ASN_HOSTS, IF_KNOWN, FLAG)
WAY(LIST_KINDS, IF_KNOWN, "{\"type\":\"array\",\"items\":" TEXT "}")
WAY(LIST_HITS, IF_KNOWN, "{\"type\":\"array\",\"items\":" TEXT "}")
WAY(SUM, IF_KNOWN, REF("SuspectScoreFiq"))

static const struct row {
    const char *member;
    const struct way *way;
    const char *path[DIALECT_COUNT];
} rows[] = {
#define V(member, how, v4, v3, visit, fiq)                                                         \
    { #member, &way_##how,                                                                         \
      { [DIALECT_V4] = v4, [DIALECT_V3] = v3, [DIALECT_VISIT] = visit, [DIALECT_FIQ] = fiq } },
#define SERVER(member, how, path) { #member, &way_##how, { [DIALECT_FIQ_SERVER] = path } },
#include "event/event_fields.def"
};

/* What a search can ask has words; so has the field that it asks about. */
static const struct worded {
    const char *member;
    enum facet facet;
} worded[] = {
#define Q(number, name, kind, member, v3, v4) { #member, FACET_##name },
#include "event/event_fields.def"
};

static void put_words(struct json_out *out, const char *const *words)
{
    json_out_open(out, '{');
    json_out_key(out, "enum");
    json_out_open(out, '[');
    for (; *words; words++) json_out_str(out, str_of(*words));
    json_out_close(out, ']');
    json_out_close(out, '}');
}

static const char *suffix_of(enum dialect d)
{
    return d == DIALECT_V4 ? "V4" : d == DIALECT_FIQ ? "Fiq" : "V3";
}

static void put_leaf(struct json_out *out, const struct row *row, enum dialect d)
{
    if (row->way == &way_STR)
        for (size_t i = 0; i < COUNT_OF(worded); i++) {
            const char *const *words = facet_words(facet_infos[worded[i].facet].kind);
            if (!words || strcmp(worded[i].member, row->member) != 0) continue;
            put_words(out, words);
            return;
        }
    const char *schema = row->way->schema, *mark = strchr(schema, '%');
    char text[160];
    int n = mark ? snprintf(text, sizeof text, "%.*s%s%s", (int)(mark - schema), schema, suffix_of(d), mark + 1)
                 : snprintf(text, sizeof text, "%s", schema);
    json_out_value(out, (struct str){ text, (size_t)n });
}

/* ---- objects ---- */

/* One dialect's rows, in the order of the answers. */
struct shape {
    enum dialect dialect;
    size_t count;
    const struct row *row[COUNT_OF(rows)];
};

static void take_rows(struct shape *shape, enum dialect d, bool edge)
{
    *shape = (struct shape){ .dialect = d };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *path = rows[i].path[d];
        const struct row *last = shape->count ? shape->row[shape->count - 1] : NULL;
        if (!path || (edge && !render_is_for_edge(path))) continue;
        if (last && strcmp(last->path[d], path) == 0) continue; /* the same place, printed in another way */
        shape->row[shape->count++] = &rows[i];
    }
}

/* Part `depth` of a row's path; is_last: nothing follows. */
static struct str part_of(const struct shape *shape, size_t at, size_t depth, bool *is_last)
{
    struct str rest = str_of(shape->row[at]->path[shape->dialect]), part = { "", 0 };
    for (size_t i = 0; i <= depth; i++)
        if (!str_split(&rest, '.', &part)) return STR("");
    *is_last = rest.n == 0;
    return part;
}

/* Behind the last row with the same part; rows of one parent stand together. */
static size_t end_of_part(const struct shape *shape, size_t at, size_t end, size_t depth)
{
    bool is_last;
    struct str name = part_of(shape, at, depth, &is_last);
    while (++at < end)
        if (!str_eq(name, part_of(shape, at, depth, &is_last))) break;
    return at;
}

/* What v3 has in each product beside "data": products.vpn.data.result. */
enum { V3_PRODUCT_DEPTH = 2 };

static enum presence presence_of(const struct row *row, enum dialect d)
{
    const struct way *way = row->way;
    if (strcmp(row->member, "time_ms") == 0 && way->presence == IF_KNOWN) return ALWAYS;
    if (way == &way_BROWSER_STR) return d == DIALECT_V4 ? BESIDE : ALWAYS;
    if (way == &way_BOOL_OR_NO_IN_V3 && d == DIALECT_V3) return ALWAYS;
    if (way->presence == BESIDE && d != DIALECT_V3) return IF_KNOWN;
    return way->presence;
}

/* Of an object's member, whose rows are those from at to end. */
static bool is_required(const struct shape *shape, size_t at, size_t end, size_t depth)
{
    bool v3 = shape->dialect == DIALECT_V3;
    if (v3 && depth == V3_PRODUCT_DEPTH) return false; /* or there is an error instead */
    for (; at < end; at++) {
        enum presence presence = presence_of(shape->row[at], shape->dialect);
        if (presence == ALWAYS || (presence == BESIDE && depth > (v3 ? V3_PRODUCT_DEPTH : 0))) return true;
    }
    return false;
}

static void put_object(struct json_out *out, const struct shape *shape, size_t from, size_t end, size_t depth,
                       const char *more)
{
    json_out_open(out, '{');
    json_out_key(out, "type"), json_out_str(out, STR("object"));
    json_out_key(out, "additionalProperties"), json_out_bool(out, false);
    json_out_key(out, "properties");
    json_out_open(out, '{');
    for (size_t at = from, next; at < end; at = next) {
        bool is_last;
        struct str name = part_of(shape, at, depth, &is_last);
        next = end_of_part(shape, at, end, depth);
        json_out_key_str(out, name);
        if (is_last) put_leaf(out, shape->row[at], shape->dialect);
        else put_object(out, shape, at, next, depth + 1, NULL);
    }
    if (shape->dialect == DIALECT_V3 && depth == V3_PRODUCT_DEPTH)
        json_out_key(out, "error"), json_out_value(out, STR(REF("ProductErrorV3")));
    if (more) json_out_raw(out, STR(",")), json_out_raw(out, str_of(more));
    json_out_close(out, '}');
    json_out_key(out, "required");
    json_out_open(out, '[');
    for (size_t at = from, next; at < end; at = next) {
        bool is_last;
        next = end_of_part(shape, at, end, depth);
        if (is_required(shape, at, next, depth)) json_out_str(out, part_of(shape, at, depth, &is_last));
    }
    json_out_close(out, ']');
    json_out_close(out, '}');
}

void openapi_put_event(struct json_out *out, const char *name, enum dialect dialect, bool edge, const char *more)
{
    struct shape shape;
    take_rows(&shape, dialect, edge);
    json_out_key(out, name);
    put_object(out, &shape, 0, shape.count, 0, more);
}

/* ---- raw device attributes ---- */

#define KIND(name, schema) static const char kind_##name[] = schema;
KIND(TEXT, TEXT)
KIND(NAME, TEXT)
KIND(HASH, TEXT)
KIND(NAMES_HASH, TEXT)
KIND(BOOL, FLAG)
KIND(NUMBER, "{\"type\":\"number\"}")
KIND(COUNT, "{\"type\":\"integer\",\"minimum\":0}")
KIND(PERCENT, "{\"type\":\"integer\",\"minimum\":0,\"maximum\":100}")
KIND(TEXTS, "{\"type\":\"array\",\"items\":" TEXT "}")
KIND(LANGUAGES, "{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":" TEXT "}}")
KIND(RESOLUTION, "{\"type\":\"array\",\"items\":" WHOLE ",\"minItems\":2,\"maxItems\":2}")
KIND(PLUGINS, "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":false,"
              "\"required\":[\"name\"],"
              "\"properties\":{\"name\":" TEXT ",\"description\":" TEXT ",\"mimeTypes\":{\"type\":\"array\",\"items\":"
              "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"type\":" TEXT ",\"suffixes\":" TEXT
              ",\"description\":" TEXT "}}}}}}")

static const struct attribute {
    const char *object, *name, *schema;
} attributes[] = {
#define TOP(v4, v3, from, kind) { "", v4, kind_##kind },
#define IN(in_v4, in_v3, v4, v3, from, kind) { in_v4, v4, kind_##kind },
#include "api/raw_attributes.def"
};

static void open_closed(struct json_out *out)
{
    json_out_open(out, '{');
    json_out_key(out, "type"), json_out_str(out, STR("object"));
    json_out_key(out, "additionalProperties"), json_out_bool(out, false);
    json_out_key(out, "properties");
    json_out_open(out, '{');
}

void openapi_put_raw_attributes(struct json_out *out)
{
    const char *open = "";
    json_out_key(out, "RawAttributesV4");
    open_closed(out);
    for (size_t i = 0; i < COUNT_OF(attributes); i++) {
        const struct attribute *a = &attributes[i];
        if (!a->name[0]) continue;
        if (strcmp(a->object, open) != 0) {
            if (open[0]) json_out_close(out, '}'), json_out_close(out, '}');
            if (a->object[0]) json_out_key(out, a->object), open_closed(out);
            open = a->object;
        }
        json_out_key(out, a->name);
        json_out_value(out, str_of(a->schema));
    }
    if (open[0]) json_out_close(out, '}'), json_out_close(out, '}');
    json_out_close(out, '}');
    json_out_close(out, '}');
}

/* ---- filters ---- */

static void put_filter_schema(struct json_out *out, enum facet_kind kind, bool v3)
{
    static const char radius[] = "{\"enum\":[10,25,65,175,450,1200,3300,8500,22500]}";
    const char *const *words = facet_words(kind);
    if (words) {
        put_words(out, words);
        return;
    }
    const char *schema = TEXT;
    switch (kind) {
    case FACET_BOOL: case FACET_NOT_ZERO: schema = FLAG; break;
    case FACET_BOT: schema = "{\"enum\":[\"all\",\"good\",\"bad\",\"none\"]}"; break;
    case FACET_BOT_INFO: schema = "{\"enum\":[\"all\",\"none\"]}"; break;
    case FACET_SOURCE: schema = "{\"enum\":[\"edge\"]}"; break;
    case FACET_ABOVE: schema = "{\"type\":\"number\"}"; break;
    case FACET_ASN: schema = "{\"type\":\"string\",\"pattern\":\"^[0-9]+$\"}"; break;
    case FACET_RADIUS: schema = radius; break;
    case FACET_LINKED_ID: schema = "{\"type\":\"string\",\"maxLength\":256}"; break;
    case FACET_FAMILY:
        schema = v3 ? "{\"type\":\"string\",\"description\":\"CIDR: 10.0.0.0/24\",\"examples\":[\"10.0.0.0/24\"]}"
                    : "{\"type\":\"string\",\"description\":\"an address, or CIDR\",\"examples\":[\"10.0.0.0/24\"]}";
        break;
    default: break;
    }
    json_out_value(out, str_of(schema));
}

static const char *name_of(enum facet f, bool v3)
{
    return v3 ? facet_infos[f].v3 : facet_infos[f].v4;
}

void openapi_put_filters(struct json_out *out, enum dialect dialect)
{
    bool v3 = dialect == DIALECT_V3;
    for (enum facet f = 0; f < FACET_COUNT; f++) {
        const char *name = name_of(f, v3);
        enum facet_kind kind = facet_infos[f].kind;
        if (!name) continue;
        json_out_open(out, '{');
        json_out_key(out, "name"), json_out_str(out, str_of(name));
        json_out_key(out, "in"), json_out_str(out, STR("query"));
        json_out_key(out, "schema");
        if (facet_kind_is_list(kind)) {
            json_out_open(out, '{');
            json_out_key(out, "type"), json_out_str(out, STR("array"));
            json_out_key(out, "maxItems"), json_out_int(out, kind == FACET_SOURCE ? 1 : FILTER_VALUES_MAX);
            json_out_key(out, "items");
        }
        put_filter_schema(out, kind, v3);
        if (facet_kind_is_list(kind)) json_out_close(out, '}');
        json_out_close(out, '}');
    }
}
