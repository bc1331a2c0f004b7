/* harness - a server in this process with a small application, and a client made of raw sockets.
 *
 * The application, by path:
 *     /echo      the request's body
 *     /size?N    N bytes
 *     /info      what the request says about its connection
 *     /hello     what is known of the TLS handshake
 *     /later     like /echo, answered by way of another thread
 *     /hold      like /echo, answered when the test calls app_release
 *     /none      204
 *     /headers   all request headers, one per line
 *     /close     like /echo, with `close` set
 */
#ifndef WHORL_TESTS_NET_HARNESS_H
#define WHORL_TESTS_NET_HARNESS_H

#include "base/json_in.h"
#include "base/log.h"
#include "base/metrics.h"
#include "net/hello_facts.h"
#include "net/listen.h"
#include "net/server.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

enum { PATIENCE_MS = 20 * 1000 }; /* how long a test waits for what must come; never for what must not */

/* ---- application ---- */

struct work {
    struct task task; /* first */
    struct request *req;
    struct work *next;
};

struct app {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    pthread_t thread;
    struct work *first, **last; /* to be answered by the thread */
    struct work *held;
    size_t held_count;
    unsigned seen_workers;      /* bit per loop_index */
    bool stop;
    struct server *server;
};

static inline void app_answer(struct request *req)
{
    char *filled = NULL;
    struct response response = { .status = 200, .body = req->body };
    struct header header = { STR("X-Path"), req->path };
    uint64_t size;
    response.headers = &header;
    response.headers_count = 1;
    if (str_eq(req->path, STR("/size")) && str_to_u64(req->query, &size)) {
        filled = malloc(size + 1);
        memset(filled, 'x', size);
        response.body = (struct str){ filled, size };
    } else if (str_eq(req->path, STR("/info"))) {
        const struct sockaddr_in *peer = (const struct sockaddr_in *)&req->peer;
        response.body = arena_format(req->arena, "%s tls=%d admin=%d version=%d port=%d",
                                     req->peer.ss_family == AF_INET6 ? "v6" : "v4", req->tls,
                                     req->admin, req->version, ntohs(peer->sin_port));
    } else if (str_eq(req->path, STR("/hello"))) {
        const struct hello_facts *h = req->hello;
        response.body = !h ? STR("none")
                           : arena_format(req->arena, "%s %s %s %s resumed=%d bytes=%d alpn=%.*s",
                                          h->version, h->cipher, h->known ? h->ja3 : "-",
                                          h->known ? h->ja4 : "-", h->resumed, h->bytes,
                                          h->alpn_bytes, h->alpn);
    } else if (str_eq(req->path, STR("/headers"))) {
        struct str all = { "", 0 };
        for (size_t i = 0; i < req->headers_count; i++)
            all = arena_format(req->arena, "%.*s%.*s=%.*s\n", STR_ARG(all),
                               STR_ARG(req->headers[i].name), STR_ARG(req->headers[i].value));
        response.body = all;
    } else if (str_eq(req->path, STR("/none"))) {
        response.status = 204;
    }
    response.close = str_eq(req->path, STR("/close"));
    request_respond(req, &response);
    free(filled);
}

static inline void app_run_task(struct task *task)
{
    struct work *work = (struct work *)task;
    app_answer(work->req);
    free(work);
}

static inline void app_on_request(void *arg, struct request *req)
{
    struct app *app = arg;
    bool hold = str_eq(req->path, STR("/hold")), later = str_eq(req->path, STR("/later"));
    volatile unsigned char sum = 0; /* the padding must be readable */
    for (size_t i = 0; req->body.p && i < req->body.n + JSON_PADDING; i += 64)
        sum = (unsigned char)(sum + (unsigned char)req->body.p[i]);
    pthread_mutex_lock(&app->mutex);
    app->seen_workers |= 1u << loop_index(req->loop);
    if (hold || later) {
        struct work *work = calloc(1, sizeof *work);
        work->task.run = app_run_task;
        work->req = req;
        if (hold) {
            work->next = app->held;
            app->held = work;
            app->held_count++;
        } else {
            *app->last = work;
            app->last = &work->next;
        }
        pthread_cond_broadcast(&app->changed);
    }
    pthread_mutex_unlock(&app->mutex);
    if (!hold && !later) app_answer(req);
}

static inline void app_on_refused(void *arg, struct request *req, enum err e, const char *detail,
                                  struct response *out)
{
    (void)arg;
    out->body = arena_format(req->arena, "%s %.*s %.*s %s", err_name(e), STR_ARG(req->method),
                             STR_ARG(req->path), detail);
}

static inline void *app_thread(void *arg)
{
    struct app *app = arg;
    pthread_mutex_lock(&app->mutex);
    while (!app->stop) {
        struct work *work = app->first;
        if (!work) {
            pthread_cond_wait(&app->changed, &app->mutex);
            continue;
        }
        app->first = work->next;
        if (!app->first) app->last = &app->first;
        pthread_mutex_unlock(&app->mutex);
        loop_post(work->req->loop, &work->task);
        pthread_mutex_lock(&app->mutex);
    }
    pthread_mutex_unlock(&app->mutex);
    return NULL;
}

/* Answers the held requests, newest first. */
static inline void app_release(struct app *app)
{
    pthread_mutex_lock(&app->mutex);
    for (struct work *work = app->held, *next; work; work = next) {
        next = work->next;
        loop_post(work->req->loop, &work->task);
    }
    app->held = NULL;
    app->held_count = 0;
    pthread_mutex_unlock(&app->mutex);
}

static inline void app_wait_held(struct app *app, size_t count)
{
    pthread_mutex_lock(&app->mutex);
    while (app->held_count < count) pthread_cond_wait(&app->changed, &app->mutex);
    pthread_mutex_unlock(&app->mutex);
}

static inline enum err app_try_start(struct app *app, struct server_config config)
{
    *app = (struct app){ .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    app->last = &app->first;
    config.app = app;
    config.on_request = app_on_request;
    config.on_refused = app_on_refused;
    config.brief_path = "/brief";
    if (config.workers == 0) config.workers = 1;
    enum err e = server_start(&app->server, &config);
    if (!e) pthread_create(&app->thread, NULL, app_thread, app);
    return e;
}

/* IPv4 is server_address 0, IPv6 is 1. */
static inline void app_start(struct app *app, struct server_limits limits)
{
    static const char *const both[] = { "127.0.0.1:0", "[::1]:0" };
    struct server_config config = { .listen = both, .listen_count = 2, .limits = limits };
    REQUIRE(app_try_start(app, config) == ERR_OK);
}

static inline void app_stop_thread(struct app *app)
{
    pthread_mutex_lock(&app->mutex);
    app->stop = true;
    pthread_cond_broadcast(&app->changed);
    pthread_mutex_unlock(&app->mutex);
    pthread_join(app->thread, NULL);
}

static inline void app_stop(struct app *app)
{
    server_stop(app->server);
    app_stop_thread(app);
}

/* Starts and stops a server: the result, and what was logged meanwhile. */
static inline enum err app_start_log(struct server_config config, char *out, size_t out_bytes)
{
    int pipe_fds[2], saved = dup(STDERR_FILENO);
    struct app app;
    REQUIRE(pipe(pipe_fds) == 0);
    dup2(pipe_fds[1], STDERR_FILENO);
    enum err e = app_try_start(&app, config);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(pipe_fds[1]);
    ssize_t n = read(pipe_fds[0], out, out_bytes - 1);
    out[n > 0 ? n : 0] = 0;
    close(pipe_fds[0]);
    if (!e) app_stop(&app);
    return e;
}

/* ---- client ---- */

static inline int client_try_connect(const char *address)
{
    struct sockaddr_storage to;
    socklen_t bytes;
    REQUIRE(address && listen_parse(address, &to, &bytes) == ERR_OK);
    int fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(fd >= 0);
    if (connect(fd, (struct sockaddr *)&to, bytes) == 0) return fd;
    close(fd);
    return -1;
}

static inline int client_connect(const struct app *app)
{
    int fd = client_try_connect(server_address(app->server, 0));
    REQUIRE(fd >= 0);
    return fd;
}

/* False when the other side has reset the connection. */
static inline bool client_send(int fd, struct str bytes)
{
    for (size_t at = 0; at < bytes.n;) {
        ssize_t n = send(fd, bytes.p + at, bytes.n - at, MSG_NOSIGNAL);
        if (n < 0) return false;
        at += (size_t)n;
    }
    return true;
}

static inline bool client_text(int fd, const char *text)
{
    return client_send(fd, str_of(text));
}

/* Like read(2), but gives up: -2 after PATIENCE_MS. */
static inline ssize_t client_read(int fd, char *p, size_t n)
{
    struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
    if (poll(&poll_fd, 1, PATIENCE_MS) <= 0) return -2;
    return read(fd, p, n);
}

/* Nothing comes but the end of the connection. */
static inline bool client_sees_end(int fd)
{
    char byte;
    return client_read(fd, &byte, 1) == 0;
}

struct answer {
    int status;           /* 0: none came */
    char head[4096];      /* NUL-terminated, with its empty line */
    char *body;           /* malloc'd, NUL-terminated */
    size_t body_bytes;
    ssize_t length;       /* Content-Length, or -1 */
};

static inline void answer_free(struct answer *answer)
{
    free(answer->body);
    answer->body = NULL;
}

static inline bool answer_has(const struct answer *answer, const char *line)
{
    char whole[256];
    snprintf(whole, sizeof whole, "\r\n%s\r\n", line);
    return strcasestr(answer->head, whole) != NULL;
}

/* Reads one answer, byte by byte in the head so that nothing of the next one is taken. */
static inline struct answer client_answer_to(int fd, bool head_only)
{
    struct answer answer = { .length = -1 };
    size_t n = 0;
    while (n < sizeof answer.head - 1 && client_read(fd, answer.head + n, 1) == 1) {
        n++;
        if (n >= 4 && memcmp(answer.head + n - 4, "\r\n\r\n", 4) == 0) break;
    }
    answer.head[n] = 0;
    int status = 0;
    if (n < 4 || sscanf(answer.head, "HTTP/1.1 %d ", &status) != 1) return answer;
    const char *length = strcasestr(answer.head, "\r\nContent-Length: ");
    if (length) answer.length = atol(length + strlen("\r\nContent-Length: "));
    size_t want = head_only || answer.length < 0 ? 0 : (size_t)answer.length;
    answer.body = calloc(1, want + 1);
    while (answer.body_bytes < want) {
        ssize_t got = client_read(fd, answer.body + answer.body_bytes, want - answer.body_bytes);
        if (got <= 0) return answer; /* status stays 0: cut off */
        answer.body_bytes += (size_t)got;
    }
    answer.status = status;
    return answer;
}

static inline struct answer client_answer(int fd)
{
    return client_answer_to(fd, false);
}

/* Sends `text` and expects this status and, unless NULL, this body. */
static inline void client_expect(int fd, const char *text, int status, const char *body)
{
    CHECK(client_text(fd, text));
    struct answer answer = client_answer(fd);
    CHECK_INT(answer.status, status);
    if (body) CHECK_STR(((struct str){ answer.body, answer.body_bytes }), str_of(body));
    answer_free(&answer);
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: h\r\n\r\n"
#define POST(path, length, body)                                                                   \
    "POST " path " HTTP/1.1\r\nHost: h\r\nContent-Length: " length "\r\n\r\n" body

#endif
