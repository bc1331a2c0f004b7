/* http1_conn - HTTP/1.x on one connection: which request is being read, waited for, or answered.
 *
 *     HEAD ──> BODY or CHUNKS ──> WAITING ──> WRITING ──> HEAD        (keep-alive)
 *       └──────────┴── refused ──────┴──────────┴──> DONE             (linger)
 *
 * One request is handled at a time. What a client sends ahead (pipelining) stays in the read
 * buffer, and reading pauses until its turn comes.
 */
#ifndef WHORL_NET_HTTP1_CONN_H
#define WHORL_NET_HTTP1_CONN_H

#include "net/exchange.h"

struct protocol;

extern const struct protocol http1_protocol;

enum http1_state {
    HTTP1_HEAD,
    HTTP1_BODY,
    HTTP1_CHUNKS,
    HTTP1_WAITING, /* for the application */
    HTTP1_WRITING, /* for the client to take the answer */
    HTTP1_DONE
};

/* The read buffer: in[from, end) holds bytes that are not done with, the first `taken` of them
 * belong to the current request. It is NULL while the connection is idle. */
struct http1_conn {
    enum http1_state state;
    bool running;     /* http1_advance is on the stack */
    bool served;      /* at least one request was answered */
    bool close_after; /* the answer that is being written is the last */
    char *in;
    size_t from, end, taken;
    size_t scanned;             /* of the head, see http1_parse_head */
    struct exchange *exchange;  /* from a complete head until its answer */
    char *body;                 /* malloc'd; NULL while it fits in `in` */
    size_t body_bytes, body_capacity;
    struct http1_chunks chunks;
};

#endif
