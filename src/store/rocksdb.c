/* rocksdb - the durable engine, over RocksDB's C interface. One column family per table.
 *
 * Choices:
 *  - Events are keyed by time, so each flush writes a range of its own and compaction moves files
 *    instead of rewriting them. They compress well in 16 kB blocks; snapshots already are.
 *  - Point reads (visitors, snapshots, events) have a Bloom filter on whole keys, scans (visits)
 *    one on the part that all hits share, so that a search that finds nobody reads nothing.
 *  - One thread writes (commit.c), so everything that lets writers run side by side is off.
 *  - A write is synced with fdatasync on the write-ahead log. On opening, what the log holds is
 *    replayed up to the first damaged record (a torn tail after a power cut) and flushed to tables.
 *
 * After a failed write or sync nobody knows how much of the last record is in the log, and the
 * kernel may have dropped the pages it could not write, so that a second fdatasync that works
 * proves nothing (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC
 * 2020). So revive never goes on with that log: it first checks with a file of its own that the
 * disk takes data, then closes and opens again, which replays the log and writes what was in it
 * to new, synced tables. The batch that failed may be in there, whole, or not at all: it was not
 * acknowledged, either is allowed. What was acknowledged had been synced before. The C interface
 * has no Resume(); opening does the same.
 *
 * Erasing writes a marker beside the data; both go when a compaction meets them, which may take
 * weeks. So purge compacts a range of keys through all levels at once, which rewrites the files
 * that hold them and no others. The lowest level is rewritten only where a level above it was
 * merged into it: a file without markers above has nothing to lose. */
#include "base/log.h"
#include "store/engine.h"
#include "store/rocksdb_log.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <rocksdb/c.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CACHE_BYTES = 64 << 20,       /* blocks, filters and indexes; filled as they are read */
    WAL_BYTES_MAX = 64 << 20,     /* beyond, the oldest tables are flushed; bounds the replay */
    OPEN_FILES_MAX = 512,         /* of 1,024, the usual limit, the rest is for connections */
    MANIFEST_BYTES = 64 * 1024,   /* allocated ahead; the default, 4 MiB, is a small store */
    PROBE_BYTES = WAL_BYTES_MAX,  /* must be free before a revival: replaying writes that much */
    BACKGROUND_JOBS = 2,          /* one flush, one compaction */
    /* They yield to the loops when processors are short: a flush would otherwise hold an answer up
     * for whole slices. Not more than this, or a saturated machine would never flush. Measured
     * 2026-11-20, 2 processors, 10,000 a second, with and without in turn: p99 5 to 9 ms against
     * 8 to 16. */
    BACKGROUND_NICE = 10,
    SEEK_BYTES_MAX = 512,
    BULK_READ_BYTES = 4 << 20,    /* of a file at once, when a whole table is read */
};

struct table_kind {
    const char *name;
    int compression;
    size_t write_buffer_bytes, block_bytes;
    size_t prefix_bytes; /* of keys, that scans share; 0: point reads */
};

static const struct table_kind kinds[TABLE_COUNT] = {
    [TABLE_VALUES] = { "default", rocksdb_zstd_compression, 1 << 20, 4096, 0 },
    [TABLE_EVENTS] = { "events", rocksdb_zstd_compression, 16 << 20, 16384, 0 },
    [TABLE_VISITORS] = { "visitors", rocksdb_lz4_compression, 8 << 20, 4096, 0 },
    [TABLE_VISITS] = { "visits", rocksdb_lz4_compression, 4 << 20, 8192, 4 + 16 },
    [TABLE_SNAPSHOTS] = { "snapshots", rocksdb_no_compression, 16 << 20, 16384, 0 },
    [TABLE_FACETS] = { "facets", rocksdb_lz4_compression, 4 << 20, 4096, 0 },
};

/* The matcher's index, until 2026-11-20. It is dropped where it still is. */
static const char retired[] = "match";

struct rocks {
    struct engine engine;
    char *dir;
    rocksdb_cache_t *cache;
    rocksdb_options_t *options[TABLE_COUNT];
    rocksdb_readoptions_t *read, *read_prefix, *read_bulk;
    rocksdb_writeoptions_t *write;
    rocksdb_compactoptions_t *purge;
    rocksdb_writebatch_t *batch; /* of the thread that writes */
    pthread_rwlock_t lock;       /* below: read by calls, written by revive */
    rocksdb_t *db;               /* NULL while it cannot be opened */
    rocksdb_column_family_handle_t *tables[TABLE_COUNT];
};

/* ---- options ------------------------------------------------------------------------------- */

static void set_blocks(rocksdb_options_t *o, const struct table_kind *kind, rocksdb_cache_t *cache)
{
    rocksdb_block_based_table_options_t *blocks = rocksdb_block_based_options_create();
    rocksdb_block_based_options_set_block_cache(blocks, cache);
    rocksdb_block_based_options_set_block_size(blocks, kind->block_bytes);
    rocksdb_block_based_options_set_format_version(blocks, 5);
    rocksdb_block_based_options_set_cache_index_and_filter_blocks(blocks, 1);
    rocksdb_block_based_options_set_filter_policy(blocks,
                                                  rocksdb_filterpolicy_create_bloom_full(10));
    rocksdb_block_based_options_set_whole_key_filtering(blocks, kind->prefix_bytes == 0);
    rocksdb_options_set_block_based_table_factory(o, blocks);
    rocksdb_block_based_options_destroy(blocks);
}

static void set_table(rocksdb_options_t *o, const struct table_kind *kind, rocksdb_cache_t *cache)
{
    set_blocks(o, kind, cache);
    rocksdb_options_set_compression(o, kind->compression);
    if (kind->compression == rocksdb_zstd_compression)
        rocksdb_options_set_compression_options(o, -14, 1, 0, 0); /* window default, level 1 */
    rocksdb_options_set_write_buffer_size(o, kind->write_buffer_bytes);
    rocksdb_options_set_arena_block_size(o, 64 * 1024);
    rocksdb_options_set_target_file_size_base(o, 32 << 20);
    rocksdb_options_set_max_bytes_for_level_base(o, 128 << 20);
    if (kind->prefix_bytes)
        rocksdb_options_set_prefix_extractor(
            o, rocksdb_slicetransform_create_fixed_prefix(kind->prefix_bytes));
}

static void set_database(rocksdb_options_t *o)
{
    rocksdb_options_set_create_if_missing(o, 1);
    rocksdb_options_set_create_missing_column_families(o, 1);
    rocksdb_options_set_max_background_jobs(o, BACKGROUND_JOBS);
    rocksdb_options_set_max_open_files(o, OPEN_FILES_MAX);
    rocksdb_options_set_max_total_wal_size(o, WAL_BYTES_MAX);
    rocksdb_options_set_allow_concurrent_memtable_write(o, 0);
    rocksdb_options_set_enable_write_thread_adaptive_yield(o, 0);
    rocksdb_options_set_bytes_per_sync(o, 1 << 20);
    rocksdb_options_set_manifest_preallocation_size(o, MANIFEST_BYTES);
    rocksdb_options_set_max_manifest_file_size(o, 16 << 20);
    rocks_forward_log(o);
    rocksdb_options_set_stats_dump_period_sec(o, 0);
    rocksdb_options_set_stats_persist_period_sec(o, 0);
    rocksdb_options_set_skip_stats_update_on_db_open(o, 1);
}

/* A thread inherits its parent's niceness (Linux: per thread), and RocksDB starts its pools when
 * told how many there shall be; so a nice thread tells it. They are the process's. */
static void *start_background(void *unused)
{
    rocksdb_env_t *env = rocksdb_create_default_env();
    setpriority(PRIO_PROCESS, 0, BACKGROUND_NICE);
    rocksdb_env_set_high_priority_background_threads(env, 1);
    rocksdb_env_set_background_threads(env, BACKGROUND_JOBS - 1);
    rocksdb_env_destroy(env);
    return unused;
}

static void start_background_nicely(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, start_background, NULL) == 0) pthread_join(thread, NULL);
}

static void make_options(struct rocks *r)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_background_nicely);
    r->cache = rocksdb_cache_create_lru(CACHE_BYTES);
    for (enum table t = 0; t < TABLE_COUNT; t++) {
        r->options[t] = rocksdb_options_create();
        set_database(r->options[t]);
        set_table(r->options[t], &kinds[t], r->cache);
    }
    r->read = rocksdb_readoptions_create();
    rocksdb_readoptions_set_total_order_seek(r->read, 1);
    r->read_prefix = rocksdb_readoptions_create();
    rocksdb_readoptions_set_prefix_same_as_start(r->read_prefix, 1);
    r->read_bulk = rocksdb_readoptions_create();
    rocksdb_readoptions_set_total_order_seek(r->read_bulk, 1);
    rocksdb_readoptions_set_readahead_size(r->read_bulk, BULK_READ_BYTES);
    rocksdb_readoptions_set_fill_cache(r->read_bulk, 0);
    r->write = rocksdb_writeoptions_create();
    rocksdb_writeoptions_set_sync(r->write, 1);
    r->purge = rocksdb_compactoptions_create();
    rocksdb_compactoptions_set_exclusive_manual_compaction(r->purge, 0); /* others go on */
    /* 2: kForce. Without it the lowest level's files are not rewritten, and in 5 of 8 runs of a test a
     * deleted event stayed in one (2026-11-25, version 7.8). */
    rocksdb_compactoptions_set_bottommost_level_compaction(r->purge, 2);
    r->batch = rocksdb_writebatch_create();
}

/* Readers that never pause must not keep revive waiting; none of them asks for the lock twice. */
static void init_lock(pthread_rwlock_t *lock)
{
    pthread_rwlockattr_t kind;
    pthread_rwlockattr_init(&kind);
    pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(lock, &kind);
    pthread_rwlockattr_destroy(&kind);
}

static void free_rocks(struct rocks *r)
{
    for (enum table t = 0; t < TABLE_COUNT; t++) rocksdb_options_destroy(r->options[t]);
    rocksdb_readoptions_destroy(r->read);
    rocksdb_readoptions_destroy(r->read_prefix);
    rocksdb_readoptions_destroy(r->read_bulk);
    rocksdb_writeoptions_destroy(r->write);
    rocksdb_compactoptions_destroy(r->purge);
    rocksdb_writebatch_destroy(r->batch);
    rocksdb_cache_destroy(r->cache);
    pthread_rwlock_destroy(&r->lock);
    free(r->dir);
    free(r);
}

/* ---- errors -------------------------------------------------------------------------------- */

/* Logs and frees RocksDB's message; NULL is ERR_OK. */
static enum err read_error(const char *action, char *message)
{
    if (!message) return ERR_OK;
    enum err e = strncmp(message, "Corruption", 10) == 0 ? ERR_CORRUPT : ERR_IO;
    log_error("store", "%s: %s", action, message);
    rocksdb_free(message);
    return e;
}

/* ---- reading ------------------------------------------------------------------------------- */

static enum err copy_value(rocksdb_pinnableslice_t *slice, struct arena *arena, struct str *value)
{
    size_t n;
    const char *p = rocksdb_pinnableslice_value(slice, &n);
    *value = arena_copy(arena, (struct str){ p, n });
    rocksdb_pinnableslice_destroy(slice);
    return arena->failed ? ERR_NO_MEMORY : ERR_OK;
}

static enum err rocks_get(struct engine *engine, enum table table, struct str key,
                          struct arena *arena, struct str *value)
{
    struct rocks *r = (struct rocks *)engine;
    char *message = NULL;
    enum err e = ERR_IO;
    pthread_rwlock_rdlock(&r->lock);
    if (r->db) {
        rocksdb_pinnableslice_t *slice =
            rocksdb_get_pinned_cf(r->db, r->read, r->tables[table], key.p, key.n, &message);
        if (slice) e = copy_value(slice, arena, value);
        else e = message ? read_error("reading", message) : ERR_NOT_FOUND;
    }
    pthread_rwlock_unlock(&r->lock);
    return e;
}

static struct str iterator_key(const rocksdb_iterator_t *it)
{
    struct str key;
    key.p = rocksdb_iter_key(it, &key.n);
    return key;
}

/* Onto the last key before range->from, or the last one of the prefix. */
static void seek_backward(rocksdb_iterator_t *it, const struct range *range)
{
    char beyond[SEEK_BYTES_MAX]; /* no key starts with prefix and 0xff up to here */
    if (range->from.n) {
        rocksdb_iter_seek_for_prev(it, range->from.p, range->from.n);
        if (rocksdb_iter_valid(it) && str_eq(iterator_key(it), range->from)) rocksdb_iter_prev(it);
        return;
    }
    memset(beyond, 0xff, sizeof beyond);
    if (range->prefix.n) memcpy(beyond, range->prefix.p, range->prefix.n);
    rocksdb_iter_seek_for_prev(it, beyond, sizeof beyond);
}

static void walk(rocksdb_iterator_t *it, const struct range *range, engine_visit *visit,
                 void *context)
{
    struct str from = range->from.n ? range->from : range->prefix;
    if (range->backward) seek_backward(it, range);
    else rocksdb_iter_seek(it, from.p, from.n);
    while (rocksdb_iter_valid(it)) {
        struct str key = iterator_key(it), value;
        value.p = rocksdb_iter_value(it, &value.n);
        if (!str_starts(key, range->prefix) || !visit(context, key, value)) return;
        if (range->backward) rocksdb_iter_prev(it);
        else rocksdb_iter_next(it);
    }
}

static enum err rocks_scan(struct engine *engine, enum table table, const struct range *range,
                           engine_visit *visit, void *context)
{
    struct rocks *r = (struct rocks *)engine;
    size_t prefix_bytes = kinds[table].prefix_bytes;
    bool filtered = prefix_bytes && range->prefix.n >= prefix_bytes;
    rocksdb_readoptions_t *how = range->bulk ? r->read_bulk : filtered ? r->read_prefix : r->read;
    enum err e = ERR_IO;
    if (range->prefix.n > SEEK_BYTES_MAX / 2) return ERR_OK; /* no key is that long */
    pthread_rwlock_rdlock(&r->lock);
    if (r->db) {
        char *message = NULL;
        rocksdb_iterator_t *it = rocksdb_create_iterator_cf(r->db, how, r->tables[table]);
        walk(it, range, visit, context);
        rocksdb_iter_get_error(it, &message);
        rocksdb_iter_destroy(it);
        e = read_error("scanning", message);
    }
    pthread_rwlock_unlock(&r->lock);
    return e;
}

/* ---- writing ------------------------------------------------------------------------------- */

static enum err rocks_write(struct engine *engine, const struct batch *batch)
{
    struct rocks *r = (struct rocks *)engine;
    char *message = NULL;
    enum err e = ERR_IO;
    rocksdb_writebatch_clear(r->batch);
    pthread_rwlock_rdlock(&r->lock);
    for (const struct put *put = batch->first; put && r->db; put = put->next) {
        rocksdb_column_family_handle_t *table = r->tables[put->table];
        if (put->erase) rocksdb_writebatch_delete_cf(r->batch, table, put->key.p, put->key.n);
        else
            rocksdb_writebatch_put_cf(r->batch, table, put->key.p, put->key.n, put->value.p,
                                      put->value.n);
    }
    if (r->db) {
        rocksdb_write(r->db, r->write, r->batch, &message);
        e = read_error("writing", message);
    }
    pthread_rwlock_unlock(&r->lock);
    return e;
}

/* ---- opening and closing ------------------------------------------------------------------- */

/* RocksDB's lock is a file lock across processes and a list within one. */
static bool is_locked(const char *message)
{
    return strstr(message, "While lock file") || strstr(message, "lock hold by current process");
}

/* False also when nobody can tell, as in a directory that is new: opening says what is wrong. */
static bool has_retired(struct rocks *r)
{
    size_t count = 0;
    bool found = false;
    char *message = NULL;
    char **names = rocksdb_list_column_families(r->options[0], r->dir, &count, &message);
    /* after a failure, as in a new directory, there is an empty list to give back, too */
    if (message) rocksdb_free(message);
    for (size_t i = 0; i < count; i++) found |= strcmp(names[i], retired) == 0;
    if (names) rocksdb_list_column_families_destroy(names, count);
    return found;
}

/* Its files go with the handle. What fails is tried again at the next opening. */
static void drop_retired(struct rocks *r, rocksdb_column_family_handle_t *handle)
{
    char *message = NULL;
    rocksdb_drop_column_family(r->db, handle, &message);
    read_error("dropping a table that is no longer used", message);
    rocksdb_column_family_handle_destroy(handle);
}

/* RocksDB opens all families of a database or none. */
static enum err open_db(struct rocks *r)
{
    const char *names[TABLE_COUNT + 1] = { [TABLE_COUNT] = retired };
    const rocksdb_options_t *options[TABLE_COUNT + 1] = { [TABLE_COUNT] = r->options[0] };
    rocksdb_column_family_handle_t *tables[TABLE_COUNT + 1] = { NULL };
    char *message = NULL;
    bool extra = has_retired(r);
    for (enum table t = 0; t < TABLE_COUNT; t++) names[t] = kinds[t].name, options[t] = r->options[t];
    r->db = rocksdb_open_column_families(r->options[0], r->dir, TABLE_COUNT + extra, names, options,
                                         tables, &message);
    if (r->db) memcpy(r->tables, tables, sizeof r->tables);
    if (r->db && extra) drop_retired(r, tables[TABLE_COUNT]);
    if (message && is_locked(message)) {
        log_error("store", "the data directory %s is in use by another process", r->dir);
        rocksdb_free(message);
        return ERR_IN_USE;
    }
    return read_error("opening the data directory", message);
}

static void close_db(struct rocks *r)
{
    if (!r->db) return;
    for (enum table t = 0; t < TABLE_COUNT; t++)
        rocksdb_column_family_handle_destroy(r->tables[t]);
    rocksdb_close(r->db);
    r->db = NULL;
}

/* Does the disk take data? A file of our own finds out without touching the database, which goes on
 * answering reads meanwhile. */
static bool disk_works(const char *dir)
{
    char path[4096];
    char block[4096] = { 0 };
    int n = snprintf(path, sizeof path, "%s/probe.tmp", dir);
    if (n < 0 || (size_t)n >= sizeof path) return false;
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    bool room = fallocate(fd, 0, 0, PROBE_BYTES) == 0 || errno == EOPNOTSUPP;
    bool works = room && write(fd, block, sizeof block) == (ssize_t)sizeof block &&
                 fdatasync(fd) == 0;
    close(fd);
    unlink(path);
    return works;
}

static enum err rocks_revive(struct engine *engine)
{
    struct rocks *r = (struct rocks *)engine;
    if (!disk_works(r->dir)) return ERR_IO;
    rocksdb_writebatch_clear(r->batch);
    pthread_rwlock_wrlock(&r->lock);
    close_db(r);
    enum err e = open_db(r);
    pthread_rwlock_unlock(&r->lock);
    return e;
}

/* Everything into tables, so that the log is empty and the next opening replays nothing. */
static enum err flush_tables(struct rocks *r)
{
    enum err e = ERR_OK;
    rocksdb_flushoptions_t *flush = rocksdb_flushoptions_create();
    rocksdb_flushoptions_set_wait(flush, 1);
    for (enum table t = 0; t < TABLE_COUNT && !e; t++) {
        char *message = NULL;
        rocksdb_flush_cf(r->db, flush, r->tables[t], &message);
        e = read_error("flushing (the log still holds it)", message);
    }
    rocksdb_flushoptions_destroy(flush);
    return e;
}

static enum err rocks_flush(struct engine *engine)
{
    struct rocks *r = (struct rocks *)engine;
    pthread_rwlock_rdlock(&r->lock);
    enum err e = r->db ? flush_tables(r) : ERR_IO;
    pthread_rwlock_unlock(&r->lock);
    return e;
}

/* The C interface does not say whether it worked; RocksDB logs what fails. It leaves the last key out
 * (seen 2026-11-25, version 7.8: a range of one key compacts nothing), so it is told the next one. */
static enum err rocks_purge(struct engine *engine, enum table table, struct str first,
                            struct str last)
{
    struct rocks *r = (struct rocks *)engine;
    char next[SEEK_BYTES_MAX] = { 0 };
    enum err e = ERR_IO;
    assert(last.n < sizeof next);
    if (last.n) memcpy(next, last.p, last.n);
    last = (struct str){ next, last.n + 1 };
    pthread_rwlock_rdlock(&r->lock);
    if (r->db) {
        rocksdb_compact_range_cf_opt(r->db, r->tables[table], r->purge, first.p, first.n, last.p,
                                     last.n);
        e = ERR_OK;
    }
    pthread_rwlock_unlock(&r->lock);
    return e;
}

static void rocks_close(struct engine *engine)
{
    struct rocks *r = (struct rocks *)engine;
    if (r->db) flush_tables(r);
    close_db(r);
    free_rocks(r);
}

static enum err make_directory(const char *dir)
{
    if (mkdir(dir, 0700) == 0 || errno == EEXIST) return ERR_OK;
    log_error("store", "cannot make the data directory %s: %s", dir, strerror(errno));
    return ERR_IO;
}

enum err engine_open_rocksdb(struct engine **out, const char *dir)
{
    enum err e = make_directory(dir);
    if (e) return e;
    struct rocks *r = calloc(1, sizeof *r);
    if (!r || !(r->dir = strdup(dir))) {
        free(r);
        return ERR_NO_MEMORY;
    }
    make_options(r);
    init_lock(&r->lock);
    e = open_db(r);
    if (e) {
        free_rocks(r);
        return e;
    }
    r->engine = (struct engine){ rocks_get,   rocks_scan,  rocks_write, rocks_revive,
                                 rocks_flush, rocks_purge, rocks_close };
    *out = &r->engine;
    return ERR_OK;
}
