/* http2_conn - see http2_conn.h. This file is the connection's part: what is read and written when,
 * what to wait for, and how it ends. As in http1_conn.c everything that happens ends in one
 * function, http2_advance, which a request's answer never enters twice.
 *
 * The end. Server stop: a GOAWAY that refuses nothing yet, and when newcomers have had their chance,
 * the final one with the last stream that is served (RFC 9113 6.8). Idle, a broken preface, floods:
 * the final one at once. The connection lingers when nghttp2 has nothing left to do.
 */
#include "net/http2_conn.h"

#include "base/log.h"
#include "base/metrics.h"
#include "net/conn.h"
#include "net/http2_head.h"

#include <assert.h>
#include <stdlib.h>

static void http2_advance(struct conn *conn);

/* ---- output ---- */

static bool is_over(const struct conn *conn)
{
    return conn->closing || conn->lingering;
}

/* Writes what has been gathered. False: the connection is gone. */
static bool push(struct conn *conn)
{
    struct http2_conn *h = conn->http2;
    if (h->out_bytes > 0 && conn->writes == 0) {
        struct str bytes = { h->out, h->out_bytes };
        h->out_bytes = 0;
        if (conn_write(conn, bytes, (struct str){ NULL, 0 }) == CONN_GONE) return false;
    }
    return true;
}

static bool gather(struct conn *conn, const uint8_t *p, size_t n)
{
    struct http2_conn *h = conn->http2;
    if (n > LOOP_BUFFER_BYTES - h->out_bytes && !push(conn)) return false;
    if (!h->out) h->out = loop_buffer_take(conn->loop);
    if (!h->out) {
        conn_close(conn);
        return false;
    }
    assert(n <= LOOP_BUFFER_BYTES - h->out_bytes); /* a frame has at most 16 kB and 9 bytes */
    memcpy(h->out + h->out_bytes, p, n);
    h->out_bytes += n;
    return true;
}

/* Frames, as long as the kernel takes what is gathered. False: the connection is gone. */
static bool pull(struct conn *conn)
{
    struct http2_conn *h = conn->http2;
    while (!is_over(conn) && conn->writes == 0) {
        const uint8_t *p;
        ssize_t n = nghttp2_session_mem_send(h->session, &p);
        if (n == 0) return true;
        if (n < 0) {
            log_debug("http2", "cannot send: %s", nghttp2_strerror((int)n));
            conn_close(conn);
            return false;
        }
        if (!gather(conn, p, (size_t)n)) return false;
    }
    return !conn->closing;
}

static void give_out(struct conn *conn)
{
    struct http2_conn *h = conn->http2;
    if (!h->out || h->out_bytes > 0) return;
    loop_buffer_give(conn->loop, h->out);
    h->out = NULL;
}

/* ---- the end ---- */

/* The last part, when nothing is held any more; http2_advance does it at its own end. */
static void free_unless_running(struct conn *conn)
{
    if (conn->http2->running) return;
    free(conn->http2);
    conn->http2 = NULL;
}

/* No stream beyond those that have begun. */
static void last_call(struct conn *conn)
{
    struct http2_conn *h = conn->http2;
    if (h->last_call) return;
    h->last_call = true;
    nghttp2_submit_goaway(h->session, NGHTTP2_FLAG_NONE,
                          nghttp2_session_get_last_proc_stream_id(h->session), NGHTTP2_NO_ERROR,
                          NULL, 0);
}

static void terminate(struct conn *conn, uint32_t error)
{
    struct http2_conn *h = conn->http2;
    if (h->terminated) return;
    h->last_call = h->terminated = true;
    if (error == NGHTTP2_ENHANCE_YOUR_CALM) metric_add(METRIC_http2_calmed_total, 1);
    nghttp2_session_terminate_session(h->session, error);
}

static void broken(struct conn *conn, int problem)
{
    uint32_t error = NGHTTP2_PROTOCOL_ERROR;
    log_debug("http2", "%s", nghttp2_strerror(problem));
    if (problem == NGHTTP2_ERR_FLOODED || problem == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS)
        error = NGHTTP2_ENHANCE_YOUR_CALM;
    else if (problem == NGHTTP2_ERR_NOMEM || problem == NGHTTP2_ERR_CALLBACK_FAILURE)
        error = NGHTTP2_INTERNAL_ERROR;
    terminate(conn, error);
}

/* ---- answers ---- */

/* What could not be sent at once outlives the application's memory only as a copy. */
static bool keep_answer(struct http2_conn *h, struct http2_stream *stream)
{
    size_t n = stream->out.n;
    if (n == 0) return true;
    stream->copied = malloc(n);
    if (!stream->copied) return false;
    memcpy(stream->copied, stream->out.p, n);
    stream->out.p = stream->copied;
    stream->copied_bytes = n;
    h->answers_bytes += n;
    return true;
}

/* The stream may be gone afterwards. */
static void send_answer(struct conn *conn, struct http2_stream *stream,
                        const struct response *response)
{
    struct http2_conn *h = conn->http2;
    int32_t id = stream->id;
    stream->state = HTTP2_WRITING;
    if (!http2_submit(conn, stream, response)) {
        conn_close(conn);
        return;
    }
    if (!pull(conn) || is_over(conn)) return;
    if (nghttp2_session_get_stream_user_data(h->session, id) != stream) return; /* all is sent */
    if (!keep_answer(h, stream)) {
        conn_close(conn);
        return;
    }
    loop_deadline(conn->loop, &stream->deadline, DEADLINE_WRITE);
}

static void http2_answer(struct conn *conn, struct request *req, const struct response *response)
{
    struct http2_stream *stream = http2_stream_of(req);
    assert(stream->state == HTTP2_HELD);
    exchange_count(response->status);
    if (conn->closing) {
        http2_stream_free(conn, stream);
        if (conn->waiting == 1) free_unless_running(conn);
        conn_release(conn); /* conn may be gone now */
        return;
    }
    conn->waiting--;
    if (stream->id == 0 || conn->lingering) http2_stream_free(conn, stream);
    else send_answer(conn, stream, response);
    if (conn->closing) return;
    if (response->close && !conn->lingering) last_call(conn);
    http2_advance(conn);
}

static void refuse(struct conn *conn, struct http2_stream *stream)
{
    const struct server_config *config = &conn->loop->config;
    struct request *req = &http2_exchange_of(stream)->req;
    struct response response = { .status = err_info(stream->problem)->status };
    metric_add(METRIC_requests_bad_total, 1);
    stream->state = HTTP2_HELD;
    conn->waiting++;
    loop_deadline(conn->loop, &stream->deadline, DEADLINE_NONE);
    config->on_refused(config->app, req, stream->problem, stream->detail, &response);
    response.close = false; /* the connection is none the worse for it */
    http2_answer(conn, req, &response);
}

static void dispatch(struct conn *conn, struct http2_stream *stream)
{
    const struct server_config *config = &conn->loop->config;
    stream->state = HTTP2_HELD;
    conn->waiting++;
    config->on_request(config->app, &http2_exchange_of(stream)->req);
}

/* ---- what to wait for ---- */

static bool is_finished(const struct conn *conn)
{
    const struct http2_conn *h = conn->http2;
    if (conn->writes > 0 || h->out_bytes > 0) return false;
    if (conn->ended && h->streams_count == 0) return true;
    return !nghttp2_session_want_read(h->session) && !nghttp2_session_want_write(h->session);
}

static void settle(struct conn *conn)
{
    struct http2_conn *h = conn->http2;
    enum deadline_kind kind = DEADLINE_NONE;
    give_out(conn);
    if (is_finished(conn)) {
        conn_linger(conn);
        return;
    }
    if (conn->writes > 0) kind = DEADLINE_WRITE;
    else if (!h->watch.print.has_settings || h->heading) kind = DEADLINE_HEAD;
    else if (h->streams_count == 0) kind = DEADLINE_IDLE;
    conn_deadline(conn, kind);
    conn_read(conn, conn->writes == 0);
}

static bool has_turn(const struct http2_conn *h)
{
    return h->ready_first && h->answers_bytes < HTTP2_ANSWERS_BYTES_MAX;
}

/* Complete requests to the application, and frames out, until neither goes on. False: it is over. */
static bool take_turns(struct conn *conn)
{
    struct http2_conn *h = conn->http2;
    do {
        while (has_turn(h)) {
            struct http2_stream *stream = h->ready_first;
            http2_unready(h, stream);
            if (stream->problem) refuse(conn, stream);
            else dispatch(conn, stream);
            if (is_over(conn)) return false;
        }
        if (h->watch.verdict) terminate(conn, h->watch.verdict);
        if (!pull(conn) || is_over(conn)) return false;
    } while (has_turn(h)); /* answers that were sent have made room for more */
    return push(conn);
}

static void http2_advance(struct conn *conn)
{
    struct http2_conn *h = conn->http2;
    if (is_over(conn) || h->running) return;
    h->running = true;
    bool open = take_turns(conn);
    h->running = false;
    if (conn->closing && conn->waiting == 0) free_unless_running(conn);
    else if (open) settle(conn);
}

/* ---- the protocol's functions ---- */

static void http2_open(struct conn *conn)
{
    struct http2_conn *h = calloc(1, sizeof *h);
    conn->http2 = h;
    metric_add(METRIC_http2_connections_total, 1);
    if (!h || !http2_session_open(conn)) {
        conn_close(conn);
        return;
    }
    http2_advance(conn);
}

static struct room http2_room(struct conn *conn)
{
    struct http2_conn *h = conn->http2;
    if (!h->in) h->in = loop_buffer_take(conn->loop);
    return h->in ? (struct room){ h->in, LOOP_BUFFER_BYTES } : (struct room){ NULL, 0 };
}

static void http2_fed(struct conn *conn, size_t n)
{
    struct http2_conn *h = conn->http2;
    char *in = h->in;
    h->in = NULL;
    if (n > 0 && http2_watch_feed(&h->watch, (struct str){ in, n }, loop_now_ms(conn->loop))) {
        ssize_t taken = nghttp2_session_mem_recv(h->session, (const uint8_t *)in, n);
        if (taken < 0) broken(conn, (int)taken);
    }
    if (in) loop_buffer_give(conn->loop, in);
    http2_advance(conn);
}

void http2_take_over(struct conn *conn, char *in, size_t n)
{
    http2_open(conn);
    if (is_over(conn)) {
        loop_buffer_give(conn->loop, in);
        return;
    }
    if (conn->http2->in) loop_buffer_give(conn->loop, conn->http2->in);
    conn->http2->in = in;
    http2_fed(conn, n);
}

/* Requests that are not complete never will be. */
static void http2_ended(struct conn *conn)
{
    struct http2_conn *h = conn->http2;
    for (struct http2_stream *s = h->first; s; s = s->next)
        if (s->id && (s->state == HTTP2_HEAD || s->state == HTTP2_BODY))
            nghttp2_submit_rst_stream(h->session, NGHTTP2_FLAG_NONE, s->id, NGHTTP2_CANCEL);
    http2_advance(conn);
}

static void http2_expired(struct conn *conn, enum deadline_kind kind)
{
    struct http2_conn *h = conn->http2;
    struct http2_stream *heading = h->heading;
    if (kind == DEADLINE_HEAD && heading) {
        h->heading = NULL;
        http2_refuse_later(heading, ERR_REQUEST_TIMEOUT,
                           "the request head did not arrive in time");
        http2_ready(h, heading);
        http2_advance(conn); /* sends the answer; GOAWAY would overtake it */
        if (is_over(conn)) return;
    }
    terminate(conn, NGHTTP2_NO_ERROR);
    http2_advance(conn);
}

void http2_stream_expired(struct deadline *d, enum deadline_kind kind)
{
    struct http2_stream *stream =
        (struct http2_stream *)(void *)((char *)d - offsetof(struct http2_stream, deadline));
    struct conn *conn = http2_exchange_of(stream)->req.conn;
    struct http2_conn *h = conn->http2;
    if (kind == DEADLINE_BODY || kind == DEADLINE_BRIEF_BODY) {
        http2_refuse_later(stream, ERR_REQUEST_TIMEOUT,
                           "the request body did not arrive in time");
        http2_ready(h, stream);
    } else { /* the client does not take its answer */
        nghttp2_submit_rst_stream(h->session, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_CANCEL);
    }
    http2_advance(conn);
}

static void http2_stopping(struct conn *conn)
{
    struct http2_conn *h = conn->http2;
    if (conn->loop->newcomers_out) last_call(conn);
    else if (!h->last_call) nghttp2_submit_shutdown_notice(h->session);
    http2_advance(conn);
}

static void http2_close(struct conn *conn)
{
    struct http2_conn *h = conn->http2;
    if (!h) return;
    if (h->session) http2_session_close(h);
    if (h->in) loop_buffer_give(conn->loop, h->in);
    if (h->out) loop_buffer_give(conn->loop, h->out);
    h->in = h->out = NULL;
    for (struct http2_stream *s = h->first, *next; s; s = next) {
        next = s->next;
        s->id = 0;
        loop_deadline(conn->loop, &s->deadline, DEADLINE_NONE);
        if (s->state != HTTP2_HELD) http2_stream_free(conn, s);
    }
    if (conn->waiting == 0) free_unless_running(conn); /* else http2_answer does */
}

const struct protocol http2_protocol = {
    .alpn = "h2",
    .open = http2_open,
    .room = http2_room,
    .fed = http2_fed,
    .ended = http2_ended,
    .written = http2_advance,
    .expired = http2_expired,
    .stopping = http2_stopping,
    .answer = http2_answer,
    .close = http2_close,
};
