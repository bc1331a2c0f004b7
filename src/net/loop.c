/* loop - see loop.h.
 *
 * Listening sockets are watched with uv_poll and accepted from here, not through uv_listen: we need
 * to leave connections in the kernel's queue (too many are open, or no descriptors are left)
 * without spinning, and to empty that queue before a listening socket is closed.
 */
#include "net/loop.h"

#include "base/json_in.h"
#include "base/limits.h"
#include "base/log.h"
#include "net/conn.h"
#include "net/tls.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    /* Deadlines are checked at most this often; they may pass that much later. */
    DEADLINE_TICK_MS = 20,
    /* How long accepting pauses when the system has no descriptors or memory. */
    ACCEPT_PAUSE_MS = 100,
    /* Connections taken from one listener before the others have their turn. */
    ACCEPT_BATCH = 64,
    /* While stopping: how long a new connection may take to begin its request. */
    NEWCOMER_MS = 250,
    /* While stopping: from cutting the last connections to giving the loop up. */
    ABANDON_MS = 100,
};

/* ---- time ---- */

int64_t loop_now_ms(const struct loop *loop)
{
    return (int64_t)uv_now(&loop->uv);
}

static void on_deadline_timer(uv_timer_t *timer);

/* The timer runs for the earliest deadline it knew of. Most deadlines are taken back long before,
 * so it is left alone then and finds out when it fires. */
static void arm(struct loop *loop, int64_t due_ms)
{
    if (due_ms >= loop->timer_due_ms) return;
    int64_t delay_ms = due_ms - loop_now_ms(loop);
    if (delay_ms < DEADLINE_TICK_MS) delay_ms = DEADLINE_TICK_MS;
    loop->timer_due_ms = due_ms;
    uv_timer_start(&loop->deadline_timer, on_deadline_timer, (uint64_t)delay_ms, 0);
}

static void on_deadline_timer(uv_timer_t *timer)
{
    struct loop *loop = timer->data;
    struct deadline *d;
    enum deadline_kind kind;
    loop->timer_due_ms = INT64_MAX;
    while ((d = deadlines_expired(&loop->deadlines, loop_now_ms(loop), &kind)) != NULL)
        conn_expired(d, kind);
    arm(loop, deadlines_next_ms(&loop->deadlines));
}

void loop_deadline(struct loop *loop, struct deadline *d, enum deadline_kind kind)
{
    if (kind == d->kind) return;
    deadline_set(&loop->deadlines, d, kind, loop_now_ms(loop));
    if (kind != DEADLINE_NONE) arm(loop, d->due_ms);
}

enum deadline_kind loop_body_deadline(const struct loop *loop, struct str path)
{
    const char *brief = loop->config.brief_path;
    return brief && str_eq(path, str_of(brief)) ? DEADLINE_BRIEF_BODY : DEADLINE_BODY;
}

struct str loop_date(struct loop *loop)
{
    int64_t now_ms = clock_wall_ms();
    if (now_ms / 1000 != loop->date_s) {
        loop->date_s = now_ms / 1000;
        clock_http_date(loop->date, now_ms);
    }
    return (struct str){ loop->date, HTTP_DATE_BYTES - 1 };
}

/* ---- shared memory ---- */

char *loop_buffer_take(struct loop *loop)
{
    if (loop->buffers_count > 0) return loop->buffers[--loop->buffers_count];
    return malloc(LOOP_BUFFER_BYTES + JSON_PADDING);
}

void loop_buffer_give(struct loop *loop, char *buffer)
{
    if (loop->buffers_count < LOOP_POOL_MAX) loop->buffers[loop->buffers_count++] = buffer;
    else free(buffer);
}

bool loop_bytes_add(struct loop_bytes *bytes, const void *p, size_t n)
{
    if (n > bytes->capacity - bytes->n) {
        size_t capacity = bytes->capacity ? bytes->capacity * 2 : LOOP_SCRATCH_BYTES;
        while (capacity - bytes->n < n) capacity *= 2;
        char *grown = realloc(bytes->p, capacity);
        if (!grown) return false;
        bytes->p = grown;
        bytes->capacity = capacity;
    }
    if (n > 0) memcpy(bytes->p + bytes->n, p, n);
    bytes->n += n;
    return true;
}

/* ---- accepting ---- */

static void on_acceptable(uv_poll_t *poll, int status, int events);

static void listener_poll(struct listener *listener, bool on)
{
    if (!listener->open || on == listener->polling) return;
    listener->polling = on;
    if (on) uv_poll_start(&listener->poll, UV_READABLE, on_acceptable);
    else uv_poll_stop(&listener->poll);
}

static void listeners_poll(struct loop *loop, bool on)
{
    for (size_t i = 0; i < loop->listeners_count; i++) listener_poll(&loop->listeners[i], on);
}

static bool is_full(const struct loop *loop)
{
    return loop->conns_count >= loop->config.limits.connections_max;
}

static void on_accept_timer(uv_timer_t *timer)
{
    struct loop *loop = timer->data;
    if (!is_full(loop)) listeners_poll(loop, true);
}

static void pause_accepting(struct loop *loop, int error)
{
    static _Atomic int64_t logged_ms; /* once a minute for the whole process is enough */
    int64_t now_ms = clock_mono_ms();
    int64_t last_ms = atomic_exchange(&logged_ms, now_ms);
    if (last_ms != 0 && now_ms - last_ms < 60 * 1000) atomic_store(&logged_ms, last_ms);
    else log_warn("accept", "%s: new connections wait%s", strerror(error),
                  error == EMFILE ? "; allow more open files (ulimit -n, LimitNOFILE=)" : "");
    listeners_poll(loop, false);
    uv_timer_start(&loop->accept_timer, on_accept_timer, ACCEPT_PAUSE_MS, 0);
}

/* True: there may be more. */
static bool accept_one(struct listener *listener)
{
    struct sockaddr_storage peer;
    socklen_t peer_bytes = sizeof peer;
    memset(&peer, 0, sizeof peer);
    int fd = accept4(listener->fd, (struct sockaddr *)&peer, &peer_bytes,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        conn_open(listener, fd, &peer);
        return true;
    }
    switch (errno) {
    case EAGAIN: return false;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: pause_accepting(listener->loop, errno); return false;
    default: return true; /* the client has left again (accept(2): errors of the network) */
    }
}

static void on_acceptable(uv_poll_t *poll, int status, int events)
{
    struct listener *listener = poll->data;
    (void)events;
    if (status < 0) return; /* cannot happen to a listening socket; the next event tries again */
    for (int i = 0; i < ACCEPT_BATCH && !is_full(listener->loop) && accept_one(listener); i++) {}
    if (is_full(listener->loop)) listeners_poll(listener->loop, false);
}

static void on_listener_closed(uv_handle_t *handle)
{
    close(((struct listener *)handle->data)->fd);
}

static void close_listener(struct listener *listener)
{
    if (!listener->open) return;
    listener->open = false;
    uv_close((uv_handle_t *)&listener->poll, on_listener_closed);
}

/* ---- stopping ---- */

static void on_abandon_timer(uv_timer_t *timer)
{
    struct loop *loop = timer->data;
    log_error("stop", "%zu requests were not answered in time", loop->conns_count);
    loop->abandoned = true;
    uv_stop(&loop->uv);
}

static void close_all(struct loop *loop)
{
    for (struct conn *c = loop->conns; c; c = c->next) conn_close(c);
}

static void on_stop_timer(uv_timer_t *timer)
{
    struct loop *loop = timer->data;
    if (!loop->newcomers_out) {
        int64_t rest_ms = loop->config.limits.stop_timeout_ms - NEWCOMER_MS;
        loop->newcomers_out = true;
        uv_timer_start(timer, on_stop_timer, (uint64_t)(rest_ms > 1 ? rest_ms : 1), 0);
        for (struct conn *c = loop->conns, *next; c; c = next) {
            next = c->next; /* c is closed, but not freed from here */
            conn_stopping(c);
        }
        return;
    }
    close_all(loop);
    uv_timer_start(timer, on_abandon_timer, ABANDON_MS, 0);
}

/* Nothing is left: uv_run returns when the last handle has been closed. */
static void finish_if_empty(struct loop *loop)
{
    if (!loop->stopping || loop->conns_count > 0) return;
    uv_handle_t *handles[] = { (uv_handle_t *)&loop->wake, (uv_handle_t *)&loop->deadline_timer,
                               (uv_handle_t *)&loop->accept_timer,
                               (uv_handle_t *)&loop->stop_timer };
    for (size_t i = 0; i < COUNT_OF(handles); i++)
        if (!uv_is_closing(handles[i])) uv_close(handles[i], NULL);
}

static struct loop *loop_of_stop_task(struct task *task)
{
    return (struct loop *)(void *)((char *)task - offsetof(struct loop, stop_task));
}

static void run_stop(struct task *task)
{
    struct loop *loop = loop_of_stop_task(task);
    loop->stopping = true;
    for (size_t i = 0; i < loop->listeners_count; i++) {
        /* What clients see as connected is served, not reset. */
        struct listener *listener = &loop->listeners[i];
        for (int n = 0; n < SOMAXCONN && listener->open && accept_one(listener); n++) {}
        close_listener(listener);
    }
    for (struct conn *c = loop->conns, *next; c; c = next) {
        next = c->next;
        conn_stopping(c);
    }
    uv_timer_start(&loop->stop_timer, on_stop_timer, NEWCOMER_MS, 0);
    finish_if_empty(loop);
}

void loop_conn_gone(struct loop *loop)
{
    if (loop->stopping) finish_if_empty(loop);
    else if (!uv_is_active((uv_handle_t *)&loop->accept_timer)) listeners_poll(loop, true);
}

void loop_stop(struct loop *loop)
{
    loop->stop_task.run = run_stop;
    loop_post(loop, &loop->stop_task);
}

/* ---- tasks from other threads ---- */

/* Whoever finds the list empty wakes the loop; the others know that somebody has. So the last thing
 * that touches the loop on behalf of a task happens before the task can run, and a task may free
 * the loop. (uv_async_send itself is awaited by libuv before the callback runs.) */
void loop_post(struct loop *loop, struct task *task)
{
    struct task *first = atomic_load_explicit(&loop->posted, memory_order_relaxed);
    do task->next = first;
    while (!atomic_compare_exchange_weak_explicit(&loop->posted, &first, task,
                                                  memory_order_release, memory_order_relaxed));
    if (!first) uv_async_send(&loop->wake);
}

static void on_wake(uv_async_t *wake)
{
    struct loop *loop = wake->data;
    struct task *newest = atomic_exchange_explicit(&loop->posted, NULL, memory_order_acquire);
    struct task *oldest = NULL;
    for (struct task *next; newest; newest = next) {
        next = newest->next;
        newest->next = oldest;
        oldest = newest;
    }
    for (struct task *next; oldest; oldest = next) {
        next = oldest->next; /* the task is its owner's again once it runs */
        oldest->run(oldest);
    }
}

unsigned loop_index(const struct loop *loop)
{
    return loop->index;
}

/* ---- from start to end ---- */

static void *run_thread(void *arg)
{
    struct loop *loop = arg;
    loop->self = pthread_self();
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    return NULL;
}

static void set_durations(struct loop *loop)
{
    const struct server_limits *limits = &loop->config.limits;
    int64_t *duration_ms = loop->deadlines.duration_ms;
    duration_ms[DEADLINE_HEAD] = limits->head_timeout_ms;
    duration_ms[DEADLINE_BODY] = limits->body_timeout_ms;
    duration_ms[DEADLINE_BRIEF_BODY] = limits->brief_body_timeout_ms;
    duration_ms[DEADLINE_IDLE] = limits->idle_timeout_ms;
    duration_ms[DEADLINE_WRITE] = limits->write_timeout_ms;
    duration_ms[DEADLINE_LINGER] = limits->linger_timeout_ms;
}

static void init_handles(struct loop *loop, const struct listener *listeners, size_t count)
{
    uv_timer_t *timers[] = { &loop->deadline_timer, &loop->accept_timer, &loop->stop_timer };
    for (size_t i = 0; i < COUNT_OF(timers); i++) {
        uv_timer_init(&loop->uv, timers[i]);
        timers[i]->data = loop;
    }
    loop->wake.data = loop;
    for (size_t i = 0; i < count; i++) {
        struct listener *listener = &loop->listeners[i];
        listener->loop = loop;
        listener->tls = listeners[i].tls;
        listener->admin = listeners[i].admin;
        listener->proxy = listeners[i].proxy;
        listener->poll.data = listener;
    }
}

/* Memory and libuv's loop with `wake`; NULL when one of them cannot be had. */
static struct loop *allocate(size_t listeners_count)
{
    struct loop *loop = calloc(1, sizeof *loop);
    struct listener *listeners = calloc(listeners_count + 1, sizeof *listeners);
    if (loop && listeners && uv_loop_init(&loop->uv) == 0) {
        loop->listeners = listeners;
        if (uv_async_init(&loop->uv, &loop->wake, on_wake) == 0) return loop;
        uv_loop_close(&loop->uv);
    }
    free(listeners);
    free(loop);
    return NULL;
}

static int watch_listeners(struct loop *loop, const struct listener *listeners, size_t count)
{
    int failed = 0;
    for (size_t i = 0; i < count; i++) {
        struct listener *listener = &loop->listeners[i];
        if (!failed) failed = uv_poll_init(&loop->uv, &listener->poll, listeners[i].fd);
        if (failed) {
            close(listeners[i].fd);
            continue;
        }
        listener->fd = listeners[i].fd;
        listener->open = true;
        loop->listeners_count++;
        listener_poll(listener, true);
    }
    return failed;
}

enum err loop_create(struct loop **out, unsigned index, const struct server_config *config,
                     struct tls *tls, const struct listener *listeners, size_t listeners_count)
{
    struct loop *loop = allocate(listeners_count);
    if (!loop) {
        log_error("listen", "cannot start a worker: no memory or no descriptors");
        for (size_t i = 0; i < listeners_count; i++) close(listeners[i].fd);
        return ERR_NO_MEMORY;
    }
    loop->index = index;
    loop->config = *config;
    loop->tls = tls;
    loop->timer_due_ms = INT64_MAX;
    loop->date_s = -1;
    deadlines_init(&loop->deadlines);
    set_durations(loop);
    init_handles(loop, listeners, listeners_count);
    int failed = watch_listeners(loop, listeners, listeners_count);
    if (failed) {
        log_error("listen", "cannot start a worker: %s", uv_strerror(failed));
        loop_destroy(loop);
        return ERR_IO;
    }
    *out = loop;
    return ERR_OK;
}

enum err loop_start(struct loop *loop)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* inherited: signals are the main thread's */
    int failed = pthread_create(&loop->thread, NULL, run_thread, loop);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!failed) return ERR_OK;
    log_error("listen", "cannot start a thread: %s", strerror(failed));
    return ERR_IO;
}

static void loop_free(struct loop *loop)
{
    int busy = uv_loop_close(&loop->uv);
    assert(busy == 0);
    while (loop->buffers_count > 0) free(loop->buffers[--loop->buffers_count]);
    exchanges_free(loop->exchanges);
    free(loop->tls_out.p);
    free(loop->gather.p);
    free(loop->listeners);
    free(loop);
}

void loop_destroy(struct loop *loop)
{
    for (size_t i = 0; i < loop->listeners_count; i++) close_listener(&loop->listeners[i]);
    loop->stopping = true;
    finish_if_empty(loop);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    loop_free(loop);
}

bool loop_join(struct loop *loop)
{
    static struct loop *abandoned; /* kept in sight of leak checkers */
    pthread_join(loop->thread, NULL);
    if (!loop->abandoned) {
        loop_free(loop);
        return true;
    }
    loop->next_abandoned = abandoned;
    abandoned = loop;
    return false;
}
