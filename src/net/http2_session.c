/* http2_session - nghttp2 and its callbacks: frames into streams, answers into frames. See
 * http2_conn.h.
 *
 * Windows. The connection's is given back as bytes arrive. A stream's starts at HTTP2_WINDOW_BYTES,
 * which an ordinary body never fills; a larger one needs a place (HTTP2_LARGE_BODIES_MAX) and gets
 * the whole rest at once, so whoever has begun can finish, and the others wait without a deadlock.
 * What waits for a place has no deadline: the places' holders have.
 *
 * Built into Debian's nghttp2 1.52 (deb12u3) besides: stream resets (burst 1,000, 33 a second),
 * CONTINUATION frames (we set our own number), SETTINGS entries (32), header block of 64 kB,
 * acknowledgements in the queue (ours). Priorities (RFC 7540 5.3, obsolete) are switched off, and
 * with them the tree of dependencies.
 */
#include "net/http2_conn.h"

#include "base/json_in.h"
#include "net/answer.h"
#include "net/conn.h"
#include "net/http2_head.h"

#include <assert.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- nghttp2's memory, counted ---- */

static bool may_grow(const struct http2_conn *h, size_t bytes)
{
    return bytes <= HTTP2_SESSION_BYTES_MAX && h->memory_bytes <= HTTP2_SESSION_BYTES_MAX - bytes;
}

static void *counted_malloc(size_t bytes, void *context)
{
    struct http2_conn *h = context;
    void *p = may_grow(h, bytes) ? malloc(bytes) : NULL;
    if (p) h->memory_bytes += malloc_usable_size(p);
    return p;
}

static void counted_free(void *p, void *context)
{
    struct http2_conn *h = context;
    if (p) h->memory_bytes -= malloc_usable_size(p);
    free(p);
}

static void *counted_calloc(size_t count, size_t bytes, void *context)
{
    struct http2_conn *h = context;
    bool fits = bytes == 0 || count <= HTTP2_SESSION_BYTES_MAX / bytes;
    void *p = fits && may_grow(h, count * bytes) ? calloc(count, bytes) : NULL;
    if (p) h->memory_bytes += malloc_usable_size(p);
    return p;
}

static void *counted_realloc(void *old, size_t bytes, void *context)
{
    struct http2_conn *h = context;
    size_t before = old ? malloc_usable_size(old) : 0;
    if (bytes > before && !may_grow(h, bytes - before)) return NULL;
    void *p = realloc(old, bytes);
    if (p) h->memory_bytes += malloc_usable_size(p) - before;
    return p;
}

/* ---- streams ---- */

struct exchange *http2_exchange_of(struct http2_stream *stream)
{
    return (struct exchange *)(void *)((char *)stream - offsetof(struct exchange, stream));
}

struct http2_stream *http2_stream_of(struct request *req)
{
    return &exchange_of(req)->stream;
}

void http2_ready(struct http2_conn *h, struct http2_stream *stream)
{
    if (stream->state == HTTP2_READY) return;
    stream->state = HTTP2_READY;
    stream->ready_next = NULL;
    if (h->ready_last) h->ready_last->ready_next = stream;
    else h->ready_first = stream;
    h->ready_last = stream;
}

void http2_unready(struct http2_conn *h, struct http2_stream *stream)
{
    struct http2_stream *before = NULL;
    for (struct http2_stream *s = h->ready_first; s; before = s, s = s->ready_next) {
        if (s != stream) continue;
        if (before) before->ready_next = s->ready_next;
        else h->ready_first = s->ready_next;
        if (h->ready_last == s) h->ready_last = before;
        return;
    }
}

/* As large a window as the rest of a body may need, and one byte more to notice a larger one. Again
 * with later data: when the client acknowledges our SETTINGS, the windows of streams that it began
 * before shrink. */
static void open_window(struct http2_conn *h, const struct http2_stream *stream)
{
    int32_t left = nghttp2_session_get_stream_local_window_size(h->session, stream->id);
    int32_t want = (int32_t)(BODY_BYTES_MAX + 1 - stream->body_bytes);
    if (left <= HTTP2_WINDOW_BYTES && left < want)
        nghttp2_submit_window_update(h->session, NGHTTP2_FLAG_NONE, stream->id, want - left);
}

static void give_place(struct http2_conn *h, struct http2_stream *stream)
{
    stream->wants_large = false;
    stream->large = true;
    h->large_count++;
    open_window(h, stream);
}

static void give_places(struct conn *conn)
{
    struct http2_conn *h = conn->http2;
    for (struct http2_stream *s = h->first; s && h->large_count < HTTP2_LARGE_BODIES_MAX;
         s = s->next) {
        if (!s->wants_large || s->state != HTTP2_BODY || s->id == 0) continue;
        give_place(h, s);
        loop_deadline(conn->loop, &s->deadline,
                      loop_body_deadline(conn->loop, http2_exchange_of(s)->req.path));
    }
}

static void want_place(struct conn *conn, struct http2_stream *stream)
{
    if (stream->large || stream->wants_large) return;
    stream->wants_large = true;
    loop_deadline(conn->loop, &stream->deadline, DEADLINE_NONE);
    give_places(conn);
}

static void drop_body(struct conn *conn, struct http2_stream *stream)
{
    if (stream->pooled) loop_buffer_give(conn->loop, stream->body);
    else free(stream->body);
    stream->body = NULL;
    stream->body_bytes = stream->body_capacity = 0;
    stream->pooled = stream->wants_large = false;
}

void http2_stream_empty(struct conn *conn, struct http2_stream *stream)
{
    struct http2_conn *h = conn->http2;
    bool had_place = stream->large;
    drop_body(conn, stream);
    stream->large = false;
    free(stream->copied);
    h->answers_bytes -= stream->copied_bytes;
    stream->copied = NULL;
    stream->copied_bytes = 0;
    stream->out = (struct str){ NULL, 0 };
    if (had_place) h->large_count--;
    if (had_place && h->session) give_places(conn);
}

void http2_stream_free(struct conn *conn, struct http2_stream *stream)
{
    struct http2_conn *h = conn->http2;
    http2_unready(h, stream);
    if (h->heading == stream) h->heading = NULL;
    loop_deadline(conn->loop, &stream->deadline, DEADLINE_NONE);
    if (stream->prev) stream->prev->next = stream->next;
    else h->first = stream->next;
    if (stream->next) stream->next->prev = stream->prev;
    else h->last = stream->prev;
    h->streams_count--;
    stream->state = HTTP2_WRITING; /* give_places must not choose it */
    http2_stream_empty(conn, stream);
    exchange_give(conn->loop, http2_exchange_of(stream));
}

static struct http2_stream *stream_create(struct conn *conn, int32_t id)
{
    struct http2_conn *h = conn->http2;
    struct exchange *exchange = exchange_take(conn->loop);
    if (!exchange) return NULL;
    exchange_begin(exchange, conn);
    exchange->req.version = HTTP_2;
    exchange->req.headers = exchange->headers;
    struct http2_stream *stream = &exchange->stream;
    stream->id = id;
    deadline_init(&stream->deadline);
    stream->deadline.of_stream = true;
    stream->prev = h->last;
    if (h->last) h->last->next = stream;
    else h->first = stream;
    h->last = stream;
    h->streams_count++;
    return stream;
}

/* ---- the body ---- */

static bool body_room(struct loop *loop, struct http2_stream *stream, size_t need)
{
    size_t capacity = LOOP_BUFFER_BYTES;
    if (need <= stream->body_capacity) return true;
    while (capacity < need) capacity *= 2;
    bool pooled = capacity == LOOP_BUFFER_BYTES;
    char *p = pooled ? loop_buffer_take(loop) : malloc(capacity + JSON_PADDING);
    if (!p) return false;
    if (stream->body_bytes > 0) memcpy(p, stream->body, stream->body_bytes);
    if (stream->pooled) loop_buffer_give(loop, stream->body);
    else free(stream->body);
    stream->body = p;
    stream->body_capacity = capacity;
    stream->pooled = pooled;
    return true;
}

static void add_to_body(struct conn *conn, struct http2_stream *stream, struct str data)
{
    if (stream->body_bytes + data.n > BODY_BYTES_MAX)
        http2_refuse_later(stream, ERR_BODY_TOO_LARGE, "the request body is too large");
    else if (!body_room(conn->loop, stream, stream->body_bytes + data.n))
        http2_refuse_later(stream, ERR_NO_MEMORY, "there is no memory for the request body");
    if (stream->problem) {
        http2_ready(conn->http2, stream);
        return;
    }
    memcpy(stream->body + stream->body_bytes, data.p, data.n);
    stream->body_bytes += data.n;
    if (stream->large) open_window(conn->http2, stream);
    else if (stream->body_bytes > HTTP2_WINDOW_BYTES / 2 && !stream->has_length)
        want_place(conn, stream);
}

/* ---- callbacks: requests ---- */

static void *stream_data(nghttp2_session *session, int32_t id)
{
    return nghttp2_session_get_stream_user_data(session, id);
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
    struct conn *conn = context;
    struct http2_conn *h = conn->http2;
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0; /* trailers: the body's deadline */
    struct http2_stream *stream = NULL;
    uint32_t error = NGHTTP2_REFUSED_STREAM;
    if (h->streams_count < HTTP2_STREAMS_MAX) {
        stream = stream_create(conn, frame->hd.stream_id);
        error = NGHTTP2_INTERNAL_ERROR;
    }
    if (!stream) {
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, error);
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, stream);
    h->heading = stream;
    conn_deadline(conn, DEADLINE_HEAD); /* which ends the idle one */
    return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_bytes, const uint8_t *value, size_t value_bytes, uint8_t flags,
                     void *context)
{
    struct http2_stream *stream = stream_data(session, frame->hd.stream_id);
    (void)flags, (void)context;
    if (!stream || stream->state != HTTP2_HEAD) return 0; /* trailers are dropped, as in HTTP/1.1 */
    http2_head_add(http2_exchange_of(stream), (struct str){ (const char *)name, name_bytes },
                   (struct str){ (const char *)value, value_bytes });
    return 0;
}

/* nghttp2 would leave the field out; RFC 9113 8.2.1 calls the request malformed. */
static int on_invalid_header(nghttp2_session *session, const nghttp2_frame *frame,
                             const uint8_t *name, size_t name_bytes, const uint8_t *value,
                             size_t value_bytes, uint8_t flags, void *context)
{
    (void)session, (void)frame, (void)name, (void)name_bytes;
    (void)value, (void)value_bytes, (void)flags, (void)context;
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static void print_into(struct conn *conn, struct http2_stream *stream)
{
    struct http2_conn *h = conn->http2;
    struct exchange *exchange = http2_exchange_of(stream);
    if (h->print_bytes == 0) h->print_bytes = http2_print_write(h->print, &h->watch.print);
    if (h->print_bytes == 0) return;
    exchange->req.http2 = arena_format(&exchange->arena, "%.*s%.*s", (int)h->print_bytes, h->print,
                                       (int)stream->pseudo_bytes, stream->pseudo);
}

static void begin_body(struct conn *conn, struct http2_stream *stream)
{
    static const nghttp2_nv go_on = { (uint8_t *)(uintptr_t)":status", (uint8_t *)(uintptr_t)"100",
                                      7, 3, NGHTTP2_NV_FLAG_NONE };
    struct http2_conn *h = conn->http2;
    stream->state = HTTP2_BODY;
    loop_deadline(conn->loop, &stream->deadline,
                  loop_body_deadline(conn->loop, http2_exchange_of(stream)->req.path));
    if (stream->has_length && stream->length > HTTP2_WINDOW_BYTES) want_place(conn, stream);
    if (stream->expect_continue)
        nghttp2_submit_headers(h->session, NGHTTP2_FLAG_NONE, stream->id, NULL, &go_on, 1, NULL);
}

static void end_of_head(struct conn *conn, struct http2_stream *stream, bool no_body)
{
    struct http2_conn *h = conn->http2;
    h->heading = NULL;
    http2_head_end(http2_exchange_of(stream));
    print_into(conn, stream);
    if (no_body || stream->problem) http2_ready(h, stream);
    else begin_body(conn, stream);
}

static void end_of_body(struct conn *conn, struct http2_stream *stream)
{
    if (stream->state != HTTP2_BODY) return; /* refused before */
    loop_deadline(conn->loop, &stream->deadline, DEADLINE_NONE);
    if (body_room(conn->loop, stream, stream->body_bytes ? stream->body_bytes : 1)) {
        http2_exchange_of(stream)->req.body = (struct str){ stream->body, stream->body_bytes };
    } else {
        http2_refuse_later(stream, ERR_NO_MEMORY, "there is no memory for the request body");
    }
    http2_ready(conn->http2, stream);
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
    struct conn *conn = context;
    bool ends = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
    struct http2_stream *stream = stream_data(session, frame->hd.stream_id);
    if (!stream) return 0;
    if (stream->state == HTTP2_HEAD) end_of_head(conn, stream, ends);
    else if (ends) end_of_body(conn, stream);
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
                   size_t n, void *context)
{
    struct conn *conn = context;
    struct http2_stream *stream = stream_data(session, id);
    (void)flags;
    nghttp2_session_consume_connection(session, n);
    if (stream && stream->state == HTTP2_BODY)
        add_to_body(conn, stream, (struct str){ (const char *)data, n });
    return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t error, void *context)
{
    struct conn *conn = context;
    struct http2_stream *stream = stream_data(session, id);
    (void)error;
    if (!stream) return 0;
    stream->id = 0;
    if (stream->state != HTTP2_HELD) http2_stream_free(conn, stream);
    return 0;
}

/* ---- callbacks: answers ---- */

static int on_frame_sent(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
    struct conn *conn = context;
    struct http2_conn *h = conn->http2;
    int32_t id = frame->hd.stream_id;
    uint32_t error;
    switch (frame->hd.type) {
    case NGHTTP2_RST_STREAM:
        error = frame->rst_stream.error_code;
        if (error != NGHTTP2_NO_ERROR && error != NGHTTP2_REFUSED_STREAM &&
            error != NGHTTP2_CANCEL)
            http2_watch_mistake(&h->watch, loop_now_ms(conn->loop)); /* http2_advance looks */
        return 0;
    case NGHTTP2_DATA: http2_watch_sent(&h->watch, frame->hd.length); break;
    case NGHTTP2_HEADERS: break;
    default: return 0;
    }
    if (!(frame->hd.flags & NGHTTP2_FLAG_END_STREAM)) return 0;
    http2_watch_served(&h->watch);
    /* RFC 9113 8.1: answered before the request was complete; the rest is not wanted */
    if (nghttp2_session_get_stream_remote_close(session, id) == 0)
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR);
    return 0;
}

static ssize_t read_answer(nghttp2_session *session, int32_t id, uint8_t *p, size_t n,
                           uint32_t *flags, nghttp2_data_source *source, void *context)
{
    struct http2_stream *stream = source->ptr;
    (void)session, (void)id, (void)context;
    if (n > stream->out.n) n = stream->out.n;
    if (n > 0) memcpy(p, stream->out.p, n);
    stream->out = str_sub(stream->out, n, stream->out.n);
    if (stream->out.n == 0) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)n;
}

static bool is_one_line(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == 0) return false;
    return true;
}

static nghttp2_nv field(struct str name, struct str value)
{
    assert(is_one_line(value));
    return (nghttp2_nv){ (uint8_t *)(uintptr_t)name.p, (uint8_t *)(uintptr_t)value.p, name.n,
                         value.n, NGHTTP2_NV_FLAG_NONE };
}

/* RFC 9113 8.2: names are lower-case on the wire. */
static struct str lower(struct arena *arena, struct str name)
{
    char *p = arena_alloc(arena, name.n);
    if (!p) return (struct str){ NULL, 0 };
    for (size_t i = 0; i < name.n; i++)
        p[i] = name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] + 32) : name.p[i];
    return (struct str){ p, name.n };
}

bool http2_submit(struct conn *conn, struct http2_stream *stream, const struct response *response)
{
    struct exchange *exchange = http2_exchange_of(stream);
    struct arena *arena = &exchange->arena;
    bool has_body = answer_has_body(response->status);
    char status[4], length[24];
    assert(response->status >= 200 && response->status <= 599);
    nghttp2_nv *fields = arena_alloc(arena, (response->headers_count + 3) * sizeof *fields);
    size_t count = 0;
    if (!fields) return false;
    snprintf(status, sizeof status, "%d", response->status);
    int length_bytes = snprintf(length, sizeof length, "%zu", response->body.n);
    fields[count++] = field(STR(":status"), (struct str){ status, 3 });
    fields[count++] = field(STR("date"), loop_date(conn->loop));
    for (size_t i = 0; i < response->headers_count; i++) {
        struct str name = lower(arena, response->headers[i].name);
        if (arena->failed) return false;
        fields[count++] = field(name, response->headers[i].value);
    }
    if (has_body)
        fields[count++] = field(STR("content-length"), (struct str){ length, (size_t)length_bytes });
    if (has_body && !str_eq(exchange->req.method, STR("HEAD"))) stream->out = response->body;
    nghttp2_data_provider provider = { { .ptr = stream }, read_answer };
    return nghttp2_submit_response(conn->http2->session, stream->id, fields, count,
                                   stream->out.n > 0 ? &provider : NULL) == 0;
}

/* ---- the session ---- */

static nghttp2_session *create(struct conn *conn)
{
    struct http2_conn *h = conn->http2;
    nghttp2_session *session = NULL;
    nghttp2_session_callbacks *calls = NULL;
    nghttp2_option *option = NULL;
    if (nghttp2_session_callbacks_new(&calls) == 0 && nghttp2_option_new(&option) == 0) {
        nghttp2_session_callbacks_set_on_begin_headers_callback(calls, on_begin_headers);
        nghttp2_session_callbacks_set_on_header_callback(calls, on_header);
        nghttp2_session_callbacks_set_on_invalid_header_callback(calls, on_invalid_header);
        nghttp2_session_callbacks_set_on_frame_recv_callback(calls, on_frame);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, on_data);
        nghttp2_session_callbacks_set_on_stream_close_callback(calls, on_stream_close);
        nghttp2_session_callbacks_set_on_frame_send_callback(calls, on_frame_sent);
        nghttp2_option_set_no_auto_window_update(option, 1);
        nghttp2_option_set_max_continuations(option, HTTP2_CONTINUATIONS_MAX);
        nghttp2_option_set_max_outbound_ack(option, HTTP2_ACKS_MAX);
        if (nghttp2_session_server_new3(&session, calls, conn, option, &h->memory) != 0)
            session = NULL;
    }
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(calls);
    return session;
}

bool http2_session_open(struct conn *conn)
{
    static const nghttp2_settings_entry ours[] = {
        { NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, HTTP2_STREAMS_MAX },
        { NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, HTTP2_WINDOW_BYTES },
        { NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HTTP2_HEADER_LIST_BYTES_MAX },
        { NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1 },
    };
    struct http2_conn *h = conn->http2;
    h->memory = (nghttp2_mem){ h, counted_malloc, counted_free, counted_calloc, counted_realloc };
    h->session = create(conn);
    return h->session &&
           nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, ours, COUNT_OF(ours)) == 0 &&
           nghttp2_session_set_local_window_size(h->session, NGHTTP2_FLAG_NONE, 0,
                                                 HTTP2_CONNECTION_WINDOW_BYTES) == 0;
}

void http2_session_close(struct http2_conn *h)
{
    nghttp2_session *session = h->session;
    h->session = NULL;
    nghttp2_session_del(session);
    assert(h->memory_bytes == 0);
}
