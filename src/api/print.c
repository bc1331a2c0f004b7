/* print - see print.h. */
#include "api/print.h"

#include "api/render.h"
#include "api/render_geo.h"
#include "api/render_server.h"
#include "api/render_velocity.h"
#include "base/clock.h"
#include "event/reason.h"
#include "identify/enrich/rtt.h"

void print_STR(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
               const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_str(out, *(const struct str *)value);
}

void print_STR_OR_EMPTY(struct json_out *out, const char *key, enum dialect d,
                        const struct event *ev, const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_str(out, value ? *(const struct str *)value : STR(""));
}

void print_COUNTRY_WITH_VPN(struct json_out *out, const char *key, enum dialect d,
                            const struct event *ev, const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_str(out, value ? *(const struct str *)value : STR("unknown"));
}

void print_BOOL(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_bool(out, value && *(const bool *)value);
}

void print_INT(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
               const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_int(out, *(const int64_t *)value);
}

void print_MS_OR_NULL(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                      const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    if (value) json_out_int(out, *(const int64_t *)value);
    else json_out_null(out);
}

void print_ISO_OR_NULL(struct json_out *out, const char *key, enum dialect d,
                       const struct event *ev, const void *value)
{
    char text[ISO_TIME_BYTES];
    (void)d, (void)ev;
    json_out_key(out, key);
    if (value) json_out_str(out, (struct str){ text, clock_iso(text, *(const int64_t *)value) });
    else json_out_null(out);
}

/* No factory reset known is 1970 in v3. */
void print_ISO_OR_EPOCH(struct json_out *out, const char *key, enum dialect d,
                        const struct event *ev, const void *value)
{
    if (value && *(const int64_t *)value > 0) {
        print_ISO_OR_NULL(out, key, d, ev, value);
        return;
    }
    json_out_key(out, key);
    json_out_str(out, STR("1970-01-01T00:00:00Z"));
}

void print_MS_OR_ZERO(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                      const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_int(out, value ? *(const int64_t *)value : 0);
}

void print_SCORE(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                 const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    render_score(out, *(const double *)value);
}

/* Without a verdict 0, as in v2's example. */
void print_PROBABILITY_V2(struct json_out *out, const char *key, enum dialect d,
                          const struct event *ev, const void *value)
{
    const double none = 0;
    print_SCORE(out, key, d, ev, value ? value : &none);
}

/* How sure the verdict is, whichever it is: FingerprintIQ's example has 0.92 beside a no. */
void print_CERTAINTY(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                     const void *value)
{
    double p = value ? *(const double *)value : 0;
    double certainty = value && p < 0.5 ? 1 - p : p;
    print_SCORE(out, key, d, ev, &certainty);
}

void print_EVENT_ID(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                    const void *value)
{
    char text[ID_TEXT_BYTES];
    size_t n =
        d == DIALECT_FIQ ? event_id_print_ulid(text, ev->id) : event_id_print_base62(text, ev->id);
    (void)value;
    json_out_key(out, key);
    json_out_str(out, (struct str){ text, n });
}

void print_VISITOR_ID(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                      const void *value)
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
void print_HIGH_RECALL_ID(struct json_out *out, const char *key, enum dialect d,
                          const struct event *ev, const void *value)
{
    if (event_has(ev, EVENT_high_recall_alias)) print_STR(out, key, d, ev, &ev->high_recall_alias);
    else print_VISITOR_ID(out, key, d, ev, value);
}

/* "ae_" and 16 characters, from the environment's number. */
void print_ENV_ID(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                  const void *value)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    char text[3 + 16] = { 'a', 'e', '_' };
    uint64_t rest = (uint64_t)*(const int64_t *)value;
    (void)d, (void)ev;
    for (size_t i = sizeof text; i-- > 3; rest /= 36) text[i] = digits[rest % 36];
    json_out_key(out, key);
    json_out_str(out, (struct str){ text, sizeof text });
}

void print_SOURCE(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                  const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_str(out, value && *(const bool *)value ? STR("edge") : STR("device"));
}

/* A browser's agent says no platform. */
void print_SDK_PLATFORM(struct json_out *out, const char *key, enum dialect d,
                        const struct event *ev, const void *value)
{
    (void)d, (void)value;
    json_out_key(out, key);
    json_out_str(out, event_has(ev, EVENT_platform) ? ev->platform : STR("js"));
}

/* Required there: without a version it is the empty one. */
void print_SDK(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
               const void *value)
{
    json_out_key(out, key);
    json_out_open(out, '{');
    print_SDK_PLATFORM(out, "platform", d, ev, value);
    print_STR_OR_EMPTY(out, "version", d, ev, value);
    if (event_has(ev, EVENT_integrations)) json_out_key(out, "integrations"), json_out_value(out, ev->integrations);
    json_out_close(out, '}');
}

void print_REVISION(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                    const void *value)
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

void print_BOT_V4(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                  const void *value)
{
    static const char *const words[] = { "not_detected", "good", "bad" };
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_str(out, str_of(bot_word(words, value)));
}

void print_BOT_V3(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                  const void *value)
{
    static const char *const words[] = { "notDetected", "good", "bad" };
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_str(out, str_of(bot_word(words, value)));
}

/* This dialect knows no good bots: true is "a program", as its probability says. Which one it is, and that it is
 * verified or signed, stands in signals.server.bot; suspectScore counts bad ones only. */
void print_BOT_BOOL(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                    const void *value)
{
    int64_t bot = value ? *(const int64_t *)value : BOT_NOT_DETECTED;
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_bool(out, bot == BOT_GOOD || bot == BOT_BAD);
}

/* Fingerprint's tag is an object; anything else comes back as {"tag": x}. */
void print_TAG(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
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

void print_LOCATION_FIQ(struct json_out *out, const char *key, enum dialect d,
                        const struct event *ev, const void *value)
{
    (void)d, (void)value;
    json_out_key(out, key);
    render_location_fiq(out, ev);
}

void print_GEOLOCATION(struct json_out *out, const char *key, enum dialect d,
                       const struct event *ev, const void *value)
{
    (void)d, (void)value;
    json_out_key(out, key);
    render_geolocation_v3(out, ev);
}

void print_IP_INFO(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                   const void *value)
{
    (void)value;
    json_out_key(out, key);
    if (d == DIALECT_V4) render_ip_info_v4(out, ev);
    else render_ip_info_v3(out, ev);
}

void print_RAW_ATTRIBUTES(struct json_out *out, const char *key, enum dialect d,
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
void print_RISKS(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                 const void *value)
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

void print_VELOCITY(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
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
void print_SUPPLEMENTARY(struct json_out *out, const char *key, enum dialect d,
                         const struct event *ev, const void *value)
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
void print_ZERO(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                const void *value)
{
    (void)d, (void)ev, (void)value;
    json_out_key(out, key);
    json_out_int(out, 0);
}

void print_SCORE_OR_ZERO(struct json_out *out, const char *key, enum dialect d,
                         const struct event *ev, const void *value)
{
    if (value) print_SCORE(out, key, d, ev, value);
    else print_ZERO(out, key, d, ev, value);
}

void print_STR_OR_NULL(struct json_out *out, const char *key, enum dialect d,
                       const struct event *ev, const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    if (value) json_out_str(out, *(const struct str *)value);
    else json_out_null(out);
}

void print_JSON(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_value(out, *(const struct str *)value);
}

/* Is there a value at all? */
void print_IS_KNOWN(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                    const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_bool(out, value != NULL);
}

void print_US_IN_MS(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                    const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_double(out, (double)*(const int64_t *)value / 1000);
}

void print_CIPHER(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                  const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    json_out_str(out, render_cipher_name(*(const struct str *)value));
}

void print_ASN_CATEGORY(struct json_out *out, const char *key, enum dialect d,
                        const struct event *ev, const void *value)
{
    const char *category = render_asn_category(ev);
    (void)d, (void)value;
    if (category) json_out_key(out, key), json_out_str(out, str_of(category));
}

void print_ASN_HOSTS(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                     const void *value)
{
    (void)d, (void)value;
    if (event_has(ev, EVENT_datacenter)) json_out_key(out, key), json_out_bool(out, ev->datacenter);
}

void print_LIST_KINDS(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                      const void *value)
{
    (void)d, (void)ev;
    json_out_key(out, key);
    render_list_kinds(out, *(const int64_t *)value);
}

/* Beside the kinds of which there was data: those whose data holds the address. */
void print_LIST_HITS(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
                     const void *value)
{
    const int64_t none = 0;
    (void)value;
    print_LIST_KINDS(out, key, d, ev, event_has(ev, EVENT_lists_hit) ? &ev->lists_hit : &none);
}

/* v3's and v4's score, as the sum it is. */
void print_SUM(struct json_out *out, const char *key, enum dialect d, const struct event *ev,
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
