/* tally - how often each of a few names came: paths that import has no place for, environments. */
#ifndef WHORL_CONTROL_TALLY_H
#define WHORL_CONTROL_TALLY_H

#include "base/json_out.h"

#include <stdint.h>

/* More different names than this, or longer ones, are counted together. */
enum { TALLY_NAMES_MAX = 256, TALLY_NAME_BYTES_MAX = 128 };

struct tally {
    struct arena arena;
    struct str name[TALLY_NAMES_MAX];
    uint64_t count[TALLY_NAMES_MAX];
    size_t names;
    uint64_t others;
};

void tally_init(struct tally *t);
void tally_free(struct tally *t);
void tally_add(struct tally *t, struct str name);
/* {"name": count, ...} in order of appearance, the rest as "others". */
void tally_put(const struct tally *t, struct json_out *out);

#endif
