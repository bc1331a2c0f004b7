/* edge - POST /v4/edge: a server passes on the head of a request that it received, and learns who is behind it:
 * which bot says it is there and whether that is so, and what is known of the address. The event is kept and
 * found again by GET /v4/events/{id}. When addresses of both families are given, the verdicts are about the
 * IPv4 one; ip_info tells of both. */
#include "api/edge.h"

#include "api/app.h"
#include "api/render.h"
#include "api/render_geo.h"
#include "event/packed.h"
#include "identify/edge_event.h"

enum { EDGE_HEADERS_MAX = 256, EDGE_METHOD_BYTES_MAX = 32 };

/* ---- the body ---- */

static enum err read_header(struct header *out, struct json value, struct arena *arena)
{
    struct json v;
    size_t members = 0;
    if (json_type(value) != JSON_OBJECT) return ERR_MALFORMED;
    for (struct json_each it = json_each(value); json_next(&it);) members++;
    if (members != 2 || !json_get(value, STR("name"), &v) || !json_str(v, &out->name) || out->name.n == 0 ||
        !json_get(value, STR("value"), &v) || !json_str(v, &out->value))
        return ERR_MALFORMED;
    out->name = arena_copy(arena, out->name);
    out->value = arena_copy(arena, str_trim(out->value));
    return ERR_OK;
}

static enum err read_headers(struct edge_request *out, struct json list, struct arena *arena)
{
    size_t count = 0;
    enum err e = ERR_OK;
    if (json_type(list) != JSON_ARRAY) return ERR_MALFORMED;
    for (struct json_each it = json_each(list); json_next(&it);) count++;
    if (count == 0 || count > EDGE_HEADERS_MAX) return ERR_MALFORMED;
    out->headers = ARENA_ARRAY(arena, struct header, count);
    out->headers_count = 0; /* of a member given twice the last counts */
    if (!out->headers) return ERR_NO_MEMORY;
    for (struct json_each it = json_each(list); json_next(&it) && !e;)
        e = read_header(&out->headers[out->headers_count++], it.value, arena);
    return e;
}

/* An absolute http or https URL without a fragment. */
static enum err read_url(struct edge_request *out)
{
    struct str rest = out->url;
    for (size_t i = 0; i < rest.n; i++)
        if ((unsigned char)rest.p[i] <= ' ' || rest.p[i] == '#' || rest.p[i] == 0x7f) return ERR_MALFORMED;
    out->https = str_eq_nocase(str_sub(rest, 0, 8), STR("https://"));
    if (!out->https && !str_eq_nocase(str_sub(rest, 0, 7), STR("http://"))) return ERR_MALFORMED;
    rest = str_sub(rest, out->https ? 8 : 7, rest.n);
    size_t end = 0;
    while (end < rest.n && rest.p[end] != '/' && rest.p[end] != '?') end++;
    out->authority = str_sub(rest, 0, end);
    out->target = str_sub(rest, end, rest.n);
    size_t at = str_find_char(out->authority, '@', 0);
    if (at != SIZE_MAX) out->authority = str_sub(out->authority, at + 1, out->authority.n);
    if (out->authority.n == 0 || out->authority.p[0] == ':') return ERR_MALFORMED;
    size_t mark = str_find_char(out->target, '?', 0);
    out->path = str_sub(out->target, 0, mark);
    if (out->path.n == 0) out->path = STR("/");
    if (mark != SIZE_MAX) out->query = str_sub(out->target, mark + 1, out->target.n);
    return ERR_OK;
}

/* An IPv4-mapped IPv6 address is an IPv4 address. */
static enum err read_address(struct edge_request *out, struct str text, bool v6)
{
    struct address a;
    if (!address_parse(&a, text)) return ERR_MALFORMED;
    bool is_v4 = address_is_ipv4(&a);
    if (!v6 && (!is_v4 || str_find_char(text, ':', 0) != SIZE_MAX)) return ERR_MALFORMED;
    if (v6 && str_find_char(text, ':', 0) == SIZE_MAX) return ERR_MALFORMED;
    if (is_v4 && (!v6 || !out->has_v4)) out->has_v4 = true, out->v4 = a;
    if (!is_v4) out->has_v6 = true, out->v6 = a;
    return ERR_OK;
}

static enum err read_tags(struct edge_request *out, struct json value, struct arena *arena)
{
    struct bytes_out packed;
    struct json_out text;
    if (json_type(value) != JSON_OBJECT) return ERR_MALFORMED;
    bytes_out_init(&packed, arena, 256);
    packed_value(&packed, value);
    struct cursor c = cursor_of(bytes_out_text(&packed)), none = cursor_of(STR(""));
    json_out_init(&text, arena);
    if (packed.failed || packed_to_json(&text, &c, &none)) return ERR_NO_MEMORY;
    out->tags = json_out_text(&text);
    out->has_tags = true;
    return out->tags.n > TAG_BYTES_MAX ? ERR_MALFORMED : ERR_OK;
}

static size_t characters(struct str utf8)
{
    size_t n = 0;
    for (size_t i = 0; i < utf8.n; i++) n += ((unsigned char)utf8.p[i] & 0xc0) != 0x80;
    return n;
}

static enum err read_member(struct edge_request *out, struct str name, struct json value, struct arena *arena,
                            const char **problem)
{
    struct str text = { "", 0 };
    bool is_text = json_str(value, &text);
    text = arena_copy(arena, text);
    if (str_eq(name, STR("headers"))) return read_headers(out, value, arena);
    if (str_eq(name, STR("tags"))) return read_tags(out, value, arena);
    if (str_eq(name, STR("method"))) {
        out->method = text;
        return text.n > 0 && text.n <= EDGE_METHOD_BYTES_MAX ? ERR_OK : ERR_MALFORMED;
    }
    if (str_eq(name, STR("url"))) {
        out->url = text;
        return text.n <= URL_BYTES_MAX ? read_url(out) : ERR_MALFORMED;
    }
    if (str_eq(name, STR("ipv4_address"))) return read_address(out, text, false);
    if (str_eq(name, STR("ipv6_address"))) return read_address(out, text, true);
    if (str_eq(name, STR("linked_id"))) {
        out->linked_id = text;
        out->has_linked_id = true;
        return is_text && characters(text) <= LINKED_ID_CHARS_MAX ? ERR_OK : ERR_MALFORMED;
    }
    struct json_out quoted; /* the name is the client's: it is quoted as JSON has it */
    json_out_init(&quoted, arena);
    json_out_str(&quoted, str_sub(name, 0, 64));
    *problem = arena_format(arena, "request body contains an unknown field %.*s", STR_ARG(json_out_text(&quoted))).p;
    return ERR_MALFORMED;
}

enum err edge_request_read(struct edge_request *out, struct json root, struct arena *arena, const char **problem)
{
    enum err e = ERR_OK;
    *out = (struct edge_request){ .headers = NULL };
    *problem = NULL;
    if (json_type(root) != JSON_OBJECT) return ERR_MALFORMED;
    for (struct json_each it = json_each(root); json_next(&it) && !e;)
        e = read_member(out, it.key, it.value, arena, problem);
    if (!e && (!out->headers_count || !out->method.n || !out->url.n)) e = ERR_MALFORMED;
    if (!e && !out->has_v4 && !out->has_v6) {
        *problem = "at least one of ipv4_address or ipv6_address is required";
        e = ERR_MALFORMED;
    }
    return !e && arena->failed ? ERR_NO_MEMORY : e;
}

/* ---- the event ---- */

struct edging {
    struct identify id;
    struct request as_received; /* the request there, in the form of one here */
    struct task task;
    struct reply reply;
    enum err result;
};

/* On the loop's thread again. */
static void finish(struct task *task)
{
    struct edging *g = (struct edging *)((char *)task - offsetof(struct edging, task));
    struct json_out out;
    if (g->result) {
        reply_error(&g->reply, g->result, NULL);
        return;
    }
    json_out_init(&out, g->reply.req->arena);
    json_out_open(&out, '{');
    render_event(&out, DIALECT_V4, &g->id.event);
    json_out_close(&out, '}');
    if (out.failed) reply_error(&g->reply, ERR_NO_MEMORY, NULL);
    else reply_json(&g->reply, 200, json_out_text(&out));
}

/* On the store's commit thread. */
static void stored(struct identify *id, enum err result)
{
    struct edging *g = id->context;
    g->result = result;
    g->task.run = finish;
    loop_post(g->reply.req->loop, &g->task);
}

/* What is known of the second address, as v4's ip_info has it. */
static enum err look_up_other(struct identify *id, const struct address *address)
{
    struct identify *other = ARENA_NEW(id->arena, struct identify);
    struct json_out out;
    if (!other) return ERR_NO_MEMORY;
    *other = (struct identify){ .shared = id->shared, .req = id->req, .arena = id->arena, .client = *address,
                                .workspace = id->workspace, .now_ms = id->now_ms };
    enum err e = edge_event_look(other);
    json_out_init(&out, id->arena);
    if (!e) render_ip_family_v4(&out, &other->event);
    if (!e && out.failed) e = ERR_NO_MEMORY;
    if (!e) SET(id, ip_info_other, json_out_text(&out));
    return e;
}

static enum err start(struct edging *g, const struct edge_request *r)
{
    struct identify *id = &g->id;
    g->as_received = (struct request){
        .arena = id->arena, .method = r->method, .target = r->target, .path = r->path, .query = r->query,
        .version = HTTP_1_1, .headers = r->headers, .headers_count = r->headers_count, .tls = r->https,
    };
    if (!request_header(&g->as_received, STR("Host")).p) g->as_received.authority = r->authority;
    id->req = &g->as_received;
    id->https = r->https;
    id->client = r->has_v4 ? r->v4 : r->v6;
    enum err e = edge_event_look(id);
    if (!e && r->has_v4 && r->has_v6) e = look_up_other(id, &r->v6);
    SET(id, url, r->url);
    if (r->has_linked_id) SET(id, linked_id, r->linked_id);
    if (r->has_tags) SET(id, tag, r->tags);
    return e ? e : edge_event_store(id);
}

void v4_edge(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    struct edging *g = ARENA_NEW(req->arena, struct edging);
    struct json_parser *parser = app->parser[loop_index(req->loop)];
    struct edge_request r;
    struct json root;
    const struct api_key *key;
    const char *problem = NULL;
    (void)tail;
    enum err e = auth_bearer(app, req, &key);
    if (!e && !g) e = ERR_NO_MEMORY;
    if (!e) e = json_parse(parser, req->body, &root);
    if (!e) e = edge_request_read(&r, root, req->arena, &problem);
    if (!e) {
        g->reply = reply;
        g->id = (struct identify){ .shared = &app->identify, .arena = req->arena, .workspace = key->workspace,
                                   .environment = key->environment, .done = stored, .context = g };
        e = app_now_ms(app, req, &g->id.now_ms);
        if (!e) e = start(g, &r);
    }
    if (e != ERR_PENDING) reply_error(&reply, e, problem);
}
