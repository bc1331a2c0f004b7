/* file_stamp - see file_stamp.h. */
#include "base/file_stamp.h"

#include <sys/stat.h>

static int64_t in_ns(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

struct file_stamp file_stamp_of(const char *path)
{
    struct stat found;
    if (stat(path, &found) != 0) return (struct file_stamp){ 0 };
    return (struct file_stamp){ found.st_dev, found.st_ino, found.st_size, in_ns(found.st_mtim),
                                in_ns(found.st_ctim) };
}

bool file_stamp_same(const struct file_stamp *a, const struct file_stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->bytes == b->bytes &&
           a->written_ns == b->written_ns && a->changed_ns == b->changed_ns;
}

bool file_stamp_exists(const struct file_stamp *s)
{
    return s->inode != 0;
}
