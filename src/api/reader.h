/* reader - threads for answers that read much, so that the loops go on with identifications. They
 * yield to them (niceness), and what waits is bounded. */
#ifndef WHORL_API_READER_H
#define WHORL_API_READER_H

#include "base/json_in.h"
#include "net/server.h"

struct reader;

struct reader_job {
    void (*read)(struct reader_job *job);   /* on a reader's thread */
    void (*finish)(struct reader_job *job); /* then on the loop's */
    struct loop *loop;
    struct json_parser *parser; /* of the thread, while read runs */
    /* private to reader.c */
    struct task task;
    struct reader_job *next;
};

struct reader *reader_create(void); /* NULL without memory or threads */
/* After server_stop: nothing is read any more. */
void reader_destroy(struct reader *reader);
/* ERR_TOO_MANY_SEARCHES when too many wait already: neither function will be called. */
enum err reader_start(struct reader *reader, struct reader_job *job);

#endif
