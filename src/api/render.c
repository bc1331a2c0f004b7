/* render - see render.h. The rows' paths ("identification.confidence.score") are cut into parts
 * once; printing then opens and closes objects only where the path of a row leaves that of the row
 * before. */
#include "api/render.h"

#include "api/render_geo.h"
#include "api/render_server.h"
#include "api/render_v3.h"
#include "api/render_velocity.h"
#include "base/clock.h"
#include "base/err.h"
#include "event/reason.h"
#include "identify/enrich/rtt.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>

enum { PARTS_MAX = 6 };

typedef void print_function(struct json_out *out, const char *key, enum dialect dialect,
                            const struct event *ev, const void *value);

/* ---- one function per way of printing; value is NULL for a row that is not a stored field ---- */

static void print_STR(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                      const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_str(out, *(const struct str *)value);
}

static void print_STR_OR_EMPTY(struct json_out *out, const char *key, enum dialect d,
                               const struct event *ev, const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_str(out, value ? *(const struct str *)value : STR(""));
}

#define print_BROWSER_STR print_STR_OR_EMPTY
#define print_STR_BESIDE print_STR_OR_EMPTY
#define print_STR_BESIDE_IF_SET print_STR
#define print_STR_WITH_VPN print_STR_OR_EMPTY

static void print_COUNTRY_WITH_VPN(struct json_out *out, const char *key, enum dialect d,
                                   const struct event *ev, const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_str(out, value ? *(const struct str *)value : STR("unknown"));
}

static void print_BOOL(struct json_out *out, const char *key, enum dialect d,
                       const struct event *ev, const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_bool(out, value && *(const bool *)value);
}
#define print_BOOL_OR_NO print_BOOL
#define print_BOOL_OR_NO_IN_V3 print_BOOL
#define print_BOOL_BESIDE print_BOOL
#define print_METHOD print_BOOL

static void print_INT(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                      const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_int(out, *(const int64_t *)value);
}
#define print_MS print_INT

static void print_MS_OR_NULL(struct json_out *out, const char *key, enum dialect d,
                             const struct event *ev, const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    if (value) json_out_int(out, *(const int64_t *)value);
    else json_out_null(out);
}

static void print_ISO_OR_NULL(struct json_out *out, const char *key, enum dialect d,
                              const struct event *ev, const void *value)
{
    char text[ISO_TIME_BYTES];
    (void)d, (void)ev;
    json_out_key(out, key);
    if (value) json_out_str(out, (struct str){ text, clock_iso(text, *(const int64_t *)value) });
    else json_out_null(out);
}
#define print_ISO print_ISO_OR_NULL
#define print_ISO_BESIDE print_ISO_OR_NULL

/* No factory reset known is 1970 in v3. */
static void print_ISO_OR_EPOCH(struct json_out *out, const char *key, enum dialect d,
                               const struct event *ev, const void *value)
{
    if (value && *(const int64_t *)value > 0) {
        print_ISO_OR_NULL(out, key, d, ev, value);
        return;
    }
    json_out_key(out, key);
    json_out_str(out, STR("1970-01-01T00:00:00Z"));
}

static void print_MS_OR_ZERO(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                             const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_int(out, value ? *(const int64_t *)value : 0);
}

void render_score(struct json_out *out, double score)
{
    json_out_double(out, floor(score * 1000 + 0.5) / 1000);
}

static void print_SCORE(struct json_out *out, const char *key, enum dialect d,
                        const struct event *ev, const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    render_score(out, *(const double *)value);
}

/* Without a verdict 0, as in v2's example. */
static void print_PROBABILITY_V2(struct json_out *out, const char *key, enum dialect d,
                                 const struct event *ev, const void *value)
{
    const double none = 0;
    print_SCORE(out, key, d, ev, value ? value : &none);
}

/* How sure the verdict is, whichever it is: FingerprintIQ's example has 0.92 beside a no. */
static void print_CERTAINTY(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                            const void *value)
{
    double p = value ? *(const double *)value : 0;
    double certainty = value && p < 0.5 ? 1 - p : p;
    print_SCORE(out, key, d, ev, &certainty);
}

static void print_EVENT_ID(struct json_out *out, const char *key, enum dialect d,
                           const struct event *ev, const void *value)
{
    char text[ID_TEXT_BYTES];
    size_t n =
        d == DIALECT_FIQ ? event_id_print_ulid(text, ev->id) : event_id_print_base62(text, ev->id);
    (void)value;
    json_out_key(out, key);
    json_out_str(out, (struct str){ text, n });
}
#define print_EVENT_ID_BESIDE print_EVENT_ID

static void print_VISITOR_ID(struct json_out *out, const char *key, enum dialect d,
                             const struct event *ev, const void *value)
{
    char text[ID_TEXT_BYTES];
    struct visitor_id id = *(const struct visitor_id *)value;
    size_t n =
        d == DIALECT_FIQ ? visitor_id_print_ulid(text, id) : visitor_id_print_base62(text, id);
    (void)ev;
    json_out_key(out, key);
    json_out_str(out, (struct str){ text, n });
}

/* Another service's may be longer than a visitor's id. */
static void print_HIGH_RECALL_ID(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                                 const void *value)
{
    if (event_has(ev, EVENT_high_recall_alias)) print_STR(out, key, d, ev, &ev->high_recall_alias);
    else print_VISITOR_ID(out, key, d, ev, value);
}

/* "ae_" and 16 characters, from the environment's number. */
static void print_ENV_ID(struct json_out *out, const char *key, enum dialect d,
                         const struct event *ev, const void *value)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    char text[3 + 16] = { 'a', 'e', '_' };
    uint64_t rest = (uint64_t)*(const int64_t *)value;
    (void)d, (void)ev;
    for (size_t i = sizeof text; i-- > 3; rest /= 36) text[i] = digits[rest % 36];
    json_out_key(out, key);
    json_out_str(out, (struct str){ text, sizeof text });
}

static void print_SOURCE(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                         const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_str(out, value && *(const bool *)value ? STR("edge") : STR("device"));
}

/* A browser's agent says no platform. */
static void print_SDK_PLATFORM(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                               const void *value)
{
    (void)d, (void)value;
    json_out_key(out, key);
    json_out_str(out, event_has(ev, EVENT_platform) ? ev->platform : STR("js"));
}

/* Required there: without a version it is the empty one. */
static void print_SDK(struct json_out *out, const char *key, enum dialect d, const struct event *ev, const void *value)
{
    json_out_key(out, key);
    json_out_open(out, '{');
    print_SDK_PLATFORM(out, "platform", d, ev, value);
    print_STR_OR_EMPTY(out, "version", d, ev, value);
    if (event_has(ev, EVENT_integrations)) json_out_key(out, "integrations"), json_out_value(out, ev->integrations);
    json_out_close(out, '}');
}

static void print_REVISION(struct json_out *out, const char *key, enum dialect d,
                           const struct event *ev, const void *value)
{
    (void)ev, (void)value;
    json_out_key(out, key);
    json_out_str(out, d == DIALECT_V4 ? STR("1.0") : STR("v1.0"));
}

/* A number that this version does not know, or that a damaged record holds, says nothing. */
static const char *bot_word(const char *const words[3], const void *value)
{
    int64_t bot = *(const int64_t *)value;
    return words[bot >= BOT_NOT_DETECTED && bot <= BOT_BAD ? bot : BOT_NOT_DETECTED];
}

static void print_BOT_V4(struct json_out *out, const char *key, enum dialect d,
                         const struct event *ev, const void *value)
{
    static const char *const words[] = { "not_detected", "good", "bad" };
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_str(out, str_of(bot_word(words, value)));
}

static void print_BOT_V3(struct json_out *out, const char *key, enum dialect d,
                         const struct event *ev, const void *value)
{
    static const char *const words[] = { "notDetected", "good", "bad" };
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_str(out, str_of(bot_word(words, value)));
}

static void print_BOT_BOOL(struct json_out *out, const char *key, enum dialect d,
                           const struct event *ev, const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_bool(out, value && *(const int64_t *)value == BOT_BAD);
}

/* Fingerprint's tag is an object; anything else comes back as {"tag": x}. */
static void print_TAG(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                      const void *value)
{
    struct str json = value ? *(const struct str *)value : STR("{}");
    (void)d, (void)ev;
    json_out_key(out, key);
    if (json.n && json.p[0] == '{') {
        json_out_value(out, json);
        return;
    }
    json_out_open(out, '{');
    json_out_key(out, "tag");
    json_out_value(out, json);
    json_out_close(out, '}');
}
#define print_TAG_IF_SET print_TAG
#define print_TAG_BESIDE print_TAG

static void print_LOCATION_FIQ(struct json_out *out, const char *key, enum dialect d,
                               const struct event *ev, const void *value)
{
    (void)d, (void)value;
    json_out_key(out, key);
    render_location_fiq(out, ev);
}

static void print_GEOLOCATION(struct json_out *out, const char *key, enum dialect d,
                              const struct event *ev, const void *value)
{
    (void)d, (void)value;
    json_out_key(out, key);
    render_geolocation_v3(out, ev);
}

static void print_IP_INFO(struct json_out *out, const char *key, enum dialect d,
                          const struct event *ev, const void *value)
{
    (void)value;
    json_out_key(out, key);
    if (d == DIALECT_V4) render_ip_info_v4(out, ev);
    else render_ip_info_v3(out, ev);
}

static void print_RAW_ATTRIBUTES(struct json_out *out, const char *key, enum dialect d,
                                 const struct event *ev, const void *value)
{
    (void)d, (void)value;
    json_out_key(out, key);
    json_out_value(out, ev->raw_attributes);
}

static bool tells_other_tls(const struct event *ev)
{
    return codes_have(&ev->bot_reasons, REASON_BOT_TLS_FAMILY) ||
           codes_have(&ev->bot_reasons, REASON_BOT_TLS_PROGRAM);
}

/* Without DATACENTER_ASN for privacy relays: their exits are in datacenters, their users are people. */
static void print_RISKS(struct json_out *out, const char *key, enum dialect d,
                        const struct event *ev, const void *value)
{
    const struct { bool fires; const char *name; } risks[] = {
        { ev->headless, "HEADLESS_BROWSER" },
        { ev->software_renderer, "SOFTWARE_RENDERER" },
        { ev->tor, "TOR_EXIT_NODE" },
        { ev->datacenter && !ev->vpn_relay, "DATACENTER_ASN" },
        { tells_other_tls(ev), "UA_TLS_MISMATCH" },
        { event_has(ev, EVENT_rtt_coherence) && ev->rtt_coherence < RTT_COHERENCE_LOW, "LOW_RTT_COHERENCE" },
    };
    (void)d, (void)value;
    json_out_key(out, key);
    json_out_open(out, '[');
    for (size_t i = 0; i < COUNT_OF(risks); i++)
        if (risks[i].fires) json_out_str(out, str_of(risks[i].name));
    json_out_close(out, ']');
}

void render_risk_factors(struct json_out *out, const struct event *ev)
{
    print_RISKS(out, "riskFactors", DIALECT_FIQ, ev, NULL);
}

static void print_VELOCITY(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                           const void *value)
{
    (void)ev;
    json_out_key(out, key);
    render_velocity(out, d, *(const struct str *)value);
}

static void put_supplementary(struct json_out *out, const char *key, const struct event *ev,
                              print_function *print_id, const struct visitor_id *id, bool found,
                              double score, const int64_t *first_ms, const int64_t *last_ms)
{
    json_out_key(out, key);
    json_out_open(out, '{');
    print_id(out, "visitorId", DIALECT_WEBHOOK_V3, ev, id);
    json_out_key(out, "visitorFound"), json_out_bool(out, found);
    json_out_key(out, "confidence");
    json_out_open(out, '{');
    print_SCORE(out, "score", DIALECT_WEBHOOK_V3, ev, &score);
    json_out_close(out, '}');
    for (int seen = 0; seen < 2; seen++) {
        const int64_t *ms = seen ? last_ms : first_ms;
        json_out_key(out, seen ? "lastSeenAt" : "firstSeenAt");
        json_out_open(out, '{');
        print_ISO_OR_NULL(out, "global", DIALECT_WEBHOOK_V3, ev, ms);
        print_ISO_OR_NULL(out, "subscription", DIALECT_WEBHOOK_V3, ev, ms);
        json_out_close(out, '}');
    }
    json_out_close(out, '}');
}

/* The visitor by the search that the event went through, and by the generous one. */
static void print_SUPPLEMENTARY(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                                const void *value)
{
    (void)d, (void)value;
    if (!event_has(ev, EVENT_visitor)) return;
    json_out_key(out, key);
    json_out_open(out, '{');
    put_supplementary(out, "standard", ev, print_VISITOR_ID, &ev->visitor, ev->visitor_found, ev->match_score,
                      event_has(ev, EVENT_first_seen_ms) ? &ev->first_seen_ms : NULL,
                      event_has(ev, EVENT_last_seen_ms) ? &ev->last_seen_ms : NULL);
    put_supplementary(out, "highRecall", ev, print_HIGH_RECALL_ID, &ev->high_recall, ev->high_recall_found,
                      ev->high_recall_score,
                      event_has(ev, EVENT_high_recall_first_seen_ms) ? &ev->high_recall_first_seen_ms : NULL,
                      event_has(ev, EVENT_high_recall_last_seen_ms) ? &ev->high_recall_last_seen_ms : NULL);
    json_out_close(out, '}');
}

/* FingerprintIQ's numbers are required, too: without evidence they are 0. */
static void print_ZERO(struct json_out *out, const char *key, enum dialect d,
                       const struct event *ev, const void *value)
{
    (void)d, (void)ev, (void)value;
    json_out_key(out, key);
    json_out_int(out, 0);
}

static void print_SCORE_OR_ZERO(struct json_out *out, const char *key, enum dialect d,
                                const struct event *ev, const void *value)
{
    if (value) print_SCORE(out, key, d, ev, value);
    else print_ZERO(out, key, d, ev, value);
}

/* For a member that must stand beside others, and for which there is no source. */
#define print_ZERO_IF_SET print_ZERO

static void print_STR_OR_NULL(struct json_out *out, const char *key, enum dialect d,
                              const struct event *ev, const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    if (value) json_out_str(out, *(const struct str *)value);
    else json_out_null(out);
}

static void print_JSON(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                       const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_value(out, *(const struct str *)value);
}
#define print_INTEGRATIONS print_JSON

/* Is there a value at all? */
static void print_IS_KNOWN(struct json_out *out, const char *key, enum dialect d,
                           const struct event *ev, const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_bool(out, value != NULL);
}

static void print_US_IN_MS(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                           const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_double(out, (double)*(const int64_t *)value / 1000);
}

static void print_CIPHER(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                         const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_str(out, render_cipher_name(*(const struct str *)value));
}

static void print_ASN_CATEGORY(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                               const void *value)
{
    const char *category = render_asn_category(ev);
    (void)d, (void)value;
    if (category) json_out_key(out, key), json_out_str(out, str_of(category));
}

static void print_ASN_HOSTS(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                            const void *value)
{
    (void)d, (void)value;
    if (event_has(ev, EVENT_datacenter)) json_out_key(out, key), json_out_bool(out, ev->datacenter);
}

static void print_LIST_KINDS(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                             const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    render_list_kinds(out, *(const int64_t *)value);
}

/* Beside the kinds of which there was data: those whose data holds the address. */
static void print_LIST_HITS(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                            const void *value)
{
    const int64_t none = 0;
    (void)value;
    print_LIST_KINDS(out, key, d, ev, event_has(ev, EVENT_lists_hit) ? &ev->lists_hit : &none);
}

/* v3's and v4's score, as the sum it is. */
static void print_SUM(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                      const void *value)
{
    (void)d;
    json_out_key(out, key);
    json_out_open(out, '{');
    json_out_key(out, "sum"), json_out_int(out, *(const int64_t *)value);
    json_out_key(out, "parts");
    json_out_value(out, event_has(ev, EVENT_suspect_parts) ? ev->suspect_parts : STR("[]"));
    json_out_close(out, '}');
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
