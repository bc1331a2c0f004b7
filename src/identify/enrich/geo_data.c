/* geo_data - see geo_data.h. Each file sits in a swap of its own. */
#include "identify/enrich/geo_data.h"

#include "base/clock.h"
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
#include <sys/stat.h>
#include <time.h>

/* Data changes daily at most; a look is one stat() per file. */
enum { LOOK_EVERY_S = 3 };

/* One file as loaded. */
struct loaded {
    bool is_table;
    struct ipfile file;       /* unless is_table */
    struct asn_table *table;
    bool has_v4, has_v6;
    int64_t built_s, bytes;
};

struct source {
    const char *path;
    bool is_asn;
    struct swap swap;         /* struct loaded */
    struct file_stamp taken, last; /* of the file in use or refused; at the last look */
};

struct geo_data {
    struct source source[2 * GEO_FILES_MAX]; /* places first */
    size_t count;
    char *dir;
    pthread_mutex_t looking;  /* one at a time: it replaces what the swaps hold */
    struct ticker watcher;
};

/* ---- loading ---- */

static void unload(struct loaded *l)
{
    if (!l) return;
    if (l->is_table) asn_table_close(l->table);
    else ipfile_close(&l->file);
    free(l);
}

/* The packages of npm carry the day in their version, "2.3.2026061719" (year, month, day, hour), and
 * nothing in the CSV tells it. 0 when there is no such package.json beside the file. */
static int64_t package_day_s(const char *path)
{
    char name[4096], text[4096];
    const char *slash = strrchr(path, '/');
    int n = slash ? (int)(slash - path) : 0;
    if (snprintf(name, sizeof name, "%.*s%spackage.json", n, path, slash ? "/" : "") >=
        (int)sizeof name)
        return 0;
    FILE *file = fopen(name, "re");
    if (!file) return 0;
    size_t got = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[got] = 0;
    const char *version = strstr(text, "\"version\"");
    unsigned year, month, day;
    if (!version || sscanf(version, "\"version\": \"%*u.%*u.%4u%2u%2u", &year, &month, &day) != 3)
        return 0;
    if (year < 2000 || year > 2100 || month < 1 || month > 12 || day < 1 || day > 31) return 0;
    struct tm tm = { .tm_year = (int)year - 1900, .tm_mon = (int)month - 1, .tm_mday = (int)day };
    return timegm(&tm);
}

static enum err load_table(struct loaded *l, const struct geo_data *data, const char *path,
                           char *problem)
{
    struct stat info;
    enum err e = asn_table_open(&l->table, path, data->dir, problem);
    if (e) return e;
    l->is_table = true;
    l->has_v4 = asn_table_has_v4(l->table);
    l->has_v6 = asn_table_has_v6(l->table);
    l->built_s = package_day_s(path);
    if (!l->built_s && stat(path, &info) == 0) l->built_s = info.st_mtim.tv_sec;
    return ERR_OK;
}

static enum err load_file(struct loaded *l, const struct geo_data *data, const struct source *s,
                          char *problem)
{
    enum err e = ipfile_open(&l->file, s->path, data->dir, problem);
    if (e) return e;
    e = s->is_asn ? asn_check(&l->file, s->path, problem) : geo_check(&l->file, s->path, problem);
    if (e) ipfile_close(&l->file);
    l->has_v4 = l->file.has_v4;
    l->has_v6 = l->file.has_v6;
    l->built_s = l->file.built_s;
    return e;
}

/* A new file must do what the old one did. */
static enum err compare(const struct loaded *l, const struct loaded *old, const char *path,
                        char *problem)
{
    const char *words = NULL;
    if (old->has_v4 && !l->has_v4) words = "no longer knows IPv4 addresses";
    else if (old->has_v6 && !l->has_v6) words = "no longer knows IPv6 addresses";
    else if (l->bytes < old->bytes / 2) words = "has become less than half as large";
    if (!words) return ERR_OK;
    snprintf(problem, IPFILE_PROBLEM_BYTES, "%s: %s; restart whorl if that is right", path, words);
    return ERR_CORRUPT;
}

static enum err load(struct loaded **out, const struct geo_data *data, const struct source *s,
                     const struct loaded *old, char *problem)
{
    struct loaded *l = calloc(1, sizeof *l);
    snprintf(problem, IPFILE_PROBLEM_BYTES, "%s: no memory", s->path);
    if (!l) return ERR_NO_MEMORY;
    bool csv = s->is_asn && str_ends(str_of(s->path), STR(".csv"));
    l->bytes = s->last.bytes;
    enum err e = csv ? load_table(l, data, s->path, problem) : load_file(l, data, s, problem);
    if (e) {
        free(l);
        return e;
    }
    if (old && (e = compare(l, old, s->path, problem))) {
        unload(l);
        return e;
    }
    *out = l;
    return ERR_OK;
}

/* ---- watching ---- */

static void announce(const struct source *s, const struct loaded *l)
{
    char day[ISO_TIME_BYTES];
    clock_iso(day, l->built_s * 1000);
    log_info(s->is_asn ? "asn" : "geo", "%s in use, made on %.10s, for %s", s->path, day,
             l->has_v4 && l->has_v6 ? "IPv4 and IPv6" : l->has_v4 ? "IPv4" : "IPv6");
}

static enum err take(struct geo_data *data, struct source *s)
{
    char problem[IPFILE_PROBLEM_BYTES];
    struct loaded *l = NULL;
    const struct loaded *old = atomic_load(&s->swap.value); /* replaced below only */
    s->taken = s->last;
    enum err e = load(&l, data, s, old, problem);
    if (e) {
        metric_add(METRIC_geo_reloads_refused_total, old != NULL);
        log_error(s->is_asn ? "asn" : "geo", "%s%s", problem,
                  old ? "; the data loaded before stays in use" : "");
        return e;
    }
    announce(s, l);
    metric_add(METRIC_geo_reloads_total, old != NULL);
    unload(swap_replace(&s->swap, l));
    return ERR_OK;
}

static void tell_metrics(struct geo_data *data)
{
    struct geo_status status;
    geo_data_status(data, &status);
    metric_set(METRIC_geo_city_built_seconds, status.city_built_s);
    metric_set(METRIC_geo_asn_built_seconds, status.asn_built_s);
}

void geo_data_look(struct geo_data *data)
{
    pthread_mutex_lock(&data->looking);
    for (size_t i = 0; i < data->count; i++) {
        struct source *s = &data->source[i];
        struct file_stamp now = file_stamp_of(s->path), last = s->last;
        s->last = now;
        /* a file that is gone is about to come back, or its data is as good as it was */
        if (!file_stamp_exists(&now) || file_stamp_same(&now, &s->taken) || !file_stamp_same(&now, &last)) continue;
        take(data, s);
    }
    tell_metrics(data);
    pthread_mutex_unlock(&data->looking);
}

static void tick(void *context)
{
    geo_data_look(context);
}

/* ---- opening ---- */

static enum err add(struct geo_data *data, const char *const *paths, size_t count, bool is_asn)
{
    const char *flag = is_asn ? "--geo-asn" : "--geo-city";
    if (count > GEO_FILES_MAX) {
        log_error("geo", "%s can be given %d times", flag, GEO_FILES_MAX);
        return ERR_USAGE;
    }
    for (size_t i = 0; i < count; i++) {
        struct source *s = &data->source[data->count++];
        s->path = paths[i];
        s->is_asn = is_asn;
        s->last = file_stamp_of(s->path);
        if (take(data, s)) {
            log_error("geo", "fix %s %s, or leave it out: whorl works without", flag, paths[i]);
            return ERR_USAGE;
        }
    }
    return ERR_OK;
}

enum err geo_data_open(struct geo_data **out, const struct geo_files *files)
{
    struct geo_data *data = calloc(1, sizeof *data);
    if (!data) return ERR_NO_MEMORY;
    pthread_mutex_init(&data->looking, NULL);
    ticker_init(&data->watcher);
    if (files->dir && !(data->dir = strdup(files->dir))) {
        geo_data_close(data);
        return ERR_NO_MEMORY;
    }
    bool any = files->city_count + files->asn_count > 0;
    if (any && files->dir && mkdir(files->dir, 0700) != 0 && errno != EEXIST)
        log_warn("geo", "%s cannot be made: %s", files->dir, strerror(errno));
    enum err e = add(data, files->city, files->city_count, false);
    if (!e) e = add(data, files->asn, files->asn_count, true);
    tell_metrics(data);
    if (!e && any && !files->unwatched && !ticker_start(&data->watcher, LOOK_EVERY_S, tick, data))
        e = ERR_NO_MEMORY;
    if (e) geo_data_close(data);
    else *out = data;
    return e;
}

void geo_data_close(struct geo_data *data)
{
    if (!data) return;
    ticker_stop(&data->watcher);
    for (size_t i = 0; i < data->count; i++)
        unload(swap_replace(&data->source[i].swap, NULL));
    pthread_mutex_destroy(&data->looking);
    free(data->dir);
    free(data);
}

/* ---- asking ---- */

static bool find_asn(const struct loaded *l, const struct address *a, struct arena *arena,
                     struct asn_facts *out)
{
    bool found = l->is_table ? asn_table_find(l->table, a, out) && out->number != 0
                             : asn_find(&l->file, a, out);
    if (found) out->name = arena_copy(arena, out->name);
    return found;
}

void geo_data_find(struct geo_data *data, const struct address *a, struct arena *arena,
                   struct geo_facts *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; data && i < data->count; i++) {
        struct source *s = &data->source[i];
        if (s->is_asn ? out->has_asn : out->has_place) continue;
        unsigned ticket;
        const struct loaded *l = swap_enter(&s->swap, &ticket);
        if (l && (address_is_ipv4(a) ? l->has_v4 : l->has_v6)) {
            if (s->is_asn) out->has_asn = find_asn(l, a, arena, &out->asn);
            else out->has_place = geo_find(&l->file, a, arena, &out->place);
        }
        swap_leave(&s->swap, ticket);
    }
}

/* Licences that ask for a line on pages that show results, told by the file's name (the npm packages) or
 * by what the file calls itself. */
static const struct { const char *word, *line, *link; } makers[] = {
    { "dbip", "IP Geolocation by DB-IP", "https://db-ip.com" },
    { "GeoLite2", "This product includes GeoLite Data created by MaxMind",
      "https://www.maxmind.com" },
};

static void attribute(struct geo_status *out, const struct source *s, const struct loaded *l)
{
    const char *type = l->is_table ? "" : l->file.db.metadata.database_type;
    for (size_t i = 0; i < COUNT_OF(makers); i++) {
        const char *slash = strrchr(s->path, '/');
        struct str name = str_of(slash ? slash + 1 : s->path), word = str_of(makers[i].word);
        bool hit = str_has(str_of(type), word);
        for (size_t k = 0; !hit && k + word.n <= name.n; k++)
            hit = str_eq_nocase(str_sub(name, k, k + word.n), word);
        if (!hit) continue;
        out->attribution[i] = makers[i].line;
        out->attribution_link[i] = makers[i].link;
    }
}

void geo_data_status(struct geo_data *data, struct geo_status *out)
{
    *out = (struct geo_status){ .has_city = false };
    for (size_t i = 0; data && i < data->count; i++) {
        struct source *s = &data->source[i];
        unsigned ticket;
        const struct loaded *l = swap_enter(&s->swap, &ticket);
        bool *has = s->is_asn ? &out->has_asn : &out->has_city;
        int64_t *built_s = s->is_asn ? &out->asn_built_s : &out->city_built_s;
        if (l) {
            if (!*has || l->built_s < *built_s) *built_s = l->built_s;
            *has = true;
            attribute(out, s, l);
        }
        swap_leave(&s->swap, ticket);
    }
}
