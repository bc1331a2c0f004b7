/* iplist_load - reads the configured lists, and reads them again when their files change. See iplist.h.
 *
 * A new table is made of the files that changed and of the old table for all others (iplist_table_copy),
 * so that nothing but the table itself has to be kept. */
#include "identify/enrich/iplist.h"

#include "base/clock.h"
#include "base/file_stamp.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/swap.h"
#include "base/ticker.h"

#include <stdlib.h>

/* How often files are looked at; a new one is in use after two looks. */
enum { CHECK_S = 2 };

struct watched {
    struct iplist_spec spec;
    struct file_stamp seen;  /* at the last look */
    struct file_stamp tried; /* when it was last read, well or not */
    bool ever;               /* it was read or missed once */
};

struct iplists {
    struct swap current; /* struct iplist_set */
    struct watched list[IPLISTS_MAX];
    size_t count;
    struct { int64_t lists, entries, bytes, age_s; } shown; /* what the gauges say now */
    struct ticker watcher;
};

static void set_destroy(struct iplist_set *set)
{
    if (set) iplist_table_destroy(set->table);
    free(set);
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
    if (!file_stamp_exists(&w->seen) && w->spec.optional) {
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
            info->failed = !fresh && !(w->spec.optional && !file_stamp_exists(&w->seen));
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
        struct file_stamp now = file_stamp_of(w->spec.path);
        bool quiet = !w->ever || file_stamp_same(&now, &w->seen);
        w->seen = now;
        read[i] = quiet && (!w->ever || !file_stamp_same(&now, &w->tried));
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
    ticker_init(&l->watcher);
    iplists_check(l);
    if (!atomic_load(&l->current.value)) {
        iplists_destroy(l);
        return ERR_NO_MEMORY;
    }
    *out = l;
    return ERR_OK;
}

static void tick(void *context)
{
    iplists_check(context);
}

void iplists_start(struct iplists *l)
{
    if (l->count && !ticker_start(&l->watcher, CHECK_S, tick, l))
        log_error("lists", "no thread: changed files are not noticed");
}

void iplists_destroy(struct iplists *l)
{
    if (!l) return;
    ticker_stop(&l->watcher);
    set_destroy(atomic_load(&l->current.value));
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
