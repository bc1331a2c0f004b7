/* conn - see conn.h. */
#include "net/conn.h"

#include "base/log.h"
#include "base/metrics.h"
#include "net/listen.h"
#include "net/proxy.h"
#include "net/tcp.h"
#include "net/tls.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    /* Head and body together, up to here, are encrypted as one record: RFC 8446 5.1. */
    TLS_RECORD_BYTES_MAX = 16 * 1024,
};

/* ---- the end ---- */

static void free_if_over(struct conn *conn)
{
    struct loop *loop = conn->loop;
    if (!conn->closed || conn->waiting > 0) return;
    if (conn->prev) conn->prev->next = conn->next;
    else loop->conns = conn->next;
    if (conn->next) conn->next->prev = conn->prev;
    loop->conns_count--;
    tls_close(conn->tls);
    free(conn);
    loop_conn_gone(loop);
}

static void on_closed(uv_handle_t *handle)
{
    struct conn *conn = handle->data;
    conn->closed = true;
    metric_add(METRIC_connections, -1);
    free_if_over(conn);
}

void conn_close(struct conn *conn)
{
    if (conn->closing) return;
    conn->closing = true;
    conn->reading = conn->uv_reading = false;
    conn_deadline(conn, DEADLINE_NONE);
    if (conn->protocol) conn->protocol->close(conn);
    if (conn->proxy) loop_buffer_give(conn->loop, conn->proxy);
    conn->proxy = NULL;
    uv_close((uv_handle_t *)&conn->tcp, on_closed);
}

void conn_release(struct conn *conn)
{
    assert(conn->waiting > 0);
    conn->waiting--;
    free_if_over(conn);
}

void conn_deadline(struct conn *conn, enum deadline_kind kind)
{
    loop_deadline(conn->loop, &conn->deadline, kind);
}

/* ---- writing ---- */

struct pending_write {
    uv_write_t req;
    struct conn *conn;
    char data[];
};

static void start_lingering(struct conn *conn);

static void on_write(uv_write_t *req, int status)
{
    struct pending_write *write = req->data;
    struct conn *conn = write->conn;
    free(write);
    conn->writes--;
    if (conn->closing) return;
    if (status < 0) {
        conn_close(conn);
        return;
    }
    if (conn->writes > 0) return;
    if (conn->lingering) start_lingering(conn);
    else if (conn->protocol) conn->protocol->written(conn);
}

/* Copies what the kernel did not take, because the buffers belong to the caller. */
static enum conn_sent queue_rest(struct conn *conn, const uv_buf_t *bufs, unsigned count,
                                 size_t sent)
{
    size_t total = 0, at = 0;
    for (unsigned i = 0; i < count; i++) total += bufs[i].len;
    if (sent == total) return CONN_SENT;
    struct pending_write *write = malloc(sizeof *write + (total - sent));
    if (!write) {
        conn_close(conn);
        return CONN_GONE;
    }
    for (unsigned i = 0; i < count; i++) {
        size_t skip = sent < bufs[i].len ? sent : bufs[i].len;
        sent -= skip;
        if (bufs[i].len > skip) memcpy(write->data + at, bufs[i].base + skip, bufs[i].len - skip);
        at += bufs[i].len - skip;
    }
    write->conn = conn;
    write->req.data = write;
    uv_buf_t rest = { write->data, at };
    if (uv_write(&write->req, (uv_stream_t *)&conn->tcp, &rest, 1, on_write) < 0) {
        free(write);
        conn_close(conn);
        return CONN_GONE;
    }
    conn->writes++;
    return CONN_WAITS;
}

static enum conn_sent send_bytes(struct conn *conn, const uv_buf_t *bufs, unsigned count)
{
    int sent = conn->writes > 0 ? 0 : uv_try_write((uv_stream_t *)&conn->tcp, bufs, count);
    if (sent < 0 && sent != UV_EAGAIN) {
        conn_close(conn);
        return CONN_GONE;
    }
    return queue_rest(conn, bufs, count, sent > 0 ? (size_t)sent : 0);
}

/* Sends the records that OpenSSL has made. */
static enum conn_sent flush_tls(struct conn *conn)
{
    struct loop_bytes *out = &conn->loop->tls_out;
    uv_buf_t buf = { out->p, out->n };
    out->n = 0;
    return buf.len > 0 ? send_bytes(conn, &buf, 1) : CONN_SENT;
}

static bool encrypt(struct conn *conn, struct str head, struct str body)
{
    struct loop_bytes *gather = &conn->loop->gather;
    if (head.n + body.n > TLS_RECORD_BYTES_MAX)
        return tls_write(conn->tls, head.p, head.n) && tls_write(conn->tls, body.p, body.n);
    gather->n = 0;
    return loop_bytes_add(gather, head.p, head.n) && loop_bytes_add(gather, body.p, body.n) &&
           tls_write(conn->tls, gather->p, gather->n);
}

enum conn_sent conn_write(struct conn *conn, struct str head, struct str body)
{
    if (conn->closing) return CONN_GONE;
    if (!conn->tls) {
        /* uv_buf_t has no const; nobody writes there */
        uv_buf_t bufs[2] = { { (char *)(uintptr_t)head.p, head.n },
                             { (char *)(uintptr_t)body.p, body.n } };
        return send_bytes(conn, bufs, body.n > 0 ? 2 : 1);
    }
    if (encrypt(conn, head, body)) return flush_tls(conn);
    conn->loop->tls_out.n = 0;
    conn_close(conn);
    return CONN_GONE;
}

/* ---- lingering ---- */

static void conn_start_uv(struct conn *conn);

/* All output is with the kernel. */
static void start_lingering(struct conn *conn)
{
    int fd;
    if (conn->ended || uv_fileno((uv_handle_t *)&conn->tcp, &fd) < 0 || shutdown(fd, SHUT_WR) < 0) {
        conn_close(conn);
        return;
    }
    conn_deadline(conn, DEADLINE_LINGER);
    conn_start_uv(conn);
}

void conn_linger(struct conn *conn)
{
    if (conn->closing || conn->lingering) return;
    conn->lingering = true;
    conn->reading = false;
    conn_deadline(conn, DEADLINE_WRITE);
    if (conn->tls) {
        tls_finish(conn->tls);
        if (flush_tls(conn) == CONN_GONE) return;
    }
    if (conn->writes == 0) start_lingering(conn);
}

/* ---- reading ---- */

static void on_ended(struct conn *conn)
{
    if (conn->ended || conn->closing) return;
    conn->ended = true;
    conn->reading = false;
    if (conn->lingering ? conn->writes == 0 : !conn->protocol) conn_close(conn);
    else if (!conn->lingering) conn->protocol->ended(conn);
}

/* Passes ciphertext on until it is used up or the protocol has enough. The protocol may pause and
 * go on within one turn; `pumping` keeps that from becoming recursion. */
static void pump_records(struct conn *conn)
{
    while (conn->reading && !conn->closing) {
        struct room room = conn->protocol->room(conn);
        size_t got = 0;
        if (room.n == 0) {
            conn_close(conn);
            return;
        }
        enum tls_result result = tls_read(conn->tls, room.p, room.n, &got);
        conn->protocol->fed(conn, got);
        if (result == TLS_OK) continue;
        if (result == TLS_ENDED) on_ended(conn);
        if (result == TLS_FAILED) conn_close(conn);
        return;
    }
}

static void pump_handshake(struct conn *conn)
{
    const char *problem;
    const struct protocol *chosen;
    switch (tls_handshake(conn->tls, &chosen, &problem)) {
    case TLS_OK:
        conn_deadline(conn, DEADLINE_NONE);
        conn->protocol = chosen;
        conn->protocol->open(conn);
        break;
    case TLS_FAILED:
        log_debug("tls", "handshake failed: %s", problem);
        conn_linger(conn); /* so that the alert is read */
        break;
    default: break;
    }
}

static void conn_pump(struct conn *conn)
{
    if (conn->pumping) return;
    conn->pumping = true;
    if (!conn->protocol && !conn->lingering) pump_handshake(conn);
    if (conn->protocol && !conn->lingering) pump_records(conn);
    if (conn->closing) conn->loop->tls_out.n = 0;
    else if (!tls_keep(conn->tls)) conn_close(conn);
    else flush_tls(conn);
    conn->pumping = false;
    if (!conn->closing) conn_start_uv(conn);
}

/* ---- the PROXY header ---- */

static void speak_plain(struct conn *conn)
{
    conn->protocol = &http1_protocol;
    conn->protocol->open(conn);
}

/* What came with the header is the client's. The first room of a protocol holds it. */
static void hand_over(struct conn *conn, struct str rest)
{
    if (rest.n == 0) return;
    if (conn->tls) {
        tls_input(conn->tls, rest.p, rest.n);
        conn_pump(conn);
        return;
    }
    struct room room = conn->protocol->room(conn);
    if (room.n == 0) {
        conn_close(conn);
        return;
    }
    assert(room.n >= rest.n);
    memcpy(room.p, rest.p, rest.n);
    conn->protocol->fed(conn, rest.n);
}

static void read_proxy(struct conn *conn)
{
    struct proxy_header header;
    struct str bytes = { conn->proxy, conn->proxy_bytes };
    char *buffer = conn->proxy;
    enum err e = proxy_parse(&header, bytes);
    if (e == ERR_PENDING) return;
    if (e) {
        metric_add(METRIC_proxy_protocol_bad_total, 1);
        log_debug("proxy", "a trusted proxy connected without a good PROXY header");
        conn_close(conn);
        return;
    }
    metric_add(METRIC_proxy_protocol_total, 1);
    if (header.has_source) conn->peer = header.source;
    conn->facts.proxied = header.has_source;
    conn->facts.proxied_tls = header.tls;
    conn->proxy = NULL;
    if (!conn->tls) speak_plain(conn);
    if (!conn->closing) hand_over(conn, str_sub(bytes, header.bytes, bytes.n));
    loop_buffer_give(conn->loop, buffer);
}

/* Closing without a word: it may be somebody who looks for open doors. The operator should know,
 * once a minute, because it may also be the proxy that was forgotten in the list. */
static bool is_refused(const struct listener *listener, const struct sockaddr_storage *peer)
{
    static _Atomic int64_t logged_ms;
    const struct server_config *config = &listener->loop->config;
    char text[ADDRESS_BYTES];
    if (!listener->proxy || config->trusts(config->app, peer)) return false;
    metric_add(METRIC_proxy_protocol_untrusted_total, 1);
    int64_t now_ms = clock_mono_ms(), last_ms = atomic_load(&logged_ms);
    if ((last_ms == 0 || now_ms - last_ms > 60 * 1000) &&
        atomic_compare_exchange_strong(&logged_ms, &last_ms, now_ms)) {
        listen_print(text, peer);
        log_warn("proxy", "%s connected to an address that takes the PROXY protocol from trusted "
                          "proxies only; if it is your proxy, add its address with --trusted-proxy",
                 text);
    }
    return true;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct conn *conn = handle->data;
    struct room room = { conn->loop->scratch, sizeof conn->loop->scratch };
    (void)suggested;
    if (conn->proxy)
        room = (struct room){ conn->proxy + conn->proxy_bytes, PROXY_BYTES_MAX - conn->proxy_bytes };
    else if (!conn->tls && !conn->lingering) room = conn->protocol->room(conn);
    *buf = uv_buf_init(room.p, (unsigned)room.n);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct conn *conn = stream->data;
    if (n >= 0 && conn->lingering) return; /* dropped */
    if (n >= 0 && conn->proxy) {
        conn->proxy_bytes += (size_t)n;
        read_proxy(conn);
        return;
    }
    if (n >= 0 && conn->tls) {
        tls_input(conn->tls, buf->base, (size_t)n);
        conn_pump(conn);
        return;
    }
    if (n >= 0) {
        conn->protocol->fed(conn, (size_t)n);
        return;
    }
    if (n != UV_EOF) {
        conn_close(conn);
        return;
    }
    conn->uv_reading = false; /* libuv stops by itself */
    on_ended(conn);
}

/* Makes libuv read or not, as the flags say. */
static void conn_start_uv(struct conn *conn)
{
    bool on = (conn->reading || conn->lingering) && !conn->ended;
    if (on == conn->uv_reading || conn->closing) return;
    conn->uv_reading = on;
    if (!on) uv_read_stop((uv_stream_t *)&conn->tcp);
    else if (uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read) < 0) conn_close(conn);
}

void conn_read(struct conn *conn, bool on)
{
    if (conn->closing || conn->lingering || (on && conn->ended)) return;
    bool resumed = on && !conn->reading;
    conn->reading = on;
    /* Records that came before the pause may wait inside OpenSSL. */
    if (conn->tls && resumed) conn_pump(conn);
    else if (!conn->pumping) conn_start_uv(conn);
}

/* ---- the beginning ---- */

/* Memory for a connection, its TLS and its PROXY header; NULL when some of it cannot be had. */
static struct conn *allocate(const struct listener *listener)
{
    struct loop *loop = listener->loop;
    struct conn *conn = calloc(1, sizeof *conn);
    if (!conn) return NULL;
    if (listener->tls) conn->tls = tls_open(loop->tls, &loop->tls_out);
    if (listener->proxy) conn->proxy = loop_buffer_take(loop);
    if ((!listener->tls || conn->tls) && (!listener->proxy || conn->proxy)) return conn;
    tls_close(conn->tls);
    if (conn->proxy) loop_buffer_give(loop, conn->proxy);
    free(conn);
    return NULL;
}

void conn_open(const struct listener *listener, int fd, const struct sockaddr_storage *peer)
{
    struct loop *loop = listener->loop;
    struct conn *conn = is_refused(listener, peer) ? NULL : allocate(listener);
    if (!conn) {
        close(fd);
        return;
    }
    uv_tcp_init(&loop->uv, &conn->tcp);
    conn->tcp.data = conn;
    conn->loop = loop;
    conn->peer = conn->facts.peer = *peer;
    conn->admin = listener->admin;
    if (!listener->admin) tcp_read(&conn->facts, fd);
    deadline_init(&conn->deadline);
    conn->next = loop->conns;
    if (conn->next) conn->next->prev = conn;
    loop->conns = conn;
    loop->conns_count++;
    metric_add(METRIC_connections, 1);
    metric_add(METRIC_connections_total, 1);

    int failed = uv_tcp_open(&conn->tcp, fd);
    if (failed) {
        close(fd);
        conn_close(conn);
    } else if (conn->tls || conn->proxy) {
        conn->reading = true;
        conn_deadline(conn, DEADLINE_HEAD);
        conn_start_uv(conn);
    } else {
        speak_plain(conn);
    }
}

/* ---- for the loop ---- */

static struct conn *conn_of_deadline(struct deadline *d)
{
    return (struct conn *)(void *)((char *)d - offsetof(struct conn, deadline));
}

void conn_expired(struct deadline *d, enum deadline_kind kind)
{
    if (d->of_stream) {
        http2_stream_expired(d, kind);
        return;
    }
    struct conn *conn = conn_of_deadline(d);
    bool ours = kind == DEADLINE_WRITE || kind == DEADLINE_LINGER || !conn->protocol;
    if (ours) conn_close(conn);
    else conn->protocol->expired(conn, kind);
}

void conn_stopping(struct conn *conn)
{
    if (conn->closing || conn->lingering) return;
    if (conn->protocol) conn->protocol->stopping(conn);
    else if (conn->loop->newcomers_out) conn_close(conn);
}
