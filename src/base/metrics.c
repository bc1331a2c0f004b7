/* metrics - see metrics.h. One cache line per row keeps two loops from fighting over neighbours. */
#include "base/metrics.h"

#include <inttypes.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdio.h>

enum kind { COUNTER, GAUGE, TIME };

static const struct { const char *name, *help; enum kind kind; } rows[] = {
#define M(name, kind, help) { #name, help, kind },
#include "base/metrics.def"
#undef M
};

static struct { alignas(64) _Atomic int64_t value; _Atomic int64_t count; } cells[METRIC_COUNT];

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
}

int64_t metric_read(enum metric m)
{
    return atomic_load_explicit(&cells[m].value, memory_order_relaxed);
}

void metrics_print(struct json_out *out)
{
    char line[512];
    for (enum metric m = 0; m < METRIC_COUNT; m++) {
        int64_t value = metric_read(m);
        int64_t count = atomic_load_explicit(&cells[m].count, memory_order_relaxed);
        const char *name = rows[m].name;
        int n;
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
