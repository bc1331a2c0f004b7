/* render - see render.h. The rows' paths ("identification.confidence.score") are cut into parts
 * once; printing then opens and closes objects only where the path of a row leaves that of the row
 * before. */
#include "api/render.h"

#include "api/print.h"
#include "api/render_geo.h"
#include "api/render_v3.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>

enum { PARTS_MAX = 6 };

void render_score(struct json_out *out, double score)
{
    json_out_double(out, floor(score * 1000 + 0.5) / 1000);
}

void render_risk_factors(struct json_out *out, const struct event *ev)
{
    print_RISKS(out, "riskFactors", DIALECT_FIQ, ev, NULL);
}

/* ---- rows ---- */

enum how {
    HOW_STR, HOW_BOOL, HOW_INT, HOW_MS, HOW_ISO, HOW_SCORE, HOW_VISITOR_ID, HOW_HIGH_RECALL_ID, HOW_ENV_ID,
    HOW_SDK_PLATFORM, HOW_JSON, HOW_US_IN_MS, HOW_CIPHER, HOW_ASN_CATEGORY, HOW_ASN_HOSTS, HOW_LIST_KINDS,
    HOW_LIST_HITS, HOW_SUM, HOW_REVISION, HOW_BOT_V4, HOW_BOT_V3, HOW_TAG_IF_SET, HOW_GEOLOCATION, HOW_IP_INFO,
    HOW_VELOCITY, HOW_INTEGRATIONS, HOW_SUPPLEMENTARY,
    HOW_RAW_ATTRIBUTES, HOW_ZERO_IF_SET,
    HOW_BESIDE, /* those below also when the fact is absent, if the row before is of the same product */
    HOW_STR_BESIDE, HOW_BOOL_BESIDE, HOW_ISO_BESIDE, HOW_TAG_BESIDE, HOW_EVENT_ID_BESIDE,
    HOW_STR_BESIDE_IF_SET, /* and this one only then */
    HOW_STR_WITH_VPN, HOW_COUNTRY_WITH_VPN, HOW_METHOD, /* beside the result in v3, when known in v4 */
    HOW_ALWAYS, HOW_PROBABILITY_V2, /* those below are printed also when the fact is absent */
    HOW_STR_OR_EMPTY, HOW_BOOL_OR_NO, HOW_MS_OR_NULL, HOW_ISO_OR_NULL, HOW_EVENT_ID, HOW_BOT_BOOL,
    HOW_TAG, HOW_SOURCE, HOW_LOCATION_FIQ, HOW_RISKS, HOW_ZERO, HOW_STR_OR_NULL, HOW_IS_KNOWN,
    HOW_SCORE_OR_ZERO, HOW_CERTAINTY, HOW_MS_OR_ZERO, HOW_ISO_OR_EPOCH, HOW_SDK,
    HOW_BOOL_OR_NO_IN_V3, /* v4 leaves it out */
    HOW_BROWSER_STR, /* v4 leaves it out for an app */
};

static const struct row {
    int field;
    enum how how;
    print_function *print;
    const char *path[DIALECT_COUNT];
} rows[] = {
#define V(member, how, v4, v3, visit, fiq)                                                         \
    { EVENT_##member, HOW_##how, print_##how,                                                      \
      { [DIALECT_V4] = v4, [DIALECT_V3] = v3, [DIALECT_VISIT] = visit,           \
        [DIALECT_V2] = visit, [DIALECT_FIQ] = fiq } },
#define SERVER(member, how, path_)                                                                  \
    { EVENT_##member, HOW_##how, print_##how, { [DIALECT_FIQ_SERVER] = path_ } },
#define W(member, how, path)                                                                       \
    { EVENT_##member, HOW_##how, print_##how, { [DIALECT_WEBHOOK_V3] = path } },
#include "event/event_fields.def"
};

/* A row's path in one dialect, cut at the points. */
struct place {
    const struct row *row;
    const char *part[PARTS_MAX];
    size_t parts;
    size_t product; /* so many parts lead to its product ("products.vpn"); 0: none, or no v3 */
    const char *product_name;
    bool edge; /* an event of POST /v4/edge shows it */
};

static struct place places[DIALECT_COUNT][COUNT_OF(rows)];
static size_t places_count[DIALECT_COUNT];
static char part_text[DIALECT_COUNT][COUNT_OF(rows) * 96];

enum { PATH_BYTES_MAX = 96 };

static const char *keep_text(char **text, struct str s)
{
    char *kept = *text;
    memcpy(kept, s.p, s.n);
    kept[s.n] = 0;
    *text += s.n + 1;
    return kept;
}

static void cut_path(struct place *place, char **text, const char *path)
{
    struct str rest = str_of(path), part;
    while (str_split(&rest, '.', &part)) {
        assert(place->parts < PARTS_MAX);
        place->part[place->parts++] = keep_text(text, part);
    }
}

/* "vpn" of "products.vpn.data.result", in v3 and in its webhook. */
static void name_product(struct place *place, char **text, enum dialect d, const char *v3)
{
    struct str rest = str_of(v3), part = { NULL, 0 };
    if (!v3 || !str_starts(rest, STR("products."))) return;
    str_split(&rest, '.', &part), str_split(&rest, '.', &part);
    place->product = d == DIALECT_V3 ? 2 : place->parts > 1 ? 1 : 0;
    if (place->product) place->product_name = keep_text(text, part);
}

bool render_is_for_edge(const char *path)
{
    static const char *const names[] = {
        "event_id", "timestamp", "source", "linked_id", "tags", "url", "bot_info", "ip_info", "proxy",
        "proxy_confidence", "proxy_details", "vpn", "vpn_confidence", "vpn_methods.public_vpn",
        "vpn_methods.relay",
    };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        size_t n = strlen(names[i]);
        if (strncmp(path, names[i], n) == 0 && (path[n] == 0 || path[n] == '.')) return true;
    }
    return false;
}

static bool is_v3(enum dialect d)
{
    return d == DIALECT_V3 || d == DIALECT_WEBHOOK_V3;
}

static void prepare(void)
{
    for (enum dialect d = 0; d < DIALECT_COUNT; d++) {
        char *text = part_text[d];
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            const char *path = rows[i].path[d], *v3 = rows[i].path[DIALECT_V3];
            char webhook[PATH_BYTES_MAX];
            if (d == DIALECT_WEBHOOK_V3 && v3 && render_webhook_path(webhook, v3)) path = webhook;
            if (!path) continue;
            if (rows[i].how == HOW_PROBABILITY_V2 && d != DIALECT_V2) continue;
            struct place *place = &places[d][places_count[d]++];
            place->row = &rows[i];
            place->edge = d == DIALECT_FIQ_SERVER || (d == DIALECT_V4 && render_is_for_edge(path));
            cut_path(place, &text, path);
            if (is_v3(d)) name_product(place, &text, d, v3);
        }
        assert(text <= part_text[d] + sizeof part_text[d]);
    }
}

static const void *value_of(const struct row *row, const struct event *ev)
{
    if (row->field == EVENT_time_ms) return event_has(ev, EVENT_stated_ms) ? &ev->stated_ms : &ev->id.time_ms;
    if (row->field == EVENT_place) return render_has_place(ev) ? ev : NULL;
    if (row->field == EVENT_raw_attributes) return ev->raw_attributes.n ? ev : NULL;
    if (row->field == EVENT_ip_info) return render_has_ip_info(ev) ? ev : NULL;
    if (row->field >= EVENT_FIELD_COUNT || !event_has(ev, (enum event_field)row->field))
        return NULL;
    return (const char *)ev + event_fields[row->field].offset;
}

/* Of v3 a product, of v4 a member that is called as what failed; a verdict's other facts are absent anyway. */
static bool is_failed(const struct place *place, enum dialect d, const struct event *ev)
{
    struct str rest = ev->failed, name;
    if (is_v3(d) ? !place->product : d != DIALECT_V4) return false;
    struct str shown = str_of(is_v3(d) ? place->product_name : place->part[0]);
    while (rest.n && str_split(&rest, ' ', &name))
        if (str_eq(is_v3(d) ? render_product_of(name) : name, shown)) return true;
    return false;
}

/* Is the row before of the same product ("products.vpn")? */
static bool is_beside(const struct place *place, const struct place *last)
{
    return last && last->product && place->product && strcmp(last->product_name, place->product_name) == 0;
}

static bool is_shown(const struct place *place, const struct place *last, enum dialect d,
                     const struct event *ev, const void *value)
{
    enum how how = place->row->how;
    bool browser = !event_has(ev, EVENT_platform) || str_eq(ev->platform, STR("js"));
    if (event_has(ev, EVENT_edge) && ev->edge && !place->edge) return false;
    if (how == HOW_BROWSER_STR && d == DIALECT_V4) return browser;
    if (how == HOW_BOOL_OR_NO_IN_V3 && !is_v3(d)) return value;
    if (how > HOW_ALWAYS) return true;
    if (how < HOW_BESIDE) return value;
    if (!is_v3(d)) return value && (how != HOW_METHOD || event_has(ev, EVENT_vpn));
    return is_beside(place, last) && (value || how != HOW_STR_BESIDE_IF_SET);
}

void render_event(struct json_out *out, enum dialect dialect, const struct event *ev)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const struct place *last = NULL; /* whose objects are open */
    bool failed = is_v3(dialect) && event_has(ev, EVENT_failed);
    pthread_once(&once, prepare);
    for (size_t i = 0; i < places_count[dialect]; i++) {
        const struct place *place = &places[dialect][i];
        const void *value = value_of(place->row, ev);
        if (!is_shown(place, last, dialect, ev, value)) continue;
        if (event_has(ev, EVENT_failed) && is_failed(place, dialect, ev)) continue;
        size_t shared = 0, open = last ? last->parts - 1 : 0;
        while (shared < open && shared < place->parts - 1 &&
               strcmp(last->part[shared], place->part[shared]) == 0)
            shared++;
        for (; open > shared; open--) json_out_close(out, '}');
        for (; open < place->parts - 1; open++) {
            json_out_key(out, place->part[open]);
            json_out_open(out, '{');
        }
        place->row->print(out, place->part[place->parts - 1], dialect, ev, value);
        last = place;
    }
    size_t open = last ? last->parts - 1 : 0;
    if (dialect == DIALECT_WEBHOOK_V3) failed = false; /* it has no place for an error */
    for (; open > 1; open--) json_out_close(out, '}');
    if (failed && open == 0) json_out_key(out, "products"), json_out_open(out, '{'), open = 1;
    if (failed) render_failed_products(out, ev);
    if (open) json_out_close(out, '}');
}

void render_server(struct json_out *out, const struct event *ev)
{
    json_out_key(out, "server");
    json_out_open(out, '{');
    render_event(out, DIALECT_FIQ_SERVER, ev);
    json_out_close(out, '}');
}
