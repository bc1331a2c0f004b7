/* bot_key_feeds - see bot_key_feeds.h. */
#include "control/bot_key_feeds.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/ticker.h"
#include "control/feed_fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* TICK_S: how often the thread looks whether one is due. A DNS name has 253 bytes at most and a file's
 * name 255, of which the endings need some. */
enum { TICK_S = 30, HOST_BYTES_MAX = 240 };

static const char well_known[] = "/.well-known/http-message-signatures-directory";

struct feed {
    char *url, *path, *part;
    int64_t due_ms; /* by clock_mono_ms */
};

struct bot_key_feeds {
    struct feed feed[CONFIG_LIST_MAX];
    struct bot_key_source source[CONFIG_LIST_MAX];
    size_t count;
    struct arena arena;
    char *dir; /* DATA/bot-keys */
    struct fetch_rules rules;
    struct ticker fetcher;
    atomic_bool all; /* also those that are not due */
    atomic_bool stop;
};

int64_t bot_key_feeds_pause_s(int64_t max_age_s)
{
    if (max_age_s < 0) return BOT_KEYS_FETCH_EVERY_S;
    if (max_age_s < BOT_KEYS_FETCH_MIN_S) return BOT_KEYS_FETCH_MIN_S;
    return max_age_s > BOT_KEYS_FETCH_MAX_S ? BOT_KEYS_FETCH_MAX_S : max_age_s;
}

/* ---- which ones ---- */

/* bot_origin has let through letters, digits, "-" and "." of the host, and a port. */
static struct str file_name(struct arena *arena, struct str origin)
{
    struct str host = str_sub(origin, strlen("https://"), origin.n);
    size_t colon = str_find_char(host, ':', 0);
    if (colon == SIZE_MAX) return arena_format(arena, "%.*s", STR_ARG(host));
    return arena_format(arena, "%.*s_%.*s", STR_ARG(str_sub(host, 0, colon)),
                        STR_ARG(str_sub(host, colon + 1, host.n)));
}

static enum err add(struct bot_key_feeds *f, const char *text)
{
    struct feed *feed = &f->feed[f->count];
    struct str origin;
    if (!bot_origin(str_of(text), false, &f->arena, &origin) || origin.n > HOST_BYTES_MAX) {
        log_error("config", "--bot-key-origin is https://HOST or https://HOST:PORT, not %s", text);
        return ERR_USAGE;
    }
    struct str name = file_name(&f->arena, origin);
    if (asprintf(&feed->url, "%.*s%s", STR_ARG(origin), well_known) < 0) feed->url = NULL;
    if (asprintf(&feed->path, "%s/%.*s.json", f->dir, STR_ARG(name)) < 0) feed->path = NULL;
    if (asprintf(&feed->part, "%s/%.*s.part", f->dir, STR_ARG(name)) < 0) feed->part = NULL;
    f->source[f->count++] = (struct bot_key_source){ .origin = origin, .path = feed->path,
                                                     .fetched = true };
    return feed->url && feed->path && feed->part ? ERR_OK : ERR_NO_MEMORY;
}

static enum err make_dir(const struct bot_key_feeds *f)
{
    if (mkdir(f->dir, 0700) == 0 || errno == EEXIST) return ERR_OK;
    log_error("config", "%s cannot be made: %s", f->dir, strerror(errno));
    return ERR_IO;
}

enum err bot_key_feeds_create(struct bot_key_feeds **out, const struct config *config)
{
    struct bot_key_feeds *f = calloc(1, sizeof *f);
    if (!f) return ERR_NO_MEMORY;
    f->rules = (struct fetch_rules){ .ca = config->feed_ca, .stop = &f->stop, .directly = true,
                                     .allow_private = config->feed_allow_private,
                                     .timeout_s = BOT_KEYS_FETCH_TIMEOUT_S,
                                     .bytes_max = BOT_KEYS_FILE_BYTES_MAX };
    arena_init(&f->arena, 1024 * 1024);
    ticker_init(&f->fetcher);
    if (asprintf(&f->dir, "%s/bot-keys", config->data) < 0) f->dir = NULL;
    enum err e = f->dir ? ERR_OK : ERR_NO_MEMORY;
    for (size_t i = 0; i < config->bot_key_origin.count && !e; i++)
        e = add(f, config->bot_key_origin.item[i]);
    if (!e && f->count) e = make_dir(f);
    if (e) bot_key_feeds_destroy(f);
    else *out = f;
    return e;
}

const struct bot_key_source *bot_key_feeds_sources(const struct bot_key_feeds *f, size_t *count)
{
    *count = f->count;
    return f->source;
}

/* ---- one directory ---- */

/* At most BOT_KEYS_FILE_BYTES_MAX bytes, as fetching lets no more in; n is 0 without a file. */
static void read_copy(const char *path, char out[BOT_KEYS_FILE_BYTES_MAX], size_t *n)
{
    FILE *file = fopen(path, "rbe");
    *n = file ? fread(out, 1, BOT_KEYS_FILE_BYTES_MAX, file) : 0;
    if (file) fclose(file);
}

static bool sync_path(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    return ok;
}

/* Can this document be used? *problem says why not. */
static bool is_directory(struct str origin, struct str document, const char **problem)
{
    struct bot_keys *keys;
    *problem = "there is no memory";
    if (bot_keys_create(&keys)) return false;
    bool good = bot_keys_add(keys, origin, document, problem) == ERR_OK;
    bot_keys_destroy(keys);
    return good;
}

/* What came takes the copy's place, unless it is the same. NULL, or a problem. */
static const char *take(const struct bot_key_feeds *f, size_t i)
{
    static char came[BOT_KEYS_FILE_BYTES_MAX], had[BOT_KEYS_FILE_BYTES_MAX]; /* one thread */
    const struct feed *feed = &f->feed[i];
    const char *problem;
    size_t n, had_n;
    read_copy(feed->part, came, &n);
    if (!is_directory(f->source[i].origin, (struct str){ came, n }, &problem)) return problem;
    read_copy(feed->path, had, &had_n);
    if (n == had_n && memcmp(came, had, n) == 0) return NULL;
    bool placed = sync_path(feed->part, O_RDONLY) && rename(feed->part, feed->path) == 0 &&
                  sync_path(f->dir, O_RDONLY | O_DIRECTORY);
    return placed ? NULL : strerror(errno);
}

static void fetch(struct bot_key_feeds *f, size_t i)
{
    struct feed *feed = &f->feed[i];
    struct fetch_version version = { .max_age_s = -1 };
    char text[IPLIST_PROBLEM_BYTES];
    const char *problem = NULL;
    FILE *file = fopen(feed->part, "wbe");
    if (file) {
        bool came = feed_fetch(&f->rules, feed->url, file, &version, text) == FETCH_DONE;
        bool written = fclose(file) == 0;
        problem = !came ? text : !written ? strerror(errno) : take(f, i);
        unlink(feed->part);
    } else {
        problem = strerror(errno);
    }
    int64_t pause_s = problem ? BOT_KEYS_RETRY_S : bot_key_feeds_pause_s(version.max_age_s);
    feed->due_ms = clock_mono_ms() + pause_s * 1000;
    if (atomic_load(&f->stop)) return; /* then a failure is ours */
    metric_add(problem ? METRIC_bot_keys_fetch_failed_total : METRIC_bot_keys_fetched_total, 1);
    if (!problem) return;
    bool had = access(feed->path, F_OK) == 0;
    log_error("bots", "the keys of %.*s cannot be fetched: %s%s", STR_ARG(f->source[i].origin),
              problem, had ? "; the last good copy stays in use" : "; there is no copy yet");
}

/* ---- the thread ---- */

static void tick(void *context)
{
    struct bot_key_feeds *f = context;
    bool all = atomic_exchange(&f->all, false);
    for (size_t i = 0; i < f->count && !atomic_load(&f->stop); i++)
        if (all || clock_mono_ms() >= f->feed[i].due_ms) fetch(f, i);
}

enum err bot_key_feeds_start(struct bot_key_feeds *f)
{
    if (f->count == 0) return ERR_OK;
    bot_key_feeds_hurry(f); /* the first time is now */
    return ticker_start(&f->fetcher, TICK_S, tick, f) ? ERR_OK : ERR_NO_MEMORY;
}

void bot_key_feeds_hurry(struct bot_key_feeds *f)
{
    atomic_store(&f->all, true);
    ticker_hurry(&f->fetcher);
}

void bot_key_feeds_destroy(struct bot_key_feeds *f)
{
    if (!f) return;
    atomic_store(&f->stop, true);
    ticker_stop(&f->fetcher);
    for (size_t i = 0; i < f->count; i++) {
        free(f->feed[i].url);
        free(f->feed[i].path);
        free(f->feed[i].part);
    }
    free(f->dir);
    arena_free(&f->arena);
    free(f);
}
