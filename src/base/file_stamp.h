/* file_stamp - what a file looks like from outside, to see whether it has changed.
 *
 * Its inode tells that a new file was moved into place or a link was turned, its times and size that it was
 * written over. A file that is read again when its stamp has changed and then stayed the same for two looks is
 * not read while somebody writes it. */
#ifndef WHORL_BASE_FILE_STAMP_H
#define WHORL_BASE_FILE_STAMP_H

#include <stdbool.h>
#include <stdint.h>

/* All zero: there is no such file. */
struct file_stamp {
    uint64_t device, inode;
    int64_t bytes, written_ns, changed_ns; /* st_mtim, st_ctim */
};

struct file_stamp file_stamp_of(const char *path);
bool file_stamp_same(const struct file_stamp *a, const struct file_stamp *b);
/* Was there such a file? */
bool file_stamp_exists(const struct file_stamp *s);

#endif
