/* http2_conn - HTTP/2 (RFC 9113) on one connection, by nghttp2.
 *
 *     bytes ─ http2_watch ─ nghttp2 ─ http2_session (callbacks) ─ ready list ─ http2_conn ─ application
 *
 * nghttp2 knows frames, HPACK, windows and the states of streams; its callbacks (http2_session.c)
 * fill streams and put complete requests on the ready list. Nothing is handed to the application
 * from inside a callback: that happens in http2_advance, when nghttp2 has returned, so an answer
 * may be given at once. Answers go into one buffer that is written at the end of the step, so that
 * a hundred of them cost one system call.
 *
 * Slow readers: nghttp2 is asked for frames only while the kernel takes them, and nothing is read
 * while it does not. What a stream's window holds back is copied out of the application's memory;
 * HTTP2_ANSWERS_BYTES_MAX of that stop further requests, and each answer has WRITE_TIMEOUT_MS.
 */
#ifndef WHORL_NET_HTTP2_CONN_H
#define WHORL_NET_HTTP2_CONN_H

#include "net/exchange.h"
#include "net/http2_watch.h"

#include <nghttp2/nghttp2.h>

struct protocol;

extern const struct protocol http2_protocol; /* "h2", and h2c when http1 sees the preface */

/* Opens HTTP/2 on a connection whose first n bytes have been read; `in` is a buffer of the loop's,
 * given back here. */
void http2_take_over(struct conn *conn, char *in, size_t n);
/* BODY or WRITE of one stream has passed. */
void http2_stream_expired(struct deadline *d, enum deadline_kind kind);

/* malloc'd; private to http2_*.c */
struct http2_conn {
    nghttp2_session *session; /* NULL once the connection is closed */
    nghttp2_mem memory;
    size_t memory_bytes;      /* of the session */
    struct http2_watch watch;
    struct http2_stream *first, *last; /* all streams, held ones that have ended included */
    size_t streams_count;
    struct http2_stream *ready_first, *ready_last;
    struct http2_stream *heading; /* its header block is not complete yet */
    size_t large_count;       /* streams that have a place for a large body */
    size_t answers_bytes;     /* copied ones, all streams together */
    char *in, *out;           /* the loop's buffers, while something is in them */
    size_t out_bytes;
    size_t print_bytes;
    char print[HTTP2_PRINT_BYTES_MAX]; /* the fingerprint without the pseudo-headers */
    bool running;             /* http2_advance is on the stack */
    bool last_call;           /* the final GOAWAY is sent or on its way */
    bool terminated;          /* and at once: nothing more is served */
};

/* ---- http2_session.c ---- */

/* Makes the session and queues our SETTINGS; false without memory. */
bool http2_session_open(struct conn *conn);
void http2_session_close(struct http2_conn *h);
/* The stream of an application's request. */
struct http2_stream *http2_stream_of(struct request *req);
struct exchange *http2_exchange_of(struct http2_stream *stream);
/* Out of the ready list, if it is there. */
void http2_unready(struct http2_conn *h, struct http2_stream *stream);
void http2_ready(struct http2_conn *h, struct http2_stream *stream);
/* Frees a stream that nghttp2 has forgotten and the application does not hold. */
void http2_stream_free(struct conn *conn, struct http2_stream *stream);
/* Forgets body and answer, gives the memory back, and lets the next large body begin. */
void http2_stream_empty(struct conn *conn, struct http2_stream *stream);
/* Hands the answer to nghttp2; stream->out borrows the body. False: the session is unusable. */
bool http2_submit(struct conn *conn, struct http2_stream *stream, const struct response *response);

#endif
