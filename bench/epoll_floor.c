/* epoll_floor - the smallest server that reads an identify body and answers 1 kB: what the kernel alone
 * costs. One thread, one epoll, keep-alive, Content-Length only; it looks at nothing, keeps nothing and
 * checks nothing. A yardstick for bench/run.mjs; never a server to run.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER_BYTES = 64 * 1024, ANSWER_BODY_BYTES = 1024 };

struct conn {
    int fd;
    size_t length;
    char buffer[BUFFER_BYTES + 1];
};

static char answer[ANSWER_BODY_BYTES + 256];
static size_t answer_length;

static void close_conn(struct conn *c)
{
    close(c->fd);
    free(c);
}

/* Bytes of the whole request at the buffer's start; 0 when more must come. */
static size_t request_length(struct conn *c)
{
    c->buffer[c->length] = 0;
    char *end = strstr(c->buffer, "\r\n\r\n");
    if (!end) return 0;
    char *field = strstr(c->buffer, "\r\nContent-Length: "); /* as bench/load spells it */
    size_t body = field && field < end ? strtoull(field + 18, NULL, 10) : 0;
    size_t whole = (size_t)(end + 4 - c->buffer) + body;
    return c->length >= whole ? whole : 0;
}

static void serve(struct conn *c)
{
    ssize_t n = read(c->fd, c->buffer + c->length, BUFFER_BYTES - c->length);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
        close_conn(c);
        return;
    }
    c->length += (size_t)n;
    for (size_t whole; (whole = request_length(c)) > 0;) {
        c->length -= whole;
        memmove(c->buffer, c->buffer + whole, c->length);
        if (write(c->fd, answer, answer_length) != (ssize_t)answer_length) {
            close_conn(c);
            return;
        }
    }
}

static void accept_all(int listener, int epoll)
{
    int on = 1;
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        struct conn *c = calloc(1, sizeof *c);
        struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
        if (!c) abort();
        c->fd = fd;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
    }
}

int main(int argc, char **argv)
{
    enum { EVENTS = 256 };
    struct epoll_event events[EVENTS], e = { .events = EPOLLIN, .data.ptr = NULL };
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    address.sin_port = htons((uint16_t)(argc > 1 ? strtoul(argv[1], NULL, 10) : 0));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (argc < 2 || bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1024)) {
        perror("usage: epoll_floor PORT");
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    answer_length = (size_t)snprintf(answer, sizeof answer,
                                     "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                     "Content-Length: %d\r\n\r\n\"%0*d\"",
                                     ANSWER_BODY_BYTES, ANSWER_BODY_BYTES - 2, 0);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &e);
    for (;;) {
        int n = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr) serve(events[i].data.ptr);
            else accept_all(listener, epoll);
        }
    }
}
