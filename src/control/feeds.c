/* feeds - see feeds.h. This file: which feeds there are, their copies on disk, and when to fetch. What
 * goes over the network is in feed_fetch.c. */
#include "control/feeds.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/ticker.h"
#include "control/feed_fetch.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    TICK_S = 30,           /* how often the thread looks whether a feed is due */
    RETRY_S = 15 * 60,     /* after a failure */
};

struct feed {
    struct iplist_spec spec; /* its path is our copy */
    const char *url;
    char *path;
    int64_t tried_ms;        /* by this process; 0: never */
    bool failed;
};

struct feeds {
    struct feed feed[CONFIG_LIST_MAX];
    size_t count;
    char *dir; /* DATA/lists */
    const char *data;
    struct fetch_rules rules;
    int64_t interval_s;
    struct ticker updater;
    atomic_bool stop;
};

/* ---- which ones ---------------------------------------------------------------------------- */

/* From the last part of the address's path. */
static void name_from_url(char out[IPLIST_NAME_BYTES_MAX + 1], const char *url)
{
    char path[512];
    struct str s = str_sub(str_of(url), strlen("https://"), SIZE_MAX);
    s = str_sub(s, 0, str_find_char(s, '?', 0));
    s = str_sub(s, 0, str_find_char(s, '#', 0));
    while (s.n && s.p[s.n - 1] == '/') s.n--;
    snprintf(path, sizeof path, "%.*s", STR_ARG(s));
    iplist_name_from_path(out, path);
}

static enum err add_feed(struct feeds *f, const char *text, char problem[IPLIST_PROBLEM_BYTES])
{
    struct feed *feed = &f->feed[f->count];
    if (!iplist_spec_parse(&feed->spec, text, &feed->url, problem)) return ERR_USAGE;
    const char *kind = iplist_kind_name(feed->spec.kind);
    if (strncasecmp(feed->url, "https://", 8) != 0 || !feed->url[8]) {
        snprintf(problem, IPLIST_PROBLEM_BYTES,
                 "the feed %s%s%s needs an address that begins with https://", kind,
                 feed->spec.name[0] ? ":" : "", feed->spec.name);
        return ERR_USAGE;
    }
    if (!feed->spec.name[0]) name_from_url(feed->spec.name, feed->url);
    if (asprintf(&feed->path, "%s/%s.%s", f->dir, kind, feed->spec.name) < 0) {
        feed->path = NULL;
        return ERR_NO_MEMORY;
    }
    feed->spec.path = feed->path;
    feed->spec.optional = true;
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->feed[i].path, feed->path) == 0) {
            snprintf(problem, IPLIST_PROBLEM_BYTES,
                     "two feeds are called %s:%s; name them apart: %s:NAME=https://...", kind,
                     feed->spec.name, kind);
            free(feed->path);
            return ERR_USAGE;
        }
    f->count++;
    return ERR_OK;
}

enum err feeds_create(struct feeds **out, const struct config *config,
                      char problem[IPLIST_PROBLEM_BYTES])
{
    struct feeds *f = calloc(1, sizeof *f);
    enum err e = ERR_OK;
    *out = NULL;
    if (!f) return ERR_NO_MEMORY;
    f->data = config->data;
    f->rules = (struct fetch_rules){ .ca = config->feed_ca, .stop = &f->stop,
                                     .allow_private = config->feed_allow_private,
                                     .timeout_s = config->feed_timeout ? config->feed_timeout
                                                                       : FEED_TIMEOUT_S };
    if (asprintf(&f->dir, "%s/lists", config->data) < 0) {
        free(f);
        return ERR_NO_MEMORY;
    }
    if (strlen(f->dir) > FEED_PATH_BYTES - 128) { /* kind, name and endings need fewer */
        snprintf(problem, IPLIST_PROBLEM_BYTES, "the name of the data directory is too long");
        e = ERR_USAGE;
    }
    if (!e && (f->rules.timeout_s < 1 || config->feed_interval < 0 ||
               config->feed_interval > FEED_INTERVAL_HOURS_MAX)) {
        snprintf(problem, IPLIST_PROBLEM_BYTES,
                 "--feed-timeout is at least 1 second, --feed-interval 0 to %d hours",
                 FEED_INTERVAL_HOURS_MAX);
        e = ERR_USAGE;
    }
    for (size_t i = 0; i < config->feed.count && !e; i++)
        e = add_feed(f, config->feed.item[i], problem);
    ticker_init(&f->updater);
    if (e) feeds_destroy(f);
    else *out = f;
    return e;
}

size_t feeds_count(const struct feeds *feeds)
{
    return feeds->count;
}

enum err lists_of_config(struct iplist_spec out[IPLISTS_MAX], size_t *count,
                         const struct config *config, const struct feeds *feeds,
                         char problem[IPLIST_PROBLEM_BYTES])
{
    _Static_assert(2 * CONFIG_LIST_MAX <= IPLISTS_MAX, "all of --list and --feed fit");
    *count = 0;
    for (size_t i = 0; i < config->list.count; i++) {
        struct iplist_spec *spec = &out[(*count)++];
        if (!iplist_spec_parse(spec, config->list.item[i], &spec->path, problem)) return ERR_USAGE;
        if (!spec->name[0]) iplist_name_from_path(spec->name, spec->path);
    }
    for (size_t i = 0; feeds && i < feeds->count; i++) out[(*count)++] = feeds->feed[i].spec;
    return ERR_OK;
}

/* ---- copies on disk ------------------------------------------------------------------------ */

/* When the copy was fetched or last found to be current, ms; 0: there is none. */
static int64_t copy_ms(const struct feed *feed)
{
    struct stat st;
    return stat(feed->path, &st) == 0 ? st.st_mtim.tv_sec * INT64_C(1000) : 0;
}

static bool sync_path(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    return ok;
}

/* The new file takes the old one's place when it is on disk. */
static bool put_in_place(const struct feeds *f, const char *from, const char *to)
{
    return sync_path(from, O_RDONLY) && rename(from, to) == 0 &&
           sync_path(f->dir, O_RDONLY | O_DIRECTORY);
}

/* KIND.NAME.meta: three lines, the address's hash, ETag, Last-Modified. What cannot be read is not
 * there: then all is fetched. */
static void read_version(const struct feed *feed, struct fetch_version *out)
{
    char path[FEED_PATH_BYTES + 8], line[3][FEED_VERSION_BYTES] = { "" };
    *out = (struct fetch_version){ .etag = "" };
    snprintf(path, sizeof path, "%s.meta", feed->path);
    FILE *file = copy_ms(feed) ? fopen(path, "re") : NULL;
    if (!file) return;
    for (size_t i = 0; i < 3 && fgets(line[i], sizeof line[i], file); i++)
        line[i][strcspn(line[i], "\r\n")] = 0;
    fclose(file);
    char hash[24];
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)str_hash(str_of(feed->url), 0));
    if (strcmp(hash, line[0]) != 0) return; /* another address had this name */
    memcpy(out->etag, line[1], sizeof out->etag);
    memcpy(out->modified, line[2], sizeof out->modified);
}

static void write_version(const struct feeds *f, const struct feed *feed,
                          const struct fetch_version *version)
{
    char path[FEED_PATH_BYTES + 8], part[FEED_PATH_BYTES + 16];
    snprintf(path, sizeof path, "%s.meta", feed->path);
    snprintf(part, sizeof part, "%s.part", path);
    FILE *file = fopen(part, "we");
    if (!file) return;
    int n = fprintf(file, "%016llx\n%s\n%s\n", (unsigned long long)str_hash(str_of(feed->url), 0),
                    version->etag, version->modified);
    if (fclose(file) != 0 || n < 0 || !put_in_place(f, part, path)) unlink(part);
}

/* ---- one feed ------------------------------------------------------------------------------ */

static enum feed_outcome fail(struct feed_result *r, const char *problem)
{
    snprintf(r->problem, sizeof r->problem, "%s", problem);
    return FEED_FAILED;
}

/* The file came; is it a list? */
static enum feed_outcome take(const struct feeds *f, struct feed *feed, const char *part,
                              const struct fetch_version *version, struct feed_result *r)
{
    char meta[FEED_PATH_BYTES + 8];
    struct iplist_builder b = { 0 };
    enum err e = iplist_read_file(part, 0, &b, &r->report);
    iplist_builder_free(&b);
    if (e) return fail(r, r->report.problem);
    /* in this order, so that the version never belongs to a newer file than the copy */
    snprintf(meta, sizeof meta, "%s.meta", feed->path);
    unlink(meta);
    if (!put_in_place(f, part, feed->path)) return fail(r, strerror(errno));
    write_version(f, feed, version);
    return FEED_UPDATED;
}

static enum feed_outcome update_one(const struct feeds *f, struct feed *feed, struct feed_result *r)
{
    char part[FEED_PATH_BYTES + 8];
    struct fetch_version version;
    snprintf(part, sizeof part, "%s.part", feed->path);
    read_version(feed, &version);
    FILE *file = fopen(part, "we");
    if (!file) return fail(r, strerror(errno));
    enum fetch_outcome outcome =
        feed_fetch(&f->rules, feed->url, file, &version, r->problem);
    bool written = fclose(file) == 0;
    enum feed_outcome result = FEED_FAILED;
    if (outcome == FETCH_UNCHANGED) {
        utimensat(AT_FDCWD, feed->path, NULL, 0); /* it is as new as today */
        result = FEED_UNCHANGED;
    } else if (outcome == FETCH_DONE && !written) {
        fail(r, strerror(errno));
    } else if (outcome == FETCH_DONE) {
        result = take(f, feed, part, &version, r);
    }
    unlink(part);
    return result;
}

static bool is_due(const struct feeds *f, const struct feed *feed, int64_t now_ms)
{
    int64_t since = copy_ms(feed);
    if (feed->tried_ms && now_ms - feed->tried_ms < RETRY_S * 1000) return false;
    return feed->failed || now_ms - since >= f->interval_s * 1000 || since > now_ms;
}

/* The descriptor that holds the lock; -1: see errno. */
static int lock_dir(const struct feeds *f)
{
    char path[FEED_PATH_BYTES];
    mkdir(f->data, 0700);
    mkdir(f->dir, 0700);
    snprintf(path, sizeof path, "%s/.lock", f->dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

enum err feeds_update(struct feeds *f, bool only_due,
                      void (*on_result)(void *context, const struct feed_result *result),
                      void *context)
{
    int fd = lock_dir(f);
    if (fd < 0) return errno == EWOULDBLOCK ? ERR_IN_USE : ERR_IO;
    for (size_t i = 0; i < f->count && !atomic_load(&f->stop); i++) {
        struct feed *feed = &f->feed[i];
        struct feed_result r = { .spec = &feed->spec };
        if (only_due && !is_due(f, feed, clock_wall_ms())) continue;
        r.outcome = update_one(f, feed, &r);
        feed->tried_ms = clock_wall_ms();
        feed->failed = r.outcome == FEED_FAILED;
        if (feed->failed) r.kept_ms = copy_ms(feed);
        if (!atomic_load(&f->stop)) on_result(context, &r);
    }
    close(fd);
    return ERR_OK;
}

/* ---- inside the server --------------------------------------------------------------------- */

static void log_result(void *context, const struct feed_result *r)
{
    const char *kind = iplist_kind_name(r->spec->kind), *name = r->spec->name;
    (void)context;
    if (r->outcome == FEED_UPDATED)
        log_info("feeds", "%s:%s: fetched, %zu entries", kind, name,
                 r->report.v4 + r->report.v6 + r->report.asn);
    else if (r->outcome == FEED_FAILED)
        log_error("feeds", "%s:%s: %s%s", kind, name, r->problem,
                  r->kept_ms ? "; the last good copy stays in use" : "");
}

static void tick(void *context)
{
    struct feeds *f = context;
    if (feeds_update(f, true, log_result, NULL) == ERR_IO) log_error("feeds", "%s cannot be written", f->dir);
}

void feeds_start(struct feeds *f, int64_t interval_hours)
{
    if (interval_hours == 0 || f->count == 0) return;
    f->interval_s = interval_hours * 3600;
    ticker_hurry(&f->updater); /* the first time is now */
    if (!ticker_start(&f->updater, TICK_S, tick, f)) log_error("feeds", "no thread: feeds are not updated");
}

void feeds_destroy(struct feeds *f)
{
    if (!f) return;
    atomic_store(&f->stop, true);
    ticker_stop(&f->updater);
    for (size_t i = 0; i < f->count; i++) free(f->feed[i].path);
    free(f->dir);
    free(f);
}
