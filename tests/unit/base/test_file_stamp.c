/* Has a file changed? */
#include "base/file_stamp.h"

#include "tests/unit/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/whorl-stamp-XXXXXX";
static char path[64], other[64];

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "we");
    CHECK(file && fputs(text, file) >= 0);
    if (file) fclose(file);
}

static bool changed_since(struct file_stamp *before)
{
    struct file_stamp now = file_stamp_of(path);
    bool changed = !file_stamp_same(&now, before);
    *before = now;
    return changed;
}

static void test_changes(void)
{
    struct file_stamp s = file_stamp_of(path);
    CHECK(!file_stamp_exists(&s));
    CHECK(!changed_since(&s));
    write_file(path, "one");
    CHECK(changed_since(&s));
    CHECK(file_stamp_exists(&s));
    CHECK(!changed_since(&s));
    write_file(path, "longer");
    CHECK(changed_since(&s));
    /* a file of the same size and time that was moved into its place */
    struct timespec times[2] = { { 1, 0 }, { 1, 0 } };
    write_file(other, "LONGER");
    CHECK(utimensat(AT_FDCWD, path, times, 0) == 0 && utimensat(AT_FDCWD, other, times, 0) == 0);
    CHECK(changed_since(&s));
    CHECK(rename(other, path) == 0);
    CHECK(changed_since(&s));
    CHECK(unlink(path) == 0);
    CHECK(changed_since(&s));
    CHECK(!file_stamp_exists(&s));
}

int main(void)
{
    CHECK(mkdtemp(dir) != NULL);
    snprintf(path, sizeof path, "%s/file", dir);
    snprintf(other, sizeof other, "%s/other", dir);
    RUN(test_changes);
    rmdir(dir);
    return test_end();
}
