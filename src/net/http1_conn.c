/* http1_conn - see http1_conn.h.
 *
 * Everything that happens to a connection ends in http1_advance: it takes steps as long as there is
 * something to do with the bytes at hand, and then settles what to wait for (reading, deadline). A
 * step never calls http1_advance's loop again, however the application answers, so fifty requests
 * in one packet are fifty turns of a loop and not fifty stack frames.
 *
 * Where a body lies: behind its head in the read buffer when head and body fit (almost always, and
 * then nothing is copied); otherwise in memory of its own, into which the rest is read directly.
 * Chunked bodies are unpacked in the read buffer and collected from there.
 */
#include "net/http1_conn.h"

#include "base/json_in.h"
#include "base/metrics.h"
#include "net/answer.h"
#include "net/conn.h"
#include "net/tls.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/ioctl.h>

static void http1_advance(struct conn *conn);

/* ---- memory ---- */

static void give_buffer(struct conn *conn)
{
    struct http1_conn *h = &conn->http1;
    if (h->in) loop_buffer_give(conn->loop, h->in);
    h->in = NULL;
    h->from = h->end = 0;
}

/* Lets go of the current request, if there is one, and steps over its bytes. */
static void drop_request(struct conn *conn)
{
    struct http1_conn *h = &conn->http1;
    if (h->exchange) exchange_give(conn->loop, h->exchange);
    h->exchange = NULL;
    free(h->body);
    h->body = NULL;
    h->body_bytes = h->body_capacity = 0;
    h->from += h->taken;
    h->taken = h->scanned = 0;
    if (h->from == h->end) h->from = h->end = 0;
}

static void drop_all(struct conn *conn)
{
    drop_request(conn);
    give_buffer(conn);
}

static struct exchange *take_exchange(struct conn *conn)
{
    struct exchange *exchange = exchange_take(conn->loop);
    if (exchange) exchange->head = (struct http1_head){ .headers = exchange->headers };
    return exchange;
}

/* ---- answering ---- */

static enum conn_sent write_answer(struct conn *conn, const struct response *response, bool close)
{
    const struct http1_head *head = &conn->http1.exchange->head;
    bool no_body = str_eq(head->method, STR("HEAD")) || !answer_has_body(response->status);
    enum answer_connection connection = close                       ? ANSWER_CLOSE
                                        : head->version == HTTP_1_0 ? ANSWER_KEEP_ALIVE
                                                                    : ANSWER_SILENT;
    char space[2048], *p = space;
    size_t bytes_max = answer_bytes_max(response);
    if (bytes_max > sizeof space) p = malloc(bytes_max);
    if (!p) {
        conn_close(conn);
        return CONN_GONE;
    }
    size_t n = answer_write(p, response, loop_date(conn->loop), connection);
    enum conn_sent sent = conn_write(conn, (struct str){ p, n },
                                     no_body ? (struct str){ NULL, 0 } : response->body);
    if (p != space) free(p);
    return sent;
}

/* The answer is with the kernel. */
static void answered(struct conn *conn)
{
    conn->http1.state = conn->http1.close_after ? HTTP1_DONE : HTTP1_HEAD;
    if (conn->http1.close_after) conn_linger(conn);
}

static void http1_answer(struct conn *conn, struct request *req, const struct response *response)
{
    struct http1_conn *h = &conn->http1;
    assert(h->state == HTTP1_WAITING && h->exchange && req == &h->exchange->req);
    enum conn_sent sent = CONN_GONE;
    exchange_count(response->status); /* before a client can look whether it was */
    if (!conn->closing) {
        h->close_after = response->close || !h->exchange->head.keep_alive || conn->loop->stopping;
        sent = write_answer(conn, response, h->close_after);
    }
    drop_request(conn);
    h->served = true;
    if (sent == CONN_SENT) answered(conn);
    if (sent == CONN_WAITS) h->state = HTTP1_WRITING;
    if (conn->closing) {
        give_buffer(conn);
        conn_release(conn); /* conn may be gone now */
        return;
    }
    conn->waiting--;
    http1_advance(conn);
}

static void fill_request(struct conn *conn, struct exchange *exchange)
{
    const struct http1_head *head = &exchange->head;
    struct request *req = &exchange->req;
    exchange_begin(exchange, conn);
    req->method = head->method;
    req->target = head->target;
    req->path = head->path;
    req->query = head->query;
    req->version = head->version;
    req->headers = head->headers;
    req->headers_count = head->headers_count;
}

/* Answers with what the application makes of e, and closes. */
static void refuse(struct conn *conn, enum err e, const char *detail)
{
    struct http1_conn *h = &conn->http1;
    const struct server_config *config = &conn->loop->config;
    if (!h->exchange) h->exchange = take_exchange(conn);
    if (!h->exchange) {
        conn_close(conn);
        return;
    }
    metric_add(METRIC_requests_bad_total, 1);
    fill_request(conn, h->exchange);
    struct response response = { .status = err_info(e)->status };
    h->state = HTTP1_WAITING;
    conn->waiting++;
    config->on_refused(config->app, &h->exchange->req, e, detail, &response);
    response.close = true;
    http1_answer(conn, &h->exchange->req, &response);
}

/* ---- reading; each returns whether there may be more to do ---- */

static bool dispatch(struct conn *conn, struct str body)
{
    struct http1_conn *h = &conn->http1;
    const struct server_config *config = &conn->loop->config;
    h->exchange->req.body = body;
    h->state = HTTP1_WAITING;
    conn->waiting++;
    conn_deadline(conn, DEADLINE_NONE);
    config->on_request(config->app, &h->exchange->req);
    return h->state == HTTP1_HEAD;
}

static bool body_grow(struct http1_conn *h, size_t need)
{
    size_t capacity = h->body_capacity ? h->body_capacity : LOOP_BUFFER_BYTES;
    while (capacity < need) capacity *= 2;
    if (h->body && capacity == h->body_capacity) return true;
    char *grown = realloc(h->body, capacity + JSON_PADDING);
    if (!grown) return false;
    h->body = grown;
    h->body_capacity = capacity;
    return true;
}

/* A body that is too large for the read buffer gets memory of its own, for the rest to be read
 * into. */
static bool move_body_out(struct http1_conn *h)
{
    const struct http1_head *head = &h->exchange->head;
    size_t at = h->from + head->bytes, arrived = h->end - at;
    h->body = malloc((size_t)head->body_bytes + JSON_PADDING);
    if (!h->body) return false;
    if (arrived > 0) memcpy(h->body, h->in + at, arrived);
    h->body_bytes = arrived;
    h->end = at;
    return true;
}

static bool begin_body(struct conn *conn)
{
    struct http1_conn *h = &conn->http1;
    const struct http1_head *head = &h->exchange->head;
    bool arrived = h->end > h->from + head->bytes;
    h->taken = head->bytes;
    if (head->body == HTTP1_BODY_NONE) return dispatch(conn, (struct str){ NULL, 0 });
    if (head->body == HTTP1_BODY_CHUNKED) {
        h->state = HTTP1_CHUNKS;
        h->chunks = (struct http1_chunks){ 0 };
    } else {
        h->state = HTTP1_BODY;
        if (h->from + head->bytes + head->body_bytes <= LOOP_BUFFER_BYTES) {
            h->taken += (size_t)head->body_bytes;
        } else if (!move_body_out(h)) {
            conn_close(conn);
            return false;
        }
    }
    if (head->expect_continue && !arrived &&
        conn_write(conn, STR("HTTP/1.1 100 Continue\r\n\r\n"), (struct str){ NULL, 0 }) ==
            CONN_GONE)
        return false;
    return true;
}

/* Moves what has not been handled to the front of the buffer. Nothing may point into it. */
static void compact(struct http1_conn *h)
{
    memmove(h->in, h->in + h->from, h->end - h->from);
    h->end -= h->from;
    h->from = 0;
}

static bool read_head(struct conn *conn)
{
    struct http1_conn *h = &conn->http1;
    if (h->from == h->end) return false;
    struct exchange *exchange = take_exchange(conn);
    if (!exchange) {
        conn_close(conn);
        return false;
    }
    struct http1_head *head = &exchange->head;
    struct str bytes = { h->in + h->from, h->end - h->from };
    enum err e = http1_parse_head(head, bytes, &h->scanned);
    if (e == ERR_PENDING) {
        exchange_give(conn->loop, exchange);
        return false;
    }
    /* Behind other requests there may be too little room for a body. Rare: read the head again. */
    if (!e && h->from > 0 && head->body != HTTP1_BODY_NONE) {
        compact(h);
        h->scanned = 0;
        e = http1_parse_head(head, (struct str){ h->in, h->end }, &h->scanned);
        assert(!e);
    }
    h->exchange = exchange;
    fill_request(conn, exchange);
    if (!e) return begin_body(conn);
    refuse(conn, e, head->problem);
    return false;
}

static bool read_body(struct conn *conn)
{
    struct http1_conn *h = &conn->http1;
    const struct http1_head *head = &h->exchange->head;
    size_t n = (size_t)head->body_bytes;
    if (h->body)
        return h->body_bytes == n && dispatch(conn, (struct str){ h->body, n });
    return h->end - h->from >= h->taken &&
           dispatch(conn, (struct str){ h->in + h->from + head->bytes, n });
}

static bool read_chunks(struct conn *conn)
{
    struct http1_conn *h = &conn->http1;
    size_t at = h->from + h->exchange->head.bytes, data, used;
    enum err e = http1_parse_chunks(&h->chunks, h->in + at, h->end - at, &data, &used);
    if (e && e != ERR_PENDING) {
        refuse(conn, e, h->chunks.problem);
        return false;
    }
    if (!e) h->taken += used;
    if (!e && !h->body) return dispatch(conn, (struct str){ h->in + at, data });
    if (!body_grow(h, h->body_bytes + data)) {
        conn_close(conn);
        return false;
    }
    memcpy(h->body + h->body_bytes, h->in + at, data);
    h->body_bytes += data;
    if (!e) return dispatch(conn, (struct str){ h->body, h->body_bytes });
    h->end = at;
    return false;
}

/* ---- what to wait for ---- */

static void settle_head(struct conn *conn)
{
    struct http1_conn *h = &conn->http1;
    bool idle = h->from == h->end;
    if (idle) give_buffer(conn);
    if (conn->ended || (idle && conn->loop->stopping && h->served)) {
        conn_close(conn);
        return;
    }
    conn_deadline(conn, idle ? DEADLINE_IDLE : DEADLINE_HEAD);
    conn_read(conn, true);
}

static void settle(struct conn *conn)
{
    struct http1_conn *h = &conn->http1;
    switch (h->state) {
    case HTTP1_HEAD: settle_head(conn); break;
    case HTTP1_BODY:
    case HTTP1_CHUNKS:
        if (conn->ended) {
            conn_close(conn);
            break;
        }
        conn_deadline(conn, loop_body_deadline(conn->loop, h->exchange->head.path));
        conn_read(conn, true);
        break;
    case HTTP1_WRITING: conn_deadline(conn, DEADLINE_WRITE); /* fall through */
    case HTTP1_WAITING:
        /* Reading goes on until the client really sends ahead: that costs nothing, where pausing
         * costs system calls, and it notices when the client resets the connection. */
        conn_read(conn, h->end == h->from + h->taken && h->end < LOOP_BUFFER_BYTES);
        break;
    case HTTP1_DONE: give_buffer(conn); break;
    }
}

static void http1_advance(struct conn *conn)
{
    struct http1_conn *h = &conn->http1;
    bool more = !h->running;
    if (h->running) return;
    h->running = true;
    while (more && !conn->closing) {
        switch (h->state) {
        case HTTP1_HEAD: more = read_head(conn); break;
        case HTTP1_BODY: more = read_body(conn); break;
        case HTTP1_CHUNKS: more = read_chunks(conn); break;
        default: more = false; break;
        }
    }
    h->running = false;
    if (!conn->closing) settle(conn);
}

/* ---- the protocol's functions ---- */

static struct room http1_room(struct conn *conn)
{
    struct http1_conn *h = &conn->http1;
    if (h->state == HTTP1_BODY && h->body)
        return (struct room){ h->body + h->body_bytes,
                              (size_t)h->exchange->head.body_bytes - h->body_bytes };
    if (!h->in) h->in = loop_buffer_take(conn->loop);
    if (!h->in) return (struct room){ NULL, 0 };
    if (h->state == HTTP1_HEAD && h->from > 0) compact(h);
    return (struct room){ h->in + h->end, LOOP_BUFFER_BYTES - h->end };
}

/* HTTP/2 with prior knowledge (RFC 9113 3.3): the preface is made so that it is no request of
 * HTTP/1.x, and its first line decides; nghttp2 looks at the rest. */
static bool speaks_http2(const struct conn *conn)
{
    static const char first[] = "PRI * HTTP/2.0\r\n\r\n";
    const struct http1_conn *h = &conn->http1;
    size_t n = sizeof first - 1;
    return !conn->tls && !h->served && h->state == HTTP1_HEAD && h->from == 0 && h->end >= n &&
           memcmp(h->in, first, n) == 0;
}

static void become_http2(struct conn *conn)
{
    char *in = conn->http1.in;
    size_t n = conn->http1.end;
    conn->protocol = &http2_protocol;
    memset(&conn->http1, 0, sizeof conn->http1);
    conn->http2 = NULL;
    http2_take_over(conn, in, n);
}

static void http1_fed(struct conn *conn, size_t n)
{
    struct http1_conn *h = &conn->http1;
    if (h->state == HTTP1_BODY && h->body) h->body_bytes += n;
    else h->end += n;
    if (speaks_http2(conn)) become_http2(conn);
    else http1_advance(conn);
}

static void http1_written(struct conn *conn)
{
    if (conn->http1.state != HTTP1_WRITING) return; /* it was a 100 Continue */
    answered(conn);
    http1_advance(conn);
}

static void http1_expired(struct conn *conn, enum deadline_kind kind)
{
    struct http1_conn *h = &conn->http1;
    if (kind == DEADLINE_IDLE) {
        conn_close(conn);
    } else if (kind == DEADLINE_HEAD) {
        h->exchange = take_exchange(conn);
        if (h->exchange && h->in)
            http1_parse_part(&h->exchange->head, (struct str){ h->in + h->from, h->end - h->from });
        refuse(conn, ERR_REQUEST_TIMEOUT, "the request head did not arrive in time");
    } else {
        refuse(conn, ERR_REQUEST_TIMEOUT, "the request body did not arrive in time");
    }
}

/* Bytes that the kernel has and we have not read yet are a request on its way. Half a head is none:
 * heads come in one packet, and who sends them slowly shall not hold up a restart. */
static void http1_stopping(struct conn *conn)
{
    const struct http1_conn *h = &conn->http1;
    int fd, unread = 0;
    bool idle = h->from == h->end, last_call = conn->loop->newcomers_out;
    if (h->state != HTTP1_HEAD || (!last_call && !(idle && h->served))) return;
    if (uv_fileno((uv_handle_t *)&conn->tcp, &fd) == 0 && ioctl(fd, FIONREAD, &unread) == 0 &&
        unread > 0)
        return;
    conn_close(conn);
}

static void http1_close(struct conn *conn)
{
    /* What the application still reads from stays until it answers. */
    if (conn->waiting == 0) drop_all(conn);
}

const struct protocol http1_protocol = {
    .alpn = "http/1.1",
    .open = http1_advance,
    .room = http1_room,
    .fed = http1_fed,
    .ended = http1_advance,
    .written = http1_written,
    .expired = http1_expired,
    .stopping = http1_stopping,
    .answer = http1_answer,
    .close = http1_close,
};
