/* socket - see socket.h. One thread, one client at a time: commands are rare and short. */
#include "control/socket.h"

#include "base/log.h"
#include "control/transfer.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { MESSAGE_BYTES_MAX = 64 * 1024, CLIENT_TIMEOUT_S = 10, ARENA_BYTES = 4 * 1024 * 1024,
       RETRY_US = 100 * 1000, TRANSFERS_MAX = 4 };

/* An export or import. */
struct transferring {
    pthread_t thread;
    struct control *control;
    int fd;
    char *request;
    size_t request_bytes;
    bool started;
    atomic_bool ended;
};

struct control {
    int fd;
    struct sockaddr_un address;
    pthread_t thread;
    struct command_context *context;
    struct json_parser *parser;
    pthread_mutex_t transfers_lock; /* of their fd */
    struct transferring transfers[TRANSFERS_MAX];
};

/* False when the path is longer than a socket address can hold (107 bytes). */
static bool make_address(struct sockaddr_un *out, const char *dir)
{
    *out = (struct sockaddr_un){ .sun_family = AF_UNIX };
    int n = snprintf(out->sun_path, sizeof out->sun_path, "%s/control.sock", dir);
    return n > 0 && (size_t)n < sizeof out->sun_path;
}

/* Reads up to a newline or the end; the number of bytes before it, or -1. */
static ssize_t read_line(int fd, char *out, size_t max)
{
    size_t n = 0;
    while (n < max) {
        ssize_t got = read(fd, out + n, max - n);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        char *end = got ? memchr(out + n, '\n', (size_t)got) : out + n;
        if (end) return end - out;
        n += (size_t)got;
    }
    return -1;
}

/* ---- exports and imports ---- */

static void close_transfer(struct transferring *t)
{
    pthread_mutex_lock(&t->control->transfers_lock);
    close(t->fd);
    t->fd = -1;
    pthread_mutex_unlock(&t->control->transfers_lock);
    free(t->request);
    t->request = NULL;
}

static void *run_transfer(void *argument)
{
    struct transferring *t = argument;
    struct json_parser *parser = json_parser_create();
    struct json request;
    if (parser && !json_parse(parser, (struct str){ t->request, t->request_bytes }, &request))
        transfer_run(t->control->context->store, parser, request, t->fd);
    else
        frame_write(t->fd, FRAME_FAILED, STR("out of memory"));
    json_parser_destroy(parser);
    close_transfer(t);
    atomic_store(&t->ended, true);
    return NULL;
}

static void join_transfer(struct transferring *t)
{
    if (t->started) pthread_join(t->thread, NULL);
    t->started = false;
}

/* Takes fd over. */
static void start_transfer(struct control *control, int fd, struct str request)
{
    const struct timeval none = { .tv_sec = 0 };
    struct transferring *t = NULL;
    for (size_t i = 0; i < TRANSFERS_MAX && !t; i++)
        if (!control->transfers[i].started || atomic_load(&control->transfers[i].ended)) t = &control->transfers[i];
    if (!t) {
        frame_write(fd, FRAME_FAILED, STR("too many exports and imports run already; wait for one to end"));
        close(fd);
        return;
    }
    join_transfer(t);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof none); /* as slow as the other end likes */
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof none);
    t->control = control;
    t->fd = fd;
    t->request = malloc(request.n + JSON_PADDING);
    t->request_bytes = request.n;
    atomic_store(&t->ended, false);
    if (t->request) memcpy(t->request, request.p, request.n);
    t->started = t->request && pthread_create(&t->thread, NULL, run_transfer, t) == 0;
    if (t->started) return;
    frame_write(fd, FRAME_FAILED, STR("out of memory"));
    close_transfer(t);
}

/* Those that run end early, as if the other end were gone. */
static void stop_transfers(struct control *control)
{
    for (size_t i = 0; i < TRANSFERS_MAX; i++) {
        struct transferring *t = &control->transfers[i];
        pthread_mutex_lock(&control->transfers_lock);
        if (t->started && t->fd >= 0) shutdown(t->fd, SHUT_RDWR);
        pthread_mutex_unlock(&control->transfers_lock);
        join_transfer(t);
    }
}

/* ---- commands ---- */

/* Takes fd over. */
static void serve_client(struct control *control, int fd, char *message)
{
    struct arena arena;
    struct json_out answer;
    struct json request;
    struct timeval limit = { .tv_sec = CLIENT_TIMEOUT_S };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    ssize_t n = read_line(fd, message, MESSAGE_BYTES_MAX);
    if (n < 0) {
        close(fd);
        return;
    }
    struct str text = { message, (size_t)n };
    bool is_json = !json_parse(control->parser, text, &request);
    if (is_json && transfer_knows(request)) {
        start_transfer(control, fd, text);
        return;
    }
    arena_init(&arena, ARENA_BYTES);
    json_out_init(&answer, &arena);
    if (is_json) command_run(control->context, request, &arena, &answer);
    else json_out_raw(&answer, STR("{\"error\":\"the command is not JSON\"}"));
    json_out_raw(&answer, STR("\n"));
    socket_send(fd, json_out_text(&answer));
    arena_free(&arena);
    close(fd);
}

static void *run(void *argument)
{
    struct control *control = argument;
    char *message = malloc(MESSAGE_BYTES_MAX + JSON_PADDING);
    for (;;) {
        int fd = message ? accept4(control->fd, NULL, NULL, SOCK_CLOEXEC) : -1;
        if (fd >= 0) {
            serve_client(control, fd, message);
        } else if (!message || errno == EINVAL) {
            break; /* shut down by control_stop */
        } else if (errno != EINTR && errno != ECONNABORTED) {
            usleep(RETRY_US); /* out of descriptors or memory, for now */
        }
    }
    free(message);
    return NULL;
}

enum err control_start(struct control **out, const char *dir, struct command_context *context)
{
    struct control *control = calloc(1, sizeof *control);
    if (!control) return ERR_NO_MEMORY;
    control->context = context;
    pthread_mutex_init(&control->transfers_lock, NULL);
    control->parser = json_parser_create();
    control->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = control->parser && control->fd >= 0;
    if (ok && !make_address(&control->address, dir)) {
        errno = ENAMETOOLONG;
        ok = false;
    }
    if (ok) {
        unlink(control->address
                   .sun_path); /* of a server that was killed: we hold the directory's lock */
        mode_t old = umask(0177);
        ok = bind(control->fd, (struct sockaddr *)&control->address, sizeof control->address) == 0;
        umask(old);
    }
    ok = ok && listen(control->fd, 8) == 0 &&
         pthread_create(&control->thread, NULL, run, control) == 0;
    if (ok) {
        *out = control;
        return ERR_OK;
    }
    log_error("control", "cannot listen on %s/control.sock: %s", dir,
              errno == ENAMETOOLONG ? "the path is too long; choose a shorter --data"
                                    : strerror(errno));
    if (control->fd >= 0) close(control->fd);
    json_parser_destroy(control->parser);
    free(control);
    return ERR_IO;
}

void control_stop(struct control *control)
{
    if (!control) return;
    unlink(control->address.sun_path);
    shutdown(control->fd, SHUT_RDWR); /* wakes accept */
    pthread_join(control->thread, NULL);
    stop_transfers(control);
    pthread_mutex_destroy(&control->transfers_lock);
    close(control->fd);
    json_parser_destroy(control->parser);
    free(control);
}

enum err control_open(const char *dir, struct str request, int *fd)
{
    struct sockaddr_un address;
    if (!make_address(&address, dir)) return ERR_NOT_FOUND;
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*fd < 0) return ERR_IO;
    bool there = connect(*fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (there && socket_send(*fd, request) && socket_send(*fd, STR("\n"))) return ERR_OK;
    close(*fd);
    return there ? ERR_IO : ERR_NOT_FOUND;
}

enum err control_ask(const char *dir, struct str request, struct arena *arena, struct str *answer)
{
    char *message = arena_alloc(arena, MESSAGE_BYTES_MAX + JSON_PADDING);
    int fd;
    if (!message) return ERR_NO_MEMORY;
    enum err e = control_open(dir, request, &fd);
    if (e) return e;
    ssize_t n = read_line(fd, message, MESSAGE_BYTES_MAX);
    close(fd);
    *answer = (struct str){ message, n > 0 ? (size_t)n : 0 };
    return n > 0 ? ERR_OK : ERR_IO;
}
