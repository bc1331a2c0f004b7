/* iplist_load - reads the configured lists, and reads them again when their files change. See iplist.h.
 *
 * A new table is made of the files that changed and of the old table for all others (iplist_table_copy),
 * so that nothing but the table itself has to be kept. */
#include "identify/enrich/iplist.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/swap.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

/* How often files are looked at; a new one is in use after two looks. */
enum { CHECK_S = 2 };

/* What a file looks like from outside; all zero: it is not there. */
struct look {
    int64_t changed_ns, written_ns, bytes;
    uint64_t inode;
};

struct watched {
    struct iplist_spec spec;
    struct look seen;     /* at the last look */
    struct look tried;    /* when it was last read, well or not */
    bool ever;            /* it was read or missed once */
};

struct iplists {
    struct swap current; /* struct iplist_set */
    struct watched list[IPLISTS_MAX];
    size_t count;
    struct { int64_t lists, entries, bytes, age_s; } shown; /* what the gauges say now */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool running, stop;
};

static void set_destroy(struct iplist_set *set)
{
    if (set) iplist_table_destroy(set->table);
    free(set);
}

static struct look look_at(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0) return (struct look){ 0 };
    return (struct look){
        .changed_ns = st.st_ctim.tv_sec * INT64_C(1000000000) + st.st_ctim.tv_nsec,
        .written_ns = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec,
        .bytes = st.st_size,
        .inode = st.st_ino,
    };
}

static bool same_look(const struct look *a, const struct look *b)
{
    return a->changed_ns == b->changed_ns && a->written_ns == b->written_ns &&
           a->bytes == b->bytes && a->inode == b->inode;
}

/* ---- one list ------------------------------------------------------------------------------ */

static void tell_notices(const struct watched *w, const struct iplist_report *r)
{
    const char *name = w->spec.name;
    if (r->reserved + r->too_wide + r->unreadable + r->host_bits == 0) return;
    log_warn("lists", "%s:%s: %zu private or reserved, %zu too wide and %zu unreadable entries are ignored, "
                      "%zu have bits behind the network; the first one is in line %zu; see: whorl lists check %s",
             iplist_kind_name(w->spec.kind), name, r->reserved, r->too_wide, r->unreadable,
             r->host_bits, r->notes[0].line, w->spec.path);
}

/* Reads a file into the builder. False: it was refused, and that was logged. */
static bool read_one(struct watched *w, unsigned number, struct iplist_builder *b,
                     struct iplist_info *info)
{
    struct iplist_report report;
    const char *kind = iplist_kind_name(w->spec.kind);
    if (w->seen.inode == 0 && w->spec.optional) {
        if (!w->ever) log_info("lists", "%s:%s: not fetched yet; see: whorl lists update", kind, w->spec.name);
        return false;
    }
    if (iplist_read_file(w->spec.path, number, b, &report)) {
        log_error("lists", "%s:%s: %s is refused: %s%s", kind, w->spec.name, w->spec.path,
                  report.problem, info->loaded ? "; the data from before stays in use" : "");
        metric_add(METRIC_lists_refused_total, 1);
        return false;
    }
    info->v4 = report.v4, info->v6 = report.v6, info->asn = report.asn;
    info->data_ms = w->seen.written_ns / 1000000;
    info->loaded = true;
    metric_add(METRIC_lists_loaded_total, 1);
    log_info("lists", "%s:%s: %zu IPv4, %zu IPv6, %zu AS numbers (%s)", kind, w->spec.name,
             report.v4, report.v6, report.asn, report.format);
    tell_notices(w, &report);
    return true;
}

/* ---- all of them --------------------------------------------------------------------------- */

static void set_gauge(enum metric m, int64_t *shown, int64_t value)
{
    metric_add(m, value - *shown);
    *shown = value;
}

static void show_numbers(struct iplists *l, const struct iplist_set *set)
{
    int64_t loaded = 0, entries = 0, oldest_ms = INT64_MAX, now_ms = clock_wall_ms();
    for (size_t i = 0; i < set->count; i++) {
        const struct iplist_info *info = &set->info[i];
        if (!info->loaded) continue;
        loaded++;
        entries += (int64_t)(info->v4 + info->v6 + info->asn);
        if (info->data_ms < oldest_ms) oldest_ms = info->data_ms;
    }
    set_gauge(METRIC_lists, &l->shown.lists, loaded);
    set_gauge(METRIC_lists_entries, &l->shown.entries, entries);
    set_gauge(METRIC_lists_bytes, &l->shown.bytes, (int64_t)set->bytes);
    set_gauge(METRIC_lists_age_s, &l->shown.age_s, loaded ? (now_ms - oldest_ms) / 1000 : 0);
}

/* A set in which the lists with a true in `read` are new. NULL without memory. */
static struct iplist_set *make_set(struct iplists *l, const struct iplist_set *old,
                                   const bool read[IPLISTS_MAX])
{
    struct iplist_builder b = { 0 };
    struct iplist_set *set = calloc(1, sizeof *set);
    if (!set) return NULL;
    set->count = l->count;
    for (size_t i = 0; i < l->count; i++) {
        struct watched *w = &l->list[i];
        struct iplist_info *info = &set->info[i];
        if (old) *info = old->info[i];
        info->kind = w->spec.kind;
        memcpy(info->name, w->spec.name, sizeof info->name);
        bool fresh = read[i] && read_one(w, (unsigned)i, &b, info);
        if (read[i]) {
            info->failed = !fresh && !(w->spec.optional && w->seen.inode == 0);
            w->tried = w->seen;
            w->ever = true;
        }
        if (!fresh && info->loaded) iplist_table_copy(old->table, (unsigned)i, &b, (unsigned)i);
        if (info->v4) set->known_v4 |= 1u << info->kind;
        if (info->v6) set->known_v6 |= 1u << info->kind;
        if (info->asn) set->known_asn |= 1u << info->kind;
    }
    if (iplist_table_build(&set->table, &b)) {
        free(set);
        return NULL;
    }
    set->bytes = iplist_table_bytes(set->table);
    return set;
}

void iplists_check(struct iplists *l)
{
    bool read[IPLISTS_MAX] = { false }, any = false;
    struct iplist_set *old = atomic_load(&l->current.value); /* this thread replaces it, nobody else */
    for (size_t i = 0; i < l->count; i++) {
        struct watched *w = &l->list[i];
        struct look now = look_at(w->spec.path);
        bool quiet = !w->ever || same_look(&now, &w->seen);
        w->seen = now;
        read[i] = quiet && (!w->ever || !same_look(&now, &w->tried));
        any |= read[i];
    }
    struct iplist_set *set = any || !old ? make_set(l, old, read) : NULL;
    if (set) set_destroy(swap_replace(&l->current, set));
    else if (any) log_error("lists", "there is not enough memory for the new lists; the old ones stay");
    set = atomic_load(&l->current.value);
    if (set) show_numbers(l, set);
}

enum err iplists_create(struct iplists **out, const struct iplist_spec *specs, size_t count)
{
    *out = NULL;
    if (count > IPLISTS_MAX) return ERR_USAGE;
    struct iplists *l = calloc(1, sizeof *l);
    if (!l) return ERR_NO_MEMORY;
    l->count = count;
    for (size_t i = 0; i < count; i++) l->list[i].spec = specs[i];
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->wake, NULL);
    iplists_check(l);
    if (!atomic_load(&l->current.value)) {
        iplists_destroy(l);
        return ERR_NO_MEMORY;
    }
    *out = l;
    return ERR_OK;
}

static void *watch(void *context)
{
    struct iplists *l = context;
    pthread_mutex_lock(&l->lock);
    while (!l->stop) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += CHECK_S;
        if (pthread_cond_timedwait(&l->wake, &l->lock, &until) != ETIMEDOUT) continue;
        pthread_mutex_unlock(&l->lock);
        iplists_check(l);
        pthread_mutex_lock(&l->lock);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

void iplists_start(struct iplists *l)
{
    assert(!l->running);
    l->running = l->count > 0 && pthread_create(&l->thread, NULL, watch, l) == 0;
    if (l->count && !l->running) log_error("lists", "no thread: changed files are not noticed");
}

void iplists_destroy(struct iplists *l)
{
    if (!l) return;
    pthread_mutex_lock(&l->lock);
    l->stop = true;
    pthread_cond_signal(&l->wake);
    pthread_mutex_unlock(&l->lock);
    if (l->running) pthread_join(l->thread, NULL);
    set_destroy(atomic_load(&l->current.value));
    pthread_cond_destroy(&l->wake);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

const struct iplist_set *iplists_enter(struct iplists *l, unsigned *ticket)
{
    return swap_enter(&l->current, ticket);
}

void iplists_leave(struct iplists *l, unsigned ticket)
{
    swap_leave(&l->current, ticket);
}
