/* Any bytes as what a client sends on a plain connection: a real connection on a real loop, over a
 * pair of sockets, with a small application. The first byte says how the rest is cut into pieces;
 * the preface and SETTINGS are put before the rest, so that most inputs reach HTTP/2. At the end
 * nothing may be left: no connection, no request that was not answered. */
#include "base/json_in.h"
#include "base/limits.h"
#include "net/conn.h"
#include "net/http2_watch.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { HELD_MAX = 8 };
static struct request *held[HELD_MAX]; /* for "/h...": answered when all input is there */
static size_t held_count;

static void answer(struct request *req)
{
    static char much[200 * 1000];
    struct header header = { STR("X-Path"), req->http2 };
    struct response response = { .status = 200, .headers = &header, .headers_count = 1,
                                 .body = req->body };
    if (str_starts(req->path, STR("/l"))) response.body = (struct str){ much, sizeof much };
    if (str_starts(req->path, STR("/n"))) response.status = 204;
    if (str_starts(req->path, STR("/c"))) response.close = true;
    request_respond(req, &response);
}

static void on_request(void *app, struct request *req)
{
    (void)app;
    assert(req->headers_count <= HEADERS_MAX && req->target.n <= TARGET_BYTES_MAX);
    assert(req->body.n <= BODY_BYTES_MAX && req->method.n > 0);
    assert(req->path.p && (req->path.p[0] == '/' || str_eq(req->path, STR("*"))));
    for (size_t i = 0; i < req->headers_count; i++) assert(req->headers[i].name.n > 0);
    volatile char sum = 0; /* the padding can be read */
    for (size_t i = 0; req->body.p && i < req->body.n + JSON_PADDING; i++)
        sum = (char)(sum + req->body.p[i]);
    if (str_starts(req->path, STR("/h")) && held_count < HELD_MAX) held[held_count++] = req;
    else answer(req);
}

static void on_refused(void *app, struct request *req, enum err e, const char *detail,
                       struct response *out)
{
    (void)app, (void)req, (void)e;
    assert(detail && out->status >= 400);
}

static struct loop *loop_of_fuzzer(void)
{
    static struct loop *loop;
    if (loop) return loop;
    static const struct listener none;
    struct server_config config = { .on_request = on_request, .on_refused = on_refused };
    config.limits = (struct server_limits){
        .head_timeout_ms = 10000, .body_timeout_ms = 10000, .brief_body_timeout_ms = 10000, .idle_timeout_ms = 10000,
        .write_timeout_ms = 10000, .linger_timeout_ms = 10000, .stop_timeout_ms = 10000, .connections_max = 100,
    };
    enum err e = loop_create(&loop, 0, &config, NULL, &none, 0);
    assert(!e);
    loop->self = pthread_self();
    return loop;
}

static void turn(struct loop *loop)
{
    for (int i = 0; i < 3; i++) uv_run(&loop->uv, UV_RUN_NOWAIT);
}

/* Sends as much as the socket takes, and reads what has come back. */
static void push(struct loop *loop, int fd, const char *p, size_t n)
{
    static char sink[64 * 1024];
    for (int tries = 0; n > 0 && tries < 50; tries++) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) p += sent, n -= (size_t)sent;
        turn(loop);
        while (recv(fd, sink, sizeof sink, MSG_DONTWAIT) > 0) {}
        if (sent < 0 && errno == EPIPE) return;
    }
    turn(loop);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char hello[] = HTTP2_PREFACE "\0\0\0\4\0\0\0\0\0";
    struct loop *loop = loop_of_fuzzer();
    struct listener listener = { .loop = loop, .admin = true };
    struct sockaddr_storage peer = { .ss_family = AF_INET };
    int fds[2];
    if (n == 0) return 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0) return 0;
    conn_open(&listener, fds[0], &peer);
    held_count = 0;
    size_t piece = data[0] % 128 ? data[0] % 128 * 7u : n;
    if (data[0] < 128) push(loop, fds[1], hello, sizeof hello - 1);
    for (size_t at = 1; at < n; at += piece)
        push(loop, fds[1], (const char *)data + at, n - at < piece ? n - at : piece);
    while (held_count > 0) answer(held[--held_count]);
    push(loop, fds[1], "", 0);
    for (struct conn *c = loop->conns; c; c = c->next) conn_close(c);
    close(fds[1]);
    turn(loop);
    assert(!loop->conns);
    return 0;
}
