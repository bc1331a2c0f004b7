/* search - how long searches take among many events, and what they do to identifications.
 *
 *     build/bench/search [--events N] [--dir D] [--seconds S] [--keep DAYS]
 *
 * Makes N events (default 7,000,000) of the last 7 days as the server stores them, written past the
 * store, so that opening has to make their facets, as after an update. A directory that is there
 * already is used as it is. Then each kind of search is asked for S seconds (default 2) with values
 * drawn anew each time, while a thread saves events at a steady rate, as identify does; the time until
 * each is durable is measured with and without searches.
 *
 * With --keep DAYS (1 to 6) retention is measured instead of searches: older events are erased and purged beside the
 * same saves. The directory has fewer events afterwards. */
#include "base/clock.h"
#include "base/metrics.h"
#include "base/random.h"
#include "store/engine.h"
#include "store/record.h"
#include "store/store.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

enum { BATCH = 2000, SAMPLES_MAX = 1 << 20, SAVES_PER_S = 400, VISITS_EACH = 7 };
#define WEEK_MS ((int64_t)7 * 24 * 3600 * 1000)

static size_t events_count = 7000000;
static int64_t end_ms = 1764000000000;
static double seconds = 2;

#define SET(ev, member, value) (event_set((ev), EVENT_##member), (ev)->member = (value))

static uint64_t mix(uint64_t x) /* splitmix64's finaliser */
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static void check(enum err e, const char *what)
{
    if (!e) return;
    fprintf(stderr, "search: %s: %s\n", what, err_name(e));
    exit(1);
}

/* ---- events -------------------------------------------------------------------------------- */

static int64_t time_of(size_t n)
{
    return end_ms - WEEK_MS + (int64_t)((double)n / (double)events_count * (double)WEEK_MS);
}

static struct visitor_id visitor_of(size_t n)
{
    uint64_t x = mix(n % (events_count / VISITS_EACH + 1));
    return (struct visitor_id){ x >> 9, mix(x) };
}

static void address_of(size_t n, char out[32])
{
    uint64_t x = mix(n ^ 0xadd7e55);
    snprintf(out, 32, "%u.%u.%u.%u", (unsigned)(11 + x % 150), (unsigned)(x >> 8 & 255),
             (unsigned)(x >> 16 & 255), (unsigned)(x >> 24 & 255));
}

/* Shares: tampering 1 in 200, a good bot 1 in 1,000, frida 1 in 1,000,000, suspect 1 in 5,000. */
static void fill(struct event *ev, size_t n, char text[6][64], uint8_t noise[300])
{
    uint64_t x = mix(n);
    *ev = (struct event){ .id = { time_of(n), mix(x) >> 29 } };
    SET(ev, workspace, 1);
    SET(ev, environment, 1);
    SET(ev, visitor, visitor_of(n));
    SET(ev, visits_count, 3);
    if (x % 3 == 0) {
        snprintf(text[0], 64, "user-%llu", (unsigned long long)(mix(n / 5) % 1000000));
        SET(ev, linked_id, str_of(text[0]));
    }
    address_of(n, text[1]);
    SET(ev, ip, str_of(text[1]));
    snprintf(text[2], 64, "https://shop.example/checkout/%u", (unsigned)(x >> 20 & 15));
    SET(ev, url, str_of(text[2]));
    SET(ev, user_agent, STR("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
                            "Chrome/142.0.0.0 Safari/537.36"));
    SET(ev, sdk_version, STR("1.0.0"));
    SET(ev, bot, x >> 8 & 1023 ? BOT_NOT_DETECTED : BOT_GOOD);
    SET(ev, vpn, (x >> 18) % 20 == 0);
    SET(ev, vpn_confidence, (x >> 18) % 40 ? STR("low") : STR("high"));
    SET(ev, tampering, (x >> 28) % 200 == 0);
    SET(ev, incognito, (x >> 36) % 12 == 0);
    SET(ev, virtual_machine, (x >> 40) % 90 == 0);
    SET(ev, developer_tools, (x >> 44) % 50 == 0);
    SET(ev, privacy_settings, (x >> 47) % 30 == 0);
    SET(ev, proxy, (x >> 50) % 40 == 0);
    SET(ev, suspect_score, (int64_t)((x >> 33) % 200 ? (x >> 41) % 8 : 60));
    SET(ev, asn, (int64_t)((x >> 12) % 3000));
    if ((x >> 5) % 1000000 == 0) SET(ev, frida, true);
    if ((x >> 7) % 5000 == 0) SET(ev, suspect, true);
    for (size_t i = 0; i < 300; i += 8) {
        uint64_t y = mix(x + i);
        memcpy(noise + i, &y, i + 8 <= 300 ? 8 : 300 - i);
    }
    SET(ev, volatile_signals, ((struct str){ (char *)noise, 300 }));
}

static void make(const char *dir)
{
    struct engine *engine;
    struct arena arena;
    int64_t start_ms = clock_mono_ms();
    arena_init(&arena, 64 << 20);
    check(engine_open_rocksdb(&engine, dir), dir);
    for (size_t n = 0; n < events_count;) {
        struct batch batch = { 0 };
        arena_reset(&arena);
        for (size_t end = n + BATCH; n < end && n < events_count; n++) {
            struct event ev;
            char text[6][64];
            uint8_t noise[300];
            struct key key, visit;
            fill(&ev, n, text, noise);
            key_event(&key, ev.id);
            key_visit(&visit, 1, ev.visitor, ev.id);
            if (!batch_put(&batch, &arena, TABLE_EVENTS, key_str(&key), event_encode(&ev, &arena)) ||
                !batch_put(&batch, &arena, TABLE_VISITS, key_str(&visit), STR("")))
                check(ERR_NO_MEMORY, "making events");
        }
        check(engine->write(engine, &batch), "writing events");
    }
    engine->close(engine);
    arena_free(&arena);
    printf("%zu events made in %.0f s\n", events_count, (double)(clock_mono_ms() - start_ms) / 1000);
}

/* ---- saving at a steady rate ---------------------------------------------------------------- */

struct saving {
    struct save save;
    struct event ev;
    struct arena arena;
    int64_t start_us;
    struct saving *next;
};

static struct store *st;
static atomic_bool stop_saving;
static pthread_mutex_t samples_lock = PTHREAD_MUTEX_INITIALIZER;
static double *samples;
static size_t samples_count;

static void saved(struct save *save, enum err result)
{
    struct saving *s = save->context;
    check(result, "saving");
    pthread_mutex_lock(&samples_lock);
    if (samples_count < SAMPLES_MAX) samples[samples_count++] = (double)(clock_mono_us() - s->start_us) / 1000;
    pthread_mutex_unlock(&samples_lock);
    arena_free(&s->arena);
    free(s);
}

static void save_one(size_t n)
{
    struct saving *s = calloc(1, sizeof *s);
    struct visit *visit;
    char text[6][64];
    uint8_t noise[300];
    if (!s) check(ERR_NO_MEMORY, "saving");
    arena_init(&s->arena, 1 << 20);
    s->start_us = clock_mono_us();
    struct claim claim = { .workspace = 1, .id = visitor_id_new(end_ms), .newcomer = true, .now_ms = end_ms,
                           .profile = STR("profile") };
    check(store_enter(st, &claim, &visit), "entering");
    fill(&s->ev, n, text, noise);
    s->ev.id = event_id_new(end_ms);
    s->ev.visitor = claim.id;
    s->save = (struct save){ .visit = visit, .event = &s->ev, .done = saved, .context = s, .arena = &s->arena };
    check(store_save(st, &s->save), "saving");
}

static void *keep_saving(void *unused)
{
    int64_t due_us = clock_mono_us();
    for (size_t n = 0; !atomic_load(&stop_saving); n++) {
        due_us += 1000000 / SAVES_PER_S;
        int64_t wait_us = due_us - clock_mono_us();
        if (wait_us > 0) nanosleep(&(struct timespec){ .tv_nsec = wait_us * 1000 }, NULL);
        save_one(n);
    }
    return unused;
}

/* ---- searching ------------------------------------------------------------------------------ */

static void ask(struct search *s, enum facet facet, uint32_t code)
{
    filter_add_code(filters_add(&s->filters, facet), code);
}

static void ask_text(struct search *s, enum facet facet, struct str text)
{
    struct filter *f = filters_add(&s->filters, facet);
    f->texts[0] = text;
    filter_add_code(f, facet_text_code(text));
}

static char asked[64];

static void ask_visitor(struct search *s, uint64_t x)
{
    struct filter *f = filters_add(&s->filters, FACET_visitor);
    f->visitor = visitor_of(x % events_count);
    filter_add_code(f, facet_visitor_code(f->visitor));
}
static void ask_linked(struct search *s, uint64_t x)
{
    snprintf(asked, sizeof asked, "user-%llu", (unsigned long long)(x % 1000000));
    ask_text(s, FACET_linked_id, str_of(asked));
}
static void ask_unknown_linked(struct search *s, uint64_t x)
{
    snprintf(asked, sizeof asked, "nobody-%llu", (unsigned long long)x);
    ask_text(s, FACET_linked_id, str_of(asked));
}
static void ask_address(struct search *s, uint64_t x)
{
    address_of(x % events_count, asked);
    if (!filters_add_network(&s->filters, str_of(asked), true)) abort();
}
static void ask_network(struct search *s, uint64_t x)
{
    address_of(x % events_count, asked);
    strncat(asked, "/16", 4);
    if (!filters_add_network(&s->filters, str_of(asked), true)) abort();
}
static void ask_unknown_network(struct search *s, uint64_t x)
{
    snprintf(asked, sizeof asked, "203.%u.0.0/16", (unsigned)(x & 255));
    if (!filters_add_network(&s->filters, str_of(asked), true)) abort();
}
static void ask_time(struct search *s, uint64_t x)
{
    s->low.time_ms = time_of(x % events_count);
    s->high.time_ms = s->low.time_ms + 600000;
}
static void ask_nothing(struct search *s, uint64_t x) { (void)s, (void)x; }
static void ask_hits(struct search *s, uint64_t x) { (void)x, s->hits_max = 1000; }
static void ask_frida(struct search *s, uint64_t x) { (void)x, ask(s, FACET_frida, 2); }
static void ask_tampering(struct search *s, uint64_t x) { (void)x, ask(s, FACET_tampering, 2); }
static void ask_vpn(struct search *s, uint64_t x) { ask(s, FACET_vpn, 1 + (x & 1)); }
static void ask_jailbroken(struct search *s, uint64_t x) { ask(s, FACET_jailbroken, 1 + (x & 1)); }
static void ask_suspect(struct search *s, uint64_t x) { (void)x, ask(s, FACET_suspect, 2); }
static void ask_bot(struct search *s, uint64_t x) { (void)x, ask(s, FACET_bot, 2); }
static void ask_no_bot_type(struct search *s, uint64_t x) { (void)x, ask(s, FACET_bot, 3); }
static void ask_score(struct search *s, uint64_t x)
{
    (void)x;
    filters_add(&s->filters, FACET_suspect_score)->above = 99;
}
static void ask_asn(struct search *s, uint64_t x) { ask(s, FACET_asn, 1 + (uint32_t)(x % 3000)); }
static void ask_unknown_asn(struct search *s, uint64_t x) { ask(s, FACET_asn, 5000 + (uint32_t)(x % 3000)); }
static void ask_url(struct search *s, uint64_t x) { (void)x, ask_text(s, FACET_url, STR("https://nowhere.example/")); }
static void ask_both(struct search *s, uint64_t x)
{
    (void)x;
    ask(s, FACET_tampering, 2), ask(s, FACET_vpn, 2), ask(s, FACET_virtual_machine, 2), ask(s, FACET_bot, 2);
}

static const struct {
    const char *name;
    void (*ask)(struct search *s, uint64_t x);
} kinds[] = {
    { "visitor", ask_visitor },
    { "linked id", ask_linked },
    { "linked id, none", ask_unknown_linked },
    { "address", ask_address },
    { "network /16", ask_network },
    { "network /16, none", ask_unknown_network },
    { "ten minutes", ask_time },
    { "nothing: newest", ask_nothing },
    { "nothing: 1,000 hits", ask_hits },
    { "tampering, 1 in 200", ask_tampering },
    { "vpn", ask_vpn },
    { "suspect, 1 in 5,000", ask_suspect },
    { "good bot, 1 in 1,000", ask_bot },
    { "frida, 1 in 1,000,000", ask_frida },
    { "bad bot, none", ask_no_bot_type },
    { "jailbroken, none", ask_jailbroken },
    { "score above 99, none", ask_score },
    { "asn, 1 in 3,000", ask_asn },
    { "asn, none", ask_unknown_asn },
    { "url, none", ask_url },
    { "four signals, none", ask_both },
};

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(double *values, size_t count, double q)
{
    if (!count) return 0;
    qsort(values, count, sizeof *values, by_size);
    size_t at = (size_t)(q * (double)count);
    return values[at < count ? at : count - 1];
}

static void measure(size_t kind)
{
    static double times[100000];
    size_t count = 0, found = 0;
    int64_t until_ms = clock_mono_ms() + (int64_t)(seconds * 1000);
    while (count < COUNT_OF(times) && (clock_mono_ms() < until_ms || count < 20)) {
        struct arena arena;
        struct search_result r;
        struct search s = { .workspace = 1, .low = { end_ms - WEEK_MS, 0 }, .high = { end_ms, EVENT_ID_LAST.random },
                            .limit = 10, .until_mono_ms = INT64_MAX };
        arena_init(&arena, 64 << 20);
        ask(&s, FACET_source, 1); /* as every search of v3 and v4 does */
        kinds[kind].ask(&s, random_u64() >> 1);
        int64_t start_us = clock_mono_us();
        check(store_search(st, &s, &arena, &r), kinds[kind].name);
        times[count++] = (double)(clock_mono_us() - start_us) / 1000;
        found += r.count;
        arena_free(&arena);
    }
    printf("%-22s %7zu %9.1f %9.2f %9.2f %9.2f\n", kinds[kind].name, count, (double)found / (double)count,
           quantile(times, count, 0.5), quantile(times, count, 0.95), quantile(times, count, 1));
    fflush(stdout);
}

static void print_saves(const char *when)
{
    pthread_mutex_lock(&samples_lock);
    printf("%-34s %8zu %8.2f %8.2f %8.2f %8.2f\n", when, samples_count, quantile(samples, samples_count, 0.5),
           quantile(samples, samples_count, 0.95), quantile(samples, samples_count, 0.99),
           quantile(samples, samples_count, 1));
    samples_count = 0;
    pthread_mutex_unlock(&samples_lock);
}

static void measure_retention(int keep_days)
{
    int64_t start_ms = clock_mono_ms();
    store_set_time(st, end_ms);
    check(store_set_retention(st, 1, 0, keep_days), "the rule");
    check(store_finish_ageing(st), "erasing");
    double took_s = (double)(clock_mono_ms() - start_ms) / 1000;
    print_saves("while events are erased");
    printf("\n%lld events erased and off the disk in %.1f s\n",
           (long long)metric_read(METRIC_events_aged_total), took_s);
}

int main(int argc, char **argv)
{
    int keep_days = 0;
    const char *dir = "build/bench/search-data";
    struct stat info;
    pthread_t saver;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--events")) events_count = strtoul(argv[i + 1], NULL, 10);
        else if (!strcmp(argv[i], "--dir")) dir = argv[i + 1];
        else if (!strcmp(argv[i], "--keep")) keep_days = (int)strtol(argv[i + 1], NULL, 10);
        else if (!strcmp(argv[i], "--seconds")) seconds = strtod(argv[i + 1], NULL);
    }
    samples = malloc(SAMPLES_MAX * sizeof *samples);
    if (!samples) return 1;
    if (stat(dir, &info) && errno == ENOENT) make(dir);
    int64_t start_ms = clock_mono_ms();
    check(store_open_rocksdb(&st, dir), "opening");
    printf("opened in %.1f s\n", (double)(clock_mono_ms() - start_ms) / 1000);
    if (pthread_create(&saver, NULL, keep_saving, NULL)) return 1;
    setpriority(PRIO_PROCESS, 0, 10); /* of this thread, as api/reader.c does */
    nanosleep(&(struct timespec){ .tv_sec = 1 }, NULL);
    print_saves("(warming up)");
    nanosleep(&(struct timespec){ .tv_sec = 10 }, NULL);
    printf("%-34s %8s %8s %8s %8s %8s\n", "saves, ms until durable", "count", "p50", "p95", "p99", "slowest");
    print_saves("without searches");
    if (keep_days) measure_retention(keep_days);
    else
        printf("\n%-22s %7s %9s %9s %9s %9s\n", "search, ms", "count", "events", "p50", "p95", "slowest");
    for (size_t i = 0; i < COUNT_OF(kinds) && !keep_days; i++) measure(i);
    if (!keep_days) printf("\n");
    if (!keep_days) print_saves("with searches, one after the other");
    atomic_store(&stop_saving, true);
    pthread_join(saver, NULL);
    store_close(st);
    return 0;
}
