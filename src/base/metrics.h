/* metrics - counters that any thread may add to, printed in Prometheus' text format. */
#ifndef WHORL_BASE_METRICS_H
#define WHORL_BASE_METRICS_H

#include "base/json_out.h"

enum metric {
#define M(name, kind, help) METRIC_##name,
#include "base/metrics.def"
#undef M
    METRIC_COUNT
};

/* Adds to a counter or gauge; negative values for gauges only. Relaxed: no ordering with others. */
void metric_add(enum metric m, int64_t value);
/* Puts a gauge to a value. */
void metric_set(enum metric m, int64_t value);
/* One more measurement of a TIME or HISTOGRAM row. */
void metric_time(enum metric m, int64_t us);
int64_t metric_read(enum metric m);
/* Appends all rows in the text exposition format, version 0.0.4. */
void metrics_print(struct json_out *out);

#endif
