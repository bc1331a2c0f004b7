/* bot_key_files - see bot_key_files.h. Each source keeps the document that its keys came from, so that
 * a new one of its neighbour's makes a whole new set without reading what did not change. */
#include "identify/enrich/bot_key_files.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/swap.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

/* Keys change a few times a year; a look is one stat() per file. */
enum { LOOK_EVERY_S = 2 };

/* What a file looks like from outside; bytes < 0: it is not there. */
struct look {
    int64_t time_ns, bytes;
    uint64_t inode;
};

struct source {
    struct str origin; /* as bot_origin writes it */
    char *path;
    bool fetched;
    struct look last, taken; /* at the last look; when it was last read, well or not */
    char *document;          /* the last good one; NULL: none yet */
    size_t document_bytes;
};

struct bot_key_files {
    struct swap keys; /* struct bot_keys */
    struct source *source;
    size_t count;
    struct arena arena; /* the origins */
    pthread_mutex_t looking;
    pthread_t watcher;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool watching, stopping;
};

bool bot_key_source_parse(struct bot_key_source *out, const char *setting)
{
    struct str text = str_of(setting);
    size_t equals = str_find_char(text, '=', 0);
    if (equals == SIZE_MAX) return false;
    *out = (struct bot_key_source){ .origin = str_sub(text, 0, equals),
                                    .path = setting + equals + 1 };
    return true;
}

static struct look look_at(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0) return (struct look){ 0, -1, 0 };
    return (struct look){ (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec,
                          info.st_size, info.st_ino };
}

static bool same(struct look a, struct look b)
{
    return a.time_ns == b.time_ns && a.bytes == b.bytes && a.inode == b.inode;
}

/* ---- reading ---- */

/* The set that the sources' documents make, with `changed` having that document. */
static enum err build(struct bot_keys **out, const struct bot_key_files *f,
                      const struct source *changed, struct str document, const char **problem)
{
    struct bot_keys *keys = NULL;
    *problem = "there is no memory";
    enum err e = bot_keys_create(&keys);
    /* the changed one last: when there are too many keys, it is the one that is refused */
    for (size_t i = 0; i < f->count && !e; i++) {
        const struct source *s = &f->source[i];
        if (s == changed || !s->document) continue;
        e = bot_keys_add(keys, s->origin, (struct str){ s->document, s->document_bytes }, problem);
    }
    if (!e && changed) e = bot_keys_add(keys, changed->origin, document, problem);
    if (e) bot_keys_destroy(keys);
    else *out = keys;
    return e;
}

static enum err read_file(const char *path, char *out, size_t *n)
{
    FILE *file = fopen(path, "rbe");
    if (!file) return ERR_IO;
    *n = fread(out, 1, BOT_KEYS_FILE_BYTES_MAX + 1, file);
    enum err e = ferror(file) ? ERR_IO : ERR_OK;
    fclose(file);
    return e;
}

/* Reads a source's file and puts its keys in place of those it had. */
static enum err take(struct bot_key_files *f, struct source *s)
{
    const char *problem = "there is no memory";
    struct bot_keys *keys = NULL;
    size_t n = 0;
    char *document = malloc(BOT_KEYS_FILE_BYTES_MAX + 1);
    enum err e = document ? read_file(s->path, document, &n) : ERR_NO_MEMORY;
    s->taken = s->last;
    if (e == ERR_IO) problem = strerror(errno);
    if (!e) e = build(&keys, f, s, (struct str){ document, n }, &problem);
    if (e) {
        free(document);
        metric_add(METRIC_bot_keys_refused_total, 1);
        log_error("bots", "%s, the keys of %.*s: %s%s", s->path, STR_ARG(s->origin), problem,
                  s->document ? "; the keys from before stay in use" : "");
        return e;
    }
    if (f->watching) log_info("bots", "%s: the new keys of %.*s are in use", s->path, STR_ARG(s->origin));
    free(s->document);
    s->document = document;
    s->document_bytes = n;
    metric_set(METRIC_bot_keys, (int64_t)bot_keys_count(keys));
    bot_keys_destroy(swap_replace(&f->keys, keys));
    return ERR_OK;
}

void bot_key_files_look(struct bot_key_files *f)
{
    pthread_mutex_lock(&f->looking);
    for (size_t i = 0; i < f->count; i++) {
        struct source *s = &f->source[i];
        struct look now = look_at(s->path), last = s->last;
        s->last = now;
        /* a file that is still being written, or is gone and about to come back, has time */
        if (now.bytes < 0 || same(now, s->taken) || !same(now, last)) continue;
        take(f, s);
    }
    pthread_mutex_unlock(&f->looking);
}

static void *watch(void *context)
{
    struct bot_key_files *f = context;
    pthread_mutex_lock(&f->lock);
    while (!f->stopping) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += LOOK_EVERY_S;
        pthread_cond_timedwait(&f->wake, &f->lock, &until);
        if (f->stopping) break;
        pthread_mutex_unlock(&f->lock);
        bot_key_files_look(f);
        pthread_mutex_lock(&f->lock);
    }
    pthread_mutex_unlock(&f->lock);
    return NULL;
}

/* ---- opening ---- */

static enum err add(struct bot_key_files *f, const struct bot_key_source *from)
{
    const char *flag = from->fetched ? "--bot-key-origin" : "--bot-keys";
    struct source *s = &f->source[f->count];
    if (!bot_origin(from->origin, false, &f->arena, &s->origin)) {
        log_error("config", "%s %.*s: an origin is https://HOST or https://HOST:PORT", flag,
                  STR_ARG(from->origin));
        return ERR_USAGE;
    }
    for (size_t i = 0; i < f->count; i++)
        if (str_eq(f->source[i].origin, s->origin)) {
            log_error("config", "%s %.*s: this origin has keys already; name it once, with "
                      "--bot-keys or --bot-key-origin", flag, STR_ARG(s->origin));
            return ERR_USAGE;
        }
    s->path = strdup(from->path);
    if (!s->path) return ERR_NO_MEMORY;
    s->fetched = from->fetched;
    f->count++;
    s->last = look_at(s->path);
    s->taken = s->last;
    if (s->fetched && s->last.bytes < 0) return ERR_OK; /* not fetched yet */
    enum err e = take(f, s);
    return s->fetched && e != ERR_NO_MEMORY ? ERR_OK : e;
}

enum err bot_key_files_open(struct bot_key_files **out, const struct bot_key_source *sources,
                            size_t count)
{
    struct bot_keys *none = NULL;
    struct bot_key_files *f = calloc(1, sizeof *f);
    if (!f) return ERR_NO_MEMORY;
    arena_init(&f->arena, (count + 1) * (2 * ORIGIN_BYTES_MAX + 64) + 64 * 1024);
    pthread_mutex_init(&f->looking, NULL);
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->wake, NULL);
    f->source = calloc(count + 1, sizeof *f->source);
    enum err e = f->source ? bot_keys_create(&none) : ERR_NO_MEMORY;
    if (!e) swap_replace(&f->keys, none);
    for (size_t i = 0; i < count && !e; i++) e = add(f, &sources[i]);
    if (e) bot_key_files_close(f);
    else *out = f;
    return e;
}

enum err bot_key_files_start(struct bot_key_files *f)
{
    f->watching = f->count > 0 && pthread_create(&f->watcher, NULL, watch, f) == 0;
    return f->count && !f->watching ? ERR_NO_MEMORY : ERR_OK;
}

void bot_key_files_close(struct bot_key_files *f)
{
    if (!f) return;
    pthread_mutex_lock(&f->lock);
    f->stopping = true;
    pthread_cond_signal(&f->wake);
    pthread_mutex_unlock(&f->lock);
    if (f->watching) pthread_join(f->watcher, NULL);
    bot_keys_destroy(swap_replace(&f->keys, NULL));
    for (size_t i = 0; i < f->count; i++) {
        free(f->source[i].path);
        free(f->source[i].document);
    }
    free(f->source);
    arena_free(&f->arena);
    pthread_cond_destroy(&f->wake);
    pthread_mutex_destroy(&f->lock);
    pthread_mutex_destroy(&f->looking);
    free(f);
}

const struct bot_keys *bot_key_files_enter(struct bot_key_files *f, unsigned *ticket)
{
    return swap_enter(&f->keys, ticket);
}

void bot_key_files_leave(struct bot_key_files *f, unsigned ticket)
{
    swap_leave(&f->keys, ticket);
}
