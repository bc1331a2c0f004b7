/* match - how long it takes to find out whose visit it is, by the number of visitors.
 *
 *     build/bench/match [--quick] [--visitors N] [--questions M]
 *
 * A struct linkage over the store in memory takes N visitors, made up (match_world.h), over 60 simulated days, each
 * with one return by token on average. Then M questions without a token are asked, one after another from one thread:
 * four in five of visitors that were here, from the whole 60 days, with what a visit changes; one in five of
 * newcomers. A tenth as many others go before, to warm up. Looks are made outside the measured time. Nothing is
 * noted between the questions.
 *
 * Also: the time of linkage_note while the population grew, memory by linkage_size and by the process's resident
 * set, the bytes of each visitor's profile, which is what its record in the store holds, and how long the
 * population takes to rebuild from the profiles as at a start (not above a million visitors: their copies go
 * to a temporary file).
 */
#include "bench/histogram.h"
#include "bench/match_world.h"
#include "bench/rng.h"
#include "identify/link/linkage.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { WORKSPACE = 1, QUESTIONS = 20000, RESTORE_MAX = 1000 * 1000 };
/* The aims: p50 at a million, and against the p50 at ten thousand. */
enum { AIM_NS = 60 * 1000, AIM_RATIO = 2 };

struct run {
    uint64_t visitors, questions;
    struct linkage *linkage;
    struct arena arena;
    struct rng rng;
    FILE *profiles;          /* VISITOR_PROFILE_BYTES_MAX each; NULL: not kept */
    uint16_t *profile_bytes; /* of each visitor */
    uint8_t *visits;         /* so far, of each */
    struct histogram ask, note; /* in ns */
    struct histogram candidates;
    uint64_t returns, found, wrong, newcomers, merged;
    size_t bytes;
    uint64_t note_max_ns;      /* of processor time, not of waiting */
    double resident, restore_seconds;
};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "match: %s\n", what);
    exit(1);
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Of this thread: waiting for a core is not work. */
static uint64_t cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static double resident_bytes(void)
{
    unsigned long size = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%lu %lu", &size, &resident) != 2) fail("cannot read /proc/self/statm");
    fclose(f);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static struct visitor_id id_of(uint64_t device)
{
    return (struct visitor_id){ device + 1, rng_hash(device, 3) };
}

/* ---- the visitors -------------------------------------------------------------------------- */

static void keep_profile(struct run *r, uint64_t device, struct str profile)
{
    r->profile_bytes[device] = (uint16_t)profile.n;
    if (!r->profiles) return;
    off_t at = (off_t)(device * VISITOR_PROFILE_BYTES_MAX);
    if (pwrite(fileno(r->profiles), profile.p, profile.n, at) != (ssize_t)profile.n) fail("no room for the profiles");
}

static void come(struct run *r, uint64_t device, int64_t at_ms)
{
    struct look look;
    struct linkage_note note;
    bool again = r->visits[device] > 0;
    world_look(&look, device, r->visits[device], at_ms);
    if (r->visits[device] < 200) r->visits[device]++;
    struct linkage_question question = { .look = &look, .now_ms = at_ms, .token = { id_of(device) }, .tokens = again };
    struct linkage_answer answer;
    if (again) {
        linkage_ask(r->linkage, WORKSPACE, &question, &answer);
        if (answer.how != LINKAGE_TOKEN) return; /* it changed too much: the server would ask further */
    } else { /* how likely it was new is not asked here: that would take most of the time */
        answer = (struct linkage_answer){ .how = LINKAGE_NEW, .finding = { .best = NOBODY, .newcomer = 1 } };
    }
    uint64_t cpu = cpu_ns(), start = now_ns();
    enum err e = linkage_note(r->linkage, WORKSPACE, &question, &answer, id_of(device), &r->arena, &note);
    histogram_add(&r->note, now_ns() - start);
    cpu = cpu_ns() - cpu;
    if (cpu > r->note_max_ns) r->note_max_ns = cpu;
    if (e) fail("linkage_note failed: memory is short");
    keep_profile(r, device, note.profile);
    arena_reset(&r->arena);
}

static void fill(struct run *r)
{
    for (uint64_t n = 0; n < r->visitors; n++) {
        int64_t at_ms = WORLD_START_MS + (int64_t)((double)n / (double)r->visitors * WORLD_DAYS * WORLD_DAY_MS);
        come(r, n, at_ms);
        come(r, rng_next(&r->rng) % (n + 1), at_ms);
    }
}

/* ---- the questions ------------------------------------------------------------------------- */

static void ask(struct run *r, bool counts)
{
    static uint64_t fresh;
    bool known = !rng_chance(&r->rng, 0.2);
    uint64_t device = known ? rng_next(&r->rng) % r->visitors : r->visitors + fresh++;
    int64_t at_ms = WORLD_START_MS + WORLD_DAYS * WORLD_DAY_MS + rng_below(&r->rng, 86400000);
    struct look look;
    world_look(&look, device, known ? r->visits[device] : 0, at_ms);
    struct linkage_question question = { .look = &look, .now_ms = at_ms };
    struct linkage_answer answer;
    uint64_t start = now_ns();
    linkage_ask(r->linkage, WORKSPACE, &question, &answer);
    uint64_t took = now_ns() - start;
    if (!counts) return;
    histogram_add(&r->ask, took);
    histogram_add(&r->candidates, answer.finding.candidates);
    bool matched = answer.how == LINKAGE_TRAITS, right = matched && visitor_id_eq(answer.id, id_of(device));
    if (known) r->returns++, r->found += right, r->wrong += matched && !right;
    else r->newcomers++, r->merged += matched;
}

/* ---- the start of a server ----------------------------------------------------------------- */

static void restore(struct run *r)
{
    struct population *p;
    char profile[VISITOR_PROFILE_BYTES_MAX];
    uint64_t start = now_ns();
    if (population_create(&p)) fail("no memory");
    for (uint64_t n = 0; n < r->visitors; n++) {
        size_t bytes = r->profile_bytes[n];
        off_t at = (off_t)(n * VISITOR_PROFILE_BYTES_MAX);
        if (pread(fileno(r->profiles), profile, bytes, at) != (ssize_t)bytes) fail("cannot read a profile back");
        if (!population_restore(p, id_of(n), (struct str){ profile, bytes })) fail("a profile is not readable");
    }
    r->restore_seconds = (double)(now_ns() - start) / 1e9;
    population_free(p);
}

/* ---- one population ------------------------------------------------------------------------ */

static double us(const struct histogram *h, double share)
{
    return (double)histogram_at(h, share) / 1000;
}

static double per(double sum, uint64_t count)
{
    return count ? sum / (double)count : 0;
}

static void print(const struct run *r)
{
    double stored = 0, n = (double)r->visitors;
    for (uint64_t i = 0; i < r->visitors; i++) stored += r->profile_bytes[i];
    printf("%10llu %8.1f %7.1f %7.1f %7.1f %8llu %6.1f %6.1f %6.2f %6.2f %7.0f %8.0f %7.0f %7.1f %6.1f %7.1f %8.2f\n",
           (unsigned long long)r->visitors, us(&r->ask, 0.5), us(&r->ask, 0.9), us(&r->ask, 0.99),
           r->ask.sum_us / (double)r->ask.total / 1000,
           (unsigned long long)histogram_at(&r->candidates, 0.5), per(r->candidates.sum_us, r->candidates.total),
           100 * per((double)r->found, r->returns), 100 * per((double)r->wrong, r->returns),
           100 * per((double)r->merged, r->newcomers), (double)r->bytes / n, r->resident / n, stored / n,
           us(&r->note, 0.5), us(&r->note, 0.99), (double)r->note_max_ns / 1e6, r->restore_seconds);
    fflush(stdout);
}

/* The p50 of a question, in ns. */
static uint64_t measure(uint64_t visitors, uint64_t questions)
{
    struct run *r = calloc(1, sizeof *r);
    struct store *store;
    size_t known;
    if (!r) fail("no memory");
    *r = (struct run){ .visitors = visitors, .questions = questions, .rng = { visitors } };
    r->visits = calloc(visitors, 1);
    r->profile_bytes = calloc(visitors, sizeof *r->profile_bytes);
    if (visitors <= RESTORE_MAX && !(r->profiles = tmpfile())) fail("no temporary file");
    arena_init(&r->arena, 1 << 20);
    if (!r->visits || !r->profile_bytes || store_open_memory(&store)) fail("no memory");
    if (linkage_open(&r->linkage, store)) fail("cannot open the linkage");
    malloc_trim(0); /* of the population before */
    double before = resident_bytes() + (double)visitors * 3; /* the two arrays, which are not touched yet */
    fill(r);
    for (uint64_t i = 0; i < questions / 10; i++) ask(r, false);
    for (uint64_t i = 0; i < questions; i++) ask(r, true);
    r->resident = resident_bytes() - before;
    linkage_size(r->linkage, &r->bytes, &known);
    if (known != visitors) fail("not all visitors are there");
    linkage_close(r->linkage);
    store_close(store);
    if (r->profiles) {
        restore(r);
        fclose(r->profiles);
    }
    print(r);
    uint64_t p50 = histogram_at(&r->ask, 0.5);
    arena_free(&r->arena);
    free(r->visits);
    free(r->profile_bytes);
    free(r);
    return p50;
}

static void judge(const char *what, double value, double aim)
{
    printf("%s: %.2f, aim at most %.0f: %s\n", what, value, aim, value <= aim ? "met" : "MISSED");
}

int main(int argc, char **argv)
{
    uint64_t sizes[] = { 1000, 10000, 100000, 1000000 }, one = 0, questions = QUESTIONS, p50[4] = { 0 };
    size_t count = 4;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--quick")) count = 3;
        else if (!strcmp(argv[i], "--visitors") && i + 1 < argc) one = strtoull(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--questions") && i + 1 < argc) questions = strtoull(argv[++i], NULL, 10);
        else fail("usage: match [--quick] [--visitors N] [--questions M]");
    }
    if (!questions || one > 100u * 1000 * 1000) fail("at least one question, at most 100 million visitors");
    printf("%10s %8s %7s %7s %7s %8s %6s %6s %6s %6s %7s %8s %7s %7s %6s %7s %8s\n", "", "ask, us", "", "", "",
           "compared", "", "found", "wrong", "merged", "memory", "resident", "profile", "note us", "", "", "restore");
    printf("%10s %8s %7s %7s %7s %8s %6s %6s %6s %6s %7s %8s %7s %7s %6s %7s %8s\n", "visitors", "p50", "p90", "p99",
           "mean", "p50", "mean", "%", "%", "%", "bytes", "bytes", "bytes", "p50", "p99", "max ms", "seconds");
    if (one) count = 1, sizes[0] = one;
    for (size_t i = 0; i < count; i++) p50[i] = measure(sizes[i], questions);
    if (one || count < 4) return 0;
    judge("matching, p50 us at 1 million", (double)p50[3] / 1000, AIM_NS / 1000);
    judge("matching, p50 at 1 million / at 10 thousand", (double)p50[3] / (double)p50[1], AIM_RATIO);
    return 0;
}
