/* decode - the body of an identify request: the envelope into event fields, the signals into
 * id->signals, everything that may be asked for later into two packed streams.
 *
 * The envelope is strict (a wrong type is a 400 that names the field): it is what the customer's
 * own code writes. Inside `signals` a value of a wrong type is absent: browsers differ, and a
 * strange one must not lose its event. Text that is too long is cut for URLs, refused for linkedId
 * and tag, as the limits say. Unknown members are ignored. */
#include "identify/identify.h"

#include "base/limits.h"
#include "event/packed.h"

static enum err refuse(struct identify *id, const char *problem)
{
    id->problem = problem;
    return ERR_MALFORMED;
}

/* At most `max` bytes, not in the middle of a UTF-8 sequence. */
static struct str cut(struct str s, size_t max)
{
    if (s.n <= max) return s;
    while (max > 0 && ((unsigned char)s.p[max] & 0xc0) == 0x80) max--;
    return str_sub(s, 0, max);
}

/* An optional string member; null counts as absent. *out stays empty then. */
static bool read_text(struct json root, struct str key, struct arena *arena, struct str *out)
{
    struct json v;
    struct str s;
    if (!json_get(root, key, &v) || json_type(v) == JSON_NULL) return true;
    if (!json_str(v, &s)) return false;
    *out = arena_copy(arena, s);
    return true;
}

static enum err read_tag(struct identify *id, struct json root)
{
    struct json v;
    if (!json_get(root, STR("tag"), &v) || json_type(v) == JSON_NULL) return ERR_OK;
    struct str text;
    if (packed_json_text(&text, v, id->arena)) return ERR_NO_MEMORY;
    if (text.n > TAG_BYTES_MAX) return refuse(id, "tag is longer than 16 kB");
    SET(id, tag, text);
    return ERR_OK;
}

static enum err read_wallets(struct identify *id, struct json root)
{
    struct json v;
    struct json_out out;
    size_t count = 0;
    if (!json_get(root, STR("walletAddresses"), &v) || json_type(v) == JSON_NULL) return ERR_OK;
    if (json_type(v) != JSON_ARRAY)
        return refuse(id, "walletAddresses must be an array of strings");
    json_out_init(&out, id->arena);
    json_out_open(&out, '[');
    for (struct json_each it = json_each(v); json_next(&it);) {
        struct str address;
        if (!json_str(it.value, &address))
            return refuse(id, "walletAddresses must be an array of strings");
        if (count++ < WALLETS_MAX) json_out_str(&out, cut(address, 128));
    }
    json_out_close(&out, ']');
    if (count) SET(id, wallets, json_out_text(&out));
    return ERR_OK;
}

static void read_agent(struct identify *id, struct json agent)
{
    struct json v;
    struct str s;
    id->from_agent = true;
    if (json_get(agent, STR("version"), &v) && json_str(v, &s)) {
        SET(id, sdk_version, arena_copy(id->arena, cut(s, 32)));
        if (id->integrations.n) SET(id, integrations, id->integrations);
    }
    if (json_get(agent, STR("dialect"), &v) && json_str(v, &s))
        id->agent_dialect = arena_copy(id->arena, cut(s, 8));
    if (json_get(agent, STR("extended"), &v)) json_bool(v, &id->agent_extended);
}

/* Of the page, as browsers say it. Sandboxed pages say "null", which names nobody. */
static void read_origin(struct identify *id)
{
    struct str origin = request_header(id->req, STR("Origin"));
    if (origin.n && origin.n <= ORIGIN_BYTES_MAX && !str_eq(origin, STR("null"))) SET(id, origin, origin);
}

static enum err read_envelope(struct identify *id, struct json root)
{
    struct json v;
    struct str url = { 0 }, referrer = { 0 }, linked_id = { 0 };
    double time;
    if (json_get(root, STR("timestamp"), &v) && json_type(v) != JSON_NULL) {
        if (!json_double(v, &time)) return refuse(id, "timestamp must be a number");
        if (time >= 0 && time < 4e12) SET(id, client_time_ms, (int64_t)time);
    }
    if (!read_text(root, STR("url"), id->arena, &url)) return refuse(id, "url must be a string");
    if (!read_text(root, STR("referrer"), id->arena, &referrer))
        return refuse(id, "referrer must be a string");
    if (!read_text(root, STR("linkedId"), id->arena, &linked_id))
        return refuse(id, "linkedId must be a string");
    if (!read_text(root, STR("token"), id->arena, &id->body_token))
        return refuse(id, "token must be a string");
    if (str_count_chars(linked_id) > LINKED_ID_CHARS_MAX)
        return refuse(id, "linkedId can't be greater than 256 characters long");
    read_origin(id);
    if (url.n) SET(id, url, cut(url, URL_BYTES_MAX));
    if (referrer.n) SET(id, referrer, cut(referrer, URL_BYTES_MAX));
    if (linked_id.n) SET(id, linked_id, linked_id);
    if (json_get(root, STR("agent"), &v) && json_type(v) == JSON_OBJECT) read_agent(id, v);
    enum err e = read_tag(id, root);
    return e ? e : read_wallets(id, root);
}

/* Headers that describe the client rather than this one request. Left out: secrets, the client's
 * address (kept in the event, where privacy settings reach it), and what proxies number anew each
 * time. */
static bool is_steady_header(struct str name)
{
#define NAME(text) { text, sizeof text - 1 }
    static const struct str left_out[] = {
        NAME("content-length"),
        NAME("cookie"),
        NAME("authorization"),
        NAME("x-api-key"),
        NAME("origin"),
        NAME("referer"),
        NAME("host"),
        NAME("forwarded"),
        NAME("x-real-ip"),
        NAME("x-test-now-ms"),
        NAME("connection"),
        NAME("pragma"),
        NAME("cache-control"),
        NAME("via"),
        NAME("expect"),
        NAME("auth-api-key"),
        NAME("proxy-authorization"),
        NAME("true-client-ip"),
        NAME("x-client-ip"),
        NAME("x-request-id"),
        NAME("x-correlation-id"),
        NAME("traceparent"),
        NAME("tracestate"),
        NAME("if-none-match"),
        NAME("if-modified-since"),
    };
    /* whatever proxies and CDNs add about this one connection: addresses, places, JA3 */
    static const struct str left_out_prefixes[] = {
        NAME("x-forwarded-"), NAME("cf-"), NAME("cloudfront-"), NAME("x-amzn-"), NAME("x-ja3-"),
        NAME("x-ja4-"), NAME("x-http2-"), NAME("fpjs-"),
    };
#undef NAME
    for (size_t i = 0; i < COUNT_OF(left_out_prefixes); i++)
        if (str_eq_nocase(str_sub(name, 0, left_out_prefixes[i].n), left_out_prefixes[i]))
            return false;
    for (size_t i = 0; i < COUNT_OF(left_out); i++)
        if (str_eq_nocase(name, left_out[i])) return false;
    return true;
}

static void pack_headers(struct bytes_out *out, const struct request *req)
{
    packed_open_array(out);
    for (size_t i = 0; i < req->headers_count; i++) {
        if (!is_steady_header(req->headers[i].name)) continue;
        packed_open_array(out);
        packed_str(out, req->headers[i].name);
        packed_str(out, cut(req->headers[i].value, 1024));
        packed_close_array(out);
    }
    packed_close_array(out);
}

enum err decode_body(struct identify *id)
{
    struct json root, signals;
    enum err e = json_parse(id->parser, id->req->body, &root);
    if (e == ERR_MALFORMED) return refuse(id, json_parse_problem(id->parser));
    if (e) return e;
    if (json_type(root) != JSON_OBJECT) return refuse(id, "the body must be a JSON object");
    if (!json_get(root, STR("signals"), &signals)) return refuse(id, "signals is missing");
    if (json_type(signals) != JSON_OBJECT) return refuse(id, "signals must be an object");
    for (struct json_each it = json_each(signals); json_next(&it);)
        if (json_type(it.value) != JSON_OBJECT && json_type(it.value) != JSON_NULL)
            return refuse(id, "each member of signals must be null or an object with a value");
    if ((e = read_envelope(id, root))) return e;
    e = mobile_read(&id->mobile, root, signals, id->arena, &id->problem);
    if (e) return e;

    struct bytes_out steady, changing;
    bytes_out_init(&steady, id->arena, id->req->body.n + 2048);
    bytes_out_init(&changing, id->arena, 1024);
    packed_open_object(&steady);
    packed_key(&steady, STR("headers"));
    pack_headers(&steady, id->req);
    packed_key(&steady, STR("signals"));
    if ((e = signals_read(&id->signals, signals, id->arena, &steady, &changing))) return e;
    if (id->mobile.platform.n) mobile_put_facts(id);
    packed_close_object(&steady);
    id->steady = bytes_out_text(&steady);
    id->changing = bytes_out_text(&changing);
    return steady.failed || changing.failed ? ERR_NO_MEMORY : ERR_OK;
}

enum err decode_hashes(struct identify *id)
{
    recompute_hashes(&id->recomputed, &id->signals, id->steady, id->proven, id->arena);
    return ERR_OK;
}
