/* http2_head - see http2_head.h. */
#include "net/http2_head.h"

#include <assert.h>

enum { FIELD_BYTES = 32 }; /* what RFC 9113 6.5.2 counts for each field */

void http2_refuse_later(struct http2_stream *stream, enum err e, const char *detail)
{
    if (stream->problem) return;
    stream->problem = e;
    stream->detail = detail;
}

/* ---- pseudo-headers ---- */

static void set_path(struct exchange *exchange, struct str value)
{
    struct request *req = &exchange->req;
    if (value.n > TARGET_BYTES_MAX)
        http2_refuse_later(&exchange->stream, ERR_TARGET_TOO_LONG,
                           "the request target is too long");
    req->target = arena_copy(&exchange->arena, str_sub(value, 0, TARGET_BYTES_MAX));
    size_t mark = str_find_char(req->target, '?', 0);
    req->path = str_sub(req->target, 0, mark);
    if (mark != SIZE_MAX) req->query = str_sub(req->target, mark + 1, req->target.n);
}

static void add_pseudo(struct exchange *exchange, struct str name, struct str value)
{
    struct http2_stream *stream = &exchange->stream;
    struct request *req = &exchange->req;
    if (stream->pseudo_bytes + 2u < sizeof stream->pseudo) {
        if (stream->pseudo_bytes > 0) stream->pseudo[stream->pseudo_bytes++] = ',';
        stream->pseudo[stream->pseudo_bytes++] = name.p[1];
    }
    if (str_eq(name, STR(":method"))) req->method = arena_copy(&exchange->arena, value);
    else if (str_eq(name, STR(":path"))) set_path(exchange, value);
    else if (str_eq(name, STR(":authority"))) req->authority = arena_copy(&exchange->arena, value);
    else if (str_eq(name, STR(":scheme"))) stream->scheme = arena_copy(&exchange->arena, value);
}

/* ---- other fields ---- */

/* One line "a=1; b=2" at the place of the first crumb. Room grows by doubling: the limit of the
 * whole list would allow some hundred crumbs. */
static void add_crumb(struct exchange *exchange, struct str crumb)
{
    struct http2_stream *stream = &exchange->stream;
    struct str *line = &stream->cookie->value;
    size_t need = line->n + 2 + crumb.n;
    if (need > stream->cookie_bytes) {
        char *grown = arena_alloc(&exchange->arena, need * 2);
        if (!grown) {
            http2_refuse_later(stream, ERR_NO_MEMORY, "the headers need too much memory");
            return;
        }
        if (line->n > 0) memcpy(grown, line->p, line->n);
        line->p = grown;
        stream->cookie_bytes = need * 2;
    }
    char *at = (char *)(uintptr_t)line->p; /* ours: copied or grown */
    memcpy(at + line->n, "; ", 2);
    if (crumb.n > 0) memcpy(at + line->n + 2, crumb.p, crumb.n);
    line->n = need;
}

static void note_field(struct http2_stream *stream, const struct header *header)
{
    if (str_eq(header->name, STR("host"))) {
        if (stream->host.p)
            http2_refuse_later(stream, ERR_BAD_REQUEST, "more than one Host header");
        stream->host = header->value;
    } else if (str_eq(header->name, STR("expect"))) {
        stream->expect_continue = str_eq_nocase(header->value, STR("100-continue"));
        if (!stream->expect_continue)
            http2_refuse_later(stream, ERR_EXPECTATION, "only 100-continue can be expected");
    } else if (str_eq(header->name, STR("content-length"))) {
        stream->has_length = str_to_u64(header->value, &stream->length);
        if (!stream->has_length || stream->length > BODY_BYTES_MAX)
            http2_refuse_later(stream, ERR_BODY_TOO_LARGE, "the request body is too large");
    } else if (str_eq(header->name, STR("transfer-encoding"))) {
        /* nghttp2 refuses it; should a version not, a body must not be framed in two ways */
        http2_refuse_later(stream, ERR_BAD_REQUEST, "HTTP/2 has no transfer codings");
    }
}

static void add_field(struct exchange *exchange, struct str name, struct str value)
{
    struct http2_stream *stream = &exchange->stream;
    struct request *req = &exchange->req;
    bool is_cookie = str_eq(name, STR("cookie"));
    if (is_cookie && stream->cookie) {
        add_crumb(exchange, value);
        return;
    }
    if (req->headers_count == HEADERS_MAX) {
        http2_refuse_later(stream, ERR_HEAD_TOO_LARGE, "too many header lines");
        return;
    }
    struct header *header = &req->headers[req->headers_count++];
    *header = (struct header){ arena_copy(&exchange->arena, name),
                               arena_copy(&exchange->arena, value) };
    if (is_cookie) stream->cookie = header;
    note_field(stream, header);
}

void http2_head_add(struct exchange *exchange, struct str name, struct str value)
{
    struct http2_stream *stream = &exchange->stream;
    assert(name.n > 0);
    stream->list_bytes += name.n + value.n + FIELD_BYTES;
    if (stream->list_bytes > HTTP2_HEADER_LIST_BYTES_MAX)
        http2_refuse_later(stream, ERR_HEAD_TOO_LARGE, "the request headers are too large");
    if (stream->problem == ERR_HEAD_TOO_LARGE) return;
    if (name.p[0] == ':') add_pseudo(exchange, name, value);
    else add_field(exchange, name, value);
}

/* ---- the whole ---- */

static void check_target(struct http2_stream *stream, const struct request *req)
{
    struct str target = req->target;
    bool is_star = str_eq(target, STR("*")) && str_eq(req->method, STR("OPTIONS"));
    if (!is_star && (target.n == 0 || target.p[0] != '/')) /* CONNECT has none */
        http2_refuse_later(stream, ERR_BAD_REQUEST, "the request target is not a path");
    else if (!http1_target_chars_ok(target))
        http2_refuse_later(stream, ERR_BAD_REQUEST,
                           "the request target holds a forbidden character");
    if (!str_eq(stream->scheme, STR("http")) && !str_eq(stream->scheme, STR("https")))
        http2_refuse_later(stream, ERR_BAD_REQUEST, "the scheme is neither http nor https");
}

/* RFC 9113 8.3.1: they must not name different sites, and user names have no place there. */
static void check_authority(struct http2_stream *stream, const struct request *req)
{
    if (req->authority.n > 0 && stream->host.p && !str_eq_nocase(req->authority, stream->host))
        http2_refuse_later(stream, ERR_BAD_REQUEST, "Host and :authority name different hosts");
    if (str_find_char(req->authority, '@', 0) != SIZE_MAX ||
        str_find_char(stream->host, '@', 0) != SIZE_MAX)
        http2_refuse_later(stream, ERR_BAD_REQUEST, "the authority is not a host");
}

void http2_head_end(struct exchange *exchange)
{
    struct http2_stream *stream = &exchange->stream;
    const struct request *req = &exchange->req;
    check_target(stream, req);
    check_authority(stream, req);
    if (exchange->arena.failed) http2_refuse_later(stream, ERR_NO_MEMORY, "the headers need too much memory");
}
