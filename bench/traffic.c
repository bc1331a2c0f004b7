/* traffic - see traffic.h. One thread, one epoll; a connection has at most one request under way. */
#include "bench/traffic.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum {
    REQUEST_BYTES_MAX = BODY_BYTES_MAX + 4096,
    ANSWER_BYTES_MAX = 64 * 1024,
    SILENCE_US_MAX = 30 * 1000 * 1000, /* then the server counts as gone */
};

struct link {
    int fd; /* -1: closed */
    bool wants_write;
    struct member *member; /* whose request is under way; NULL: idle */
    uint64_t due_us;
    size_t request_length, request_sent, answer_length;
    char request[REQUEST_BYTES_MAX];
    char answer[ANSWER_BYTES_MAX + 1];
};

struct traffic {
    const struct traffic_options *options;
    struct traffic_report *report;
    struct rng rng;
    int epoll;
    struct link *links;
    unsigned *idle; /* stack of links without a request */
    unsigned idle_count;
    uint64_t start_us, end_us, last_answer_us;
    uint64_t under_way;
};

static uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static int64_t wall_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- requests -------------------------------------------------------------------------------- */

static void write_request(struct traffic *t, struct link *l)
{
    const struct traffic_options *o = t->options;
    const struct member *m = l->member;
    const struct device *d = &m->device;
    static char body[BODY_BYTES_MAX];
    size_t n = body_write(o->body, d, &t->rng, wall_ms(), body);
    /* In the order and spelling of a Chromium fetch. */
    int head = snprintf(l->request, sizeof l->request - n,
                        "POST %s HTTP/1.1\r\nHost: %s\r\nConnection: keep-alive\r\nContent-Length: %zu\r\n"
                        "sec-ch-ua-platform: \"%s\"\r\nUser-Agent: %s\r\n"
                        "sec-ch-ua: \"Chromium\";v=\"%d\", \"Google Chrome\";v=\"%d\", \"Not:A-Brand\";v=\"8\"\r\n"
                        "Content-Type: application/json\r\nX-API-Key: %s\r\nsec-ch-ua-mobile: ?0\r\n"
                        "Accept: */*\r\nOrigin: http://shop.example\r\nSec-Fetch-Site: cross-site\r\n"
                        "Sec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\nReferer: http://shop.example/\r\n"
                        "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: %s\r\n%s%s%s\r\n",
                        o->path, o->host, n, d->system_name, d->user_agent, d->major, d->major, o->key,
                        d->accept_language, m->sends_cookie ? "Cookie: " : "",
                        m->sends_cookie ? m->cookie : "", m->sends_cookie ? "\r\n" : "");
    if (head < 0 || (size_t)head >= sizeof l->request - n) abort(); /* options are bounded in load.c */
    memcpy(l->request + head, body, n);
    l->request_length = (size_t)head + n;
    l->request_sent = 0;
    l->answer_length = 0;
    t->report->sent_bytes += n;
}

static void watch(struct traffic *t, struct link *l, bool write)
{
    struct epoll_event e = { .events = EPOLLIN | (write ? (uint32_t)EPOLLOUT : 0), .data.ptr = l };
    epoll_ctl(t->epoll, EPOLL_CTL_MOD, l->fd, &e);
    l->wants_write = write;
}

static bool open_link(struct traffic *t, struct link *l)
{
    const struct traffic_options *o = t->options;
    int on = 1;
    l->fd = socket(o->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (l->fd < 0) return false;
    setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event e = { .events = EPOLLIN, .data.ptr = l };
    /* Loopback: connecting blocks for no time worth an event. */
    if (connect(l->fd, (const struct sockaddr *)&o->address, o->address_length) == 0 &&
        epoll_ctl(t->epoll, EPOLL_CTL_ADD, l->fd, &e) == 0) {
        l->wants_write = false;
        return true;
    }
    close(l->fd);
    l->fd = -1;
    return false;
}

static void end_request(struct traffic *t, struct link *l)
{
    l->member = NULL;
    t->under_way--;
    t->idle[t->idle_count++] = (unsigned)(l - t->links);
}

/* The connection ended. With a request under way that one is lost; in any case a new one is tried. */
static void reopen(struct traffic *t, struct link *l)
{
    close(l->fd);
    l->fd = -1;
    if (l->member) {
        t->report->broken++;
        crowd_failed(t->options->crowd, l->member);
        end_request(t, l);
    }
    if (!open_link(t, l)) t->report->server_gone = true;
}

static void send_some(struct traffic *t, struct link *l)
{
    while (l->request_sent < l->request_length) {
        ssize_t n = send(l->fd, l->request + l->request_sent, l->request_length - l->request_sent,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) {
            if (!l->wants_write) watch(t, l, true);
            return;
        }
        if (n < 0) {
            reopen(t, l);
            return;
        }
        l->request_sent += (size_t)n;
    }
    if (l->wants_write) watch(t, l, false);
}

/* false: nobody could be found to send for. */
static bool start_request(struct traffic *t, uint64_t due_us)
{
    struct link *l = &t->links[t->idle[t->idle_count - 1]];
    l->member = crowd_next(t->options->crowd);
    if (!l->member) return false;
    t->idle_count--;
    t->under_way++;
    t->report->sent++;
    l->due_us = due_us;
    write_request(t, l);
    send_some(t, l);
    return true;
}

/* ---- answers --------------------------------------------------------------------------------- */

/* The value of the JSON member "name":"..." in text, cut at `size`. Ids need no unescaping. */
static void find_string(const char *text, const char *name, char *out, size_t size)
{
    const char *at = strstr(text, name);
    out[0] = 0;
    if (!at) return;
    at += strlen(name);
    at += strspn(at, " :");
    if (*at++ != '"') return;
    size_t n = strcspn(at, "\"");
    if (n >= size) return;
    memcpy(out, at, n);
    out[n] = 0;
}

static void read_cookie(struct member *m, const char *value)
{
    size_t n = strcspn(value, ";\r");
    if (strncmp(value, "_iidt=", 6) != 0 || n >= sizeof m->cookie) return;
    memcpy(m->cookie, value, n);
    m->cookie[n] = 0;
}

struct head {
    int status;
    size_t length, body_length;
    bool close;
};

/* 0: more must come; 1: done; -1: not an answer that this client understands. */
static int read_head(struct link *l, struct head *h)
{
    l->answer[l->answer_length] = 0;
    char *end = strstr(l->answer, "\r\n\r\n");
    if (!end) return l->answer_length == ANSWER_BYTES_MAX ? -1 : 0;
    *h = (struct head){ .length = (size_t)(end + 4 - l->answer) };
    if (sscanf(l->answer, "HTTP/1.1 %3d", &h->status) != 1) return -1;
    bool has_length = false;
    for (char *line = strstr(l->answer, "\r\n") + 2; line < end + 2; line = strstr(line, "\r\n") + 2) {
        if (strncasecmp(line, "content-length:", 15) == 0) {
            h->body_length = strtoull(line + 15, NULL, 10);
            has_length = true;
        } else if (strncasecmp(line, "connection: close", 17) == 0) {
            h->close = true;
        } else if (strncasecmp(line, "set-cookie: ", 12) == 0) {
            read_cookie(l->member, line + 12);
        }
    }
    return has_length && h->length + h->body_length <= ANSWER_BYTES_MAX ? 1 : -1;
}

static void take_answer(struct traffic *t, struct link *l, const struct head *h)
{
    struct traffic_report *r = t->report;
    char request[VISITOR_BYTES_MAX], visitor[VISITOR_BYTES_MAX];
    t->last_answer_us = now_us();
    histogram_add(&r->latency, t->last_answer_us - l->due_us);
    r->answered++;
    r->statuses[h->status < STATUS_MAX ? h->status : 0]++;
    if (h->status == 200) {
        find_string(l->answer + h->length, "\"requestId\"", request, sizeof request);
        find_string(l->answer + h->length, "\"visitorId\"", visitor, sizeof visitor);
        if (t->options->acks)
            fprintf(t->options->acks, "%s %s %u\n", request, visitor, l->member->number);
        crowd_answered(t->options->crowd, l->member, visitor);
    } else {
        crowd_failed(t->options->crowd, l->member);
    }
    end_request(t, l);
}

static void receive(struct traffic *t, struct link *l)
{
    struct head h;
    ssize_t n = recv(l->fd, l->answer + l->answer_length, ANSWER_BYTES_MAX - l->answer_length, MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (n <= 0 || !l->member) { /* the end, or bytes that nobody asked for */
        reopen(t, l);
        return;
    }
    l->answer_length += (size_t)n;
    int state = read_head(l, &h);
    if (state == 0 || (state > 0 && l->answer_length < h.length + h.body_length)) return;
    if (state < 0) {
        reopen(t, l);
        return;
    }
    take_answer(t, l, &h);
    if (h.close || l->request_sent < l->request_length) reopen(t, l);
}

/* ---- the loop -------------------------------------------------------------------------------- */

static bool may_send(const struct traffic *t, uint64_t now)
{
    const struct traffic_options *o = t->options;
    return now < t->end_us && (!o->events || t->report->sent < o->events) && !t->report->server_gone;
}

static uint64_t due_us(const struct traffic *t, uint64_t number)
{
    return t->start_us + (uint64_t)((double)number * 1e6 / t->options->rate);
}

/* Sends what is due; returns how long to sleep at most. */
static uint64_t send_due(struct traffic *t)
{
    uint64_t now = now_us();
    if (t->options->rate <= 0) {
        while (t->idle_count > 0 && may_send(t, now) && start_request(t, now)) now = now_us();
        return 100000;
    }
    uint64_t due = due_us(t, t->report->sent);
    while (due <= now && due < t->end_us && may_send(t, t->start_us) && t->idle_count > 0) {
        if (!start_request(t, due)) break;
        due = due_us(t, t->report->sent);
        now = now_us();
    }
    if (due <= now && t->report->sent > 0) {
        uint64_t waiting = (uint64_t)((double)(now - due) * t->options->rate / 1e6) + 1;
        if (due < t->end_us && waiting > t->report->waited_max) t->report->waited_max = waiting;
        return 100000;
    }
    return due - now < 100000 ? due - now : 100000;
}

static bool finished(const struct traffic *t)
{
    uint64_t now = now_us();
    bool late = t->options->rate > 0 && due_us(t, t->report->sent) < t->end_us; /* due, to be sent still */
    return t->under_way == 0 && !may_send(t, late ? t->start_us : now);
}

static void run_loop(struct traffic *t)
{
    enum { EVENTS = 256 };
    struct epoll_event events[EVENTS];
    while (!finished(t)) {
        uint64_t sleep_us = send_due(t);
        struct timespec sleep = { .tv_sec = 0, .tv_nsec = (long)sleep_us * 1000 };
        int n = epoll_pwait2(t->epoll, events, EVENTS, &sleep, NULL);
        for (int i = 0; i < n; i++) {
            struct link *l = events[i].data.ptr;
            if (events[i].events & EPOLLOUT) send_some(t, l);
            if (l->fd >= 0 && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(t, l);
        }
        uint64_t last = t->last_answer_us > t->start_us ? t->last_answer_us : t->start_us;
        if (t->under_way > 0 && now_us() - last > SILENCE_US_MAX) t->report->server_gone = true;
        if (t->report->server_gone) return;
    }
}

bool traffic_run(const struct traffic_options *o, struct traffic_report *report)
{
    struct traffic t = { .options = o, .report = report, .rng = { rng_hash(o->seed, 2) } };
    memset(report, 0, sizeof *report);
    t.epoll = epoll_create1(EPOLL_CLOEXEC);
    t.links = calloc(o->connections, sizeof *t.links);
    t.idle = calloc(o->connections, sizeof *t.idle);
    bool ready = t.epoll >= 0 && t.links && t.idle;
    for (unsigned i = 0; ready && i < o->connections; i++) {
        ready = open_link(&t, &t.links[i]);
        t.idle[t.idle_count++] = o->connections - 1 - i;
    }
    if (ready) {
        prctl(PR_SET_TIMERSLACK, 1000UL); /* ns; the default of 50 us would show in the latencies */
        t.start_us = now_us();
        t.end_us = t.start_us + (uint64_t)(o->seconds * 1e6);
        run_loop(&t);
        report->broken += t.under_way;
        if (t.last_answer_us) report->seconds = (double)(t.last_answer_us - t.start_us) / 1e6;
    } else {
        fprintf(stderr, "cannot connect: %s\n", strerror(errno));
    }
    for (unsigned i = 0; t.links && i < o->connections; i++)
        if (t.links[i].fd > 0) close(t.links[i].fd);
    if (t.epoll >= 0) close(t.epoll);
    free(t.links);
    free(t.idle);
    return ready;
}
