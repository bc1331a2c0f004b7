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

int main(void)
{
    directory_choose();
    run_suite();
    RUN(test_directory_in_use);
    RUN(test_directory_is_private);
    RUN(test_log_is_empty_after_closing);
    return test_end();
}
