/* socket - see socket.h. One thread, one client at a time: commands are rare and short. */
#include "control/socket.h"

#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { MESSAGE_BYTES_MAX = 64 * 1024, CLIENT_TIMEOUT_S = 10, ARENA_BYTES = 4 * 1024 * 1024,
       RETRY_US = 100 * 1000 };

struct control {
    int fd;
    struct sockaddr_un address;
    pthread_t thread;
    struct command_context *context;
    struct json_parser *parser;
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

static bool write_all(int fd, struct str s)
{
    while (s.n > 0) {
        ssize_t sent = send(fd, s.p, s.n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        s = str_sub(s, (size_t)sent, s.n);
    }
    return true;
}

static void serve_client(struct control *control, int fd, char *message)
{
    struct arena arena;
    struct json_out answer;
    struct json request;
    struct timeval limit = { .tv_sec = CLIENT_TIMEOUT_S };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    ssize_t n = read_line(fd, message, MESSAGE_BYTES_MAX);
    if (n < 0) return;
    arena_init(&arena, ARENA_BYTES);
    json_out_init(&answer, &arena);
    if (json_parse(control->parser, (struct str){ message, (size_t)n }, &request))
        json_out_raw(&answer, STR("{\"error\":\"the command is not JSON\"}"));
    else
        command_run(control->context, request, &arena, &answer);
    json_out_raw(&answer, STR("\n"));
    write_all(fd, json_out_text(&answer));
    arena_free(&arena);
}

static void *run(void *argument)
{
    struct control *control = argument;
    char *message = malloc(MESSAGE_BYTES_MAX + JSON_PADDING);
    for (;;) {
        int fd = message ? accept4(control->fd, NULL, NULL, SOCK_CLOEXEC) : -1;
        if (fd >= 0) {
            serve_client(control, fd, message);
            close(fd);
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
    close(control->fd);
    json_parser_destroy(control->parser);
    free(control);
}

enum err control_ask(const char *dir, struct str request, struct arena *arena, struct str *answer)
{
    struct sockaddr_un address;
    char *message = arena_alloc(arena, MESSAGE_BYTES_MAX + JSON_PADDING);
    if (!message) return ERR_NO_MEMORY;
    if (!make_address(&address, dir)) return ERR_NOT_FOUND;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return ERR_IO;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return ERR_NOT_FOUND;
    }
    ssize_t n = write_all(fd, request) && write_all(fd, STR("\n"))
                    ? read_line(fd, message, MESSAGE_BYTES_MAX) : -1;
    close(fd);
    *answer = (struct str){ message, n > 0 ? (size_t)n : 0 };
    return n > 0 ? ERR_OK : ERR_IO;
}
