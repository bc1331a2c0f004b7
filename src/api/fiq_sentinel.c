/* fiq_sentinel - FingerprintIQ's POST /v1/sentinel/inspect: a server passes on the head of a request and learns
 * what kind of program sent it (sentinel.h). The answer has the names that both SDKs read. Nothing is kept: the
 * calls are counted, whether they ask for that (aggregateOnly) or not. */
#include "api/app.h"
#include "api/sentinel.h"
#include "base/crypto.h"
#include "base/metrics.h"
#include "identify/edge_event.h"

/* The caller's address comes in forwarded headers only; what proxies in front of that server wrote is for that
 * server to judge, so that it tells where the caller is at most. */
static bool find_address(struct address *out, const struct request *head)
{
    static const char *const names[] = { "CF-Connecting-IP", "True-Client-IP", "X-Real-IP", "X-Forwarded-For" };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct str rest = request_header(head, str_of(names[i])), first;
        if (rest.n && str_split(&rest, ',', &first) && address_parse(out, str_trim(first))) return true;
    }
    return false;
}

/* Names and order of the headers, and the values that say what program it is. */
static void fingerprint(char out[2 * SHA256_BYTES], const struct request *head, struct arena *arena)
{
    static const char *const told[] = { "user-agent", "accept", "accept-language", "accept-encoding", "sec-ch-ua",
                                        "sec-ch-ua-platform" };
    uint8_t hash[SHA256_BYTES];
    struct json_out text;
    json_out_init(&text, arena);
    for (size_t i = 0; i < head->headers_count; i++) {
        const struct header *h = &head->headers[i];
        json_out_raw(&text, h->name), json_out_raw(&text, STR("\n"));
        for (size_t k = 0; k < COUNT_OF(told); k++)
            if (str_eq_nocase(h->name, str_of(told[k]))) json_out_raw(&text, h->value), json_out_raw(&text, STR("\n"));
    }
    crypto_sha256(hash, json_out_text(&text));
    hex_encode(out, hash, sizeof hash);
}

static void put_or_null(struct json_out *out, const char *name, struct str value)
{
    json_out_key(out, name);
    if (value.n) json_out_str(out, value);
    else json_out_null(out);
}

/* The same program at the same address is the same caller. */
static void put_caller_id(struct json_out *out, const struct identify *id, const char *hash, bool has_address)
{
    uint8_t digest[SHA256_BYTES];
    char hex[2 * SHA256_BYTES];
    struct str text = arena_format(id->arena, "%u|%.*s|%.*s", (unsigned)id->workspace, 2 * SHA256_BYTES, hash,
                                   has_address ? (int)id->event.ip.n : 0, has_address ? id->event.ip.p : "");
    crypto_sha256(digest, text);
    hex_encode(hex, digest, sizeof digest);
    json_out_key(out, "callerId");
    json_out_str(out, arena_format(id->arena, "caller_%.24s", hex));
}

static void put_fingerprint(struct json_out *out, const struct caller_facts *c, const char *hash, bool datacenter)
{
    json_out_key(out, "fingerprint");
    json_out_open(out, '{');
    json_out_key(out, "hash"), json_out_str(out, (struct str){ hash, 2 * SHA256_BYTES });
    json_out_key(out, "ja4"), json_out_null(out); /* of the TLS connection, which was with the other server */
    json_out_key(out, "uaMismatch"), json_out_bool(out, c->ua_mismatch);
    json_out_key(out, "likelyBrowser"), json_out_bool(out, c->likely_browser);
    json_out_key(out, "isDatacenter"), json_out_bool(out, datacenter);
    json_out_close(out, '}');
}

static void put_classification(struct json_out *out, const struct caller_facts *c)
{
    json_out_open(out, '{');
    json_out_key(out, "category"), json_out_str(out, str_of(c->category));
    put_or_null(out, "subcategory", str_of(c->subcategory));
    put_or_null(out, "framework", str_of(c->framework));
    put_or_null(out, "runtime", str_of(c->runtime));
    put_or_null(out, "library", c->library);
    json_out_close(out, '}');
}

static void put_answer(struct json_out *out, const struct identify *id, bool has_address)
{
    const int64_t hosting = 1 << IPLIST_DATACENTER | 1 << IPLIST_CLOUD;
    const struct event *ev = &id->event;
    char hash[2 * SHA256_BYTES], request_id[ID_TEXT_BYTES];
    struct caller_facts c;
    bool datacenter = has_address && ((event_has(ev, EVENT_lists_hit) && (ev->lists_hit & hosting)) ||
                                      (event_has(ev, EVENT_asn_type) && str_eq(ev->asn_type, STR("hosting"))));
    caller_classify(&c, id->req, ev);
    fingerprint(hash, id->req, id->arena);
    json_out_open(out, '{');
    json_out_key(out, "requestId");
    json_out_str(out, (struct str){ request_id, event_id_print_ulid(request_id, ev->id) });
    put_caller_id(out, id, hash, has_address);
    json_out_key(out, "callerType"), json_out_str(out, str_of(caller_name(c.type)));
    json_out_key(out, "callerConfidence"), json_out_double(out, c.confidence);
    json_out_key(out, "confidence"), json_out_double(out, c.confidence);
    json_out_key(out, "classification");
    put_classification(out, &c);
    put_fingerprint(out, &c, hash, datacenter);
    json_out_key(out, "reasons");
    json_out_open(out, '[');
    for (size_t i = 0; i < c.reasons_count; i++) json_out_str(out, str_of(c.reasons[i]));
    json_out_close(out, ']');
    json_out_key(out, "metadata");
    put_classification(out, &c);
    json_out_close(out, '}');
}

void fiq_sentinel(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    struct identify *id = ARENA_NEW(req->arena, struct identify);
    struct json_parser *parser = app->parser[loop_index(req->loop)];
    const struct api_key *key;
    const char *problem = NULL;
    struct request head;
    struct json_out out;
    struct json root;
    bool has_address = false;
    (void)tail;
    enum err e = auth_fiq(app, req, &key);
    if (!e && !id) e = ERR_NO_MEMORY;
    if (!e && (e = json_parse(parser, req->body, &root))) problem = json_parse_problem(parser);
    if (!e) e = sentinel_read(&head, root, req->arena, &problem);
    if (!e) {
        *id = (struct identify){ .shared = &app->identify, .req = &head, .arena = req->arena,
                                 .workspace = key->workspace };
        has_address = find_address(&id->client, &head);
        e = app_now_ms(app, req, &id->now_ms);
        if (!e) e = edge_event_look(id);
    }
    json_out_init(&out, req->arena);
    if (!e) put_answer(&out, id, has_address);
    if (!e && out.failed) e = ERR_NO_MEMORY;
    if (!e) metric_add(METRIC_sentinel_total, 1);
    if (e) reply_error(&reply, e, problem);
    else reply_json(&reply, 200, json_out_text(&out));
}
