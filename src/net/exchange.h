/* exchange - a request, its answer's way back, and the memory it needs; pooled by the loop.
 *
 * HTTP/1.x has one at a time on a connection, HTTP/2 one for each stream. From exchange_take to
 * exchange_give it belongs to the protocol; the application sees its `req` in between. */
#ifndef WHORL_NET_EXCHANGE_H
#define WHORL_NET_EXCHANGE_H

#include "base/limits.h"
#include "net/http1.h"
#include "net/http2_stream.h"

struct exchange {
    struct request req; /* first: see exchange_of */
    struct arena arena;
    struct exchange *next; /* in the pool */
    union {
        struct http1_head head;
        struct http2_stream stream;
    };
    struct header headers[HEADERS_MAX];
};

/* All members but `headers` and the arena are zero; NULL without memory. */
struct exchange *exchange_take(struct loop *loop);
void exchange_give(struct loop *loop, struct exchange *exchange);
/* Frees those that a loop has pooled. */
void exchanges_free(struct exchange *first);
/* Fills what a request knows through its connection; the rest of req is emptied. */
void exchange_begin(struct exchange *exchange, struct conn *conn);
/* Counts an answer, before a client can look whether it was counted. */
void exchange_count(int status);

static inline struct exchange *exchange_of(struct request *req)
{
    return (struct exchange *)(void *)req;
}

#endif
