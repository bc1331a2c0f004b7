/* loop - one worker: a thread, its libuv loop, and what its connections share.
 *
 * Nothing here is locked: a loop's data is touched by its own thread only, but for `posted`, the
 * list through which other threads hand in work. What requests need again and again (read buffers,
 * arenas) is pooled here, last in first out, so that busy connections reuse memory that is still in
 * the cache and idle ones hold none.
 */
#ifndef WHORL_NET_LOOP_H
#define WHORL_NET_LOOP_H

#include "base/clock.h"
#include "net/deadline.h"
#include "net/server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

struct exchange;
struct tls;

enum {
    /* A read buffer: the largest head, and as much again of a body. An ordinary identify (head 1
     * kB, body 5 to 14 kB) arrives in one read, and is handed over where it lies. */
    LOOP_BUFFER_BYTES = 32 * 1024,
    /* Buffers and exchanges kept for reuse by each loop, of each kind. */
    LOOP_POOL_MAX = 32,
    /* TLS input, and what is read only to be dropped. A TLS record is at most 16.6 kB. */
    LOOP_SCRATCH_BYTES = 32 * 1024,
};

/* Growing bytes; p is malloc'd. */
struct loop_bytes {
    char *p;
    size_t n, capacity;
};

struct listener {
    uv_poll_t poll;
    struct loop *loop;
    int fd;
    bool tls, admin;
    bool proxy; /* takes the PROXY protocol */
    bool polling, open;
};

struct loop {
    uv_loop_t uv;
    uv_async_t wake;
    uv_timer_t deadline_timer, accept_timer, stop_timer;
    pthread_t thread; /* for joining; the thread knows itself as `self` */
    pthread_t self;
    unsigned index;
    _Atomic(struct task *) posted;

    struct server_config config; /* app and functions; its strings are gone */
    struct tls *tls;             /* NULL without tls_listen; shared by the loops */
    struct listener *listeners;
    size_t listeners_count;

    struct deadlines deadlines;
    int64_t timer_due_ms; /* of deadline_timer; INT64_MAX when it does not run */

    struct conn *conns;      /* all that exist, closed ones that the application holds included */
    size_t conns_count;
    struct exchange *exchanges; /* pool */
    size_t exchanges_count;
    char *buffers[LOOP_POOL_MAX];
    size_t buffers_count;
    char scratch[LOOP_SCRATCH_BYTES];
    struct loop_bytes tls_out; /* records that wait for the end of the current step */
    struct loop_bytes gather;

    char date[HTTP_DATE_BYTES];
    int64_t date_s;

    bool stopping;     /* no new connections; answers close theirs */
    bool newcomers_out; /* stopping: connections without a request have had their chance */
    bool abandoned;    /* stopped with requests that the application still holds */
    struct task stop_task;
    struct loop *next_abandoned;
};

/* The thread does not run yet. Of `listeners`, fd (a listening socket; the loop's from now on,
 * closed when this fails), tls, admin and proxy are read. */
enum err loop_create(struct loop **out, unsigned index, const struct server_config *config,
                     struct tls *tls, const struct listener *listeners, size_t listeners_count);
enum err loop_start(struct loop *loop);
/* Asks the thread to finish; returns at once. */
void loop_stop(struct loop *loop);
/* Waits for the thread, and frees the loop. False: it was abandoned, and stays. */
bool loop_join(struct loop *loop);
/* Frees a loop whose thread was never started. */
void loop_destroy(struct loop *loop);

/* ---- for connections, on the loop's thread ---- */

int64_t loop_now_ms(const struct loop *loop);
void loop_deadline(struct loop *loop, struct deadline *d, enum deadline_kind kind);
/* How long the body of a request for this path may take. */
enum deadline_kind loop_body_deadline(const struct loop *loop, struct str path);
/* LOOP_BUFFER_BYTES and JSON_PADDING more; NULL without memory. */
char *loop_buffer_take(struct loop *loop);
void loop_buffer_give(struct loop *loop, char *buffer);
/* "Fri, 20 Nov 2026 17:58:08 GMT", made once a second. */
struct str loop_date(struct loop *loop);
/* A connection's memory has been freed: a place is free, or the last one is gone. */
void loop_conn_gone(struct loop *loop);
/* Appends; false without memory. */
bool loop_bytes_add(struct loop_bytes *bytes, const void *p, size_t n);

#endif
