/* frames - what the two ends of an export or import say to each other over a socket: a byte that
 * says what, four bytes of length, and so many bytes. */
#ifndef WHORL_CONTROL_FRAMES_H
#define WHORL_CONTROL_FRAMES_H

#include "base/str.h"

enum frame {
    FRAME_READY = 'R',    /* import: send now */
    FRAME_DATA = 'D',     /* export: lines */
    FRAME_PROGRESS = 'P', /* a JSON object of numbers */
    FRAME_BAD = 'B',      /* import: {"line", "problem"}: an event that was not taken */
    FRAME_END = 'E',      /* all is done: a JSON object that sums it up */
    FRAME_FAILED = 'X',   /* it ends here, and is not whole: why, in words */
};

/* All bytes, however long the other end takes. False when it is gone, or the socket's time is up. */
bool socket_send(int fd, struct str bytes);

/* Most bytes of one frame. */
enum { FRAME_BYTES_MAX = 1024 * 1024 };

/* False when the other end is gone. */
bool frame_write(int fd, enum frame kind, struct str body);

struct frame_reader {
    int fd;
    char *bytes; /* FRAME_BYTES_MAX + 5 + JSON_PADDING */
    size_t n, begin;
};
bool frame_reader_init(struct frame_reader *r, int fd);
void frame_reader_free(struct frame_reader *r);
/* Reads what is there, waiting for at least one byte. False at the end, or when it breaks off. */
bool frame_fill(struct frame_reader *r);
/* Takes the next whole frame of what was read; false when there is none yet. The body is borrowed
 * until frame_fill. A frame that is none comes back as FRAME_FAILED. */
bool frame_next(struct frame_reader *r, enum frame *kind, struct str *body);

#endif
