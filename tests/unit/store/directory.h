/* directory - a data directory for tests, removed with everything in it. */
#ifndef WHORL_TESTS_STORE_DIRECTORY_H
#define WHORL_TESTS_STORE_DIRECTORY_H

#include "tests/unit/test.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[256]; /* does not exist until a store is opened in it */

static inline void directory_remove(void)
{
    DIR *dir = opendir(directory);
    if (!dir) return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[600];
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        unlink(path); /* RocksDB makes no folders of its own */
    }
    closedir(dir);
    rmdir(directory);
}

static inline void directory_choose(void)
{
    const char *base = getenv("TMPDIR");
    snprintf(directory, sizeof directory, "%s/whorl-test-XXXXXX", base ? base : "/tmp");
    REQUIRE(mkdtemp(directory));
    REQUIRE(rmdir(directory) == 0);
    atexit(directory_remove);
}

#endif
