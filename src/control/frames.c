/* frames - see frames.h. */
#include "control/frames.h"

#include "base/json_in.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_BYTES = 5 };

bool socket_send(int fd, struct str s)
{
    while (s.n > 0) {
        ssize_t sent = send(fd, s.p, s.n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        s = str_sub(s, (size_t)sent, s.n);
    }
    return true;
}

bool frame_write(int fd, enum frame kind, struct str body)
{
    char head[HEAD_BYTES] = { (char)kind };
    for (int i = 0; i < 4; i++) head[1 + i] = (char)(body.n >> 8 * i & 0xff);
    return body.n <= FRAME_BYTES_MAX && socket_send(fd, (struct str){ head, sizeof head }) &&
           socket_send(fd, body);
}

bool frame_reader_init(struct frame_reader *r, int fd)
{
    *r = (struct frame_reader){ .fd = fd,
                                .bytes = malloc(FRAME_BYTES_MAX + HEAD_BYTES + JSON_PADDING) };
    return r->bytes != NULL;
}

void frame_reader_free(struct frame_reader *r)
{
    free(r->bytes);
}

bool frame_fill(struct frame_reader *r)
{
    memmove(r->bytes, r->bytes + r->begin, r->n - r->begin);
    r->n -= r->begin;
    r->begin = 0;
    ssize_t got = read(r->fd, r->bytes + r->n, FRAME_BYTES_MAX + HEAD_BYTES - r->n);
    if (got <= 0) return got < 0 && errno == EINTR;
    r->n += (size_t)got;
    return true;
}

bool frame_next(struct frame_reader *r, enum frame *kind, struct str *body)
{
    const unsigned char *p = (const unsigned char *)r->bytes + r->begin;
    size_t have = r->n - r->begin;
    if (have && p[0] == '{') { /* a server that does not know the command answers as to others */
        *kind = FRAME_FAILED,
        *body = STR("the running server does not know this command: it is of another version");
        return true;
    }
    if (have < HEAD_BYTES) return false;
    size_t n = p[1] | (size_t)p[2] << 8 | (size_t)p[3] << 16 | (size_t)p[4] << 24;
    if (n > FRAME_BYTES_MAX) {
        *kind = FRAME_FAILED,
        *body = STR("the running server answers in a way that is not understood");
        return true;
    }
    if (have < HEAD_BYTES + n) return false;
    *kind = (enum frame)p[0];
    *body = (struct str){ r->bytes + r->begin + HEAD_BYTES, n };
    r->begin += HEAD_BYTES + n;
    return true;
}
