/* reader - see reader.h. */
#include "api/reader.h"

#include "base/limits.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { THREADS = 2, NICENESS = 10 };

struct reader {
    pthread_t threads[THREADS];
    size_t threads_count;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct reader_job *first, *last;
    size_t waiting;
    bool stop;
};

static void finish(struct task *task)
{
    struct reader_job *job = (struct reader_job *)((char *)task - offsetof(struct reader_job, task));
    job->finish(job);
}

static void *run(void *context)
{
    struct reader *r = context;
    struct json_parser *parser = json_parser_create(); /* small until used */
    setpriority(PRIO_PROCESS, 0, NICENESS); /* of this thread (Linux) */
    for (;;) {
        pthread_mutex_lock(&r->lock);
        while (!r->first && !r->stop) pthread_cond_wait(&r->wake, &r->lock);
        struct reader_job *job = r->first;
        if (job && !(r->first = job->next)) r->last = NULL;
        r->waiting -= job != NULL;
        pthread_mutex_unlock(&r->lock);
        if (!job) break;
        job->parser = parser;
        job->read(job);
        job->task.run = finish;
        loop_post(job->loop, &job->task);
    }
    if (parser) json_parser_destroy(parser);
    return NULL;
}

enum err reader_start(struct reader *r, struct reader_job *job)
{
    pthread_mutex_lock(&r->lock);
    bool taken = !r->stop && r->waiting < SEARCHES_WAITING_MAX;
    if (taken) {
        job->next = NULL;
        if (r->last) r->last->next = job;
        else r->first = job;
        r->last = job;
        r->waiting++;
        pthread_cond_signal(&r->wake);
    }
    pthread_mutex_unlock(&r->lock);
    return taken ? ERR_OK : ERR_TOO_MANY_SEARCHES;
}

struct reader *reader_create(void)
{
    struct reader *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->wake, NULL);
    for (; r->threads_count < THREADS; r->threads_count++) {
        if (pthread_create(&r->threads[r->threads_count], NULL, run, r)) break;
        pthread_setname_np(r->threads[r->threads_count], "reader");
    }
    if (r->threads_count == THREADS) return r;
    reader_destroy(r);
    return NULL;
}

void reader_destroy(struct reader *r)
{
    if (!r) return;
    pthread_mutex_lock(&r->lock);
    r->stop = true;
    pthread_cond_broadcast(&r->wake);
    pthread_mutex_unlock(&r->lock);
    for (size_t i = 0; i < r->threads_count; i++) pthread_join(r->threads[i], NULL);
    pthread_cond_destroy(&r->wake);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
