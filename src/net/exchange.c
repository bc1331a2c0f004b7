/* exchange - see exchange.h. */
#include "net/exchange.h"

#include "base/metrics.h"
#include "net/conn.h"
#include "net/tls.h"

#include <stdlib.h>

_Static_assert(sizeof(struct http2_stream) >= sizeof(struct http1_head), "cleared by its size");

struct exchange *exchange_take(struct loop *loop)
{
    struct exchange *exchange = loop->exchanges;
    if (exchange) {
        loop->exchanges = exchange->next;
        loop->exchanges_count--;
    } else {
        exchange = malloc(sizeof *exchange);
        if (!exchange) return NULL;
        arena_init(&exchange->arena, ARENA_BYTES_MAX);
    }
    exchange->next = NULL;
    exchange->req = (struct request){ .arena = &exchange->arena };
    memset(&exchange->stream, 0, sizeof exchange->stream); /* the larger of the two */
    return exchange;
}

static void exchange_free(struct exchange *exchange)
{
    arena_free(&exchange->arena);
    free(exchange);
}

void exchange_give(struct loop *loop, struct exchange *exchange)
{
    if (loop->exchanges_count >= LOOP_POOL_MAX) {
        exchange_free(exchange);
        return;
    }
    arena_reset(&exchange->arena);
    exchange->next = loop->exchanges;
    loop->exchanges = exchange;
    loop->exchanges_count++;
}

void exchanges_free(struct exchange *first)
{
    for (struct exchange *next; first; first = next) {
        next = first->next;
        exchange_free(first);
    }
}

void exchange_begin(struct exchange *exchange, struct conn *conn)
{
    exchange->req = (struct request){
        .arena = &exchange->arena,
        .loop = conn->loop,
        .peer = conn->peer,
        .connection = &conn->facts,
        .tls = conn->tls != NULL,
        .hello = conn->tls ? tls_hello(conn->tls) : NULL,
        .admin = conn->admin,
        .conn = conn,
    };
}

void exchange_count(int status)
{
    metric_add(METRIC_requests_total, 1);
    if (status >= 500) metric_add(METRIC_responses_5xx_total, 1);
    else if (status >= 400) metric_add(METRIC_responses_4xx_total, 1);
}
