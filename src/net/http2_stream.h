/* http2_stream - one request of an HTTP/2 connection, from its first header field to its answer.
 *
 *     HEAD ──> BODY ──> READY ──> HELD ──> WRITING ──> freed
 *       └────────┴ refused ┘
 *
 * It may end at any time by a reset. While it is HELD the application has the request, and the
 * stream outlives its end with id 0; its answer is dropped then.
 */
#ifndef WHORL_NET_HTTP2_STREAM_H
#define WHORL_NET_HTTP2_STREAM_H

#include "base/err.h"
#include "net/deadline.h"
#include "net/server.h"

enum http2_state {
    HTTP2_HEAD,
    HTTP2_BODY,
    HTTP2_READY,   /* complete, or to be refused; its turn comes when nghttp2 has returned */
    HTTP2_HELD,    /* by the application */
    HTTP2_WRITING, /* the answer */
};

struct http2_stream {
    enum http2_state state;
    int32_t id; /* 0: the client's side of it is over */
    struct deadline deadline;
    struct http2_stream *prev, *next; /* of the connection, oldest first */
    struct http2_stream *ready_next;

    /* the head: http2_head.c */
    enum err problem;    /* not 0: to be refused with this */
    const char *detail;  /* a literal that says what is wrong */
    size_t list_bytes;   /* as RFC 9113 6.5.2 counts */
    size_t cookie_bytes; /* room at the joined cookie line's place; 0: none came */
    struct header *cookie;
    struct str host, scheme;
    char pseudo[9];      /* "m,a,s,p": the first letters of the pseudo-headers as they came */
    unsigned char pseudo_bytes;
    bool expect_continue, has_length;
    uint64_t length;     /* Content-Length */

    /* the body */
    char *body;          /* JSON_PADDING more than its capacity */
    size_t body_bytes, body_capacity;
    bool pooled;         /* body is one of the loop's buffers */
    bool large, wants_large; /* has, or waits for, one of HTTP2_LARGE_BODIES_MAX places */

    /* the answer: what has not been framed yet; `copied` is its memory when it had to wait */
    struct str out;
    char *copied;
    size_t copied_bytes;
};

#endif
