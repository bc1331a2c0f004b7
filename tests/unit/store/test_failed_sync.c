/* A disk that fails, for real: this program's own fdatasync and write stand before libc's, for
 * RocksDB's calls too, and fail on request for files of the data directory.
 *
 * What must hold: nothing that was acknowledged is lost, nothing is acknowledged while the disk
 * fails, reads go on, and counts agree with the events that are there. */
#include "tests/unit/store/directory.h"
#include "tests/unit/store/rig.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/syscall.h>

enum fault { NONE, SYNC_FAILS, WRITE_IS_TORN };
static _Atomic int fault = NONE;
static atomic_uint faults_met;

static bool is_ours(int fd)
{
    char link[64], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    return n > 0 && str_starts((struct str){ path, (size_t)n }, str_of(directory));
}

int fdatasync(int fd)
{
    if (fault == SYNC_FAILS && is_ours(fd)) {
        faults_met++;
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, fd);
}

/* The first half arrives, as on a disk that has just become full. */
ssize_t write(int fd, const void *bytes, size_t n)
{
    if (fault == WRITE_IS_TORN && is_ours(fd)) {
        if (faults_met++ == 0 && n > 1) return (ssize_t)syscall(SYS_write, fd, bytes, n / 2);
        errno = ENOSPC;
        return -1;
    }
    return (ssize_t)syscall(SYS_write, fd, bytes, n);
}

/* ---- the load ------------------------------------------------------------------------------ */

enum { THREADS = 3, VISITORS = 5, EVENTS_MAX = 20000 };
static const int64_t t0_ms = 1700000000000;

static struct arena test_arena;
static struct visitor_id ids[VISITORS];
static struct event_id acknowledged[EVENTS_MAX];
static atomic_size_t acknowledged_count;
static atomic_bool stop;

/* ERR_OK: the event is in the list of those that must never be lost. */
static enum err visit_once(struct store *st, size_t i)
{
    struct visit_spec spec = { .claim = claim_of(ids[i % VISITORS], false, t0_ms + (int64_t)i),
                               .event = event_id_new(t0_ms + (int64_t)i), .steady = STR("steady") };
    enum err e = do_visit(st, &spec, NULL);
    if (!e) acknowledged[acknowledged_count++] = spec.event;
    return e;
}

static struct store *open_filled(void)
{
    struct store *st;
    directory_remove();
    acknowledged_count = 0;
    faults_met = 0;
    REQUIRE(store_open_rocksdb(&st, directory) == ERR_OK);
    for (size_t i = 0; i < VISITORS; i++) {
        ids[i] = visitor_id_new(t0_ms);
        REQUIRE(simple_visit(st, ids[i], true, t0_ms) == ERR_OK);
    }
    for (size_t i = 0; i < 20; i++) CHECK_INT(visit_once(st, i), ERR_OK);
    return st;
}

static void check_everything(struct store *st)
{
    struct event ev;
    static struct event events[EVENTS_MAX];
    size_t lost = 0, count;
    for (size_t i = 0; i < acknowledged_count; i++) {
        lost += store_find_event(st, 1, acknowledged[i], &test_arena, &ev) != ERR_OK;
        arena_reset(&test_arena);
    }
    CHECK_INT(lost, 0);
    for (size_t i = 0; i < VISITORS; i++) {
        struct visitor v = { 0 };
        CHECK_INT(store_find_visitor(st, 1, ids[i], &test_arena, &v), ERR_OK);
        CHECK_INT(store_find_visits(st, 1, ids[i], EVENT_ID_LAST, EVENTS_MAX, &test_arena, events,
                                    &count), ERR_OK);
        CHECK_INT(v.visits_count, count);
        arena_reset(&test_arena);
    }
}

static void run_with(enum fault kind)
{
    struct event ev;
    struct visit *visit;
    struct claim claim = claim_of(ids[0], false, t0_ms);
    struct store *st = open_filled();
    fault = (int)kind;
    CHECK_INT(visit_once(st, 20), ERR_IO);
    CHECK(!store_is_sound(st));
    CHECK_INT(store_enter(st, &claim, &visit), ERR_UNAVAILABLE);
    CHECK_INT(store_set_value(st, STR("a"), STR("b")), ERR_UNAVAILABLE);
    unsigned before = faults_met;
    while (faults_met < before + 3) sched_yield(); /* it has tried to recover, and could not */
    CHECK(!store_is_sound(st));
    CHECK_INT(store_find_event(st, 1, acknowledged[0], &test_arena, &ev), ERR_OK);

    fault = NONE;
    await_sound(st);
    check_everything(st);
    for (size_t i = 30; i < 40; i++) CHECK_INT(visit_once(st, i), ERR_OK);
    check_everything(st);
    store_close(st);
    REQUIRE(store_open_rocksdb(&st, directory) == ERR_OK);
    check_everything(st);
    store_close(st);
}

static void test_sync_fails(void)
{
    run_with(SYNC_FAILS);
}

static void test_write_is_torn(void)
{
    run_with(WRITE_IS_TORN);
}

static void *load(void *context)
{
    for (size_t i = 0; !stop && acknowledged_count < EVENTS_MAX - THREADS; i++) {
        enum err e = visit_once(context, i);
        if (e && e != ERR_IO && e != ERR_UNAVAILABLE) abort();
    }
    return NULL;
}

/* The disk comes and goes under load. */
static void test_disk_comes_and_goes(void)
{
    struct store *st = open_filled();
    pthread_t threads[THREADS];
    stop = false;
    for (size_t i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, load, st);
    for (size_t round = 0; round < 6; round++) {
        size_t before = acknowledged_count;
        while (acknowledged_count < before + 50) sched_yield();
        faults_met = 0;
        fault = round % 2 ? WRITE_IS_TORN : SYNC_FAILS;
        while (store_is_sound(st)) sched_yield();
        fault = NONE;
        await_sound(st);
    }
    stop = true;
    for (size_t i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    check_everything(st);
    store_close(st);
    REQUIRE(store_open_rocksdb(&st, directory) == ERR_OK);
    check_everything(st);
    store_close(st);
}

int main(void)
{
    directory_choose();
    arena_init(&test_arena, 64 << 20);
    RUN(test_sync_fails);
    RUN(test_write_is_torn);
    RUN(test_disk_comes_and_goes);
    arena_free(&test_arena);
    return test_end();
}
