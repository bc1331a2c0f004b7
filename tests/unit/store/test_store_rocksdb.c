/* The store's suite over RocksDB, and what only a store of files has. */
#include "store/engine.h"
#include "tests/unit/store/directory.h"

static const bool keeps_data = true;

static enum err open_engine(struct engine **out, bool fresh)
{
    if (fresh) directory_remove();
    return engine_open_rocksdb(out, directory);
}

#include "tests/unit/store/suite.h"

#include <rocksdb/c.h>

static void test_directory_in_use(void)
{
    struct store *st = open_store(true, NULL), *second = NULL;
    CHECK_INT(store_open_rocksdb(&second, directory), ERR_IN_USE);
    store_close(st);
    CHECK_INT(store_open_rocksdb(&second, directory), ERR_OK);
    store_close(second);
}

static void test_directory_is_private(void)
{
    struct stat info;
    struct store *st = open_store(true, NULL);
    REQUIRE(stat(directory, &info) == 0);
    CHECK_INT(info.st_mode & 0777, 0700);
    store_close(st);
    CHECK_INT(store_open_rocksdb(&st, "/dev/null/data"), ERR_IO);
}

/* Everything is in tables after closing: the next opening has nothing to replay, and what it leaves
 * behind does not pile up. */
static void test_log_is_empty_after_closing(void)
{
    struct store *st = open_store(true, NULL);
    struct visitor_id id = visitor_id_new(t0_ms);
    CHECK_INT(simple_visit(st, id, true, t0_ms), ERR_OK);
    store_close(st);
    for (size_t i = 0; i < 3; i++) store_close(open_store(false, NULL));
    DIR *dir = opendir(directory);
    size_t logs = 0;
    REQUIRE(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[600];
        struct stat info;
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        if (!str_ends(str_of(entry->d_name), STR(".log")) || stat(path, &info)) continue;
        logs++;
        CHECK_INT(info.st_size, 0);
    }
    closedir(dir);
    CHECK_INT(logs, 1);
}

/* In how many files of the directory these bytes are. */
static size_t files_with(const char *needle)
{
    size_t files = 0;
    DIR *dir = opendir(directory);
    REQUIRE(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[600];
        struct stat info;
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        FILE *file = fopen(path, "rb");
        if (!file || fstat(fileno(file), &info) || !S_ISREG(info.st_mode)) {
            if (file) fclose(file);
            continue;
        }
        char *bytes = malloc((size_t)info.st_size + 1);
        size_t n = fread(bytes, 1, (size_t)info.st_size, file);
        files += memmem(bytes, n, needle, strlen(needle)) != NULL;
        free(bytes);
        fclose(file);
    }
    closedir(dir);
    return files;
}

/* What a deleted visitor sent leaves the log and the tables. Random bytes, so that compression keeps
 * them as they are; two files of tables, since RocksDB compacts four by itself. */
static void test_deleted_bytes_leave_the_disk(void)
{
    static const char gone[] = "Zq7VtX2mLw9RbK4p", kept[] = "Hy3NcE8sJd6FuQ1g";
    struct store *st = open_store(true, NULL);
    struct visitor_id ids[2];
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < 2; i++) {
            int64_t now_ms = t0_ms + (int64_t)round * 10000000;
            if (round == 0) ids[i] = visitor_id_new(t0_ms);
            struct visit_spec spec = { .claim = claim_of(ids[i], round == 0, now_ms),
                                       .event = event_id_new(now_ms) };
            spec.claim.profile = str_of(i ? kept : gone);
            spec.steady = arena_format(&test_arena, "%zu%s", round, i ? kept : gone);
            CHECK_INT(do_visit(st, &spec, NULL), ERR_OK);
        }
        CHECK(files_with(gone) > 0); /* in the log at first */
        store_close(st); /* then in tables of their own */
        CHECK(files_with(gone) > 0);
        st = open_store(false, NULL);
    }
    CHECK_INT(delete_visitor(st, 1, ids[0]), ERR_OK);
    CHECK_INT(store_finish_deletions(st), ERR_OK);
    CHECK_INT(files_with(gone), 0);
    CHECK(files_with(kept) > 0);
    store_close(st);
}

/* A text's code as it stands in a column, without a NUL. */
static void code_bytes(char out[5], struct str text)
{
    uint32_t code = facet_text_code(text);
    for (size_t i = 0; i < 4; i++) {
        out[i] = (char)(code >> 8 * i);
        REQUIRE(out[i]);
    }
    out[4] = 0;
}

/* Neither does search keep anything: the columns that held a deleted visitor's codes are written anew. */
static void test_deleted_facets_leave_the_disk(void)
{
    struct store *st = open_store(true, NULL);
    struct str texts[] = { STR("gone-7"), STR("kept-1") };
    char codes[2][5];
    struct visitor_id ids[2];
    for (size_t i = 0; i < 2; i++) {
        struct ticket t;
        struct visit *visit;
        code_bytes(codes[i], texts[i]);
        ids[i] = visitor_id_new(t0_ms);
        struct claim claim = claim_of(ids[i], true, t0_ms);
        ticket_init(&t);
        CHECK_INT(store_enter(st, &claim, &visit), ERR_OK);
        ticket_fill(&t, visit, 1, event_id_new(t0_ms), STR(""));
        event_set(&t.event, EVENT_linked_id), t.event.linked_id = texts[i];
        CHECK_INT(store_save(st, &t.save), ERR_OK);
        CHECK_INT(ticket_await(&t), ERR_OK);
        ticket_free(&t);
    }
    CHECK_INT(store_seal(st), ERR_OK);
    store_close(st);
    for (size_t i = 0; i < 2; i++) CHECK(files_with(codes[i]) > 0);
    st = open_store(false, NULL);
    CHECK_INT(delete_visitor(st, 1, ids[0]), ERR_OK);
    CHECK_INT(store_finish_deletions(st), ERR_OK);
    CHECK_INT(files_with(codes[0]), 0);
    CHECK_INT(files_with("gone-7"), 0);
    CHECK(files_with(codes[1]) > 0);
    store_close(st);
}

/* Adds a table of this name, with one value in a file and another in the log; or says only whether
 * there is one. */
static bool raw_table(const char *name, const char *value)
{
    enum { TABLES_MAX = 16 };
    const rocksdb_options_t *options[TABLES_MAX];
    rocksdb_column_family_handle_t *tables[TABLES_MAX], *table;
    char *e = NULL, **names;
    size_t count;
    bool found = false;
    rocksdb_options_t *plain = rocksdb_options_create();
    names = rocksdb_list_column_families(plain, directory, &count, &e);
    REQUIRE(!e && count <= TABLES_MAX);
    for (size_t i = 0; i < count; i++) options[i] = plain, found |= strcmp(names[i], name) == 0;
    if (value) {
        rocksdb_writeoptions_t *write = rocksdb_writeoptions_create();
        rocksdb_flushoptions_t *flush = rocksdb_flushoptions_create();
        rocksdb_t *db = rocksdb_open_column_families(plain, directory, (int)count,
                                                     (const char *const *)names, options, tables, &e);
        REQUIRE(db && !e);
        table = rocksdb_create_column_family(db, plain, name, &e);
        REQUIRE(!e);
        rocksdb_put_cf(db, write, table, "a", 1, value, strlen(value), &e);
        rocksdb_flush_cf(db, flush, table, &e);
        rocksdb_put_cf(db, write, table, "b", 1, value, strlen(value), &e);
        REQUIRE(!e);
        rocksdb_column_family_handle_destroy(table);
        for (size_t i = 0; i < count; i++) rocksdb_column_family_handle_destroy(tables[i]);
        rocksdb_close(db);
        rocksdb_flushoptions_destroy(flush);
        rocksdb_writeoptions_destroy(write);
    }
    rocksdb_list_column_families_destroy(names, count);
    rocksdb_options_destroy(plain);
    return found;
}

/* A directory of a version that still had the table for matching opens, keeps the rest and loses it. */
static void test_retired_table_is_dropped(void)
{
    static const char needle[] = "Zq7VtX2mLw9RbK4p";
    struct store *st = open_store(true, NULL);
    struct visitor_id id = visitor_id_new(t0_ms);
    CHECK_INT(simple_visit(st, id, true, t0_ms), ERR_OK);
    store_close(st);
    CHECK(!raw_table("match", needle));
    CHECK(raw_table("match", NULL));
    CHECK_INT(files_with(needle), 2); /* the table's file and the log */
    for (size_t i = 0; i < 2; i++) {
        st = open_store(false, NULL);
        CHECK_INT(find_visitor(st, id).visits_count, 1 + i);
        CHECK_INT(simple_visit(st, id, false, t0_ms), ERR_OK);
        store_close(st);
        CHECK(!raw_table("match", NULL));
        CHECK_INT(files_with(needle), 0);
    }
}

int main(void)
{
    directory_choose();
    run_suite();
    RUN(test_directory_in_use);
    RUN(test_directory_is_private);
    RUN(test_log_is_empty_after_closing);
    RUN(test_deleted_bytes_leave_the_disk);
    RUN(test_deleted_facets_leave_the_disk);
    RUN(test_retired_table_is_dropped);
    return test_end();
}
