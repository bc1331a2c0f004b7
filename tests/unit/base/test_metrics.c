#include "base/metrics.h"
#include "tests/unit/test.h"

#include <pthread.h>

static struct arena arena;

static struct str printed(void)
{
    struct json_out out;
    json_out_init(&out, &arena);
    metrics_print(&out);
    return json_out_text(&out);
}

static void test_counters_and_times(void)
{
    metric_add(METRIC_connections, 3);
    metric_add(METRIC_connections, -1);
    metric_add(METRIC_identify_total, 5);
    metric_time(METRIC_step_decode, 40);
    metric_time(METRIC_step_decode, 2);
    CHECK_INT(metric_read(METRIC_connections), 2);
    struct str text = printed();
    CHECK(str_has(text, STR("\n# TYPE whorl_connections gauge\nwhorl_connections 2\n")) ||
          str_has(text, STR("# TYPE whorl_connections gauge\nwhorl_connections 2\n")));
    CHECK(str_has(text, STR("\n# TYPE whorl_identify_total counter\nwhorl_identify_total 5\n")));
    CHECK(str_has(text, STR("\nwhorl_step_decode_us_sum 42\nwhorl_step_decode_us_count 2\n")));
}

static void test_histograms(void)
{
    metric_time(METRIC_identify, 100);
    metric_time(METRIC_identify, 101);
    metric_time(METRIC_identify, 70000);
    metric_time(METRIC_identify, 60 * 1000 * 1000); /* above all bounds */
    struct str text = printed();
    CHECK(str_has(text, STR("\n# TYPE whorl_identify_us histogram\nwhorl_identify_us_bucket{le=\"100\"} 1\n"
                            "whorl_identify_us_bucket{le=\"150\"} 2\n")));
    CHECK(str_has(text, STR("\nwhorl_identify_us_bucket{le=\"50000\"} 2\nwhorl_identify_us_bucket{le=\"70000\"} 3\n")));
    CHECK(str_has(text, STR("\nwhorl_identify_us_bucket{le=\"10000000\"} 3\nwhorl_identify_us_bucket{le=\"+Inf\"} 4\n"
                            "whorl_identify_us_sum 60070201\nwhorl_identify_us_count 4\n")));
}

/* The form that Prometheus reads: HELP and TYPE once per name, a value per sample, each line ended.
 * */
static void test_every_line_is_well_formed(void)
{
    struct str rest = printed(), line;
    size_t helps = 0, types = 0, samples = 0;
    CHECK(str_ends(rest, STR("\n")));
    rest.n--;
    while (str_split(&rest, '\n', &line)) {
        if (str_starts(line, STR("# HELP whorl_"))) helps++;
        else if (str_starts(line, STR("# TYPE whorl_"))) types++;
        else {
            size_t blank = str_find_char(line, ' ', 0);
            int64_t value;
            CHECK(str_starts(line, STR("whorl_")) && blank != SIZE_MAX);
            CHECK(str_to_i64(str_sub(line, blank + 1, line.n), &value));
            samples++;
        }
    }
    CHECK_INT(helps, METRIC_COUNT);
    CHECK_INT(types, METRIC_COUNT);
    CHECK(samples > METRIC_COUNT); /* times have two */
}

static void *add_many(void *unused)
{
    for (int i = 0; i < 100000; i++) metric_add(METRIC_requests_total, 1);
    return unused;
}

static void test_threads_lose_nothing(void)
{
    pthread_t threads[4];
    int64_t before = metric_read(METRIC_requests_total);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_create(&threads[i], NULL, add_many, NULL);
    for (size_t i = 0; i < COUNT_OF(threads); i++) pthread_join(threads[i], NULL);
    CHECK_INT(metric_read(METRIC_requests_total) - before, 400000);
}

int main(void)
{
    arena_init(&arena, 1 << 20);
    RUN(test_counters_and_times);
    RUN(test_histograms);
    RUN(test_every_line_is_well_formed);
    RUN(test_threads_lose_nothing);
    arena_free(&arena);
    return test_end();
}
