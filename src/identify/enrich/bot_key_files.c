/* bot_key_files - see bot_key_files.h. Each source keeps the document that its keys came from, so that
 * a new one of its neighbour's makes a whole new set without reading what did not change. */
#include "identify/enrich/bot_key_files.h"

#include "base/file_stamp.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/swap.h"
#include "base/ticker.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* Keys change a few times a year; a look is one stat() per file. */
enum { LOOK_EVERY_S = 2 };

struct source {
    struct str origin; /* as bot_origin writes it */
    char *path;
    bool fetched;
    struct file_stamp last, taken; /* at the last look; when it was last read, well or not */
    char *document;          /* the last good one; NULL: none yet */
    size_t document_bytes;
};

struct bot_key_files {
    struct swap keys; /* struct bot_keys */
    struct source *source;
    size_t count;
    struct arena arena; /* the origins */
    pthread_mutex_t looking;
    struct ticker watcher;
    bool started; /* what is read before is told of by the caller */
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
    if (f->started) log_info("bots", "%s: the new keys of %.*s are in use", s->path, STR_ARG(s->origin));
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
        struct file_stamp now = file_stamp_of(s->path), last = s->last;
        s->last = now;
        /* a file that is still being written, or is gone and about to come back, has time */
        if (!file_stamp_exists(&now) || file_stamp_same(&now, &s->taken) || !file_stamp_same(&now, &last)) continue;
        take(f, s);
    }
    pthread_mutex_unlock(&f->looking);
}

static void tick(void *context)
{
    bot_key_files_look(context);
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
    s->last = file_stamp_of(s->path);
    s->taken = s->last;
    if (s->fetched && !file_stamp_exists(&s->last)) return ERR_OK; /* not fetched yet */
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
    ticker_init(&f->watcher);
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
    f->started = true;
    if (f->count && !ticker_start(&f->watcher, LOOK_EVERY_S, tick, f)) return ERR_NO_MEMORY;
    return ERR_OK;
}

void bot_key_files_close(struct bot_key_files *f)
{
    if (!f) return;
    ticker_stop(&f->watcher);
    bot_keys_destroy(swap_replace(&f->keys, NULL));
    for (size_t i = 0; i < f->count; i++) {
        free(f->source[i].path);
        free(f->source[i].document);
    }
    free(f->source);
    arena_free(&f->arena);
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
