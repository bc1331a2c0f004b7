/* metrics - see metrics.h. One cache line per row keeps two loops from fighting over neighbours. */
#include "base/metrics.h"

#include <inttypes.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdio.h>

enum kind { COUNTER, GAUGE, TIME, HISTOGRAM };

static const struct { const char *name, *help; enum kind kind; } rows[] = {
#define M(name, kind, help) { #name, help, kind },
#include "base/metrics.def"
#undef M
};

/* Upper bounds: six to a decade, so that a quantile read off them is right within a fifth or so. */
static const int64_t bounds_us[] = {
    100, 150, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000, 7000, 10000, 15000, 20000, 30000, 50000, 70000,
    100000, 150000, 200000, 300000, 500000, 700000, 1000000, 2000000, 5000000, 10000000,
};

static struct {
    alignas(64) _Atomic int64_t value;
    _Atomic int64_t count;
    _Atomic int64_t below[COUNT_OF(bounds_us)]; /* HISTOGRAM: up to this bound and above the one before */
} cells[METRIC_COUNT];

void metric_add(enum metric m, int64_t value)
{
    atomic_fetch_add_explicit(&cells[m].value, value, memory_order_relaxed);
}

void metric_set(enum metric m, int64_t value)
{
    atomic_store_explicit(&cells[m].value, value, memory_order_relaxed);
}

void metric_time(enum metric m, int64_t us)
{
    atomic_fetch_add_explicit(&cells[m].value, us, memory_order_relaxed);
    atomic_fetch_add_explicit(&cells[m].count, 1, memory_order_relaxed);
    if (rows[m].kind != HISTOGRAM) return;
    size_t i = 0;
    while (i < COUNT_OF(bounds_us) && us > bounds_us[i]) i++;
    if (i < COUNT_OF(bounds_us)) atomic_fetch_add_explicit(&cells[m].below[i], 1, memory_order_relaxed);
}

int64_t metric_read(enum metric m)
{
    return atomic_load_explicit(&cells[m].value, memory_order_relaxed);
}

/* Prometheus' buckets hold all that is not above their bound. */
static void print_histogram(struct json_out *out, enum metric m)
{
    char line[512];
    const char *name = rows[m].name;
    int64_t all = 0;
    int n = snprintf(line, sizeof line, "# HELP whorl_%s_us %s, microseconds\n# TYPE whorl_%s_us histogram\n", name,
                     rows[m].help, name);
    json_out_raw(out, (struct str){ line, n > 0 ? (size_t)n : 0 });
    for (size_t i = 0; i < COUNT_OF(bounds_us); i++) {
        all += atomic_load_explicit(&cells[m].below[i], memory_order_relaxed);
        n = snprintf(line, sizeof line, "whorl_%s_us_bucket{le=\"%" PRId64 "\"} %" PRId64 "\n", name, bounds_us[i],
                     all);
        json_out_raw(out, (struct str){ line, n > 0 ? (size_t)n : 0 });
    }
    int64_t count = atomic_load_explicit(&cells[m].count, memory_order_relaxed);
    if (count < all) count = all; /* one was added meanwhile */
    n = snprintf(line, sizeof line,
                 "whorl_%s_us_bucket{le=\"+Inf\"} %" PRId64 "\nwhorl_%s_us_sum %" PRId64 "\nwhorl_%s_us_count %" PRId64
                 "\n",
                 name, count, name, metric_read(m), name, count);
    json_out_raw(out, (struct str){ line, n > 0 ? (size_t)n : 0 });
}

void metrics_print(struct json_out *out)
{
    char line[512];
    for (enum metric m = 0; m < METRIC_COUNT; m++) {
        int64_t value = metric_read(m);
        int64_t count = atomic_load_explicit(&cells[m].count, memory_order_relaxed);
        const char *name = rows[m].name;
        int n;
        if (rows[m].kind == HISTOGRAM) {
            print_histogram(out, m);
            continue;
        }
        if (rows[m].kind == TIME)
            n = snprintf(line, sizeof line,
                         "# HELP whorl_%s_us %s, microseconds\n# TYPE whorl_%s_us summary\n"
                         "whorl_%s_us_sum %" PRId64 "\nwhorl_%s_us_count %" PRId64 "\n",
                         name, rows[m].help, name, name, value, name, count);
        else
            n = snprintf(line, sizeof line,
                         "# HELP whorl_%s %s\n# TYPE whorl_%s %s\nwhorl_%s %" PRId64 "\n", name,
                         rows[m].help, name, rows[m].kind == GAUGE ? "gauge" : "counter", name,
                         value);
        json_out_raw(out, (struct str){ line, n > 0 ? (size_t)n : 0 });
    }
}
